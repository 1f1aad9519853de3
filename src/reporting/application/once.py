"""A command is carried out once, and on what stands when it is appended."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import TypeVar
from uuid import UUID

from reporting.errors import ReportingError, VersionConflict
from reporting.ledger import Appended, Beforehand, Command, Ledger

MERGE_ATTEMPTS = 5
"""So often a decision is made anew before the sender is told that others write faster."""

Decided = TypeVar("Decided")


def once(
    ledger: Ledger,
    command: Command,
    decide: Callable[[], Decided],
    append: Callable[[Decided], Appended],
    most: int = MERGE_ATTEMPTS,
) -> Appended:
    """What `append` gives for what `decide` gave; for a command that is in the log already its first answer, without
    deciding: by now the return has moved on, and that is no conflict. Where somebody wrote in between, it is decided again
    on what stands then; what `decide` refuses is refused at once. CommandIdReused; VersionConflict after
    `most` attempts."""

    def look() -> Beforehand:
        return Beforehand(ledger.repeat_of(command.command_id, command.body_hash), {}, ())

    return once_seen(ledger, command, look, lambda _: decide(), append, most)


def once_seen(
    ledger: Ledger,
    command: Command,
    look: Callable[[], Beforehand],
    decide: Callable[[Beforehand], Decided],
    append: Callable[[Decided], Appended],
    most: int = MERGE_ATTEMPTS,
) -> Appended:
    """As `once`, where one look at the log tells whether the command stands there and what it is decided on; each decision rests
    on a look of its own."""
    attempts = 0
    while (before := (seen := look()).answered) is None:
        try:
            decided = decide(seen)
        except ReportingError:
            # Sent twice at the same time: the other copy came in after the look above, and this one meets what it left.
            if (before := ledger.repeat_of(command.command_id, command.body_hash)) is None:
                raise
            return before
        try:
            return append(decided)
        except VersionConflict:
            attempts += 1
            if attempts >= most:
                raise
    return before


def looks(look: Callable[[], Beforehand], first: Beforehand | None = None) -> Callable[[], Beforehand]:
    """For `once_seen` where the first look was taken already, to see which way the command goes."""
    return itertools.chain(() if first is None else (first,), iter(look, None)).__next__


def once_on(
    ledger: Ledger,
    stream: UUID,
    command: Command,
    look: Callable[[], Beforehand],
    decide: Callable[[Beforehand], Sequence[Command]],
    append: Callable[[Sequence[Command]], Appended],
) -> tuple[Appended, int]:
    """As `once_seen`, and the version it left a stream at: what was appended says so, and the log is asked only for a command that stood in
    it already. ValueError where nothing was decided on the stream."""
    last: Sequence[Command] = ()

    def appending(decided: Sequence[Command]) -> Appended:
        nonlocal last
        last = decided
        return append(decided)

    appended = once_seen(ledger, command, look, decide, appending)
    if appended.repeated:
        return appended, ledger.version_at(stream, appended.last_position)
    return appended, max(new.version for part in last for new in part.events if new.stream_id == stream)
