"""Sums as totals show them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from reporting.domain.counting import CountingUnits
from reporting.domain.figures import Absence, Rounding, Value, format_value, rate


@dataclass(frozen=True, slots=True)
class UnitSum:
    """Of one cell over some units. `reported`: units with a number or a stated "none"; `counted`: with a number;
    `withheld`: that suppress it; `changed`: newest position, 0 without any."""

    value: Decimal = Decimal(0)
    reported: int = 0
    counted: int = 0
    withheld: int = 0
    changed: int = 0


@dataclass(frozen=True, slots=True)
class Parts:
    """Of a rate: both sums over the units that gave both parts (`top.reported` equals `bottom.reported`)."""

    top: UnitSum
    bottom: UnitSum


class RateKind(Protocol):
    """How a rate is shown. `progress`: an area's units say how far something is only all together."""

    @property
    def decimals(self) -> int: ...
    @property
    def rounding(self) -> Rounding: ...
    @property
    def progress(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class ShownSum:
    """As the views show a total. `expected` units; `changed` None: nothing was ever entered."""

    value: str | None
    reported: int
    expected: int
    withheld: int
    numerator: str | None
    denominator: str | None
    changed: int | None


NOTHING = UnitSum()
NO_PARTS = Parts(NOTHING, NOTHING)


def gave(value: Value | None) -> bool:
    """Whether a unit has said how much: a number, or that there is nothing of the kind."""
    return isinstance(value, Decimal) or value is Absence.NONE


@dataclass(frozen=True, slots=True)
class Both:
    """The parts of a rate over the units that gave both, and how many units suppress one of them."""

    parts: Parts = NO_PARTS
    withheld: int = 0


@dataclass(frozen=True, slots=True)
class Stated:
    """What units of one contest say of one cell. `said`: units that gave a figure; `withheld`: units of N
    that suppress theirs; `standing`: divided units that stand for their parts."""

    units: CountingUnits
    geography: str
    values: Mapping[str, Value]
    standing: frozenset[str]
    said: frozenset[str]
    withheld: frozenset[str]

    @classmethod
    def of(cls, units: CountingUnits, geography: str, values: Mapping[str, Value]) -> Stated:
        said = frozenset(unit for unit, value in values.items() if gave(value))
        return cls(
            units,
            geography,
            values,
            units.standing(said),
            said,
            units.withholding(
                {unit for unit, value in values.items() if value is Absence.SUPPRESSED},
                {unit for unit, value in values.items() if value is not Absence.NOT_REPORTED},
            ),
        )

    def counts(self, unit: str, area: str) -> bool:
        return unit in self.said and self.units.counts_at(unit, self.geography, area, self.standing)

    def over(self, area: str, units: Iterable[str], changed: int = 0) -> UnitSum:
        total, reported, counted, withheld = Decimal(0), 0, 0, 0
        for unit in units:
            withheld += unit in self.withheld
            if self.counts(unit, area):
                value = self.values[unit]
                reported += self.units.weight_at(unit, self.geography, area)
                if isinstance(value, Decimal):
                    total, counted = total + value, counted + 1
        return UnitSum(total, reported, counted, withheld, changed)


def pairs_over(top: Stated, bottom: Stated, area: str, units: Sequence[str], expected: int) -> Parts:
    """Over the units that gave both parts; where both are whole, over all (a divided unit may have given one part, and
    its parts the other)."""
    above, below = top.over(area, units), bottom.over(area, units)
    if above.reported == below.reported == expected:
        return Parts(above, below)
    both = [unit for unit in units if top.counts(unit, area) and bottom.counts(unit, area)]
    return Parts(top.over(area, both), bottom.over(area, both))


def withheld_over(top: Stated, bottom: Stated, units: Iterable[str]) -> int:
    """Units that suppress one of the parts of a rate."""
    return sum(unit in top.withheld or unit in bottom.withheld for unit in units)


def shown_sum(total: UnitSum, units: int) -> ShownSum:
    value = format_value(total.value) if total.counted else None
    return ShownSum(value, total.reported, units, total.withheld, None, None, total.changed or None)


def shown_rate(parts: Parts, units: int, withheld: int, changed: int, kind: RateKind) -> ShownSum:
    """`withheld`: units that suppress one of the parts; `changed`: newest position of either part."""
    top, bottom = parts.top, parts.bottom
    whole = not kind.progress or top.reported == units
    result = rate_of_parts(parts, kind) if whole else None
    return ShownSum(
        None if result is None else format(result, "f"),
        top.reported,
        units,
        withheld,
        format_value(top.value) if top.counted else None,
        format_value(bottom.value) if bottom.counted else None,
        changed or None,
    )


def rate_of_parts(parts: Parts, kind: RateKind) -> Decimal | None:
    """None where a part has no number in any unit, or the one below the line is 0."""
    if not parts.top.counted or not parts.bottom.counted:
        return None
    return rate(parts.top.value, parts.bottom.value, kind.decimals, kind.rounding, progress=kind.progress)
