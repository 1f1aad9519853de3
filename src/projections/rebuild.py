"""Blue-green rebuild: a new version beside the live one, compared at one position, switched by one row."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from psycopg import Connection
from psycopg.errors import UndefinedColumn, UndefinedTable

from projections import versions
from projections.compare import differences
from projections.errors import ProjectionError, ViewsDiffer
from projections.independent import Agreement, against_fold
from projections.messages import message
from projections.runner import Projector, step
from projections.versions import SQL, Progress
from projections.views.fold import BESIDE_TYPES, FIGURE_TYPES, STREAM_TYPES, prepare
from projections.views.fold import SQL as FOLD
from projections.views.load import Loader, kinds, spans, special, tune
from projections.views.pace import RebuildPace, pace_of
from reporting.database.connect import PROJECTOR, Database
from reporting.outside import of_database

CATCH_UP = 20_000
NEAR, ROUNDS = 50, 10
"""Events that may be left to the comparison; how often the live views' row is let go again because they are ahead."""


def rebuild(
    database: Database,
    progress: Progress = lambda done, total, what: None,
    *,
    replace: bool = False,
    makes_way: bool = True,
    proved: Callable[[Agreement], None] = lambda agreement: None,
) -> int:
    """Make the views anew from the log and switch to them; the new version's number.

    Readers see the old version until the switch. ViewsDiffer, with nothing switched, when the two are not equal; with
    `replace` (the live ones are damaged, gone, or another release's) the new ones are held against the log's own meaning
    instead, and `proved` is told what they hold. `makes_way`: slower while others write. ProjectionError when another rebuild is running. A
    crash leaves the old version live and the next call starts afresh. The version switched away from stays until the next rebuild.
    """
    with maker(database) as connection, database.connect(PROJECTOR, autocommit=True) as watch:
        for (unfinished,) in connection.execute(SQL["unfinished"]).fetchall():
            with connection.transaction():
                versions.drop(connection, unfinished)
        pace = pace_of(watch, makes_way=makes_way)
        new = build(connection, database, progress, pace)
        tune(connection, alone=pace.yields())
        live = versions.live(connection)
        try:
            if replace or (live is not None and live.outdated):
                proved(_prove(connection, new, progress))
            elif live is not None and live.state == "active":
                progress(1, 1, "compare")
                _compare(connection, database, new, pace)
        except ViewsDiffer:
            with connection.transaction():
                versions.drop(connection, new)
            raise
        _switch(connection, new, lambda: progress(1, 1, "switch"))
        return new


def _compare(connection: Connection[Any], database: Database, new: int, pace: RebuildPace) -> None:
    """ViewsDiffer unless the live views and these hold the same at one position."""
    try:
        Projector(database).catch_up()  # these may be ahead of live ones that nobody has been following
        with connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            live = versions.live(connection)
            assert live is not None
            advance(connection, new, live.position)
            differing = differences(connection, live.number, new, pace)
    except (UndefinedTable, UndefinedColumn) as missing:
        raise ViewsDiffer(detail=of_database(missing)) from None
    if differing:
        raise ViewsDiffer(detail=message("rows", count=len(differing)), said=differing[0])


def _switch(connection: Connection[Any], new: int, told: Callable[[], None]) -> None:
    """Take in what is there, then ask for the live views' row, on which no projector works as long as it is held. Where the live views
    have come no further, nothing is left to do while it is; where they have, it is let go and all of it is done again, a few times.
    `told`: that the row is held."""
    for turn in range(ROUNDS + 1):
        with connection.transaction():
            advance(connection, new, _head(connection))
        with connection.transaction():
            live = versions.live(connection, lock=True)
            position = _position(connection, new)
            ahead = live is not None and live.position > position
            if ahead and turn < ROUNDS:
                continue
            told()
            if live is not None:
                advance(connection, new, position := max(position, live.position))
                connection.execute(SQL["set_state"], {"version": live.number, "state": "retired"})
            connection.execute(SQL["set_state"], {"version": new, "state": "active"})
            connection.execute(SQL["notify"], (json.dumps({"position": position, "elections": []}),))
        return


def _prove(connection: Connection[Any], new: int, progress: Progress) -> Agreement:
    """ViewsDiffer unless these hold what the log means."""
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        agreement = against_fold(connection, new, _position(connection, new), progress)
    if differing := agreement.differences:
        raise ViewsDiffer(detail=message("rows", count=len(differing)), said=differing[0])
    return agreement


def build(connection: Connection[Any], database: Database, progress: Progress, pace: RebuildPace) -> int:
    """A new version holding everything up to the head it found, and nearly all that came meanwhile: to wait for a moment when nothing
    is left would be to wait for the end of the night; state building."""
    with connection.transaction():
        new = versions.create(connection)
    head = _head(connection)
    by_kind = kinds(connection, head)
    definitions = special(connection, by_kind, [*FIGURE_TYPES, *BESIDE_TYPES])
    dense = sum(count for count, _, _ in by_kind.values()) == head
    if head and dense and not any(definition.event.type in STREAM_TYPES for definition in definitions):
        loader = Loader(database, new, head, pace)
        with ThreadPoolExecutor(1) as beside:
            streams = beside.submit(loader.streams)
            if pace.yields():
                streams.result()
            with connection.transaction():
                loader.rosters(connection, definitions)
            streams.result()
        loader.figures(connection, lambda done, total: progress(done, total, "fold"))
        with connection.transaction():
            versions.use(connection, new)
            loader.cases(connection, spans(by_kind))
            connection.execute(SQL["advance"], {"version": new, "position": head})
    # Otherwise: events of older versions must meet newer ones in order, and a hole be named, by the catching up.
    progress(1, 1, "fold")
    while (at := _position(connection, new)) < head or _head(connection) - at > NEAR:
        with connection.transaction():
            advance(connection, new, min(_head(connection), at + CATCH_UP))
        progress(_position(connection, new), _head(connection), "catch up")
        pace.rest()
    return new


@contextmanager
def maker(database: Database) -> Iterator[Connection[Any]]:
    """A connection that alone makes versions, for as long as it lives."""
    with database.connect(PROJECTOR, autocommit=True) as connection:
        tune(connection)
        connection.execute("SET lock_timeout = '60s'")
        if connection.execute(SQL["one_maker"]).fetchone() != (True,):
            raise ProjectionError(detail=message("another_rebuild_or_verify_is_running"))
        try:
            yield connection
        finally:  # the server notices a closed connection only later; the next maker may be there before
            if not connection.closed:
                connection.execute(SQL["release_maker"])


def advance(connection: Connection[Any], version: int, upto: int) -> None:
    """Step a version that is not live to a position; inside the caller's transaction."""
    versions.use(connection, version)
    position = _position(connection, version)
    while position < upto:
        prepare(connection)
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
