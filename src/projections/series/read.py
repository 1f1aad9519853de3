"""Ask for a series: one statement over the figures of all elections, rows or ready JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from projections.errors import NoLineage
from projections.read import Snapshot, asof, percent, ratio
from projections.read.contests import SQL as CONTESTS
from projections.read.statements import SQL as TOTALS
from projections.series.asked import require_codes, require_places, settled, with_geography, with_keys
from projections.series.before import before_columns, joined_columns
from projections.series.compared import compared_columns, pairs_of
from projections.series.known import SQL, KnownLineage, columns, lineage_at, link_columns, moved_columns
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
    plan_columns,
)
from projections.series.rows import COLUMNS, ComparedUnit, SeriesRow
from projections.series.told import citations, declared, errata_columns
from projections.series.versions import runs
from reporting.database.sql import columns_as, filled
from reporting.domain.election import ElectionDefinition, Form, Slot
from reporting.domain.figures import Cell
from reporting.domain.items import cells_of
from reporting.domain.layer import Layer
from reporting.errors import UnknownReference
from reporting.lineage.graph import Lineage

LayerOf = Callable[[ElectionDefinition], Layer]
OpenSlot = Callable[[ElectionDefinition, Form, Slot], bool]


DIFFERENCE = percent(
    "(m.top * m.previous_bottom - m.previous_top * m.bottom)",
    "(m.bottom * m.previous_bottom)",
    "m.decimals",
    "m.rounding",
    "false",
)
"""Of two rates in points: of the exact fractions, rounded once."""


RATES = {
    "percent": percent("s.top", "s.bottom", "w.decimals", "w.rounding", "w.progress"),
    "percent_difference": DIFFERENCE,
    "percent_previous": percent("b.top", "b.bottom", "c.decimals", "c.rounding", "c.progress"),
    "compared_difference": percent(
        "(k.top * k.previous_bottom - k.previous_top * k.bottom)",
        "(k.bottom * k.previous_bottom)",
        "m.decimals",
        "m.rounding",
        "false",
    ),
    "compared_percent": percent("c.top", "c.bottom", "m.decimals", "m.rounding", "m.progress"),
    "compared_previous_percent": percent(
        "c.previous_top", "c.previous_bottom", "m.decimals", "m.rounding", "m.progress"
    ),
}
"""Rates that a series gives, by their place in the statement."""
"""Blocks of the statement where like with like is asked for."""


def _divisors(definition: ElectionDefinition, cells: Iterable[Cell]) -> set[str]:
    """Keys below the line of every rate that has one of the cells above it."""
    items = {item.code: item for item in definition.items}
    found = set()
    for cell in cells:
        for item in definition.items:
            if item.numerator == cell.item:
                _, below = cells_of(item, items, cell.contest, cell.breakdown, cell.choice)
                found.add(below.key if below else "")
    return found - {""}


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
        query = with_keys(snapshot, with_geography(snapshot, settled(query, snapshot.position)))
        self._snapshot, self.query = snapshot, query
        self.position = snapshot.position if query.position is None else query.position
        self._then: dict[str, asof.KnownThen] = {}
        self._past = query.position is not None and query.position < snapshot.position
        elections = self._elections(layer, open_slot, cache or asof.AsOfCache())
        self._cells: dict[CellPlace, int] = {}
        self._reading = Past(snapshot, self._then, self.position)
        self._graphs: dict[tuple[str, str], Lineage | None] = {}
        beside = contests_before(elections, query.contest, self._graph) if query.contest else ()
        self.wanted = plan(elections, query, self._holds, beside)
        self.lineages = self._lineages()
        self.followed = lines(self.wanted, self._graph)
        if elections and (self.lineages or query.boundaries is None):
            require_places(snapshot, elections, self.lineages, query)

    def rows(self) -> list[SeriesRow]:
        return [SeriesRow(*row) for row in self._fetch("answer_rows", ", ".join(COLUMNS))]

    def compared_units(self) -> list[ComparedUnit]:
        """Units of both elections behind the comparisons of these rows: of a query for one observation, its list."""
        return [ComparedUnit(*row) for row in self._fetch("answer_units", "")]

    def json(self, names: Mapping[str, str]) -> bytes:
        """One array made by PostgreSQL; `names`: response name → column of SeriesRow. ValueError as in `columns_as`."""
        return str(self._fetch("answer_json", columns_as(names, COLUMNS))[0][0]).encode()

    def _elections(self, layer: LayerOf, open_slot: OpenSlot, cache: asof.AsOfCache) -> list[SeriesElection]:
        known_elections: list[SeriesElection] = []
        geographies: set[str] = set()
        every: list[ElectionDefinition] = []
        for row in self._snapshot.elections():
            definition = row.definition
            every.append(definition)
            geographies.update(definition.geographies)
            if self._past:
                try:
                    then = asof.election_at(self._snapshot, definition.code, self.position, None, cache)
                except UnknownReference:
                    continue
                self._then[definition.code], definition = then, then.definition
            if concerned(definition, self.query):
                known_elections.append(
                    SeriesElection(
                        row.number,
                        definition,
                        layer(definition),
                        lambda form, slot, definition=definition: open_slot(definition, form, slot),  # type: ignore[misc]
                    )
                )
        if self.query.geography and self.query.geography not in geographies:
            raise UnknownReference(kind="geography", found=self.query.geography, among=geographies)
        require_codes(every, known_elections, self.query)
        return known_elections

    def _holds(self, asked: list[SeriesCell]) -> set[int]:
        if not self._past:
            places = [CellPlace(one.election.number, one.page, one.key) for one in asked]
            self._cells = self._numbers(places)
            return {n for n, place in enumerate(places) if place in self._cells}
        keys = {one.key for one in asked}
        cells = [Cell.from_key(one.key) for one in asked]
        for election in {one.election.number: one.election for one in asked}.values():
            keys |= _divisors(election.definition, cells)
        return self._reading.holds(asked, sorted(keys))

    def _numbers(self, places: list[CellPlace]) -> dict[CellPlace, int]:
        found = cell_numbers(self._snapshot, places)
        return {places[n]: cell for n, cell in found.items()}

    def _lineages(self) -> tuple[KnownLineage, ...]:
        registries = sorted({sought.election.definition.registry for sought in self.wanted})
        found = tuple(
            known
            for registry in registries
            if (known := lineage_at(self._snapshot, registry, self.query.geography, self.position))
            is not None
        )
        if self.query.boundaries is not None and not found:
            raise NoLineage(kind="lineage", found=", ".join(registries) or "—")
        return found

    def _graph(self, registry: str, geography: str) -> Lineage | None:
        """What became of the areas that contests are over."""
        if (registry, geography) not in self._graphs:
            known = lineage_at(self._snapshot, registry, geography, self.position)
            self._graphs[registry, geography] = known.graph if known else None
        return self._graphs[registry, geography]

    def _fetch(self, answer: str, chosen: str) -> list[Any]:
        query, rebased = self.query, self.query.boundaries is not None
        if not self.wanted:
            return [("[]",)] if answer == "answer_json" else []
        compared, ranks = query.comparable, any(sought.ranked for sought in self.wanted)
        statement = filled(
            SQL["series"],
            **RATES,
            compared=SQL["compared"] if compared else "",
            compared_join=SQL["compared_join"] if compared else "",
            compared_columns=SQL["compared_columns" if compared else "not_compared_columns"],
            ranked=SQL["ranked"] if ranks else "",
            ranked_join=SQL["ranked_join"] if ranks else "",
            ranked_column=SQL["ranked_column"] if ranks else "NULL::text AS ratio_to_first",
            ratio=ratio("m.number", "q.first"),
            units=SQL["units_given" if self._past else "units_live"],
            parts=SQL["parts_rebased" if rebased else "parts_as_reported"],
            previous_election=filled(SQL["previous_named"], name="election"),
            previous_contest=filled(SQL["previous_named"], name="contest"),
            pre_break="m.previous_number" if rebased else "m.pre_number",
            predecessors="NULL::text" if rebased else SQL["predecessors_reported"],
            base=self._base(),
            shape=SQL["rebased" if rebased else "as_reported"],
            broken=SQL["broken_rebased" if rebased else "broken_as_reported"],
            nodes=SQL["nodes_to_rebase" if rebased else "nodes_as_reported"],
            smallest=SQL["smallest" if query.over is None else "smallest_over"],
            answer=SQL[answer],
            one_sided=TOTALS["one_sided"],
            withheld=TOTALS["withheld"],
            paired=TOTALS["paired"],
            over_contests=CONTESTS["over_contests"],
            columns=chosen,
        )
        values = self._values(query)
        self._snapshot.fetch(SQL["plan_by_hash"], {"nested": "off"})
        found = self._snapshot.fetch(statement, values, prepare=False)
        self._snapshot.fetch(SQL["plan_by_hash"], {"nested": "on"})
        return found

    def _ranks(self) -> dict[str, Any]:
        """Who stands against each other for one seat: `of` numbers each such contest and item."""
        ranked = [(n, one) for n, one in enumerate(self.wanted, 1) if one.ranked]
        numbers = {one.election.number for _, one in ranked}
        sizes: dict[tuple[int, str], int] = {}
        if self._past:
            for _, one in ranked:
                roster = self._then[one.election.definition.code].roster
                voting = (
                    set(roster.contest_units.get(one.contest.code, ())) - roster.on(one.contest.code).former
                )
                sizes[one.election.number, one.contest.code] = len(voting)
        elif ranked:
            rows = self._snapshot.fetch(SQL["contest_sizes"], {"election_nos": sorted(numbers)})
            sizes = {(number, contest): units for number, contest, units in rows}
        groups: dict[tuple[int, str, str], int] = {}
        found = [
            (
                n,
                groups.setdefault((one.election.number, one.contest.code, one.item.code), len(groups)),
                len(one.contest.choices),
                sizes.get((one.election.number, one.contest.code), 0),
            )
            for n, one in ranked
        ]
        return columns("r", ("n", "of", "rivals", "units"), found)

    def _base(self) -> str:
        if self._past:
            return SQL["base_given"]
        return SQL["base_live"] if self.query.over is None else SQL["base_over"]

    def _pieces(self) -> dict[str, Any]:
        """Cells of sums over contests that somebody entered: a party's own, else those of the people on its list."""
        every = [
            (n, piece, CellPlace(one.election.number, one.page, piece.key))
            for n, one in enumerate(self.wanted, 1)
            for piece in one.pieces
        ]
        cells = self._numbers(list(dict.fromkeys(place for _, _, place in every)))
        own: dict[tuple[int, str, bool], bool] = {}
        for n, piece, place in every:
            if place in cells:
                side = (n, piece.contest, piece.below)
                own[side] = own.get(side, False) or not piece.listed
        rows = [
            (n, piece.contest, piece.below, cells.get(place))
            for n, piece, place in every
            for counts in (own.get((n, piece.contest, piece.below)),)
            if counts is None or (place in cells and piece.listed is not counts)
        ]
        return columns("p", ("n", "contest", "below", "cell"), rows)

    def _values(self, query: SeriesQuery) -> dict[str, Any]:
        tops, belows = (
            [
                None if cell is None else CellPlace(one.election.number, one.page, cell.key)
                for one, cell in cells
            ]
            for cells in (
                [(sought, sought.cell) for sought in self.wanted],
                [(sought, sought.divisor) for sought in self.wanted],
            )
        )
        live = not self._past
        if live:
            self._cells |= self._numbers([place for place in belows if place and place not in self._cells])
        values = plan_columns(
            self.wanted,
            [self._cells.get(place) if place else None for place in tops],
            [self._cells.get(place) if place else None for place in belows],
        )
        days = [sought.election.definition.polling_date for sought in self.wanted]
        values["runs"], values["bases"] = map(list, zip(*runs(self.wanted, self.followed), strict=True))
        values |= joined_columns(self.wanted, self.followed)
        values |= citations(self.wanted, query, self.position) | declared(self.wanted, query, self.lineages)
        values |= errata_columns(self.wanted, query)
        values |= {
            "geography": query.geography,
            "areas": None if query.areas is None else list(query.areas),
            "levels": None if query.levels is None else list(query.levels),
            "since": query.since,
            "breakdown": query.breakdown,
            "position": self.position,
            "boundaries": query.boundaries.isoformat() if query.boundaries else "as_reported",
            "after": None if query.after is None else list(query.after),
            "limit": query.limit,
            **columns("m", ("registry", "area", "day"), []),
            "wished": [sought.wished for sought in self.wanted],
        }
        values |= self._ranks()
        values |= before_columns(self.wanted, self.followed, self.lineages, query)
        if query.boundaries is not None:
            values |= link_columns(self.lineages, query.boundaries, query.areas, query.levels)
        elif self.lineages:
            values |= moved_columns(self.lineages, min(days), max(days))
        if query.comparable:
            then = self._then if self._past else None
            values |= compared_columns(
                pairs_of(self.wanted, self.followed), self._snapshot, then, self._graph
            )
        if live:
            return values if query.over is None else values | self._pieces()
        peers = set(values.get("peers", ()))
        if query.over is not None:
            return values | self._reading.over(self.wanted, query, peers)
        if query.comparable:
            values |= self._reading.units(self.wanted, query)
        return values | self._reading.base(self.wanted, query, peers)
