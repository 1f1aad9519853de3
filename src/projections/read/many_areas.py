"""Totals of many areas as JSON: what areas are called, and their N, is kept as long as the election's roster is the same; what is
read of a slot are the numbers alone, one text for each cell.

PostgreSQL, asked for whole rows, spends most of a wide read on names that every answer repeats. The numbers are read anew each time, under
what the reader may see; names and N are public.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from math import ceil
from typing import Any, Protocol

import orjson

from projections.read.query import TotalsQuery, WantedCell, rivals, wanted_cells
from projections.read.rows import ElectionRow
from projections.read.statements import SQL
from projections.versions import Version
from reporting.kept import Kept

FEW_AREAS = 50
"""So many are read one by one as fast as by any plan."""
MAX_LISTED = 200_000
"""Areas that a process keeps texts of, about 400 bytes each."""
NAMES = ("code", "official_code", "name", "name_en", "level", "expected")
NOTHING = {"withheld": "0", "numerator": "null", "denominator": "null", "ratio_to_first": "null"}
"""What these columns are where no rate is asked for, nothing is withheld and nobody stands against others for one seat."""


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
    places: Sequence[str]
    texts: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, rows: Sequence[Sequence[Any]]) -> ListedAreas:
        texts: dict[str, Sequence[str]] = {}
        for place, name in enumerate(NAMES, 1):
            each = {row[place]: orjson.dumps(row[place]).decode() for row in rows}
            texts[name] = [each[row[place]] for row in rows]
        return cls([row[1] for row in rows], [str(row[0]) for row in rows], texts)

    def at(self, numbers: Sequence[int]) -> ListedAreas:
        return ListedAreas(
            [self.codes[n] for n in numbers],
            [self.places[n] for n in numbers],
            {name: [column[n] for n in numbers] for name, column in self.texts.items()},
        )

    def part(self, begin: int, end: int) -> ListedAreas:
        texts = {name: column[begin:end] for name, column in self.texts.items()}
        return ListedAreas(self.codes[begin:end], self.places[begin:end], texts)


Listed = Kept[ListedAreas]


def wide_json(
    snapshot: _Asked, listed: Listed, election: ElectionRow, query: TotalsQuery, fields: Mapping[str, str]
) -> bytes | None:
    """The array that `Snapshot.json_totals` tells of; None where it has to be made row by row: of few areas, of rates, of what part others
    have of the first one's votes, and where units withhold figures."""
    cells = wanted_cells(election.definition, query)
    columns = set(fields.values())
    if (
        not cells
        or any(cell.divisor for cell in cells)
        or ("ratio_to_first" in columns and rivals(election.definition.contest(query.contest)))
    ):
        return None
    if query.areas is not None and len(query.areas) <= FEW_AREAS:
        return None
    areas = _asked_for(_listed(snapshot, listed, election, query), query)
    if areas is None or len(areas.codes) <= FEW_AREAS:
        return None
    asked = {
        "election_no": election.number, "form": query.form, "slot": query.slot, "layer": query.layer.code,
        "keys": [cell.key for cell in cells],
    }  # fmt: skip
    if "withheld" in columns and snapshot.fetch(SQL["any_withheld"], asked)[0][0]:
        return None
    seen = query.after[1] if query.after is not None else 0
    areas = areas.part(0, ceil((query.limit + seen) / len(cells)))
    places = [int(place) for place in areas.places]
    between = {"least": min(places), "most": max(places)}
    numbers = {row[0]: row[1:] for row in snapshot.fetch(SQL["numbers_listed"], asked | between)}
    rows = [_rows(areas, query, cell, fields, numbers.get(cell.key)) for cell in cells]
    ordered = rows[0] if len(rows) == 1 else list(chain.from_iterable(zip(*rows, strict=True)))
    return f"[{','.join(ordered[seen : seen + query.limit])}]".encode()


def _listed(snapshot: _Asked, listed: Listed, election: ElectionRow, query: TotalsQuery) -> ListedAreas:
    """Of every area there is, whatever somebody may see of its numbers."""
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


def _asked_for(areas: ListedAreas, query: TotalsQuery) -> ListedAreas | None:
    """None where the place to go on from is no area any more: its order is PostgreSQL's to say."""
    if query.areas is not None:
        wanted = set(query.areas)
        areas = areas.at([n for n, code in enumerate(areas.codes) if code in wanted])
    if query.after is None:
        return areas
    code = query.after[0]
    return areas.part(areas.codes.index(code), len(areas.codes)) if code in areas.codes else None


def _rows(
    areas: ListedAreas,
    query: TotalsQuery,
    cell: WantedCell,
    fields: Mapping[str, str],
    numbers: Sequence[str] | None,
) -> Sequence[str]:
    """JSON of one cell in each area. `numbers`: as `numbers_listed` tells them; None: nobody gave any."""
    same = NOTHING | {
        name: orjson.dumps(text).decode()
        for name, text in (
            ("geography", query.geography), ("item", cell.item), ("breakdown", cell.breakdown), ("choice", cell.choice),
        )
    }  # fmt: skip
    places, values, reported = numbers or ("", "", "")
    at = places.split(",")
    of_each = {
        **areas.texts,
        "value": _by_place(at, values, areas.places, "null"),
        "reported": _by_place(at, reported, areas.places, "0"),
    }
    # A percent sign stands for itself in a template where it is written twice.
    parts = [
        f'"{name}":{same[column].replace("%", "%%") if column in same else "%s"}'
        for name, column in fields.items()
    ]
    template = "{" + ",".join(parts) + "}"
    varying = [of_each[column] for column in fields.values() if column not in same]
    if not varying:
        return [template % ()] * len(areas.codes)
    return list(map(template.__mod__, zip(*varying, strict=True)))


def _by_place(at: Sequence[str], told: str, places: Sequence[str], lacking: str) -> Sequence[str]:
    numbers = dict(zip(at, told.split(","), strict=True))
    return [numbers.get(place, lacking) for place in places]
