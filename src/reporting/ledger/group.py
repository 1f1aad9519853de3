"""Group append: commands that arrive together share one transaction, and so one fsync.

Each is encoded by the thread that asks; the one that appends only waits for the database. docs/benchmarks.md has the
numbers.
"""

from __future__ import annotations

import threading
from collections import deque
from contextlib import suppress
from typing import Any
from uuid import UUID

from reporting.errors import Unavailable
from reporting.ledger.messages import message
from reporting.ledger.prepared import Prepared, prepare
from reporting.ledger.records import Appended, Command
from reporting.ledger.stall import Stall
from reporting.ledger.store import Ledger
from reporting.watched import part

MAX_BATCH = 256
"""Commands in one transaction: bounds how long the head row stays locked (about 10 ms)."""

PROBE_S = 1.0
"""After one that failed, and while nobody asks: how often it is tried whether the log takes anything again."""

TIMEOUT_S = 15.0
"""After this the caller is told Unavailable; the command may still be appended, and a repeat finds it."""


class _Waiting:
    """One command in the queue, and the thread that waits for its answer. A bare lock: a Future costs more than the
    command's share of the transaction."""

    __slots__ = ("_answer", "_answered", "command", "keys")

    def __init__(self, command: Prepared) -> None:
        self.command = command
        self.keys: frozenset[UUID] = command.streams | {command.command_id}
        self._answer: Appended | Exception | None = None
        self._answered = threading.Lock()
        self._answered.acquire()

    def settle(self, answer: Appended | Exception) -> None:
        self._answer = answer
        self._answered.release()

    def answer(self) -> Appended:
        if not self._answered.acquire(timeout=TIMEOUT_S) or self._answer is None:
            raise Unavailable(detail=message("no_answer_from_the_database"))
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


class GroupAppender:
    """Same `append` as the ledger's, for many threads. Nothing waits for company: a batch is whatever has queued
    while the one before it was committing."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._queue: deque[_Waiting] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._stall = Stall()
        self._thread = threading.Thread(target=self._work, name="group-append", daemon=True)
        self._thread.start()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    def append(self, command: Command) -> Appended:
        waiting = _Waiting(prepare(command))
        with part("append", command=str(command.command_id)) as told:
            with self._changed:
                if self._closed:
                    raise Unavailable(detail=message("shutting_down"))
                self._queue.append(waiting)
                self._stall.begun()
                self._changed.notify()
            appended = waiting.answer()
            told.facts |= {"position": appended.last_position, "repeated": appended.repeated}
            return appended

    @property
    def stalled_s(self) -> float:
        """Seconds since somebody asks for the log and nothing has come of it; 0 where nobody waits, or another is answered."""
        return max(self._stall.seconds, self._ledger.stall.seconds)

    @property
    def failing_s(self) -> float:
        """`stalled_s` where what was asked failed; 0 where it waits, as it would at every other server of this log."""
        return self.stalled_s if self._stall.failing or self._ledger.stall.failing else 0.0

    def close(self) -> None:
        """Appends what is queued, then stops. The ledger itself stays open."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                if not self._queue and not self._closed:
                    self._changed.wait(PROBE_S)
                batch = self._take()
                if not batch and self._closed:
                    return
            if batch:
                self._append(batch)
            elif self.stalled_s > PROBE_S:
                self._probe()

    def _take(self) -> list[_Waiting]:
        """At most one command per stream and per id: the second of two rivals is decided by what the first left."""
        batch: list[_Waiting] = []
        later: deque[_Waiting] = deque()
        taken: set[UUID] = set()
        while self._queue and len(batch) < MAX_BATCH:
            waiting = self._queue.popleft()
            (batch if taken.isdisjoint(waiting.keys) else later).append(waiting)
            taken |= waiting.keys
        self._queue.extendleft(reversed(later))
        return batch

    def _probe(self) -> None:
        """No command at all, through the door and under the lock of those that are one."""
        with suppress(Exception), self._stall.waiting():
            self._ledger.append_many([])

    def _append(self, batch: list[_Waiting]) -> None:
        try:
            outcomes = self._ledger.append_many([waiting.command for waiting in batch])
        except Exception as failure:
            if len(batch) == 1 or isinstance(failure, Unavailable):
                for waiting in batch:
                    self._stall.ended(well=not isinstance(failure, Unavailable))
                    waiting.settle(failure)
            else:  # one command's bytes may have broken the call: ask for each by itself
                for single in batch:
                    self._append([single])
            return
        for waiting, outcome in zip(batch, outcomes, strict=True):
            self._stall.ended(well=True)
            waiting.settle(outcome)
