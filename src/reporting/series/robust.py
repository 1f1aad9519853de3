"""Robust z: how far a value stands from its peers, measured so that the outliers do not set the measure."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean, median

CONSISTENT = 0.6745
"""MAD · 1/0.6745 estimates the standard deviation of a normal distribution (Iglewicz and Hoaglin, 1993)."""

CONSISTENT_MEAN = 1.253314
"""The same for the mean absolute deviation, used where more than half of the values are equal (MAD = 0)."""


def robust_z(values: Sequence[float]) -> tuple[float, ...]:
    """0.6745 · (x − median) / MAD for each value; all 0 where every value is the same."""
    if not values:
        return ()
    middle = median(values)
    away = [abs(value - middle) for value in values]
    if mad := median(away):
        return tuple(CONSISTENT * (value - middle) / mad for value in values)
    if mean := fmean(away):
        return tuple((value - middle) / (CONSISTENT_MEAN * mean) for value in values)
    return (0.0,) * len(values)
