"""The rows `base_live` would have given when the log ended at a position: sums at every area from the log itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from projections.read import Snapshot, asof
from projections.read.contests_then import Then, slot_values
from projections.read.sums import NOTHING, Stated, UnitSum, gave, pairs_over, withheld_over
from projections.series.known import SQL, columns
from projections.series.plan import LayeredSlot, SeriesCell, SeriesElection, SeriesQuery, Wanted
from projections.series.then import StillStanding
from reporting.domain.counting import CountingUnits
from reporting.domain.figures import Absence, Value, format_value, parse_value
from reporting.domain.units import Node, Roster

NAMES = (
    "n", "code", "official_code", "name", "name_en", "level", "top", "absence", "reported", "counted", "bottom",
    "below_counted", "expected", "withheld", "disputed", "partly",
)  # fmt: skip
UNIT_NAMES = ("n", "of_area", "unit", "name", "expected", "top_units", "top", "bottom_units", "bottom")
FEW = 50
"""Cells that are looked for one by one in each stream; beyond, streams are read whole."""
Values = Mapping[tuple[str, str], tuple[Value, int]]


@dataclass(frozen=True, slots=True)
class _Sums:
    """Of one cell over an area; of a rate both, over the units that gave both parts. `absences`: of the cell (above the
    line); `withheld`: units that suppress it, or one of the parts."""

    top: UnitSum = NOTHING
    bottom: UnitSum = NOTHING
    absences: frozenset[str] = frozenset()
    withheld: int = 0


@dataclass(frozen=True, slots=True)
class Numbered:
    """Something wanted, with its number in the statement."""

    n: int
    wanted: Wanted


class Past:
    """Reads each slot of an election once: what a figure has been since before the position is in the views, the rest in the log."""

    NAMES = NAMES

    def __init__(self, snapshot: Snapshot, then: StillStanding) -> None:
        self._snapshot, self._then, self._position = snapshot, then, then.position
        self._values: dict[tuple[str, LayeredSlot], Values] = {}
        self._read: dict[tuple[str, LayeredSlot], frozenset[str]] = {}

    def on(self, snapshot: Snapshot) -> None:
        """Read on in another transaction, at the same position."""
        self._snapshot = snapshot

    def forget(self) -> None:
        """What was read: it may be of many series, and is read again where it is needed."""
        self._values.clear()
        self._read.clear()

    def holds(self, asked: list[SeriesCell], keys: Sequence[str]) -> set[int]:
        """Places of those that held anything; `keys`: every cell that will be asked for."""
        places = set()
        for place, (election, page, key) in enumerate(asked):
            values = self._of(election, page, keys)
            if any(cell == key for _unit, cell in values):
                places.add(place)
        return places

    def base(self, wanted: Sequence[Numbered], query: SeriesQuery, peers: Collection[str]) -> dict[str, Any]:
        """Parameters of the block `base_given`; `peers`: areas read for what leads from them into others."""
        keys = sorted(
            {
                cell.key
                for numbered in wanted
                for cell in (numbered.wanted.cell, numbered.wanted.divisor)
                if cell is not None
            }
        )
        disputed, sampled = (self._units_of(name, wanted) for name in ("disputed_units", "sampled_units"))
        rows: list[tuple[Any, ...]] = []
        grounds: dict[tuple[str, str, str], _Ground] = {}
        for numbered in wanted:
            n, sought = numbered.n, numbered.wanted
            code = sought.election.definition.code
            election_then = self._then.election(code)
            values = self._of(sought.election, sought.page, keys)
            where = (code, sought.contest.code, sought.form.code)
            if where not in grounds:
                grounds[where] = _Ground.of(
                    election_then.roster, sought.contest.code, sought.form.code, query, peers
                )
            units, smallest, asked = grounds[where].units, grounds[where].smallest, grounds[where].asked
            divisor = sought.divisor.key if sought.divisor else None
            sums = _sums(
                election_then.roster.on(sought.contest.code, sought.form.code),
                query.geography,
                values,
                sought.cell.key,
                divisor,
                units,
                asked,
            )
            at = (sought.election.number, sought.form.code, sought.slot.code)
            open_units = {unit for *place, unit in disputed if tuple(place) == at}
            partly = {unit for *place, unit in sampled
                      if tuple(place) == (*at, sought.layer.code) and (unit, sought.cell.key) in values}  # fmt: skip
            placed: dict[str, set[str]] = defaultdict(set)
            for unit in smallest if open_units or partly else ():
                for area in election_then.roster.places[unit].get(query.geography, ()):
                    placed[area].add(unit)
            for area, node in asked.items():
                of = sums.get(area, _Sums())
                upper, lower = of.top, of.bottom
                alone = (query.geography, area) in election_then.roster.sole
                absence = next(iter(of.absences)) if alone and of.absences else None
                inside = placed.get(area, set())
                rows.append(
                    (
                        n, area, node.official_code, node.name, node.name_en, node.level,
                        format_value(upper.value) if upper.counted else None, absence, upper.reported, upper.counted,
                        format_value(lower.value) if lower.counted else None, lower.counted,
                        len(units[area]), of.withheld, not open_units.isdisjoint(inside),
                        not partly.isdisjoint(inside),
                    )
                )  # fmt: skip
        return columns("b", NAMES, rows)

    def units(self, wanted: Sequence[Numbered], query: SeriesQuery) -> dict[str, Any]:
        """Parameters of the block `units_given`: what each unit says of each cell, under every area it lies in."""
        keys = sorted(
            {
                cell.key
                for numbered in wanted
                for cell in (numbered.wanted.cell, numbered.wanted.divisor)
                if cell is not None
            }
        )
        rows: list[tuple[Any, ...]] = []
        for numbered in wanted:
            n, sought = numbered.n, numbered.wanted
            election_then = self._then.election(sought.election.definition.code)
            values = self._of(sought.election, sought.page, keys)
            roster = election_then.roster
            counting = roster.on(sought.contest.code, sought.form.code)
            top = _counting(counting, _of_cell(values, sought.cell.key))
            bottom = _counting(counting, _of_cell(values, sought.divisor.key)) if sought.divisor else {}
            voting = set(roster.contest_units.get(sought.contest.code, ())) - counting.former
            for unit in sorted({*roster.contest_units.get(sought.contest.code, ()), *counting.divided}):
                name = {**roster.retired, **roster.units}[unit].name
                expected = int(unit in voting)
                for area in roster.places[unit].get(query.geography, ()):
                    weight = counting.weight_at(unit, query.geography, area)
                    sides = ((weight, side[unit]) if unit in side else (0, None) for side in (top, bottom))
                    rows.append((n, area, unit, name, expected, *chain.from_iterable(sides)))
        return columns("u", UNIT_NAMES, rows)

    def _of(self, election: SeriesElection, page: LayeredSlot, keys: Sequence[str]) -> Values:
        where = (election.definition.code, page)
        if not self._read.get(where, frozenset()).issuperset(keys):
            self._read[where] = self._read.get(where, frozenset()).union(keys)
            every = sorted(self._read[where])
            self._values[where] = self._values_of(election, page, every)
        return self._values[where]

    def _values_of(self, election: SeriesElection, page: LayeredSlot, keys: Sequence[str]) -> Values:
        election_then = self._then.election(election.definition.code)
        if election.definition.code in self._then.redefined:
            return self._from_log(election_then, page, keys)
        asked = {
            "election_no": election.number, "form": page.form, "slot": page.slot, "layer": page.layer.code,
            "keys": list(keys),
        }  # fmt: skip
        standing: dict[tuple[str, str], tuple[Value, int]] = {}
        moved: set[str] = set()
        for unit, key, text, at in self._snapshot.fetch(SQL["figures_of_slot"], asked):
            if at <= self._position:
                standing[unit, key] = parse_value(text), at
            else:
                moved.add(unit)
        return standing | self._from_log(election_then, page, keys, moved) if moved else standing

    def _from_log(
        self,
        election: asof.KnownThen,
        page: LayeredSlot,
        keys: Sequence[str],
        among: Collection[str] | None = None,
    ) -> dict[tuple[str, str], tuple[Value, int]]:
        if len(keys) <= FEW or (among is not None and len(among) <= FEW):
            return dict(asof.values_at(self._snapshot, election, *page, keys, self._position, among))
        values_by_key = slot_values(self._snapshot, election, *page, keys, self._position)
        return {
            (unit, key): (value, 0) for key, said in values_by_key.items() for unit, value in said.items()
        }

    def over(self, wanted: Sequence[Numbered], query: SeriesQuery, peers: Collection[str]) -> dict[str, Any]:
        """Parameters of the block `base_given` for sums over contests."""
        disputed, sampled = (self._units_of(name, wanted) for name in ("disputed_units", "sampled_units"))
        every: dict[str, set[str]] = defaultdict(set)
        for numbered in wanted:
            every[numbered.wanted.election.definition.code].update(numbered.wanted.every_key)
        then: dict[tuple[str, LayeredSlot], Then] = {}
        rows: list[tuple[Any, ...]] = []
        for numbered in wanted:
            n, sought = numbered.n, numbered.wanted
            code = sought.election.definition.code
            roster = self._then.election(code).roster
            values = self._of(sought.election, sought.page, sorted(every[code]))
            where = (code, sought.page)
            if where not in then:
                by_cell: dict[str, dict[str, Value]] = defaultdict(dict)
                for (unit, key), (value, _) in values.items():
                    by_cell[key][unit] = value
                then[where] = Then(roster, sought.form.code, query.geography, by_cell)
            at = (sought.election.number, sought.form.code, sought.slot.code)
            open_areas = _areas(
                roster, query.geography, (unit for *place, unit in disputed if tuple(place) == at)
            )
            partly = _areas(
                roster,
                query.geography,
                (
                    unit
                    for *place, unit in sampled
                    if tuple(place) == (*at, sought.layer.code)
                    and any((unit, key) in values for key in sought.keys)
                ),
            )
            smallest = {unit for piece in sought.pieces for unit in roster.reports_itself(piece.contest)}
            for (geography, area), node in roster.nodes.items():
                asked = geography == query.geography
                if not asked or not _asked(query, area, node.level, area in smallest, area in peers):
                    continue
                if (of := then[where].over(area, sought.pieces)) is None:
                    continue
                rows.append(
                    (
                        n, area, node.official_code, node.name, node.name_en, node.level,
                        format_value(of.top.value) if of.top.counted else None, None, of.top.reported, of.top.counted,
                        format_value(of.bottom.value) if of.bottom.counted else None, of.bottom.counted,
                        of.expected, of.withheld, area in open_areas, area in partly,
                    )
                )  # fmt: skip
        return columns("b", NAMES, rows)

    def _units_of(self, query: str, wanted: Sequence[Numbered]) -> list[tuple[Any, ...]]:
        """(election_no, form, slot, perhaps layer, unit) of a named statement at the position."""
        numbers = sorted({sought.wanted.election.number for sought in wanted})
        return self._snapshot.fetch(SQL[query], {"election_nos": numbers, "position": self._position})


@dataclass(frozen=True, slots=True)
class _Ground:
    """Of a contest and form: the units of each area, its smallest areas, and of its areas those that are read."""

    units: Mapping[str, Sequence[str]]
    smallest: Collection[str]
    asked: Mapping[str, Node]

    @classmethod
    def of(
        cls, roster: Roster, contest: str, form: str, query: SeriesQuery, peers: Collection[str]
    ) -> _Ground:
        units = roster.expected(contest, form, query.geography)
        smallest = roster.reports_itself(contest)
        asked = {
            area: node
            for (geography, area), node in roster.nodes.items()
            if geography == query.geography
            and area in units
            and _asked(query, area, node.level, area in smallest, area in peers)
        }
        return cls(units, smallest, asked)


def _areas(roster: Roster, geography: str, units: Iterable[str]) -> set[str]:
    """Areas in which one of the units lies."""
    return {area for unit in units for area in roster.places[unit].get(geography, ())}


def _asked(query: SeriesQuery, code: str, level: str, is_unit: bool, is_peer: bool) -> bool:
    by_code = query.areas is not None and code in query.areas
    by_level = query.levels is not None and level in query.levels
    if query.boundaries is not None:
        return is_unit or is_peer or by_code or by_level
    return is_peer or ((query.areas is None or by_code) and (query.levels is None or by_level))


def _sums(
    counting: CountingUnits,
    geography: str,
    values: Values,
    key: str,
    divisor: str | None,
    expected: Mapping[str, Sequence[str]],
    asked: Collection[str],
) -> dict[str, _Sums]:
    """Of the areas asked for."""
    units: dict[str, list[str]] = defaultdict(list)
    for unit, paths in counting.places.items():
        if (unit, key) in values or (divisor and (unit, divisor) in values):
            for area in paths.get(geography, ()):
                if area in asked:
                    units[area].append(unit)
    top = Stated.of(counting, geography, _of_cell(values, key))
    bottom = Stated.of(counting, geography, _of_cell(values, divisor)) if divisor else None
    sums_by_place: dict[str, _Sums] = {}
    for area, members in units.items():
        said = (top.values.get(unit) for unit in members)
        absences = frozenset(value.value for value in said if isinstance(value, Absence))
        if bottom is None:
            of = top.over(area, members)
            sums_by_place[area] = _Sums(of, NOTHING, absences, of.withheld)
        else:
            pairs = pairs_over(top, bottom, area, members, len(expected.get(area, ())))
            sums_by_place[area] = _Sums(
                pairs.top, pairs.bottom, absences, withheld_over(top, bottom, members)
            )
    return sums_by_place


def _of_cell(values: Values, key: str) -> dict[str, Value]:
    return {unit: value for (unit, cell), (value, _) in values.items() if cell == key}


def _counting(units: CountingUnits, values: Mapping[str, Value]) -> dict[str, str | None]:
    """Units whose figure counts, and its number (None: stated that there is none)."""
    counting = units.counting({unit for unit, value in values.items() if gave(value)})
    return {
        unit: None if isinstance(value := values[unit], Absence) else format_value(value) for unit in counting
    }
