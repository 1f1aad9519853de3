"""Has checkpoints cosigned by witnesses, in threads of its own: signing never waits for a witness.

Each round asks all witnesses for the same checkpoint, the last one, so that k of n come together under one head.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg
from psycopg import Connection

from reporting.database.connect import Database
from reporting.errors import InvalidInput, ReportingError
from reporting.transparency.errors import KeyInvalid, WitnessSilent
from reporting.transparency.log import SQL, SignedLog
from reporting.transparency.messages import message
from reporting.transparency.note import COSIGNATURE, Note, VerifierKey
from reporting.transparency.signer import INTERVAL_S, SIGNER
from reporting.transparency.witness import accepted
from reporting.transparency.witness_http import obtain, require_url

WAIT_S = 15.0
"""How long a round waits for answers."""
REST_S = 30.0
"""How long a witness that failed is left alone, so that it does not slow the rounds of the others."""


@dataclass(frozen=True, slots=True)
class WitnessAt:
    """A witness and where it is asked (the submission prefix of c2sp.org/tlog-witness)."""

    url: str
    key: VerifierKey


@dataclass(frozen=True, slots=True)
class Round:
    """What came of asking for the checkpoint of `size`. `by`: names of all who have cosigned it by now; `needed`: the
    quorum; `failed`: name → why."""

    size: int
    by: tuple[str, ...]
    needed: int
    failed: Mapping[str, ReportingError]


class Cosigner:
    """`quorum`: with so many of the witnesses a checkpoint is complete; with fewer the round says so and nothing waits.
    InvalidInput when two witnesses have one name or the quorum is more than there are; KeyInvalid."""

    def __init__(
        self,
        database: Database,
        witnesses: Sequence[WitnessAt],
        quorum: int = 0,
        *,
        interval: float = INTERVAL_S,
        wait: float = WAIT_S,
        rest: float = REST_S,
    ) -> None:
        names = {witness.key.name for witness in witnesses}
        if len(names) < len(witnesses) or not 0 <= quorum <= len(names):
            expected = message("witness_names", most=len(names))
            raise InvalidInput(field="quorum", found=quorum, expected=expected)
        for witness in witnesses:
            require_url(witness.url)
            if witness.key.kind != COSIGNATURE:
                raise KeyInvalid(detail=message("not_a_witness", name=witness.key.name))
        self._database, self._witnesses, self._quorum = database, tuple(witnesses), quorum
        self._interval, self._wait, self._rest = interval, wait, rest
        self._connection: Connection[Any] | None = None
        self._busy: set[str] = set()
        self._rests_until: dict[str, float] = {}

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def run(self, stop: threading.Event, told: Callable[[Round], None]) -> None:
        """Until `stop` is set. A lost database is waited for; a log that disagrees is the signer's to refuse."""
        while not stop.is_set():
            try:
                if done := self.ask():
                    told(done)
            except (psycopg.Error, ReportingError):
                self.close()
            stop.wait(self._interval)
        self.close()

    def ask(self) -> Round | None:
        """One round: ask whoever has not cosigned the last checkpoint. None when there is nobody to ask."""
        if self._connection is None:
            self._connection = self._database.connect(SIGNER, autocommit=True)
        log = SignedLog(self._connection)
        if (signed_head := log.latest()) is None:
            return None
        head, note = signed_head
        done, now = self._cosigned(note), time.monotonic()
        asked = [
            witness
            for witness in self._witnesses
            if witness.key.name not in done | self._busy
            and self._rests_until.get(witness.key.name, now) <= now
        ]
        if not asked:
            return None
        lines, failed = self._answers(log, head.size, note, asked)
        for name, line in lines.items():
            self._connection.execute(SQL["add_cosignature"], (head.size, name, line))
        for name in failed:
            self._rests_until[name] = time.monotonic() + self._rest
        by = self._cosigned(log.at(head.size)[1])
        return Round(head.size, tuple(sorted(by)), self._quorum, failed)

    def _answers(
        self, log: SignedLog, size: int, note: Note, asked: Sequence[WitnessAt]
    ) -> tuple[dict[str, str], dict[str, ReportingError]]:
        """Signature lines by witness, and who gave none in time and why. All are asked at once."""
        seen = dict(log.last_cosigned())
        given: queue.SimpleQueue[tuple[WitnessAt, str | Exception]] = queue.SimpleQueue()

        def ask(witness_at: WitnessAt) -> None:
            answer: str | Exception
            try:
                answer = obtain(
                    witness_at.url, partial(log.continuation, size=size), seen.get(witness_at.key.name, 0)
                )
            except Exception as failure:
                answer = failure
            self._busy.discard(witness_at.key.name)
            given.put((witness_at, answer))

        waiting = {witness.key.name: witness for witness in asked}
        self._busy |= waiting.keys()
        for witness in asked:
            threading.Thread(
                target=ask, args=(witness,), name=f"witness {witness.key.name}", daemon=True
            ).start()
        lines: dict[str, str] = {}
        failed: dict[str, ReportingError] = {}
        deadline = time.monotonic() + self._wait
        while waiting:
            try:
                witness, answer = given.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                break
            name = witness.key.name
            del waiting[name]
            try:
                if isinstance(answer, Exception):
                    raise answer
                lines[name] = str(accepted(answer, note, [witness.key])[0])
            except ReportingError as failure:
                failed[name] = failure
        late = {
            name: WitnessSilent(url=witness.url, detail=message("no_answer", seconds=self._wait))
            for name, witness in waiting.items()
        }
        return lines, failed | late

    def _cosigned(self, note: Note) -> set[str]:
        """Names of the witnesses whose cosignature stands under the note and holds."""
        return {
            witness.key.name
            for witness in self._witnesses
            for line in note.signatures
            if line.by(witness.key) and witness.key.holds(note.text, line.bytes)
        }
