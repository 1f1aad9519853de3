"""A reason for each cell: words stand with a command, so cells that change for different reasons are different commands,
appended in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID, uuid5

from reporting.application.commands import ReasonFor
from reporting.application.messages import message
from reporting.domain.events import Event, FiguresCorrected, FiguresEntered
from reporting.errors import InvalidInput
from reporting.ledger import Command, NewEvent


@dataclass(frozen=True, slots=True)
class Because:
    """Cells (key → canonical text) that get their values for one reason; None: the request's own."""

    own: ReasonFor | None
    texts: Mapping[str, str]


def by_reason(texts: Mapping[str, str], reasons: Sequence[ReasonFor]) -> list[Because]:
    """Those with a reason of their own first, in the order given; then the rest. Empty groups are left out."""
    named = {cell for reason in reasons for cell in reason.cells}
    groups = [
        *(Because(reason, {key: texts[key] for key in reason.cells if key in texts}) for reason in reasons),
        Because(None, {key: text for key, text in texts.items() if key not in named}),
    ]
    return [group for group in groups if group.texts]


def require_changed(reasons: Iterable[ReasonFor], moving: Iterable[str]) -> None:
    """InvalidInput for a reason that would be lost: of a cell that stays as it is, or that has one already."""
    left = set(moving)
    for cell in (cell for reason in reasons for cell in reason.cells):
        if cell not in left:
            raise InvalidInput(
                field="reasons.cells",
                found=cell,
                expected=message("cells_that_get_another_value"),
            )
        left.discard(cell)


def told_apart(command: Command, reasons: Sequence[ReasonFor]) -> list[Command]:
    """As `told_apart_in`, of one return: events of whatever stream."""
    return told_apart_in(command, {new.stream_id: reasons for new in command.events})


def told_apart_in(command: Command, reasons: Mapping[UUID, Sequence[ReasonFor]]) -> list[Command]:
    """The command with the figures that have a reason of their own taken out, each before it as a command with that reason.
    Such figures come first among the events of their return. The last one has the command's id: its answer is the answer.
    `reasons`: by stream."""
    commands: list[Command] = []
    rest: list[NewEvent] = []
    begun: set[UUID] = set()
    for new in command.events:
        why = None if new.stream_id in begun else _reason_of(new.event, reasons.get(new.stream_id, ()))
        if why is None:
            begun.add(new.stream_id)
            rest.append(new)
            continue
        commands.append(
            replace(
                command,
                command_id=uuid5(command.command_id, f"reason {len(commands) + 1}"),
                events=(new,),
                reason=why.reason,
                cause=command.command_id,
            )
        )
    if not rest:
        last = commands.pop()
        return [*commands, replace(last, command_id=command.command_id, cause=command.cause)]
    return [*commands, replace(command, events=tuple(rest))]


def _reason_of(event: Event, reasons: Sequence[ReasonFor]) -> ReasonFor | None:
    """The one that stands for every cell of the event."""
    if not isinstance(event, FiguresEntered | FiguresCorrected):
        return None
    return next((reason for reason in reasons if set(reason.cells) >= event.figures.keys()), None)
