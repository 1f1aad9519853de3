"""What was known at a position or an instant: totals at every level from the log, not from the views as they are now.

Definition, areas and figures are all read as of that position; `valid_at` asks for the areas of another day. The cost
grows with the units of the election, not with the length of the log.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from projections.messages import message
from projections.read import Snapshot, TotalsQuery, ViewReader, WantedCell, rivals, wanted_cells
from projections.read.rows import FIGURES, TotalRow, types_of
from projections.read.sums import (
    NO_PARTS,
    NOTHING,
    Parts,
    ShownSum,
    Stated,
    UnitSum,
    pairs_over,
    shown_rate,
    shown_sum,
    withheld_over,
)
from reporting.database.sql import filled, load
from reporting.domain.election import ElectionDefinition
from reporting.domain.events import ElectionDefined
from reporting.domain.expansion import expand
from reporting.domain.figures import Cell, Value, parse_value, ratio_to_first
from reporting.domain.layer import RELEASED, Layer
from reporting.domain.rosters import RosterHistory
from reporting.domain.units import Node, Roster
from reporting.errors import InvalidInput, UnknownReference
from reporting.kept import Kept
from reporting.ledger import election_stream, registry_stream, released_stream, return_stream
from reporting.ledger.registry import canonical, recorded

SQL = load(__package__)
MAX_KEPT, MAX_PLACES, MAX_AREAS = 64, 8, 200_000
Placed = tuple[dict[str, Node], dict[str, int], list[str]]
"""Areas asked for by code, units of each that vote, and for every unit the numbers of the areas it counts towards."""


@dataclass(frozen=True)
class KnownThen:
    """An election as it was known: definition and roster, and the position of the definition. `arrays`, `places`:
    made once for whoever asks again."""

    definition: ElectionDefinition
    roster: Roster
    defined_at: int
    arrays: dict[tuple[str, ...], str] = field(default_factory=dict, compare=False)
    places: Kept[Placed] = field(default_factory=lambda: Kept(MAX_PLACES), compare=False)

    def streams(self, form: str, slot: str, released: bool) -> str:
        """Streams of all units, in the order of `roster.places`, as a PostgreSQL array."""
        key = ("streams", form, slot, str(released))
        if key not in self.arrays:
            make = released_stream if released else return_stream
            streams = (str(make(self.definition.code, form, slot, unit)) for unit in self.roster.places)
            self.arrays[key] = "{" + ",".join(streams) + "}"
        return self.arrays[key]


class AsOfCache:
    """Rosters by what they were made from; a position never gets another definition, so nothing goes stale."""

    def __init__(self) -> None:
        self.elections: Kept[KnownThen] = Kept(MAX_KEPT)
        self._definitions: Kept[ElectionDefinition] = Kept(MAX_KEPT)
        self.areas: Kept[list[tuple[Any, ...]]] = Kept(MAX_AREAS)
        """Areas of series by what they were asked of; weighed by their number."""

    def definition(self, row: Sequence[Any]) -> ElectionDefinition:
        """Of a stored event."""
        definition = self._definitions.get(row[0])
        if definition is None:
            event = recorded(row).event
            assert isinstance(event, ElectionDefined)
            definition = event.definition
            self._definitions.put(row[0], definition)
        return definition


_CACHES: WeakKeyDictionary[ViewReader, AsOfCache] = WeakKeyDictionary()


def cache_of(reader: ViewReader) -> AsOfCache:
    """One cache for each reader, as long as it lives."""
    return _CACHES.setdefault(reader, AsOfCache())


def position_at(snapshot: Snapshot, instant: datetime) -> int:
    """The last position recorded at or before `instant`; 0 before the first. InvalidInput without a time zone."""
    if instant.tzinfo is None:
        raise InvalidInput(field="instant", found=instant.isoformat(), expected=message("with_a_utc_offset"))
    rows = snapshot.fetch(SQL["head_at"], {"head": snapshot.position, "instant": instant})
    return int(rows[0][0]) if rows else 0


def election_at(
    snapshot: Snapshot, code: str, position: int, valid_at: date | None, cache: AsOfCache
) -> KnownThen:
    """UnknownReference when the election was not defined yet."""
    at = {"stream": election_stream(code), "position": position}
    stored = snapshot.fetch(SQL["last_definition"], at)
    if not stored:
        raise UnknownReference(
            kind="election",
            found=code,
            among=[row.definition.code for row in snapshot.elections() if row.definition.code != code],
        )
    definition = cache.definition(stored[0])
    areas = {"stream": registry_stream(definition.registry), "position": position}
    ((version,),) = snapshot.fetch(SQL["stream_version_at"], areas)
    day = valid_at or definition.polling_date
    key = (code, stored[0][0], int(version), day)
    election = cache.elections.get(key)
    if election is None:
        defined = snapshot.fetch(SQL["events_of_stream"], at)
        events = [recorded(row[:8]) for row in (*defined, *snapshot.fetch(SQL["events_of_stream"], areas))]
        history = RosterHistory()
        for event in sorted(events, key=lambda event: event.position):
            history.apply(event.event, event.command_id)
        history.settle()
        roster = (
            history.roster(code)
            if valid_at is None
            else expand(definition, history.registries[definition.registry].at(day))
        )
        election = KnownThen(definition, roster, stored[0][0])
        cache.elections.put(key, election)
    return election


def totals_at(
    snapshot: Snapshot,
    election: KnownThen,
    query: TotalsQuery,
    position: int,
    parent: str | None = None,
) -> list[TotalRow]:
    """The rows `Snapshot.totals` would have given when the log ended at `position`; by area code, then cell."""
    cells = wanted_cells(election.definition, query)
    against = _rivals(election, query, cells)
    keys = sorted(
        {key for cell in cells for key in (cell.key, cell.divisor) if key is not None}.union(
            *against.values()
        )
    )
    wanted, units_of, places = _places(election, query, parent)
    codes = list(wanted)
    then = _then(election, query.form, query.slot, query.layer, keys, places, position)
    rates = list(dict.fromkeys((cell.key, cell.divisor) for cell in cells if cell.divisor is not None))
    then |= {"tops": [top for top, _ in rates], "bottoms": [bottom for _, bottom in rates]}
    fetched = _fetch(snapshot, "then_by_area_with_rates" if rates else "then_by_area", then)
    sums = {(codes[row[0]], row[1]): UnitSum(*row[3:8]) for row in fetched if row[2] is None}
    parts = {
        (codes[row[0]], row[1], row[2]): _Both(
            Parts(UnitSum(row[3], row[4], row[5]), UnitSum(row[8], row[4], row[9])), row[6]
        )
        for row in fetched
        if row[2] is not None
    }
    if election.roster.kept:
        sums, parts = _kept_sums(snapshot, election, query, cells, keys, units_of, position)
    voting = set(election.roster.contest_units.get(query.contest, ()))
    whole = len(voting - election.roster.on(query.contest, query.form).former)
    smallest = election.roster.reports_itself(query.contest)
    rows: list[TotalRow] = []
    for code, node in wanted.items():
        if not units_of.get(code):
            continue
        for n, cell in enumerate(cells, 1):
            if query.after is not None and (code, n) <= query.after:
                continue
            of = _shown(code, cell, sums, parts, units_of[code])
            rivals_there = [sums.get((code, key), NOTHING) for key in against.get(cell.key, ())]
            ratio = _ratio(sums.get((code, cell.key), NOTHING), rivals_there, whole)
            rows.append(
                TotalRow(
                    0, query.geography, code, node.official_code, node.name, node.name_en, node.level, code in smallest, n, cell.item, cell.breakdown,
                    cell.choice, of.value, of.reported, of.expected, of.withheld, of.numerator, of.denominator,
                    ratio, of.changed,
                )
            )  # fmt: skip
    return rows[: query.limit]


def _rivals(election: KnownThen, query: TotalsQuery, cells: Sequence[WantedCell]) -> dict[str, list[str]]:
    """Cell → the same of everybody who stands for the one seat, itself included; not of rates."""
    codes = rivals(election.definition.contest(query.contest))
    return {
        cell.key: [Cell(query.contest, cell.item, cell.breakdown, code).key for code in codes]
        for cell in cells
        if codes and cell.choice and cell.divisor is None
    }


def _ratio(own: UnitSum, all_of_them: Sequence[UnitSum], units: int) -> str | None:
    """Where every unit of the contest reported everybody: of all but who has most alone."""
    if not all_of_them or not own.counted or any(rival.reported != units for rival in all_of_them):
        return None
    first = max(rival.value for rival in all_of_them)
    alone = sum(rival.value == first for rival in all_of_them) == 1
    ratio = None if alone and own.value == first else ratio_to_first(own.value, first)
    return None if ratio is None else format(ratio, "f")


@dataclass(frozen=True, slots=True)
class _Both:
    """The parts of a rate over the units that gave both, and how many units suppress one of them."""

    parts: Parts = NO_PARTS
    withheld: int = 0


def _shown(
    area: str,
    cell: WantedCell,
    sums: Mapping[tuple[str, str], UnitSum],
    parts: Mapping[tuple[str, str, str], _Both],
    units: int,
) -> ShownSum:
    top = sums.get((area, cell.key), NOTHING)
    if cell.divisor is None:
        return shown_sum(top, units)
    both = parts.get((area, cell.key, cell.divisor), _Both())
    changed = max(top.changed, sums.get((area, cell.divisor), NOTHING).changed)
    return shown_rate(both.parts, units, both.withheld, changed, cell)


def _kept_sums(
    snapshot: Snapshot,
    election: KnownThen,
    query: TotalsQuery,
    cells: Sequence[WantedCell],
    keys: Sequence[str],
    expected: Mapping[str, int],
    position: int,
) -> tuple[dict[tuple[str, str], UnitSum], dict[tuple[str, str, str], _Both]]:
    """Sums by area and cell, and pairs of a rate, where units are gone or divided: `Roster.counts_at` says whose count."""
    values = values_at(snapshot, election, query.form, query.slot, query.layer, keys, position)
    below: dict[str, list[str]] = defaultdict(list)
    for unit, paths in election.roster.places.items():
        for area in paths.get(query.geography, ()):
            below[area].append(unit)
    stated = {
        key: Stated.of(
            election.roster.on(query.contest, query.form),
            query.geography,
            {u: v[0] for (u, k), v in values.items() if k == key},
        )
        for key in keys
    }
    changed = {(unit, key): at for (unit, key), (_, at) in values.items()}
    sums = {
        (area, key): stated[key].over(
            area, units, max((changed.get((unit, key), 0) for unit in units), default=0)
        )
        for area, units in below.items()
        for key in keys
    }
    parts = {
        (area, cell.key, cell.divisor): _Both(
            pairs_over(stated[cell.key], stated[cell.divisor], area, units, expected.get(area, 0)),
            withheld_over(stated[cell.key], stated[cell.divisor], units),
        )
        for area, units in below.items()
        for cell in cells
        if cell.divisor is not None
    }
    return sums, parts


def _places(election: KnownThen, query: TotalsQuery, parent: str | None) -> Placed:
    asked = (query.contest, query.form, query.geography, query.level, query.areas, parent)
    if (kept := election.places.get(asked)) is not None:
        return kept
    expected = election.roster.expected(query.contest, query.form, query.geography)
    areas = set(query.areas) if query.areas is not None else None
    wanted = {}
    for (geography, code), node in sorted(election.roster.nodes.items()):
        if geography != query.geography or query.level not in (None, node.level):
            continue
        if (areas is None or code in areas) and (parent is None or node.parent == parent):
            wanted[code] = node
    numbers = {area: str(n) for n, area in enumerate(wanted)}
    units_of = {area: len(expected[area]) for area in numbers if area in expected}
    places: list[str] = []
    for paths in election.roster.places.values():
        here = [area for area in paths.get(query.geography, ()) if area in numbers]
        places.append('"' + " ".join(map(numbers.__getitem__, here)) + '"' if here else "NULL")
    made = (wanted, units_of, places)
    election.places.put(asked, made)
    return made


def _fetch(snapshot: Snapshot, answer: str, values: dict[str, Any]) -> list[Any]:
    snapshot.fetch(SQL["walk_back"], {"bitmaps": "off"})
    statement = filled(SQL["then"], answer=SQL[answer], sums=SQL["then_by_area"])
    rows = snapshot.fetch(statement, values)
    snapshot.fetch(SQL["walk_back"], {"bitmaps": "on"})
    return rows


def _then(
    election: KnownThen,
    form: str,
    slot: str,
    layer: Layer,
    keys: Sequence[str],
    places: Sequence[str],
    position: int,
) -> dict[str, Any]:
    """Parameters of the statement `then`."""
    quoted = [canonical(key) + b":" for key in keys]
    return {
        **slot_parameters(election, form, slot, layer, position),
        "places": "{" + ",".join(places) + "}",
        "keys": list(keys),
        "quoted": quoted,
        "common": _beginning(min(quoted), max(quoted)) if quoted else b"",
    }


def slot_parameters(election: KnownThen, form: str, slot: str, layer: Layer, position: int) -> dict[str, Any]:
    """Which events say what a slot held in a layer at a position, as parameters."""
    return {
        "streams": election.streams(form, slot, layer == RELEASED),
        "position": position,
        "types": types_of(layer),
        "level": None if layer.level is None else b'"level":' + canonical(layer.level),
    }


def version_at(snapshot: Snapshot, stream: UUID, position: int) -> int:
    """A stream's version as of a position; 0 before it began."""
    ((version,),) = snapshot.fetch(SQL["stream_version_at"], {"stream": stream, "position": position})
    return int(version)


def values_at(
    snapshot: Snapshot,
    election: KnownThen,
    form: str,
    slot: str,
    layer: Layer,
    keys: Sequence[str],
    position: int,
    among: Collection[str] | None = None,
) -> Mapping[tuple[str, str], tuple[Value, int]]:
    """(unit, cell key) → (value, position that set it), for every unit, or for those `among`."""
    units = list(election.roster.places)
    places = ["0" if among is None or unit in among else "NULL" for unit in units]
    rows = _fetch(snapshot, "then_by_stream", _then(election, form, slot, layer, keys, places, position))
    return {(units[n - 1], key): (parse_value(text), at) for n, key, text, at in rows}


def cells_at(
    snapshot: Snapshot, election: str, form: str, slot: str, unit: str, position: int
) -> dict[str, tuple[str, int]]:
    """Cell key → (text, position that set it) of one return as it was."""
    parameters = {"stream": return_stream(election, form, slot, unit), "position": position, "types": FIGURES}
    return {key: (text, at) for key, text, at in snapshot.fetch(SQL["cells_at"], parameters)}


def _beginning(first: bytes, last: bytes) -> bytes:
    """What both begin with: of the smallest and the greatest, what all do."""
    same = (n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b)
    return first[: next(same, len(first))]
