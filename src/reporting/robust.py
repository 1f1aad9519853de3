"""How far values stand from their peers, measured so that the outliers do not set the measure. Decimals stay decimals."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from statistics import fmean, median
from typing import TypeVar

Number = TypeVar("Number", float, Decimal)

CONSISTENT = Decimal("0.6745")
"""MAD · 1/0.6745 estimates the standard deviation of a normal distribution (Iglewicz and Hoaglin, 1993)."""

CONSISTENT_MEAN = 1.253314
"""The same for the mean absolute deviation, used where more than half of the values are equal (MAD = 0)."""


def median_and_spread(values: Sequence[Number]) -> tuple[Number, Number]:
    """The median of at least one value, and the median of the distances from it (MAD)."""
    middle = median(values)
    return middle, median([abs(value - middle) for value in values])


def robust_z(values: Sequence[float]) -> tuple[float, ...]:
    """0.6745 · (x − median) / MAD for each value; all 0 where every value is the same."""
    if not values:
        return ()
    middle, spread = median_and_spread(values)
    if spread:
        return tuple(float(CONSISTENT) * (value - middle) / spread for value in values)
    if mean := fmean(abs(value - middle) for value in values):
        return tuple((value - middle) / (CONSISTENT_MEAN * mean) for value in values)
    return (0.0,) * len(values)
