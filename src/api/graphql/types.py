"""What a reader sees: elections, contests, totals, figures and their history."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime
from typing import Annotated, Any

import strawberry

from api.graphql.context import Info, Moment
from api.graphql.visibility import areas_within, layer_of, require_area, require_figures, require_public
from api.graphql.wide import ReadyMade, compiled
from projections.read import ElectionRow, EventRow, FigureRow, TotalRow, TotalsQuery, VersionRow, asof
from reporting.domain import election as definition
from reporting.domain.figures import Absence, Cell, format_value, parse_value
from reporting.domain.labels import Label as LabelRecord
from reporting.errors import InvalidInput, UnknownReference
from reporting.ledger import return_stream

MAX_TOTALS = 2_000
MAX_PAGE = 100

First = Annotated[int, strawberry.argument(description="how many at most")]
After = Annotated[str | None, strawberry.argument(description="cursor of the last one already seen")]
FormCode = Annotated[str, strawberry.argument(description="code of the form")]
SlotCode = Annotated[str, strawberry.argument(description="code of the slot")]
UnitCode = Annotated[str, strawberry.argument(description="code of the reporting unit")]
ContestCode = Annotated[str, strawberry.argument(description="code of the contest")]
ItemCode = Annotated[str, strawberry.argument(description="code of the item")]
Breakdown = Annotated[str, strawberry.argument(description="e.g. sex=f; empty for the total")]
ChoiceCode = Annotated[
    str, strawberry.argument(description="candidate or party; empty when the item has none")
]
GeographyCode = Annotated[str, strawberry.argument(description="geography whose areas to total by")]
Items = Annotated[
    list[str] | None,
    strawberry.argument(description="only these items, in this order; none given: all of the form"),
]
Choices = Annotated[
    list[str] | None, strawberry.argument(description="only these candidates or parties; none given: all")
]
Level = Annotated[str | None, strawberry.argument(description="only areas of this level, e.g. prefecture")]
Areas = Annotated[list[str] | None, strawberry.argument(description="only areas with these codes")]
Layer = Annotated[
    str | None,
    strawberry.argument(
        description="where the election has a workflow: released (default), entered, or the level that approved"
    ),
]


def text(description: str) -> Any:
    return strawberry.field(description=description)


def cursor(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


def parts_of(after: str | None, *kinds: type) -> list[Any] | None:
    """The parts of a cursor of ours; InvalidInput for any other text."""
    if after is None:
        return None
    try:
        found = json.loads(base64.urlsafe_b64decode(after.encode("ascii")))
        if isinstance(found, list) and tuple(type(part) for part in found) == kinds:
            return found
    except (ValueError, binascii.Error, RecursionError):
        pass
    raise InvalidInput(field="after", found=repr(after[:40]), expected="a cursor of this connection")


def page(first: int, most: int) -> int:
    if not 1 <= first <= most:
        raise InvalidInput(field="first", found=first, expected=f"1–{most}")
    return first


@strawberry.type(description="A name in Japanese, and in English where one exists.")
class Label:
    ja: str = text("Japanese")
    en: str | None = text("English")

    @classmethod
    def of(cls, record: LabelRecord) -> Label:
        return cls(ja=record.ja, en=record.en)


@strawberry.type(description="Where a page of a connection ends.")
class PageInfo:
    has_next_page: bool = text("whether more follow")
    end_cursor: str | None = text("cursor of the last one on this page")


@strawberry.type(description="A candidate or a party list.")
class Choice:
    code: str = text("code, unique within the contest")
    name: str = text("exactly as on the official list")
    party: str | None = text("party label in this election")
    number: int | None = text("place on the official list")


@strawberry.type(description="One thing that is asked and totalled.")
class Item:
    code: str = text("stable code")
    label: Label = text("name")
    kind: str = text("count, votes (exact decimals) or rate (computed from sums, never entered)")
    unit: str = text("persons, ballots, votes, percent …")
    by_choice: bool = text("one figure per candidate or party")


@strawberry.type(description="One collection of a form, e.g. the 11:00 flash.")
class Slot:
    code: str = text("stable code")
    label: Label = text("name")
    public: bool = text("whether its totals may be read without a token")


@strawberry.type(description="Items asked together, at one or more slots.")
class Form:
    code: str = text("stable code")
    label: Label = text("name")
    items: list[str] = text("item codes in order")
    slots: list[Slot] = text("its collections")


@strawberry.type(description="An event as it stands in the ledger, with the command that made it.")
class LedgerEvent:
    position: int = text("place in the one total order, from 1 without gaps")
    stream_id: strawberry.ID = text("the return, election or registry it belongs to")
    stream_version: int = text("its place in that stream, from 1")
    type: str = text("event type")
    type_version: int = text("version of the type's schema")
    recorded_at: datetime = text("server time of recording")
    state: str = text("the stored canonical JSON, byte for byte")
    command_id: strawberry.ID = text("the command that made it")
    person: str = text("who")
    office: str = text("for which office")
    role: str = text("in which role")
    on_behalf_of: str | None = text("for whom, when entered on behalf")
    channel: str = text("api, import, fax, telephone, simulation")
    reason: str | None = text("the reason as typed")

    @classmethod
    def of(cls, row: EventRow) -> LedgerEvent:
        values = {name: getattr(row, name) for name in EventRow.__dataclass_fields__}
        values |= {
            "stream_id": strawberry.ID(str(row.stream_id)),
            "command_id": strawberry.ID(str(row.command_id)),
        }
        return cls(**values)


@strawberry.type(description="One value a figure has held: who set it, when, from where, why.")
class FigureVersion:
    position: int = text("position of its event")
    return_version: int = text("version of the return it made")
    recorded_at: datetime = text("server time of recording")
    before: str | None = text("the value it replaced; null for the first")
    after: str = text("the value it set")
    supersedes: int | None = text("position of the event it replaced")
    reason_class: str | None = text("class of the reason, for corrections")
    reason: str | None = text("the reason as typed")
    person: str = text("who")
    office: str = text("for which office")
    role: str = text("in which role")
    on_behalf_of: str | None = text("for whom, when entered on behalf")
    channel: str = text("api, import, fax, telephone, simulation")

    @strawberry.field(description="the event itself")
    def event(self, info: Info) -> LedgerEvent:
        return LedgerEvent.of(info.context.snapshot.event(self.position))

    @classmethod
    def of(cls, row: VersionRow) -> FigureVersion:
        names = (name for name in VersionRow.__dataclass_fields__ if name not in ("type", "stream_version"))
        return cls(return_version=row.stream_version, **{name: getattr(row, name) for name in names})


@strawberry.type(description="A value and its cursor.")
class FigureVersionEdge:
    cursor: str = text("opaque; stays valid as new values come")
    node: FigureVersion = text("the value")


@strawberry.type(description="Values a figure has held, newest first.")
class FigureVersionConnection:
    edges: list[FigureVersionEdge] = text("with cursors")
    nodes: list[FigureVersion] = text("without cursors")
    page_info: PageInfo = text("where the page ends")


@strawberry.type(description="One cell of one reporting unit's return.")
class Figure:
    unit: str = text("code of the reporting unit")
    unit_name: str = text("its name")
    election: str = text("code of the election")
    form: str = text("form")
    slot: str = text("slot")
    contest: str = text("contest")
    item: str = text("item")
    breakdown: str = text("e.g. sex=f; empty for the total")
    choice: str = text("candidate or party; empty when the item has none")
    value: str | None = text("the exact number; null when it holds none")
    absence: str | None = text("none, not_reported or suppressed; null when it holds a number")
    position: int = text("position of the event that set it")
    return_version: int = text("version of the return: send it as expectedVersion")

    @strawberry.field(description="every value it has held, newest first")
    def history(self, info: Info, first: First = 20, after: After = None) -> FigureVersionConnection:
        stream = return_stream(self.election, self.form, self.slot, self.unit)
        key = Cell(self.contest, self.item, self.breakdown, self.choice).key
        return history_of(info, stream, key, first, after)

    @strawberry.field(description="the event that set it")
    def event(self, info: Info) -> LedgerEvent:
        return LedgerEvent.of(info.context.snapshot.event(self.position))

    @classmethod
    def of(cls, row: FigureRow, election: str) -> Figure:
        cell = Cell.from_key(row.key)
        value = None if row.value is None else format_value(parse_value(_plain(row.value)))
        return cls(
            unit=row.unit,
            unit_name=row.unit_name,
            election=election,
            form=row.form,
            slot=row.slot,
            contest=cell.contest,
            item=cell.item,
            breakdown=cell.breakdown,
            choice=cell.choice,
            value=value,
            absence=row.absence,
            position=row.position,
            return_version=row.version,
        )


def _plain(number: str) -> str:
    return number.rstrip("0").rstrip(".") if "." in number else number


def history_of(
    info: Info, stream: Any, key: str, first: int, after: str | None, upto: int | None = None
) -> FigureVersionConnection:
    info.context.require_actor()
    wanted = page(first, MAX_PAGE)
    seen = parts_of(after, int)
    before = seen[0] if seen else None if upto is None else upto + 1
    rows = info.context.snapshot.history(stream, key, before, wanted + 1)
    nodes = [FigureVersion.of(row) for row in rows[:wanted]]
    edges = [FigureVersionEdge(cursor=cursor(node.position), node=node) for node in nodes]
    return FigureVersionConnection(
        edges=edges,
        nodes=nodes,
        page_info=PageInfo(has_next_page=len(rows) > wanted, end_cursor=edges[-1].cursor if edges else None),
    )


@strawberry.type(description="A figure and its cursor.")
class FigureEdge:
    cursor: str = text("opaque")
    node: Figure = text("the figure")


@strawberry.type(description="Figures by unit code.")
class FigureConnection:
    edges: list[FigureEdge] = text("with cursors")
    nodes: list[Figure] = text("without cursors")
    page_info: PageInfo = text("where the page ends")
    as_of_position: int = text("ledger position of the answer")


@strawberry.type(description="A total of one cell over an area, with the coverage it rests on.")
class Total:
    code: str = text("code of the area")
    name: str = text("name of the area")
    name_en: str | None = text("English name of the area")
    level: str = text("level of the area, e.g. prefecture")
    geography: str = text("geography the area belongs to")
    item: str = text("item")
    breakdown: str = text("e.g. sex=f; empty for the total")
    choice: str = text("candidate or party; empty when the item has none")
    value: str | None = text(
        "exact sum, or rate from sums rounded half up; null while no unit has reported (never an uncounted zero) and "
        "for a rate whose two parts come from different numbers of units"
    )
    reported: int = text("units that reported, stated 'none' included")
    expected: int = text("units that vote on the contest")
    numerator: str | None = text("of a rate: the sum above the line")
    denominator: str | None = text("of a rate: the sum below the line")
    row: strawberry.Private[TotalRow]
    election: strawberry.Private[ElectionRow]
    query: strawberry.Private[TotalsQuery]
    moment: strawberry.Private[Moment | None] = None

    @strawberry.field(description="ledger position of the answer")
    def as_of_position(self, info: Info) -> int:
        return self.moment.position if self.moment else info.context.snapshot.position

    @strawberry.field(description="whether the election is simulated or for training")
    def is_test(self) -> bool:
        return self.election.definition.is_test

    @strawberry.field(description="the same cell in the areas directly below")
    def children(self, first: First = 100, after: After = None) -> TotalConnection:
        query = _with(self._query(), parent_no=self.row.node_no, areas=None, level=None)
        return TotalConnection(
            election=self.election,
            query=query,
            first=first,
            after_cursor=after,
            moment=self.moment,
            parent=self.code,
        )

    @strawberry.field(
        description="the figures of the units below that make this total; of a rate: of its numerator"
    )
    def figures(self, info: Info, first: First = 50, after: After = None) -> FigureConnection:
        one = self.election.definition
        require_area(info, one, self.geography, self.code)
        wanted = page(first, MAX_PAGE)
        seen = parts_of(after, str)
        items = {item.code: item for item in self.election.definition.items}
        key = Cell(
            self.query.contest, items[self.item].numerator or self.item, self.breakdown, self.choice
        ).key
        if self.moment is not None:
            rows = _figures_then(info, self, key, seen[0] if seen else "", wanted + 1)
        else:
            rows = info.context.snapshot.figures_below(
                self.row.node_no,
                self.query.form,
                self.query.slot.partition("@")[0],
                key,
                seen[0] if seen else None,
                wanted + 1,
            )
        nodes = [Figure.of(row, self.election.definition.code) for row in rows[:wanted]]
        edges = [FigureEdge(cursor=cursor(node.unit), node=node) for node in nodes]
        return FigureConnection(
            edges=edges,
            nodes=nodes,
            page_info=PageInfo(
                has_next_page=len(rows) > wanted, end_cursor=edges[-1].cursor if edges else None
            ),
            as_of_position=info.context.snapshot.position,
        )

    def _query(self) -> TotalsQuery:
        return _with(
            self.query, items=(self.item,), choices=(self.choice,) if self.choice else None, after=None
        )

    @classmethod
    def of(
        cls, row: TotalRow, election: ElectionRow, query: TotalsQuery, moment: Moment | None = None
    ) -> Total:
        names = [*COLUMNS.values()]
        values = {name: getattr(row, name) for name in names}
        return cls(**values, row=row, election=election, query=query, moment=moment)


def _figures_then(info: Info, total: Total, key: str, after: str, limit: int) -> list[FigureRow]:
    """Figures of the units below a total as they were, by unit code."""
    assert total.moment is not None
    known, position = total.moment.known, total.moment.position
    form, slot = total.query.form, total.query.slot.partition("@")[0]
    values = asof.values_at(info.context.snapshot, known, form, slot, [key], position)
    found = []
    for unit in sorted(known.roster.units):
        if unit <= after or (unit, key) not in values:
            continue
        if total.code not in known.roster.places[unit].get(total.geography, ()):
            continue
        value, at = values[unit, key]
        absence = value.value if isinstance(value, Absence) else None
        number = None if isinstance(value, Absence) else format_value(value)
        stream = return_stream(total.election.definition.code, form, slot, unit)
        version = asof.version_at(info.context.snapshot, stream, position)
        name = known.roster.units[unit].name
        found.append(FigureRow(unit, name, number, absence, at, version, stream, form, slot, key))
        if len(found) == limit:
            break
    return found


COLUMNS = {
    "code": "code",
    "name": "name",
    "nameEn": "name_en",
    "level": "level",
    "geography": "geography",
    "item": "item",
    "breakdown": "breakdown",
    "choice": "choice",
    "value": "value",
    "reported": "reported",
    "expected": "expected",
    "numerator": "numerator",
    "denominator": "denominator",
}
"""Response field → column, for the fields PostgreSQL can make ready."""


def _with(query: TotalsQuery, **changes: Any) -> TotalsQuery:
    return TotalsQuery(
        **{**{name: getattr(query, name) for name in TotalsQuery.__dataclass_fields__}, **changes}
    )


@strawberry.type(description="A total and its cursor.")
class TotalEdge:
    cursor: str = text("opaque; stays valid as figures change")
    node: Total = text("the total")


@strawberry.type(description="Totals by area code, then in the order of the items asked for.")
class TotalConnection:
    election: strawberry.Private[ElectionRow]
    query: strawberry.Private[TotalsQuery]
    first: strawberry.Private[int]
    after_cursor: strawberry.Private[str | None]
    fetched: strawberry.Private[list[Total] | None] = None
    moment: strawberry.Private[Moment | None] = None
    parent: strawberry.Private[str | None] = None

    @strawberry.field(description="with cursors")
    def edges(self, info: Info) -> list[TotalEdge]:
        wanted = self._fetch(info)[: self.first]
        return [TotalEdge(cursor=cursor(one.code, one.row.n), node=one) for one in wanted]

    @strawberry.field(description="without cursors; plain fields of many areas are made by one statement")
    def nodes(self, info: Info) -> list[Total]:
        fields = compiled(info.selected_fields[0].selections, COLUMNS)
        if fields is not None and self.fetched is None and self.moment is None:
            query = _with(self._paged(), limit=page(self.first, MAX_TOTALS))
            ready: Any = ReadyMade(info.context.snapshot.json_totals(self.election, query, fields))
            return ready
        return self._fetch(info)[: self.first]

    @strawberry.field(description="where the page ends")
    def page_info(self, info: Info) -> PageInfo:
        rows = self._fetch(info)
        last = rows[: self.first][-1:]
        return PageInfo(
            has_next_page=len(rows) > self.first,
            end_cursor=cursor(last[0].code, last[0].row.n) if last else None,
        )

    @strawberry.field(description="ledger position of the answer")
    def as_of_position(self, info: Info) -> int:
        return self.moment.position if self.moment else info.context.snapshot.position

    def _paged(self) -> TotalsQuery:
        seen = parts_of(self.after_cursor, str, int)
        limit = page(self.first, MAX_TOTALS) + 1
        return _with(self.query, after=tuple(seen) if seen else None, limit=limit)

    def _fetch(self, info: Info) -> list[Total]:
        if self.fetched is None:
            if self.moment is not None:
                rows = asof.totals_at(
                    info.context.snapshot, self.moment.known, self._paged(), self.moment.position, self.parent
                )
            else:
                rows = info.context.snapshot.totals(self.election, self._paged())
            self.fetched = [Total.of(row, self.election, self.query, self.moment) for row in rows]
        return self.fetched


@strawberry.type(description="One thing voted on, in one area.")
class Contest:
    code: str = text("stable code")
    label: Label = text("name")
    kind: str = text("kind of contest")
    area: str = text("code of its area")
    geography: str = text("geography of its area")
    seats: int = text("seats to fill")
    choices: list[Choice] = text("candidates or parties in official order")
    election: strawberry.Private[ElectionRow]
    moment: strawberry.Private[Moment | None] = None

    @strawberry.field(description="totals of its items; a slot that is not public needs a token")
    def totals(
        self,
        info: Info,
        form: FormCode,
        slot: SlotCode,
        geography: GeographyCode,
        items: Items = None,
        breakdown: Breakdown = "",
        choices: Choices = None,
        level: Level = None,
        areas: Areas = None,
        layer: Layer = None,
        first: First = 50,
        after: After = None,
    ) -> TotalConnection:
        if len(items or ()) + len(choices or ()) + len(areas or ()) > MAX_TOTALS:
            raise InvalidInput(field="items/choices/areas", found="too many", expected=f"≤ {MAX_TOTALS}")
        one = self.election.definition
        require_public(info, one, form, slot)
        suffix = layer_of(info, one, layer)
        areas = areas_within(info, one, geography, areas, suffix)
        query = TotalsQuery(
            form=form,
            slot=slot + suffix,
            contest=self.code,
            geography=geography,
            items=tuple(items or ()),
            breakdown=breakdown,
            choices=None if choices is None else tuple(choices),
            level=level,
            areas=None if areas is None else tuple(areas),
        )
        return TotalConnection(
            election=self.election, query=query, first=first, after_cursor=after, moment=self.moment
        )

    @classmethod
    def of(cls, one: definition.Contest, election: ElectionRow, moment: Moment | None = None) -> Contest:
        return cls(
            code=one.code,
            label=Label.of(one.label),
            kind=one.kind,
            area=one.area.area,
            geography=one.area.geography,
            seats=one.seats,
            choices=[Choice(code=c.code, name=c.name, party=c.party, number=c.number) for c in one.choices],
            election=election,
            moment=moment,
        )


@strawberry.type(description="One reporting unit's filled form.")
class Return:
    unit: str = text("code of the reporting unit")
    unit_name: str = text("its name")
    version: int = text("0 while nothing is entered; send it as expectedVersion")
    figures: list[Figure] = text("what its cells hold now")
    as_of_position: int = text("ledger position of the answer")


@strawberry.type(description="A whole election, as defined.")
class Election:
    code: str = text("stable code")
    label: Label = text("name")
    kind: str = text("kind of election")
    polling_date: str = text("day of polling, ISO 8601")
    is_test: bool = text("simulated or for training: never a live result")
    registry: str = text("area registry it stands on")
    geographies: list[str] = text("geographies its totals are made in")
    source: str | None = text("where the figures come from, when loaded from elsewhere")
    items: list[Item] = text("what is asked")
    forms: list[Form] = text("what is asked together, and when")
    row: strawberry.Private[ElectionRow]
    moment: strawberry.Private[Moment | None] = None

    @strawberry.field(description="what is voted on")
    def contests(self) -> list[Contest]:
        return [Contest.of(contest, self.row, self.moment) for contest in self.row.definition.contests]

    @strawberry.field(description="one contest by code")
    def contest(self, code: ContestCode) -> Contest:
        for one in self.row.definition.contests:
            if one.code == code:
                return Contest.of(one, self.row, self.moment)
        raise UnknownReference(kind="contest", found=code)

    @strawberry.field(description="one unit's return, with its version; needs a token")
    def unit_return(self, info: Info, form: FormCode, slot: SlotCode, unit: UnitCode) -> Return:
        require_figures(info, self.row.definition, unit)
        snapshot = info.context.snapshot
        if self.moment is not None:
            return _return_then(info, self, form, slot, unit)
        code, name, version = snapshot.unit(self.row, form, slot, unit)
        rows = snapshot.return_figures(self.row, form, slot, unit)
        return Return(
            unit=code,
            unit_name=name,
            version=version,
            figures=[Figure.of(row, self.code) for row in rows],
            as_of_position=snapshot.position,
        )

    @strawberry.field(description="every value one cell has held, newest first; needs a token")
    def figure_history(
        self,
        info: Info,
        form: FormCode,
        slot: SlotCode,
        unit: UnitCode,
        contest: ContestCode,
        item: ItemCode,
        breakdown: Breakdown = "",
        choice: ChoiceCode = "",
        first: First = 20,
        after: After = None,
    ) -> FigureVersionConnection:
        require_figures(info, self.row.definition, unit)
        stream = return_stream(self.code, form, slot, unit)
        upto = self.moment.position if self.moment else None
        return history_of(info, stream, Cell(contest, item, breakdown, choice).key, first, after, upto)

    @strawberry.field(description="ledger position of the answer")
    def as_of_position(self, info: Info) -> int:
        return self.moment.position if self.moment else info.context.snapshot.position

    @classmethod
    def then(cls, row: ElectionRow, moment: Moment) -> Election:
        """The election as it was known."""
        found = cls.of(ElectionRow(row.number, moment.known.definition, moment.known.defined_at))
        found.moment = moment
        return found

    @classmethod
    def of(cls, row: ElectionRow) -> Election:
        one = row.definition
        return cls(
            code=one.code,
            label=Label.of(one.label),
            kind=one.kind,
            polling_date=one.polling_date.isoformat(),
            is_test=one.is_test,
            registry=one.registry,
            geographies=list(one.geographies),
            source=one.source,
            items=[
                Item(
                    code=i.code,
                    label=Label.of(i.label),
                    kind=i.kind.value,
                    unit=i.unit,
                    by_choice=i.by_choice,
                )
                for i in one.items
            ],
            forms=[
                Form(
                    code=f.code,
                    label=Label.of(f.label),
                    items=list(f.items),
                    slots=[Slot(code=s.code, label=Label.of(s.label), public=s.public) for s in f.slots],
                )
                for f in one.forms
            ],
            row=row,
        )


def _return_then(info: Info, election: Election, form: str, slot: str, unit: str) -> Return:
    assert election.moment is not None
    known, position = election.moment.known, election.moment.position
    if unit not in known.roster.units:
        raise UnknownReference(kind="unit", found=unit)
    stream, name = return_stream(election.code, form, slot, unit), known.roster.units[unit].name
    version = asof.version_at(info.context.snapshot, stream, position)
    figures = []
    for key, (raw, at) in asof.cells_at(
        info.context.snapshot, election.code, form, slot, unit, position
    ).items():
        value = parse_value(raw)
        absence = value.value if isinstance(value, Absence) else None
        number = None if isinstance(value, Absence) else format_value(value)
        row = FigureRow(unit, name, number, absence, at, version, stream, form, slot, key)
        figures.append(Figure.of(row, election.code))
    return Return(unit=unit, unit_name=name, version=version, figures=figures, as_of_position=position)
