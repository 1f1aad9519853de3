"""What the simulated night is made of: figures that add up, and the hour of a slot."""

from __future__ import annotations

import pytest
from demo_land import CONTEST, DEFINITION, label

from api.demo.figures import DemoUnit, cells
from reporting.domain.election import Slot
from reporting.domain.figures import Cell
from reporting.training.copy import clock_of


@pytest.mark.parametrize("code", ["U001", "U002", "U150"])
def test_figures_add_up(code: str) -> None:
    unit = DemoUnit.draw(1, code)
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
