"""What a signer remembers of its last signature, in a file of its own. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass

from reporting.transparency import checkpoint, merkle
from reporting.transparency.errors import LogDisagrees, NoteInvalid, ProofInvalid
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
    def from_json(cls, raw: bytes, key: SignerKey) -> Signed:
        """LogDisagrees when the file is not this key's or does not agree with itself."""
        try:
            data = json.loads(raw)
            tree = Frontier(data["size"], [decode64(text) for text in data["frontier"]])
            rest = tuple(decode64(text) for text in data["rest"])
            head, note = checkpoint.opened(data["note"], key.verifier())
        except (ValueError, KeyError, TypeError, ProofInvalid, NoteInvalid) as wrong:
            raise LogDisagrees(position=None, detail=message("state_unreadable")) from wrong
        if (head.size, head.root, head.size % merkle.TILE_WIDTH) != (tree.size, tree.root(), len(rest)):
            raise LogDisagrees(
                position=None,
                detail=message("state_contradicts_itself"),
            )
        return cls(tree, rest, note)
