"""Proofs of the signed log: RFC 6962 inclusion, C2SP tlog-proof, tlog-checkpoint and signed-note. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

HEADER = "c2sp.org/tlog-proof@v1"
ED25519 = 0x01
NUMBER = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
MARK = "— "


class ProofWrong(ValueError):
    """What a proof or key says does not hold; `ja` and `en` say what."""

    def __init__(self, ja: str, en: str) -> None:
        super().__init__(en)
        self.ja, self.en = ja, en


class NewerProof(ValueError):
    """A proof in a form that this version cannot read."""


@dataclass(frozen=True)
class LogKey:
    """The line `name+hash+base64(type || key)` that the log's operator gives out."""

    name: str
    hash: bytes
    public: bytes

    @classmethod
    def parse(cls, text: str) -> LogKey:
        """ProofWrong for a line that is none, or mistyped."""
        name, _, rest = text.strip().partition("+")
        hash_, _, encoded = rest.partition("+")
        try:
            raw = _decoded(encoded)
            said = bytes.fromhex(hash_)
        except ValueError:
            raw, said = b"", b""
        of_key = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
        if not name or len(raw) != 33 or raw[0] != ED25519 or said != of_key:
            raise ProofWrong("ログの公開鍵の行ではありません", "not the line of a log's public key")
        return cls(name, said, raw[1:])


@dataclass(frozen=True)
class Proof:
    """That a leaf is the `index`th of the log with the head that `note` (signed) tells. `leaf`: what the proof says it is of."""

    leaf: bytes
    index: int
    hashes: tuple[bytes, ...]
    note: str

    @classmethod
    def parse(cls, text: str) -> Proof:
        """NewerProof, ProofWrong."""
        head, blank, note = text.partition("\n\n")
        lines = head.split("\n")
        if lines[0] != HEADER:
            raise NewerProof(lines[0][:60])
        broken = ProofWrong("証明のファイルとして読めません", "not readable as a proof")
        if (
            not blank
            or len(lines) < 3
            or not lines[1].startswith("extra ")
            or not lines[2].startswith("index ")
        ):
            raise broken
        try:
            leaf = _decoded(lines[1].removeprefix("extra "))
            index = _number(lines[2].removeprefix("index "))
            hashes = tuple(_decoded(line) for line in lines[3:])
        except ValueError:
            raise broken from None
        if any(len(hash_) != 32 for hash_ in hashes) or len(hashes) > 63:
            raise broken
        return cls(leaf, index, hashes, note)

    def check_inclusion(self) -> None:
        """ProofWrong unless the leaf leads to the head's root."""
        size, root = self.head()
        if root_of(self.index, size, leaf_hash(self.leaf), self.hashes) != root:
            raise ProofWrong("証明がログの木に合いません", "the proof does not lead to the log's root")

    def head(self) -> tuple[int, bytes]:
        """Size and root hash of the tree."""
        lines = self.note.partition("\n\n")[0].split("\n")
        try:
            size, root = _number(lines[1]), _decoded(lines[2])
        except (IndexError, ValueError):
            raise ProofWrong("チェックポイントとして読めません", "not readable as a checkpoint") from None
        return size, root

    def check_signature(self, key: LogKey) -> None:
        """ProofWrong unless the log with this key signed the head. ImportError without `cryptography`."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        text, _, block = self.note.rpartition("\n\n")
        signed = f"{text}\n".encode()
        if signed.decode().split("\n")[0] != key.name:
            raise ProofWrong("別のログのチェックポイントです", "a checkpoint of another log")
        for line in block.splitlines():
            name, _, encoded = line.removeprefix(MARK).partition(" ")
            try:
                raw = _decoded(encoded)
            except ValueError:
                continue
            if not line.startswith(MARK) or name != key.name or raw[:4] != key.hash:
                continue
            try:
                Ed25519PublicKey.from_public_bytes(key.public).verify(raw[4:], signed)
            except (InvalidSignature, ValueError):
                raise ProofWrong("署名が正しくありません", "the signature is wrong") from None
            return
        raise ProofWrong("この鍵の署名がありません", "no signature by this key")


def leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + leaf).digest()


def root_of(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes:
    """Where the hashes lead (RFC 9162 §2.1.3.2). ProofWrong when there are too many or too few."""
    wrong = ProofWrong("証明の長さが木に合いません", "the proof has the wrong length for the tree")
    if index >= size:
        raise wrong
    place, last, root = index, size - 1, leaf
    for beside in path:
        if last == 0:
            raise wrong
        if place & 1 or place == last:
            root = hashlib.sha256(b"\x01" + beside + root).digest()
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            root = hashlib.sha256(b"\x01" + root + beside).digest()
        place, last = place >> 1, last >> 1
    if last:
        raise wrong
    return root


def _decoded(text: str) -> bytes:
    """Canonical base64; ValueError."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(text) from None
    if base64.b64encode(raw).decode() != text:
        raise ValueError(text)
    return raw


def _number(text: str) -> int:
    if not NUMBER.fullmatch(text):
        raise ValueError(text)
    return int(text)
