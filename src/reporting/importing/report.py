"""What every importer takes and gives."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, TypeVar
from uuid import UUID, uuid5

from reporting.application.commands import DefinitionRecorded
from reporting.importing.messages import message

T = TypeVar("T")
Progress = Callable[[int, int, str], None]

PIECE = 1 << 20
"""Bytes of a file that are in memory at a time."""

NAMESPACE = UUID("9a1d6f2e-5a0b-4f0e-8c55-6d1a57c3b6f0")


def quiet(done: int, total: int, what: str = "") -> None:
    """A progress nobody watches."""


def counted(things: Sequence[T], progress: Progress) -> Iterator[T]:
    """One after the other, each told before it is begun, and the end."""
    for done, thing in enumerate(things):
        progress(done, len(things), "")
        yield thing
    progress(len(things), len(things), "")


@dataclass(frozen=True, slots=True)
class ImportReport:
    """`rows` read, of which `unchanged` said what already stood; `events` appended, the last at `position`.
    `repeated`: this very file had been taken before. `notes`: remarks that refuse nothing. `submitted`: returns handed in
    with it."""

    rows: int
    events: int = 0
    unchanged: int = 0
    position: int | None = None
    repeated: bool = False
    notes: tuple[str, ...] = field(default=())
    submitted: int = 0
    proposal: int | None = None
    """Nothing is appended before another person confirms this proposal."""


def command_id(kind: str, digest: str, part: str = "") -> UUID:
    """The same file under the same kind is the same command, wherever it is sent from."""
    return uuid5(NAMESPACE, f"{kind}/{digest}/{part}")


@dataclass(frozen=True, slots=True)
class TakenFile:
    """A file as it was received: a copy of our own, which nobody changes while it is read. `sha256`: in hex, as `digest`."""

    content: BinaryIO
    sha256: str
    lines: int


@contextmanager
def taken_file(path: Path) -> Iterator[TakenFile]:
    """Read it once, whatever it is (a pipe, too), a piece at a time."""
    hashed, lines = hashlib.sha256(), 0
    with path.open("rb") as given, tempfile.TemporaryFile() as copy:
        while piece := given.read(PIECE):
            hashed.update(piece)
            lines += piece.count(b"\n")
            copy.write(piece)
        yield TakenFile(copy, hashed.hexdigest(), lines)


def digest(data: bytes) -> str:
    """SHA-256 of a file as received, in hex; kept in the import's command."""
    return hashlib.sha256(data).hexdigest()


TOLD = 20


def defined(rows: int, done: DefinitionRecorded, dry_run: bool) -> ImportReport:
    """The report on a definition or registry: what it says otherwise of figures that stand, what it takes away that holds
    none, and what is still needed."""
    touched = [f"{figure.told(0)} / {figure.told(1)}" for figure in done.touched]
    notes = [f"{message('figures_touched')}: {figure}" for figure in _first(touched)]
    notes += [f"{message('taken_away')}: {thing}" for thing in _first(done.removed)]
    if dry_run and done.touched:
        notes.append(message("needs_reason_and_second") if done.needs_second else message("needs_reason"))
    return ImportReport(
        rows,
        done.events,
        position=done.position,
        repeated=done.repeated,
        notes=tuple(notes),
        proposal=done.proposal,
    )


def _first(told: Sequence[str]) -> list[str]:
    more = len(told) - TOLD
    return [*told[:TOLD], *([message("and_more", count=more)] if more > 0 else [])]
