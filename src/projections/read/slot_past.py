"""What some cells of a slot have held, in the order of the log: of any position within it the log is asked no more.

The log up to a position never changes, so what is kept of it does not go stale; what came later is added. It holds what one
layer says in one election's units, and is read after whoever asks was let through to that layer, as the log itself is.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from projections.read.sums import Both, Parts, UnitSum
from reporting.domain.figures import Absence, Value, parse_value

DECIMALS, THOUSAND = 3, 1_000
"""As many as a figure may have: as whole thousandths, sums of figures are exact in 64 bits and fast."""
LEAST = -(2**63)
ABSENT = {absence: LEAST + n for n, absence in enumerate(Absence)}
ABSENCES = {code: absence for absence, code in ABSENT.items()}
NONE, SUPPRESSED, SILENT = ABSENT[Absence.NONE], ABSENT[Absence.SUPPRESSED], LEAST + len(ABSENT)
"""`SILENT`: says nothing at all. No figure is as small as these."""
Change = tuple[int, int, int, str]
"""Number of the unit from 1, version of its stream, position, and each cell's text between quotes: empty where it is not set."""
Groups = Mapping[tuple[int, ...], Sequence[int]]
"""Numbers of areas → units (by number from 0) that count towards all of these."""


@dataclass(frozen=True, slots=True)
class _CellPast:
    """One element a change, by position. `values`: thousandths, or a code of ABSENT."""

    positions: array[int]
    units: array[int]
    values: array[int]

    def at(self, position: int) -> dict[int, int]:
        """Unit → its last change."""
        upto = bisect_right(self.positions, position)
        return dict(zip(self.units[:upto], range(upto), strict=True))

    def held(self, position: int) -> dict[int, int]:
        return {unit: self.values[change] for unit, change in self.at(position).items()}


@dataclass(frozen=True, slots=True)
class SlotPast:
    """`upto`: everything up to there is taken in; `versions`: of each unit's stream, below which nothing is left to take in;
    `refused`: it would be more than is kept."""

    upto: int
    versions: array[int]
    cells: Mapping[str, _CellPast]
    refused: bool = False

    @property
    def weight(self) -> int:
        return len(self.versions) + sum(len(cell.positions) for cell in self.cells.values())

    def later(self, keys: Sequence[str], changes: Iterable[Change], upto: int) -> SlotPast:
        """With what came after `upto`. A new one: others may be reading this."""
        versions = self.versions[:]
        columns = [(array("q"), array("I"), array("q")) for _ in keys]
        for number, version, position, texts in sorted(changes, key=lambda change: change[2]):
            versions[number - 1] = version
            for (positions, units, values), text in zip(columns, texts.split('"'), strict=True):
                if text:
                    positions.append(position)
                    units.append(number - 1)
                    values.append(_code(text))
        cells = {key: _CellPast(*added) for key, added in zip(keys, columns, strict=True)}
        for key, before in self.cells.items():
            new = cells[key]
            cells[key] = _CellPast(
                before.positions + new.positions, before.units + new.units, before.values + new.values
            )
        return SlotPast(upto, versions, cells)

    def values(self, units: Sequence[str], position: int) -> dict[tuple[str, str], tuple[Value, int]]:
        """(unit, cell key) → (value, position that set it)."""
        return {
            (units[unit], key): (_value(cell.values[change]), cell.positions[change])
            for key, cell in self.cells.items()
            for unit, change in cell.at(position).items()
        }

    def sums(self, groups: Groups, position: int) -> dict[tuple[int, str], UnitSum]:
        """(area, cell key) → sum, where any unit ever said something of the cell."""
        sums: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0, 0])
        for key, cell in self.cells.items():
            last = cell.at(position)
            for areas, units in groups.items():
                changes = [last[unit] for unit in units if unit in last]
                if not changes:
                    continue
                values = [cell.values[change] for change in changes]
                total, counted = _total(values)
                reported, withheld = counted + values.count(NONE), values.count(SUPPRESSED)
                for area in areas:
                    of = sums[area, key]
                    of[0] += total
                    of[1] += reported
                    of[2] += counted
                    of[3] += withheld
                    of[4] = max(of[4], cell.positions[max(changes)])
        return {place: UnitSum(_decimal(total), *rest) for place, (total, *rest) in sums.items()}

    def pairs(
        self, rates: Sequence[tuple[str, str]], groups: Groups, position: int
    ) -> dict[tuple[int, str, str], Both]:
        """(area, cell above the line, cell below) → both sums over the units that gave both."""
        sums: dict[tuple[int, str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0, 0, 0])
        for top, bottom in rates:
            above, below = self.cells[top].held(position), self.cells[bottom].held(position)
            for areas, units in groups.items():
                said = [(above.get(unit, SILENT), below.get(unit, SILENT)) for unit in units]
                both = [pair for pair in said if all(map(_gave, pair))]
                numerator, numerators = _total([pair[0] for pair in both])
                denominator, denominators = _total([pair[1] for pair in both])
                withheld = sum(SUPPRESSED in pair for pair in said)
                each = numerator, numerators, denominator, denominators, len(both), withheld
                for area in areas:
                    sums[area, top, bottom] = [
                        a + b for a, b in zip(sums[area, top, bottom], each, strict=True)
                    ]
        return {
            place: Both(Parts(UnitSum(_decimal(a), n, an), UnitSum(_decimal(b), n, bn)), withheld)
            for place, (a, an, b, bn, n, withheld) in sums.items()
        }


def nothing_yet(units: int) -> SlotPast:
    return SlotPast(0, array("i", bytes(4 * units)), {})


REFUSED = SlotPast(0, array("i"), {}, refused=True)


def _code(text: str) -> int:
    if text.isascii() and text.isdigit():  # as nearly all are: three times as fast
        return int(text) * THOUSAND
    value = parse_value(text)
    return int(value.scaleb(DECIMALS)) if isinstance(value, Decimal) else ABSENT[value]


def _value(code: int) -> Value:
    return ABSENCES.get(code) or _decimal(code)


def _decimal(thousandths: int) -> Decimal:
    return Decimal(thousandths).scaleb(-DECIMALS)


def _gave(code: int) -> bool:
    """Whether a unit has said how much, see `sums.gave`."""
    return code > SILENT or code == NONE


def _total(values: Sequence[int]) -> tuple[int, int]:
    """Sum of the numbers among them, and how many these are."""
    numbers = [value for value in values if value > SILENT]
    return sum(numbers), len(numbers)
