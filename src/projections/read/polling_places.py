"""Which polling places have sent something, over many units."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import Any, NamedTuple

from projections.read import ElectionRow, Snapshot
from projections.read.statements import texts
from reporting.database.sql import filled, load
from reporting.domain.polling_places import PlaceKind

SQL = load(__package__)
FEW = 100
"""So many units are looked up one by one; of more all between the first and the last are read, which lie together where they are of
one office."""


class PlaceBoardRow(NamedTuple):
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
    definition, wanted = election.definition, set(units)
    asked: dict[str, Any] = {
        "election": definition.code, "form": page[0], "slot": page[1],
        "kinds": [kind.value for kind in kinds],
        "on_the_day": [kind.value for kind in PlaceKind if kind.on_polling_day],
        "polling_date": definition.polling_date, "day": day,
    }  # fmt: skip
    few = len(wanted) <= FEW
    asked |= {"units": texts(wanted)} if few else {"least": min(wanted), "most": max(wanted)}
    statement = filled(SQL["place_board"], which=SQL["units_given" if few else "units_between"])
    rows, unsure = list[PlaceBoardRow](), set(wanted)
    for unit, listed, there, position in snapshot.fetch(statement, asked, prepare=False):
        if unit not in wanted:
            continue
        arrived = set(there.split())
        missing = _missing(listed.split(), arrived)
        rows.append(PlaceBoardRow(unit, len(arrived) + len(missing), len(arrived), missing, position))
        if listed:
            unsure.remove(unit)
    rows.sort(key=attrgetter("unit"))
    if unsure:
        rest = {**asked, "units": texts(unsure)}
        unsure.difference_update(unit for (unit,) in snapshot.fetch(SQL["units_with_places"], rest))
    return PlaceBoard(rows, sorted(unsure))


def _missing(listed: list[str], arrived: set[str]) -> list[str]:
    """Numbers in the order of the list. `listed`: a place in the list and a number by turns; a place that moved stands there twice."""
    numbers = listed[1::2]
    if arrived.issuperset(numbers):
        return []
    in_order = sorted(zip(map(int, listed[::2]), numbers, strict=True))
    return list(dict.fromkeys(number for _, number in in_order if number not in arrived))
