"""A witness (c2sp.org/tlog-witness): cosigns a log's checkpoint only when it continues the last one it saw.

The exchange is a request text and an answer text, so it works the same over HTTP and by files carried by hand.
"""

from __future__ import annotations

import binascii
import contextlib
import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from reporting.files.durable import sync_folder, write_through
from reporting.transparency import checkpoint, merkle
from reporting.transparency.checkpoint import Checkpoint, number
from reporting.transparency.errors import KeyInvalid, NoteInvalid, ProofInvalid
from reporting.transparency.messages import message
from reporting.transparency.note import (
    COSIGNATURE,
    Note,
    Signature,
    SignerKey,
    VerifierKey,
    decode64,
    encode64,
)

MAX_PROOF = 63
SIZE_TYPE, TEXT_TYPE = "text/x.tlog.size", "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class WitnessRequest:
    """An add-checkpoint request: the size the witness saw last, the proof from there, the signed checkpoint."""

    old: int
    proof: tuple[bytes, ...]
    note: str

    def __str__(self) -> str:
        return (
            f"old {self.old}\n" + "".join(f"{encode64(hash_)}\n" for hash_ in self.proof) + f"\n{self.note}"
        )

    @classmethod
    def parse(cls, body: bytes) -> WitnessRequest:
        """NoteInvalid unless the layout is right."""
        try:
            head, blank, signed = body.decode().partition("\n\n")
            first, *lines = head.split("\n")
            if not blank or not first.startswith("old ") or len(lines) > MAX_PROOF:
                raise ValueError
            return cls(number(first.removeprefix("old ")), tuple(map(decode64, lines)), signed)
        except (ValueError, binascii.Error):
            raise NoteInvalid(detail=message("no_checkpoint_request")) from None


@dataclass(frozen=True, slots=True)
class WitnessAnswer:
    """HTTP status, content type and body; by file only a body of status 200 is handed back."""

    status: int
    body: str = ""
    content_type: str = TEXT_TYPE


class Witness:
    """`logs`: keys of the logs it follows. `folder` keeps one file for each log, the last checkpoint cosigned there;
    it must survive, or the witness must be given a new key. Safe for several threads and processes."""

    def __init__(
        self,
        key: SignerKey,
        logs: Sequence[VerifierKey],
        folder: Path,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if key.kind != COSIGNATURE:
            raise KeyInvalid(detail=message("witness_key_type"))
        self._key, self._logs, self._folder, self._clock = key, tuple(logs), folder, clock
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)

    def add_checkpoint(self, body: bytes) -> WitnessAnswer:
        """Statuses of the C2SP text: 200 cosignature, 400, 403, 404, 409 with the size it saw last, 422."""
        try:
            request = WitnessRequest.parse(body)
            note = Note.parse(request.note)
            new = Checkpoint.parse(note.text)
        except NoteInvalid as wrong:
            return WitnessAnswer(400, f"{wrong.told('detail', 1)}\n")
        keys = [key for key in self._logs if key.name == new.origin]
        if not keys:
            return WitnessAnswer(404, "unknown log\n")
        try:
            note.verified(keys)
        except NoteInvalid as wrong:
            return WitnessAnswer(403, f"{wrong.told('detail', 1)}\n")
        if request.old > new.size:
            return WitnessAnswer(400, "old size above the checkpoint's\n")
        with self._lock, self._alone():
            return self._decide(request, new, note)

    def seen(self, origin: str) -> Checkpoint | None:
        """The last checkpoint cosigned for this log."""
        file = self._file(origin)
        return Checkpoint.parse(Note.parse(file.read_bytes()).text) if file.exists() else None

    def _decide(self, request: WitnessRequest, new: Checkpoint, note: Note) -> WitnessAnswer:
        last = self.seen(new.origin)
        size = last.size if last else 0
        if request.old != size:
            return WitnessAnswer(409, f"{size}\n", SIZE_TYPE)
        try:
            if last and size:
                if size == new.size and last.root != new.root:
                    return WitnessAnswer(409, f"{size}\n", SIZE_TYPE)
                merkle.verify_consistency(size, new.size, last.root, new.root, request.proof)
            elif request.proof or (new.size == 0 and new.root != merkle.EMPTY_ROOT):
                raise ProofInvalid(detail=message("proof_from_nothing"))
        except ProofInvalid as wrong:
            return WitnessAnswer(422, f"{wrong.told('detail', 1)}\n")
        write_safely(self._file(new.origin), str(note).encode())
        return WitnessAnswer(200, str(checkpoint.cosign(note.text, self._key, int(self._clock()))))

    def _file(self, origin: str) -> Path:
        return self._folder / f"{hashlib.sha256(origin.encode()).hexdigest()[:32]}.checkpoint"

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time between reading the last checkpoint and writing the next."""
        with (self._folder / "lock").open("a") as lock:
            if os.name == "posix":
                import fcntl

                fcntl.flock(lock, fcntl.LOCK_EX)  # released when the file is closed
            yield


def write_safely(file: Path, content: bytes) -> None:
    """All of the new content or all of the old, also after a power cut."""
    new = file.with_name(file.name + ".new")
    write_through(new, content)
    os.replace(new, file)
    sync_folder(file.parent)


def accepted(answer: str, signed: Note, witnesses: Sequence[VerifierKey]) -> list[Signature]:
    """The cosignatures in a witness's answer that known witnesses made over this checkpoint, one for each witness.
    NoteInvalid when a known witness's is bad or when none is known."""
    signatures = [Signature.parse(line) for line in answer.removesuffix("\n").split("\n")]
    good: dict[str, Signature] = {}
    for signature in signatures:
        for key in witnesses:
            if signature.by(key):
                if not key.holds(signed.text, signature.bytes):
                    raise NoteInvalid(detail=message("bad_cosignature", witness=key.name))
                good.setdefault(key.name, signature)
    if not good:
        raise NoteInvalid(detail=message("no_known_cosignature"))
    return list(good.values())
