"""Sums as totals show them. Pure."""

from __future__ import annotations

from decimal import Decimal

from reporting.domain.figures import format_value, rate

Sum = tuple[Decimal, int, int, int]
"""Sum, units with a value or a stated "none", units with a number, newest position."""
NOTHING: Sum = (Decimal(0), 0, 0, 0)


def shown(
    top: Sum, below: Sum | None, units: int, decimals: int, progress: bool = False
) -> tuple[str | None, int, int, str | None, str | None, int | None]:
    """value, reported, expected, numerator, denominator, changed: as the views show them. `below`: of a rate only. `progress`:
    how far something is, which an area's units say only all together."""
    value, reported, counted, at = top
    total = format_value(value) if counted else None
    if below is None:
        return total, reported, units, None, None, at or None
    under, below_reported, below_counted, below_at = below
    whole = not progress or (reported == below_reported == units)
    result = (
        rate(value, under, decimals, progress=progress)
        if counted and counted == below_counted and whole
        else None
    )
    return (
        None if result is None else format(result, "f"),
        min(reported, below_reported),
        units,
        total,
        format_value(under) if below_counted else None,
        max(at, below_at) or None,
    )
