"""What a signer remembers of its last signature, in a file of its own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from reporting.transparency import checkpoint, merkle
from reporting.transparency.errors import NoteInvalid, ProofInvalid, SignerStateUnusable
from reporting.transparency.merkle import Frontier
from reporting.transparency.messages import message
from reporting.transparency.note import Note, SignerKey, decode64, encode64


@dataclass(frozen=True, slots=True)
class Signed:
    """What the signer remembers: its last checkpoint, the tree it stands for, and the leaf hashes after the last full
    tile (which name the very event when one of them is changed)."""

    tree: Frontier
    rest: tuple[bytes, ...]
    note: Note

    def to_json(self) -> bytes:
        frontier, rest = ([encode64(hash_) for hash_ in part] for part in (self.tree.hashes, self.rest))
        note = str(self.note)
        return json.dumps({"size": self.tree.size, "frontier": frontier, "rest": rest, "note": note}).encode()

    @classmethod
    def read(cls, file: Path, key: SignerKey) -> Signed:
        """SignerStateUnusable when the file is not this key's or does not agree with itself."""
        try:
            data = json.loads(file.read_bytes())
            tree = Frontier(data["size"], [decode64(text) for text in data["frontier"]])
            rest = tuple(decode64(text) for text in data["rest"])
            written = str(data["note"])
        except (ValueError, KeyError, TypeError, ProofInvalid) as wrong:
            raise SignerStateUnusable(file=str(file), detail=message("state_unreadable")) from wrong
        try:
            head, note = checkpoint.opened(written, key.verifier())
        except NoteInvalid as wrong:
            raise SignerStateUnusable(file=str(file), detail=message("state_of_another_key")) from wrong
        if (head.size, head.root, head.size % merkle.TILE_WIDTH) != (tree.size, tree.root(), len(rest)):
            raise SignerStateUnusable(file=str(file), detail=message("state_contradicts_itself"))
        return cls(tree, rest, note)
