"""What was known at a position or an instant: totals at every level from the log, not from the views as they are now.

Definition, areas and figures are all read as of that position; `valid_at` asks for the areas of another day. The cost
grows with the units of the election, not with the length of the log; what a slot has held is kept for who asks again (ADR 51).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from projections.read import Snapshot, TotalsQuery, ViewReader, WantedCell, rivals, wanted_cells
from projections.read.gone_units import sums_where_units_are_gone
from projections.read.rows import FIGURES, TotalRow, types_of
from projections.read.slot_past import REFUSED, Groups, SlotPast, nothing_yet
from projections.read.sums import (
    NOTHING,
    Both,
    Parts,
    ShownSum,
    UnitSum,
    shown_rate,
    shown_sum,
)
from reporting.database.sql import filled, load
from reporting.domain.election import ElectionDefinition
from reporting.domain.events import ElectionDefined
from reporting.domain.expansion import expand
from reporting.domain.figures import Cell, Value, parse_value, ratio_to_first
from reporting.domain.layer import RELEASED, Layer
from reporting.domain.rosters import RosterHistory
from reporting.domain.units import Node, Roster
from reporting.errors import NotDefinedYet, UnknownReference
from reporting.kept import Kept
from reporting.ledger import election_stream, registry_stream, released_stream, return_stream
from reporting.ledger.registry import canonical, recorded

SQL = load(__package__)
MAX_KEPT, MAX_PLACES, MAX_AREAS = 64, 8, 200_000
MAX_CHANGES = 2_000_000
"""Of all pasts of slots that a process keeps, 20 bytes each."""
Placed = tuple[dict[str, Node], dict[str, int], list[str], Groups]
"""Areas asked for by code, units of each that vote, for every unit the numbers of the areas it counts towards, and the same the
other way round."""


@dataclass(frozen=True)
class KnownThen:
    """An election as it was known: definition and roster, and the position of the definition. `key`: no other election, definition or
    roster has it; `pasts`: what slots have held, of all elections. `arrays`, `places`: made once for whoever asks again."""

    definition: ElectionDefinition
    roster: Roster
    defined_at: int
    key: Hashable = field(compare=False)
    pasts: Kept[SlotPast] = field(compare=False)
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
        self.pasts: Kept[SlotPast] = Kept(MAX_CHANGES)

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


def election_at(
    snapshot: Snapshot, code: str, position: int, valid_at: date | None, cache: AsOfCache
) -> KnownThen:
    """NotDefinedYet; UnknownReference of one that nobody has."""
    at = {"stream": election_stream(code), "position": position}
    stored = snapshot.fetch(SQL["last_definition"], at)
    if not stored:
        if defined := snapshot.fetch(SQL["first_defined"], at | {"position": snapshot.position}):
            raise NotDefinedYet(code, position, int(defined[0][0]))
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
        election = KnownThen(definition, roster, stored[0][0], key, cache.pasts)
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
    wanted, units_of, places, groups = _places(election, query, parent)
    codes = list(wanted)
    rates = list(dict.fromkeys((cell.key, cell.divisor) for cell in cells if cell.divisor is not None))
    past = _past(snapshot, election, query, keys, position)
    if election.roster.kept:
        values = (
            values_at(snapshot, election, query.form, query.slot, query.layer, keys, position)
            if past is None
            else past.values(list(election.roster.places), position)
        )
        sums, parts = sums_where_units_are_gone(election.roster, query, cells, keys, units_of, values)
    elif past is None:
        then = _then(election, query.form, query.slot, query.layer, keys, places, position)
        sums, parts = _stated_sums(snapshot, codes, rates, then)
    else:
        sums = {(codes[n], key): total for (n, key), total in past.sums(groups, position).items()}
        pairs = past.pairs(rates, groups, position)
        parts = {(codes[n], top, bottom): both for (n, top, bottom), both in pairs.items()}
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


def _shown(
    area: str,
    cell: WantedCell,
    sums: Mapping[tuple[str, str], UnitSum],
    parts: Mapping[tuple[str, str, str], Both],
    units: int,
) -> ShownSum:
    top = sums.get((area, cell.key), NOTHING)
    if cell.divisor is None:
        return shown_sum(top, units)
    both = parts.get((area, cell.key, cell.divisor), Both())
    changed = max(top.changed, sums.get((area, cell.divisor), NOTHING).changed)
    return shown_rate(both.parts, units, both.withheld, changed, cell)


def _past(
    snapshot: Snapshot, election: KnownThen, query: TotalsQuery, keys: Sequence[str], position: int
) -> SlotPast | None:
    """What the slot's cells have held, at least up to the position. None: to be asked of the log at that position, which costs half of
    reading it whole; so it is for who asks the first time, and where there is more than is kept."""
    key = (election.key, query.form, query.slot, query.layer, tuple(keys))
    past = election.pasts.get(key)
    if past is None:
        past = nothing_yet(len(election.roster.places))
        election.pasts.put(key, past, past.weight)
        return None
    if past.refused or position > snapshot.head:
        return None
    if position > past.upto:
        asked = slot_parameters(election, query.form, query.slot, query.layer, snapshot.head)
        quoted = [canonical(cell) + b":" for cell in keys]
        asked |= {"versions": list(past.versions), "quoted": quoted, "common": _common(quoted)}
        past = past.later(keys, _walked_back(snapshot, SQL["since"], asked), snapshot.head)
        if not election.pasts.put(key, past, past.weight):
            election.pasts.put(key, REFUSED)
    return past


def _stated_sums(
    snapshot: Snapshot, codes: Sequence[str], rates: Sequence[tuple[str, str]], then: Mapping[str, Any]
) -> tuple[dict[tuple[str, str], UnitSum], dict[tuple[str, str, str], Both]]:
    """Sums by area and cell, and pairs of a rate, made by the statement."""
    asked = {**then, "tops": [top for top, _ in rates], "bottoms": [bottom for _, bottom in rates]}
    fetched = _fetch(snapshot, "then_by_area_with_rates" if rates else "then_by_area", asked)
    sums = {(codes[row[0]], row[1]): UnitSum(*row[3:8]) for row in fetched if row[2] is None}
    parts = {
        (codes[row[0]], row[1], row[2]): Both(
            Parts(UnitSum(row[3], row[4], row[5]), UnitSum(row[8], row[4], row[9])), row[6]
        )
        for row in fetched
        if row[2] is not None
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
    numbers = {area: n for n, area in enumerate(wanted)}
    units_of = {area: len(expected[area]) for area in numbers if area in expected}
    places: list[str] = []
    groups: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for unit, paths in enumerate(election.roster.places.values()):
        here = [numbers[area] for area in paths.get(query.geography, ()) if area in numbers]
        places.append('"' + " ".join(map(str, here)) + '"' if here else "NULL")
        if here:
            groups[tuple(here)].append(unit)
    made = (wanted, units_of, places, groups)
    election.places.put(asked, made)
    return made


def _fetch(snapshot: Snapshot, answer: str, values: Mapping[str, Any]) -> list[Any]:
    return _walked_back(snapshot, filled(SQL["then"], answer=SQL[answer], sums=SQL["then_by_area"]), values)


def _walked_back(snapshot: Snapshot, statement: str, values: Mapping[str, Any]) -> list[Any]:
    snapshot.fetch(SQL["walk_back"], {"bitmaps": "off"})
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
        "common": _common(quoted),
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


def _common(quoted: Sequence[bytes]) -> bytes:
    """How all of them begin: what the smallest and the greatest have in common."""
    if not quoted:
        return b""
    first, last = min(quoted), max(quoted)
    same = (n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b)
    return first[: next(same, len(first))]
