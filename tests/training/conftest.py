"""A past election of the tiny country, live and finished, to be rehearsed."""

from __future__ import annotations

import night
import pytest
from drills import FIGURES, figures, owner

from reporting.application.desk import Desk
from reporting.application.service import Reporting


@pytest.fixture
def past(service: Reporting) -> Desk:
    """`tiny`, not marked as a test: votes at 22:00 and 23:00 and the final of all five units, all true."""
    desk = night.define(service, is_test=False)
    for unit, (a, b, _) in FIGURES.items():
        early = {"votes_a": a // 2, "votes_b": b // 2}
        night.submit(desk, unit, owner(unit), "flash", "2200", values=early)
        night.submit(desk, unit, owner(unit), "flash", "2300", values={"votes_a": a, "votes_b": b})
        night.submit(desk, unit, owner(unit), values=figures(unit))
    return desk
