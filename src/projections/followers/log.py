"""The log as an application of the library: read only, and only types of the closed registry."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import InfrastructureFactory, Mapper, StoredEvent, TrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from eventsourcing.sqlite import SQLiteTrackingRecorder
from eventsourcing.utils import Environment

from projections.messages import message
from reporting.database.connect import READER
from reporting.domain.events import Event
from reporting.errors import InvalidInput
from reporting.ledger.recorder import LedgerFactory, typed
from reporting.ledger.registry import decode

WITHIN_S = 600.0  # for everything the log holds already
PAGE = 500


class ClosedMapper(Mapper[UUID]):
    """Decodes by the registry: nothing is imported by a name found in the database, as the library's own mapper does."""

    def to_domain_event(self, stored_event: StoredEvent) -> DomainEventProtocol[UUID]:
        """The event itself, in its current version. CannotDecode for what this build does not know."""
        type_, version = typed(stored_event.topic)
        return cast("DomainEventProtocol[UUID]", decode(type_, version, stored_event.state))


class ElectionLog(Application[UUID]):
    """Read by a follower's runner, at the database of REPORTING_DATABASE_URL, as the role that may only read. Of several logs each
    gives what it recorded itself: an election that moves is followed on, and nothing of it twice."""

    name = "ledger"

    def construct_factory(self, env: Environment) -> InfrastructureFactory[TrackingRecorder]:
        return LedgerFactory(env, role=READER, copies=False)

    def construct_mapper(self) -> Mapper[UUID]:
        return ClosedMapper(self.construct_transcoder())


def topics_of(*events: type[Event]) -> tuple[str, ...]:
    """The topics of these events in every version the log may hold: what a projection subscribes to."""
    return tuple(
        event.type if version == 1 else f"{event.type}#{version}"
        for event in events
        for version in range(1, event.version + 1)
    )


def follow(
    projection: type[Projection[Any]],
    view: type[TrackingRecorder],
    database_url: str,
    file: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> ProjectionRunner[ElectionLog, Any]:
    """A runner at work (a context manager; `run_forever` waits). A view in SQLite is kept in `file`; one elsewhere is
    found by the library's variables in `env`, with the projection's name in front. Its rows and its position are one
    transaction of the view's own database: after kill -9 it goes on where it was, each event once. InvalidInput for the file of
    another projection, whose position would be taken for this one's and what came before it never read."""
    settings = {LedgerFactory.DATABASE_URL: database_url, **(env or {})}
    if issubclass(view, SQLiteTrackingRecorder):
        name = projection.name.upper()
        if file is not None:
            _require_own(file, projection.name)
        settings |= {
            f"{name}_PERSISTENCE_MODULE": "eventsourcing.sqlite",
            f"{name}_SQLITE_DBNAME": str(file or ":memory:"),
        }
    return ProjectionRunner(
        application_class=ElectionLog, projection_class=projection, view_class=view, env=settings
    )


def _require_own(file: Path, name: str) -> None:
    """A file without a mark is of an earlier build, or new: it gets this projection's."""
    with closing(sqlite3.connect(file)) as view, view:
        view.execute("CREATE TABLE IF NOT EXISTS follower (projection TEXT PRIMARY KEY)")
        held = [projection for (projection,) in view.execute("SELECT projection FROM follower")]
        if held and held != [name]:
            raise InvalidInput.at("--to", str(file), message("file_of_its_own", name=held[0]))
        if not held:
            view.execute("INSERT INTO follower VALUES (?)", (name,))


def wait_for(runner: ProjectionRunner[ElectionLog, Any], end: int | None) -> None:
    """Until the last event that concerns the follower up to `end` has been processed. TimeoutError after ten minutes."""
    log, topics = runner.app.recorder, runner.projection.topics
    last, page = None, log.select_notifications(1, PAGE, end, topics)
    while page:
        last = page[-1].id
        page = log.select_notifications(last, PAGE, end, topics, inclusive_of_start=False)
    if last is not None:
        runner.wait(last, timeout=WITHIN_S)
