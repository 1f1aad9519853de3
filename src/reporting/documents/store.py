"""Documents in a folder, by the SHA-256 of their content: written once, never changed, and read only if they are still what they were."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Literal

from reporting.documents.messages import message
from reporting.errors import ReportingError


class DocumentLost(ReportingError):
    """facts: `document`, `state` (missing or changed)."""

    code = "document_lost"
    template_ja = "書類 {document} は保存場所に{state_ja}。運用担当者に、控えから戻すよう依頼してください。"
    template_en = "Of the document {document} the store says: {state_en}. Ask the operator to restore it from the backup."

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

    def remove(self, digest: str) -> None:
        """Gone once this returns, whether it was there or not."""
        path = self._path(digest)
        path.unlink(missing_ok=True)
        if path.parent.is_dir():
            _on_disk(path.parent)

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest


def _on_disk(folder: Path) -> None:
    """What was added to a folder, or taken from it, outlives a power cut."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
