"""Append to and read from the log as the application's role."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

import psycopg
from psycopg import Connection
from psycopg_pool import PoolTimeout

from reporting.database.connect import WRITER, Database
from reporting.database.sql import load
from reporting.errors import CommandIdReused, ReportingError, Unavailable, VersionConflict
from reporting.ledger.records import Appended, Command, CommandRecord, Deed, Recorded
from reporting.ledger.registry import encode, recorded

SQL = load(__package__)
ATTEMPTS = 3
"""A lost connection is tried again; the command id makes that safe even when the COMMIT's reply was lost."""

T = TypeVar("T")


class Ledger:
    """Thread-safe. `append` returns only when the events are durable."""

    def __init__(self, database: Database, *, max_connections: int = 4) -> None:
        self._pool = database.pool(WRITER, 1, max_connections)

    def close(self) -> None:
        self._pool.close()

    def append(self, command: Command) -> Appended:
        """Errors: VersionConflict, CommandIdReused, Unavailable (unknown whether it happened: send it again)."""
        (outcome,) = self.append_many([command])
        if isinstance(outcome, ReportingError):
            raise outcome
        return outcome

    def append_many(self, commands: Sequence[Command]) -> list[Appended | ReportingError]:
        """One transaction; each command is accepted, repeated or refused by itself, in the order given."""
        arguments = _arguments(commands)

        def call(connection: Connection[Any]) -> list[Any]:
            return connection.execute(SQL["append"], arguments, prepare=True).fetchall()

        return [self._outcome(command, row) for command, row in zip(commands, self._run(call), strict=True)]

    def append_all(self, commands: Sequence[Command]) -> list[Appended]:
        """One transaction for all of them: the first refusal is raised and nothing is appended."""
        arguments = _arguments(commands)

        def call(connection: Connection[Any]) -> list[Appended]:
            appended: list[Appended] = []
            rows = connection.execute(SQL["append"], arguments).fetchall()
            for command, row in zip(commands, rows, strict=True):
                outcome = self._outcome(command, row)
                if isinstance(outcome, ReportingError):
                    raise outcome
                appended.append(outcome)
            return appended

        return self._run(call)

    def repeat_of(self, command_id: UUID, body_hash: bytes) -> Appended | None:
        """The stored answer if this very command was appended before; CommandIdReused if another one was."""
        row = self._run(lambda c: c.execute(SQL["command_by_id"], (command_id,)).fetchone())
        if row is None:
            return None
        if bytes(row[0]) != body_hash:
            raise CommandIdReused(command_id=str(command_id))
        return Appended(row[1], row[2], row[3], repeated=True)

    def stream(self, stream_id: UUID, after_version: int = 0) -> list[Recorded]:
        return self._events("stream", (stream_id, after_version))

    def streams(self, stream_ids: Sequence[UUID]) -> list[Recorded]:
        """Events of several streams, by position."""
        return self._events("streams", (list(stream_ids),))

    def deeds(self, stream_ids: Sequence[UUID]) -> list[Deed]:
        """Events of several streams with who did them, by position."""
        rows = self._run(lambda c: c.execute(SQL["deeds"], (list(stream_ids),)).fetchall())
        return [Deed(recorded(row[:8]), *row[8:]) for row in rows]

    def read(self, after: int, limit: int) -> list[Recorded]:
        """Events with position > `after`, in order, at most `limit`."""
        return self._events("read", (after, limit))

    def position(self) -> int:
        return self._number("position")

    def stream_version(self, stream_id: UUID) -> int:
        return self._number("stream_version", stream_id)

    def version_at(self, stream_id: UUID, position: int) -> int:
        """The stream's version as of a ledger position."""
        return self._number("version_at", stream_id, position)

    def command(self, command_id: UUID) -> CommandRecord | None:
        row = self._run(lambda c: c.execute(SQL["command_record"], (command_id,)).fetchone())
        return None if row is None else CommandRecord(*row)

    def _number(self, query: str, *arguments: Any) -> int:
        (number,) = self._run(lambda c: c.execute(SQL[query], arguments).fetchone()) or (0,)
        return int(number)

    def _events(self, query: str, arguments: tuple[Any, ...]) -> list[Recorded]:
        rows = self._run(lambda c: c.execute(SQL[query], arguments).fetchall())
        return [recorded(row) for row in rows]

    def _outcome(self, command: Command, row: Sequence[Any]) -> Appended | ReportingError:
        outcome, first, last, recorded_at, stream, expected, actual = row
        if outcome in ("appended", "repeated"):
            return Appended(first, last, recorded_at, repeated=outcome == "repeated")
        if outcome == "reused":
            return CommandIdReused(command_id=str(command.command_id))
        changed = self._run(lambda c: c.execute(SQL["latest_change"], (stream,)).fetchone())
        office, person, at = changed or (None, None, None)
        return VersionConflict(
            stream_id=str(stream),
            expected=expected,
            actual=actual,
            changed_by=office,
            changed_person=person,
            changed_at=at.isoformat() if at else None,
        )

    def _run(self, work: Callable[[Connection[Any]], T]) -> T:
        failure: Exception | None = None
        for _ in range(ATTEMPTS):
            try:
                with self._pool.connection() as connection:
                    return work(connection)
            except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as lost:
                failure = lost
        raise Unavailable(detail=type(failure).__name__) from failure


def _arguments(commands: Sequence[Command]) -> tuple[list[Any], ...]:
    events = [new for command in commands for new in command.events]
    ends, end = [], 0
    for command in commands:
        end += len(command.events)
        ends.append(end)
    return (
        [command.command_id for command in commands],
        [command.body_hash for command in commands],
        [command.actor.person for command in commands],
        [command.actor.office for command in commands],
        [command.actor.role.value for command in commands],
        [command.on_behalf_of for command in commands],
        [command.channel.value for command in commands],
        [command.reason for command in commands],
        [command.cause for command in commands],
        [command.request_id for command in commands],
        ends,
        [new.stream_id for new in events],
        [new.version for new in events],
        [new.event.type for new in events],
        [new.event.version for new in events],
        [encode(new.event) for new in events],
    )
