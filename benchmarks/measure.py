"""Alternate two things several times; compare within each round."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Compared:
    """Medians of both sides, and the median of ours/peer over the rounds."""

    ours: float
    peer: float
    ratio: float


def alternate(rounds: int, ours: Callable[[], float], peer: Callable[[], float]) -> Compared:
    """Run both `rounds` times, the other one first in every second round."""
    pairs: list[tuple[float, float]] = []
    for number in range(rounds):
        if number % 2:
            second = peer()
            pairs.append((ours(), second))
        else:
            first = ours()
            pairs.append((first, peer()))
    return compare(pairs)


def compare(pairs: Sequence[tuple[float, float]]) -> Compared:
    """`pairs`: (ours, peer) of each round."""
    return Compared(median(a for a, _ in pairs), median(b for _, b in pairs), median(a / b for a, b in pairs))


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value at least `percent` of all are not above."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
