"""A command as the door takes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from reporting.ledger.records import Command, Quiet, Stands
from reporting.ledger.registry import encode, no_text


@dataclass(frozen=True, slots=True)
class Prepared:
    """A command as the door takes it: encoded and hashed once, by the thread that asks. `events`: their streams,
    versions, types, type versions and states; columns, as rows of many events cost more than their encoding. `stands`,
    `quiet`: its conditions."""

    command_id: UUID
    columns: tuple[Any, ...]
    events: tuple[list[UUID], list[int], list[str], list[int], list[bytes]]
    stands: tuple[Stands, ...] = ()
    quiet: tuple[Quiet, ...] = ()


def prepare(command: Command) -> Prepared:
    """ValueError for an event without canonical form; InvalidInput for a text with NUL in it."""
    columns = (
        command.command_id,
        command.body_hash,
        command.actor.person,
        command.actor.office,
        command.actor.role.value,
        command.on_behalf_of,
        command.channel.value,
        command.reason,
        command.cause,
        command.request_id,
    )
    if any(isinstance(column, str) and "\0" in column for column in columns):
        raise no_text("command")
    new = command.events
    types = [type(addition.event) for addition in new]
    events = (
        [addition.stream_id for addition in new],
        [addition.version for addition in new],
        [kind.type for kind in types],
        [kind.version for kind in types],
        [encode(addition.event) for addition in new],
    )
    return Prepared(command.command_id, columns, events, command.stands, command.quiet)
