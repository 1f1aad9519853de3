"""A command as the door takes it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from reporting.ledger.columns import bytea_value, int_value, smallint_value, text_value, uuid_value
from reporting.ledger.records import Command, Quiet, Stands
from reporting.ledger.registry import encode, no_text


@dataclass(frozen=True, slots=True)
class Prepared:
    """A command as the door takes it: encoded, hashed and packed once, by the thread that asks. `columns`: the command's values;
    `events`: a column each of their streams, versions, types, type versions and states. `streams`: those that it writes;
    `stands`, `quiet`: its conditions."""

    command_id: UUID
    body_hash: bytes
    streams: frozenset[UUID]
    columns: tuple[bytes, ...]
    events: tuple[list[bytes], list[bytes], list[bytes], list[bytes], list[bytes]]
    stands: tuple[Stands, ...] = ()
    quiet: tuple[Quiet, ...] = ()


def prepare(command: Command) -> Prepared:
    """ValueError for an event without canonical form; InvalidInput for a text with NUL in it."""
    actor, body_hash = command.actor, command.body_hash
    said = (
        actor.person,
        actor.office,
        actor.role.value,
        command.on_behalf_of,
        command.channel.value,
        command.reason,
    )
    if any(words is not None and "\0" in words for words in (*said, command.request_id)):
        raise no_text("command")
    columns = (
        uuid_value(command.command_id),
        bytea_value(body_hash),
        *map(text_value, said),
        uuid_value(command.cause),
        text_value(command.request_id),
    )
    new = command.events
    types = [type(addition.event) for addition in new]
    events = (
        [uuid_value(addition.stream_id) for addition in new],
        [int_value(addition.version) for addition in new],
        [text_value(kind.type) for kind in types],
        [smallint_value(kind.version) for kind in types],
        [bytea_value(encode(addition.event)) for addition in new],
    )
    streams = frozenset([addition.stream_id for addition in new])
    return Prepared(command.command_id, body_hash, streams, columns, events, command.stands, command.quiet)
