"""Answers kept ready: the most recently used ones, within a bound."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T")

SHARE = 8
"""What is larger than this part of the bound is not kept: one answer must not push out all others."""


class Kept(Generic[T]):
    """Thread-safe. `bound`: how much all values may weigh together, in whatever unit `put` is told;
    how many they may be where it is told none."""

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._weight = 0
        self._values: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> T | None:
        with self._lock:
            entry = self._values.get(key)
            if entry is None:
                return None
            self._values.move_to_end(key)
            return entry[0]

    def put(self, key: Hashable, value: T, weight: int = 1) -> bool:
        """Whether it is kept."""
        if weight > self._bound // SHARE:
            return False
        with self._lock:
            if key in self._values:
                self._weight -= self._values.pop(key)[1]
            self._values[key] = value, weight
            self._weight += weight
            while self._weight > self._bound:
                self._weight -= self._values.popitem(last=False)[1][1]
        return True

    def __len__(self) -> int:
        return len(self._values)
