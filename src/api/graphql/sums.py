"""Totals over several contests of one kind: of an item, a party, a person."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import strawberry

from api.graphql.access import HELD, PUBLIC, readable
from api.graphql.context import Info, Moment
from api.graphql.totals import UnplacedUnit, roster_shown, unplaced_units
from api.graphql.types import MAX_TOTALS, PageInfo, cursor, described, page, parts_of
from api.graphql.wide import compiled, ready_made
from projections.read import ElectionRow
from projections.read.asof import KnownThen
from projections.read.contests import COLUMNS as ROW
from projections.read.contests import SameBy, SumRow, SumsQuery, json_sums, sums, wanted_sums
from projections.read.contests_then import sums_at

strawberry.enum(SameBy, name="SumBy", description="Who is the same in several contests.")
BY = {
    SameBy.PARTY: "the party label; a choice without one, as a party list, is its own party under its name",
    SameBy.IDENTITY: "the identity that the definition gives; a choice without one is itself alone: contest/code",
}
for _value in SameBy.__strawberry_definition__.values:  # type: ignore[attr-defined]
    _value.description = BY[SameBy(_value.value)]

Contests = Annotated[
    list[str] | None,
    strawberry.argument(description="these contests, all of one kind; or else `contestKind`"),
]
KindOfContest = Annotated[
    str | None,
    strawberry.argument(description="every contest of this kind that the form asks, e.g. single_member"),
]
SumByArgument = Annotated[SameBy, strawberry.argument(description="who is the same in several contests")]
SameChoices = Annotated[
    list[str] | None, strawberry.argument(description="only these parties, or identities; none given: all")
]


@strawberry.type(
    description="A total over several contests in an area, with the coverage it rests on. It is made of the units that gave "
    "all its cells in a contest; what is not released, or not reported, is in N and not in n."
)
class ContestSum:
    code: str = described("code of the area")
    official_code: str | None = described(
        "the authorities' code of it on the polling day, where it is not the key"
    )
    name: str = described("name of the area")
    name_en: str | None = described("English name of the area")
    level: str = described("level of the area")
    geography: str = described("geography the area belongs to")
    item: str = described("item")
    breakdown: str = described("e.g. sex=f; empty for the total")
    choice: str = described(
        "party label, identity, or contest/code of who is nobody elsewhere; empty when the item has none"
    )
    choice_name: str = described("its name, as the first of the contests has it")
    identity: str = described("identity, where summed by it and the definition gives one")
    value: str | None = described(
        "exact sum, or rate of the sums, over the units that are in `reported`; null while there are none"
    )
    reported: int = described("n of N units; a unit that votes on two of the contests is one in each")
    expected: int = described(
        "N: units that vote on the contests; of an item by choice where it stands, of a rate by choice in all of them"
    )
    withheld: int = described(
        "of the units that are not in the sum: those that withhold a figure (suppressed)"
    )
    contests_reported: int = described("n of N contests: of which every unit in the area reported")
    contests_expected: int = described("N: contests that are voted on in the area")
    numerator: str | None = described("of a rate: the sum above the line")
    denominator: str | None = described("of a rate: the sum below the line, over the same units")

    @classmethod
    def of(cls, row: SumRow) -> ContestSum:
        return cls(**{name: getattr(row, name) for name in ROW if name != "n"})


COLUMNS = {
    "".join([first, *(part.capitalize() for part in more)]): name
    for name in ROW
    if name != "n"
    for first, *more in [name.split("_")]
}
"""Response field → column."""


@strawberry.type(description="A sum over contests and its cursor.")
class ContestSumEdge:
    cursor: str = described("opaque; stays valid as figures change")
    node: ContestSum = described("the sum")


@strawberry.type(description="Sums over contests by area code, then in the order of the items and choices.")
class ContestSumConnection:
    election: strawberry.Private[ElectionRow]
    query: strawberry.Private[SumsQuery]
    first: strawberry.Private[int]
    after_cursor: strawberry.Private[str | None]
    moment: strawberry.Private[Moment | None] = None
    fetched: strawberry.Private[list[SumRow] | None] = None

    @readable(HELD, "layer that is read: entered, the level that approved, or released")
    def layer(self) -> str:
        return self.query.layer.name

    @readable(HELD, "with cursors")
    def edges(self, info: Info) -> list[ContestSumEdge]:
        return [
            ContestSumEdge(cursor=cursor(row.code, row.n), node=ContestSum.of(row))
            for row in self._rows(info)[: self.first]
        ]

    @readable(HELD, "without cursors; made by one statement")
    def nodes(self, info: Info) -> list[ContestSum]:
        fields = compiled(info.selected_fields, COLUMNS)
        if fields is not None and self.fetched is None and self.moment is None:
            query = replace(self._paged(), limit=page(self.first, MAX_TOTALS))
            return ready_made(ContestSum, json_sums(info.context.snapshot, self.election, query, fields))
        return [ContestSum.of(row) for row in self._rows(info)[: self.first]]

    @readable(HELD, "where the page ends")
    def page_info(self, info: Info) -> PageInfo:
        return PageInfo.of(self._rows(info), self.first, lambda row: cursor(row.code, row.n))

    @readable(HELD, "units of the contests that sums of these areas lack; each contest's by itself")
    def unplaced(self, info: Info) -> list[UnplacedUnit]:
        roster = roster_shown(info, self.election, self.moment)
        then = self._then
        definition = self.election.definition if then is None else then.definition
        contests = {
            piece.contest: None for wanted in wanted_sums(definition, self.query) for piece in wanted.pieces
        }
        return [
            unit
            for contest in contests
            for unit in unplaced_units(roster, contest, self.query.geography, self.query.areas)
        ]

    @readable(PUBLIC, "ledger position of the answer")
    def as_of_position(self, info: Info) -> int:
        return self.moment.position if self.moment else info.context.snapshot.position

    def _paged(self) -> SumsQuery:
        seen = parts_of(self.after_cursor, str, int)
        limit = page(self.first, MAX_TOTALS) + 1
        return replace(self.query, after=tuple(seen) if seen else None, limit=limit)

    def _rows(self, info: Info) -> list[SumRow]:
        if self.fetched is None:
            snapshot, query, then = info.context.snapshot, self._paged(), self._then
            self.fetched = (
                sums(snapshot, self.election, query)
                if self.moment is None or then is None
                else sums_at(snapshot, then, query, self.moment.position)
            )
        return self.fetched

    @property
    def _then(self) -> KnownThen | None:
        """The election as it was at the moment that is shown; None: now."""
        return None if self.moment is None else self.moment.election
