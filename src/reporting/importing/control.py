"""Control totals of a tidy file: rows of areas above the units, compared with what the units add up to, never imported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from heapq import nsmallest
from itertools import groupby
from typing import NamedTuple

from reporting.domain.figures import Value, format_value
from reporting.domain.place import Place
from reporting.domain.units import Roster
from reporting.files.spool import SortedRows
from reporting.importing.messages import message

TOLD = 200
"""Differences told one by one; of more only how many."""


class _Number(NamedTuple):
    """`row` of the file for the number of an area above, None for a unit's own."""

    election: str
    form: str
    slot: str
    cell: str
    area: str
    row: int | None
    text: str


class Controls:
    """`put` the file's rows of areas, let the units `stand` as they are after the file, then ask for the `differences`.
    One cell's numbers are in memory at a time."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._numbers = SortedRows(_Number, by=4)
        self._any = False

    def close(self) -> None:
        self._numbers.close()

    def put(self, row: int, slot: tuple[str, str, str], area: str, cell: str, stands: Decimal) -> None:
        """One row: `area` of the roster, the cell's key, and the number that stands there."""
        self._any = True
        self._numbers.put([_Number(*slot, cell, area, row, format_value(stands))])

    def stand(self, place: Place, values: Mapping[str, Value]) -> None:
        """A return as it is after the file: cell key → value. After all `put`."""
        if self._any:
            self._numbers.put(
                _Number(*place[:3], key, place.unit, None, format_value(value))
                for key, value in values.items()
                if isinstance(value, Decimal)
            )

    def differences(self, rosters: Mapping[str, Roster]) -> Iterator[str]:
        """In the order of the rows, a line for each control that its units do not add up to, with both numbers; one for
        those of which a unit has none."""
        count = 0

        def counted() -> Iterator[tuple[int, str]]:
            nonlocal count
            for difference in self._differences(rosters):
                count += 1
                yield difference

        yield from (line for _, line in nsmallest(TOLD, counted()))
        if count > TOLD:
            yield message("and_more", count=count - TOLD)

    def _differences(self, rosters: Mapping[str, Roster]) -> Iterator[tuple[int, str]]:
        """(row, line) in any order."""
        below: dict[tuple[str, str], list[str]] = {}
        for (election, *_, cell), numbers in groupby(self._numbers, lambda number: number[:4]):
            roster = rosters[election]
            units, controls = dict[str, Decimal](), list[_Number]()
            for number in numbers:
                if number.row is None:
                    units[number.area] = Decimal(number.text)
                else:
                    controls.append(number)
            for control in controls:
                row, area = control.row or 0, control.area
                if (election, area) not in below:
                    below[election, area] = [unit for unit in roster.units if roster.covers(area, unit)]
                asked, stands = below[election, area], Decimal(control.text)
                held = [units[unit] for unit in asked if unit in units]
                if (summed := sum(held, Decimal(0))) == stands:
                    continue
                differ = f"{format_value(stands)} ≠ {format_value(summed)}"
                told = message("control_differs", units=f"{len(held):,}/{len(asked):,}")
                yield row, f"{self._file}:{row} {area} {cell} {differ}: {told}"
