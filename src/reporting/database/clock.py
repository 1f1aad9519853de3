"""What time it is: the database's clock, which all machines share. One that is fast or slow by itself must not take figures before the day,
call somebody's access over, or try what another machine is just trying."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from reporting.errors import Unavailable

KEEP_S = 1.0
"""So long an answer is counted on from, by this machine's steady clock: nobody steps that one."""


class DatabaseClock:
    """Asked at most once in KEEP_S, however many look. While the database is away time goes on from its last answer; nothing that is
    decided meanwhile is recorded."""

    def __init__(self, asked: Callable[[], datetime], steady: Callable[[], float] = time.monotonic) -> None:
        """`asked`: the database's time, aware; Unavailable where it does not answer."""
        self._ask, self._steady = asked, steady
        self._told: tuple[datetime, float] | None = None
        self._next = float("-inf")

    def __call__(self) -> datetime:
        """In UTC. Unavailable as long as the database has never answered."""
        now = self._steady()
        if now >= self._next or self._told is None:
            self._next = now + KEEP_S
            try:
                told = self._ask().astimezone(UTC)
                # From its answer on: however long that took, it is never ahead of the database.
                now = self._steady()
                self._told = told, now
            except Unavailable:
                if self._told is None:
                    raise
        told, at = self._told
        return told + timedelta(seconds=now - at)
