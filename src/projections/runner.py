"""Bring the live views up to the log: one transaction for rows and position, never skipping, never guessing."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import psycopg
from psycopg import Connection

from projections import versions
from projections.errors import ProjectionError, ProjectionStopped, ViewsOutdated
from projections.messages import message
from projections.versions import SQL, Rows, Version
from projections.views.cases import Spans, ask_moved, fold_cases, refold_cases
from projections.views.define import apply_definitions
from projections.views.fold import (
    BESIDE_TYPES,
    FIGURE_EVENTS,
    FIGURE_TYPES,
    fold_range,
    fold_recorded,
    prepare,
)
from projections.views.load import Kinds, spans
from reporting.database.connect import PROJECTOR, Database, together
from reporting.errors import ReportingError
from reporting.ledger import Recorded
from reporting.ledger.registry import recorded
from reporting.outside import of_database

BATCH = 2_000
"""Events per transaction while live: bounds the time a reader's minPosition waits behind a backlog."""

READ_BY_SQL = frozenset((*FIGURE_TYPES, *BESIDE_TYPES))
"""Kinds of events that the fold takes as they stand; every other one is decoded first."""


class Projector:
    """One process' projector. Any number may run: the row lock on the version makes all but one of them wait."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._left_at = 0

    def create_if_missing(self, connection: Connection[Any] | None = None) -> Version:
        """Make the first version, empty at position 0; safe when several processes start at once."""
        if connection is None:
            with self._database.connect(PROJECTOR, autocommit=True) as own:
                return self.create_if_missing(own)
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(7203003)")
            if (version := versions.live(connection)) is None:
                number = versions.create(connection)
                connection.execute(SQL["set_state"], {"version": number, "state": "active"})
                version = Version(number, "active", 0, None, versions.stamp())
        return version

    def claim(self, version: Version) -> None:
        """From now on no earlier build writes these views. Where they have this build's tables, and are not a later one's."""
        if not version.outdated and version.build < versions.BUILD:
            with self._database.connect(PROJECTOR) as connection:
                told = {
                    "version": version.number,
                    "before": version.shape,
                    "stamp": versions.stamp(),
                }
                connection.execute(SQL["claim"], told)

    def run_once(self, connection: Connection[Any] | None = None, limit: int = BATCH) -> int:
        """Project the next events; how many. ProjectionStopped when one cannot be projected (now or earlier)."""
        if connection is None:
            with self.connect() as own:
                return self.run_once(own, limit)
        before, upto = self._run(connection, limit)
        return upto - before

    def catch_up(self) -> int:
        """Project all that is in the log by now, which others may go on writing; the position reached."""
        with self.connect() as connection:
            ((head,),) = connection.execute(SQL["head"]).fetchall()
            while True:
                before, upto = self._run(connection, BATCH)
                if upto == before or upto >= head:
                    return upto

    def _run(self, connection: Connection[Any], limit: int) -> tuple[int, int]:
        """From which position to which the next events were projected."""
        version = None
        try:
            with ExitStack() as ended:
                version, kinds, ready = versions.enter(connection, ended, self._left_at, limit)
                if version is None:
                    raise ProjectionError(detail=message("no_views_yet_run_reporting_projections"))
                version.require_current()
                if version.of_a_later_build:
                    raise ViewsOutdated(version=version.number)
                if version.state == "stopped":
                    raise ProjectionStopped(position=version.position + 1, detail=version.error)
                upto = step(connection, version.position, limit, kinds, ready=ready)
                self._left_at = upto
                if upto > version.position:
                    with together(connection, 2):
                        connection.execute(SQL["advance"], {"version": version.number, "position": upto})
                        connection.execute(SQL["tell"], {"upto": upto})
            return version.position, upto
        except ProjectionStopped as poison:
            if version is not None and version.state == "active":
                self._stop(version, poison)
            raise
        except (psycopg.DataError, psycopg.IntegrityError, ReportingError) as poison:
            if version is None or isinstance(poison, ProjectionError):
                raise
            stopped = ProjectionStopped(
                position=version.position + 1,
                detail=str(poison) if isinstance(poison, ReportingError) else of_database(poison),
            )
            self._stop(version, stopped)
            raise stopped from poison

    def connect(self) -> Connection[Any]:
        """As projecting wants it."""
        connection = self._database.connect(PROJECTOR, autocommit=True)
        self.make_ready(connection)
        return connection

    @staticmethod
    def make_ready(connection: Connection[Any]) -> None:
        """A projector's, in autocommit, for projecting. At a standby it fails."""
        # Views and position vanish together in a crash and are projected again: no fsync needed.
        connection.execute("SET synchronous_commit = off")

    def _stop(self, version: Version, poison: Exception) -> None:
        with self._database.connect(PROJECTOR) as connection:
            connection.execute(SQL["stop"], {"version": version.number, "error": str(poison)})


def step(
    connection: Connection[Any], after: int, limit: int, kinds: Rows | None = None, *, ready: bool = False
) -> int:
    """Project one run of like events after `after`; the position reached. Inside the caller's transaction. `kinds`: what stands in these
    positions, where that was asked for already; `ready`: the connection is prepared, which costs more than all else where there is nothing
    to project."""
    rows = versions.kinds(connection, after, limit).fetchall() if kinds is None else kinds
    upto = min(int(rows[0][0]), after + limit)
    if upto <= after:
        return after
    if not ready:
        prepare(connection)
    by_kind: Kinds = {
        (kind, version): (count, first, last)
        for _, kind, version, count, first, last in rows
        if kind is not None
    }
    if sum(count for count, _, _ in by_kind.values()) != upto - after:
        raise ProjectionStopped(
            position=after + 1,
            detail=message("the_ledger_has_a_hole_between", after=after, upto=upto),
        )
    bounds = {"after": after, "upto": upto, "known": list(READ_BY_SQL)}
    others = [
        first for (kind, version), (_, first, _) in by_kind.items() if f"{kind}:{version}" not in READ_BY_SQL
    ]
    special = min(others, default=None)
    if special is None:
        _fold(connection, after, upto, spans(by_kind))
        return upto
    if special > after + 1:
        _fold(connection, after, special - 1)
        return int(special) - 1
    run: list[Recorded] = []
    for row in connection.execute(SQL["special_events"], bounds):
        if row[0] != after + 1 + len(run):
            break
        run.append(recorded(row))
        if isinstance(run[0].event, FIGURE_EVENTS) or isinstance(run[-1].event, FIGURE_EVENTS):
            break
    if isinstance(run[0].event, FIGURE_EVENTS):
        fold_recorded(connection, run[0])
        fold_cases(connection, after, run[0].position)
        return run[0].position
    definitions = [event for event in run if not isinstance(event.event, FIGURE_EVENTS)]
    if definitions[-1].position == upto:  # what one command says is taken as one, wherever a batch ends
        rest = {"after": upto, "command": definitions[-1].command_id}
        definitions += [recorded(row) for row in connection.execute(SQL["rest_of_command"], rest)]
    apply_definitions(connection, definitions)
    refold_cases(connection, definitions[-1].position)
    return definitions[-1].position


def _fold(connection: Connection[Any], after: int, upto: int, spans: Spans | None = None) -> None:
    moved = fold_range(connection, after, upto, lambda: ask_moved(connection, after))
    fold_cases(connection, after, upto, spans, moved=moved)
