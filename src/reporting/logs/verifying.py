"""Hold every log against what was signed and noted of it, and every copy against what it is a copy of."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from reporting.database.connect import READER, Database
from reporting.domain.log_events import CheckpointNoted, EventsCopied
from reporting.errors import ReportingError
from reporting.files.strict_json import strict_json
from reporting.ledger.registry import recorded
from reporting.logs.belonging import NEVER, OWN, SHARED, election_of
from reporting.logs.copying import called_here, translated
from reporting.logs.directory import told_by
from reporting.logs.gathering import GATHERED, places
from reporting.logs.messages import message
from reporting.logs.moving import areas_differ
from reporting.logs.naming import Installation, Log
from reporting.logs.positions import named_in
from reporting.logs.source import PAGE, SQL, events
from reporting.transparency import checkpoint
from reporting.transparency.errors import LogDisagrees
from reporting.transparency.leaf import Entry
from reporting.transparency.rehash import rehash

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class LogFinding:
    """Something that is not as it was recorded: in the log (empty: the reading database), at a position of it, and what (a text in
    both languages)."""

    log: str
    position: int
    detail: str


@dataclass(slots=True)
class Verified:
    """`events`: by log; `heads`: signed and noted ones that hold; `copies`: held against what they are copies of."""

    events: dict[str, int]
    heads: int
    copies: int
    findings: list[LogFinding]


class Verifier:
    """`reading`: the reading database, where there is one."""

    def __init__(self, installation: Installation, reading: Database | None = None) -> None:
        self._installation, self._reading = installation, reading
        self._done = Verified({}, 0, 0, [])
        self._told: set[tuple[str, str]] = set()

    def verify(self, progress: Progress = lambda done, total, what: None) -> Verified:
        """Unavailable while a database is away."""
        told = told_by(self._installation)
        with ExitStack() as stack:
            sources = {
                name: stack.enter_context(log.at.connect(READER, autocommit=True))
                for name, log in self._installation.logs.items()
            }
            for name, source in sources.items():
                self._log(self._installation.logs[name], source, told.noted.get(name, ()), progress)
                self._areas(self._installation.logs[name], source)
            for name, source in sources.items():
                self._copies(name, source, sources, progress)
                self._left(name, source, sources)
                self._said_copied(name, source)
            if self._reading is not None:
                here = stack.enter_context(self._reading.connect(READER, autocommit=True))
                self._copies(GATHERED, here, sources, progress)
                self._gathered(here, sources)
        return self._done

    def _found(self, log: str, position: int, detail: str) -> None:
        if (log, detail) not in self._told:  # what is missing is met from both sides
            self._told.add((log, detail))
            self._done.findings.append(LogFinding(log, position, detail))

    def _log(self, log: Log, source: Connection[Any], noted: Sequence[CheckpointNoted], progress: Progress) -> None:  # fmt: skip
        """What it signed, and what the directory noted of that."""
        try:
            rehashed = rehash(source, {head.size for head in noted}, lambda done, total, _: progress(done, total, log.name))  # fmt: skip
        except LogDisagrees as disagrees:
            self._found(log.name, int(disagrees.facts["position"]), str(disagrees.facts["detail"]))
            return
        self._done.events[log.name] = rehashed.position
        self._done.heads += rehashed.heads
        for head in noted:
            if (root := rehashed.roots.get(head.size)) is None:
                self._found(log.name, rehashed.position + 1, message("shorter_than_noted", size=head.size))
            elif root.hex() != head.root:
                self._found(log.name, head.size, message("not_the_head_noted", size=head.size))
            else:
                self._done.heads += 1
            try:
                if log.verifier is not None:
                    checkpoint.opened(head.note, log.verifier)
            except ReportingError as wrong:
                self._found(log.name, head.size, message("note_not_signed", size=head.size, told_ja=wrong.message_ja, told_en=wrong.message_en))  # fmt: skip

    def _areas(self, log: Log, source: Connection[Any]) -> None:
        """Registries of a log that the directory has otherwise."""
        directory = self._installation.directory_log
        if log.name == directory.name:
            return
        for registry in registries(source):
            if version := areas_differ(log, directory, registry):
                self._found(log.name, 0, message("areas_differ", registry=registry, version=version))

    def _copies(
        self, name: str, here: Connection[Any], sources: dict[str, Connection[Any]], progress: Progress
    ) -> None:
        """Each copy in a database against the leaf that it has where it was recorded, and its own bytes against those."""
        after = 0
        while rows := here.execute(SQL["copies"], (after, PAGE)).fetchall():
            after = rows[-1][16]
            there = _recorded(sources, [(row[15], row[0]) for row in rows])
            whole = []
            for row in rows:
                home, position = row[15], row[16]
                if row[17] is None:
                    self._found(name, position, message("copy_missing", log=home, position=row[0]))
                elif (original := there.get((home, row[0]))) is None or original.hash() != Entry.of(
                    row[:15]
                ).hash():
                    self._found(name, position, message("copy_changed", log=home, position=row[0]))
                else:
                    whole.append(row)
            self._told_anew(name, here, whole)
            self._done.copies += len(rows)
            progress(self._done.copies, 0, name)

    def _told_anew(self, name: str, here: Connection[Any], rows: Sequence[Any]) -> None:
        """That what stands here differs from what was recorded in nothing but what positions are called."""
        asked: dict[tuple[str, str, int], None] = {}
        told = []
        for row in rows:
            type_, original, home = row[3], row[14], row[15]
            state = strict_json(original)
            election = election_of(type_, state)
            asked |= {(home, election, position): None for position in named_in(type_, state)}
            told.append((type_, original, home, election, row[16], row[17]))
        called = called_here(here, list(asked)) if asked else {}
        for type_, original, home, election, position, stands in told:
            if translated(type_, original, home, election, called) != stands:
                self._found(name, position, message("copy_changed", log=home, position=position))

    def _left(self, name: str, source: Connection[Any], sources: dict[str, Connection[Any]]) -> None:
        """Everything of an election that left is where it went, as far as that has come."""
        for election, to, position in source.execute(SQL["left_here"]).fetchall():
            if to not in sources:
                continue
            target = sources[to]
            there = {row[0] for row in target.execute(SQL["named_between"], (name, 0, position)).fetchall()}
            for page in events(source, name, 0, position, election):
                for event in page:
                    if event.home != to and event.position not in there:
                        self._found(to, 0, message("copy_missing", log=name, position=event.position))

    def _said_copied(self, name: str, source: Connection[Any]) -> None:
        """What the log said it copied is what stands after it."""
        for row in source.execute(SQL["said_copied"], (EventsCopied.type,)).fetchall():
            said = recorded(row)
            assert isinstance(said.event, EventsCopied)
            rows = source.execute(SQL["copies"], (said.position, said.event.count)).fetchall()
            leaves = b"".join(Entry.of(row[:15]).hash() for row in rows if row[17] is not None)
            if hashlib.sha256(leaves).hexdigest() != said.event.digest:
                self._found(name, said.position, message("not_what_was_copied"))

    def _gathered(self, here: Connection[Any], sources: dict[str, Connection[Any]]) -> None:
        """Nothing of any log is left out, as far as it is gathered, and nothing stands there that no log recorded."""
        for log, place in places(here).items():
            if log not in sources:
                continue
            source, directory = sources[log], log == self._installation.directory
            there = {
                row[0] for row in here.execute(SQL["named_between"], (log, 0, place.position)).fetchall()
            }
            skipped = sorted(NEVER if directory else NEVER | OWN)
            for position, type_ in source.execute(SQL["kinds_between"], (0, place.position, skipped)):
                if position not in there and (directory or type_ not in SHARED):
                    self._found(GATHERED, 0, message("copy_missing", log=log, position=position))
        for (position,) in here.execute(SQL["unfounded"]).fetchall():
            self._found(GATHERED, position, message("of_no_log"))


def _recorded(
    sources: dict[str, Connection[Any]], asked: Sequence[tuple[str, int]]
) -> dict[tuple[str, int], Entry]:
    """What logs recorded at positions of theirs; nothing for a log that is not among the installation's."""
    by_log: dict[str, list[int]] = {}
    for log, position in asked:
        by_log.setdefault(log, []).append(position)
    return {
        (log, entry.position): entry
        for log, positions in by_log.items()
        if log in sources
        for entry in map(Entry.of, sources[log].execute(SQL["recorded_at_positions"], (positions,)))
    }


def registries(source: Connection[Any]) -> Iterator[str]:
    """Of which a log has areas."""
    yield from (row[0] for row in source.execute(SQL["registries"]).fetchall())
