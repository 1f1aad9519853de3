"""A past election of the tiny country, live and finished, to be rehearsed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from reporting.application.service import Reporting
from reporting.domain.actor import Actor, Role
from reporting.training.copy import Clock
from reporting.training.incidents import mistakes
from reporting.training.plan import DrillPlan, Wishes
from reporting.training.prepare import LEADER, night_length, prepare, truth_in_ledger, units_of

FIGURES = {
    "11": (60, 38, 2),
    "12": (120, 300, 5),
    "20": (77, 21, 1),
    "31": (1040, 560, 20),
    "32": (33, 94, 3),
}
SPEED = 10.0


def owner(unit: str) -> Actor:
    return Actor(f"担当{unit}", f"選管{unit}", Role.MUNICIPALITY, unit)


def figures(unit: str) -> dict[str, int]:
    a, b, invalid = FIGURES[unit]
    voters = a + b + invalid
    return {
        "electors": 2 * voters + 7,
        "voters": voters,
        "ballots_counted": voters,
        "valid_votes": a + b,
        "invalid_votes": invalid,
        "ballots_not_deposited": 0,
        "votes_a": a,
        "votes_b": b,
    }


def drilled(service: Reporting, errors: int = 6, seed: int = 1, kinds: tuple[str, ...] = ()) -> DrillPlan:
    """A drill of `tiny` that has just ended by its clock."""
    source = service.catalog.election("tiny").definition
    started = datetime.now(UTC) - night_length(source) / SPEED - timedelta(seconds=1)
    truth = truth_in_ledger(service, "tiny", units_of(service, source, "*"))
    wishes = Wishes(seed, errors, mistakes(kinds))
    return prepare(service, source, truth, Clock(started, SPEED), wishes, LEADER)
