"""The simulated night: the same again with a seed, and figures that add up."""

from __future__ import annotations

from collections import Counter

import pytest
from demo_land import CODES, CONTEST, DEFINITION, label

from api.demo.figures import Unit, cells
from api.demo.night import clock_of, timetable
from reporting.domain.election import Slot
from reporting.domain.figures import Cell

UNITS = {code: [CONTEST] for code in CODES}


def test_the_same_seed_gives_the_same_night() -> None:
    first, again = timetable(DEFINITION, UNITS, 7), timetable(DEFINITION, dict(reversed(UNITS.items())), 7)
    assert [(a.minute, a.key, dict(a.figures)) for a in first] == [
        (a.minute, a.key, dict(a.figures)) for a in again
    ]
    assert [a.minute for a in timetable(DEFINITION, UNITS, 8)] != [a.minute for a in first]


def test_every_unit_sends_every_slot_once_and_some_correct() -> None:
    night = timetable(DEFINITION, UNITS, 7)
    entries = Counter(a.key for a in night if a.slip is None)
    assert len(entries) == 600
    assert set(entries.values()) == {1}
    corrections = [a for a in night if a.slip is not None]
    assert 3 <= len(corrections) <= 30
    entered = {(a.unit, a.form, a.slot): a for a in night if a.slip is None}
    for correction in corrections:
        first = entered[correction.unit, correction.form, correction.slot]
        assert correction.minute > first.minute
        assert all(first.figures[cell] != value for cell, value in correction.figures.items())


@pytest.mark.parametrize("code", ["U001", "U002", "U150"])
def test_figures_add_up(code: str) -> None:
    unit = Unit.draw(1, code)
    turnout = cells(DEFINITION, DEFINITION.forms[0], [CONTEST], unit, 1.0)
    for item in ("electors", "voters"):
        parts = [turnout[Cell("pr", item, f"sex={sex}")] for sex in "mf"]
        assert sum(parts) == turnout[Cell("pr", item)]
    assert turnout[Cell("pr", "voters")] <= turnout[Cell("pr", "electors")]
    count = cells(DEFINITION, DEFINITION.forms[1], [CONTEST], unit, 1.0)
    assert 0 < sum(count.values()) <= turnout[Cell("pr", "voters")]


@pytest.mark.parametrize(
    ("code", "text", "minute"),
    [
        ("t1100", "11:00現在", 660),
        ("t1930", "flash", 1170),
        ("f2", "14時", 840),
        ("final", "確定", None),
        ("s1", "1回目", None),
    ],
)
def test_clock_of_a_slot(code: str, text: str, minute: int | None) -> None:
    assert clock_of(Slot(code=code, label=label(text))) == minute
