"""Totals with their coverage, and the way down from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import strawberry

from api.graphql.access import BELOW, HELD, PUBLIC, readable
from api.graphql.arguments import After, First
from api.graphql.context import Info, Moment
from api.graphql.figures import (
    Figure,
    FigureConnection,
    FigureEdge,
)
from api.graphql.messages import message
from api.graphql.partial import SampledPart
from api.graphql.types import MAX_PAGE, MAX_TOTALS, PageInfo, Withdrawn, cursor, described, page, parts_of
from api.graphql.wide import compiled, ready_made
from projections.read import ElectionRow, FigureRow, TotalRow, TotalsQuery, asof
from projections.read.desk import sampled_returns
from reporting.domain.figures import Absence, Cell, format_value
from reporting.domain.layer import ENTERED
from reporting.domain.units import Roster
from reporting.errors import InvalidInput
from reporting.ledger import return_stream


def require_few(**given: Sequence[str] | None) -> None:
    """InvalidInput where what one question names, by argument, is more than an answer may hold."""
    if sum(len(named or ()) for named in given.values()) > MAX_TOTALS:
        raise InvalidInput(field="/".join(given), found=message("too_many"), expected=f"≤ {MAX_TOTALS}")


@strawberry.type(description="A total of one cell over an area, with the coverage it rests on.")
class Total:
    code: str = described("code of the area")
    official_code: str | None = described(
        "the authorities' code of it on the polling day, where it is not the key"
    )
    name: str = described("name of the area")
    name_en: str | None = described("English name of the area")
    level: str = described("level of the area, e.g. prefecture")
    geography: str = described("geography the area belongs to")
    item: str = described("item")
    breakdown: str = described("e.g. sex=f; empty for the total")
    choice: str = described("candidate or party; empty when the item has none")
    value: str | None = described(
        "exact sum, or rate of the sums over the units that gave both its parts, rounded as the item says; null while "
        "no unit has reported (never an uncounted zero); a progress (share counted) only with all units, and 100 only when "
        "all is counted"
    )
    reported: int = described("units that reported, stated 'none' included; of a rate: that gave both parts")
    expected: int = described("units that vote on the contest")
    withheld: int = described(
        "of the units that are not in the sum: those that withhold their figure (suppressed)"
    )
    numerator: str | None = described(
        "of a rate: the sum above the line, over the units that gave both parts"
    )
    denominator: str | None = described("of a rate: the sum below the line, over the same units")
    ratio_to_first: str | None = described(
        "惜敗率: of who stands for one seat and does not have most votes, its votes in percent of the first one's, three decimals "
        "(Public Offices Election Act, art. 95-2 (3)); only over the whole contest, once every unit reported everybody; null else"
    )
    row: strawberry.Private[TotalRow]
    election: strawberry.Private[ElectionRow]
    query: strawberry.Private[TotalsQuery]
    moment: strawberry.Private[Moment | None] = None

    @readable(PUBLIC, "ledger position of the answer")
    def as_of_position(self, info: Info) -> int:
        return self.moment.position if self.moment else info.context.snapshot.position

    @readable(PUBLIC, "whether the election is simulated or for training")
    def is_test(self) -> bool:
        return self.election.definition.is_test

    @readable(
        PUBLIC,
        "that what it counts was withdrawn openly: its contest, its choice or its unit; null: it stands",
    )
    def withdrawn(self) -> Withdrawn | None:
        definition = self.election.definition
        contest = definition.contest(self.query.contest)
        choice = next((choice for choice in contest.choices if choice.code == self.choice), None)
        unit = next((unit for unit in definition.units.withdrawn if unit.unit == self.code), None)
        return Withdrawn.of(contest.withdrawn or (choice and choice.withdrawn) or unit)

    @readable(
        HELD, "whether a return below it rests on a sample or an estimate; which ones: `sampled` beside it"
    )
    def estimated(self, info: Info) -> bool:
        context, query = info.context, self.query
        roster = roster_shown(info, self.election, self.moment)
        position = self.moment.position if self.moment else context.snapshot.position
        sampled = context.sampled(self.election, query.form, query.slot, query.layer, query.contest, position)
        return any(self.code in roster.places.get(unit, {}).get(self.geography, ()) for unit in sampled)

    @readable(HELD, "the same cell in the areas directly below")
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

    @readable(BELOW, "the figures of the units below that make this total; of a rate: of its numerator")
    def figures(self, info: Info, first: First = 50, after: After = None) -> FigureConnection:
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
                self.query.slot,
                key,
                seen[0] if seen else None,
                wanted + 1,
            )
        at = self.moment.position if self.moment else None
        nodes = [Figure.of(row, self.election.definition.code, at) for row in rows[:wanted]]
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


def roster_shown(info: Info, election: ElectionRow, moment: Moment | None) -> Roster:
    """Of the moment that is shown, or of now."""
    if moment is not None:
        return moment.election.roster
    return info.context.defined(election.definition.code).roster


def _figures_then(info: Info, total: Total, key: str, after: str, limit: int) -> list[FigureRow]:
    """Figures of the units below a total as they were, by unit code."""
    assert total.moment is not None
    election, position = total.moment.election, total.moment.position
    form, slot = total.query.form, total.query.slot
    values = asof.values_at(info.context.snapshot, election, form, slot, ENTERED, [key], position)
    rows = []
    for unit in sorted(election.roster.units):
        if unit <= after or (unit, key) not in values:
            continue
        if total.code not in election.roster.places[unit].get(total.geography, ()):
            continue
        value, at = values[unit, key]
        absence = value.value if isinstance(value, Absence) else None
        number = None if isinstance(value, Absence) else format_value(value)
        stream = return_stream(total.election.definition.code, form, slot, unit)
        version = asof.version_at(info.context.snapshot, stream, position)
        name = election.roster.units[unit].name
        rows.append(FigureRow(unit, name, number, absence, at, version, stream, form, slot, key))
        if len(rows) == limit:
            break
    return rows


COLUMNS = {
    "code": "code",
    "officialCode": "official_code",
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
    "withheld": "withheld",
    "numerator": "numerator",
    "denominator": "denominator",
    "ratioToFirst": "ratio_to_first",
}
"""Response field → column, for the fields PostgreSQL can make ready."""


def _with(query: TotalsQuery, **changes: Any) -> TotalsQuery:
    return TotalsQuery(
        **{**{name: getattr(query, name) for name in TotalsQuery.__dataclass_fields__}, **changes}
    )


@strawberry.type(description="A total and its cursor.")
class TotalEdge:
    cursor: str = described("opaque; stays valid as figures change")
    node: Total = described("the total")


@strawberry.type(
    description="A unit in these totals that was withdrawn openly: what it reported stands in them, and here by itself."
)
class WithdrawnPart:
    unit: str = described("code of the reporting unit")
    unit_name: str = described("its name")
    withdrawn: Withdrawn = described("since when, and why")
    divided: bool = described(
        "whether units below it report now: each figure counts until all of those have reported it"
    )
    merged_into: str | None = described(
        "code of the unit that it was merged into and that reports in its place: each figure counts until that has reported it; "
        "null: none"
    )
    areas: list[str] = described("areas of the geography whose totals hold it, the unit first, the top last")
    totals: list[Total] = described("its own lines: the totals of its area, for the items asked")


@strawberry.type(
    description="A unit of the contest that totals of the geography lack: it lies in no area of it, or in several (a city that "
    "districts split, where the contest counts the whole city)."
)
class UnplacedUnit:
    contest: str = described("code of the contest that it reports on")
    unit: str = described("code of the reporting unit")
    unit_name: str = described("its name")
    areas: list[str] = described(
        "areas that hold a part of it: its figures are in none of their totals, and it counts in their `expected`; those that "
        "hold all of it have its figures; empty: it is in no total of the geography"
    )


def unplaced_units(
    roster: Roster, contest: str, geography: str, areas: Sequence[str] | None, parent: str | None = None
) -> list[UnplacedUnit]:
    """Of a contest, those that totals of these areas (None: all) lack, or of those below `parent`."""
    wanted = None if areas is None else set(areas)
    unplaced = []
    for unit, split in roster.unplaced(contest, geography).items():
        holding = {*split, *roster.places[unit].get(geography, ())}
        if (parent is None or not holding or parent in holding) and (
            wanted is None or not holding or not wanted.isdisjoint(split)
        ):
            name = roster.units[unit].name
            unplaced.append(UnplacedUnit(contest=contest, unit=unit, unit_name=name, areas=list(split)))
    return unplaced


@strawberry.type(description="Totals by area code, then in the order of the items asked for.")
class TotalConnection:
    election: strawberry.Private[ElectionRow]
    query: strawberry.Private[TotalsQuery]
    first: strawberry.Private[int]
    after_cursor: strawberry.Private[str | None]
    fetched: strawberry.Private[list[Total] | None] = None
    moment: strawberry.Private[Moment | None] = None
    parent: strawberry.Private[str | None] = None

    @readable(HELD, "layer that is read: entered, the level that approved, or released")
    def layer(self) -> str:
        return self.query.layer.name

    @readable(HELD, "with cursors")
    def edges(self, info: Info) -> list[TotalEdge]:
        wanted = self._fetch(info)[: self.first]
        return [TotalEdge(cursor=cursor(sought.code, sought.row.n), node=sought) for sought in wanted]

    @readable(HELD, "without cursors; plain fields of many areas are made by one statement")
    def nodes(self, info: Info) -> list[Total]:
        fields = compiled(info.selected_fields, COLUMNS)
        if fields is not None and self.fetched is None and self.moment is None:
            asked = self._page()
            return ready_made(Total, info.context.snapshot.json_totals(self.election, asked, fields))
        return self._fetch(info)[: self.first]

    @readable(HELD, "where the page ends")
    def page_info(self, info: Info) -> PageInfo:
        if self.fetched is None and self.moment is None:
            end = info.context.snapshot.totals_end(self.election, self._page())
            if end is not None:
                return PageInfo(has_next_page=end[0], end_cursor=cursor(*end[1]) if end[1] else None)
        return PageInfo.of(self._fetch(info), self.first, lambda total: cursor(total.code, total.row.n))

    @readable(HELD, "the parts that were not counted whole, n of N; empty where all were")
    def sampled(self, info: Info) -> list[SampledPart]:
        query, snapshot = self.query, info.context.snapshot
        roster = self._roster(info)
        position = self.moment.position if self.moment else snapshot.position
        partial = sampled_returns(
            snapshot, self.election, query.form, query.slot, query.layer, query.contest, position
        )
        parts = [
            (sample, roster.places[sample.unit].get(query.geography, ()))
            for sample in partial
            if sample.unit in roster.units
        ]
        wanted = None if query.areas is None else set(query.areas)
        return [
            SampledPart.of(sample, areas)
            for sample, areas in parts
            if areas
            and (self.parent is None or self.parent in areas)
            and (wanted is None or not wanted.isdisjoint(areas))
        ]  # fmt: skip

    @readable(
        HELD,
        "units in these totals that were withdrawn openly, each with its own lines; none that goes on reporting the form",
    )
    def withdrawn(self, info: Info) -> list[WithdrawnPart]:
        roster = self._roster(info)
        if not (withdrawn := roster.withdrawn.difference(roster.keeping.get(self.query.form, ()))):
            return []
        wanted = None if self.query.areas is None else set(self.query.areas)
        parts = []
        for withdrawn_unit in self.election.definition.units.withdrawn:
            areas = roster.places.get(withdrawn_unit.unit, {}).get(self.query.geography, ())
            if (
                withdrawn_unit.unit not in withdrawn
                or withdrawn_unit.unit not in roster.contest_units[self.query.contest]
                or (self.parent is not None and self.parent not in areas)
                or (wanted is not None and wanted.isdisjoint(areas))
            ):
                continue
            query = _with(
                self.query,
                areas=(withdrawn_unit.unit,),
                level=None,
                parent_no=None,
                after=None,
                limit=MAX_TOTALS,
            )
            rows = (
                asof.totals_at(info.context.snapshot, self.moment.election, query, self.moment.position, None)
                if self.moment
                else info.context.snapshot.totals(self.election, query)
            )
            parts.append(
                WithdrawnPart(
                    unit=withdrawn_unit.unit, unit_name=roster.units[withdrawn_unit.unit].name,
                    withdrawn=Withdrawn.said(withdrawn_unit),
                    divided=withdrawn_unit.unit in roster.parts.get(self.query.contest, {}),
                    merged_into=withdrawn_unit.into, areas=list(areas),
                    totals=[Total.of(row, self.election, query, self.moment) for row in rows],
                )
            )  # fmt: skip
        return parts

    @readable(
        HELD,
        "units of the contest that these totals lack, as they lie in no area of the geography or in several",
    )
    def unplaced(self, info: Info) -> list[UnplacedUnit]:
        query = self.query
        return unplaced_units(self._roster(info), query.contest, query.geography, query.areas, self.parent)

    def _roster(self, info: Info) -> Roster:
        return roster_shown(info, self.election, self.moment)

    @readable(PUBLIC, "ledger position of the answer")
    def as_of_position(self, info: Info) -> int:
        return self.moment.position if self.moment else info.context.snapshot.position

    def _page(self, *, beyond: int = 0) -> TotalsQuery:
        seen = parts_of(self.after_cursor, str, int)
        limit = page(self.first, MAX_TOTALS) + beyond
        return _with(self.query, after=tuple(seen) if seen else None, limit=limit)

    def _fetch(self, info: Info) -> list[Total]:
        if self.fetched is None:
            snapshot, asked, then = info.context.snapshot, self._page(beyond=1), self.moment
            if then is not None:
                rows = asof.totals_at(snapshot, then.election, asked, then.position, self.parent)
            else:
                rows = snapshot.totals(self.election, asked)
            self.fetched = [Total.of(row, self.election, self.query, self.moment) for row in rows]
        return self.fetched
