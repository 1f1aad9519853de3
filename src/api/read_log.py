"""The log of reads before release: every line seals the one before it, and the ledger names how far it had come.

A line that is changed, taken out or put in breaks its chain; one cut off at the end is missed once the ledger has named it
(`ReadsCounted`, at most `ANCHOR_S` later, and when the server stops). Whoever looks: `verify.py --reads`.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from uuid import uuid5

import structlog

from reporting.database.connect import AWAY
from reporting.domain.actor import Actor, Channel, Role
from reporting.domain.office_events import ReadsCounted
from reporting.errors import ReportingError
from reporting.ledger import Command, NewEvent
from reporting.ledger.registry import canonical
from reporting.ledger.streams import reads_stream

ANCHOR_S = 600.0
"""Between two events that name how far the chain is; none while nobody reads."""
SALT_BYTES = 16
SERVER = Actor("server", "reporting serve", Role.SYSTEM, "*")
log = structlog.get_logger(__name__)


class ReadLog:
    """One chain for each process. A person's name stands beside its seal, so that erasing it leaves the chain whole."""

    def __init__(
        self, now: Callable[[], datetime] = lambda: datetime.now(UTC), chain: str | None = None
    ) -> None:
        self.chain = chain or secrets.token_hex(8)
        self._now, self._lock = now, threading.Lock()
        self._count, self._head, self._anchored = 0, "", 0

    def tell(self, reader: Actor, election: str, place: Mapping[str, str], request_id: str) -> None:
        """One line. Lines stand in the order of their numbers. `place`: `unit` or `area`."""
        salt = secrets.token_hex(SALT_BYTES)
        with self._lock:
            self._count += 1
            line = {
                "chain": self.chain, "n": self._count, "previous": self._head, "at": self._now().isoformat(),
                "office": reader.office, "role": reader.role.value, "election": election, **place,
                "request_id": request_id, "person_seal": sealed(reader.person, salt),
            }  # fmt: skip
            self._head = hashlib.sha256(canonical(line)).hexdigest()
            log.info("unreleased_read", **line, person=reader.person, salt=salt, hash=self._head)

    def to_anchor(self) -> ReadsCounted | None:
        """How far the chain is, where nobody named it so yet."""
        with self._lock:
            if self._count == self._anchored:
                return None
            return ReadsCounted(chain=self.chain, count=self._count, head=self._head)

    def anchor(self, append: Callable[[Command], object], stream_version: Callable[..., int]) -> None:
        """Names it in the ledger."""
        if (event := self.to_anchor()) is None:
            return
        stream = reads_stream(self.chain)
        body = canonical({"kind": "CountReads", **event.model_dump()})
        made = (NewEvent(stream, stream_version(stream) + 1, event),)
        append(Command(uuid5(stream, str(event.count)), body, SERVER, Channel.API, made))
        self._anchored = event.count

    def run(
        self,
        stop: threading.Event,
        append: Callable[[Command], object],
        stream_version: Callable[..., int],
        takes_changes: Callable[[], bool],
    ) -> None:
        """Until `stop`, and once more then. At a standby nothing can be named."""
        while True:
            last = stop.wait(ANCHOR_S)
            try:
                if takes_changes():
                    self.anchor(append, stream_version)
            except (ReportingError, *AWAY) as failed:
                log.warning("reads_not_counted", kind=type(failed).__name__)
            if last:
                return


def sealed(person: str, salt: str) -> str:
    """As the ledger seals a person (`ledger.seal_v1`): without the salt it says nothing about them."""
    prefix = b"reporting/seal/v1 person\0"
    return hashlib.sha256(prefix + bytes.fromhex(salt) + person.encode()).hexdigest()


READS = ReadLog()
"""This process's."""
