"""Units merged into one counting district on the night (合同の開票区): how they stand, merging, and undoing it; `confirmDivision` is the second
person's for these, too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, TypeVar

import strawberry
from pydantic import BaseModel

from api.graphql.access import STANDING, Seen, change, readable
from api.graphql.arguments import ElectionCode
from api.graphql.context import Info
from api.graphql.desk.answers import run
from api.graphql.desk.divided_units import UnitDivisionDone, UnitDivisionOutcome
from api.graphql.mutations import ONLY_ONCE
from api.graphql.types import Label, Typist, Withdrawn, described
from reporting.application import merging as commands
from reporting.application.authority import allowed, reach_of
from reporting.application.catalog import KnownElection
from reporting.application.commands import DefinitionRecorded
from reporting.application.merging import Merges
from reporting.domain.actor import Actor
from reporting.domain.reporting_units import MergedUnit as MergedRecord
from reporting.domain.reporting_units import WithdrawnUnit

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

C = TypeVar("C", bound=BaseModel)


@strawberry.type(description="A unit that is merged with others, or would be.")
class UnitOfMerge:
    unit: str = described("code of the unit")
    name: str = described("its name")


@strawberry.type(description="One unit that others are merged into, or would be, for this election alone.")
class MergedUnit:
    code: str = described("its code: a reporting unit of the forms that are counted")
    name: str = described("its name")
    name_en: str | None = described("its name in English")
    level: str = described("its level")
    seat: str = described("the one of its units whose office counts and reports for all of them")
    units: list[UnitOfMerge] = described("what is merged into it; totals go on counting each of them in N")
    withdrawn: Withdrawn = described("from when it counts, and why")
    keeps: list[str] = described("forms that its units go on reporting, each its own; it is not asked them")
    reported: bool = described("whether any return of it holds a figure")
    may_undo: bool = described("whether one's own office may undo it now: it has reported nothing")

    @classmethod
    def of(
        cls,
        merged: MergedRecord,
        units: Sequence[WithdrawnUnit],
        defined: KnownElection,
        *,
        reported: bool,
        may: bool,
    ) -> MergedUnit:
        names = defined.roster.areas
        return cls(
            code=merged.code, name=merged.name, name_en=merged.name_en, level=merged.level, seat=merged.seat,
            units=[UnitOfMerge(unit=gone.unit, name=names[gone.unit]) for gone in units], withdrawn=Withdrawn.said(units[0]),
            keeps=list(units[0].keeps), reported=reported, may_undo=may and not reported,
        )  # fmt: skip


@strawberry.type(description="A merge, or its undoing, that waits for a second person.")
class MergeWaiting:
    proposal: int = described("its number; send it to `confirmDivision`")
    merged: MergedUnit = described("what would be merged into what, or is")
    undoing: bool = described("whether the merge would be undone")
    by: Typist = described("who proposed it, and who cannot confirm it")
    proposed_at: datetime = described("when")
    reason: str | None = described("why")
    touches: list[Label] = described("what it would say otherwise of figures that stand now, and of how many")
    may_confirm: bool = described("whether one may confirm it")


@strawberry.type(description="Units merged on the night, within one's reach.")
class UnitMerges:
    standing: list[MergedUnit] = described("as they are merged now")
    waiting: list[MergeWaiting] = described("what waits for a second person")


@strawberry.input(description="Units merged into one counting district, for one election.")
class MergeUnitsInput:
    command_id: strawberry.ID = described(ONLY_ONCE)
    election: str = described("election code")
    units: list[str] = described(
        "codes of at least two reporting units, directly below one area, that vote on the same contests"
    )
    code: str = described("of what they are merged into: a code that no area and no other unit has")
    name: str = described("its name")
    name_en: str | None = strawberry.field(default=None, description="its name in English")
    seat: str | None = strawberry.field(
        default=None,
        description="the one of the units whose office counts and reports for all; none: the first",
    )
    level: str | None = strawberry.field(
        default=None,
        description="its level: that of the units or below; none: the lowest at which no office looks at returns",
    )
    on: date = described("from when it counts")
    keeps: list[str] | None = strawberry.field(
        default=None,
        description="forms that each unit goes on reporting; none: those that ask nothing by candidate or party",
    )
    reason: str = described("why; shown wherever the units are")


@strawberry.input(description="A merge to undo.")
class UndoMergeInput:
    command_id: strawberry.ID = described(ONLY_ONCE)
    election: str = described("election code")
    unit: str = described("code of what the others are merged into")
    reason: str = described("why")


@strawberry.type(description="Reads about merged units.")
class MergedUnitQueries:
    @readable(STANDING, "units merged into counting districts within one's reach")
    def unit_merges(self, info: Info, election: ElectionCode, *, seen: Seen) -> UnitMerges:
        actor, service = info.context.require_actor(), info.context.service
        defined, merges = service.catalog.election(election), Merges(service)
        units = defined.definition.units

        def inside(of: Sequence[WithdrawnUnit]) -> bool:
            return seen.units is None or any(gone.unit in seen.units for gone in of)

        def may(of: Sequence[WithdrawnUnit]) -> bool:
            return all(
                allowed("divide_unit", actor, reach_of(actor, defined.roster, gone.unit)) for gone in of
            )

        standing = {
            merged: [gone for gone in units.withdrawn if gone.into == merged.code] for merged in units.merged
        }
        return UnitMerges(
            standing=[
                MergedUnit.of(merged, of, defined, reported=merges.reported(defined, merged.code), may=may(of))
                for merged, of in standing.items()
                if inside(of)
            ],
            waiting=[
                MergeWaiting(
                    proposal=proposal.number, merged=MergedUnit.of(merged, of, defined, reported=False, may=False),
                    undoing=not would, by=Typist(person=proposal.person, office=proposal.office),
                    proposed_at=proposal.recorded_at, reason=proposal.reason,
                    touches=[
                        Label(ja=told.ja, en=told.en) for told in service.definitions.foreseen(proposal).told()
                    ],
                    may_confirm=may(of) and proposal.person != actor.person,
                )
                for proposal, merged, of, would in merges.waiting(defined)
                if inside(of)
            ],
        )  # fmt: skip


def _done(
    info: Info, kind: type[C], given: DataclassInstance, do: Callable[[Merges, C, Actor], DefinitionRecorded]
) -> UnitDivisionOutcome:
    return run(
        info, kind, given, lambda desk, request, actor: UnitDivisionDone.of(do(Merges(desk.reporting), request, actor))
    )  # fmt: skip


@strawberry.type(description="Changes of merged units.")
class MergedUnitMutations:
    @change(
        "merge units into one counting district; what they reported stands in every total until it has reported the cell"
    )
    def merge_units(
        self, info: Info, input: Annotated[MergeUnitsInput, strawberry.argument(description="what, and why")]
    ) -> UnitDivisionOutcome:
        return _done(info, commands.MergeUnits, input, Merges.merge)

    @change("undo a merge of which the merged unit has reported nothing")
    def undo_merge(
        self, info: Info, input: Annotated[UndoMergeInput, strawberry.argument(description="which, and why")]
    ) -> UnitDivisionOutcome:
        return _done(info, commands.UndoMerge, input, Merges.undo)
