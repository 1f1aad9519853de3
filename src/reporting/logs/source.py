"""What a log recorded, as it is taken to another: events with their commands, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from psycopg import Connection

from reporting.database.sql import load
from reporting.files.strict_json import strict_json
from reporting.ledger.registry import canonical
from reporting.ledger.streams import election_stream
from reporting.logs.belonging import NEVER, OWN, election_of
from reporting.transparency.leaf import Entry

SQL = load(__package__)
PAGE = 500
"""Events read at once; of a move also taken in, for which the log that takes them is held some 70 ms."""

COPIER = "reporting_copier"
"""May take in what other logs recorded, and append nothing of its own but that it did."""

_BESIDES = sorted(OWN | NEVER)


@dataclass(frozen=True)
class SourceEvent:
    """`entry`: as it was recorded, in the log `home`; `position`: in the log it was read from, `via`; `at`: when it came there.
    `words`: what its command says (`queries.sql`: source). `names`: what other logs call it, beside those two."""

    entry: Entry
    position: int
    home: str
    via: str
    at: datetime
    words: tuple[Any, ...]
    names: tuple[tuple[str, int], ...]

    @cached_property
    def state(self) -> Any:
        return strict_json(self.entry.state)

    @cached_property
    def election(self) -> str:
        return election_of(self.entry.type, self.state)

    def called(self) -> tuple[tuple[str, int], ...]:
        """Everything it is called: log and position."""
        return tuple(
            dict.fromkeys(((self.home, self.entry.position), (self.via, self.position), *self.names))
        )


def events(
    connection: Connection[Any], log: str, after: int, upto: int, election: str | None = None
) -> Iterator[list[SourceEvent]]:
    """Pages of what a log holds with after < position ≤ upto, of one election or of all. A page ends where a command ends."""
    asked: dict[str, Any] = {
        "log": log,
        "upto": upto,
        "election": election,
        "marked": None if election is None else b'"election":' + canonical(election),
        "defined": None if election is None else election_stream(election),
        "apart": _BESIDES,
    }
    rest: list[SourceEvent] = []
    while True:
        rows = connection.execute(SQL["source"], asked | {"after": after, "limit": PAGE}).fetchall()
        page = [*rest, *(_event(row, log) for row in rows)]
        if len(rows) < PAGE:
            if page:
                yield page
            return
        after = page[-1].position
        last = page[-1].entry.command_id
        whole = [event for event in page if event.entry.command_id != last]
        rest = page[len(whole) :]
        if whole:
            yield whole


def _event(row: tuple[Any, ...], log: str) -> SourceEvent:
    entry, (position, home, at) = Entry.of(row[:15]), row[15:18]
    logs, positions = row[28:30]
    return SourceEvent(
        entry, position, home, log, at, row[18:28], tuple(zip(logs or (), positions or (), strict=True))
    )
