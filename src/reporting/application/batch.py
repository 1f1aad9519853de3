"""Many returns at once: what a file says becomes one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from reporting.application.service import Reporting
from reporting.domain.actor import Actor, Channel
from reporting.domain.events import Event, FiguresCorrected, FiguresEntered
from reporting.domain.figures import Value, format_value
from reporting.domain.returns import ReturnState
from reporting.ledger import Command, NewEvent
from reporting.ledger.registry import canonical


@dataclass(frozen=True, slots=True)
class ReturnFigures:
    """Checked values for cells of one return: all new (`reason` empty), or all replacing."""

    stream: UUID
    election: str
    form: str
    slot: str
    unit: str
    values: Mapping[str, Value]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """The file the figures came from. `sha256` (hex) alone tells one file from another."""

    kind: str
    name: str
    sha256: str
    command_id: UUID

    def body(self, part: int) -> bytes:
        return canonical({"kind": self.kind, "sha256": self.sha256, "part": part})

    def said(self, reason: str) -> str:
        return f"{reason} ({self.name} sha256:{self.sha256})".strip()


@dataclass(frozen=True, slots=True)
class BatchRecorded:
    events: int
    position: int | None
    repeated: bool


def recorded_before(service: Reporting, source: Source) -> BatchRecorded | None:
    """What became of this very file, if it was taken before."""
    before = service.ledger.repeat_of(source.command_id, hashlib.sha256(source.body(0)).digest())
    return None if before is None else BatchRecorded(0, before.last_position, True)


def record_batch(
    service: Reporting,
    source: Source,
    figures: Iterable[ReturnFigures],
    states: Mapping[UUID, ReturnState],
    actor: Actor,
) -> BatchRecorded:
    """Append everything or nothing: one command for the new values and one for each reason of correction.

    Errors: NotAuthorised, VersionConflict (someone wrote since `states` were read), Unavailable.
    """
    by_reason: dict[str, list[ReturnFigures]] = {}
    for one in figures:
        by_reason.setdefault(one.reason, []).append(one)
        state = states.get(one.stream)
        service.authorise_write(actor, one.election, one.unit, state is not None and state.certified)
    versions = {stream: state.version for stream, state in states.items()}
    commands: list[Command] = []
    for number, reason in enumerate(sorted(by_reason)):
        events = []
        for one in by_reason[reason]:
            versions[one.stream] = versions.get(one.stream, 0) + 1
            events.append(NewEvent(one.stream, versions[one.stream], _event(one, states.get(one.stream))))
        commands.append(
            Command(
                source.command_id if number == 0 else uuid5(source.command_id, str(number)),
                source.body(number),
                actor,
                Channel.IMPORT,
                tuple(events),
                reason=source.said(reason),
            )
        )
    appended = service.ledger.append_all(commands)
    return BatchRecorded(
        sum(len(command.events) for command in commands), appended[-1].last_position, appended[0].repeated
    )


def _event(one: ReturnFigures, state: ReturnState | None) -> Event:
    where: dict[str, Any] = {"election": one.election, "form": one.form, "slot": one.slot, "unit": one.unit}
    texts = {key: format_value(value) for key, value in sorted(one.values.items())}
    if not one.reason:
        return FiguresEntered.model_construct(**where, figures=texts)
    assert state is not None
    supersedes = {key: state.cells[key].position for key in texts}
    return FiguresCorrected(**where, figures=texts, supersedes=supersedes, reason_class="import")
