"""How fast a rebuild goes: as fast as it can while nobody writes; while somebody does, so that they hardly notice."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from psycopg import Connection

from reporting.database.sql import load

SQL = load("projections")
QUIET_S = 10.0
"""So long after the log has grown others are taken to write still."""

REST, LONGEST_S = 3.0, 2.0
"""Seconds of rest for each second of work before it, and at most. Work is measured by the clock: where the machine is busy it takes longer,
and so does the rest."""

PIECE = 50_000
"""Figures at once while others write, about: so long a core of the server is not theirs."""


class RebuildPace:
    """`head`: tells the log's last position, as others see it. Whoever makes one has taken the first look: the log grows from there."""

    def __init__(
        self,
        head: Callable[[], int],
        *,
        makes_way: bool = True,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.makes_way = makes_way
        self._head, self._clock, self._sleep = head, clock, sleep
        self._seen = head()
        self._grew_at: float | None = None
        self._rested_at = clock()

    def yields(self) -> bool:
        """Whether others write and are to come first."""
        if not self.makes_way:
            return False
        now, head = self._clock(), self._head()
        if head > self._seen:
            self._seen, self._grew_at = head, now
        return self._grew_at is not None and now - self._grew_at <= QUIET_S

    def rest(self) -> None:
        """Between two stretches of work, holding nothing that others wait for."""
        if self.yields():
            self._sleep(min(LONGEST_S, REST * (self._clock() - self._rested_at)))
        self._rested_at = self._clock()


def pace_of(connection: Connection[Any], *, makes_way: bool) -> RebuildPace:
    """By the log as this connection sees it, outside of a snapshot of its own."""

    def head() -> int:
        ((position,),) = connection.execute(SQL["head"]).fetchall()
        return int(position)

    return RebuildPace(head, makes_way=makes_way)
