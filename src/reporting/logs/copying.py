"""Take what other logs recorded into a log, so that an event stands there once, as it was recorded, whatever was taken in before."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection

from reporting.files.strict_json import strict_json
from reporting.ledger.registry import canonical
from reporting.logs.belonging import SHARED
from reporting.logs.errors import CopyDiffers
from reporting.logs.positions import named_in, told_anew
from reporting.logs.source import SQL, SourceEvent

_WORDS = ("person", "office", "on_behalf_of", "reason")

Named = dict[tuple[str, str, int], int]
"""Log, election, position there → position here."""


@dataclass(frozen=True, slots=True)
class CopiesTaken:
    """How many events are new here, and how many stood here already."""

    new: int
    stood: int


class Intake:
    """Of one log (`here`; of a reading database a name that no log has). The connection is of the role COPIER, in autocommit."""

    def __init__(self, connection: Connection[Any], here: str) -> None:
        self._connection, self._here = connection, here

    def look(self, events: Sequence[SourceEvent]) -> dict[int, int]:
        """Which of these (by their place) stand here already → where. CopyDiffers for one that is another one here."""
        streams = [event.entry.stream_id for event in events]
        versions = [event.entry.stream_version for event in events]
        standing: dict[int, int] = {}
        for number, position, *stored in self._connection.execute(SQL["standing"], (streams, versions)):
            event = events[number - 1]
            if not _same(event, *stored):
                raise CopyDiffers(log=event.via, position=event.position, here=position)
            standing[number - 1] = position
        return standing

    def take(self, events: Sequence[SourceEvent], first: int) -> CopiesTaken:
        """Within the caller's transaction, which holds the head; `first`: the position that is next. CopyDiffers."""
        standing = self.look(events)
        new: dict[tuple[UUID, int], tuple[SourceEvent, int]] = {}
        positions: list[int] = []
        for place, event in enumerate(events):
            version = (event.entry.stream_id, event.entry.stream_version)
            if place in standing:
                positions.append(standing[place])
                continue
            before, at = new.setdefault(version, (event, first + len(new)))
            if before is not event and not _same(event, *_stored(before)):
                raise CopyDiffers(log=event.via, position=event.position, here=at)
            positions.append(at)
        called = [
            (log, source, event.election, position)
            for event, position in zip(events, positions, strict=True)
            for log, source in event.called()
            if log != self._here
        ]
        return self._insert([event for event, _ in new.values()], first, called, len(events) - len(new))

    def _insert(
        self, new: Sequence[SourceEvent], first: int, called: list[tuple[str, int, str, int]], stood: int
    ) -> CopiesTaken:
        states = self._states(new, called)
        self._connection.execute(
            SQL["take_in"],
            (
                list(range(first, first + len(new))),
                [event.entry.stream_id for event in new],
                [event.entry.stream_version for event in new],
                [event.entry.type for event in new],
                [event.entry.type_version for event in new],
                [event.entry.command_id for event in new],
                [event.entry.recorded_at for event in new],
                states,
                [event.home for event in new],
                [event.entry.position for event in new],
                [None if event.entry.state == state else event.entry.state for event, state in zip(new, states, strict=True)],
                *_commands(new),
                *([name[column] for name in called] for column in range(4)),
            ),
        )  # fmt: skip
        return CopiesTaken(len(new), stood)

    def _states(self, new: Sequence[SourceEvent], called: Sequence[tuple[str, int, str, int]]) -> list[bytes]:
        """Each event's bytes with the positions that it names told as they are called here."""
        asked: dict[tuple[str, str, int], None] = {}
        for event in new:
            for position in named_in(event.entry.type, event.state):
                if event.home != self._here:
                    asked[event.home, event.election, position] = None
        if not asked:
            return [event.entry.state for event in new]
        here = called_here(self._connection, list(asked), called)
        return [translated(event.entry.type, event.entry.state, event.home, event.election, here) for event in new]  # fmt: skip


def called_here(
    connection: Connection[Any],
    asked: Sequence[tuple[str, str, int]],
    besides: Sequence[tuple[str, int, str, int]] = (),
) -> Named:
    """What positions of other logs are called here. `besides`: names that are about to be given (log, position there, election,
    position here), in order."""
    rows = connection.execute(
        SQL["called_here"], tuple([name[column] for name in asked] for column in range(3))
    )
    here = {asked[number - 1]: position for number, position in rows}
    exact = {(log, election, source): position for log, source, election, position in besides}
    exact |= {(log, "", source): position for log, source, _, position in besides}
    of_election: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for log, source, election, position in besides:
        of_election.setdefault((log, election), []).append((source, position))
    for name in asked:
        log, election, source = name
        if name in exact:
            here[name] = exact[name]
            continue
        before = [position for at, position in of_election.get((log, election), ()) if at < source]
        here[name] = max(here[name], *before[-1:], 0)
    return here


def translated(type_: str, state: bytes, home: str, election: str, here: Named) -> bytes:
    """An event's bytes, as they stand where `here` is said of. Names of that log's own stay as they are."""
    told = strict_json(state)
    if told_anew(type_, told, lambda position: here.get((home, election, position), position)):
        return canonical(told)
    return state


def digest_of(events: Sequence[SourceEvent]) -> str:
    """SHA-256 over the leaf hashes that these have where they were recorded."""
    return hashlib.sha256(b"".join(event.entry.hash() for event in events)).hexdigest()


def _stored(event: SourceEvent) -> tuple[str, int, UUID, Any, bytes]:
    entry = event.entry
    return entry.type, entry.type_version, entry.command_id, entry.recorded_at, entry.state


def _same(
    event: SourceEvent, type_: str, type_version: int, command_id: UUID, recorded_at: Any, state: bytes
) -> bool:
    """Registries are declared in each log by itself: there only what they say counts."""
    entry = event.entry
    alike = (type_, type_version, bytes(state)) == (entry.type, entry.type_version, entry.state)
    return alike and (type_ in SHARED or (command_id, recorded_at) == (entry.command_id, entry.recorded_at))


def _commands(new: Sequence[SourceEvent]) -> list[list[Any]]:
    """The columns of their commands, each once."""
    by_id = {event.entry.command_id: event for event in new}
    rows = []
    for command_id, event in by_id.items():
        entry = event.entry
        body_hash, person, office, on_behalf_of, reason, request_id, *salts = event.words
        seals = (entry.person_seal, entry.office_seal, entry.on_behalf_of_seal, entry.reason_seal)
        rows.append(
            (
                command_id, body_hash, person, office, entry.role, on_behalf_of, entry.channel, reason, entry.cause, request_id,
                *seals, *salts,
            )
        )  # fmt: skip
    return [[row[column] for row in rows] for column in range(18)]
