"""The same figures of the election before, by the places of today: what a reader asks for first.

Only what is the same: a contest that is the previous one (`series.previous`), an item of the same meaning, a party or person of one
identity or name, and an area that was made of the same units. Re-basing to changed areas is the series' work, which says how.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from reporting.domain.election import ElectionDefinition
from reporting.domain.figures import Cell
from reporting.domain.units import Roster
from reporting.lineage.graph import Lineage
from reporting.publication.distribution.facts import Earlier, FigurePlace
from reporting.publication.distribution.reading import rows_of
from reporting.publication.release import ReleasedContents
from reporting.series.previous import previous_areas, previous_contests, same_choices


def earlier_figures(
    now: ReleasedContents, then: ReleasedContents, lineage: Lineage | None, formats: int
) -> Mapping[FigurePlace, Earlier]:
    """`then`: the last release of the same slot of the election before."""
    contests = previous_contests(now.definition, then.definition, lineage)
    alone = Counter(contests.values())
    cells = _Cells(now.definition, then.definition, {a: b for a, b in contests.items() if alone[b] == 1})
    areas = _same_areas(now, then, lineage)
    told: dict[FigurePlace, Earlier] = {}
    for place, row in rows_of(then.definition, then.roster, then.package, formats).items():
        cell, area = cells.now(place.cell), areas.get((place.geography, place.area))
        if cell is not None and area is not None:
            told[replace(place, cell=cell, area=area)] = Earlier(then.head.election, row.reading)
    return told


class _Cells:
    """Cells of then → of now."""

    def __init__(
        self, now: ElectionDefinition, then: ElectionDefinition, contests: Mapping[str, str]
    ) -> None:
        self._contests = contests
        self._choices = {
            code: same_choices(then.contest(code), now.contest(today)) for code, today in contests.items()
        }
        meanings = {item.code: (item.version, item.kind, item.unit) for item in then.items}
        self._items = {
            item.code for item in now.items if meanings.get(item.code) == (item.version, item.kind, item.unit)
        }
        self._told: dict[Cell, Cell | None] = {}

    def now(self, cell: Cell) -> Cell | None:
        if cell not in self._told:
            self._told[cell] = self._now(cell)
        return self._told[cell]

    def _now(self, cell: Cell) -> Cell | None:
        if cell.contest not in self._contests or cell.item not in self._items:
            return None
        choice = self._choices[cell.contest].get(cell.choice, "")
        if cell.choice and not choice:
            return None
        return replace(cell, contest=self._contests[cell.contest], choice=choice)


def _same_areas(
    now: ReleasedContents, then: ReleasedContents, lineage: Lineage | None
) -> dict[tuple[str, str], str]:
    """(geography, area of then) → the area of now that is made of what it was made of."""
    day, before = now.definition.polling_date, then.definition.polling_date
    parts = {
        unit: previous_areas(unit, day, before, lineage)
        for unit in now.roster.units
        if unit in now.roster.places
    }
    made_of, were = _units_in(now.roster), _units_in(then.roster)
    same: dict[tuple[str, str], str] = {}
    for (geography, area), units in made_of.items():
        earlier = [parts.get(unit, ()) for unit in units]
        if not all(earlier):
            continue
        whole = {part for of_unit in earlier for part in of_unit}
        code = area
        if area in parts and len(parts[area]) == 1:
            (code,) = parts[area]
        if were.get((geography, code)) == whole:
            same[geography, code] = area
    return same


def _units_in(roster: Roster) -> dict[tuple[str, str], set[str]]:
    """(geography, area) → units that lie in it, wholly or in part, with those that it is."""
    units_in: dict[tuple[str, str], set[str]] = {}
    for places in (roster.places, roster.across):
        for unit, geographies in places.items():
            if unit not in roster.units:
                continue
            for geography, path in geographies.items():
                for area in path:
                    units_in.setdefault((geography, area), set()).add(unit)
    return units_in
