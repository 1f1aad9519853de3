"""What is compared with what is kept for returns in which the same cells hold numbers: for any other it is worked out anew."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from shipped_places import PLACES, context
from thorough import examples

from reporting.domain.figures import Absence
from reporting.rules.bounds import compared_anew, comparisons
from reporting.rules.catalogue import known_force
from reporting.rules.context import Context
from reporting.rules.order import order_of


def compared(asked: Context, *, anew: bool = False) -> list[object]:
    """Of every contest at hand."""
    force = known_force(asked.definition.rules)
    order = order_of(force.in_use, asked.definition.items)
    compare = compared_anew if anew else comparisons
    return [tuple(compare(order, asked, contest, force.settings)) for contest in asked.at_hand]


WHAT = st.sampled_from([*Absence, Decimal(0), Decimal(7), None])


@settings(max_examples=examples(60))
@given(st.data())
def test_whatever_is_missing_what_is_kept_is_what_would_be_worked_out(data: st.DataObject) -> None:
    """Cells without a number in the return and in the unit's other forms, after the sound one was looked at."""
    sound = context(data.draw(st.sampled_from(PLACES)))
    compared(sound)
    changes = data.draw(st.dictionaries(st.sampled_from(sorted(sound.figures)), WHAT, max_size=6))
    own = {key: value for key, value in {**sound.figures, **changes}.items() if value is not None}
    others = {
        place: {
            key: value
            for key, value in {**given_there, **dict.fromkeys(gone, data.draw(WHAT))}.items()
            if value is not None
        }
        for place, given_there in sound.other_forms.items()
        for gone in [data.draw(st.lists(st.sampled_from(sorted(given_there)), max_size=2, unique=True))]
        if data.draw(st.booleans())
    }
    changed = replace(sound, figures=own, other_forms=others)
    assert compared(changed) == compared(changed, anew=True)
    assert compared(sound) == compared(sound, anew=True)


def test_other_numbers_are_compared_as_before_without_working_it_out() -> None:
    sound = context(("governor", "final_count", "final"))
    more = replace(sound, figures={key: Decimal(9) for key in sound.figures})
    assert all(now is before for now, before in zip(compared(more), compared(sound), strict=True))
