"""One import, in a thread: from a file that was sent to its report, by the code of the command line."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass

from api.elsewhere import as_it_stands
from api.execute import Asker
from api.imports.asked import ImportAsked, ReceivedFile
from api.imports.lines import again, done_lines, progress_line, received_line, refused_lines
from api.serving import Serving
from reporting.domain.actor import Actor
from reporting.importing import ImportReport
from reporting.importing.sent import KINDS, ImportWish, import_upload
from reporting.importing.shipped import read_mapping
from reporting.uploads import Upload, Uploads

SECONDS = 0.5
"""Between two lines of progress."""

Send = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class ImportWork:
    """`run` sends each line as soon as there is one, and the last one in any case."""

    state: Serving
    asked: ImportAsked
    asker: Asker
    actor: Actor
    file: ReceivedFile | None
    request_id: str
    send: Send

    def run(self) -> None:
        upload: Upload | None = None
        try:
            self.asker.check_held(self.state)
            upload = self._upload()
            self.send(received_line(upload))
            self._take(upload)
        except Exception as error:
            for told in refused_lines(as_it_stands(error, self.state.logs), self.request_id, upload):
                self.send(told)
        finally:
            if self.file is not None:
                self.file.content.close()

    @property
    def _uploads(self) -> Uploads:
        return self.state.uploads

    def _upload(self) -> Upload:
        if self.file is None:
            assert self.asked.upload is not None
            return self._uploads.upload(self.actor, self.asked.upload)
        return self._uploads.keep(self.actor, "import", self.asked.name, self.file.sha256, self.file.content)

    def _take(self, upload: Upload) -> None:
        asked = self.asked
        request, command_id = self._request(upload), None if asked.dry_run else asked.command_id
        answer = None if command_id is None else self._uploads.answer(command_id, request)
        if answer is not None:
            self._uploads.remove(upload)
            self.send(again(answer))
            return
        report = self._imported(upload)
        if not asked.dry_run and asked.kind != "mapping":
            self._uploads.remove(upload)
        answered = list(done_lines(report, dry_run=asked.dry_run, sha256=upload.sha256))
        if command_id is not None:
            self._uploads.remember(command_id, request, answered[-1].decode())
        for told in answered:
            self.send(told)

    def _imported(self, upload: Upload) -> ImportReport:
        asked = self.asked
        if asked.kind == "mapping":
            read_mapping(upload.name, self._uploads.read(upload))
            return ImportReport(1)
        kind = next(kind for kind in KINDS if kind == asked.kind)
        wish = ImportWish(
            kind, asked.election, asked.form, asked.slot, asked.mapping, asked.encoding, asked.confirm_title,
            asked.control, asked.submit, asked.dry_run, asked.seen_at, asked.reason,
        )  # fmt: skip
        return import_upload(
            self.state.service, self._uploads, self.actor, upload, wish, _Progress(self.send)
        )

    def _request(self, upload: Upload) -> bytes:
        """SHA-256 of who asks for what with which file: what a command id stands for."""
        who = (self.actor.person, self.actor.office, self.actor.jurisdiction)
        return hashlib.sha256(
            repr((who, self.asked.settings(), upload.name, upload.sha256)).encode()
        ).digest()


class _Progress:
    """Not more lines than somebody can read."""

    def __init__(self, send: Send) -> None:
        self._send, self._last, self._stage = send, 0.0, ""

    def __call__(self, done: int, total: int, what: str = "") -> None:
        now = time.monotonic()
        if what != self._stage or now - self._last >= SECONDS:
            self._last, self._stage = now, what
            self._send(progress_line(done, total, what))
