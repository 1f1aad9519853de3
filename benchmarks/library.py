"""Peers made with the `eventsourcing` library: its stock settings, and its projection runner over the same figures."""

from __future__ import annotations

import time
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from eventsourcing.application import Application
from eventsourcing.domain import DomainEvent
from eventsourcing.persistence import Tracking, TrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.conninfo import conninfo_to_dict

from benchmarks import stage
from benchmarks.views import Figures, InMemory, InPostgres
from reporting.database.connect import Database

WITHIN_S = 600.0


def stock(database: Database, prefix: str = "") -> dict[str, str]:
    """The library's environment for a database: where it is, and nothing else changed."""
    where = conninfo_to_dict(database.url)
    settings = {
        "POSTGRES_DBNAME": str(where["dbname"]),
        "POSTGRES_HOST": str(where.get("host", "")),
        "POSTGRES_PORT": str(where.get("port") or 5432),
        "POSTGRES_USER": str(where["user"]),
        "POSTGRES_PASSWORD": str(where.get("password") or "none"),
    }
    return {prefix + name: value for name, value in settings.items()}


class Totals(Projection[Any]):
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        self.view.put(domain_event, tracking)


class Log(Application[Any]):
    pass


def in_memory_rate(events: int) -> float:
    return _rate(events, InMemory, {})


def in_postgres_rate(events: int, database: Database) -> float:
    """Views as durable tables; the events still come from memory."""
    env = {"TOTALS_PERSISTENCE_MODULE": "eventsourcing.postgres", **stock(database, "TOTALS_")}
    return _rate(events, InPostgres, env)


def _rate(events: int, view: type[TrackingRecorder], env: dict[str, str]) -> float:
    """Events per second the runner projects, from their recording to the last one's being tracked."""
    with ProjectionRunner(application_class=Log, projection_class=Totals, view_class=view, env=env) as runner:
        stored = [runner.app.mapper.to_stored_event(_event(number)) for number in range(events)]
        begun = time.perf_counter()
        recordings = runner.app.recorder.insert_events(stored)
        assert recordings
        runner.wait(recordings[-1], WITHIN_S)
        return events / (time.perf_counter() - begun)


def _event(number: int) -> Figures:
    turn, unit = divmod(number, stage.UNITS)
    return Figures(
        originator_id=uuid5(NAMESPACE_URL, f"{turn // 4}/{unit}"),
        originator_version=turn % 4 + 1,
        timestamp=DomainEvent.create_timestamp(),
        election="e1",
        form="night",
        slot=f"s{turn // 4 + 1}",
        unit=stage.unit(unit),
        figures={f"c{turn % 4 + 1}|{item}||": str(40_000 + number % 6007) for item in stage.ITEMS},
    )
