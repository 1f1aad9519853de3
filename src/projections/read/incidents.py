"""Incidents as they stand, over many units: who told them and in which words stands in the log."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from projections.read import Snapshot
from reporting.database.sql import load
from reporting.domain.incident_events import IncidentFacts

SQL = load(__package__)


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """`told_at`: position of its latest version; `released`: the version that everybody sees, told at `released_at`."""

    unit: str
    number: int
    position: int
    told_at: int
    facts: IncidentFacts
    withdrawn: bool
    accepted: list[str]
    sent_back: str | None
    released_at: int | None
    released: IncidentFacts | None
    released_withdrawn: bool


def incidents(
    snapshot: Snapshot,
    election: str,
    units: Collection[str] | None,
    after: tuple[str, int] | None,
    most: int,
    *,
    public: bool = False,
) -> tuple[list[IncidentRow], int]:
    """By unit and number, `most` of them after one; and how many there are in all. `public`: none but released ones."""
    unit, number = after or (None, None)
    asked = {
        "election": election, "units": None if units is None else sorted(units), "unit": unit, "number": number,
        "most": most, "public": public,
    }  # fmt: skip
    rows = []
    for *plain, released_at, released, withdrawn in snapshot.fetch(SQL["incidents"], asked):
        place, at, position, told_at, facts, gone, accepted, sent_back = plain
        rows.append(
            IncidentRow(
                place, at, position, told_at, IncidentFacts.model_validate(facts), gone, accepted, sent_back, released_at,
                None if released is None else IncidentFacts.model_validate(released), bool(withdrawn),
            )
        )  # fmt: skip
    ((total,),) = snapshot.fetch(SQL["count_incidents"], asked)
    return rows, total
