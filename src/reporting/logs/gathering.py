"""Gather what all logs hold into one database for readers: in the order of their times, each event once, as it was recorded.

The database has positions of its own and takes no commands; whatever reads a log reads it as it is.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg import Connection

from reporting.database.connect import Database
from reporting.database.replication import replication_of
from reporting.logs.belonging import NEVER, OWN, SHARED
from reporting.logs.copying import Intake
from reporting.logs.errors import GathersFromPrimary, HoldsEvents
from reporting.logs.naming import Installation
from reporting.logs.source import COPIER, SQL, SourceEvent, events

GATHERED = ""
"""The reading database among the logs' names: none is called so."""

TOGETHER = 2_000
"""Events taken in by one transaction: nobody else waits for a reading database."""

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class GatheredUpto:
    """How far a log is gathered, where its head was then, and when that was looked at."""

    position: int
    head: int
    looked_at: datetime | None


@dataclass(slots=True)
class GatherRound:
    """`taken`: events that are new; `places`: by log, after it. `differ`: of registries that a log has otherwise than the directory,
    the log and its position: the directory's count. `waits`: the log and position of a registry that the directory has not got: what comes
    after it waits, from every log, as an election may stand on it."""

    taken: int = 0
    places: dict[str, GatheredUpto] = field(default_factory=dict)
    differ: list[tuple[str, int]] = field(default_factory=list)
    waits: tuple[str, int] | None = None


def gathers(connection: Connection[Any]) -> bool:
    """Whether a database is one that only gathers."""
    return bool(connection.execute(SQL["gathers"]).fetchall()[0][0])


def places(connection: Connection[Any]) -> dict[str, GatheredUpto]:
    """Of each log that was ever looked at."""
    return {
        log: GatheredUpto(position, head, looked_at)
        for log, position, head, _, looked_at in connection.execute(SQL["cursors"])
    }


class Gatherer:
    """Of one reading database, which it makes one where its log is empty. HoldsEvents."""

    def __init__(self, installation: Installation, database: Database) -> None:
        self._installation, self._database = installation, database
        with database.connect(COPIER, autocommit=True) as connection:
            if connection.execute(SQL["only_gathers"]).fetchone() != (True,):
                head = connection.execute(SQL["head"]).fetchall()[0][0]
                raise HoldsEvents(position=head)

    def round(self, progress: Progress = lambda done, total, what: None) -> GatherRound:
        """Once up to what all logs held when it began. CopyDiffers where two logs say different things of one version of a stream;
        GathersFromPrimary."""
        done = GatherRound()
        with ExitStack() as stack:
            here = stack.enter_context(self._database.connect(COPIER, autocommit=True))
            sources = {
                name: stack.enter_context(log.at.connect(COPIER, autocommit=True))
                for name, log in self._installation.logs.items()
            }
            for name, source in sources.items():
                if not replication_of(source).takes_changes:
                    raise GathersFromPrimary(log=name)
            before = places(here)
            ends: dict[str, tuple[int, datetime]] = {
                name: source.execute(SQL["complete_until"]).fetchone() for name, source in sources.items()  # type: ignore[misc]
            }  # fmt: skip
            until = min(at for _, at in ends.values())
            cursors = {name: before[name].position if name in before else 0 for name in sources}
            total = sum(head - cursors[name] for name, (head, _) in ends.items())
            lines = [
                _of_log(source, name, order, cursors[name], ends[name][0], until)
                for order, (name, source) in enumerate(sources.items())
            ]
            directory = sources[self._installation.directory]
            together: list[SourceEvent] = []
            seen = 0
            for event in self._wanted(_merged(lines), directory, cursors, done):
                new_command = together and event.entry.command_id != together[-1].entry.command_id
                if len(together) >= TOGETHER and new_command:
                    done.taken += self._take(here, together, cursors, ends)
                    seen += len(together)
                    progress(seen, total, "")
                    together = []
                together.append(event)
            done.taken += self._take(here, together, cursors, ends)
            for name, source in sources.items():
                self._carry_erasures(here, source, name)
            done.places = places(here)
        return done

    def _wanted(
        self,
        merged: Iterator[SourceEvent],
        directory: Connection[Any],
        cursors: dict[str, int],
        done: GatherRound,
    ) -> Iterator[SourceEvent]:
        """Those that are gathered; `cursors` are where they would stand once what was yielded is in."""
        for event in merged:
            of_directory = event.via == self._installation.directory
            type_ = event.entry.type
            if type_ in SHARED and not of_directory:
                theirs = directory.execute(
                    SQL["shared_version"], (event.entry.stream_id, event.entry.stream_version)
                ).fetchone()
                if theirs is None:
                    done.waits = event.via, event.position
                    return
                if theirs != (type_, event.entry.type_version, event.entry.state):
                    done.differ.append((event.via, event.position))
                else:
                    yield event
            elif type_ not in NEVER and (of_directory or type_ not in OWN):
                yield event
            cursors[event.via] = event.position

    def _take(
        self,
        here: Connection[Any],
        together: Sequence[SourceEvent],
        cursors: dict[str, int],
        ends: dict[str, tuple[int, datetime]],
    ) -> int:
        """And how far it came with them, in one transaction."""
        with here.transaction():
            (head,) = here.execute(SQL["lock_head"]).fetchone() or (0,)
            taken = Intake(here, GATHERED).take(together, head + 1).new if together else 0
            for log, position in cursors.items():
                here.execute(SQL["gathered"], {"log": log, "position": position, "head": ends[log][0]})
        return taken

    def _carry_erasures(self, here: Connection[Any], source: Connection[Any], log: str) -> None:
        """Words that a log erased since are erased in the copies."""
        (seen,) = [erasures for name, _, _, erasures, _ in here.execute(SQL["cursors"]) if name == log]
        rows = source.execute(SQL["erasures"], (seen,)).fetchall()
        if rows:
            with here.transaction():
                here.execute(
                    SQL["erase_copies"], tuple([row[column] for row in rows] for column in (1, 2, 3))
                )
                here.execute(SQL["erased_upto"], (rows[-1][0], log))


def _of_log(
    connection: Connection[Any], log: str, order: int, after: int, upto: int, until: datetime
) -> Iterator[tuple[datetime, int, int, SourceEvent]]:
    """Its events before the moment up to which every log has told everything, with what they are put in order by."""
    for page in events(connection, log, after, upto):
        for event in page:
            if event.at >= until:
                return
            yield event.at, order, event.position, event


def _merged(lines: Sequence[Iterator[tuple[datetime, int, int, SourceEvent]]]) -> Iterator[SourceEvent]:
    for _, _, _, event in heapq.merge(*lines):
        yield event
