"""Rehearsals of this server's practice room: to read, to open and to end. A server without a room says that it has none."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import strawberry

from api.drills import (
    DrillReport as ReportRecord,
)
from api.drills import (
    Drills,
    DrillStands,
    EndDrill,
    MissionTold,
    MistakeTold,
    OpenDrill,
    PaperReturn,
    Seat,
)
from api.drills import DrillState as DrillStateRecord
from api.graphql.access import HELD, TOKEN, change, readable
from api.graphql.context import Info
from api.graphql.desk.answers import run
from api.graphql.messages import message
from api.graphql.mutations import ONLY_ONCE, AnyCommandRefused
from api.graphql.types import Label, described
from reporting.domain.actor import Actor
from reporting.errors import InvalidInput

DrillState = strawberry.enum(DrillStateRecord, name="DrillState", description="Where a rehearsal stands.")
STATES = {
    DrillStateRecord.PLAYING: "its night goes on",
    DrillStateRecord.OVER: "its night has ended",
    DrillStateRecord.ENDED: "its leader ended it before its time",
    DrillStateRecord.INTERRUPTED: "its server was stopped in the middle of it",
}
for _value in DrillStateRecord.__strawberry_definition__.values:  # type: ignore[attr-defined]
    _value.description = STATES[DrillStateRecord(_value.value)]


@strawberry.type(description="An office that people play in a rehearsal.")
class DrillSeat:
    area: str = described("code of the area it answers for")
    office: str = described("its name")
    role: str = described("municipality, prefecture or ministry")
    mine: bool = described("whether the asking person acts for it")

    @classmethod
    def of(cls, seat: Seat, actor: Actor) -> DrillSeat:
        return cls(area=seat.area, office=seat.office, role=seat.role.value, mine=seat.taken_by(actor))


@strawberry.type(description="A unit that reports in a rehearsal.")
class DrillUnit:
    code: str = described("its code")
    name: str = described("its name")


@strawberry.type(description="What became of one mistake that was put in.")
class DrillFinding:
    id: str = described("its number in the rehearsal")
    kind: Label = described("kind of mistake")
    incident: str = described("where it happened in an election of the past")
    unit: str = described("unit whose return had it")
    unit_name: str = described("name of the unit")
    form: str = described("form code of the return")
    slot: str = described("slot code of the return")
    outcome: str = described(
        "corrected, not_corrected, never_typed; of a true difference declared, not_declared or falsified"
    )
    published_wrong: bool = described("whether a release held the wrong figures")
    minutes: float | None = described(
        "minutes of the night from typed to right again; null where it never was"
    )
    found_by: str | None = described("office that found it first; null: nobody")

    @classmethod
    def of(cls, finding: MistakeTold) -> DrillFinding:
        return cls(**{**_told(finding), "kind": Label.of(finding.kind)})


@strawberry.type(
    description="One office's part in a rehearsal, or everybody's. Points as docs/training.md says."
)
class DrillOffice:
    area: str = described("code of its area; * for all")
    name: str = described("its name")
    injected: int = described("mistakes in its own returns")
    corrected: int = described("those of them that were right again")
    caught: int = described("mistakes it was the first to find, its own or of offices below")
    false_alarms: int = described("right cells sent back, or a mistake declared away")
    differences: int = described("true differences in its returns")
    declared: int = described("those of them that were declared and confirmed, figures untouched")
    falsified: int = described("right figures altered")
    missed: int = described("returns that were with it when their slot went out")
    reminders: int = described("reminders it was sent")
    minutes: float | None = described("median minutes from typed to right again")
    points: int = described("its points")


@strawberry.type(description="Something to do once in a rehearsal.")
class DrillMission:
    code: str = described("stable code")
    title: Label = described("what it is")
    todo: Label = described("what to do, and where")
    done: bool | None = described(
        "whether the asking person has done it, as the log tells; null of what leaves no event"
    )

    @classmethod
    def of(cls, mission: MissionTold) -> DrillMission:
        title, todo = (Label(ja=words.ja, en=words.en) for words in (mission.title, mission.todo))
        return cls(code=mission.code, title=title, todo=todo, done=mission.done)


@strawberry.type(description="The findings of a rehearsal, once it is over.")
class DrillReport:
    total: DrillOffice = described("everybody; of what is held against offices only those that people played")
    best: int = described("points of a night without a fault")
    offices: list[DrillOffice] = described("lowest points first")
    findings: list[DrillFinding] = described("every mistake that was put in")
    too_late: int = described("returns not published in time through no fault of people")

    @classmethod
    def of(cls, report: ReportRecord) -> DrillReport:
        return cls(
            total=DrillOffice(**_told(report.total)),
            best=report.best,
            offices=[DrillOffice(**_told(office)) for office in report.offices],
            findings=[DrillFinding.of(finding) for finding in report.findings],
            too_late=report.too_late,
        )


@strawberry.type(description="A cell as a unit's records have it.")
class DrillPaperCell:
    key: str = described("contest|item|breakdown|choice")
    value: str = described("value text")


@strawberry.type(description="A return as a unit's records have it.")
class DrillPaper:
    form: str = described("form code")
    slot: str = described("slot code")
    cells: list[DrillPaperCell] = described("every cell")

    @classmethod
    def of(cls, paper: PaperReturn) -> DrillPaper:
        return cls(
            form=paper.form, slot=paper.slot, cells=[DrillPaperCell(**_told(cell)) for cell in paper.cells]
        )


@strawberry.type(
    description="A rehearsal: a test election with mistakes put in, played by robots and people."
)
class Drill:
    election: str = described("code of its test election")
    label: Label = described("name of its test election")
    source: str = described("code of the election it is a copy of")
    opened_by: str = described("person who opened it")
    opened_by_office: str = described("office of that person")
    leader: bool = described("whether the asking person opened it: who may end it and reads its phone sheets")
    state: DrillStateRecord = described("where it stands")
    starts_at: datetime = described("when its night began")
    speed: float = described("minutes of the night in one")
    minute: float = described("minute of the night it stands at")
    ends: float = described("minute at which the night is over")
    units: list[DrillUnit] = described("the units that report, by code")
    returns: int = described("returns that are due in the night")
    mistakes: int = described("how many mistakes were put in; where, its report says")
    seats: list[DrillSeat] = described("offices that people play")
    trouble: int = described("steps of robots that were refused, which is no fault of people")

    @classmethod
    def of(cls, stands: DrillStands, actor: Actor) -> Drill:
        return cls(
            election=stands.election, label=Label.of(stands.label), source=stands.source,
            opened_by=stands.opened_by.person, opened_by_office=stands.opened_by.office,
            leader=stands.opened_by == actor, state=stands.state, starts_at=stands.starts_at, speed=stands.speed,
            minute=stands.minute, ends=stands.ends, units=[DrillUnit(code=unit.code, name=unit.name) for unit in stands.units], returns=stands.returns,
            mistakes=stands.mistakes, seats=[DrillSeat.of(seat, actor) for seat in stands.seats],
            trouble=stands.trouble,
        )  # fmt: skip

    @readable(
        HELD,
        "its findings; null while it is played, and for who neither led it, nor played in it, nor answers for or audits everything",
    )
    def report(self, info: Info) -> DrillReport | None:
        scored = _room(info).report(self.election, info.context.require_actor())
        return None if scored is None else DrillReport.of(scored)

    @readable(
        HELD,
        "what the asking person should do in it once: of who sits in it, leads it or audits; empty for others",
    )
    def missions(self, info: Info) -> list[DrillMission]:
        own = _room(info).missions(self.election, info.context.require_actor())
        return [DrillMission.of(mission) for mission in own]

    @readable(HELD, "what a unit's records say, for the leader who answers its telephone")
    def phone_sheet(
        self,
        info: Info,
        unit: Annotated[str, strawberry.argument(description="code of the unit")],
    ) -> list[DrillPaper]:
        sheets = _room(info).phone_sheet(self.election, unit, info.context.require_actor())
        return [DrillPaper.of(sheet) for sheet in sheets]


@strawberry.type(description="The practice room of this server.")
class PracticeRoom:
    may_open: bool = described("whether the asking person's office may open a rehearsal")
    drills: list[Drill] = described("its rehearsals, the latest first")


@strawberry.type(description="A rehearsal was opened or ended.")
class DrillDone:
    drill: Drill = described("as it stands now")
    position: int = described(
        "ledger position at which its election stands whole: ask `election` with minPosition = position"
    )

    @classmethod
    def of(cls, stands: DrillStands, actor: Actor) -> DrillDone:
        return cls(drill=Drill.of(stands, actor), position=stands.position)


DrillOutcome = Annotated[
    DrillDone | AnyCommandRefused,
    strawberry.union("DrillOutcome", description="Done, or refused for a named reason."),
]


@strawberry.input(description="A rehearsal to open.")
class OpenDrillInput:
    command_id: strawberry.ID = described(ONLY_ONCE)
    election: str | None = strawberry.field(
        default=None, description="a certified or test election to copy; none: the simulated one"
    )
    area: str | None = strawberry.field(
        default=None,
        description="whose units report; none: the office's own area, of an office of all the smallest",
    )
    units: int | None = strawberry.field(
        default=None, description="at most so many of them, 1 to 200; none: 20"
    )
    speed: int | None = strawberry.field(
        default=None, description="minutes of the night in one, 1 to 1,000; none: 10"
    )
    mistakes: int | None = strawberry.field(default=None, description="mistakes put in, 0 to 60; none: 12")
    seed: int | None = strawberry.field(
        default=None, description="the same seed gives the same drill; none: 1"
    )
    people: list[str] | None = strawberry.field(
        default=None, description="levels whose offices people play; none: the one that publishes"
    )


@strawberry.input(description="A rehearsal to end before its time.")
class EndDrillInput:
    command_id: strawberry.ID = described(ONLY_ONCE)
    election: str = described("code of its test election")


def _told(record: Any) -> dict[str, Any]:
    """Fields of a record, its parts left as they are."""
    return {name: getattr(record, name) for name in type(record).__dataclass_fields__}


def _room(info: Info) -> Drills:
    """InvalidInput on a server that has none."""
    drills = info.context.drills
    if drills is None:
        raise InvalidInput.at("practiceRoom", "", message("server_with_practice_room"))
    return drills


@strawberry.type(description="Rehearsals.")
class DrillQueries:
    @readable(TOKEN, "the practice room; null on a server that has none")
    def practice_room(self, info: Info) -> PracticeRoom | None:
        actor, drills = info.context.require_actor(), info.context.drills
        if drills is None:
            return None
        return PracticeRoom(
            may_open=drills.may_open(actor), drills=[Drill.of(stands, actor) for stands in drills.listed()]
        )

    @readable(TOKEN, "one rehearsal of the practice room")
    def drill(
        self,
        info: Info,
        election: Annotated[str, strawberry.argument(description="code of its test election")],
    ) -> Drill:
        actor = info.context.require_actor()
        return Drill.of(_room(info).stands(election), actor)


@strawberry.type(description="Rehearsals.")
class DrillMutations:
    @change("open a rehearsal: a test election with mistakes in it, played from now on")
    def open_drill(
        self, info: Info, input: Annotated[OpenDrillInput, strawberry.argument(description="what is played")]
    ) -> DrillOutcome:
        return run(
            info, OpenDrill, input,
            lambda desk, request, actor: DrillDone.of(_room(info).open(request, actor), actor),
        )  # fmt: skip

    @change("end a rehearsal before its time; its report can be read then")
    def end_drill(
        self, info: Info, input: Annotated[EndDrillInput, strawberry.argument(description="which")]
    ) -> DrillOutcome:
        return run(
            info, EndDrill, input,
            lambda desk, request, actor: DrillDone.of(_room(info).end(request, actor), actor),
        )  # fmt: skip
