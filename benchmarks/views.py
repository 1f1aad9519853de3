"""Current figures and totals as the `eventsourcing` library's users write them: one event, one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from eventsourcing.domain import DomainEvent
from eventsourcing.persistence import Tracking
from eventsourcing.popo import POPOTrackingRecorder
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from psycopg.sql import SQL, Composed

from benchmarks import stage
from reporting.database.sql import load


@dataclass(frozen=True)
class Figures(DomainEvent):
    """FiguresEntered as the library declares an event."""

    election: str
    form: str
    slot: str
    unit: str
    figures: dict[str, str]


@dataclass(slots=True)
class Sum:
    value: Decimal = Decimal(0)
    reported: int = 0


class InMemory(POPOTrackingRecorder):
    """Current figures and totals in dictionaries."""

    def __init__(self) -> None:
        super().__init__()
        self.figures: dict[tuple[str, ...], Decimal] = {}
        self.totals: dict[tuple[str, ...], Sum] = {}

    def put(self, event: Figures, tracking: Tracking) -> None:
        with self._database_lock:
            self._assert_tracking_uniqueness(tracking)
            for key, text in event.figures.items():
                cell = (event.election, event.form, event.slot, key)
                value, old = Decimal(text), self.figures.get((*cell, event.unit))
                self.figures[(*cell, event.unit)] = value
                for node in _nodes(event.unit):
                    total = self.totals.setdefault((*cell, node), Sum())
                    total.value += value - (old or 0)
                    total.reported += old is None
            self._insert_tracking(tracking)


class InPostgres(PostgresTrackingRecorder):
    """The same in two tables, set by set within an event."""

    def __init__(self, datastore: PostgresDatastore, **kwargs: Any) -> None:
        super().__init__(datastore, **kwargs)
        for name in ("peer_figure", "peer_total"):
            self.sql_create_statements.append(Composed([SQL(load("benchmarks")[name])]))

    def put(self, event: Figures, tracking: Tracking) -> None:
        sql = load("benchmarks")
        values = {
            "sheet": f"{event.election}|{event.form}|{event.slot}",
            "unit": event.unit,
            "keys": list(event.figures),
            "texts": list(event.figures.values()),
            "nodes": list(_nodes(event.unit)),
        }
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute(sql["peer_put_totals"].encode(), values, prepare=True)
            cursor.execute(sql["peer_put_figures"].encode(), values, prepare=True)
            self._insert_tracking(cursor, tracking)


def _nodes(unit: str) -> tuple[str, str, str]:
    """The areas a unit counts towards."""
    return unit, f"p{(int(unit[1:]) - 1) % stage.PREFECTURES:02d}", "JP"
