"""Units divided into counting districts on the night (開票区): how they stand, dividing, undoing it, and the second person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, TypeVar

import strawberry
from pydantic import BaseModel

from api.graphql.access import STANDING, Seen, change, readable
from api.graphql.arguments import ElectionCode
from api.graphql.context import Info
from api.graphql.desk.answers import DivisionRefused, FourEyes, run
from api.graphql.mutations import ONLY_ONCE, AnyCommandRefused, VersionConflict
from api.graphql.types import Label, Typist, Withdrawn, described
from reporting.application import dividing as commands
from reporting.application.authority import allowed, reach_of
from reporting.application.catalog import KnownElection
from reporting.application.commands import DefinitionRecorded
from reporting.application.dividing import Divisions
from reporting.domain.actor import Actor
from reporting.domain.reporting_units import CountingPart as PartRecord
from reporting.domain.reporting_units import WithdrawnUnit

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

C = TypeVar("C", bound=BaseModel)


@strawberry.type(description="A counting district that a unit was divided into, for this election alone.")
class CountingPart:
    code: str = described("code of the part: a reporting unit of the forms that are counted")
    name: str = described("its name")
    name_en: str | None = described("its name in English")
    reported: bool = described("whether any return of it holds a figure")

    @classmethod
    def of(cls, part: PartRecord, reported: list[str]) -> CountingPart:
        return cls(code=part.code, name=part.name, name_en=part.name_en, reported=part.code in reported)


@strawberry.type(description="A unit that is divided, or would be.")
class DividedUnit:
    unit: str = described("code of the unit")
    name: str = described("its name")
    withdrawn: Withdrawn = described("from when its parts count, and why")
    level: str = described("level of its parts")
    parts: list[CountingPart] = described("what it is divided into")
    keeps: list[str] = described("forms that it goes on reporting; its parts are not asked them")
    may_undo: bool = described("whether one's own office may undo it now: nothing was reported by a part")

    @classmethod
    def of(
        cls, divided: WithdrawnUnit, defined: KnownElection, reported: list[str], may: bool
    ) -> DividedUnit:
        return cls(
            unit=divided.unit, name=defined.roster.areas[divided.unit], withdrawn=Withdrawn.said(divided),
            level=divided.level or "", parts=[CountingPart.of(part, reported) for part in divided.parts],
            keeps=list(divided.keeps), may_undo=may and not reported,
        )  # fmt: skip


@strawberry.type(description="A division, or its undoing, that waits for a second person.")
class DivisionWaiting:
    proposal: int = described("its number; send it to `confirmDivision`")
    unit: str = described("code of the unit")
    name: str = described("its name")
    divided: DividedUnit | None = described("how it would be divided; null: its division would be undone")
    by: Typist = described("who proposed it, and who cannot confirm it")
    proposed_at: datetime = described("when")
    reason: str | None = described("why")
    touches: list[Label] = described("what it would say otherwise of figures that stand now, and of how many")
    may_confirm: bool = described("whether one may confirm it")


@strawberry.type(description="Units that may be divided by one's office.")
class DivisibleUnit:
    code: str = described("code of the unit")
    name: str = described("its name")


@strawberry.type(description="A form that a divided unit may go on reporting.")
class FormKept:
    code: str = described("form code")
    label: Label = described("its name")
    usual: bool = described("whether it is kept unless said otherwise: it asks nothing by candidate or party")


@strawberry.type(description="Units divided on the night, within one's reach.")
class UnitDivisions:
    standing: list[DividedUnit] = described("as they are divided now")
    waiting: list[DivisionWaiting] = described("what waits for a second person")
    divisible: list[DivisibleUnit] = described("units that one's office may divide now")
    forms: list[FormKept] = described("forms of the election")


@strawberry.type(description="Done, or waiting for a second person.")
class UnitDivisionDone:
    position: int | None = described("ledger position; null where it waits")
    proposal: int | None = described("its number, where another person has to confirm it")
    repeated: bool = described("whether this command had been recorded before")

    @classmethod
    def of(cls, done: DefinitionRecorded) -> UnitDivisionDone:
        return cls(position=done.position, proposal=done.proposal, repeated=done.repeated)


UnitDivisionOutcome = Annotated[
    UnitDivisionDone | DivisionRefused | FourEyes | VersionConflict | AnyCommandRefused,
    strawberry.union("UnitDivisionOutcome", description="Done, or refused for a named reason."),
]


@strawberry.input(description="A part that a unit is divided into.")
class CountingPartInput:
    code: str = described("a code that no area and no other unit has")
    name: str = described("its name")
    name_en: str | None = strawberry.field(default=None, description="its name in English")


@strawberry.input(description="A unit divided into counting districts, for one election.")
class DivideUnitInput:
    command_id: strawberry.ID = described(ONLY_ONCE)
    election: str = described("election code")
    unit: str = described("code of the reporting unit")
    parts: list[CountingPartInput] = described("at least two")
    level: str | None = strawberry.field(
        default=None, description="level of the parts; none: the lowest of the geography"
    )
    on: date = described("from when they count")
    keeps: list[str] | None = strawberry.field(
        default=None,
        description="forms that the unit goes on reporting; none: those that ask nothing by candidate or party",
    )
    reason: str = described("why; shown wherever the unit is")


@strawberry.input(description="A division to undo.")
class UndoDivisionInput:
    command_id: strawberry.ID = described(ONLY_ONCE)
    election: str = described("election code")
    unit: str = described("code of the divided unit")
    reason: str = described("why")


@strawberry.input(description="A division, or its undoing, that another person proposed.")
class ConfirmDivisionInput:
    command_id: strawberry.ID = described(ONLY_ONCE)
    election: str = described("election code")
    proposal: int = described("its number")


@strawberry.type(description="Reads about divided units.")
class DividedUnitQueries:
    @readable(STANDING, "units divided into counting districts within one's reach, and what may be divided")
    def unit_divisions(self, info: Info, election: ElectionCode, *, seen: Seen) -> UnitDivisions:
        actor, service = info.context.require_actor(), info.context.service
        defined, divisions = service.catalog.election(election), Divisions(service)

        def inside(unit: str) -> bool:
            return seen.units is None or unit in seen.units

        divided = [gone for gone in defined.definition.units.withdrawn if gone.parts and inside(gone.unit)]
        parts, gone = defined.definition.units.whole_of, defined.roster.withdrawn
        by_choice = set(commands.uncounted(defined.definition))
        return UnitDivisions(
            standing=[
                DividedUnit.of(gone, defined, divisions.reported(defined, gone), _may(actor, defined, gone.unit))
                for gone in divided
            ],
            waiting=[
                DivisionWaiting(
                    proposal=proposal.number, unit=unit, name=defined.roster.areas[unit],
                    divided=None if would is None else DividedUnit.of(would, defined, [], may=False),
                    by=Typist(person=proposal.person, office=proposal.office), proposed_at=proposal.recorded_at, reason=proposal.reason,
                    touches=[
                        Label(ja=told.ja, en=told.en) for told in service.definitions.foreseen(proposal).told()
                    ],
                    may_confirm=_may(actor, defined, unit) and proposal.person != actor.person,
                )
                for proposal, unit, would in divisions.waiting(defined)
                if inside(unit)
            ],
            divisible=[
                DivisibleUnit(code=code, name=unit.name)
                for code, unit in defined.roster.units.items()
                if code not in gone and code not in parts and _may(actor, defined, code)
            ],
            forms=[
                FormKept(code=form.code, label=Label.of(form.label), usual=form.code in by_choice)
                for form in defined.definition.forms
            ],
        )  # fmt: skip


def _may(actor: Actor, defined: KnownElection, unit: str) -> bool:
    return allowed("divide_unit", actor, reach_of(actor, defined.roster, unit))


def _done(
    info: Info,
    kind: type[C],
    given: DataclassInstance,
    do: Callable[[Divisions, C, Actor], DefinitionRecorded],
) -> UnitDivisionOutcome:
    return run(
        info, kind, given, lambda desk, request, actor: UnitDivisionDone.of(do(Divisions(desk.reporting), request, actor))
    )  # fmt: skip


@strawberry.type(description="Changes of divided units.")
class DividedUnitMutations:
    @change(
        "divide a unit into counting districts; what it reported stands in every total until all of them have reported the cell"
    )
    def divide_unit(
        self, info: Info, input: Annotated[DivideUnitInput, strawberry.argument(description="what, and why")]
    ) -> UnitDivisionOutcome:
        return _done(info, commands.DivideUnit, input, Divisions.divide)

    @change("undo a division of which no part has reported")
    def undo_division(
        self,
        info: Info,
        input: Annotated[UndoDivisionInput, strawberry.argument(description="which, and why")],
    ) -> UnitDivisionOutcome:
        return _done(info, commands.UndoDivision, input, Divisions.undo)

    @change("stand behind a division, or its undoing, that another person proposed")
    def confirm_division(
        self,
        info: Info,
        input: Annotated[ConfirmDivisionInput, strawberry.argument(description="which")],
    ) -> UnitDivisionOutcome:
        return _done(info, commands.ConfirmDivision, input, Divisions.confirm)
