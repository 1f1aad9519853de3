"""What the interface knows of rehearsals: a port. Who fills it is given to `create_app`; the real night's code never
imports the practice room, and a server without one says that it has none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Protocol
from uuid import UUID

from pydantic import Field, StringConstraints

from reporting.application.commands import Request
from reporting.application.service import Reporting
from reporting.domain.actor import Actor, Role
from reporting.domain.labels import Code, Label
from reporting.words import Words

MAX_UNITS, MAX_MISTAKES, MAX_SPEED = 200, 60, 1_000
SHORTEST, LONGEST = 1, 60
"""Characters of the name somebody takes a seat under."""


class DrillState(StrEnum):
    """Where a rehearsal stands. `INTERRUPTED`: its server was stopped in the middle of it."""

    PLAYING = "playing"
    OVER = "over"
    ENDED = "ended"
    INTERRUPTED = "interrupted"


class OpenDrill(Request):
    """`election`: of the past, None for the simulated one. `area`: whose units report; None: the opener's own, or the
    smallest. `people`: levels whose offices people play; none: the one that publishes. `speed`: minutes of the night in one."""

    command_id: UUID
    election: Code | None = None
    area: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None
    units: int = Field(20, ge=1, le=MAX_UNITS)
    speed: int = Field(10, ge=1, le=MAX_SPEED)
    mistakes: int = Field(12, ge=0, le=MAX_MISTAKES)
    seed: int = Field(1, ge=0, le=2**31 - 1)
    people: tuple[Code, ...] = Field((), max_length=8)


class EndDrill(Request):
    """Before its night is over; its report can be read from then on."""

    command_id: UUID
    election: Code


@dataclass(frozen=True, slots=True)
class Seat:
    """An office that people play."""

    area: str
    office: str
    role: Role

    def taken_by(self, actor: Actor) -> bool:
        return (actor.role, actor.jurisdiction) == (self.role, self.area)


@dataclass(frozen=True, slots=True)
class ReportingUnit:
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class DrillStands:
    """A rehearsal as everybody in the room may know it: how much of what, never where its mistakes are. Minutes are of the
    night. `position`: of the ledger, at which its election stands whole; `trouble`: steps of robots that were refused."""

    election: str
    position: int
    label: Label
    source: str
    opened_by: Actor
    starts_at: datetime
    speed: float
    state: DrillState
    minute: float
    ends: float
    units: tuple[ReportingUnit, ...]
    returns: int
    mistakes: int
    seats: tuple[Seat, ...]
    trouble: int


@dataclass(frozen=True, slots=True)
class MistakeTold:
    """What became of one mistake that was put in. `outcome`: corrected, not_corrected, never_typed, declared, not_declared or
    falsified. `minutes` from typed to right again; `found_by`: name of the office."""

    id: str
    kind: Label
    incident: str
    unit: str
    unit_name: str
    form: str
    slot: str
    outcome: str
    published_wrong: bool
    minutes: float | None
    found_by: str | None


@dataclass(frozen=True, slots=True)
class OfficeReport:
    """One office's part, or everybody's. Counts; `points` as docs/training.md says; `minutes`: median until right again."""

    area: str
    name: str
    injected: int
    corrected: int
    caught: int
    false_alarms: int
    differences: int
    declared: int
    falsified: int
    missed: int
    reminders: int
    minutes: float | None
    points: int


@dataclass(frozen=True, slots=True)
class DrillReport:
    """`best`: points of a night without a fault; `too_late`: not in time through no fault of people."""

    total: OfficeReport
    best: int
    offices: tuple[OfficeReport, ...]
    findings: tuple[MistakeTold, ...]
    too_late: int


@dataclass(frozen=True, slots=True)
class PaperCell:
    """`value` as the unit's record has it."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class PaperReturn:
    form: str
    slot: str
    cells: tuple[PaperCell, ...]


@dataclass(frozen=True, slots=True)
class MissionTold:
    """What somebody in a rehearsal should do once. `code` is stable; `done`: whether the log holds it, None where it leaves no
    event."""

    code: str
    title: Words
    todo: Words
    done: bool | None


class Drills(Protocol):
    """The practice room of one server. Commands and reads authorise themselves: NotAuthorised, UnknownReference,
    InvalidInput; a command sent again is answered as the first time."""

    def listed(self) -> Sequence[DrillStands]:
        """The latest first."""

    def stands(self, election: str) -> DrillStands:
        """UnknownReference for what is no rehearsal of this room."""

    def may_open(self, actor: Actor) -> bool:
        """Whether they may open any."""

    def leads(self, election: str, actor: Actor) -> bool:
        """Whether they opened it: who ends it and answers its telephone."""

    def open(self, wish: OpenDrill, actor: Actor) -> DrillStands:
        """Begins it; robots play from now on."""

    def end(self, wish: EndDrill, actor: Actor) -> DrillStands:
        """Its leader ends it before its time."""

    def report(self, election: str, actor: Actor) -> DrillReport | None:
        """None while it is played, and for whom it is no business of."""

    def missions(self, election: str, actor: Actor) -> Sequence[MissionTold]:
        """Of who sits in it, leads it or audits; empty for everybody else."""

    def phone_sheet(self, election: str, unit: str, actor: Actor) -> Sequence[PaperReturn]:
        """What the unit's records say, for its leader alone."""

    def guest(self, election: str, area: str, name: str) -> Actor | None:
        """Somebody who takes a seat under a name; None where there is no such seat or that is no name."""

    def has_seat(self, actor: Actor) -> bool:
        """Whether they sit on a seat of a rehearsal in this room."""

    def close(self) -> None:
        """The server stops: so does what is played."""


OpensDrills = Callable[[Reporting, Path], Drills]
"""Makes the practice room over the command service, its sheets in a folder of its own."""
