"""Whom a visitor of the demo may act as: people beside the robots, in offices that the robots play."""

from __future__ import annotations

from reporting.domain.actor import Actor, Role
from reporting.domain.units import Roster
from reporting.training.plan import DrillPlan

ROLES = {"prefecture": Role.PREFECTURE, "nation": Role.MINISTRY}
"""Of a level's office; every other one acts as a municipality."""


def people_of(sheet: DrillPlan, roster: Roster) -> tuple[Actor, ...]:
    """Two people of one town and one of each office above it, an auditor and an analyst."""
    unit = max((page.unit for page in sheet.pages), key=lambda code: (len(roster.chains[code]), code))
    flow = roster.workflow
    assert flow is not None
    town = sheet.offices[unit]
    above = [
        Actor(
            f"練習 {number}",
            roster.nodes[flow.geography, area].name,
            ROLES.get(level, Role.MUNICIPALITY),
            area,
        )
        for number, (level, area) in enumerate(roster.chains[unit], 3)
    ]
    return (
        Actor("練習 1", town, Role.MUNICIPALITY, unit),
        Actor("練習 2", town, Role.MUNICIPALITY, unit),
        *above,
        Actor("練習 監査", "監査委員事務局", Role.AUDITOR, "*"),
        Actor("練習 分析", "統計分析室", Role.ANALYST, "*"),
    )
