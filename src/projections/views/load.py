"""Put a whole log into an empty version of the views: set by set, several connections at once, nothing kept here."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import pairwise
from typing import Any

from psycopg import Connection
from psycopg.errors import UniqueViolation

from projections.versions import use
from projections.views.fold import CARRIERS, STREAM_TYPES, remake_kept, stop_if_lost
from reporting.database.connect import PROJECTOR, Database
from reporting.database.sql import filled, load
from reporting.ledger import Recorded
from reporting.ledger.registry import recorded

SQL = load(__package__)
EVENTS_PER_SHARE = 250_000
"""What one statement loads; its joins spill to disk beyond work_mem, whatever the size of the log."""

WORTH_SHARING = 10_000
"""Events that make up for a connection of their own."""

WORKERS = max(2, min(4, os.cpu_count() or 2))
"""Connections that load side by side. The server may have another number of cores; two gain even there."""

SAMPLE = 53
"""One event in so many is looked into for the names of cells; prime, since units report in turn."""

FIRST_VALUES = "FiguresEntered"
"""Cells that held nothing before: a log of no other carriers supersedes nothing."""

SETTINGS = ("jit = off", "work_mem = '256MB'", "maintenance_work_mem = '256MB'", "synchronous_commit = off")

Kinds = dict[tuple[str, int], tuple[int, int, int]]
"""(type, version) → how many, first and last position."""


def tune(connection: Connection[Any]) -> None:
    for setting in SETTINGS:
        connection.execute(f"SET {setting}".encode())


def kinds(connection: Connection[Any], head: int) -> Kinds:
    """What the log up to a position is made of."""
    rows = connection.execute(SQL["load_kinds"], {"head": head}).fetchall()
    return {(row[0], row[1]): row[2:] for row in rows}


def special(connection: Connection[Any], found: Kinds, known: Sequence[str]) -> list[Recorded]:
    """Events of kinds that are not known, in order."""
    places = {kind: at for kind, at in found.items() if f"{kind[0]}:{kind[1]}" not in known}
    if not places:
        return []
    bounds = {
        "first": min(at[1] for at in places.values()),
        "last": max(at[2] for at in places.values()),
        "kinds": [f"{kind}:{version}" for kind, version in places],
    }
    return [recorded(row) for row in connection.execute(SQL["load_special"], bounds)]


class Loader:
    """Loads the log up to `head` into one version; its connections live no longer than a call."""

    def __init__(self, database: Database, version: int, head: int) -> None:
        self._database = database
        self._version = version
        self._head = head
        self._values: dict[str, Any] = {
            "head": head,
            "types": STREAM_TYPES,
            "carriers": list(CARRIERS),
            "every": SAMPLE,
        }

    def streams(self) -> None:
        """What streams there are and what each is about; needs no definitions."""
        with self._database.connect(PROJECTOR, autocommit=True) as own:
            tune(own)
            self._run(own, "load_streams", "load_heads")

    def figures(
        self, connection: Connection[Any], found: Kinds, progress: Callable[[int, int], None]
    ) -> None:
        """Returns, cells, figures and totals, once the definitions are applied.

        ProjectionStopped for an event nobody can place.
        """
        self._run(connection, "load_drop_keys", "load_analyze_places")
        self._run(connection, "load_sheets", "load_analyze_heads", "load_returns")
        with connection.transaction():
            use(connection, self._version)
            stop_if_lost(connection.execute(SQL["load_lost"]).fetchone())
        self._run(connection, "load_put_returns", "load_put_sampled", "load_cells", "load_analyze_cells")
        shares = max(1, min(WORKERS, self._head // WORTH_SHARING), round(self._head / EVENTS_PER_SHARE))
        bounds = pairwise(self._head * number // shares for number in range(shares + 1))
        ranges = [{"after": after, "upto": upto} for after, upto in bounds]
        for done in self._shares("load_share", ranges):
            progress(done, shares + 1)
        self._missed(connection)
        if any(name in CARRIERS and name != FIRST_VALUES for name, _ in found):
            self._run(connection, "load_superseded", "load_drop_superseded")
        try:
            self._run(connection, "load_figure_key")
        except UniqueViolation:  # first values given twice: the service refuses them, the log may hold them
            self._run(connection, "load_superseded", "load_drop_superseded", "load_figure_key")
        self._run(connection, "load_analyze_figures", "load_sum_table")
        for _ in self._shares("load_sums", [{"share": n, "shares": WORKERS} for n in range(WORKERS)]):
            pass
        self._run(connection, "load_totals", "load_keys_again", "load_analyze")
        with connection.transaction():
            use(connection, self._version)
            remake_kept(connection)

    def _missed(self, connection: Connection[Any]) -> None:
        """Figures of cells the sample did not name."""
        with connection.transaction():
            use(connection, self._version)
            (known,) = connection.execute(SQL["load_known"]).fetchall()[0]
            connection.execute(SQL["load_misses"])
            if not connection.execute(SQL["load_any_miss"]).fetchall():
                return
            for name in ("load_drop_missed", "load_put_missed", "load_drop_cells", "load_cells", "load_rest"):
                self._execute(connection, name, {"known": known})

    def _shares(self, name: str, shares: Sequence[Mapping[str, int]]) -> Iterator[int]:
        """Run a statement once for each share, several at once; how many are done."""

        def run(share: Mapping[str, int]) -> None:
            with self._database.connect(PROJECTOR, autocommit=True) as own:
                tune(own)
                own.execute("SET enable_sort = off")  # statistics cannot tell how few groups there will be
                own.execute("SET enable_indexscan = off")  # most of the log is read: in its order on disk
                with own.transaction():
                    use(own, self._version)
                    self._execute(own, name, share)

        with ThreadPoolExecutor(WORKERS) as pool:
            for done, one in enumerate(as_completed([pool.submit(run, share) for share in shares])):
                one.result()
                yield done + 1

    def _run(self, connection: Connection[Any], *names: str) -> None:
        with connection.transaction():
            use(connection, self._version)
            for name in names:
                self._execute(connection, name, {})

    def _execute(self, connection: Connection[Any], name: str, more: Mapping[str, int]) -> None:
        statement = _statement(name)
        connection.execute(statement.encode(), {**self._values, **more} if "%(" in statement else None)


_MADE = {
    "load_put_sampled": ("load_put_cells", "load_sampled", "load_any"),
    "load_put_missed": ("load_put_cells", "load_missed", "load_any"),
    "load_share": ("load_figures", "load_between", "load_any"),
    "load_rest": ("load_figures", "load_missed", "load_new_only"),
}


def _statement(name: str) -> str:
    if name not in _MADE:
        return SQL[name]
    statement, which, new = (SQL[part] for part in _MADE[name])
    return filled(statement, keys=SQL["load_keys"], which=which, new=new)
