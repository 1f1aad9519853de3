"""Which polling places have sent something, over many units."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from projections.read import ElectionRow, Snapshot
from projections.read.statements import texts
from reporting.database.sql import load
from reporting.domain.polling_places import PlaceKind

SQL = load(__package__)


@dataclass(frozen=True, slots=True)
class PlaceBoardRow:
    """A unit's places in one slot. `missing`: numbers, as listed; `position`: of the last that arrived, None where none did."""

    unit: str
    expected: int
    arrived: int
    missing: list[str]
    position: int | None


@dataclass(frozen=True, slots=True)
class PlaceBoard:
    """`rows`: units that have places, by code; `without_list`: those that have none."""

    rows: list[PlaceBoardRow]
    without_list: list[str]


def place_board(
    snapshot: Snapshot,
    election: ElectionRow,
    page: tuple[str, str],
    kinds: Collection[PlaceKind],
    day: date,
    units: Collection[str],
) -> PlaceBoard:
    """`page`: form and slot; `kinds`: of places that it asks; `day`: that its figures are of."""
    definition = election.definition
    asked = {
        "election": definition.code, "form": page[0], "slot": page[1], "units": texts(units),
        "kinds": [kind.value for kind in kinds],
        "on_the_day": [kind.value for kind in PlaceKind if kind.on_polling_day],
        "polling_date": definition.polling_date, "day": day,
    }  # fmt: skip
    rows, unsure = list[PlaceBoardRow](), set(units)
    for row in snapshot.fetch(SQL["place_board"], asked, prepare=False):
        unit, expected, arrived, position, has_list, numbers, at = row
        missing = [number for _, number in sorted(zip(at or (), numbers or (), strict=True))]
        rows.append(PlaceBoardRow(unit, expected, arrived, missing, position))
        unsure -= {unit} if has_list else set()
    if unsure:
        rest = {**asked, "units": texts(unsure)}
        unsure.difference_update(unit for (unit,) in snapshot.fetch(SQL["units_with_places"], rest))
    return PlaceBoard(rows, sorted(unsure))
