"""Append to and read from the log as the application's role."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar, cast
from uuid import UUID

import psycopg
from psycopg import Connection
from psycopg_pool import ConnectionPool

from reporting.database.connect import WRITER, Database, sizes_of
from reporting.database.silence import patient
from reporting.database.sql import load
from reporting.domain.actor import By
from reporting.errors import CommandIdReused, FiguresCame, ReportingError, Unavailable, VersionConflict
from reporting.ledger.door import door_call, made_ready, quiet_of
from reporting.ledger.elsewhere import told_elsewhere
from reporting.ledger.prepared import Prepared
from reporting.ledger.records import (
    Appended,
    Beforehand,
    Command,
    CommandRecord,
    Deed,
    Disposable,
    Quiet,
    Recorded,
    Stands,
)
from reporting.ledger.registry import recorded
from reporting.ledger.rows import Page, array, bytes_of, deed, fetched, repeated, without_replaced
from reporting.ledger.stall import Stall
from reporting.outside import of_database
from reporting.watched import part

SQL = load(__package__)
ATTEMPTS = 3
"""A lost connection is tried again; the command id makes that safe even when the COMMIT's reply was lost."""

MOVED = ("moved", "disturbed")
"""Outcomes of a whole call: something that commands rest on has moved, and nothing was appended."""

T = TypeVar("T")


class Ledger:
    """Thread-safe. `append` returns only when the events are durable."""

    def __init__(self, database: Database, *, max_connections: int = 4) -> None:
        # No check before each use, which would be one more round trip: `_run` looks after lost connections.
        self.stall = Stall()
        self._pool: ConnectionPool[Any] = database.pool(
            WRITER, 1, max_connections, check=False, by_index=True
        )

    def close(self) -> None:
        self._pool.close()

    def pool_sizes(self) -> dict[str, int]:
        return sizes_of(self._pool)

    def append(self, command: Command) -> Appended:
        """Errors: VersionConflict, CommandIdReused, Unavailable (unknown whether it happened: send it again)."""
        with part("append", command=str(command.command_id)) as told:
            (outcome,) = self.append_many([command])
            if isinstance(outcome, ReportingError):
                raise outcome
            told.facts |= {"position": outcome.last_position, "repeated": outcome.repeated}
            return outcome

    def append_many(self, commands: Sequence[Command | Prepared]) -> list[Appended | ReportingError]:
        """One transaction; each command is accepted, repeated or refused by itself, in the order given. Where something has
        moved that some of them rest on, those are refused and the others appended without them."""
        made = made_ready(commands)
        statement, arguments = door_call(made)
        rows = self._run(lambda c: c.execute(statement, arguments, prepare=True).fetchall())
        if rows and rows[0][0] in MOVED:
            return self._without(made, rows[0])
        return [self._outcome(command.command_id, row) for command, row in zip(made, rows, strict=True)]

    def _without(self, commands: Sequence[Prepared], moved: Sequence[Any]) -> list[Appended | ReportingError]:
        """Of commands of which nothing was appended as something had moved: those that rest on it, refused unless they stand
        in the log already; the others, appended."""
        outcome, _, _, _, stream, expected, _ = moved
        gone: Stands | Quiet = (
            quiet_of(commands)[expected - 1] if outcome == "disturbed" else Stands(stream, expected)
        )
        stale = {command.command_id for command in commands if gone in (*command.stands, *command.quiet)}
        left = [command for command in commands if command.command_id not in stale]
        answers = dict(
            zip((command.command_id for command in left), self.append_many(left) if left else (), strict=True)
        )
        for command in commands:
            if command.command_id in stale:
                answers[command.command_id] = self._stands_already(command) or self._moved(moved)
        return [answers[command.command_id] for command in commands]

    def _stands_already(self, command: Prepared) -> Appended | ReportingError | None:
        try:
            return self.repeat_of(command.command_id, command.body_hash)
        except CommandIdReused as reused:
            return reused

    def append_all(self, commands: Sequence[Command]) -> list[Appended]:
        """One transaction for all of them: the first refusal is raised and nothing is appended."""
        with part("append", command=str(commands[-1].command_id), commands=len(commands)) as told, patient():

            def call(connection: Connection[Any]) -> list[Appended]:
                with connection.transaction():
                    return self._append_or_raise(connection, commands)

            answers = self._run(call)
            told.facts |= {"position": answers[-1].last_position, "repeated": answers[-1].repeated}
            return answers

    def append_parts(self, parts: Iterable[Sequence[Prepared]]) -> Appended:
        """`append_all` of more commands than are to be in memory at once: the answer to the last. No other writer comes
        between, so the parts must be at hand. `parts`: can be gone through again, and are when the connection is lost."""

        def call(connection: Connection[Any]) -> Appended:
            answers: list[Appended] = []
            with connection.transaction():
                for together in parts:
                    answers = self._append_or_raise(connection, together)
            return answers[-1]

        with patient():
            return self._run(call)

    def _append_or_raise(
        self, connection: Connection[Any], commands: Sequence[Command | Prepared]
    ) -> list[Appended]:
        """Within the caller's transaction, which a refusal ends."""
        appended: list[Appended] = []
        rows = connection.execute(*door_call(made_ready(commands))).fetchall()
        if rows and rows[0][0] in MOVED:
            raise self._moved(rows[0])
        for command, row in zip(commands, rows, strict=True):
            outcome = self._outcome(command.command_id, row)
            if isinstance(outcome, ReportingError):
                raise outcome
            appended.append(outcome)
        return appended

    def repeat_of(self, command_id: UUID, body_hash: bytes) -> Appended | None:
        """The stored answer if this very command was appended before; CommandIdReused if another one was."""
        row = self._run(lambda c: c.execute(SQL["command_by_id"], (command_id,)).fetchone())
        return repeated(command_id, body_hash, row)

    def beforehand(
        self,
        command: Command | None,
        rests_on: tuple[UUID, UUID],
        about: Sequence[UUID] = (),
        of_page: tuple[Page, str] | None = None,
    ) -> Beforehand:
        """All that a command asks before it is decided, in one look; None: who only looks. `rests_on`: two streams, or one twice; `about`: whose
        deeds. `of_page`: a page and `replacing`, as in that method, of the first of two, whose version is told, too. CommandIdReused."""
        page, replacing = of_page or (None, None)
        asked = {
            **bytes_of(page),
            "command": None if command is None else command.command_id,
            "definition": rests_on[0],
            "registry": rests_on[1],
            "stream": about[0] if about else None,
            "beside": about[-1] if about else None,
            "streams": array(about),
        }
        query = SQL["beforehand" if len(about) <= 2 else "beforehand_of_many"]
        rows = self._run(lambda c: fetched(c, query, asked, len(about)))
        position, defined, registered, version, *own = rows[0][:8]
        answered = None if command is None else repeated(command.command_id, command.body_hash, own)
        events = [row[8:] for row in rows if row[8] is not None]
        deeds = [deed(row) for row in without_replaced(events, replacing)]
        versions = dict(zip(rests_on, (defined, registered), strict=True))
        if version is not None:
            versions[about[0]] = version
        return Beforehand(answered, versions, deeds, position)

    def stream(self, stream_id: UUID, after_version: int = 0) -> list[Recorded]:
        return self._events("stream", (stream_id, after_version))

    def streams(self, stream_ids: Sequence[UUID], replacing: str | None = None) -> list[Recorded]:
        """Events of several streams, by position. `replacing`: a type whose last event in a stream says all that those before it said:
        it is told alone."""
        rows = self._rows("streams", (list(stream_ids),))
        return [recorded(row) for row in without_replaced(rows, replacing)]

    def of_page(self, stream_id: UUID, page: Page, replacing: str) -> list[Recorded]:
        """As `streams` of one that holds a unit's polling places, without what they captured for other forms and slots."""
        rows = self._rows("of_page", {"stream": stream_id, **bytes_of(page)})
        return [recorded(row) for row in without_replaced(rows, replacing)]

    def of_types(self, stream_ids: Sequence[UUID], types: Sequence[str]) -> list[Recorded]:
        """Events of these types in several streams, by position."""
        return self._events("of_types", (array(stream_ids), list(types))) if stream_ids else []

    def deeds(self, stream_ids: Sequence[UUID], types: Sequence[str] | None = None) -> list[Deed]:
        """Events of several streams with who did them and why, by position; `types` None: of every type."""
        if not stream_ids:
            return []
        query = SQL["deeds_of_two" if len(stream_ids) <= 2 else "deeds"]
        asked = {
            "streams": array(stream_ids),
            "stream": stream_ids[0],
            "beside": stream_ids[-1],
            "types": None if types is None else list(types),
        }
        rows = self._run(lambda c: fetched(c, query, asked, len(stream_ids)))
        return [deed(row) for row in rows]

    def doers(self, positions: Iterable[int]) -> dict[int, By]:
        """Position → who recorded the event there; an erased person under the name the ledger has left."""
        asked = sorted(set(positions))
        if not asked:
            return {}
        rows = self._run(lambda c: fetched(c, SQL["doers"], (asked,), len(asked)))
        return {position: By(person, office, role) for position, person, office, role in rows}

    def read(self, after: int, limit: int) -> list[Recorded]:
        """Events with position > `after`, in order, at most `limit`."""
        return self._events("read", (after, limit))

    def first_definitions(self, after: int = 0) -> list[Recorded]:
        """The first definition of each election that began after a position: reads all of the log from there."""
        with patient():
            return self._events("first_definitions", (after,))

    def every(self, types: Sequence[str]) -> list[Recorded]:
        """All events of these types, in the order of the log: reads all of it, for what is done seldom."""
        with patient():
            return self._events("every_of_types", (list(types),))

    def position(self) -> int:
        return self._number("position")

    def time(self) -> datetime:
        """By the clock that says when things are recorded."""
        ((told,),) = self._run(lambda c: c.execute(SQL["time"]).fetchall())
        return cast(datetime, told)

    def elsewhere(self) -> frozenset[str]:
        """Elections that take no events here: another log of the installation holds them. `*`: none does."""
        rows = self._run(lambda c: c.execute(SQL["elsewhere"]).fetchall())
        return frozenset(election for (election,) in rows)

    def recorded_in(self, position: int) -> str | None:
        """The log of the installation that recorded an event; None where this one did."""
        row = self._run(lambda c: c.execute(SQL["recorded_in"], (position,)).fetchone())
        return None if row is None else str(row[0])

    def stream_version(self, stream_id: UUID) -> int:
        return self._number("stream_version", stream_id)

    def stream_versions(self, stream_ids: Sequence[UUID]) -> tuple[int, ...]:
        """Of each of these streams, in their order, in one look."""
        query = SQL["both_stream_versions" if len(stream_ids) == 2 else "stream_versions"]
        rows = self._run(lambda c: c.execute(query, {"streams": list(stream_ids)}).fetchall())
        return tuple(version for (version,) in rows)

    def version_at(self, stream_id: UUID, position: int) -> int:
        """The stream's version as of a ledger position."""
        return self._number("version_at", stream_id, position)

    def command(self, command_id: UUID) -> CommandRecord | None:
        row = self._run(lambda c: c.execute(SQL["command_record"], (command_id,)).fetchone())
        return None if row is None else CommandRecord(*row)

    def commands_of(
        self, by: By, since: datetime, until: datetime, most: int | None = None
    ) -> list[CommandRecord]:
        """What somebody did for an office from one instant to another, both included; the first so many of it."""
        asked = (by.person, by.office, since, until, most)
        rows = self._run(lambda c: c.execute(SQL["commands_of"], asked).fetchall())
        return [CommandRecord(*row) for row in rows]

    def disposable(self, person: str | None, commands: Sequence[UUID], election: str | None) -> Disposable:
        """Of a person and commands named; of an election; or, with neither, of what stands under none and is old enough."""
        asked = (person, list(commands), election)
        with patient():
            row = self._run(lambda c: c.execute(SQL["disposable"], asked).fetchone())
        assert row is not None
        return Disposable(int(row[0]), row[1], tuple(row[2]))

    def words_left(self) -> dict[str, int]:
        """How many commands `disposable` tells of each election: of all of them at the cost of one."""
        with patient():
            return dict(self._run(lambda c: c.execute(SQL["words_left"]).fetchall()))

    def erased_for(self, disposal: str) -> tuple[int, int, int] | None:
        """How many commands, files and addresses the database erased for a disposal; None: it did not yet."""
        row = self._run(lambda c: c.execute(SQL["erased_for"], (disposal,)).fetchone())
        return None if row is None else (int(row[0]), int(row[1]), int(row[2]))

    def usage(self, since: datetime | None, until: datetime | None) -> list[tuple[str, int, int, int]]:
        """(office, commands, events, bytes) of all that was recorded in a time; None: open."""
        with patient():
            return self._run(lambda c: c.execute(SQL["usage"], {"since": since, "until": until}).fetchall())

    def as_of(self, position: int) -> LedgerAsOf:
        """The same log without anything after a position, to read only."""
        return LedgerAsOf(self._pool, position)

    def _number(self, query: str, *arguments: Any) -> int:
        (number,) = self._run(lambda c: c.execute(SQL[query], arguments).fetchone()) or (0,)
        return int(number)

    def _events(self, query: str, arguments: tuple[Any, ...]) -> list[Recorded]:
        return [recorded(row) for row in self._rows(query, arguments)]

    def _rows(self, query: str, arguments: tuple[Any, ...] | dict[str, Any]) -> list[Any]:
        """Of events, their position first."""
        return self._run(lambda c: c.execute(SQL[query], arguments).fetchall())

    def _outcome(self, command_id: UUID, row: Sequence[Any]) -> Appended | ReportingError:
        outcome, first, last, recorded_at, *_ = row
        if outcome in ("appended", "repeated"):
            return Appended(first, last, recorded_at, repeated=outcome == "repeated")
        if outcome == "reused":
            return CommandIdReused(command_id=str(command_id))
        return self._moved(row)

    def _moved(self, row: Sequence[Any]) -> VersionConflict:
        outcome, _, _, _, stream, expected, actual = row
        changed = self._run(lambda c: c.execute(SQL["latest_change"], (stream,)).fetchone())
        office, person, at = changed or (None, None, None)
        kind = FiguresCame if outcome == "disturbed" else VersionConflict
        return kind(
            stream_id=str(stream),
            expected=expected,
            actual=actual,
            changed_by=office,
            changed_person=person,
            changed_at=at.isoformat() if at else None,
        )

    def _run(self, work: Callable[[Connection[Any]], T]) -> T:
        with self.stall.waiting():
            return self._tried(work)

    def _tried(self, work: Callable[[Connection[Any]], T]) -> T:
        failure: Exception | None = None
        for _ in range(ATTEMPTS):
            try:
                with self._pool.connection() as connection:
                    # A statement is a transaction by itself: no BEGIN and COMMIT to wait for, which would be three round trips.
                    if not connection.autocommit:  # setting what is set takes the connection's lock
                        connection.autocommit = True
                    return work(connection)
            except (psycopg.OperationalError, psycopg.InterfaceError) as lost:
                failure = lost
                self._pool.check()  # the others may have been lost with it
            except psycopg.DatabaseError as refused:
                raise told_elsewhere(refused) from None
        raise Unavailable(detail=of_database(failure)) from failure


class LedgerAsOf(Ledger):
    """The log as it stood: what is decided on it can be decided again, with the same outcome, whatever came later."""

    def __init__(self, pool: ConnectionPool[Any], upto: int) -> None:
        self._pool, self._upto, self.stall = pool, upto, Stall()

    def beforehand(
        self,
        command: Command | None,
        rests_on: tuple[UUID, UUID],
        about: Sequence[UUID] = (),
        of_page: tuple[Page, str] | None = None,
    ) -> Beforehand:
        raise TypeError("the log as it stood takes no commands")

    def append_many(self, commands: Sequence[Command | Prepared]) -> list[Appended | ReportingError]:
        raise TypeError("the log as it stood takes no commands")

    def append_all(self, commands: Sequence[Command]) -> list[Appended]:
        raise TypeError("the log as it stood takes no commands")

    def append_parts(self, parts: Iterable[Sequence[Prepared]]) -> Appended:
        raise TypeError("the log as it stood takes no commands")

    def deeds(self, stream_ids: Sequence[UUID], types: Sequence[str] | None = None) -> list[Deed]:
        return [deed for deed in super().deeds(stream_ids, types) if deed.recorded.position <= self._upto]

    def position(self) -> int:
        return min(self._upto, super().position())

    def stream_version(self, stream_id: UUID) -> int:
        return self.version_at(stream_id, self._upto)

    def stream_versions(self, stream_ids: Sequence[UUID]) -> tuple[int, ...]:
        return tuple(map(self.stream_version, stream_ids))

    def _rows(self, query: str, arguments: tuple[Any, ...] | dict[str, Any]) -> list[Any]:
        return [row for row in super()._rows(query, arguments) if row[0] <= self._upto]
