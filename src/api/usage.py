"""What each office asks of a server, counted in memory and told once an hour in its log: what a common installation's cost is shared by.

`office_requests`: `office`, `requests`, `changes` (of them), `seconds` worked for them. Nobody who is known: no line.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

import structlog

from reporting.domain.actor import Actor

TOLD_EVERY_S = 3_600.0
LINE = "office_requests"
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Asked:
    requests: int = 0
    changes: int = 0
    seconds: float = 0.0


class Usage:
    """Of one process. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offices: dict[str, _Asked] = {}

    @contextmanager
    def of(self, actor: Actor | None, *, change: bool) -> Iterator[None]:
        """One request."""
        began = perf_counter()
        try:
            yield
        finally:
            if actor is not None:
                self._count(actor.office, change, perf_counter() - began)

    def _count(self, office: str, change: bool, seconds: float) -> None:
        with self._lock:
            asked = self._offices.setdefault(office, _Asked())
            asked.requests += 1
            asked.changes += change
            asked.seconds += seconds

    def tell(self) -> None:
        """What came since it was told last."""
        with self._lock:
            told, self._offices = self._offices, {}
        for office, asked in sorted(told.items()):
            log.info(
                LINE,
                office=office,
                requests=asked.requests,
                changes=asked.changes,
                seconds=round(asked.seconds, 3),
            )

    def run(self, stop: threading.Event) -> None:
        """Until `stop`, and once more then."""
        while not stop.wait(TOLD_EVERY_S):
            self.tell()
        self.tell()
