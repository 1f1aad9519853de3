"""Every count of the catalogue has an upper bound: a whole it is part of, or so many for each elector, or at all; an absurd
figure is asked about on every shipped form, and what small places really have is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

import pytest
from shipped_places import context

from reporting.definitions.catalogue import shipped_catalogue
from reporting.domain.figures import Cell, Value
from reporting.domain.items import ItemKind
from reporting.rules.catalogue import load_rules
from reporting.rules.checks import Amounts
from reporting.rules.context import Context
from reporting.rules.engine import examine
from reporting.rules.order import order_of

CHECKS = [check for rule in load_rules() for check in rule.checks if isinstance(check, Amounts)]
LIMITED = {item for check in CHECKS for limit in check.amounts for item in limit.items}
TIMES = 10
"""As many as nobody would believe: times the electors (20,000 of a sound return)."""
OF_ITS_OWN = {
    "public_cost": Decimal(10**12), "awareness_cost": Decimal(10**12), "count_minutes": Decimal(200_000),
    "count_minutes_planned": Decimal(200_000),
}  # fmt: skip
"""Yen and minutes are not many beside people."""
SUMS = {"J01", "J02", "J05", "J22"}
"""They say that the parts of a breakdown do not make the total, which somebody who slips in all of them is not told."""
FORMS = [
    ("lower_house", "registration", "election"),
    ("lower_house", "facilities", "planned"),
    ("lower_house", "early_voting", "d7"),
    ("lower_house", "turnout_flash", "t1400"),
    ("lower_house", "final_voting", "final"),
    ("lower_house", "count_flash", "c2200"),
    ("upper_house", "count_flash", "c2200"),
    ("upper_house", "final_count_pr", "final"),
    ("lower_house", "results_survey", "final"),
    ("lower_house", "results_survey_facilities", "final"),
    ("lower_house", "results_survey_retention", "final"),
    ("mayor", "results_survey_facilities", "final"),
]


def test_every_count_of_the_catalogue_has_an_upper_bound() -> None:
    """A new item without one fails here: `part_of`, an identity, or a line of J28 part d says what it is at most."""
    items = shipped_catalogue().items
    order = order_of(load_rules(), items.values())
    unbounded = {
        code
        for code, item in items.items()
        if item.kind is not ItemKind.RATE and not item.signed and not {code, order.highest(code)} & LIMITED
    }
    assert unbounded == set()
    assert items.keys() >= LIMITED, "a bound for nothing"


@dataclass(frozen=True, slots=True)
class Slip:
    """One figure of a return, with its breakdowns, multiplied."""

    item: str
    figures: dict[str, Value]


def slips(sound: Context) -> Iterator[Slip]:
    told: set[tuple[str, str]] = set()
    for key, value in sound.figures.items():
        cell = Cell.from_key(key)
        place = (cell.item, next(one.kind for one in sound.definition.contests if one.code == cell.contest))
        if not isinstance(value, Decimal) or cell.breakdown or place in told:
            continue
        told.add(place)
        absurd = OF_ITS_OWN.get(cell.item, Decimal(TIMES * 20_000))
        inside = {
            other: (part * absurd / value).to_integral_value()
            for other, part in sound.figures.items()
            if value and isinstance(part, Decimal) and _within(Cell.from_key(other), cell)
        }
        yield Slip(cell.item, {**sound.figures, **inside, key: absurd})


def _within(part: Cell, whole: Cell) -> bool:
    return bool(part.breakdown) and (part.contest, part.item, part.choice) == (
        whole.contest, whole.item, whole.choice,
    )  # fmt: skip


@pytest.mark.parametrize("place", FORMS, ids="/".join)
def test_an_absurd_figure_is_asked_about(place: tuple[str, str, str]) -> None:
    """Beside the unit's other returns; and as its first return, beside those of the election before."""
    sound, first = context(place), context(place, alone=True)
    before = {key: value for figures in sound.other_forms.values() for key, value in figures.items()}
    for one in (sound, replace(first, previous=before, previous_slot=sound.figures)):
        rules = one.definition.rules
        quiet = {finding.key for finding in examine(rules, one).findings}
        for slip in slips(one):
            findings = examine(rules, replace(one, figures=slip.figures)).findings
            told = {finding.rule for finding in findings if finding.key not in quiet} - SUMS
            assert told, (place, slip.item)


def small(figures: dict[str, int], electors: int) -> list[str]:
    """What J28 says of amounts in a place of so many electors."""
    one = context(("lower_house", "results_survey_facilities", "final"), alone=True)
    cells = {f"electorate|{item}||": Decimal(value) for item, value in figures.items()}
    cells["electorate|registered_electors||"] = Decimal(electors)
    findings = examine(one.definition.rules, replace(one, figures=cells)).findings
    return [finding.key for finding in findings if finding.rule == "J28"]


def test_what_an_island_of_130_electors_has_is_not_asked_about() -> None:
    island = {
        "polling_districts": 1, "polling_places": 1, "early_voting_places": 1, "counting_places": 1, "poster_boards": 10,
        "polling_managers": 17, "polling_witnesses": 34, "polling_staff": 20, "counting_witnesses": 3, "counting_staff": 18,
        "count_minutes": 95, "bulletins_distributed": 110, "public_cost": 3_400_000, "awareness_cost": 60_000, "incidents": 2,
        "incident_ballots": 12, "speech_meetings": 4,
    }  # fmt: skip
    assert small(island, 130) == []
    assert len(small({**island, "poster_boards": 11, "count_minutes": 9_500}, 130)) == 2


def test_an_explanation_stands_while_the_electors_are_corrected() -> None:
    """The finding is told by the amount, not by how far it is from a bound that moves."""
    assert small({"polling_staff": 900}, 1_000) == small({"polling_staff": 900}, 1_010) != []
