"""What a reader of series sees."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import strawberry

from api.graphql.access import HELD, readable
from api.graphql.context import Info
from api.graphql.elections import Election
from api.graphql.messages import message
from api.graphql.types import PageInfo, cursor, described, page, parts_of
from api.graphql.wide import compiled, ready_made
from projections.series.asked import onward
from projections.series.breaks import breaks_of, unplaced_of
from projections.series.chunks import RowKey
from projections.series.missing import WithoutFigures as WithoutRecord
from projections.series.missing import without_figures
from projections.series.plan import SeriesQuery
from projections.series.read import JsonPage, SeriesReader
from projections.series.rows import ComparedUnit as ComparedRecord
from projections.series.rows import SeriesRow
from reporting.errors import InvalidInput
from reporting.series.breaks import Break
from reporting.series.errata import Erratum, errata_of
from reporting.series.rebase import Unplaced

MAX_SERIES = 20_000


@strawberry.type(
    description="One figure of one area at one election, with what is needed to compare it honestly."
)
class Observation:
    election: str = described("code of the election")
    date: date = described("its polling day")
    election_kind: str = described("its kind")
    area: str = described("code of the area")
    official_code: str | None = described(
        "the authorities' code of it at that election, where it is not the key"
    )
    name: str = described("its name, on the day of the boundaries or of the election")
    name_en: str | None = described("its English name")
    level: str | None = described("its level")
    contest: str = described("contest")
    item: str = described("item")
    breakdown: str = described("e.g. sex=f; empty for the total")
    choice: str = described("candidate or party; empty when the item has none")
    choice_name: str = described("its name at that election")
    identity: str = described("who it is at every election; empty where nobody has said")
    value: str | None = described(
        "exact decimal, or rate from sums rounded half up; null where there is no number"
    )
    absence: str | None = described("none, not_reported or suppressed, where that was stated")
    obs_status: list[str] = described("SDMX CL_OBS_STATUS: A alone, or several of B, D, E, L, M, O, P, Q, U")
    conf_status: str = described("SDMX CL_CONF_STATUS: F free, N not for publication")
    coverage_reported: int = described("n of coverage: reporting areas with a figure")
    coverage_expected: int = described("N of coverage: reporting areas that make up the area")
    coverage_withheld: int = described(
        "of the areas that lack: those that withhold their figure (suppressed)"
    )
    coverage: str = described("n/N")
    definition: int = described("version of the item's definition")
    previous_election: str | None = described(
        "the election before in which the same kind of contest was held over the same area, or the one it came from; where "
        "several areas became one, the elections of all of them, with ; between them"
    )
    previous_contest: str | None = described(
        "that contest there; of several, whose sum is compared, in the same order"
    )
    previous_areas: str | None = described(
        "the areas of then that became this one, with ; between them: it is their figures that are compared"
    )
    previous_basis: str | None = described(
        "what the previous value is: reported (the figure of the same area), rebased (of other areas or of several contests, "
        "whole, added up), estimated (by shares), unknown_share (none: nobody has said how an area divided)"
    )
    previous_method: str | None = described("of the shares in an estimated previous value")
    previous_value: str | None = described(
        "its value, as reported on the boundaries of this election's day: re-based where the area was another one"
    )
    difference: str | None = described(
        "value − previousValue; of rates in points, from the exact fractions, rounded once; null where one of them lacks "
        "a reporting area or withholds one"
    )
    pre_break_value: str | None = described("on a B: the last value before the break, on the old basis")
    compared: str | None = described(
        "with `comparable`, n/N: of the units of the area those that reported at both elections, alone or with all the units "
        "they became or came from; `comparedUnits` lists them. Null without an election before"
    )
    compared_value: str | None = described("the value over these units alone")
    compared_previous_value: str | None = described("the value of the election before over the same units")
    compared_difference: str | None = described(
        "like with like: the difference of the two; of rates in points, from the exact fractions, rounded once"
    )
    predecessors: str | None = described(
        "as reported, on the first observation of an area whose code began with a change: the areas it came from, with ; "
        "between them"
    )
    ratio_to_first: str | None = described(
        "惜敗率: of who stands for one seat and does not have most votes, its votes in percent of the first one's, three decimals; "
        "only over the whole contest, once every unit reported everybody; null else"
    )
    numerator: str | None = described("of a rate: the sum above the line")
    denominator: str | None = described("of a rate: the sum below the line")
    method: str = described("of estimated shares; empty without")
    source: str = described("where an imported figure, and where the shares, are from")
    erratum: str = described("id of the known erratum that concerns it; empty without: see errata")
    position: int = described("ledger position; fixes figures, definitions and area changes")
    boundaries: str = described("as_reported, or the day whose areas these are")
    citation: str = described("finds this observation again: see Query.observation")

    @classmethod
    def of(cls, row: SeriesRow) -> Observation:
        return cls(
            **{name: getattr(row, name) for name in SeriesRow.__dataclass_fields__ if name != "series"}
        )


@strawberry.type(description="A unit behind a comparison of like with like.")
class ComparedUnit:
    election: str = described("election it reports in: the observation's own, or the one before")
    unit: str = described("code of the reporting unit")
    name: str = described("its name")
    group: str = described("what it is compared in: units of one group became each other")
    now: bool = described("whether it is of the observation's own election")
    compared: bool = described("whether it is in the comparison")
    why_not: str = described(
        "empty where it is; lacks: it gave no figure; counterpart: a unit it is compared with gave none; alone: there is no "
        "such unit at the other election; elsewhere: part of what it became, or came from, is outside the area"
    )

    @classmethod
    def of(cls, compared: ComparedRecord) -> ComparedUnit:
        return cls(
            election=compared.election, unit=compared.unit, name=compared.name, group=compared.group, now=compared.now,
            compared=not compared.why_not, why_not=compared.why_not,
        )  # fmt: skip


COLUMNS = {
    "".join([first, *(part.capitalize() for part in more)]): name
    for name in SeriesRow.__dataclass_fields__
    if name != "series"
    for first, *more in [name.split("_")]
}
"""Response field → column of SeriesRow."""


@strawberry.type(description="Where a series breaks, and why.")
class SeriesBreak:
    area: str = described("code of the area")
    contest: str = described("contest")
    item: str = described("item")
    breakdown: str = described("breakdown and choice")
    cause: str = described("area, item_definition, electorate or redistricting")
    date: date | None = described("day of the change itself; null where not known")
    before: str = described("last election before")
    after: str = described("first election after")
    change: str = described("id of the area change, declaration or version")
    ja: str = described("in Japanese")
    en: str = described("in English")
    bridge: str = described("how to compare across it; empty where one cannot")
    source: str = described("where it is written")

    @classmethod
    def of(cls, break_: Break) -> SeriesBreak:
        return cls(
            area=break_.key.area, contest=break_.key.contest, item=break_.key.item, breakdown=break_.key.breakdown,
            cause=break_.cause.value, date=break_.date, before=break_.before, after=break_.after, change=break_.change,
            ja=break_.ja, en=break_.en, bridge=break_.bridge, source=break_.source,
        )  # fmt: skip


@strawberry.type(
    description="Two official publications that give different figures for one thing; both are kept."
)
class PublishedErratum:
    id: str = described("as observations name it")
    election: str = described("election")
    area: str = described("area")
    contest: str = described("contest")
    item: str = described("item")
    breakdown: str = described("e.g. sex=f")
    publication: str = described("one publication")
    published: str = described("what it says")
    other_publication: str = described("the other publication")
    other: str = described("what that one says")
    difference: str = described("published − other")
    source: str = described("where the difference is documented")
    note: str = described("what is known about the cause")

    @classmethod
    def of(cls, erratum: Erratum) -> PublishedErratum:
        facts = erratum.model_dump(exclude={"date"})
        return cls(**{name: str(value) for name, value in facts.items()})


@strawberry.type(description="Part of a reported amount that no re-based observation holds.")
class UnplacedAmount:
    election: str = described("election")
    area: str = described("area it was reported for")
    contest: str = described("contest")
    item: str = described("item")
    amount: str = described("how much")
    into: list[str] = described("areas some of it lies in")
    reason: str = described(
        "unknown_share, with_unknown, ended, not_asked_for, unknown_reference, area_not_alive"
    )

    @classmethod
    def of(cls, unplaced: Unplaced) -> UnplacedAmount:
        seen = unplaced.observation
        return cls(
            election=seen.election, area=seen.area, contest=seen.contest, item=seen.item,
            amount=exact(unplaced), into=list(unplaced.into), reason=unplaced.reason,
        )  # fmt: skip


def exact(unplaced: Unplaced) -> str:
    from reporting.series.amounts import exact_decimal

    return format(exact_decimal(unplaced.amount), "f")


@strawberry.type(description="An observation and its cursor.")
class ObservationEdge:
    cursor: str = described("opaque")
    node: Observation = described("the observation")


@strawberry.type(description="What of a series has no observation, and why.")
class WithoutFigures:
    code: str = described("stable code of the reason: NO_ELECTION, NOT_ASKED, NOT_THEN")
    place: str = described("area or level without any; empty: the whole series")
    ja: str = described("in Japanese")
    en: str = described("in English")

    @classmethod
    def of(cls, told: WithoutRecord) -> WithoutFigures:
        return cls(code=told.why.name, place=told.place, ja=told.words.ja, en=told.words.en)


@strawberry.type(description="Observations by kind of election, contest, item, area, then date.")
class SeriesConnection:
    layer: str = described(
        "layer that is read of elections with a workflow: entered, the level that approved, or released"
    )
    make: strawberry.Private[Any]
    query: strawberry.Private[SeriesQuery]
    first: strawberry.Private[int]
    after_cursor: strawberry.Private[str | None]
    fetched: strawberry.Private[list[SeriesRow] | None] = None
    rendered: strawberry.Private[JsonPage | None] = None

    @readable(HELD, "with cursors")
    def edges(self, info: Info) -> list[ObservationEdge]:
        return [
            ObservationEdge(cursor=self._cursor(row), node=Observation.of(row))
            for row in self._rows()[: self.first]
        ]

    @readable(HELD, "without cursors; made by one statement")
    def nodes(self, info: Info) -> list[Observation]:
        fields = compiled(info.selected_fields, COLUMNS)
        if fields is not None and self.fetched is None:
            self.rendered = self._made(self.first).json(fields)
            return ready_made(Observation, self.rendered.array)
        return [Observation.of(row) for row in self._rows()[: self.first]]

    @readable(HELD, "where these series break, bridged breaks included")
    def breaks(self, info: Info) -> list[SeriesBreak]:
        reader, rows = self._whole()
        return [SeriesBreak.of(break_) for break_ in breaks_of(reader, rows)]

    @readable(HELD, "known errata of past publications on the cells asked for")
    def errata(self, info: Info) -> list[PublishedErratum]:
        reader, rows = self._whole()
        named = {row.erratum for row in rows}
        definitions = {
            wanted.election.definition.code: wanted.election.definition for wanted in reader.wanted
        }
        return [
            PublishedErratum.of(erratum)
            for definition in definitions.values()
            for erratum in errata_of(definition)
            if erratum.id in named
        ]

    @readable(HELD, "the elections that are asked, by polling day, whether or not they have an observation")
    def elections(self, info: Info) -> list[Election]:
        asked = {
            wanted.election.definition.code: wanted.election.definition for wanted in self._made(1).wanted
        }
        by_day = sorted(asked.values(), key=lambda definition: (definition.polling_date, definition.code))
        return [Election.of(info.context.snapshot.election(definition.code)) for definition in by_day]

    @readable(
        HELD,
        "why the series, or an area or level that it names, has no observation at all; what is not told here has not been reported, "
        "or not released",
    )
    def without_figures(self, info: Info) -> list[WithoutFigures]:
        reader: SeriesReader = self.make(replace(self._asked(), after=None))
        return [WithoutFigures.of(told) for told in without_figures(info.context.snapshot, reader)]

    @readable(HELD, "amounts of counts that re-basing could not place; empty as reported")
    def unplaced(self, info: Info) -> list[UnplacedAmount]:
        if self.query.boundaries is None:
            return []
        return [
            UnplacedAmount.of(amount) for amount in unplaced_of(self.make, replace(self._asked(), after=None))
        ]

    @readable(HELD, "where the page ends")
    def page_info(self, info: Info) -> PageInfo:
        if self.rendered is not None:
            last_key = self.rendered.last
            if last_key is None:
                return PageInfo(has_next_page=False, end_cursor=None)
            ended = key_cursor(last_key, self.as_of_position(info))
            return PageInfo(has_next_page=self.rendered.more, end_cursor=ended)
        return PageInfo.of(self._rows(), self.first, self._cursor)

    @readable(
        HELD, "ledger position of the answer; the cursors carry it, so that all pages are of the first one's"
    )
    def as_of_position(self, info: Info) -> int:
        position = self._asked().position
        return info.context.snapshot.position if position is None else position

    def _cursor(self, row: SeriesRow) -> str:
        return key_cursor(RowKey(row.series, row.area, row.date.isoformat(), row.election), row.position)

    def _asked(self) -> SeriesQuery:
        """The query at the position of its cursor; InvalidInput where `asOf` names another."""
        seen = parts_of(self.after_cursor, str, str, str, str, int)
        if seen is None:
            return self.query
        *key, position = seen
        return onward(self.query, RowKey(*key), position)

    def _made(self, limit: int) -> SeriesReader:
        reader: SeriesReader = self.make(replace(self._asked(), limit=limit))
        return reader

    def _rows(self) -> list[SeriesRow]:
        if self.fetched is None:
            self.fetched = self._made(page(self.first, MAX_SERIES) + 1).rows()
        return self.fetched

    def _whole(self) -> tuple[SeriesReader, list[SeriesRow]]:
        reader: SeriesReader = self.make(replace(self._asked(), after=None, limit=MAX_SERIES + 1))
        rows = reader.rows()
        if len(rows) > MAX_SERIES:
            raise InvalidInput(
                field="breaks",
                found=f"> {MAX_SERIES:,}",
                expected=message("narrower_series"),
            )
        return reader, rows


def key_cursor(key: RowKey, position: int) -> str:
    return cursor(key.series, key.area, key.day, key.election, position)
