"""Since when somebody waits for the log and nothing has come to a good end: what `/health` must not pass over in silence."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from reporting.errors import Unavailable


class Stall:
    """Thread-safe. `clock`: a steady one, in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._waiting = 0
        self._since: float | None = None
        self._failed = False

    def begun(self) -> None:
        with self._lock:
            self._waiting += 1
            if self._since is None:
                self._since = self._clock()

    def ended(self, *, well: bool) -> None:
        """`well`: the database answered, whatever it said. What failed is remembered until something else ends well."""
        with self._lock:
            self._waiting -= 1
            self._failed = not well
            if well:
                self._since = self._clock() if self._waiting else None

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Well unless it ends with Unavailable."""
        self.begun()
        well = True
        try:
            yield
        except Unavailable:
            well = False
            raise
        finally:
            self.ended(well=well)

    @property
    def seconds(self) -> float:
        with self._lock:
            return 0.0 if self._since is None else self._clock() - self._since

    @property
    def failing(self) -> bool:
        """Whether what ended last failed; who only waits fails nothing."""
        with self._lock:
            return self._failed
