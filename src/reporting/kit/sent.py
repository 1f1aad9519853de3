"""Workbooks that were sent and are not dealt with yet: each stays with the one who sent it.

Files of the operator's data folder, no part of the log: what they hold counts for nothing until it is handed in, when the
file's SHA-256 stands with the command. A sender is told from others by name and office; the folder's name is a hash of
them, so that nobody's name stands in the file system.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from reporting.domain.actor import Actor
from reporting.errors import UnknownReference
from reporting.files.sheets import MAX_BYTES

MOST, MOST_TOGETHER = 20, 2 * MAX_BYTES
"""Files of one sender, and their bytes together; the oldest give way."""
KEPT_FOR = timedelta(days=30)
SHA256 = re.compile(r"[0-9a-f]{64}")
NAME_LENGTH = 200


@dataclass(frozen=True, slots=True)
class SentBook:
    """`name`: as the sender called it; `sent_at`: the last time it was sent."""

    sha256: str
    name: str
    size: int
    sent_at: datetime


class SentBooks:
    """`folder`: need not be there yet. Of several processes that write at once each file is whole."""

    def __init__(self, folder: Path, clock: Callable[[], datetime]) -> None:
        self._folder, self._clock = folder, clock

    def keep(self, actor: Actor, name: str, data: bytes) -> None:
        """Not of a file that is too large to be read; where the disk refuses, nothing is kept and nothing else fails."""
        if len(data) > MAX_BYTES:
            return
        with contextlib.suppress(OSError):
            place = self._place(actor)
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            sha256 = hashlib.sha256(data).hexdigest()
            _write(place / f"{sha256}.xlsx", data)
            _write(place / f"{sha256}.name", name[:NAME_LENGTH].encode(errors="replace"))
            now = self._clock().timestamp()
            os.utime(place / f"{sha256}.xlsx", (now, now))
            self._drop_old(actor)

    def of(self, actor: Actor) -> list[SentBook]:
        """The newest first."""
        sent = [book for path in self._place(actor).glob("*.xlsx") if (book := _sent(path)) is not None]
        return sorted(sent, key=lambda book: (book.sent_at, book.sha256), reverse=True)

    def read(self, actor: Actor, sha256: str) -> bytes:
        """UnknownReference for a file that the actor did not send, or that is dealt with."""
        mine = [book.sha256 for book in self.of(actor)]
        if SHA256.fullmatch(sha256) and sha256 in mine:
            with contextlib.suppress(FileNotFoundError):
                return (self._place(actor) / f"{sha256}.xlsx").read_bytes()
        raise UnknownReference(kind="workbook", found=sha256[:64], among=mine)

    def named(self, actor: Actor, sha256: str) -> str:
        """What the sender called it; its hash where that is gone."""
        return next((book.name for book in self.of(actor) if book.sha256 == sha256), sha256)

    def settle(self, actor: Actor, sha256: str) -> None:
        """It is dealt with, or not wanted any more."""
        if SHA256.fullmatch(sha256):
            for ending in ("xlsx", "name"):
                (self._place(actor) / f"{sha256}.{ending}").unlink(missing_ok=True)

    def _place(self, actor: Actor) -> Path:
        who = "\x1f".join((actor.person, actor.office, actor.jurisdiction))
        return self._folder / hashlib.sha256(who.encode()).hexdigest()[:32]

    def _drop_old(self, actor: Actor) -> None:
        together, oldest = 0, self._clock() - KEPT_FOR
        for number, book in enumerate(self.of(actor)):
            together += book.size
            if number >= MOST or together > MOST_TOGETHER or book.sent_at < oldest:
                self.settle(actor, book.sha256)


def _sent(path: Path) -> SentBook | None:
    """None where it went away meanwhile."""
    try:
        held = path.stat()
        name = path.with_suffix(".name").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    return SentBook(path.stem, name, held.st_size, datetime.fromtimestamp(held.st_mtime, UTC))


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all."""
    partly = path.with_name(f"{path.name}.{os.getpid()}")
    with open(os.open(partly, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as target:
        target.write(data)
    partly.replace(path)
