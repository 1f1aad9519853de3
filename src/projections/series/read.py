"""Ask for a series: one statement over the figures of all elections, rows or ready JSON."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

from projections.errors import NoLineage
from projections.messages import message
from projections.read import Snapshot, asof
from projections.series.asked import require_codes, require_places, settled, with_geography, with_keys
from projections.series.chunks import FEWEST, Chunk, Chunks, RowKey, Voting, voting_of
from projections.series.known import SQL, KnownLineage, lineage_at
from projections.series.lines import contests_before, lines
from projections.series.past import Past
from projections.series.plan import (
    CellPlace,
    SeriesCell,
    SeriesElection,
    SeriesQuery,
    cell_numbers,
    concerned,
    plan,
)
from projections.series.rows import COLUMNS, ComparedUnit, SeriesRow
from projections.series.statement import Shape, statement_of
from projections.series.then import StillStanding
from projections.series.values import SeriesPlan, SeriesValues, packed
from reporting.domain.election import ElectionDefinition, Form, Slot
from reporting.domain.figures import Cell
from reporting.domain.items import cells_of
from reporting.domain.layer import Layer
from reporting.errors import InvalidInput, UnknownReference
from reporting.lineage.graph import Lineage

LayerOf = Callable[[ElectionDefinition], Layer]
OpenSlot = Callable[[ElectionDefinition, Form, Slot], bool]
LOOKED_UP = 10
"""One area looked up takes the time in which so many are read."""
EVERY = {column: column for column in COLUMNS}
"""Each column of SeriesRow under its own name."""


@dataclass(frozen=True, slots=True)
class JsonPage:
    """`last`: of its last row; None of an empty one. `more`: whether rows follow it."""

    array: bytes
    last: RowKey | None
    more: bool


def _divisors(definition: ElectionDefinition, cells: Iterable[Cell]) -> set[str]:
    """Keys below the line of every rate that has one of the cells above it."""
    items = {item.code: item for item in definition.items}
    divisors = set()
    for cell in cells:
        for item in definition.items:
            if item.numerator == cell.item:
                _, below = cells_of(item, items, cell.contest, cell.breakdown, cell.choice)
                divisors.add(below.key if below else "")
    return divisors - {""}


class SeriesReader:
    """One query over one snapshot. `layer`, `open_slot`: what of each election may be read; `cache`: see `asof`.

    What `asked` refuses; UnknownReference for items nobody has; a day of boundaries needs a lineage."""

    def __init__(
        self,
        snapshot: Snapshot,
        query: SeriesQuery,
        layer: LayerOf,
        open_slot: OpenSlot = lambda definition, form, slot: True,
        cache: asof.AsOfCache | None = None,
    ) -> None:
        self._cache = cache = cache or asof.AsOfCache()
        query = settled(query, snapshot)
        query = with_keys(snapshot, with_geography(snapshot, query, cache), cache)
        self._snapshot, self.query = snapshot, query
        self._then = StillStanding(snapshot, query.position, self._cache)
        self.position = self._then.position
        self.elections = elections = self._elections(layer, open_slot)
        self._reading = Past(snapshot, self._then)
        self._cells: dict[CellPlace, int | None] = {}
        self._lineage_of: dict[tuple[str, str], KnownLineage | None] = {}
        beside = contests_before(elections, query.contest, self._graph) if query.contest else ()
        self.wanted = plan(elections, query, self._holds, beside)
        self.lineages = self._lineages()
        self.followed = lines(self.wanted, self._graph)
        if elections and (self.lineages or query.boundaries is None):
            require_places(snapshot, elections, self.lineages, query)
        self._made: SeriesValues | None = None

    def recorded_at(self) -> datetime:
        """When the event at the reader's position was recorded."""
        return self._snapshot.event(self.position).recorded_at

    def rows(self) -> list[SeriesRow]:
        """At most `limit` of the query, after its `after`."""
        return [row for part in self.parts() for row in part]

    def parts(self) -> Iterator[list[SeriesRow]]:
        """The same in parts, in order: each costs what it holds."""
        chunks, left = self.chunks(), self.query.limit
        while left > 0 and (chunk := chunks.next(left)) is not None:
            part = [SeriesRow(*row) for row in self.fetch("answer_rows", EVERY, chunk, left)]
            left -= len(part)
            yield part

    def json(self, names: Mapping[str, str]) -> JsonPage:
        """One array made by PostgreSQL; `names`: response name → column of SeriesRow. ValueError as in `columns_as`."""
        chunks, left, arrays = self.chunks(), self.query.limit, list[memoryview]()
        last = None
        # One row more than the page says whether anything follows: asked for with the page, it costs no statement of its own.
        while left >= 0 and (chunk := chunks.next(left + 1)) is not None:
            for array, count, key in self.fetch("answer_json", names, chunk, left + 1):
                if count and left:
                    arrays.append(memoryview(array.encode())[1:-1])
                    last = RowKey(*key)
                left -= count
        return JsonPage(b"".join([b"[", b", ".join(arrays), b"]"]), last, more=left < 0)

    def compared_units(self) -> list[ComparedUnit]:
        """Units of both elections behind the comparisons of these rows: of a query for sought observation, its list."""
        every = Chunk(tuple(place for place, sought in enumerate(self.wanted) if sought.wished), None, 0)
        if not every.places:
            return []
        return [ComparedUnit(*row) for row in self.fetch("answer_units", {}, every, self.query.limit)]

    def on(self, snapshot: Snapshot) -> SeriesReader:
        """Itself, reading on in another transaction over the same views at the same position."""
        self._snapshot = snapshot
        self._then.on(snapshot)
        self._reading.on(snapshot)
        return self

    def key_of(self, citation: str) -> RowKey:
        """Where the row stands that tells this citation; UnknownReference where none of this answer does."""
        head, _, rest = citation.partition("&area=")
        area, ampersand, tail = rest.partition("&")
        for sought, told in zip(self.wanted, self._values().tails, strict=True):
            if sought.wished and f"{head}&area=" == self._values().head and ampersand + tail == told:
                definition = sought.election.definition
                return RowKey(
                    sought.series, unquote_plus(area), definition.polling_date.isoformat(), definition.code
                )
        raise UnknownReference(kind="observation", found=citation)

    def chunks(self) -> Chunks:
        """What there is to read, after `after` of the query. InvalidInput where that is no row of this question."""
        chunks = Chunks(self.wanted, self.query.since, self._sizes(), self._codes_of)
        if self.query.after is not None:
            chunks.skip_to(self._row_of_this(RowKey(*self.query.after)))
        return chunks

    def _row_of_this(self, key: RowKey) -> RowKey:
        """Read on behind another question's row, what comes before it here would be missing, and nobody told."""
        there = {
            (
                sought.series,
                sought.election.definition.polling_date.isoformat(),
                sought.election.definition.code,
            )
            for sought in self.wanted
            if sought.wished
        }
        is_asked = self.query.areas is None or key.area in self.query.areas
        if not is_asked or (key.series, key.day, key.election) not in there:
            told = f"{key.election} {key.area}"
            raise InvalidInput(field="after", found=told, expected=message("a_row_of_this_question"))
        return key

    def fetch(self, answer: str, names: Mapping[str, str], chunk: Chunk, limit: int) -> list[Any]:
        """Rows of one chunk in a form of the statement: `answer_…`; `names`: response name → column of SeriesRow."""
        statement, values = self.statement(answer, names, chunk, limit)
        self._snapshot.fetch(SQL["plan_by_hash"], {"others": "off"})
        rows = self._snapshot.fetch(statement, packed(values), prepare=False)
        self._snapshot.fetch(SQL["plan_by_hash"], {"others": "on"})
        return rows

    def statement(
        self, answer: str, names: Mapping[str, str], chunk: Chunk, limit: int
    ) -> tuple[str, dict[str, Any]]:
        """Of one chunk, with its parameters."""
        after = None if self.query.after is None else RowKey(*self.query.after)
        values = self._values().of(chunk, after, limit)
        few = self._few(chunk, values)
        if few is not None:
            values["reads"] = few
        shape = Shape(
            rebased=self.query.boundaries is not None,
            compared=self.query.comparable,
            rates=any(values["rates"]),
            ranked=any(self.wanted[place].ranked for place in chunk.places),
            over=self.query.over is not None,
            is_past=not all(values["stands"]),
            by_key=chunk.codes is not None,
            few=few is not None,
            moves=bool(values["m_area"]),
            errata=bool(values["x_area"]),
            rare=self._values().rare(self._snapshot),
        )
        return statement_of(shape, answer, names), values

    def _few(self, chunk: Chunk, values: Mapping[str, Any]) -> list[str] | None:
        """Areas to be read, where they are so few that each is looked up; None: otherwise."""
        if chunk.codes is not None or self.query.boundaries is not None or self.query.over is not None:
            return None
        codes = {*self._codes_of([n - 1 for n in values["ns"]]), *values["f_of"]} - {""}
        most = max(FEWEST, self._values().rare(self._snapshot).expected // LOOKED_UP)
        return sorted(codes) if len(codes) * len(set(values["election_nos"])) <= most else None

    def _elections(self, layer: LayerOf, open_slot: OpenSlot) -> list[SeriesElection]:
        every = self._snapshot.elections()
        geographies = {code for row in every for code in row.definition.geographies}
        self._rosters = {row.number: row.rosters for row in every}
        then = self._then.definitions(every)
        known_elections = [
            SeriesElection(
                row.number,
                definition,
                layer(definition),
                lambda form, slot, definition=definition: open_slot(definition, form, slot),  # type: ignore[misc]
            )
            for row in every
            if (definition := then.get(row.definition.code)) is not None and concerned(definition, self.query)
        ]
        if self.query.geography and self.query.geography not in geographies:
            raise UnknownReference(kind="geography", found=self.query.geography, among=geographies)
        require_codes([row.definition for row in every], known_elections, self.query)
        return known_elections

    def _stands(self, asked: SeriesCell) -> bool:
        code = asked.election.definition.code
        return self._then.stands(asked.election.number, code, asked.page.form, asked.page.slot)

    def _holds(self, asked: list[SeriesCell]) -> set[int]:
        standing = {
            n: CellPlace(sought.election.number, sought.page, sought.key)
            for n, sought in enumerate(asked)
            if self._stands(sought)
        }
        numbers = self._numbers(list(standing.values()))
        held = {n for n, place in standing.items() if place in numbers}
        moved = [(n, sought) for n, sought in enumerate(asked) if n not in standing]
        if not moved:
            return held
        keys = {sought.key for _, sought in moved}
        cells = [Cell.from_key(key) for key in keys]
        for election in {sought.election.number: sought.election for _, sought in moved}.values():
            keys |= _divisors(election.definition, cells)
        places_held = self._reading.holds([sought for _, sought in moved], sorted(keys))
        return held | {moved[place][0] for place in places_held}

    def _numbers(self, places: list[CellPlace]) -> dict[CellPlace, int]:
        new = [place for place in places if place not in self._cells]
        numbers = cell_numbers(self._snapshot, new)
        self._cells |= {place: numbers.get(n) for n, place in enumerate(new)}
        return {place: cell for place in places if (cell := self._cells[place]) is not None}

    def _lineages(self) -> tuple[KnownLineage, ...]:
        registries = sorted({sought.election.definition.registry for sought in self.wanted})
        lineages = tuple(
            lineage
            for registry in registries
            if (lineage := self._lineage(registry, self.query.geography)) is not None
        )
        if self.query.boundaries is not None and not lineages:
            raise NoLineage(kind="lineage", found=", ".join(registries) or "—")
        return lineages

    def _graph(self, registry: str, geography: str) -> Lineage | None:
        """What became of the areas that contests are over."""
        lineage = self._lineage(registry, geography)
        return lineage.graph if lineage else None

    def _lineage(self, registry: str, geography: str) -> KnownLineage | None:
        key = registry, geography
        if key not in self._lineage_of:
            self._lineage_of[key] = lineage_at(self._snapshot, registry, geography, self.position)
        return self._lineage_of[key]

    def _values(self) -> SeriesValues:
        if self._made is None:
            self._made = SeriesValues(
                SeriesPlan(
                    self._snapshot, self.query, self._then, self.wanted, self.followed, self.lineages, self._graph,
                    self._reading, self._numbers,
                )
            )  # fmt: skip
        return self._made

    def _sizes(self) -> dict[Voting, int]:
        """How many areas each contest has, about: of a sum over contests those of all of them."""
        sizes: dict[Voting, int] = {}
        if not self.wanted:
            return sizes
        contests: dict[Voting, set[str]] = {}
        for sought in self.wanted:
            of = {piece.contest for piece in sought.pieces} or {sought.contest.code}
            contests.setdefault(voting_of(sought), set()).update(of)
        every = self._areas("area_sizes", contests)
        counted = {(number, contest): count for number, contest, count in every}
        targets = self._values().targets()
        for voting, of in contests.items():
            there = sum(counted.get((voting[0], contest), 1) for contest in of)
            sizes[voting] = there if targets is None else min(there, len(targets) + 1)
        return sizes

    def _codes_of(self, places: Sequence[int]) -> list[str]:
        """Areas that these may have, by code point."""
        contests: dict[Voting, set[str]] = {}
        for place in places:
            sought = self.wanted[place]
            of = {piece.contest for piece in sought.pieces} or {sought.contest.code}
            contests.setdefault(voting_of(sought), set()).update(of)
        codes = {code for (code,) in self._areas("area_codes", contests)}
        codes.update(self._values().targets() or ())
        return sorted(codes)

    def _areas(self, statement: str, contests: Mapping[Voting, Collection[str]]) -> list[tuple[Any, ...]]:
        """Those of the views are kept as long as no election's areas are put anew."""
        query = self.query
        narrowed = query.boundaries is None
        numbers = tuple(sorted({number for number, _ in contests}))
        names = tuple(sorted({contest for of in contests.values() for contest in of}))
        areas = query.areas if narrowed else None
        levels = query.levels if narrowed else None
        key = (
            statement, self._snapshot.version.number, tuple((number, self._rosters[number]) for number in numbers),
            query.geography, names, areas, levels,
        )  # fmt: skip
        asked = {
            "geography": query.geography,
            "election_nos": list(numbers),
            "contests": list(names),
            "areas": None if areas is None else list(areas),
            "levels": None if levels is None else list(levels),
        }
        areas_told = self._cache.areas.get(key)
        if areas_told is None:
            areas_told = self._snapshot.fetch(SQL[statement], asked)
            self._cache.areas.put(key, areas_told, len(areas_told) + 1)
        return areas_told + self._areas_then(statement, contests, areas, levels)

    def _areas_then(
        self,
        statement: str,
        contests: Mapping[Voting, Collection[str]],
        areas: Collection[str] | None,
        levels: Collection[str] | None,
    ) -> list[tuple[Any, ...]]:
        """The same of elections that were defined otherwise at the position."""
        areas_told: list[tuple[Any, ...]] = []
        elections = {sought.election.number: sought.election.definition.code for sought in self.wanted}
        for number, contest in contests:
            code = elections[number]
            if code not in self._then.redefined:
                continue
            roster = self._then.election(code).roster
            there = [
                area
                for of in contests[number, contest]
                for area in roster.expected(of, "", self.query.geography)
                if (areas is None or area in areas)
                and (levels is None or roster.nodes[self.query.geography, area].level in levels)
            ]
            areas_told += (
                [(area,) for area in there]
                if statement == "area_codes"
                else [(number, of, len(there)) for of in contests[number, contest]]
            )
        return areas_told
