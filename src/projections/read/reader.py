"""Opens snapshots of the live views, waits for a position, and keeps what many of them ask again."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from psycopg import Connection, IsolationLevel

from projections.errors import NotYetProjected, ProjectionError
from projections.messages import message
from projections.read.many_areas import MAX_LISTED, Listed
from projections.read.rows import ElectionRow
from projections.read.snapshot import Definitions, Sees, Snapshot
from projections.read.statements import SQL
from projections.versions import Version
from reporting.database.connect import READER, Database, sizes_of
from reporting.kept import Kept

STATEMENT_TIMEOUT = "5s"
WAIT_STEP_S = 0.005
MAX_DEFINITIONS = 256
READY_BYTES = 32_000_000
"""Of ready-made answers kept by one process; one of the widest has about a quarter of a million."""


class ViewReader:
    """Thread-safe; holds a pool of read-only connections."""

    def __init__(self, database: Database, *, max_connections: int = 8) -> None:
        self._pool = database.pool(READER, 1, max_connections, check=False)  # `_begin` meets lost ones
        self._definitions: Definitions = Kept(MAX_DEFINITIONS)
        self._elections: tuple[tuple[int, int], dict[str, ElectionRow]] = ((0, 0), {})
        self._ready: Kept[bytes] = Kept(READY_BYTES)
        self._listed: Listed = Kept(MAX_LISTED)

    def close(self) -> None:
        self._pool.close()

    def pool_sizes(self) -> dict[str, int]:
        return sizes_of(self._pool)

    @contextmanager
    def snapshot(
        self, min_position: int = 0, wait_s: float = 5.0, *, sees: Sees = Sees.PUBLIC
    ) -> Iterator[Snapshot]:
        """`sees`: what PostgreSQL shows it at all: who does not say otherwise is shown what is public. A snapshot at `min_position` or
        later; NotYetProjected when the views do not get there in time, at once for a position the log has not reached: nobody was ever told it, unless this is a standby, whose log comes later."""
        deadline = time.monotonic() + wait_s
        while True:
            with self._begun(sees) as (connection, row):
                if row is None:
                    raise ProjectionError(detail=message("no_views_yet"))
                version = Version(*row[:5]).require_current()
                if version.position >= min_position:
                    elections = self._elections_at(version)
                    yield Snapshot(
                        connection,
                        version,
                        row[5],
                        self._definitions,
                        elections,
                        self._ready,
                        self._listed,
                        sees,
                    )
                    return
                if (
                    time.monotonic() >= deadline
                    or version.state == "stopped"
                    or (min_position > row[5] and not row[8])
                ):
                    raise NotYetProjected(wanted=min_position, position=version.position)
            time.sleep(WAIT_STEP_S)

    @contextmanager
    def _begun(self, sees: Sees) -> Iterator[tuple[Connection[Any], Sequence[Any] | None]]:
        """A connection in a transaction, and what its first statement tells."""
        connection, row = self._begin(sees)
        try:
            with connection:
                yield connection, row
        finally:
            self._pool.putconn(connection)

    def _begin(self, sees: Sees, *, again: bool = True) -> tuple[Connection[Any], Sequence[Any] | None]:
        """A connection that was lost since it last answered fails at the first statement, which another one is asked then; to look at
        each before would be one more round trip of every request."""
        connection = self._pool.getconn()
        try:
            if not connection.read_only:  # it keeps both, and setting what is set takes its lock
                connection.isolation_level = IsolationLevel.REPEATABLE_READ
                connection.read_only = True
            told = {"timeout": STATEMENT_TIMEOUT, "sees": sees.value}
            return connection, connection.execute(SQL["live"], told).fetchone()
        except BaseException:
            lost = connection.closed
            self._pool.putconn(connection)
            if not (lost and again):
                raise
        self._pool.check()  # the others may have been lost with it
        return self._begin(sees, again=False)

    def _elections_at(self, version: Version) -> dict[str, ElectionRow]:
        """What snapshots of one version at one position have found: the views do not change there."""
        at, kept = (version.number, version.position), self._elections
        if kept[0] != at:  # read once and written once: another thread's position is never mixed in
            kept = self._elections = at, {}
        return kept[1]
