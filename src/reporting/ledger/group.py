"""Group append: commands that arrive together share one transaction, and so one fsync.

Measured on 2 cores: single appends 700–900/s whatever the number of writers, grouped 8,000/s with 64 writers.
"""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any

from reporting.errors import ReportingError, Unavailable
from reporting.ledger.records import Appended, Command
from reporting.ledger.store import Ledger

MAX_BATCH = 256
"""Commands in one transaction: bounds how long the head row stays locked (about 10 ms)."""

TIMEOUT_S = 15.0
"""After this the caller is told Unavailable; the command may still be appended, and a repeat finds it."""


class GroupAppender:
    """Same `append` as the ledger's, for many threads. Nothing waits for company: a batch is whatever has queued
    while the one before it was committing."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._queue: deque[tuple[Command, Future[Appended]]] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="group-append", daemon=True)
        self._thread.start()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    def append(self, command: Command) -> Appended:
        future: Future[Appended] = Future()
        with self._changed:
            if self._closed:
                raise Unavailable(detail="shutting down")
            self._queue.append((command, future))
            self._changed.notify()
        try:
            return future.result(TIMEOUT_S)
        except FutureTimeout:
            raise Unavailable(detail="no answer from the database in time") from None

    def close(self) -> None:
        """Appends what is queued, then stops. The ledger itself stays open."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._queue and not self._closed:
                    self._changed.wait()
                if not self._queue:
                    return
                batch = self._take()
            self._append(batch)

    def _take(self) -> list[tuple[Command, Future[Appended]]]:
        """At most one command per stream and per id: the second of two rivals is decided by what the first left."""
        batch: list[tuple[Command, Future[Appended]]] = []
        later: deque[tuple[Command, Future[Appended]]] = deque()
        taken: set[Any] = set()
        while self._queue and len(batch) < MAX_BATCH:
            command, future = self._queue.popleft()
            keys = {new.stream_id for new in command.events} | {command.command_id}
            if taken & keys:
                later.append((command, future))
            else:
                batch.append((command, future))
            taken |= keys
        self._queue.extendleft(reversed(later))
        return batch

    def _append(self, batch: list[tuple[Command, Future[Appended]]]) -> None:
        try:
            outcomes = self._ledger.append_many([command for command, _ in batch])
        except Exception as failure:  # one command's bytes may have broken the call: ask for each by itself
            if len(batch) == 1:
                batch[0][1].set_exception(failure)
            else:
                for single in batch:
                    self._append([single])
            return
        for (_, future), outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, ReportingError):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)
