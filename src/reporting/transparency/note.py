"""C2SP signed notes with Ed25519 keys: text that carries its signatures (c2sp.org/signed-note). Pure.

A verifier key is the one line `name+hash+base64(type || key)`, a signer key `PRIVATE+KEY+name+hash+base64(type || seed)`.
Type 0x01 signs the note's text, type 0x04 is a witness's timestamped cosignature (c2sp.org/tlog-cosignature).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from reporting.transparency.errors import KeyInvalid, NoteInvalid
from reporting.transparency.messages import message

ED25519, COSIGNATURE = 0x01, 0x04
MAX_SIGNATURES = 100
"""C2SP wants at least 16; sumdb/note takes 100."""

_MARK = "— "
_HEX = re.compile(r"[0-9a-f]{8}")


def decode64(text: str) -> bytes:
    """Strict standard base64 (RFC 4648 §4): one text for each value. ValueError otherwise."""
    raw = base64.b64decode(text, validate=True)
    if base64.b64encode(raw).decode() != text:
        raise ValueError("not canonical base64")
    return raw


def encode64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _usable(name: str) -> bool:
    return bool(name) and "+" not in name and not any(ch.isspace() or ord(ch) < 32 for ch in name)


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """The first 4 bytes of SHA-256(name || \\n || type || key)."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def stamped(time: int, text: str) -> bytes:
    """What a cosignature signs (c2sp.org/tlog-cosignature, Ed25519 signed message)."""
    return f"cosignature/v1\ntime {time}\n{text}".encode()


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """`public`: 32 raw bytes."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        return key_id(self.name, self.kind, self.public)

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """KeyInvalid unless it is well-formed, of a known type, and its hash is right."""
        name, _, rest = text.partition("+")
        hash_, _, key = rest.partition("+")
        try:
            raw = decode64(key)
        except (ValueError, binascii.Error):
            raise KeyInvalid(detail=message("not_base64")) from None
        if not _usable(name) or not _HEX.fullmatch(hash_) or not raw or raw[0] not in (ED25519, COSIGNATURE):
            raise KeyInvalid(detail=message("key_parts"))
        verifier = cls(name, raw[0], raw[1:])
        if len(verifier.public) != 32 or verifier.id.hex() != hash_:
            raise KeyInvalid(detail=message("key_hash"))
        return verifier

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{encode64(bytes([self.kind]) + self.public)}"

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Plain Ed25519 (RFC 8032) over the message."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True

    def holds(self, text: str, signature: bytes) -> bool:
        """Whether a signature line's bytes are this key's over a note's text, by the rules of the key's type."""
        if self.kind == ED25519:
            return self.verify(text.encode(), signature)
        if len(signature) != 72 or signature[0] & 0x80:
            return False
        return self.verify(stamped(int.from_bytes(signature[:8], "big"), text), signature[8:])


@dataclass(frozen=True, slots=True)
class SignerKey:
    """`seed`: the 32 secret bytes; never shown."""

    name: str
    kind: int
    seed: bytes = field(repr=False)

    @classmethod
    def generate(cls, name: str, kind: int = ED25519) -> SignerKey:
        if not _usable(name):
            raise KeyInvalid(detail=message("unusable_name", name=name))
        return cls(name, kind, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> SignerKey:
        """KeyInvalid unless it is well-formed and its hash is right."""
        parts = text.strip().split("+", 4)
        if len(parts) != 5 or parts[:2] != ["PRIVATE", "KEY"]:
            raise KeyInvalid(detail=message("private_key_line"))
        try:
            raw = decode64(parts[4])
        except (ValueError, binascii.Error):
            raise KeyInvalid(detail=message("not_base64")) from None
        if not _usable(parts[2]) or len(raw) != 33 or raw[0] not in (ED25519, COSIGNATURE):
            raise KeyInvalid(detail=message("name_or_type"))
        signer = cls(parts[2], raw[0], raw[1:])
        if signer.verifier().id.hex() != parts[3]:
            raise KeyInvalid(detail=message("key_hash"))
        return signer

    def reveal(self) -> str:
        """The line a key file holds."""
        key = encode64(bytes([self.kind]) + self.seed)
        return f"PRIVATE+KEY+{self.name}+{self.verifier().id.hex()}+{key}"

    def verifier(self) -> VerifierKey:
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        return VerifierKey(self.name, self.kind, public)

    def sign(self, message: bytes) -> bytes:
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)


@dataclass(frozen=True, slots=True)
class Signature:
    """One line `— name base64(key id || bytes)`."""

    name: str
    id: bytes
    bytes: bytes

    @classmethod
    def parse(cls, line: str) -> Signature:
        """NoteInvalid unless the line (without its newline) is well-formed."""
        name, _, text = line.removeprefix(_MARK).partition(" ")
        try:
            raw = decode64(text)
        except (ValueError, binascii.Error):
            raise NoteInvalid(detail=message("no_signature_line")) from None
        if not line.startswith(_MARK) or not _usable(name) or len(raw) < 5:
            raise NoteInvalid(detail=message("no_signature_line"))
        return cls(name, raw[:4], raw[4:])

    def __str__(self) -> str:
        return f"{_MARK}{self.name} {encode64(self.id + self.bytes)}\n"

    def by(self, key: VerifierKey) -> bool:
        """Whether it claims to be this key's."""
        return self.name == key.name and self.id == key.id


@dataclass(frozen=True, slots=True)
class Note:
    """`text` ends in a newline."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, raw: bytes | str) -> Note:
        """NoteInvalid unless it is UTF-8, free of control characters, and ends in a block of signature lines."""
        try:
            whole = raw.decode() if isinstance(raw, bytes) else raw
        except UnicodeDecodeError:
            raise NoteInvalid(detail=message("not_utf8")) from None
        if any(ord(ch) < 32 and ch != "\n" for ch in whole):
            raise NoteInvalid(detail=message("control_character"))
        text, blank, block = whole.rpartition("\n\n")
        if not blank or not block.endswith("\n"):
            raise NoteInvalid(detail=message("no_signatures"))
        lines = block[:-1].split("\n")
        if len(lines) > MAX_SIGNATURES:
            raise NoteInvalid(detail=message("too_many_signatures"))
        return cls(text + "\n", tuple(Signature.parse(line) for line in lines))

    def __str__(self) -> str:
        return self.text + "\n" + "".join(map(str, self.signatures))

    def verified(self, keys: Sequence[VerifierKey]) -> list[Signature]:
        """Signatures by these keys, one for each. NoteInvalid when there is none, when a known key's is bad, or
        when two given keys share name and id. Unknown keys are ignored."""
        signatures: list[Signature] = []
        for signature in self.signatures:
            match [key for key in keys if signature.by(key)]:
                case []:
                    continue
                case [key]:
                    if not key.holds(self.text, signature.bytes):
                        raise NoteInvalid(detail=message("bad_signature", name=key.name))
                    if not any(other.by(key) for other in signatures):
                        signatures.append(signature)
                case _:
                    raise NoteInvalid(detail=message("two_keys_of_one_name", name=signature.name))
        if not signatures:
            raise NoteInvalid(detail=message("no_known_signature"))
        return signatures


def sign(text: str, *keys: SignerKey) -> Note:
    """A note with plain signatures (type 0x01). NoteInvalid when the text is none for a note."""
    signatures = [Signature(key.name, key.verifier().id, key.sign(text.encode())) for key in keys]
    return Note.parse(str(Note(text, tuple(signatures))))
