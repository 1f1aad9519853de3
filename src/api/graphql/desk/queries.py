"""What editors ask: one return, work lists, the status board, the register, releases."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import strawberry

from api.graphql import visibility
from api.graphql.access import (
    LISTED_LAYER,
    PUBLIC,
    REGISTER,
    STANDING,
    TOKEN,
    UNIT,
    WHOLE_SLOT,
    Seen,
    readable,
)
from api.graphql.arguments import (
    After,
    Areas,
    AsOf,
    ElectionCode,
    First,
    FormCode,
    GeographyCode,
    Layer,
    MinPosition,
    SlotCode,
    UnitCode,
)
from api.graphql.context import Info
from api.graphql.desk import said as said_of_cells
from api.graphql.desk.board import BoardRowThen
from api.graphql.desk.public import DataSet, DataTerms, RegisterEntry, ReleaseRow
from api.graphql.desk.returns import DeskReturn
from api.graphql.desk.types import (
    BoardRow,
    NextRelease,
    Permission,
    Reconciled,
    ReconciledConnection,
)
from api.graphql.known import require_known
from api.graphql.moments import AsOfInput, position_of, time_of
from api.graphql.types import Label, PageInfo, cursor, described, page, parts_of
from api.graphql.wide import written_of
from projections.read import desk as rows
from projections.read.register import register_at
from projections.read.stakes import stakes, stakes_of_release
from reporting.application.authority import (
    allowed,
    matrix,
    operations,
    operations_in_words,
    reach_of,
)
from reporting.application.board_then import board_then
from reporting.application.drafted import divisions_otherwise, entry_otherwise
from reporting.application.then import return_then
from reporting.publication.planned import completeness_of

MAX_ROWS = 500
OnlyForm = Annotated[str | None, strawberry.argument(description="only this form")]
OnlySlot = Annotated[str | None, strawberry.argument(description="only this slot")]


@strawberry.type(description="A slot that one's office may see whole.")
class WholeSlot:
    form: str = described("code of the form")
    slot: str = described("code of the slot")


@strawberry.type(description="Reads for offices.")
class DeskQueries:
    @readable(UNIT, "one return with draft, prefill, approvals and findings; needs an office that reaches it")
    def desk(
        self,
        info: Info,
        election: ElectionCode,
        form: FormCode,
        slot: SlotCode,
        unit: UnitCode,
        as_of: Annotated[
            AsOfInput | None,
            strawberry.argument(description="moment that `then` is told of, beside what stands now"),
        ] = None,
        min_position: MinPosition = None,
    ) -> DeskReturn:
        desk = info.context.desk
        opened = desk.returns.open(election, form, slot, unit)
        findings = desk.findings.of(opened) if opened.case.cells else ()
        draft, prefill = desk.returns.draft(*opened.place), desk.returns.prefill(*opened.place)
        said = said_of_cells.of_return(info.context.service.ledger, opened)
        then = None
        if as_of is not None:
            position = position_of(info, as_of, info.context.snapshot.position)
            then = return_then(info.context.service, opened.place, position)
        renamed, place = info.context.service.renamed, opened.place
        return DeskReturn.of(
            opened, draft, prefill, findings, said, info.context.require_actor().person, then,
            entry_otherwise(renamed, place, draft.typed), entry_otherwise(renamed, place, draft.second),
            divisions_otherwise(renamed, place, draft),
        )  # fmt: skip

    @readable(STANDING, "returns of one slot by status, for every area of a level within one's reach")
    def status_board(
        self,
        info: Info,
        election: ElectionCode,
        form: FormCode,
        slot: SlotCode,
        geography: GeographyCode,
        level: Annotated[str, strawberry.argument(description="one row for each area of this level")],
        areas: Areas = None,
        min_position: MinPosition = None,
        *,
        seen: Seen,
    ) -> list[BoardRow]:
        snapshot = info.context.snapshot
        row, defined = snapshot.election(election), info.context.service.catalog.election(election)
        asked = defined.reporting_units(form, slot)
        listed = rows.board(
            snapshot, row, form, slot, geography, level, seen.areas, asked, defined.divided(form)
        )
        at_stake = [stake.contest for stake in stakes(snapshot, row, form, slot, seen.contests) if stake]
        roster, above = defined.roster, Counter[str]()
        for contest in set(at_stake):
            units = roster.contest_units[contest]
            above.update({area for unit in units for area in roster.places[unit].get(geography, ())})
        return written_of(
            listed, BoardRow, info.selected_fields, lambda told: BoardRow.of(told, above[told.area])
        )

    @readable(
        STANDING,
        "returns of one slot by status as they stood at a moment, from the log itself; areas are those of the board of now",
    )
    def board_then(
        self,
        info: Info,
        election: ElectionCode,
        form: FormCode,
        slot: SlotCode,
        geography: GeographyCode,
        level: Annotated[str, strawberry.argument(description="one row for each area of this level")],
        as_of: Annotated[AsOfInput, strawberry.argument(description="the moment")],
        areas: Areas = None,
        min_position: MinPosition = None,
        *,
        seen: Seen,
    ) -> list[BoardRowThen]:
        snapshot = info.context.snapshot
        position = position_of(info, as_of, snapshot.position)
        row, defined = snapshot.election(election), info.context.service.catalog.election(election)
        listed = rows.board(
            snapshot, row, form, slot, geography, level, seen.areas,
            defined.reporting_units(form, slot), defined.divided(form),
        )  # fmt: skip
        names = {area.area: area.name for area in listed}
        then = info.context.service.as_of(position)
        told = board_then(then, election, form, slot, geography, names)
        return [BoardRowThen.of(area, names[area.area]) for area in told]

    @readable(
        REGISTER,
        "the register of declared differences, oldest first: of slots that are public, and of one's own reach",
    )
    def discrepancies(
        self,
        info: Info,
        election: ElectionCode,
        only_open: Annotated[
            bool, strawberry.argument(description="leave out those that are closed")
        ] = False,
        own_reach: Annotated[
            bool,
            strawberry.argument(
                description="leave out what stands beyond one's own reach, public as it may be"
            ),
        ] = False,
        form: OnlyForm = None,
        slot: OnlySlot = None,
        unit: Annotated[str | None, strawberry.argument(description="only this unit's")] = None,
        first: First = 100,
        after: After = None,
        min_position: MinPosition = None,
        as_of: AsOf = None,
        *,
        seen: Seen,
    ) -> list[RegisterEntry]:
        snapshot = info.context.snapshot
        row, most = snapshot.election(election), page(first, MAX_ROWS)
        shown = parts_of(after, int, str, str)
        wanted = rows.DifferencesWanted(
            only_open, own_reach, form, slot, unit, (shown[0], shown[1], shown[2]) if shown else None
        )
        position = position_of(info, as_of, snapshot.position)
        listed = (
            rows.discrepancies(snapshot, row, wanted, seen.units, most)
            if as_of is None
            else register_at(snapshot, row, position, wanted, seen.units, most)
        )
        return [RegisterEntry.of(discrepancy, time_of(info, as_of, position)) for discrepancy in listed]

    @readable(LISTED_LAYER, "cells beside the slots they were filled from; the list of flash against final")
    def reconciliation(
        self,
        info: Info,
        election: ElectionCode,
        form: FormCode,
        slot: SlotCode,
        only_different: Annotated[bool, strawberry.argument(description="leave out what is equal")] = True,
        layer: Layer = None,
        first: First = 100,
        after: After = None,
        min_position: MinPosition = None,
        *,
        seen: Seen,
    ) -> ReconciledConnection:
        snapshot = info.context.snapshot
        row = snapshot.election(election)
        defined = info.context.service.catalog.election(election)
        wanted = page(first, MAX_ROWS)
        shown = parts_of(after, str, str)
        reconciled = rows.reconciliation(
            snapshot,
            row,
            defined.form(form, slot),
            slot,
            seen.layer,
            seen.units,
            only_different,
            shown,
            wanted + 1,
        )
        return ReconciledConnection(
            nodes=[Reconciled.of(cell) for cell in reconciled[:wanted]],
            page_info=PageInfo.of(reconciled, wanted, lambda cell: cursor(cell.unit, cell.cell)),
            as_of_position=snapshot.position,
            layer=seen.layer.name,
        )

    @readable(PUBLIC, "publications and the notices of what changed in them, latest first")
    def releases(
        self,
        info: Info,
        election: ElectionCode,
        form: OnlyForm = None,
        slot: OnlySlot = None,
        first: First = 50,
        min_position: MinPosition = None,
        as_of: AsOf = None,
    ) -> list[ReleaseRow]:
        snapshot = info.context.snapshot
        row = snapshot.election(election)
        upto = position_of(info, as_of, snapshot.position)
        made = rows.releases(snapshot, row, form, slot, upto, page(first, MAX_ROWS))
        if not made:
            defined = info.context.service.catalog.election(election)
            require_known(defined.definition, defined.roster, form=form, slot=slot)
        return [ReleaseRow.of(release, election) for release in made]

    @readable(PUBLIC, "series over elections that were made data sets, by name, oldest first")
    def data_sets(self, info: Info) -> list[DataSet]:
        return [DataSet.of(made) for made in info.context.open_data.series.every()]

    @readable(PUBLIC, "by which licence everything that is released may be used")
    def data_terms(self, info: Info) -> DataTerms:
        licence = info.context.open_data.licence
        return DataTerms(
            licence=licence.code, url=licence.url, name=Label(ja=licence.name.ja, en=licence.name.en)
        )

    @readable(
        WHOLE_SLOT,
        "what a release of a slot would hold now, and which outcomes open doubts could turn over; needs an office that "
        "reaches all its units",
    )
    def next_release(
        self,
        info: Info,
        election: ElectionCode,
        form: FormCode,
        slot: SlotCode,
        min_position: MinPosition = None,
    ) -> NextRelease:
        plan = info.context.publication.plan(election, form, slot)
        snapshot = info.context.snapshot
        roster = info.context.service.catalog.election(election).roster
        stakes = stakes_of_release(
            snapshot, snapshot.election(election), roster, form, plan.figures, plan.lots
        )
        publication = info.context.publication
        disclosed = publication.disclosures(election, form, slot, plan)
        held = publication.held_back(election, form, slot, plan) if disclosed else ()
        gaps = completeness_of(info.context.service.catalog.election(election), form, slot, plan)
        return NextRelease.of(plan, gaps, stakes, disclosed, held, roster.units)

    @readable(TOKEN, "slots of an election whose every unit one's own office may see before its release")
    def whole_slots(self, info: Info, election: ElectionCode) -> list[WholeSlot]:
        definition = info.context.service.catalog.election(election).definition
        return [WholeSlot(form=form, slot=slot) for form, slot in visibility.slots_seen(info, definition)]

    @readable(
        STANDING,
        "operations that the matrix lets one's own office do with some return of a slot while it is not certified, e.g. approve, "
        "certify, release",
    )
    def may_in_slot(
        self, info: Info, election: ElectionCode, form: FormCode, slot: SlotCode, *, seen: Seen
    ) -> list[str]:
        actor, defined = info.context.require_actor(), info.context.service.catalog.election(election)
        require_known(defined.definition, defined.roster, form=form, slot=slot)
        asked = defined.reporting_units(form, slot)
        covered = asked if seen.units is None else sorted(set(asked) & set(seen.units))
        reaches = {reach_of(actor, defined.roster, unit) for unit in covered}
        return [
            operation
            for operation in operations()
            if any(allowed(operation, actor, reach) for reach in reaches)
        ]

    @readable(PUBLIC, "the authorisation matrix: who may do what")
    def authority(self) -> list[Permission]:
        words = operations_in_words()
        return [
            Permission(
                operation=operation,
                label=Label(ja=words[operation].ja, en=words[operation].en),
                role=role.value,
                reach=reach,
                phase=phase,
            )
            for operation, role, reach, phase in sorted(matrix())
        ]
