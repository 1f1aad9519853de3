"""Sums as of a position where units of an election are gone, merged or divided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from projections.read.query import TotalsQuery, WantedCell
from projections.read.sums import Both, Stated, UnitSum, pairs_over, withheld_over
from reporting.domain.figures import Value
from reporting.domain.units import Roster


def sums_where_units_are_gone(
    roster: Roster,
    query: TotalsQuery,
    cells: Sequence[WantedCell],
    keys: Sequence[str],
    expected: Mapping[str, int],
    values: Mapping[tuple[str, str], tuple[Value, int]],
) -> tuple[dict[tuple[str, str], UnitSum], dict[tuple[str, str, str], Both]]:
    """Sums by area and cell, and pairs of a rate, where units are gone or divided: `Roster.counts_at` says whose count."""
    below: dict[str, list[str]] = defaultdict(list)
    for unit, paths in roster.places.items():
        for area in paths.get(query.geography, ()):
            below[area].append(unit)
    stated = {
        key: Stated.of(
            roster.on(query.contest, query.form),
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
        (area, cell.key, cell.divisor): Both(
            pairs_over(stated[cell.key], stated[cell.divisor], area, units, expected.get(area, 0)),
            withheld_over(stated[cell.key], stated[cell.divisor], units),
        )
        for area, units in below.items()
        for cell in cells
        if cell.divisor is not None
    }
    return sums, parts
