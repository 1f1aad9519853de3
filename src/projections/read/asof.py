"""What was known at a position or an instant: totals at every level from the log, not from the views as they are now.

Definition, areas and figures are all read as of that position; `valid_at` asks for the areas of another day. The cost
grows with the units of the election, not with the length of the log.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID
from weakref import WeakKeyDictionary

from projections.read import Snapshot, TotalsQuery, ViewReader
from projections.read import _wanted as wanted_cells
from projections.read.rows import TotalRow
from reporting.database.sql import load
from reporting.domain.election import ElectionDefinition
from reporting.domain.events import AreasRegistered, ElectionDefined, GeographiesDeclared
from reporting.domain.figures import Absence, Value, format_value, parse_value, rate
from reporting.domain.registry import AreaRegistry
from reporting.domain.units import Roster, expand
from reporting.errors import InvalidInput, UnknownReference
from reporting.ledger import election_stream, registry_stream, released_stream, return_stream
from reporting.ledger.registry import recorded

SQL = load(__package__)
FIGURES = ["FiguresEntered", "FiguresCorrected"]
MAX_KEPT = 64


@dataclass(frozen=True)
class KnownThen:
    """An election as it was known: definition and roster, and the positions they stand at."""

    definition: ElectionDefinition
    roster: Roster
    defined_at: int


class AsOfCache:
    """Rosters by what they were made from; a position never gets another definition, so nothing goes stale."""

    def __init__(self) -> None:
        self.elections: dict[tuple[str, int, int, date], KnownThen] = {}


_CACHES: WeakKeyDictionary[ViewReader, AsOfCache] = WeakKeyDictionary()


def cache_of(reader: ViewReader) -> AsOfCache:
    """One cache for each reader, as long as it lives."""
    return _CACHES.setdefault(reader, AsOfCache())


def position_at(snapshot: Snapshot, instant: datetime) -> int:
    """The last position recorded at or before `instant`; 0 before the first. InvalidInput without a time zone."""
    if instant.tzinfo is None:
        raise InvalidInput(
            field="instant", found=instant.isoformat(), expected="時差付き / with a UTC offset"
        )
    rows = snapshot.fetch(SQL["head_at"], {"head": snapshot.position, "instant": instant})
    return int(rows[0][0]) if rows else 0


def election_at(
    snapshot: Snapshot, code: str, position: int, valid_at: date | None, cache: AsOfCache
) -> KnownThen:
    """UnknownReference when the election was not defined yet."""
    stored = snapshot.fetch(SQL["events_of_stream"], {"stream": election_stream(code), "position": position})
    if not stored:
        raise UnknownReference(kind="election", found=code)
    last = recorded(stored[-1][:8])
    assert isinstance(last.event, ElectionDefined)
    definition = last.event.definition
    areas = {"stream": registry_stream(definition.registry), "position": position}
    ((version,),) = snapshot.fetch(SQL["stream_version_at"], areas)
    day = valid_at or definition.polling_date
    key = (code, last.position, int(version), day)
    if key not in cache.elections:
        registry = AreaRegistry()
        for row in snapshot.fetch(SQL["events_of_stream"], areas):
            event = recorded(row[:8]).event
            if isinstance(event, GeographiesDeclared):
                registry.declare(event.geographies)
            elif isinstance(event, AreasRegistered):
                registry.register(event.areas)
        if len(cache.elections) >= MAX_KEPT:
            cache.elections.clear()
        roster = expand(definition, registry.at(day))
        cache.elections[key] = KnownThen(definition, roster, last.position)
    return cache.elections[key]


def totals_at(
    snapshot: Snapshot,
    known: KnownThen,
    query: TotalsQuery,
    position: int,
    parent: str | None = None,
) -> list[TotalRow]:
    """The rows `Snapshot.totals` would have given when the log ended at `position`; by area code, then cell."""
    cells = wanted_cells(known.definition, query)
    keys = sorted({key for cell in cells for key in cell[3:5] if key is not None})
    values = values_at(snapshot, known, query.form, query.slot, keys, position)
    expected = known.roster.contest_units.get(query.contest, ())
    voting = set(expected)
    sums: dict[tuple[str, str], list[Decimal | int]] = defaultdict(lambda: [Decimal(0), 0, 0, 0])
    units_of: dict[str, int] = defaultdict(int)
    for unit, paths in known.roster.places.items():
        path = paths.get(query.geography, ())
        if unit in voting:
            for area in path:
                units_of[area] += 1
        for key in keys:
            if (found := values.get((unit, key))) is None:
                continue
            value, at = found
            number = isinstance(value, Decimal)
            for area in path:
                row = sums[area, key]
                if isinstance(value, Decimal):
                    row[0] += value
                row[1] += int(number or value is Absence.NONE)
                row[2] += int(number)
                row[3] = max(int(row[3]), at)
    areas = set(query.areas) if query.areas is not None else None
    rows: list[TotalRow] = []
    for (geography, code), node in sorted(known.roster.nodes.items()):
        if geography != query.geography or code not in units_of:
            continue
        if query.level not in (None, node.level) or (areas is not None and code not in areas):
            continue
        if parent is not None and node.parent != parent:
            continue
        for n, (item, breakdown, choice, key, divisor, decimals) in enumerate(cells, 1):
            if query.after is not None and (code, n) <= query.after:
                continue
            top = sums.get((code, key))
            below = sums.get((code, divisor)) if divisor else None
            rows.append(
                TotalRow(
                    0, geography, code, node.name, node.name_en, node.level, node.is_unit, n, item, breakdown, choice,
                    *_shown(top, below, divisor is not None, units_of[code], decimals),
                )
            )  # fmt: skip
    return rows[: query.limit]


def version_at(snapshot: Snapshot, stream: UUID, position: int) -> int:
    """A stream's version as of a position; 0 before it began."""
    ((version,),) = snapshot.fetch(SQL["stream_version_at"], {"stream": stream, "position": position})
    return int(version)


def values_at(
    snapshot: Snapshot, known: KnownThen, form: str, slot: str, keys: Sequence[str], position: int
) -> Mapping[tuple[str, str], tuple[Value, int]]:
    """(unit, cell key) → (value, position that set it), for every unit; `slot` may name a layer."""
    slot, _, layer = slot.partition("@")
    make = released_stream if layer == "+released" else return_stream
    streams: dict[UUID, str] = {
        make(known.definition.code, form, slot, unit): unit for unit in known.roster.units
    }
    types = {"": FIGURES, "+released": ["FiguresReleased"]}.get(layer, ["ReturnApproved"])
    parameters = {
        "streams": list(streams),
        "keys": list(keys),
        "position": position,
        "types": types,
        "level": layer if layer not in ("", "+released") else None,
    }
    return {
        (streams[stream], key): (parse_value(text), at)
        for stream, key, text, at in snapshot.fetch(SQL["values_at"], parameters)
    }


def cells_at(
    snapshot: Snapshot, election: str, form: str, slot: str, unit: str, position: int
) -> dict[str, tuple[str, int]]:
    """Cell key → (text, position that set it) of one return as it was."""
    parameters = {"stream": return_stream(election, form, slot, unit), "position": position, "types": FIGURES}
    return {key: (text, at) for key, text, at in snapshot.fetch(SQL["cells_at"], parameters)}


def _shown(
    top: Iterable[Decimal | int] | None,
    below: Iterable[Decimal | int] | None,
    is_rate: bool,
    units: int,
    decimals: int,
) -> tuple[str | None, int, int, str | None, str | None, int | None]:
    """value, reported, expected, numerator, denominator, changed: as the views show them."""
    value, reported, counted, at = top or (Decimal(0), 0, 0, 0)
    total = format_value(Decimal(value)) if counted else None
    if not is_rate:
        return total, int(reported), units, None, None, int(at) or None
    under, below_reported, below_counted, below_at = below or (Decimal(0), 0, 0, 0)
    result = None
    if counted and counted == below_counted:
        result = rate(Decimal(value), Decimal(under), decimals)
    return (
        None if result is None else format(result, "f"),
        min(int(reported), int(below_reported)),
        units,
        total,
        format_value(Decimal(under)) if below_counted else None,
        max(int(at), int(below_at)) or None,
    )


__all__ = [
    "AsOfCache",
    "KnownThen",
    "cache_of",
    "cells_at",
    "election_at",
    "position_at",
    "totals_at",
    "values_at",
    "version_at",
]
