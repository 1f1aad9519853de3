"""Write what an auditor needs to check the log without this server. The format is docs/transparency.md."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from psycopg import Connection

from reporting.database.connect import READER, Database
from reporting.ledger.registry import canonical
from reporting.transparency import merkle
from reporting.transparency.checkpoint import opened
from reporting.transparency.errors import LogDisagrees, NotSigned, QuorumMissing
from reporting.transparency.leaf import VERSION, Entry
from reporting.transparency.log import PAGE, SQL, SignedLog, entries, with_lines
from reporting.transparency.messages import message
from reporting.transparency.note import VerifierKey, encode64

FORMAT = "reporting-export/1"
_WORDS = ("person", "office", "onBehalfOf", "reason")

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class TotalRecord:
    """One published total. `value`: canonical decimal text; `counted`: units with a number."""

    election: str
    form: str
    slot: str
    geography: str
    area: str
    cell: str
    value: str
    reported: int
    counted: int


@dataclass(frozen=True, slots=True)
class Totals:
    """Published totals as of a ledger position."""

    position: int
    rows: Iterable[TotalRecord]


@contextmanager
def steady(database: Database) -> Iterator[Connection[Any]]:
    """A reader's connection that sees one moment of the database."""
    with database.connect(READER) as connection:
        connection.execute(SQL["steady"])
        yield connection


def export(
    connection: Connection[Any],
    folder: Path,
    log: VerifierKey,
    *,
    witnesses: Sequence[VerifierKey] = (),
    quorum: int = 0,
    totals: Totals | None = None,
    words: bool = False,
    progress: Progress = lambda done, total, what: None,
) -> int:
    """Write the log up to its last checkpoint with a quorum into an empty or new folder; returns how many events that is.

    `words`: with persons, offices and reasons and their salts, for readers who may see them. Totals beyond the
    checkpoint are refused (sign first). Errors: NotSigned, QuorumMissing, LogDisagrees, FileExistsError.
    """
    signed = SignedLog(connection).latest(quorum)
    if signed is None and quorum:
        raise QuorumMissing(found=f"0–{quorum - 1}", needed=quorum)
    if signed is None or (totals and totals.position > signed[0].size):
        raise NotSigned(position=totals.position if totals else 1, size=signed[0].size if signed else 0)
    size = signed[0].size
    opened(str(signed[1]), log)
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(17, "not empty", str(folder))
    with (folder / "events.ndjson").open("wb") as lines, (folder / "hashes.bin").open("wb") as hashes:
        _write_events(connection, size, lines, hashes, words, progress)
    with (folder / "checkpoints.ndjson").open("wb") as out:
        for note in _checkpoints(connection, size):
            out.write(canonical({"note": note}) + b"\n")
    if totals:
        with (folder / "totals.ndjson").open("wb") as out:
            for row in totals.rows:
                out.write(canonical({name: getattr(row, name) for name in TotalRecord.__slots__}) + b"\n")
    manifest = {
        "format": FORMAT,
        "logKey": str(log),
        "origin": log.name,
        "quorum": quorum,
        "size": size,
        "totals": totals.position if totals else None,
        "witnesses": [str(key) for key in witnesses],
        "words": words,
    }
    (folder / "manifest.json").write_bytes(canonical(manifest) + b"\n")
    return size


def line(entry: Entry, words: Sequence[Any] | None = None) -> bytes:
    """An event as one line: the leaf with the state itself instead of its hash, and the words if they are given.
    The state's stored bytes are put in as they are, so a line is canonical exactly when they are."""
    parts = [(name, canonical(value)) for name, value in entry.fields().items()]
    parts += [("state", entry.state), ("v", b"%d" % VERSION)]
    if words is not None:
        words_by_name = {
            name: [encode64(words[2 * at]), words[2 * at + 1]]
            for at, name in enumerate(_WORDS)
            if words[2 * at] is not None
        }
        parts.append(("words", canonical(words_by_name)))
    return b"{" + b",".join(b'"' + name.encode() + b'":' + text for name, text in sorted(parts)) + b"}\n"


def _write_events(
    connection: Connection[Any],
    size: int,
    lines: BinaryIO,
    hashes: BinaryIO,
    words: bool,
    progress: Progress,
) -> None:
    after, width = 0, merkle.TILE_WIDTH
    while after < size:
        upto = min(size, after + PAGE // width * width)
        page_entries = list(entries(connection, after, upto))
        said: list[Any] = [None] * len(page_entries)
        if words:
            said = connection.execute(SQL["words"], (after, upto, len(page_entries))).fetchall()
        for entry, spoken in zip(page_entries, said, strict=True):
            lines.write(line(entry, spoken))
        tiles = dict(connection.execute(SQL["level_zero"], (after // width, upto // width)).fetchall())
        for start in range(0, len(page_entries), width):
            tile = tiles.get((after + start) // width)
            made = b"".join(entry.hash() for entry in page_entries[start : start + width])
            hashes.write(made if tile is None else bytes(tile))
        after = upto
        progress(after, size, "")


def _checkpoints(connection: Connection[Any], size: int) -> Iterator[str]:
    added: dict[int, list[str]] = {}
    for at, text in connection.execute(SQL["cosignatures"], (0, size)):
        added.setdefault(at, []).append(text)
    for at, _, _, note in connection.execute(SQL["checkpoints"], (0, size)):
        yield str(with_lines(note, added.get(at, [])))
    if not size:
        raise LogDisagrees(position=1, detail=message("nothing_was_signed"))
