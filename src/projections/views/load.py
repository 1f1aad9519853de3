"""Put a whole log into an empty version of the views: workers and several connections at once, nothing kept here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from psycopg import Connection

from projections.versions import schema_name, use
from projections.views.cases import Spans, fold_cases
from projections.views.define import apply_definitions
from projections.views.fold import CARRIERS, STREAM_TYPES, remake_kept, stop_if_lost
from projections.views.pace import PIECE, RebuildPace
from projections.views.refold import refold
from projections.views.unpack import unpack
from projections.views.workers import SETTINGS as WORKING
from projections.views.workers import WORKERS, StreamShare, Told, bounds, work_apart
from reporting.database.connect import PROJECTOR, Database
from reporting.database.sql import filled, load
from reporting.ledger import Recorded
from reporting.ledger.registry import recorded

SQL = load(__package__)
WORTH_SHARING = 10_000
"""Events that make up for processes of their own."""

WORTH_FOLDING_APART = 100_000
"""The same for returns: their workers import all of the domain first."""

SETTINGS = (*WORKING, "jit = off", "work_mem = '256MB'", "maintenance_work_mem = '256MB'")
NOT_MORE = ("max_parallel_maintenance_workers = 0", "max_parallel_workers_per_gather = 0")
"""Where keys and sums are made side by side, each by itself: on few cores more hands take longer together. And while others write."""

Kinds = dict[tuple[str, int], tuple[int, int, int]]
"""(type, version) → how many, first and last position."""


def tune(connection: Connection[Any], *, alone: bool = False) -> None:
    """`alone`: a statement is worked on by one process of the server."""
    for setting in (*SETTINGS, *(NOT_MORE if alone else ())):
        connection.execute(f"SET {setting}".encode())


def kinds(connection: Connection[Any], head: int) -> Kinds:
    """What the log up to a position is made of."""
    rows = connection.execute(SQL["load_kinds"], {"head": head}).fetchall()
    return {(row[0], row[1]): row[2:] for row in rows}


def spans(by_kind: Kinds) -> Spans:
    """The same of types, whatever their version."""
    ends: dict[str, tuple[int, int]] = {}
    for (kind, _), (_, first, last) in by_kind.items():
        before = ends.get(kind, (first, last))
        ends[kind] = min(before[0], first), max(before[1], last)
    return ends


def special(connection: Connection[Any], by_kind: Kinds, ordinary: Sequence[str]) -> list[Recorded]:
    """Events of kinds that are not `ordinary`, in order."""
    places = {kind: at for kind, at in by_kind.items() if f"{kind[0]}:{kind[1]}" not in ordinary}
    if not places:
        return []
    bounds = {
        "first": min(at[1] for at in places.values()),
        "last": max(at[2] for at in places.values()),
        "kinds": [f"{kind}:{version}" for kind, version in places],
    }
    return [recorded(row) for row in connection.execute(SQL["load_special"], bounds)]


class Loader:
    """Loads the log up to `head` into one version; its connections live no longer than a call. While others write, what is done side by
    side otherwise is done one after the other, with rests where it comes in pieces."""

    def __init__(self, database: Database, version: int, head: int, pace: RebuildPace) -> None:
        self._database = database
        self._version = version
        self._head = head
        self._pace = pace

    def streams(self) -> None:
        """What streams there are; needs no definitions."""
        with self._database.connect(PROJECTOR, autocommit=True) as own:
            tune(own, alone=self._pace.yields())
            self._run(own, "load_streams")

    def rosters(self, connection: Connection[Any], definitions: Sequence[Recorded]) -> None:
        """What all definitions together come to; in the caller's transaction."""
        use(connection, self._version)
        connection.execute(SQL["load_before_rosters"])
        apply_definitions(connection, definitions, totals=False)
        connection.execute(SQL["load_after_rosters"])

    def figures(self, connection: Connection[Any], progress: Callable[[int, int], None]) -> None:
        """Returns, cells, figures and totals, once streams are found and the definitions applied.

        ProjectionStopped for an event nobody can place.
        """
        makes_way = self._pace.yields()
        self._run(connection, "load_before_figures", *(() if makes_way else ("load_without_key",)))
        self._unpack(lambda done: progress(done, self._head + self._head // 4))  # the rest takes a fifth
        if makes_way:
            self._in_pieces()
        else:
            self._side_by_side(connection)
        self._run(connection, "load_end")
        with connection.transaction():
            use(connection, self._version)
            remake_kept(connection)

    def _side_by_side(self, connection: Connection[Any]) -> None:
        with ThreadPoolExecutor(1 if self._pace.yields() else 3) as pool:
            beside = [
                pool.submit(self._beside, "load_sums", "load_totals"),
                pool.submit(self._beside, "load_figure_key"),
                pool.submit(self._returns),
            ]
            for part in beside:
                part.result()
        self._run(connection, "load_figure_key_named")

    def _in_pieces(self) -> None:
        """The keys have stood since before the first figure, which is dearer: made at once they would be the longest statement of all."""
        with self._adding_up() as own:
            self._run(own, "load_sums_none")
            with own.transaction():
                use(own, self._version)
                ((last, units),) = own.execute(SQL["load_sums_bounds"]).fetchall()
            step = max(1, PIECE // units)
            for after in range(0, last, step):
                self._run(own, "load_sums_piece", after=after, upto=after + step)
                self._pace.rest()
            self._run(own, "load_totals")
        self._returns()

    def _unpack(self, told: Told) -> None:
        if self._head < WORTH_SHARING:
            unpack(self._share(), told)
        else:
            work_apart("projections.views.unpack", unpack, self._shares(), told)

    def _share(self, **bounds: str) -> StreamShare:
        schema = schema_name(self._version)
        types = list(CARRIERS), STREAM_TYPES
        return StreamShare(
            self._database.url, schema, self._head, *types, makes_way=self._pace.makes_way, **bounds
        )

    def _shares(self) -> list[StreamShare]:
        workers = 1 if self._pace.yields() else WORKERS
        return [self._share(**bounds(number, workers)) for number in range(workers)]

    def cases(self, connection: Connection[Any], spans: Spans) -> None:
        """Where each return stands, once all of them are there; in the caller's transaction, but for the returns of a long log."""
        if self._head < WORTH_FOLDING_APART:
            fold_cases(connection, 0, self._head, spans)
            return
        shares = self._shares()
        fold_cases(
            connection,
            0,
            self._head,
            spans,
            lambda: work_apart("projections.views.refold", refold, shares, lambda done: None),
        )

    def _beside(self, *names: str) -> None:
        with self._adding_up() as own:
            for name in names:
                self._run(own, name)

    @contextmanager
    def _adding_up(self) -> Iterator[Connection[Any]]:
        with self._database.connect(PROJECTOR, autocommit=True) as own:
            tune(own, alone=WORKERS <= 2 or self._pace.yields())
            own.execute("SET enable_sort = off")  # statistics cannot tell how few groups there will be
            yield own

    def _returns(self) -> None:
        with self._database.connect(PROJECTOR, autocommit=True) as own:
            tune(own, alone=self._pace.yields())
            self._run(own, "load_orphans")
            with own.transaction():
                use(own, self._version)
                stop_if_lost(own.execute(SQL["load_lost"]).fetchone())
            self._run(own, "load_returns")

    def _run(self, connection: Connection[Any], *names: str, **piece: int) -> None:
        """`piece`: the cells `after` one and `upto` another."""
        with connection.transaction():
            use(connection, self._version)
            for name in names:
                statement = filled(SQL[name], sums=SQL["sums"], within=SQL["within_piece"] if piece else "")
                values = {"head": self._head, "types": STREAM_TYPES, **piece}
                connection.execute(statement.encode(), values if "%(" in statement else None)
