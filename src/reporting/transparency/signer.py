"""Signs tree heads over the log, and refuses when the log is no longer the one it signed before.

The signer keeps its own state in a file out of the database's reach. At its start it hashes the whole log again; at
each step it hashes what is new, the newest old events, and some of the rest in turn, so that a change anywhere is
found within (size ÷ patrol) steps. Not found here: a change made before the event was ever signed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection

from reporting.database.connect import Database
from reporting.errors import Unavailable
from reporting.transparency import checkpoint, merkle
from reporting.transparency.checkpoint import Checkpoint
from reporting.transparency.errors import (
    AnotherSigner,
    LogDisagrees,
    NoteInvalid,
    SignedByAnotherKey,
    SignerStateMissing,
)
from reporting.transparency.log import SQL, entries
from reporting.transparency.memory import Signed
from reporting.transparency.merkle import Frontier, Tiles
from reporting.transparency.messages import message
from reporting.transparency.note import Note, SignerKey
from reporting.transparency.witness import write_safely

SIGNER = "reporting_signer"
INTERVAL_S = 5.0
"""Between two steps; an event is signed at most this and one step's time after it."""
MAX_INTERVAL_S = 10.0
PATROL = 10_000
"""Old events hashed again at each step: about 0.2 s."""
AT_ONCE = 50_000
"""Events under one new checkpoint at most, so that a long backlog is signed in parts."""

Progress = Callable[[int, int, str], None]


class Signer:
    """One per environment. `state`: the signer's own file. `adopt`: there is none although the log has checkpoints
    (a new machine); they are then taken over if the whole log and this key agree with them.

    Errors, also of `start` and `step`: LogDisagrees, after which nothing is signed any more; SignerStateMissing, SignedByAnotherKey,
    SignerStateUnusable; Unavailable.
    """

    def __init__(
        self,
        database: Database,
        key: SignerKey,
        state: Path,
        *,
        interval: float = INTERVAL_S,
        patrol: int = PATROL,
        adopt: bool = False,
        progress: Progress = lambda done, total, what: None,
    ) -> None:
        if not 0 < interval <= MAX_INTERVAL_S:
            raise ValueError(f"interval {interval} s; an event must be signed within {MAX_INTERVAL_S} s")
        self._database, self._key, self._file = database, key, state
        self._interval, self._patrol, self._adopt, self._progress = interval, patrol, adopt, progress
        self._connection: Connection[Any] | None = None
        self._tiles = Tiles()
        self._next_tile = 0
        self._last: Signed | None = None
        self._started = False

    @property
    def origin(self) -> str:
        return self._key.name

    def close(self) -> None:
        if self._connection is not None:
            with suppress(
                psycopg.Error
            ):  # the server notices a closed connection only later; the next may be there before
                self._connection.execute(SQL["release_signer"])
            self._connection.close()
            self._connection = None

    def run(
        self,
        stop: threading.Event,
        told: Callable[[Checkpoint], None] = lambda head: None,
        waits: Callable[[Exception], None] = lambda why: None,
    ) -> None:
        """Until `stop` is set. A lost connection is waited for, and `waits` told why, once until it is there again; a refusal is raised."""
        waiting = False
        while not stop.is_set():
            try:
                while head := self.step():
                    told(head)
                    if stop.is_set():
                        break
                waiting = False
            except (psycopg.OperationalError, Unavailable) as away:
                self.close()
                if not waiting:
                    waits(away)
                waiting = True
            stop.wait(self._interval)
        self.close()

    def step(self) -> Checkpoint | None:
        """Check, then sign what is new. None when nothing is."""
        if not self._started:
            self.start()
        connection = self._connected()
        with connection.transaction():
            size = self._last.tree.size if self._last else 0
            self._compare_last(connection)
            head = self._head(connection)
            if head < size:
                raise LogDisagrees(position=head + 1, detail=message("no_event"))
            self._walk_patrol(connection, size)
            if head == size:
                return None
            head = min(head, size + AT_ONCE)
            tree = self._last.tree.copy() if self._last else Frontier()
            full = []
            try:
                for entry in entries(connection, size, head):
                    hash_ = entry.hash()
                    tree.append(hash_)
                    full += self._tiles.append(hash_)
                new = Checkpoint(self.origin, head, tree.root())
                self._last = Signed(tree, tuple(self._tiles.rest), checkpoint.sign(new, self._key))
                write_safely(self._file, self._last.to_json())
                self._store(connection, full)
            except BaseException:
                self._started = False  # the tiles may be ahead of what is stored: begin anew from the file
                raise
        return new

    def start(self) -> None:
        """Hash the whole log again and compare it with what was signed; store what a crash left unstored."""
        connection = self._connected()
        with connection.transaction():
            self._last = self._remembered(connection)
            self._tiles, self._next_tile = Tiles(), 0
            size = self._last.tree.size if self._last else 0
            if self._last is None:
                self._started = True
                return
            roots = {row[0]: row for row in connection.execute(SQL["checkpoints"], (0, size))}
            tree, good, rest = Frontier(), 0, size - len(self._last.rest)
            for entry in entries(connection, 0, size):
                hash_ = entry.hash()
                if entry.position > rest and hash_ != self._last.rest[entry.position - rest - 1]:
                    raise LogDisagrees(position=entry.position, detail=message("not_what_was_signed"))
                tree.append(hash_)
                for tile in self._tiles.append(hash_):
                    self._compare_tile(connection, tile)
                    connection.execute(SQL["add_tile"], tile)
                if row := roots.get(entry.position):
                    self._compare_checkpoint(row, tree, good)
                    good = entry.position
                if entry.position % merkle.TILE_WIDTH == 0:
                    self._progress(entry.position, size, "")
            if tree.hashes != self._last.tree.hashes:
                raise LogDisagrees(position=good + 1, detail=message("not_what_was_signed"))
            self._store(connection, [])
        self._started = True

    def _connected(self) -> Connection[Any]:
        if self._connection is None or self._connection.closed:
            connection = self._database.connect(SIGNER, autocommit=True)
            row = connection.execute(SQL["only_signer"]).fetchone()
            if row is None or not row[0]:
                connection.close()
                raise AnotherSigner
            self._connection = connection
        return self._connection

    def _remembered(self, connection: Connection[Any]) -> Signed | None:
        row = connection.execute(SQL["last_checkpoint"]).fetchone()
        if self._file.exists():
            last = Signed.read(self._file, self._key)
            if row and row[0] > last.tree.size:
                raise LogDisagrees(
                    position=last.tree.size + 1,
                    detail=message("checkpoint_never_made"),
                )
            return last
        if row is None:
            return None
        if not self._adopt:
            raise SignerStateMissing(file=str(self._file), size=row[0])
        self._require_own(row)
        tree, tiles = Frontier(), Tiles()
        for entry in entries(connection, 0, row[0]):
            hash_ = entry.hash()
            tree.append(hash_)
            tiles.append(hash_)
        self._compare_checkpoint(row, tree, 0)
        last = Signed(tree, tuple(tiles.rest), Note.parse(row[3]))
        write_safely(self._file, last.to_json())
        return last

    def _require_own(self, row: Any) -> None:
        """SignedByAnotherKey where a stored checkpoint has none of this key's signatures, not even a bad one."""
        own = self._key.verifier()
        try:
            signatures = Note.parse(row[3]).signatures
        except NoteInvalid:
            return  # no checkpoint at all: told once the log is read
        if not any(signature.by(own) for signature in signatures):
            signed = ", ".join(f"{signature.name}+{signature.id.hex()}" for signature in signatures)
            raise SignedByAnotherKey(size=row[0], signed=signed, key=f"{own.name}+{own.id.hex()}")

    def _compare_checkpoint(self, row: Any, tree: Frontier, good: int) -> None:
        """LogDisagrees unless a stored checkpoint is this key's, over this tree."""
        try:
            head, _ = checkpoint.opened(row[3], self._key.verifier())
        except NoteInvalid as wrong:
            raise LogDisagrees(
                position=row[0],
                detail=message(
                    "at_checkpoint", told_ja=wrong.told("detail", 0), told_en=wrong.told("detail", 1)
                ),
            ) from wrong
        if (head.size, head.root) != (tree.size, tree.root()):
            raise LogDisagrees(
                position=good + 1,
                detail=message("not_what_was_signed_at", size=head.size),
            )

    def _compare_last(self, connection: Connection[Any]) -> None:
        """LogDisagrees unless the newest stored checkpoint is the one this signer remembers."""
        row = connection.execute(SQL["last_checkpoint"]).fetchone()
        size = self._last.tree.size if self._last else 0
        if (row and (row[0], row[3])) != (self._last and (size, str(self._last.note))):
            raise LogDisagrees(
                position=size,
                detail=message("last_checkpoint_of_another"),
            )

    def _compare_tile(self, connection: Connection[Any], tile: tuple[int, int, bytes]) -> None:
        level, index, hashes = tile
        row = connection.execute(SQL["tile"], (level, index)).fetchone()
        if row is not None and bytes(row[0]) != hashes:
            place = next(
                at for at in range(0, len(hashes), 32) if row[0][at : at + 32] != hashes[at : at + 32]
            )
            first = ((index * merkle.TILE_WIDTH + place // 32) << (8 * level)) + 1
            raise LogDisagrees(position=first, detail=message("not_what_was_signed"))

    def _walk_patrol(self, connection: Connection[Any], size: int) -> None:
        """Hash the newest signed events and the next tiles in turn once more."""
        width, roots = merkle.TILE_WIDTH, self._tiles.roots
        done = len(roots) * width
        for entry, signed in zip(entries(connection, done, size), self._tiles.rest, strict=True):
            if entry.hash() != signed:
                raise LogDisagrees(position=entry.position, detail=message("not_what_was_signed"))
        for _ in range(min(len(roots), max(1, self._patrol // width))):
            index = self._next_tile % len(roots)
            hashes = [entry.hash() for entry in entries(connection, index * width, (index + 1) * width)]
            if merkle.root_of(hashes) != roots[index]:
                self._compare_tile(connection, (0, index, b"".join(hashes)))
                raise LogDisagrees(position=index * width + 1, detail=message("not_what_was_signed"))
            self._next_tile = index + 1

    def _head(self, connection: Connection[Any]) -> int:
        row = connection.execute(SQL["head"]).fetchone()
        return int(row[0]) if row else 0

    def _store(self, connection: Connection[Any], full: list[tuple[int, int, bytes]]) -> None:
        assert self._last is not None
        with connection.cursor() as cursor:
            cursor.executemany(SQL["add_tile"], full)
        tree = self._last.tree
        connection.execute(SQL["add_checkpoint"], (tree.size, self.origin, tree.root(), str(self._last.note)))
