"""The signed log as the database holds it: its entries, its checkpoints with cosignatures, proofs from its tiles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, cast

from psycopg import Connection

from reporting.database.sql import load
from reporting.errors import InvalidInput
from reporting.transparency import merkle
from reporting.transparency.checkpoint import Checkpoint
from reporting.transparency.errors import (
    LogDisagrees,
    NoSuchCheckpoint,
    NoteInvalid,
    NotSigned,
    ProofInvalid,
    WitnessSilent,
)
from reporting.transparency.leaf import Entry
from reporting.transparency.messages import message
from reporting.transparency.note import Note, Signature, VerifierKey
from reporting.transparency.proof import Proof
from reporting.transparency.witness import WitnessRequest, accepted

SQL = load(__package__)
PAGE = 2_000
"""Entries read at once: a few megabytes."""


def entries(connection: Connection[Any], after: int, upto: int) -> Iterator[Entry]:
    """Entries with after < position ≤ upto. LogDisagrees at the first that is not there."""
    while after < upto:
        rows = connection.execute(SQL["entries"], (after, upto, PAGE)).fetchall()
        for row in rows:
            if row[0] != after + 1:
                break
            after += 1
            yield Entry.of(row)
        if not rows or after != rows[-1][0]:
            raise LogDisagrees(position=after + 1, detail=message("no_event"))


class SignedLog:
    """Reads through one connection of any role that may read the ledger. Tiles never change, so their roots are kept.

    Whatever the database says, a proof is checked against its checkpoint before it is handed out.
    """

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection
        self._roots: dict[tuple[int, int], bytes] = {}

    def latest(self, cosigned: int = 0) -> tuple[Checkpoint, Note] | None:
        """The last checkpoint, with the cosignatures it has by now; `cosigned`: the last that has at least so many."""
        query, values = ("last_with_cosignatures", (cosigned,)) if cosigned else ("last_checkpoint", ())
        row = self._connection.execute(SQL[query], values).fetchone()
        return None if row is None else self._with_witnesses(row)

    def last_cosigned(self) -> list[tuple[str, int]]:
        """Each witness and the size of the last checkpoint it cosigned."""
        return self._connection.execute(SQL["last_cosigned"]).fetchall()

    def covering(self, position: int, cosigned: int = 0) -> tuple[Checkpoint, Note]:
        """The first checkpoint over an event that so many witnesses cosigned. NotSigned when there is none yet."""
        values = {"position": position, "cosigned": cosigned}
        row = self._connection.execute(SQL["covering"], values).fetchone()
        if row is None:
            last = self.latest(cosigned)
            raise NotSigned(position=position, size=last[0].size if last else 0)
        return self._with_witnesses(row)

    def at(self, size: int) -> tuple[Checkpoint, Note]:
        """The checkpoint of exactly this size. NotSigned, NoSuchCheckpoint."""
        head, signed = self.covering(size)
        if head.size != size:
            raise NoSuchCheckpoint(size=size, next=head.size)
        return head, signed

    def signed_at(self, size: int) -> datetime:
        """When the database took the checkpoint of exactly this size."""
        (time,) = self._connection.execute(SQL["signed_at"], (size,)).fetchone() or (None,)
        if time is None:
            raise NoSuchCheckpoint(size=size, next="—")
        return cast(datetime, time)

    def answered(self, answer: str, witnesses: Sequence[VerifierKey]) -> tuple[Checkpoint, Note]:
        """The newest checkpoint that a witness's answer cosigns: the log has grown while the answer was carried.
        NoteInvalid when there is none."""
        refused = NoteInvalid(detail=message("nothing_signed_yet"))
        for row in self._connection.execute(SQL["checkpoints_newest_first"]):
            try:
                accepted(answer, Note.parse(row[3]), witnesses)
            except NoteInvalid as wrong:
                refused = wrong
            else:
                return self._with_witnesses(row)
        raise refused

    def entry(self, position: int) -> Entry:
        return next(entries(self._connection, position - 1, position))

    def inclusion(self, position: int, size: int | None = None, cosigned: int = 0) -> tuple[Entry, Proof]:
        """An event's leaf and its proof in the checkpoint of `size` (None: the first that covers it and has so many
        cosignatures).
        NotSigned; LogDisagrees when the database no longer holds what was signed."""
        if position < 1:
            raise InvalidInput(field="position", found=position, expected="1 –")
        head, signed = self.covering(position, cosigned) if size is None else self.at(size)
        entry = self.entry(position)
        path = merkle.inclusion_proof(self.node, position - 1, head.size)
        leaf = entry.leaf()
        try:
            merkle.verify_inclusion(position - 1, head.size, merkle.leaf_hash(leaf), path, head.root)
        except ProofInvalid as wrong:
            raise LogDisagrees(position=position, detail=message("not_what_was_signed")) from wrong
        return entry, Proof(position - 1, tuple(path), str(signed), leaf)

    def proven(self, positions: Iterable[int]) -> int:
        """How many of these events a signed head covers, each with its proof worked out. LogDisagrees where one is not what was
        signed."""
        count = 0
        for position in positions:
            with suppress(NotSigned):
                self.inclusion(position)
                count += 1
        return count

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The proof from one checkpoint to another. InvalidInput, NotSigned, LogDisagrees."""
        if not 0 <= old <= new:
            raise InvalidInput(field="old size", found=old, expected=f"0–{new}")
        heads = [self.at(size)[0] for size in (old, new) if size]
        path = merkle.consistency_proof(self.node, old, new)
        if old:
            try:
                merkle.verify_consistency(old, new, heads[0].root, heads[-1].root, path)
            except ProofInvalid as wrong:
                raise LogDisagrees(position=old + 1, detail=message("not_what_was_signed")) from wrong
        return path

    def witness_request(self, old: int, new: int | None = None) -> WitnessRequest:
        """What a witness that last saw `old` needs to cosign `new` (None: the last checkpoint)."""
        signed_head = self.latest() if new is None else self.at(new)
        if signed_head is None:
            raise NotSigned(position=1, size=0)
        head, signed = signed_head
        return WitnessRequest(old, tuple(self.consistency(old, head.size)), str(signed))

    def continuation(self, seen: int, size: int) -> WitnessRequest:
        """The request for `size` to a witness that says what it saw last. LogDisagrees when no such checkpoint was
        ever signed here; WitnessSilent when it is later than `size`: somebody else asked it meanwhile."""
        if seen and self._connection.execute(SQL["checkpoints"], (seen, seen)).fetchone() is None:
            raise LogDisagrees(
                position=min(seen, size + 1),
                detail=message("witness_is_ahead", seen=seen),
            )
        if seen > size:
            raise WitnessSilent(
                url="—",
                detail=message("witness_went_on", seen=seen, size=size),
            )
        return self.witness_request(seen, size)

    def node(self, level: int, index: int) -> bytes:
        """The hash of a complete node, from tiles where they are full and from the events after them."""
        tile, within = divmod(level, 8)
        return merkle.root_of(self._row(tile, index << within, 1 << within))

    def _row(self, level: int, start: int, count: int) -> list[bytes]:
        """Hashes of one tile level; all of them stand in one tile."""
        row = self._connection.execute(SQL["tile"], (level, start // merkle.TILE_WIDTH)).fetchone()
        if row is not None:
            hashes, first = bytes(row[0]), start % merkle.TILE_WIDTH * merkle.HASH_SIZE
            return [
                hashes[at : at + merkle.HASH_SIZE]
                for at in range(first, first + count * merkle.HASH_SIZE, merkle.HASH_SIZE)
            ]
        if level == 0:
            return [entry.hash() for entry in entries(self._connection, start, start + count)]
        return [self._root(level - 1, index) for index in range(start, start + count)]

    def _root(self, level: int, index: int) -> bytes:
        if (level, index) not in self._roots:
            width = merkle.TILE_WIDTH
            self._roots[level, index] = merkle.root_of(self._row(level, index * width, width))
        return self._roots[level, index]

    def _with_witnesses(self, row: Any) -> tuple[Checkpoint, Note]:
        size, origin, root, text = row
        lines = self._connection.execute(SQL["cosignatures"], (size, size)).fetchall()
        return Checkpoint(origin, size, bytes(root)), with_lines(text, [line for _, line in lines])


def with_lines(text: str, lines: list[str]) -> Note:
    """The note with further signature lines."""
    signed = Note.parse(text)
    return Note(signed.text, signed.signatures + tuple(Signature.parse(line.rstrip("\n")) for line in lines))
