"""A difference that was shown or declared: with which values, who looked at it, whether it still stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reporting.domain.actor import By

ALTERED = "altered"
"""Reason class of a difference that was refused and then made to go away; nobody but the system gives it."""


@dataclass(slots=True)
class Discrepancy:
    """`confirmed_by` None: no approver has looked at it yet; `closed_at` None: open; `closed_class`: why they differed, as who
    closed it says (empty where an approver's look did, and in old entries). `shown`: its cells and what they held
    when it was first shown (empty in old entries: nobody noted them), `between`: what else they were shown with; `seen`:
    level → who approved with it in view."""

    key: str
    rule: str
    difference: str
    declared_at: int
    declared_by: By
    reason_class: str
    confirmed_by: By | None = None
    closed_at: int | None = None
    closed_class: str = ""
    correction: int | None = None
    shown: Mapping[str, str] = field(default_factory=dict)
    between: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    seen: dict[str, By] = field(default_factory=dict)

    @property
    def vanished(self) -> bool:
        """Shown to somebody who may type, and then made to go away."""
        return self.reason_class == ALTERED

    def looked_at(self, level: str, by: By, position: int) -> None:
        """An approver's own approval is the second look; a vanished one is done with it."""
        self.seen[level] = by
        if self.confirmed_by is None and by.person != self.declared_by.person:
            self.confirmed_by = by
            if self.vanished:
                self.closed_at = position

    def is_about(self, texts: Mapping[str, str]) -> bool:
        """Whether its cells hold in `texts` what they held when it was declared; of an old entry nobody knows."""
        return all(texts.get(cell) == values[-1] for cell, values in self.values.items())

    @property
    def values(self) -> dict[str, tuple[str, ...]]:
        """Its cells with every value that it tells, the first that was shown first."""
        return {cell: (text, *self.between.get(cell, ())) for cell, text in self.shown.items()}

    @property
    def stays_open(self) -> bool:
        """Declared and not closed."""
        return self.closed_at is None and not self.vanished

    @property
    def unseen(self) -> bool:
        """Nobody but who declared it has had it in view: what it is about is theirs alone."""
        return self.confirmed_by is None and (self.closed_at is None or not self.seen)

    @property
    def stands(self) -> bool:
        return self.confirmed_by is not None and self.closed_at is None

    @property
    def waits(self) -> bool:
        """For an approver to look at it."""
        return self.confirmed_by is None and self.closed_at is None
