"""What goes in through `ledger.append`: commands as the columns of one call, and what all of them rest on."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import LiteralString

from reporting.database.sql import load
from reporting.ledger.columns import (
    ByteaColumn,
    IntColumn,
    PackedColumn,
    SmallintColumn,
    TextColumn,
    UuidColumn,
    int_value,
    uuid_value,
)
from reporting.ledger.prepared import Prepared, prepare
from reporting.ledger.records import Command, Quiet, Stands

SQL = load(__package__)


def door_call(commands: Sequence[Prepared]) -> tuple[LiteralString, tuple[object, ...]]:
    """The door without conditions where there are none. Each condition once: most commands rest on the same."""
    stands, quiet = stands_of(commands), quiet_of(commands)
    if not stands and not quiet:
        return SQL["append"], door_arguments(commands)
    conditions = (
        UuidColumn(uuid_value(condition.stream_id) for condition in stands),
        IntColumn(int_value(condition.version) for condition in stands),
        [condition.election for condition in quiet],
        [condition.since for condition in quiet],
    )
    return SQL["append_standing"], (*door_arguments(commands), *conditions)


def stands_of(commands: Iterable[Prepared]) -> list[Stands]:
    # By identity first: all commands on one election share the tuple of what is known of it, and hashing costs more.
    every = {id(command.stands): command.stands for command in commands if command.stands}
    return list(dict.fromkeys(itertools.chain.from_iterable(every.values())))


def quiet_of(commands: Iterable[Prepared]) -> list[Quiet]:
    """In the order in which they are asked."""
    return list(dict.fromkeys(itertools.chain.from_iterable(command.quiet for command in commands)))


def made_ready(commands: Iterable[Command | Prepared]) -> list[Prepared]:
    return [command if isinstance(command, Prepared) else prepare(command) for command in commands]


def door_arguments(commands: Sequence[Command | Prepared]) -> tuple[PackedColumn, ...]:
    """Of `append`: each command's columns, where its events end, each event's columns."""
    made = made_ready(commands)
    by_command = zip(*(prepared.columns for prepared in made), strict=True) if made else [()] * 10
    ends = itertools.accumulate(len(prepared.events[0]) for prepared in made)
    by_event = (itertools.chain.from_iterable(prepared.events[n] for prepared in made) for n in range(5))
    return (
        *(kind(values) for kind, values in zip(_OF_COMMAND, by_command, strict=True)),
        IntColumn(map(int_value, ends)),
        *(kind(values) for kind, values in zip(_OF_EVENT, by_event, strict=True)),
    )


_OF_COMMAND = (UuidColumn, ByteaColumn, *[TextColumn] * 6, UuidColumn, TextColumn)
_OF_EVENT = (UuidColumn, IntColumn, TextColumn, SmallintColumn, ByteaColumn)
"""In the order of the door's arguments."""
