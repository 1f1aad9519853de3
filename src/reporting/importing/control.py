"""Control totals of a tidy file: rows of areas above the units, compared with what the units add up to, never imported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from reporting.domain.figures import Value, format_value
from reporting.domain.place import Place
from reporting.domain.units import Roster


@dataclass(frozen=True, slots=True)
class Control:
    """One row: `area` of the roster, the cell's key, and the number that stands there."""

    row: int
    election: str
    form: str
    slot: str
    area: str
    cell: str
    stands: Decimal


Values = Mapping[Place, Mapping[str, Value]]
"""(election, form, slot, unit) → cell key → value, after the file."""


def differences(
    file: str, controls: Iterable[Control], rosters: Mapping[str, Roster], values: Values
) -> Iterator[str]:
    """A line for each control that its units do not add up to, with both numbers; one for those of which a unit has none."""
    for control in controls:
        units = [
            unit
            for unit in rosters[control.election].units
            if rosters[control.election].covers(control.area, unit)
        ]
        held = [
            value
            for unit in units
            if isinstance(
                value := values.get(Place(control.election, control.form, control.slot, unit), {}).get(
                    control.cell
                ),
                Decimal,
            )
        ]
        summed = sum(held, Decimal(0))
        if summed == control.stands:
            continue
        numbers = f"{format_value(control.stands)} ≠ {format_value(summed)}"
        n = f"{len(held):,}/{len(units):,}"
        yield (
            f"{file}:{control.row} {control.area} {control.cell} {numbers}：ファイルの合計と、報告単位（{n}）の合計が違います / "
            f"the file's total is not the sum of its units ({n})"
        )
