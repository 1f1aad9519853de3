"""Who writes into a stream that many write into at the same moment does so in turn: each but the first would decide in vain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from uuid import UUID

LONGEST_S = 2.0
"""Beyond that a command goes on beside the others: what keeps them apart is the stream's version, in the log."""

_TURNS = tuple(Lock() for _ in range(1024))
"""Two streams may share one."""


@contextmanager
def turn(stream: UUID, longest: float = LONGEST_S) -> Iterator[None]:
    """Beside the others of this process."""
    lock = _TURNS[stream.int % len(_TURNS)]
    mine = lock.acquire(timeout=longest)
    try:
        yield
    finally:
        if mine:
            lock.release()
