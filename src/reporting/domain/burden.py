"""How long an item takes to type, as the log knows it: from the times of drafts. A lower bound: what was typed before a person's first
draft of a return, or not kept at all, is not in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from reporting.domain.figures import Cell

AT_ONCE = timedelta(minutes=10)
"""Longer than this between two drafts of a person nobody has typed all the time: none of it counts."""


@dataclass(frozen=True, slots=True)
class TypedDraft:
    """Cells (keys) that a person kept at a moment, in one return."""

    unit: str
    form: str
    slot: str
    person: str
    at: datetime
    cells: tuple[str, ...]


@dataclass
class ItemBurden:
    """`spent` over all units that typed the item (`units`) in intervals that were measured (`intervals`)."""

    spent: timedelta = timedelta()
    units: set[str] = field(default_factory=set)
    intervals: int = 0

    @property
    def minutes_per_unit(self) -> Decimal | None:
        """One decimal; None where nothing was measured."""
        if not self.units:
            return None
        minutes = Decimal(self.spent // timedelta(milliseconds=1)) / Decimal(60_000) / len(self.units)
        return minutes.quantize(Decimal("0.1"), ROUND_HALF_UP)


def burdens(drafts: Iterable[TypedDraft]) -> dict[str, ItemBurden]:
    """Item → burden. `drafts` by time. What passed since the same person's draft before in the same return, and at most
    `AT_ONCE`, was spent on the cells of the draft, alike on each."""
    last: dict[tuple[str, str, str, str], datetime] = {}
    measured: dict[str, ItemBurden] = defaultdict(ItemBurden)
    for draft in drafts:
        whose = (draft.unit, draft.form, draft.slot, draft.person)
        before = last.get(whose)
        last[whose] = draft.at
        if before is None or not draft.cells or draft.at - before > AT_ONCE:
            continue
        share = (draft.at - before) / len(draft.cells)
        for key in draft.cells:
            burden = measured[Cell.from_key(key).item]
            burden.spent += share
            burden.intervals += 1
            burden.units.add(draft.unit)
    return dict(measured)
