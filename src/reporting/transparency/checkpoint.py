"""Signed tree heads (c2sp.org/tlog-checkpoint), witness cosignatures (c2sp.org/tlog-cosignature) and the k of n
policy over them. Pure."""

from __future__ import annotations

import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass

from reporting.transparency import note
from reporting.transparency.errors import NoteInvalid, QuorumMissing
from reporting.transparency.messages import message
from reporting.transparency.note import Note, Signature, SignerKey, VerifierKey

MAX_SIZE = 2**63 - 1
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")


def number(text: str) -> int:
    """ASCII decimal without leading zeroes, below 2^63. ValueError otherwise."""
    if not _NUMBER.fullmatch(text) or int(text) > MAX_SIZE:
        raise ValueError(f"{text!r} is not a size")
    return int(text)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head: `size` leaves have this root hash. `extensions` are read and never written by us."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """NoteInvalid unless it is the text of a checkpoint with a 32-byte root."""
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
            raise NoteInvalid(detail=message("no_checkpoint"))
        try:
            size, root = number(lines[1]), note.decode64(lines[2])
        except (ValueError, binascii.Error):
            raise NoteInvalid(detail=message("checkpoint_numbers")) from None
        if len(root) != 32:
            raise NoteInvalid(detail=message("root_length"))
        return cls(lines[0], size, root, tuple(lines[3:-1]))

    def __str__(self) -> str:
        lines = (self.origin, str(self.size), note.encode64(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


def sign(checkpoint: Checkpoint, key: SignerKey) -> Note:
    """Signed by the log. NoteInvalid when the key is not named like the origin, so that one key serves one log."""
    if key.name != checkpoint.origin or key.kind != note.ED25519:
        raise NoteInvalid(detail=message("key_of_another_log", key=key.name, origin=checkpoint.origin))
    return note.sign(str(checkpoint), key)


def opened(raw: bytes | str, key: VerifierKey) -> tuple[Checkpoint, Note]:
    """A checkpoint signed by this log. NoteInvalid otherwise, also for another log's origin."""
    signed = Note.parse(raw)
    checkpoint = Checkpoint.parse(signed.text)
    if checkpoint.origin != key.name:
        raise NoteInvalid(detail=message("checkpoint_of_another_log", key=key.name, origin=checkpoint.origin))
    signed.verified([key])
    return checkpoint, signed


def cosign(text: str, key: SignerKey, time: int) -> Signature:
    """A witness's timestamped cosignature over a checkpoint's text; `time`: POSIX seconds."""
    if key.kind != note.COSIGNATURE:
        raise NoteInvalid(detail=message("no_witness_key"))
    raw = time.to_bytes(8, "big") + key.sign(note.stamped(time, text))
    return Signature(key.name, key.verifier().id, raw)


def timestamp(cosignature: Signature) -> int:
    """POSIX seconds of a cosignature. NoteInvalid when it is none."""
    time = int.from_bytes(cosignature.bytes[:8], "big")
    if len(cosignature.bytes) != 72 or time > MAX_SIZE:
        raise NoteInvalid(detail=message("no_cosignature"))
    return time


@dataclass(frozen=True, slots=True)
class Policy:
    """Whom a reader trusts: the log's key, and `quorum` of these witnesses. The log's own key never counts as one."""

    log: VerifierKey
    witnesses: tuple[VerifierKey, ...] = ()
    quorum: int = 0

    def check(self, raw: bytes | str) -> Checkpoint:
        """The checkpoint, signed and witnessed. NoteInvalid, QuorumMissing."""
        checkpoint, signed = opened(raw, self.log)
        times_by_witness = witnessed(signed, self.witnesses, self.log)
        if len(times_by_witness) < self.quorum:
            raise QuorumMissing(found=len(times_by_witness), needed=self.quorum)
        return checkpoint


def witnessed(
    signed: Note, witnesses: Sequence[VerifierKey], log: VerifierKey | None = None
) -> dict[str, int]:
    """Witness name → time of its cosignature. Different keys under one name count once, as do equal keys under
    different names. NoteInvalid when a known witness's cosignature is bad."""
    times_by_witness: dict[str, int] = {}
    counted = {log.public} if log else set[bytes]()
    for key in witnesses:
        for signature in signed.signatures:
            if key.kind == note.COSIGNATURE and signature.by(key):
                if not key.holds(signed.text, signature.bytes):
                    raise NoteInvalid(detail=message("bad_cosignature", witness=key.name))
                if key.public not in counted and key.name not in times_by_witness:
                    counted.add(key.public)
                    times_by_witness[key.name] = timestamp(signature)
    return times_by_witness
