"""What a form that two people type stands upon: nobody vouches for a value that one person alone has typed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from reporting.application.messages import message
from reporting.application.opened import OpenReturn
from reporting.domain.actor import Actor
from reporting.domain.figures import Cell
from reporting.domain.four_eyes import SameTypist
from reporting.domain.status import NotNow
from reporting.words import Words


def require_typed_twice(opened: OpenReturn, values: Mapping[str, str], keys: Iterable[str]) -> None:
    """NotNow naming the cells that two people have not typed alike. `values`: cell key → canonical text to be submitted;
    `keys`: those of them that nobody has vouched for yet and that were not taken from another form."""
    if not opened.typed_twice:
        return
    single = sorted(key for key in keys if not opened.draft.agreed(key, values[key]))
    if single:
        ja, en = named(opened, single)
        raise not_now(
            opened,
            "submit",
            message.words("two_people_type_this_form", cells_ja=ja, cells_en=en),
        )


def is_entry(opened: OpenReturn, keys: Iterable[str]) -> bool:
    """Whether values for these cells have to be typed by two people: of a return that nobody has handed in, or cells that it
    did not hold. What was handed in is corrected like every other return."""
    handed_in = opened.case.submitted_by is not None
    return opened.typed_twice and (not handed_in or any(key not in opened.case.cells for key in keys))


def require_entry(opened: OpenReturn, keys: Collection[str]) -> None:
    """NotNow for figures that would stand in the return, for everybody to see, before a second person has typed them."""
    if is_entry(opened, keys):
        ja, en = named(opened, sorted(keys))
        why = message.words("two_people_type_this_form", cells_ja=ja, cells_en=en)
        raise not_now(opened, "enter figures without submitting", why)


def require_not_second(opened: OpenReturn, actor: Actor) -> None:
    """SameTypist for who types the second entry, until the two are compared."""
    draft = opened.draft
    if opened.typed_twice and not draft.compared and actor.person in draft.typists_of(draft.second):
        raise SameTypist(person=actor.person)


def named(opened: OpenReturn, keys: Collection[str]) -> Words:
    """Cells in words."""
    shape = opened.shape
    names = [shape.named(Cell.from_key(key)) for key in keys]
    return Words("、".join(ja for ja, _ in names), "; ".join(en for _, en in names))


def not_now(opened: OpenReturn, operation: str, why: Words) -> NotNow:
    return NotNow(operation=operation, status=opened.status.value, **why.named("detail"))
