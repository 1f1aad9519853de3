"""How many examples a property is tried with: few in the run of every change, many for whoever looks for faults.

`THOROUGH=10 python -m pytest tests/projections` tries ten times as many, and takes as long.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
TIMES = int(os.environ.get("THOROUGH", "1"))


def examples(few: int) -> int:
    return few * TIMES


def some(values: Sequence[T], few: int) -> Sequence[T]:
    """So many of them, evenly spread, and always the same; all for whoever looks for faults."""
    if TIMES > 1 or few >= len(values):
        return values
    return [values[n * len(values) // few] for n in range(few)]


def turn(values: Sequence[T], number: int) -> Sequence[T]:
    """Every other one, the rest when the next number has its turn: each of them is tried, though not with everything. All for whoever
    looks for faults."""
    return values if TIMES > 1 else values[number % 2 :: 2]
