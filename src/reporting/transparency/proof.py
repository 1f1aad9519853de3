"""One event's proof as a file (c2sp.org/tlog-proof@v1), and paths of tiles (c2sp.org/tlog-tiles). Pure."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass

from reporting.transparency import merkle
from reporting.transparency.checkpoint import Checkpoint, Policy, number
from reporting.transparency.errors import ProofInvalid
from reporting.transparency.messages import message
from reporting.transparency.note import decode64, encode64

HEADER = "c2sp.org/tlog-proof@v1"
MAX_HASHES = 63
MAX_LINE = 65_536


@dataclass(frozen=True, slots=True)
class Proof:
    """`checkpoint`: the signed note, verbatim. `extra` is not authenticated by anything; ours holds the leaf."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None

    def __str__(self) -> str:
        extra = [] if self.extra is None else [f"extra {encode64(self.extra)}"]
        lines = [HEADER, *extra, f"index {self.index}", *map(encode64, self.hashes)]
        return "".join(f"{line}\n" for line in lines) + "\n" + self.checkpoint

    @classmethod
    def parse(cls, text: str) -> Proof:
        """ProofInvalid unless the text is one; the checkpoint is not looked at."""
        head, blank, checkpoint = text.partition("\n\n")
        lines = head.split("\n")
        if not blank or not checkpoint or any(len(line) > MAX_LINE for line in lines):
            raise ProofInvalid(detail=message("no_proof"))
        try:
            if lines.pop(0) != HEADER:
                raise ValueError(message("first_line"))
            extra = None
            if lines[0].startswith("extra "):
                extra = decode64(lines.pop(0).removeprefix("extra "))
            if not lines[0].startswith("index "):
                raise ValueError(message("no_index_line"))
            index = number(lines.pop(0).removeprefix("index "))
            hashes = tuple(decode64(line) for line in lines)
        except (ValueError, IndexError, binascii.Error):
            raise ProofInvalid(detail=message("no_proof")) from None
        if len(hashes) > MAX_HASHES or any(len(hash_) != merkle.HASH_SIZE for hash_ in hashes):
            raise ProofInvalid(detail=message("hashes_of_another_number"))
        return cls(index, hashes, checkpoint, extra)

    def verify(self, leaf: bytes, policy: Policy) -> Checkpoint:
        """The signed and witnessed tree head that holds the leaf's bytes at `index`. ProofInvalid, NoteInvalid,
        QuorumMissing."""
        head = policy.check(self.checkpoint)
        merkle.verify_inclusion(self.index, head.size, merkle.leaf_hash(leaf), self.hashes, head.root)
        return head


_TILE = re.compile(r"((?:x[0-9]{3}/)*)([0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")
_LEVEL = re.compile(r"0|[1-9][0-9]?")


def tile_path(level: int, index: int, width: int = 0) -> str:
    """`tile/1/x001/x234/067`; `width` 1–255 names a partial tile (`.p/width`)."""
    groups = f"{index:d}"
    groups = groups.zfill(-(-len(groups) // 3) * 3)
    parts = [groups[at : at + 3] for at in range(0, len(groups), 3)]
    path = "/".join([f"x{part}" for part in parts[:-1]] + parts[-1:])
    return f"tile/{level}/{path}" + (f".p/{width}" if width else "")


def parse_tile_path(level: str, path: str) -> tuple[int, int, int]:
    """(level, index, width) of the two last parts of a tile's path; ProofInvalid otherwise."""
    match = _TILE.fullmatch(path)
    if not match or not _LEVEL.fullmatch(level) or int(level) > 63:
        raise ProofInvalid(detail=message("no_such_tile", level=level, path=path))
    index = int(match[1].replace("x", "").replace("/", "") + match[2])
    width = int(match[3] or 0)
    if index > merkle.MAX_SIZE or width >= merkle.TILE_WIDTH:
        raise ProofInvalid(detail=message("no_such_tile", level=level, path=path))
    return int(level), index, width
