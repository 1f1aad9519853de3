"""Keys of what is kept: things told apart by what they are in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Identical(Generic[T]):
    """Equal to itself alone. What it is of is held, so that nothing else comes to be at its place."""

    thing: T

    def __hash__(self) -> int:
        return id(self.thing)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Identical) and self.thing is other.thing
