"""When a slot of the night is, and how many of the day's voters have come by then."""

from __future__ import annotations

OPENS, CLOSES = 7 * 60, 20 * 60  # polling hours, minutes after midnight


def share_by(minute: int) -> float:
    """The part of a day's voters who have come by then: brisk in the morning, even later."""
    passed = min(1.0, max(0.0, (minute - OPENS) / (CLOSES - OPENS)))
    return float(passed**0.85 * 0.62)  # early voters (about 38 %) are counted in the final only
