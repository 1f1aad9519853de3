"""A reason for each cell: words stand with a command, so cells that change for different reasons are different commands,
appended in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import uuid5

from reporting.application.commands import ReasonFor
from reporting.domain.events import FiguresCorrected, FiguresEntered
from reporting.errors import InvalidInput
from reporting.ledger import Command


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
                expected="この送信で値が変わる欄を、それぞれ1回だけ / cells that get another value by this, each once",
            )
        left.discard(cell)


def told_apart(command: Command, reasons: Sequence[ReasonFor]) -> list[Command]:
    """The command with the figures that have a reason of their own taken out, each before it as a command with that reason.
    Such figures come first among its events. The last one has the command's id: its answer is the answer."""
    own = {frozenset(reason.cells): reason for reason in reasons}
    commands: list[Command] = []
    rest = list(command.events)
    while rest and isinstance(event := rest[0].event, FiguresEntered | FiguresCorrected):
        why = next((reason for cells, reason in own.items() if cells >= event.figures.keys()), None)
        if why is None:
            break
        number = len(commands) + 1
        part = replace(
            command,
            command_id=uuid5(command.command_id, f"reason {number}"),
            events=(rest.pop(0),),
            reason=why.reason,
            cause=command.command_id,
        )
        commands.append(part)
    if not rest:
        last = commands.pop()
        return [*commands, replace(last, command_id=command.command_id, cause=command.cause)]
    return [*commands, replace(command, events=tuple(rest))]
