"""Polling places: the list of a unit, what each captured, how far a slot is; and capturing."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import strawberry

from api.graphql.access import STANDING, UNIT_IN_REACH, Seen, change, readable
from api.graphql.arguments import After, ElectionCode, First, FormCode, MinPosition, SlotCode, UnitCode
from api.graphql.context import Info
from api.graphql.desk.answers import run
from api.graphql.mutations import ONLY_ONCE, AnyCommandRefused, CellInput, FiguresRefused, VersionConflict
from api.graphql.types import Label, PageInfo, cursor, described, page, parts_of
from projections.read.polling_places import PlaceBoardRow, place_board
from reporting.application import polling_places as commands
from reporting.application.asked import AskedCell, contests_asked
from reporting.application.polling_places import PollingPlaces
from reporting.application.rolling_up import PageOfPlaces, day_of, kinds_asked
from reporting.domain.figures import format_value
from reporting.domain.labels import Label as LabelRecord
from reporting.domain.place import Place
from reporting.domain.polling_places import PlaceKind
from reporting.domain.polling_places import PollingPlace as PlaceRecord
from reporting.domain.rolled_up import RolledCell, counted_kinds
from reporting.errors import UnknownReference

MAX_UNITS = 500

strawberry.enum(PlaceKind, name="PlaceKind", description="What voting a place is for.")
KINDS = {
    PlaceKind.POLLING: "on the polling day, for its polling district",
    PlaceKind.SHARED: "on the polling day, for every district",
    PlaceKind.EARLY: "early voting",
    PlaceKind.MOBILE: "early voting, going around",
}
for _value in PlaceKind.__strawberry_definition__.values:  # type: ignore[attr-defined]
    _value.description = KINDS[PlaceKind(_value.value)]


@strawberry.type(description="What a place holds in one cell.")
class PlaceFigure:
    key: str = described("contest|item|breakdown|choice")
    value: str = described("canonical text")
    position: int = described("ledger position that set it")


@strawberry.type(
    description="A polling place for a span of days; one that moves stands twice, under one number."
)
class PollingPlace:
    number: str = described("number in its unit")
    kind: PlaceKind = described("what voting it is for")
    name: str = described("what it is called")
    district: str | None = described("number of its polling district; null: several, or not said")
    address: str | None = described("where it is")
    address_code: str | None = described("of the address base registry")
    facility: str | None = described("kind of building")
    opens: str | None = described("local time HH:MM; null: not said")
    closes: str | None = described("local time HH:MM; null: not said")
    valid_from: date | None = described("first day; null: from the beginning of the election")
    valid_to: date | None = described("first day it is no longer there; null: until the end")
    expected: bool = described("whether the slot expects something of it")
    arrived: bool = described("whether something of it stands in the slot")
    seen: int = described("ledger position of its last capture in the slot, 0: none; send it as `seen`")
    figures: list[PlaceFigure] = described("what it holds in the slot")

    @classmethod
    def of(cls, place: PlaceRecord, of_page: PageOfPlaces, at: tuple[str, str]) -> PollingPlace:
        number, folded = place.number, of_page.unit
        held = folded.held.get(at, {}).get(number, {})
        return cls(
            number=number, kind=place.kind, name=place.name, district=place.district, address=place.address,
            address_code=place.address_code, facility=place.facility, opens=place.opens, closes=place.closes,
            valid_from=place.valid_from, valid_to=place.valid_to,
            expected=number in of_page.arrival.missing or number in of_page.arrival.arrived,
            arrived=number in of_page.arrival.arrived, seen=folded.captured_at.get((*at, number), 0),
            figures=[
                PlaceFigure(key=key, value=figure.text, position=figure.position)
                for key, figure in sorted(held.items())
            ],
        )  # fmt: skip


@strawberry.type(
    description="A cell over the places that count it. A place that says nothing is missing, never a zero."
)
class PlaceSum:
    key: str = described("contest|item|breakdown|choice")
    total: str = described("sum over the places that said a number; of `reported` places of `expected`")
    reported: int = described("places that said a number, or that there is none")
    expected: int = described("places that count it")
    missing: list[str] = described("numbers of those that have said nothing")
    unlisted: list[PlaceKind] = described("kinds of places that count it, too, of which none is registered")
    value: str | None = described("what the unit may take over; null while a place is missing")

    @classmethod
    def of(cls, cell: RolledCell) -> PlaceSum:
        return cls(
            key=cell.key, total=format_value(cell.total), reported=len(cell.reported), expected=cell.expected,
            missing=list(cell.missing), unlisted=list(cell.unlisted), value=cell.text,
        )  # fmt: skip


@strawberry.type(description="A cell of the unit that places count by themselves.")
class CellOfPlaces:
    key: str = described("contest|item|breakdown|choice")
    contest: Label = described("which contest")
    item: Label = described("what is counted")
    breakdown: Label | None = described("of whom; null for the total")
    kinds: list[PlaceKind] = described("places that count it")

    @classmethod
    def of(cls, contest: LabelRecord, cell: AskedCell) -> CellOfPlaces:
        breakdown = cell.breakdown
        return cls(
            key=cell.key, contest=Label.of(contest), item=Label(ja=cell.item.ja, en=cell.item.en),
            breakdown=Label(ja=breakdown.ja, en=breakdown.en) if breakdown else None,
            kinds=sorted(counted_kinds(cell.cell.item)),
        )  # fmt: skip


@strawberry.type(description="The polling places of a unit in one slot, read from the ledger itself.")
class UnitPlaces:
    unit: str = described("code of the reporting unit")
    name: str = described("its name")
    may_capture: bool = described("whether one's own office may capture for them now")
    cells: list[CellOfPlaces] = described("what the slot asks of places, in the form's order")
    listed_at: int = described("ledger position of the list; 0: nobody has registered one")
    places: list[PollingPlace] = described("as listed")
    expected: int = described("places that the slot expects something of")
    arrived: int = described("those of which something stands")
    missing: list[str] = described("numbers of the others")
    sums: list[PlaceSum] = described("every cell that some place has captured")


@strawberry.type(description="How far the places of a unit are in one slot.")
class PlacesOfUnit:
    unit: str = described("code of the reporting unit")
    name: str = described("its name")
    expected: int = described("places that the slot expects something of")
    arrived: int = described("those of which something stands")
    missing: list[str] = described("numbers of the others, as listed")
    position: int | None = described("ledger position of the last that arrived; null: none has")


@strawberry.type(description="Which polling places have arrived in a slot, by unit, within one's reach.")
class PlaceBoard:
    nodes: list[PlacesOfUnit] = described("units that have registered places")
    expected: int = described("places of all units in reach, also those beyond this page")
    arrived: int = described("those of which something stands")
    units_without_list: int = described("units in reach of which nobody has registered any place")
    page_info: PageInfo = described("where the page ends")
    as_of_position: int = described("ledger position of the answer")


@strawberry.type(description="Reads about polling places.")
class PollingPlaceQueries:
    @readable(UNIT_IN_REACH, "the polling places of a unit, and what they captured for one slot")
    def unit_places(
        self,
        info: Info,
        election: ElectionCode,
        form: FormCode,
        slot: SlotCode,
        unit: UnitCode,
        number: Annotated[
            str | None,
            strawberry.argument(description="only the place of this number; the sums are of all of them"),
        ] = None,
    ) -> UnitPlaces:
        service, polling = info.context.service, PollingPlaces(info.context.service)
        defined, of_page = service.catalog.election(election), polling.page(election, form, slot, unit)
        arrival, listed = of_page.arrival, of_page.unit.places
        if number is not None and all(place.number != number for place in listed):
            among = {place.number: place.name for place in listed}
            raise UnknownReference(kind="polling place", found=number, among=among, within=unit)
        return UnitPlaces(
            unit=unit, name=defined.roster.units[unit].name, listed_at=of_page.unit.listed_at,
            may_capture=polling.may_capture(Place(election, form, slot, unit), info.context.require_actor()),
            cells=[
                CellOfPlaces.of(asked.contest.label, cell)
                for asked in contests_asked(defined, form, slot, unit)
                for cell in asked.cells
                if counted_kinds(cell.cell.item)
            ],
            places=[
                PollingPlace.of(place, of_page, (form, slot))
                for place in listed
                if number in (None, place.number)
            ],
            expected=arrival.expected, arrived=len(arrival.arrived), missing=list(arrival.missing),
            sums=[PlaceSum.of(cell) for cell in of_page.cells],
        )  # fmt: skip

    @readable(STANDING, "which polling places have arrived and which are missing, by unit within one's reach")
    def place_board(
        self,
        info: Info,
        election: ElectionCode,
        form: FormCode,
        slot: SlotCode,
        only_missing: Annotated[
            bool, strawberry.argument(description="leave out units whose places have all arrived")
        ] = False,
        first: First = 100,
        after: After = None,
        min_position: MinPosition = None,
        *,
        seen: Seen,
    ) -> PlaceBoard:
        snapshot, wanted = info.context.snapshot, page(first, MAX_UNITS)
        defined = info.context.service.catalog.election(election)
        asked = defined.waited_for(form, slot)
        units = asked if seen.units is None else sorted(set(asked) & set(seen.units))
        board = place_board(
            snapshot, snapshot.election(election), (form, slot), kinds_asked(defined, form, slot),
            day_of(defined.definition, form, slot), units,
        )  # fmt: skip
        shown = parts_of(after, str)
        listed = [
            row
            for row in board.rows
            if (row.missing or not only_missing) and (shown is None or row.unit > shown[0])
        ]
        names = defined.roster.units
        return PlaceBoard(
            nodes=[_row(row, names[row.unit].name) for row in listed[:wanted]],
            expected=sum(row.expected for row in board.rows), arrived=sum(row.arrived for row in board.rows),
            units_without_list=len(board.without_list),
            page_info=PageInfo.of(listed, wanted, lambda row: cursor(row.unit)),
            as_of_position=snapshot.position,
        )  # fmt: skip


def _row(row: PlaceBoardRow, name: str) -> PlacesOfUnit:
    return PlacesOfUnit(
        unit=row.unit, name=name, expected=row.expected, arrived=row.arrived, missing=row.missing, position=row.position
    )  # fmt: skip


@strawberry.type(description="Done, durably.")
class PlaceCaptured:
    number: str = described("number of the place")
    position: int = described("ledger position of the capture: `seen` of the next one")
    repeated: bool = described("whether this command had been recorded before")

    @classmethod
    def of(cls, done: commands.PlaceDone) -> PlaceCaptured:
        return cls(number=done.number, position=done.position, repeated=done.repeated)


@strawberry.input(description="What one polling place counted, for a form and slot of its unit.")
class CapturePlaceInput:
    command_id: strawberry.ID = described(ONLY_ONCE)
    election: str = described("election code")
    form: str = described("form code")
    slot: str = described("slot code")
    unit: str = described("code of the reporting unit")
    number: str = described("number of the place in the unit")
    figures: list[CellInput] = described("what it counted; `!not_reported` takes a figure back")
    seen: int = strawberry.field(
        default=0, description="`seen` of the place as the sender saw it; 0: nothing of it stood there"
    )
    reason_class: str | None = strawberry.field(
        default=None, description="stable code of why a figure that stands is changed"
    )
    reason: str | None = strawberry.field(default=None, description="the same in words")


CaptureOutcome = Annotated[
    PlaceCaptured | FiguresRefused | VersionConflict | AnyCommandRefused,
    strawberry.union("CaptureOutcome", description="Captured, or refused for a named reason."),
]


@strawberry.type(description="Changes about polling places.")
class PollingPlaceMutations:
    @change(
        "take down what one polling place counted. The unit's return does not move: its office takes over the sum, or not"
    )
    def capture_place(
        self,
        info: Info,
        input: Annotated[CapturePlaceInput, strawberry.argument(description="what it counted")],
    ) -> CaptureOutcome:
        return run(
            info,
            commands.CapturePlace,
            input,
            lambda desk, request, actor: PlaceCaptured.of(
                PollingPlaces(desk.reporting).capture(request, actor)
            ),
        )
