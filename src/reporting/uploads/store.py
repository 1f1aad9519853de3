"""Files that were sent: each stays with its sender until it is taken or discarded, 30 days at most.

They stand beside the log, never in it; a command keeps a file's name and SHA-256. Whoever sends one can fetch, discard and take it
from any process of the installation; nobody else sees that it is there. The same file of one sender is one upload, whatever it was
called and in whichever way it came.
"""

from __future__ import annotations

import hashlib
import io
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, BinaryIO, Literal, Self
from uuid import UUID, uuid4

from psycopg import Connection

from reporting.database.connect import WRITER, Database
from reporting.database.sql import load
from reporting.domain.actor import Actor
from reporting.errors import CommandIdReused, InvalidInput, ReportingError, UnknownReference
from reporting.uploads.messages import message

SQL = load(__package__)
Way = Literal["import", "workbook"]
"""How a file came, and so where it is taken: as an import, or as a workbook of ours that came back."""
MOST, MOST_BYTES = 100, 200 * 1024 * 1024
"""Files of one sender that may wait, and their size together."""
ALL_BYTES = 10 * 1024**3
"""Of all senders together: the log must not lack room because of files that count for nothing yet."""
KEPT_FOR = timedelta(days=30)
PIECE = 1 << 20
"""Bytes of a file that are in memory at a time."""
MAX_NAME = 200


class TooManyWaiting(ReportingError):
    """facts: `waiting`, `most`."""

    code = "too_many_waiting"
    template_ja = "取り込みも破棄もされていないファイルが {waiting} 件あります（{most} 件、計 200 MB まで）。先にそれらを取り込むか破棄してください。"
    template_en = "{waiting} of your files are neither taken nor discarded (at most {most}, 200 MB together). Take or discard them first."


class NoRoomForFiles(ReportingError):
    """facts: `most`: MB of all senders together."""

    code = "no_room_for_files"
    template_ja = (
        "送られたファイルの置き場がいっぱいです（全員で {most} MB まで）。急ぐときは画面か GraphQL で入力してください。各送信者が"
        "済んだファイルを破棄すると空きます。"
    )
    template_en = (
        "There is no room for more files (at most {most} MB of all senders). Where it cannot wait, type the figures in the console "
        "or by GraphQL. Room comes back as senders discard what they have dealt with."
    )


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that waits. `name`: as its sender last called it; `sha256`: in hex; `received_at`: the last time it was sent."""

    upload_id: UUID
    way: Way
    name: str
    sha256: str
    size: int
    received_at: datetime

    @property
    def kept_until(self) -> datetime:
        return self.received_at + KEPT_FOR


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

    def keep(self, sender: Actor, way: Way, name: str, sha256: str, content: BinaryIO) -> Upload:
        """The file with its sender; the same file sent again is the same upload under its new name. Where a sender has no room
        left, older files that a newer one of the same name replaces give way; TooManyWaiting where there are none.
        NoRoomForFiles."""
        named = seen_of(name)
        size = content.seek(0, io.SEEK_END)
        content.seek(0)
        with self._pool.connection() as connection, connection.transaction():
            connection.execute(SQL["queue_of_sender"], ("/".join(_sender(sender)),))
            connection.execute(SQL["remove_old"], (KEPT_FOR,))
            waiting = _waiting(connection, sender)
            if (held := next((each for each in waiting if each.sha256 == sha256), None)) is not None:
                again = connection.execute(SQL["send_again"], (way, named, held.upload_id)).fetchone()
                assert again is not None
                return Upload(held.upload_id, way, named, sha256, size, again[0])
            for replaced in _giving_way(waiting, way, named, size):
                connection.execute(SQL["remove_upload"], (replaced.upload_id,))
            every = connection.execute(SQL["bytes_of_all"]).fetchone()
            assert every is not None
            if every[0] + size > ALL_BYTES:
                raise NoRoomForFiles(most=ALL_BYTES // 1024**2)
            upload_id = uuid4()
            added = connection.execute(
                SQL["add_upload"], (upload_id, *_sender(sender), way, named, bytes.fromhex(sha256), size)
            ).fetchone()
            assert added is not None
            number = 0
            while piece := content.read(PIECE):
                connection.execute(SQL["add_piece"], (upload_id, number, piece))
                number += 1
            return Upload(upload_id, way, named, sha256, size, added[0])

    def keep_bytes(self, sender: Actor, way: Way, name: str, content: bytes) -> Upload:
        """Errors of `keep`."""
        return self.keep(sender, way, name, hashlib.sha256(content).hexdigest(), io.BytesIO(content))

    def waiting(self, sender: Actor) -> list[Upload]:
        """What the sender has not dealt with, the first that came first."""
        with self._pool.connection() as connection:
            return _waiting(connection, sender)

    def upload(self, sender: Actor, upload_id: UUID) -> Upload:
        """InvalidInput for one that is not the sender's, or not there (any more): which of them is nobody's business."""
        for kept in self.waiting(sender):
            if kept.upload_id == upload_id:
                return kept
        raise InvalidInput.at("upload", str(upload_id), message("an_upload_of_yours"))

    def of_hash(self, sender: Actor, sha256: str) -> Upload:
        """UnknownReference for a file that the sender did not send, or that is dealt with."""
        waiting = self.waiting(sender)
        for kept in waiting:
            if kept.sha256 == sha256:
                return kept
        raise UnknownReference(kind="workbook", found=sha256[:64], among=[each.sha256 for each in waiting])

    def content(self, upload: Upload) -> Iterator[bytes]:
        """Its bytes, a piece at a time. InvalidInput where it was discarded meanwhile: a part of a file is no file."""
        size = number = 0
        while size < upload.size:
            with self._pool.connection() as connection:
                row = connection.execute(SQL["piece"], (upload.upload_id, number)).fetchone()
            if row is None:
                raise InvalidInput.at("upload", str(upload.upload_id), message("an_upload_of_yours"))
            yield bytes(row[0])
            size += len(row[0])
            number += 1

    def read(self, upload: Upload) -> bytes:
        """Errors of `content`."""
        return b"".join(self.content(upload))

    def remove_old(self) -> None:
        """What nobody dealt with in time, of anybody; also done whenever something is kept."""
        with self._pool.connection() as connection:
            connection.execute(SQL["remove_old"], (KEPT_FOR,))

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


def seen_of(name: str) -> str:
    """What can be seen of a name, at most so long; never empty, and that of a file in any folder, never the way to one."""
    last = name.replace("\\", "/").rpartition("/")[2]
    seen = "".join(part for part in last if unicodedata.category(part)[0] != "C").strip(" .\u3000")
    return seen[-MAX_NAME:] or "file"


def _sender(sender: Actor) -> tuple[str, str, str]:
    return sender.person, sender.office, sender.jurisdiction


def _waiting(connection: Connection[Any], sender: Actor) -> list[Upload]:
    rows = connection.execute(SQL["waiting"], (*_sender(sender), KEPT_FOR)).fetchall()
    return [Upload(row[0], row[1], row[2], bytes(row[3]).hex(), row[4], row[5]) for row in rows]


def _giving_way(waiting: list[Upload], way: Way, name: str, size: int) -> list[Upload]:
    """Files, the oldest first, that a newer one of their name replaces, as many as the next one needs. TooManyWaiting."""
    left, gone = list(waiting), list[Upload]()
    while len(left) >= MOST or sum(each.size for each in left) + size > MOST_BYTES:
        calls = [(each.way, each.name) for each in left] + [(way, name)]
        replaced = next((n for n, call in enumerate(calls[:-1]) if call in calls[n + 1 :]), None)
        if replaced is None:
            raise TooManyWaiting(waiting=len(waiting), most=MOST)
        gone.append(left.pop(replaced))
    return gone
