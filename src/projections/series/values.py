"""Parameters of the statement: made once for all that is wanted, and of these what a chunk needs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from projections.read import Snapshot
from projections.series.before import BIRTHS, PARTS, before_columns, joined_columns
from projections.series.chunks import Chunk, Needed, RowKey
from projections.series.compared import compared_columns, pairs_of
from projections.series.known import LINKS, MOVED, SQL, KnownLineage, columns, link_columns, moved_columns
from projections.series.lines import Followed
from projections.series.past import Numbered, Past
from projections.series.plan import CellPlace, SeriesQuery, Wanted, plan_columns
from projections.series.statement import Rare
from projections.series.then import StillStanding
from projections.series.told import citations, declared, errata_columns
from projections.series.versions import runs
from reporting.domain.figures import Cell
from reporting.ledger.columns import IntColumn, TextColumn, int_value, text_value
from reporting.lineage.graph import Lineage

NumbersOf = Callable[[list[CellPlace]], dict[CellPlace, int]]
PIECES = ("n", "contest", "below", "cell")
TEXTS = (
    "elections", "registries", "kinds", "contests", "items", "choices", "choice_names", "identities", "series", "forms",
    "slots", "roundings", "conf", "sources", "tails",
)  # fmt: skip
NUMBERS = (
    "ns", "election_nos", "cells", "divisors", "decimals", "definitions", "lines", "runs", "bases", "series_at", "turns",
)  # fmt: skip
"""Columns of the CTE `wanted`: texts, none of them null, and integers."""


@dataclass(slots=True)
class SeriesPlan:
    """What a reader found out before it reads figures."""

    snapshot: Snapshot
    query: SeriesQuery
    then: StillStanding
    wanted: Sequence[Wanted]
    followed: Sequence[Followed]
    lineages: Collection[KnownLineage]
    lineage_of: Callable[[str, str], Lineage | None]
    reading: Past
    numbers_of: NumbersOf
    stands: Sequence[bool] = field(init=False)
    """Of what is wanted: whether the views have it as it was at the position."""

    def __post_init__(self) -> None:
        self.stands = [
            self.then.stands(
                sought.election.number, sought.election.definition.code, sought.form.code, sought.slot.code
            )
            for sought in self.wanted
        ]


class SeriesValues:
    def __init__(self, asked: SeriesPlan) -> None:
        self._asked, query = asked, asked.query
        self._of_each = self._each()
        self.tails: list[str] = self._of_each["tails"]
        self.head: str = citations((), query, asked.then.position)["head"]
        """Of the citations: what stands before the area, and of each that is wanted, what follows it."""
        self._needed = Needed(asked.wanted, asked.followed)
        days = [sought.election.definition.polling_date for sought in asked.wanted]
        self._whole: dict[str, Any] = {
            "geography": query.geography,
            "areas": None if query.areas is None else list(query.areas),
            "levels": None if query.levels is None else list(query.levels),
            "since": query.since,
            "breakdown": query.breakdown,
            "position": asked.then.position,
            "boundaries": query.boundaries.isoformat() if query.boundaries else "as_reported",
            "head": self.head,
            **columns("m", MOVED, []),
            **declared(asked.wanted, query, asked.lineages),
            **errata_columns(asked.wanted, query),
            **self._ranks(),
            **{name: value for name, value in joined_columns(asked.wanted, asked.followed).items() if name[:2] == "j_"},
            **before_columns(asked.wanted, asked.followed, asked.lineages, query),
        }  # fmt: skip
        if query.boundaries is not None:
            self._whole |= link_columns(asked.lineages, query.boundaries, query.areas, query.levels)
        elif asked.lineages:
            self._whole |= moved_columns(asked.lineages, min(days), max(days))
        if query.comparable:
            redefined = {code: asked.then.election(code) for code in asked.then.redefined}
            pairs = pairs_of(asked.wanted, asked.followed)
            self._whole |= compared_columns(pairs, asked.snapshot, redefined, asked.lineage_of)
        if query.over is not None:
            self._whole |= self._pieces()
        self._rare: Rare | None = None
        self._given: tuple[tuple[int, ...], dict[str, Any]] = ((), {})

    def rare(self, snapshot: Snapshot) -> Rare:
        """Of all that is wanted, as these views stand: asked of them once."""
        if self._rare is None:
            names = ("election_nos", "contests", "cells", "divisors")
            asked = {name: self._of_each[name] for name in names} | {"geography": self._asked.query.geography}
            self._rare = Rare(*snapshot.fetch(SQL["rare"], asked)[0])
        return self._rare

    def targets(self) -> list[str] | None:
        """Areas to re-base to; None as reported."""
        return self._whole["z_code"] if self._asked.query.boundaries is not None else None

    def of(self, chunk: Chunk, after: RowKey | None, limit: int) -> dict[str, Any]:
        """Parameters of a chunk. `stands`: whether all of it is in the views is told by this list."""
        places = self._needed.of(chunk.places)
        shown = frozenset(chunk.places)
        numbers = frozenset(place + 1 for place in places)
        values: dict[str, Any] = {
            name: [column[place] for place in places] for name, column in self._of_each.items()
        }
        values |= {
            "ns": [place + 1 for place in places],
            "stands": [self._asked.stands[place] for place in places],
            "wished": [place in shown for place in places],
            **self._whole,
            "after": None if after is None else [after.series, after.area, after.day, after.election],
            "limit": limit,
        }
        if "p_n" in values:
            _keep(values, "p", PIECES, lambda row: values["p_n"][row] in numbers)
        reads = self._narrowed(values, chunk, numbers)
        if not all(values["stands"]):
            values |= self._then_of(chunk, places)
            if reads is not None:
                _keep(values, "b", Past.NAMES, lambda row: values["b_code"][row] in reads)
        return values

    def _narrowed(
        self, values: dict[str, Any], chunk: Chunk, numbers: Collection[int]
    ) -> Collection[str] | None:
        """Arrays by area without what the chunk's areas do not need; the areas that are read, None: all."""
        codes = None if chunk.codes is None else frozenset(chunk.codes)
        _keep(
            values, "f", PARTS,
            lambda row: values["f_n"][row] in numbers and (codes is None or values["f_code"][row] in codes),
        )  # fmt: skip
        if codes is None:
            values |= {"codes": None, "reads": None}
            return None
        _keep(values, "m", MOVED, lambda row: values["m_area"][row] in codes)
        _keep(values, "q", BIRTHS, lambda row: values["q_area"][row] in codes)
        reads = codes | frozenset(values["f_of"])
        if self._asked.query.boundaries is not None:
            _keep(values, "l", LINKS, lambda row: values["l_into"][row] in codes)
            reads |= frozenset(values["l_of"])
            _keep(values, "k", ("registry", "code"), lambda row: values["k_code"][row] in reads)
        values |= {"codes": sorted(codes), "reads": sorted(reads - {""})}
        return reads

    def _then_of(self, chunk: Chunk, places: Sequence[int]) -> dict[str, Any]:
        """What of these was otherwise, from the log; kept for the next areas of the same series."""
        key = (chunk.group, *chunk.places)
        if self._given[0] != key:
            asked, query = self._asked, self._asked.query
            moved = [Numbered(place + 1, asked.wanted[place]) for place in places if not asked.stands[place]]
            peers = set(self._whole.get("peers", ()))
            asked.reading.forget()
            made = (
                asked.reading.base(moved, query, peers)
                if query.over is None
                else asked.reading.over(moved, query, peers)
            )
            if query.comparable:
                made |= asked.reading.units(moved, query)
            self._given = (key, made)
        return dict(self._given[1])

    def _each(self) -> dict[str, list[Any]]:
        """One value for each that is wanted."""
        asked = self._asked
        tops = self._places([sought.cell for sought in asked.wanted])
        belows = self._places([sought.divisor for sought in asked.wanted])
        numbers = asked.numbers_of(
            list(dict.fromkeys(place for place in (*tops, *belows) if place is not None))
        )
        values = plan_columns(
            asked.wanted,
            [numbers.get(place) if place else None for place in tops],
            [numbers.get(place) if place else None for place in belows],
        )
        values["runs"], values["bases"] = map(list, zip(*runs(asked.wanted, asked.followed), strict=True))
        joined = joined_columns(asked.wanted, asked.followed)
        values |= {"lines": joined["lines"], "before_days": joined["before_days"]}
        values["tails"] = citations(asked.wanted, asked.query, asked.then.position)["tails"]
        return values

    def _places(self, cells: Sequence[Cell | None]) -> list[CellPlace | None]:
        """Where the views have these cells of what is wanted; None of what is read from the log."""
        return [
            None if cell is None or not stands else CellPlace(sought.election.number, sought.page, cell.key)
            for sought, stands, cell in zip(self._asked.wanted, self._asked.stands, cells, strict=True)
        ]

    def _ranks(self) -> dict[str, Any]:
        """Who stands against each other for one seat: `of` numbers each such contest and item."""
        asked = self._asked
        ranked = [(n, sought) for n, sought in enumerate(asked.wanted, 1) if sought.ranked]
        numbers = {sought.election.number for _, sought in ranked}
        sizes: dict[tuple[int, str, str], int] = {}
        if ranked:
            rows = asked.snapshot.fetch(SQL["contest_sizes"], {"election_nos": sorted(numbers)})
            sizes = {(number, contest, form): units for number, contest, form, units in rows}
        for _, sought in ranked:
            code = sought.election.definition.code
            if code in asked.then.redefined:
                roster = asked.then.election(code).roster
                former = roster.on(sought.contest.code, sought.form.code).former
                voting = set(roster.contest_units.get(sought.contest.code, ())) - former
                sizes[_size_of(sought)] = len(voting)
        groups: dict[tuple[int, str, str], int] = {}
        ranks = [
            (
                n,
                groups.setdefault(
                    (sought.election.number, sought.contest.code, sought.item.code), len(groups)
                ),
                len(sought.contest.choices),
                sizes.get(_size_of(sought), 0),
            )
            for n, sought in ranked
        ]
        return columns("r", ("n", "of", "rivals", "units"), ranks)

    def _pieces(self) -> dict[str, Any]:
        """Cells of sums over contests that somebody entered: a party's own, else those of the people on its list."""
        every = [
            (n, piece, CellPlace(sought.election.number, sought.page, piece.key))
            for n, (sought, stands) in enumerate(zip(self._asked.wanted, self._asked.stands, strict=True), 1)
            if stands
            for piece in sought.pieces
        ]
        cells = self._asked.numbers_of(list(dict.fromkeys(place for _, _, place in every)))
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
        return columns("p", PIECES, rows)


def packed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters with their longest columns as PostgreSQL takes them: the driver would look at each value several times."""
    return {
        **values,
        **{name: _words(values[name]) for name in TEXTS},
        **{name: IntColumn(map(int_value, values[name])) for name in NUMBERS},
    }


def _words(texts: Sequence[str]) -> TextColumn:
    """Most say the same few things."""
    words = {text: text_value(text) for text in set(texts)}
    return TextColumn(words[text] for text in texts)


def _size_of(sought: Wanted) -> tuple[int, str, str]:
    """Key of `contest_sizes`: a form that nobody keeps is none."""
    election = sought.election
    return election.number, sought.contest.code, election.definition.units.kept(sought.form.code)


def _keep(values: dict[str, Any], prefix: str, names: Sequence[str], wanted: Callable[[int], bool]) -> None:
    """Of the arrays of this prefix the rows that are wanted."""
    first = values[f"{prefix}_{names[0]}"]
    rows = [row for row in range(len(first)) if wanted(row)]
    if len(rows) < len(first):
        values |= {f"{prefix}_{name}": [values[f"{prefix}_{name}"][row] for row in rows] for name in names}
