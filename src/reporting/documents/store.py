"""Documents in a folder, by the SHA-256 of their content: written once, never changed, and read only if they are still what they were."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Literal

from reporting.documents.messages import message
from reporting.errors import ReportingError


class DocumentLost(ReportingError):
    """facts: `document`, `state` (missing or changed)."""

    code = "document_lost"
    template_ja = "書類 {document} は保存場所に{state_ja}。運用担当者に、控えから戻すよう依頼してください。"
    template_en = "Of the document {document} the store says: {state_en}. Ask the operator to restore it from the backup."
    operator_ja = "書類 {document} は保存場所に{state_ja}。REPORTING_DOCUMENTS の控えから戻してください。"
    operator_en = "Of the document {document} the store says: {state_en}. Restore it from the backup of REPORTING_DOCUMENTS."

    def __init__(self, document: str, state: Literal["missing", "changed"]) -> None:
        words = message.words("missing") if state == "missing" else message.words("changed")
        super().__init__(document=document, state=state, state_ja=words.ja, state_en=words.en)


class Documents:
    """In `folder`, which is made when the first is kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, content: bytes) -> str:
        """Its SHA-256, once it is on disk. One that is there already is compared, and written anew where it was changed."""
        digest = hashlib.sha256(content).hexdigest()
        path = self._path(digest)
        if self.state(digest) is None:
            return digest
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix="new-", delete=False) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(path)
        _on_disk(path.parent)
        return digest

    def read(self, digest: str) -> bytes:
        """DocumentLost where it is not there, or is another by now."""
        try:
            content = self._path(digest).read_bytes()
        except OSError:
            raise DocumentLost(digest, "missing") from None
        if hashlib.sha256(content).hexdigest() != digest:
            raise DocumentLost(digest, "changed")
        return content

    def state(self, digest: str) -> Literal["missing", "changed"] | None:
        """None: it is there as it was."""
        try:
            self.read(digest)
        except DocumentLost as lost:
            return "changed" if lost.facts["state"] == "changed" else "missing"
        return None

    def set_aside(self, digests: Iterable[str]) -> None:
        """Nobody reads them from now on; `put_back` undoes it, `remove_aside` ends it. Somebody who keeps one meanwhile writes it anew,
        and that one is not touched by either end."""
        for digest in digests:
            with suppress(FileNotFoundError):
                self._path(digest).rename(self._aside(digest))

    def put_back(self, digests: Iterable[str]) -> None:
        """Those that were set aside, as far as they were."""
        for digest in digests:
            with suppress(FileNotFoundError):
                self._aside(digest).rename(self._path(digest))

    def remove_aside(self, digests: Iterable[str]) -> None:
        """Gone once this returns, whether they were there or not."""
        for digest in digests:
            self._aside(digest).unlink(missing_ok=True)
            if self._aside(digest).parent.is_dir():
                _on_disk(self._aside(digest).parent)

    def _aside(self, digest: str) -> Path:
        return self._path(digest).with_name(f"going-{digest}")

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest


def _on_disk(folder: Path) -> None:
    """What was added to a folder, or taken from it, outlives a power cut."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
