"""Incidents as they stand: the pure fold of a unit's cases, run again whenever one moved."""

from __future__ import annotations

from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from reporting.database.sql import load
from reporting.domain.incident_events import INCIDENT_EVENTS
from reporting.domain.incidents import Incident, UnitIncidents
from reporting.ledger.registry import recorded_by

SQL = load(__package__)
TYPES = [event.type for event in INCIDENT_EVENTS]


def fold_incidents(connection: Connection[Any], after: int, upto: int) -> None:
    """What was told of incidents in (after, upto]. Depends on nothing but the log: no definition moves it."""
    bounds = {"after": after, "upto": upto}
    streams = [row[0] for row in connection.execute(SQL["moved_incidents"], {**bounds, "types": TYPES})]
    units: dict[tuple[str, str], UnitIncidents] = {}
    for row in connection.execute(SQL["deeds"], {"streams": streams, "upto": upto}) if streams else ():
        stored, by = recorded_by(row)
        state = stored.event.model_dump(include={"election", "unit"})
        fold = units.setdefault((state["election"], state["unit"]), UnitIncidents())
        fold.apply(stored.event, stored.position, by.person)
    with connection.cursor() as cursor:
        cursor.executemany(
            SQL["put_incident"],
            [
                {"election": election, "unit": unit, **_row(case)}
                for (election, unit), fold in sorted(units.items())
                for case in fold.cases.values()
            ],
        )


def _row(case: Incident) -> dict[str, object]:
    public = case.released
    return {
        "number": case.number, "position": case.position, "told_at": case.latest.position,
        "facts": Jsonb(case.latest.facts.model_dump(mode="json")), "withdrawn": case.latest.withdrawn,
        "accepted": sorted(case.accepted), "sent_back": case.sent_back,
        "released_at": None if public is None else public.position,
        "released": None if public is None else Jsonb(public.facts.model_dump(mode="json")),
        "released_withdrawn": None if public is None else public.withdrawn,
    }  # fmt: skip
