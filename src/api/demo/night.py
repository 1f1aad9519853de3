"""When a slot of the night is, and how many of the day's voters have come by then."""

from __future__ import annotations

import re

from reporting.domain.election import Slot

OPENS, CLOSES = 7 * 60, 20 * 60  # polling hours, minutes after midnight
_CLOCK = re.compile(r"(?<!\d)([01]?\d|2[0-3])[:：時]?([0-5]\d)?(?!\d)")


def clock_of(slot: Slot) -> int | None:
    """The hour a flash slot names in its code or label, in minutes after midnight; None for a final one."""
    for text in (slot.label.ja, slot.code.removeprefix("t")):
        if (match := _CLOCK.search(text)) and (match[2] or "時" in text):
            return int(match[1]) * 60 + int(match[2] or 0)
    return None


def share_by(minute: int) -> float:
    """The part of a day's voters who have come by then: brisk in the morning, even later."""
    passed = min(1.0, max(0.0, (minute - OPENS) / (CLOSES - OPENS)))
    return float(passed**0.85 * 0.62)  # early voters (about 38 %) are counted in the final only
