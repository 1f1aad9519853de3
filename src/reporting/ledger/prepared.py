"""A command as the door takes it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from reporting.ledger.columns import (
    bytea_value,
    int_value,
    smallint_value,
    text_value,
    uuid_value,
    word_value,
)
from reporting.ledger.records import Command, Quiet, Stands
from reporting.ledger.registry import encode


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
    columns = (
        uuid_value(command.command_id),
        bytea_value(body_hash),
        word_value(actor.person),
        word_value(actor.office),
        word_value(actor.role.value),
        text_value(command.on_behalf_of),
        word_value(command.channel.value),
        text_value(command.reason),
        uuid_value(command.cause),
        text_value(command.request_id),
    )
    new = command.events
    types = [type(addition.event) for addition in new]
    events = (
        [uuid_value(addition.stream_id) for addition in new],
        [int_value(addition.version) for addition in new],
        [word_value(kind.type) for kind in types],
        [smallint_value(kind.version) for kind in types],
        [bytea_value(encode(addition.event)) for addition in new],
    )
    streams = frozenset([addition.stream_id for addition in new])
    return Prepared(command.command_id, body_hash, streams, columns, events, command.stands, command.quiet)
