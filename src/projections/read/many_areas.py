"""Totals of many areas as JSON: what areas are called, and their N, is kept as long as the election's roster is the same; what is
read of a slot are the numbers alone, one text for each cell.

PostgreSQL, asked for whole rows, spends most of a wide read on names that every answer repeats. The numbers are read anew each time, under
what the reader may see; names and N are public.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any, Protocol

import orjson

from projections.read.query import TotalsQuery, WantedCell, rivals, wanted_cells
from projections.read.rows import ElectionRow
from projections.read.statements import SQL
from projections.versions import Version
from reporting.database.sql import filled
from reporting.kept import Kept

FEW_AREAS = 50
"""So many are read one by one as fast as by any plan."""
MAX_LISTED, MAX_MADE = 50_000, 8
"""Areas that a process keeps texts of, and of how many answers what is the same in each: at most two kilobytes an area."""
MAX_CELLS = MAX_MADE - 2
"""Each cell has a text of its own, and two are the same of all: of more cells none would still be kept when the next page asks."""
STRANGERS = 4
"""Where places lie so close that no more than so many times as many are read, they are read as one stretch of the index."""
NAMES = ("code", "official_code", "name", "name_en", "level", "expected")
NUMBERS = {"value": b"null", "reported": b"0"}
"""What is read, and what stands for it where nothing was reported."""
NOTHING = {"withheld": b"0", "numerator": b"null", "denominator": b"null", "ratio_to_first": b"null"}
"""What these are where no rate is asked for, nothing is withheld and nobody stands against others for one seat."""
BETWEEN = b"},"
"""Each row begins with the end of the one before, cut off from a page's first: one text less a row to join."""
Texts = Sequence[bytes]


class _Asked(Protocol):
    """A snapshot."""

    @property
    def version(self) -> Version: ...

    def fetch(
        self, statement: str, values: Mapping[str, Any], *, prepare: bool | None = None
    ) -> list[Any]: ...


@dataclass(frozen=True, slots=True)
class ListedAreas:
    """In the order of totals. `places`: where the totals of each stand; `texts`: column of NAMES → JSON of each."""

    codes: Sequence[str]
    places: Sequence[int]
    texts: Mapping[str, Texts]
    _joined: Kept[Texts] = field(default_factory=lambda: Kept(MAX_MADE))
    _orders: Kept[Sequence[int]] = field(default_factory=lambda: Kept(MAX_MADE))

    @classmethod
    def of(cls, rows: Sequence[Sequence[Any]]) -> ListedAreas:
        texts: dict[str, Texts] = {}
        for place, name in enumerate(NAMES, 1):
            each = {row[place]: orjson.dumps(row[place]) for row in rows}
            texts[name] = [each[row[place]] for row in rows]
        return cls([row[1] for row in rows], [row[0] for row in rows], texts)

    def among(self, codes: set[str]) -> ListedAreas:
        chosen = [n for n, code in enumerate(self.codes) if code in codes]
        return ListedAreas(
            [self.codes[n] for n in chosen],
            [self.places[n] for n in chosen],
            {name: [column[n] for n in chosen] for name, column in self.texts.items()},
        )

    def joined(self, parts: tuple[bytes | str, ...], part: slice, *, keep: bool) -> Texts:
        """Of each area in a part of them one text after the other: bytes as they are, columns by name. `keep`: made of all areas, for
        other pages of them."""
        if not keep:
            return self._made(parts, part)
        texts = self._joined.get(parts)
        if texts is None:
            texts = self._made(parts, slice(None))
            self._joined.put(parts, texts)
        return texts[part]

    def _made(self, parts: tuple[bytes | str, ...], part: slice) -> Texts:
        each, plain = len(self.codes[part]), [text for text in parts if isinstance(text, bytes)]
        if len(plain) == len(parts):
            return [b"".join(plain)] * each
        several = [self.texts[text][part] if isinstance(text, str) else [text] * each for text in parts]
        return list(map(b"".join, zip(*several, strict=True)))

    def in_order(self, places: str, part: slice) -> Sequence[int]:
        """Of each area in a part of them which of these places (numbers between commas) is its own; -1: none of them."""
        key = places, part.start, part.stop
        order = self._orders.get(key)
        if order is None:
            at = {int(place): n for n, place in enumerate(places.split(","))} if places else {}
            order = [at.get(place, -1) for place in self.places[part]]
            self._orders.put(key, order)
        return order


Listed = Kept[ListedAreas]


@dataclass(frozen=True, slots=True)
class _Page:
    """Rows are numbered from 0, cell by cell of one area after the other."""

    areas: ListedAreas
    cells: Sequence[WantedCell]
    begin: int
    end: int
    is_last: bool

    @classmethod
    def of(cls, snapshot: _Asked, listed: Listed, election: ElectionRow, query: TotalsQuery) -> _Page | None:
        """None of few areas, and where to go on from a place that is no area any more: PostgreSQL's to say, whose order it is."""
        cells = wanted_cells(election.definition, query)
        if not cells or few_areas(snapshot, listed, election, query):
            return None
        areas = _listed(snapshot, listed, election, query)
        if query.areas is not None:
            areas = areas.among(set(query.areas))
        code, seen = query.after or (None, 0)
        if len(areas.codes) <= FEW_AREAS or (code is not None and code not in areas.codes):
            return None
        begin = seen if code is None else areas.codes.index(code) * len(cells) + seen
        there = len(areas.codes) * len(cells)
        return cls(areas, cells, begin, min(begin + query.limit, there), begin + query.limit >= there)


def few_areas(snapshot: _Asked, listed: Listed, election: ElectionRow, query: TotalsQuery) -> bool:
    """Whether no more are asked for, by their codes or as the areas of a level, than any plan reads as fast."""
    if query.areas is not None and len(query.areas) <= FEW_AREAS:
        return True
    return len(_listed(snapshot, listed, election, query).codes) <= FEW_AREAS


def page_end(
    snapshot: _Asked, listed: Listed, election: ElectionRow, query: TotalsQuery
) -> tuple[bool, tuple[str, int] | None] | None:
    """Whether rows follow those of a page, and (area code, cell number) of its last one, without reading any; None where
    they have to be read."""
    page = _Page.of(snapshot, listed, election, query)
    if page is None:
        return None
    if page.begin >= page.end:
        return False, None
    area, cell = divmod(page.end - 1, len(page.cells))
    return not page.is_last, (page.areas.codes[area], cell + 1)


def wide_json(
    snapshot: _Asked, listed: Listed, election: ElectionRow, query: TotalsQuery, fields: Mapping[str, str]
) -> bytes | None:
    """The array that `Snapshot.json_totals` tells of; None where it has to be made row by row: of few areas, of rates, of what part others
    have of the first one's votes, and where units withhold figures."""
    page, columns = _Page.of(snapshot, listed, election, query), set(fields.values())
    if page is None or any(cell.divisor for cell in page.cells):
        return None
    if "ratio_to_first" in columns and rivals(election.definition.contest(query.contest)):
        return None
    if page.begin >= page.end:
        return b"[]"
    cells = len(page.cells)
    areas, part = page.areas, slice(page.begin // cells, ceil(page.end / cells))
    places = areas.places[part]
    least, most = min(places), max(places)
    asked = {
        "election_no": election.number, "form": query.form, "slot": query.slot, "layer": query.layer.code,
        "keys": [cell.key for cell in page.cells], "least": least, "most": most, "places": places,
    }  # fmt: skip
    if "withheld" in columns and snapshot.fetch(SQL["any_withheld"], asked)[0][0]:
        return None
    close = most - least < STRANGERS * len(places)
    which = SQL["places_between" if close else "places_given"]
    read = snapshot.fetch(filled(SQL["numbers_listed"], which=which), asked)
    numbers = {key: texts for key, *texts in read}
    keep = cells <= MAX_CELLS
    made = [
        column
        for cell in page.cells
        for column in _columns(
            areas, part, fields, _same(query, cell), numbers.get(cell.key, ("", "", "")), keep=keep
        )
    ]
    pieces = [b""] * (len(made) * len(places))
    for at, column in enumerate(made):
        pieces[at :: len(made)] = column
    of_row, skipped = len(made) // cells, page.begin % cells
    chosen = pieces[skipped * of_row : (skipped + page.end - page.begin) * of_row]
    chosen[0] = b"[" + chosen[0].removeprefix(BETWEEN)
    return b"".join([*chosen, b"}]"])


def _listed(snapshot: _Asked, listed: Listed, election: ElectionRow, query: TotalsQuery) -> ListedAreas:
    """All that there are, whatever somebody may see of their numbers."""
    asked = {
        "election_no": election.number, "contest": query.contest, "kept": election.definition.units.kept(query.form),
        "geography": query.geography, "level": query.level, "parent_no": query.parent_no,
    }  # fmt: skip
    key = snapshot.version.number, election.rosters, *asked.values()
    areas = listed.get(key)
    if areas is None:
        areas = ListedAreas.of(snapshot.fetch(SQL["areas_listed"], asked))
        listed.put(key, areas, len(areas.codes) + 1)
    return areas


def _same(query: TotalsQuery, cell: WantedCell) -> dict[str, bytes]:
    """Column → JSON of what all rows of a cell have."""
    texts = {
        "geography": query.geography,
        "item": cell.item,
        "breakdown": cell.breakdown,
        "choice": cell.choice,
    }
    return NOTHING | {name: orjson.dumps(text) for name, text in texts.items()}


def _columns(
    areas: ListedAreas,
    part: slice,
    fields: Mapping[str, str],
    same: Mapping[str, bytes],
    numbers: Sequence[str],
    *,
    keep: bool,
) -> list[Texts]:
    """A cell's rows of a part of the areas, one below the other: what differs from answer to answer, and between what does not, in one
    piece. `numbers`: as `numbers_listed` tells them; empty: nobody gave any."""
    places, *told = numbers
    told_of = dict(zip(NUMBERS, told, strict=True))
    order = areas.in_order(places, part)
    columns: list[Texts] = []
    open_part: list[bytes | str] = [BETWEEN + b"{"]
    for n, (name, column) in enumerate(fields.items()):
        open_part.append(b'%s"%s":' % (b"," if n else b"", name.encode()))
        if column in NUMBERS:
            columns.append(areas.joined(tuple(open_part), part, keep=keep))
            texts = [*told_of[column].encode().split(b","), NUMBERS[column]]
            columns.append(list(map(texts.__getitem__, order)))
            open_part = []
        else:
            open_part.append(same.get(column, column))
    if open_part:
        columns.append(areas.joined(tuple(open_part), part, keep=keep))
    return columns
