"""Files that were sent to be imported: each stays with its sender until it is taken or discarded.

They stand beside the log, never in it; a command keeps a file's name and SHA-256. Whoever sends one can fetch, discard and take it
from any process of the installation; nobody else sees that it is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Self
from uuid import UUID, uuid5

from psycopg import Connection

from reporting.database.connect import WRITER, Database
from reporting.database.sql import load
from reporting.domain.actor import Actor
from reporting.errors import CommandIdReused, InvalidInput, ReportingError
from reporting.importing.messages import message
from reporting.importing.report import NAMESPACE, PIECE

SQL = load(__package__)
MOST, MOST_BYTES = 20, 200 * 1024 * 1024
"""Files of one sender that may wait, and their size together."""


class TooManyWaiting(ReportingError):
    """facts: `waiting`, `most`."""

    code = "too_many_waiting"
    template_ja = "取り込みも破棄もされていないファイルが {waiting} 件あります（{most} 件、計 200 MB まで）。先にそれらを取り込むか破棄してください。"
    template_en = "{waiting} of your files are neither taken nor discarded (at most {most}, 200 MB together). Take or discard them first."


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that waits. `sha256`: in hex."""

    upload_id: UUID
    name: str
    sha256: str
    size: int
    received_at: datetime


class Uploads:
    """Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._pool = database.pool(WRITER, min_size=0, max_size=2)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def close(self) -> None:
        self._pool.close()

    def keep(self, sender: Actor, name: str, sha256: str, content: BinaryIO) -> Upload:
        """The file with its sender; the same file sent again is the same upload. TooManyWaiting."""
        upload_id = uuid5(NAMESPACE, "/".join(("upload", *_sender(sender), name, sha256)))
        content.seek(0)
        with self._pool.connection() as connection, connection.transaction():
            connection.execute(SQL["queue_of_sender"], ("/".join(_sender(sender)),))
            waiting = _waiting(connection, sender)
            if (held := _of(waiting, upload_id)) is not None:
                return held
            connection.execute(
                SQL["add_upload"], (upload_id, *_sender(sender), name, bytes.fromhex(sha256), _size(content))
            )
            number = 0
            while piece := content.read(PIECE):
                connection.execute(SQL["add_piece"], (upload_id, number, piece))
                number += 1
            kept = _of(_waiting(connection, sender), upload_id)
            assert kept is not None
            if len(waiting) >= MOST or sum(each.size for each in waiting) + kept.size > MOST_BYTES:
                raise TooManyWaiting(waiting=len(waiting), most=MOST)
            return kept

    def waiting(self, sender: Actor) -> list[Upload]:
        """What the sender has not dealt with, the first that came first."""
        with self._pool.connection() as connection:
            return _waiting(connection, sender)

    def upload(self, sender: Actor, upload_id: UUID) -> Upload:
        """InvalidInput for one that is not the sender's, or not there (any more): which of them is nobody's business."""
        if (kept := _of(self.waiting(sender), upload_id)) is None:
            raise InvalidInput.at("upload", str(upload_id), message("an_upload_of_yours"))
        return kept

    def content(self, upload: Upload) -> Iterator[bytes]:
        """Its bytes, a piece at a time."""
        number = 0
        while True:
            with self._pool.connection() as connection:
                row = connection.execute(SQL["piece"], (upload.upload_id, number)).fetchone()
            if row is None:
                return
            yield bytes(row[0])
            number += 1

    def remove(self, upload: Upload) -> None:
        """It is dealt with: taken, or discarded by its sender."""
        with self._pool.connection() as connection:
            connection.execute(SQL["remove_upload"], (upload.upload_id,))

    def answer(self, command_id: UUID, request: bytes) -> str | None:
        """What was answered to this very import before. CommandIdReused where it was another. `request`: SHA-256."""
        with self._pool.connection() as connection:
            row = connection.execute(SQL["answer_of"], (command_id,)).fetchone()
        if row is not None and bytes(row[0]) != request:
            raise CommandIdReused(command_id=str(command_id))
        return None if row is None else str(row[1])

    def remember(self, command_id: UUID, request: bytes, answer: str) -> None:
        with self._pool.connection() as connection:
            connection.execute(SQL["add_answer"], (command_id, request, answer))


def _sender(sender: Actor) -> tuple[str, str, str]:
    return sender.person, sender.office, sender.jurisdiction


def _waiting(connection: Connection[Any], sender: Actor) -> list[Upload]:
    rows = connection.execute(SQL["waiting"], _sender(sender)).fetchall()
    return [Upload(row[0], row[1], bytes(row[2]).hex(), row[3], row[4]) for row in rows]


def _of(uploads: list[Upload], upload_id: UUID) -> Upload | None:
    return next((upload for upload in uploads if upload.upload_id == upload_id), None)


def _size(content: BinaryIO) -> int:
    size = content.seek(0, 2)
    content.seek(0)
    return size
