"""Blue-green rebuild: a new version beside the live one, compared at one position, switched by one row."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import Connection

from projections import versions
from projections.compare import differences
from projections.errors import ProjectionError, ViewsDiffer
from projections.runner import step
from projections.versions import SQL
from projections.views.cases import fold_cases
from projections.views.define import apply_definitions
from projections.views.fold import BESIDE_TYPES, FIGURE_EVENTS, FIGURE_TYPES, REBUILD, fold_range, prepare
from projections.views.fold import SQL as FOLD
from reporting.database.connect import PROJECTOR, Database
from reporting.ledger.registry import recorded

EVENTS_PER_SHARE = 125_000
"""Bounds the memory and scratch space of one fold, whatever the size of the log."""

CATCH_UP = 20_000

Progress = Callable[[int, int, str], None]


def rebuild(database: Database, progress: Progress = lambda done, total, what: None) -> int:
    """Make the views anew from the log and switch to them; the new version's number.

    Readers see the old version until the switch. ViewsDiffer, with nothing switched, when the two are not equal;
    ProjectionError when another rebuild is running. A crash leaves the old version live and the next call starts
    afresh. The version switched away from stays until the next rebuild.
    """
    with maker(database) as connection:
        for (unfinished,) in connection.execute(SQL["unfinished"]).fetchall():
            with connection.transaction():
                versions.drop(connection, unfinished)
        new = build(connection, progress)
        live = versions.live(connection)
        if live is not None and live.state == "active":
            progress(1, 1, "compare")
            try:
                with connection.transaction():
                    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                    live = versions.live(connection)
                    assert live is not None
                    _advance(connection, new, live.position)
                    if found := differences(connection, live.number, new):
                        raise ViewsDiffer(detail="; ".join(found))
            except ViewsDiffer:
                with connection.transaction():
                    versions.drop(connection, new)
                raise
        with connection.transaction():
            live = versions.live(connection, lock=True)
            _advance(connection, new, live.position if live else _head(connection))
            if live is not None:
                connection.execute(SQL["set_state"], {"version": live.number, "state": "retired"})
            connection.execute(SQL["set_state"], {"version": new, "state": "active"})
            connection.execute(
                SQL["notify"], (json.dumps({"position": _position(connection, new), "elections": []}),)
            )
        return new


def build(connection: Connection[Any], progress: Progress) -> int:
    """A new version holding everything up to the head it found; state building."""
    with connection.transaction():
        new = versions.create(connection)
    head = _head(connection)
    bounds = {"after": 0, "upto": head, "known": [*FIGURE_TYPES, *BESIDE_TYPES]}
    with connection.transaction():
        versions.use(connection, new)
        special = [recorded(row) for row in connection.execute(SQL["special_events"], bounds)]
        if any(isinstance(one.event, FIGURE_EVENTS) for one in special):
            head = 0  # events of older versions must meet newer ones in order: leave all of it to the catching up
        else:
            apply_definitions(connection, special, totals=False)
    shares = max(1, -(-head // EVENTS_PER_SHARE))
    if head:
        with connection.transaction():
            versions.use(connection, new)
            connection.execute(FOLD["drop_keys"])
        for share in range(shares):
            with connection.transaction():
                versions.use(connection, new)
                fold_range(connection, 0, head, REBUILD, share, shares)
            progress(share + 1, shares + 1, "fold")
        with connection.transaction():
            versions.use(connection, new)
            connection.execute(FOLD["make_keys"])
            connection.execute(FOLD["make_totals"], {"election_no": None})
            connection.execute(FOLD["make_total_keys"])
            fold_cases(connection, 0, head)
            connection.execute(SQL["advance"], {"version": new, "position": head})
            connection.execute(FOLD["analyze"])
    progress(1, 1, "fold")
    while (now := _head(connection)) > (at := _position(connection, new)):
        with connection.transaction():
            _advance(connection, new, min(now, at + CATCH_UP))
        progress(_position(connection, new), now, "catch up")
    return new


@contextmanager
def maker(database: Database) -> Iterator[Connection[Any]]:
    """A connection that alone makes versions, for as long as it lives."""
    with database.connect(PROJECTOR, autocommit=True) as connection:
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET lock_timeout = '60s'")
        connection.execute("SET work_mem = '256MB'")
        if connection.execute(SQL["one_maker"]).fetchone() != (True,):
            raise ProjectionError(detail="another rebuild or verify is running")
        prepare(connection)
        yield connection


def _advance(connection: Connection[Any], version: int, upto: int) -> None:
    """Step a version that is not live to a position; inside the caller's transaction."""
    versions.use(connection, version)
    position = _position(connection, version)
    while position < upto:
        connection.execute(FOLD["clear_batch"])
        position = step(connection, position, upto - position)
    connection.execute(SQL["advance"], {"version": version, "position": position})


def _position(connection: Connection[Any], version: int) -> int:
    row = connection.execute(SQL["position_of"], (version,)).fetchone()
    assert row is not None
    return int(row[0])


def _head(connection: Connection[Any]) -> int:
    row = connection.execute(SQL["head"]).fetchone()
    assert row is not None
    return int(row[0])
