"""What auditors ask: the trail, differences between two moments, a figure's provenance."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import strawberry

from api.graphql import visibility
from api.graphql.access import PUBLIC, TOTALS_BY_TOKEN, TRAIL, UNIT, Seen, readable
from api.graphql.arguments import (
    After,
    Areas,
    Breakdown,
    ChoiceCode,
    ContestCode,
    ElectionCode,
    First,
    FormCode,
    GeographyCode,
    ItemCode,
    Items,
    Layer,
    Level,
    MinPosition,
    SlotCode,
    UnitCode,
)
from api.graphql.audit.changes import ChangeQueries
from api.graphql.audit.proofs import ProofQueries
from api.graphql.audit.types import (
    AuditConnection,
    AuditEdge,
    AuditEntry,
    Difference,
)
from api.graphql.context import Info
from api.graphql.known import parts_of_rate, require_areas, require_entered, require_known
from api.graphql.messages import message
from api.graphql.moments import AsOfInput, edge_of, position_of
from api.graphql.types import Label, PageInfo, cursor, described, page, parts_of
from projections.prov import prov_json
from projections.read import TotalsQuery, asof
from projections.read import audit as rows
from projections.read.rows import FIGURES, TotalRow
from reporting.domain.election import ElectionDefinition
from reporting.domain.figures import Cell
from reporting.errors import InvalidInput
from reporting.ledger import draft_stream, released_stream, return_stream
from reporting.ledger.registry import TYPES
from reporting.ledger.streams import lot_stream

MAX_TRAIL, MAX_TOTALS, MAX_DIFFERENCES, MAX_STREAMS, MAX_VERSIONS = 200, 50_000, 2_000, 60_000, 10_000
OF_NO_ELECTION = (
    "OfficeRegistered", "MembershipGranted", "MembershipEnded", "GeographiesDeclared", "AreasRegistered", "LineageRegistered",
)  # fmt: skip
Earlier = Annotated[AsOfInput, strawberry.argument(name="from", description="the earlier moment")]
Later = Annotated[AsOfInput | None, strawberry.argument(description="the later moment; now when left out")]


@strawberry.input(description="Which entries of the trail. What is left out does not limit.")
class AuditFilter:
    unit: str | None = strawberry.field(default=None, description="reporting unit")
    geography: str | None = strawberry.field(default=None, description="with area: its geography")
    area: str | None = strawberry.field(default=None, description="every unit below this area")
    within_reach: bool = strawberry.field(
        default=False,
        description="of an area that reaches beyond one's own office only the office's units, and not a refusal",
    )
    form: str | None = strawberry.field(default=None, description="form")
    slot: str | None = strawberry.field(default=None, description="slot")
    contest: str | None = strawberry.field(
        default=None, description="entries that name a cell of this contest"
    )
    item: str | None = strawberry.field(
        default=None,
        description="entries that name a cell of this item; of a rate, which nobody enters, of the items it is made of",
    )
    breakdown: str | None = strawberry.field(
        default=None, description="entries that name a cell of this breakdown; empty: the total"
    )
    choice: str | None = strawberry.field(
        default=None, description="entries that name a cell of this candidate or party"
    )
    person: str | None = strawberry.field(default=None, description="exactly this person")
    office: str | None = strawberry.field(default=None, description="exactly this office")
    kinds: list[str] | None = strawberry.field(default=None, description="event types, e.g. FiguresCorrected")
    since: AsOfInput | None = strawberry.field(default=None, description="after this moment")
    until: AsOfInput | None = strawberry.field(default=None, description="up to this moment")


@strawberry.type(description="A type of events.")
class EventType:
    type: str = described("as `kinds` of the trail takes it, e.g. FiguresCorrected")
    label: Label = described("what people call it")


@strawberry.type(description="Reads for auditors.")
class AuditQueries(ChangeQueries, ProofQueries):
    @readable(
        TRAIL,
        "who changed what, newest first; offices see the units they reach, auditors everything. Without an "
        "election: offices, who works for them, areas and their lineage",
    )
    def audit(
        self,
        info: Info,
        election: Annotated[str | None, strawberry.argument(description="election code")] = None,
        filter: Annotated[AuditFilter | None, strawberry.argument(description="which entries")] = None,
        first: First = 50,
        after: After = None,
        min_position: MinPosition = None,
        *,
        seen: Seen,
    ) -> AuditConnection:
        given, snapshot = filter or AuditFilter(), info.context.snapshot
        units, streams, types = seen.units, None, given.kinds
        lots: tuple[str, ...] = ()
        beyond = 0
        if election is None:
            types = [kind for kind in OF_NO_ELECTION if given.kinds is None or kind in given.kinds]
        elif units is not None:
            voting = info.context.service.catalog.election(election).roster.contest_units
            lots = tuple(code for code in sorted(seen.contests) if not {*voting[code]}.isdisjoint(units))
            definition = snapshot.election(election).definition
            streams = _streams(definition, given, units, lots)
            if given.area is not None and given.geography is not None and given.unit is None:
                below = visibility.units_below(info, definition, given.geography, given.area)
                beyond = len(below) - len(units)
        entered: tuple[str, ...] | None = None if given.item is None else (given.item,)
        whole: tuple[str, ...] = ()
        if election is not None and given.item is not None:
            parts = parts_of_rate(snapshot.election(election).definition, given.item)
            entered, whole = parts or entered, ("",) if parts else ()
        wanted = page(first, MAX_TRAIL)
        shown = parts_of(after, int)
        query = rows.TrailQuery(
            upto=edge_of(info, given.until, snapshot.position),
            since=edge_of(info, given.since, 0),
            before=shown[0] if shown else None,
            election=election,
            streams=streams,
            units=None if units is None else tuple(units),
            lots=lots,
            form=given.form,
            slot=given.slot,
            contest=given.contest,
            items=entered,
            breakdown=given.breakdown,
            choices=None if given.choice is None else (given.choice, *whole),
            person=given.person,
            office=given.office,
            types=None if types is None else tuple(types),
            limit=wanted + 1,
        )
        entries = rows.trail(snapshot, query)
        if not entries and shown is None and election is not None:
            defined = info.context.service.catalog.election(election)
            require_known(
                defined.definition, defined.roster, unit=given.unit, geography=given.geography, area=given.area,
                form=given.form, slot=given.slot, contest=given.contest, item=given.item, kinds=given.kinds or (),
            )  # fmt: skip
        shown_rows = entries[:wanted]
        blind = visibility.blind_positions(info, [(row.position, row.type, row.state) for row in shown_rows])
        nodes = [AuditEntry.of(row, blind=row.position in blind) for row in shown_rows]
        edges = [AuditEdge(cursor=cursor(node.position), node=node) for node in nodes]
        return AuditConnection(
            edges=edges,
            nodes=nodes,
            page_info=PageInfo(
                has_next_page=len(entries) > wanted, end_cursor=edges[-1].cursor if edges else None
            ),
            as_of_position=snapshot.position,
            beyond_reach=beyond,
        )

    @readable(PUBLIC, "every type of events and what people call it, in the order of the types")
    def event_types(self) -> list[EventType]:
        return [EventType(type=type_, label=Label.called(type_)) for type_ in sorted(TYPES)]

    @readable(TOTALS_BY_TOKEN, "totals that differ between two moments, with the events that explain them")
    def differences(
        self,
        info: Info,
        election: ElectionCode,
        form: FormCode,
        slot: SlotCode,
        contest: ContestCode,
        geography: GeographyCode,
        from_: Earlier,
        to: Later = None,
        items: Items = None,
        level: Level = None,
        areas: Areas = None,
        layer: Layer = None,
        *,
        seen: Seen,
    ) -> list[Difference]:
        snapshot = info.context.snapshot
        sides = [position_of(info, from_, 0), position_of(info, to, snapshot.position)]
        query = TotalsQuery(
            form, slot, contest, geography, tuple(items or ()), level=level, layer=seen.layer,
            areas=None if seen.areas is None else tuple(seen.areas), limit=MAX_TOTALS,
        )  # fmt: skip
        moments = [info.context.moment(election, position, None) for position in sides]
        require_areas(election, [moment.election.roster for moment in moments], geography, areas, level)
        before, after = (
            {
                (row.code, row.item, row.breakdown, row.choice): row
                for row in asof.totals_at(snapshot, moment.election, query, moment.position)
            }
            for moment in moments
        )
        span, then = (sides[0], sides[1]), (moments[0].election, moments[1].election)
        differences = []
        for key in {**after, **before}:  # an area or item may have gone, as one may have come
            old, new = before.get(key), after.get(key)
            if (old and _stands(old)) != (new and _stands(new)):
                differences.append(Difference.of(old, new, query, then, span))
        if max(len(before), len(after)) >= MAX_TOTALS or len(differences) > MAX_DIFFERENCES:
            raise InvalidInput(
                field="areas, items, level",
                found=f"{len(differences)} +",
                expected=message("fewer_differences", max_differences=MAX_DIFFERENCES),
            )
        return differences

    @readable(UNIT, "a figure's whole history as W3C PROV-JSON text")
    def figure_provenance(
        self,
        info: Info,
        election: ElectionCode,
        form: FormCode,
        slot: SlotCode,
        unit: UnitCode,
        contest: ContestCode,
        item: ItemCode,
        breakdown: Breakdown = "",
        choice: ChoiceCode = "",
        min_position: MinPosition = None,
    ) -> str:
        definition = info.context.snapshot.election(election).definition
        key = Cell(contest, item, breakdown, choice).key
        stream = return_stream(election, form, slot, unit)
        versions = info.context.snapshot.history(
            stream, key, None, MAX_VERSIONS, [*FIGURES, "ReturnApproved"]
        )
        if not versions:
            roster = info.context.service.catalog.election(election).roster
            require_known(definition, roster, unit=unit, form=form, slot=slot, contest=contest, item=item)
            require_entered(definition, item)
        document = prov_json(f"{election}/{form}/{slot}/{unit}/{key}", versions)
        return json.dumps(document, ensure_ascii=False, sort_keys=True)


def _stands(row: TotalRow) -> tuple[str | None, int, int, int]:
    """What a total says: its number and n of N; and of those that are not in it, how many withhold."""
    return row.value, row.reported, row.expected, row.withheld


def _streams(
    definition: ElectionDefinition, given: AuditFilter, units: Sequence[str], lots: Sequence[str]
) -> tuple[UUID, ...] | None:
    """Where events of these units stand, and lots of these contests; None: in too many streams, better read in order."""
    slots = [
        (form.code, slot.code)
        for form in definition.forms
        for slot in form.slots
        if given.form in (None, form.code) and given.slot in (None, slot.code)
    ]
    of_lots = [lot_stream(definition.code, *place, contest) for place in slots for contest in lots]
    of_units = [
        stream(definition.code, *place, unit)
        for place in slots
        for unit in units
        for stream in (return_stream, draft_stream, released_stream)
    ]
    streams = (*of_units, *of_lots)
    return streams if len(streams) <= MAX_STREAMS else None
