"""Control totals of a return: how many cells say something, and the sum of all their numbers.

Whoever writes a form adds both up; whoever types it says them before typing, and compares afterwards: a digit that was misread, a
row that was skipped or typed twice shows. Two numbers that were exchanged do not: that is what reading together is for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from reporting.domain.typed import read_value
from reporting.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class ControlTotals:
    """`filled`: cells with a number or an absence in words; `total`: sum of the numbers, of whatever unit; `unread`: cells that hold
    neither, which count as filled."""

    filled: int
    total: Decimal
    unread: int


def control_totals(texts: Mapping[str, str]) -> ControlTotals:
    """`texts`: cell key → as typed, or canonical; an empty one says nothing."""
    filled = unread = 0
    total = Decimal(0)
    for text in texts.values():
        if not text.strip():
            continue
        filled += 1
        try:
            value = read_value(text)
        except InvalidInput:
            unread += 1
            continue
        if isinstance(value, Decimal):
            total += value
    return ControlTotals(filled, total, unread)
