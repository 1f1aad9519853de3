"""What of a past position is still as it was then, and can be read from the views; only the rest is read from the log.

So a position a few events back, as each page of a long answer asks for it, costs what moved since and not the whole log.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from projections.read import ElectionRow, Snapshot, asof
from projections.series.known import SQL
from reporting.domain.election import ElectionDefinition
from reporting.ledger.streams import election_stream, registry_stream

TAIL = 20_000
"""So many events are read faster than all returns."""


@dataclass(frozen=True, slots=True)
class MovedSlot:
    """`election_no`: its number in the views."""

    election_no: int
    form: str
    slot: str


class StillStanding:
    """`position` None or the snapshot's own: everything stands."""

    def __init__(self, snapshot: Snapshot, position: int | None, cache: asof.AsOfCache) -> None:
        self._snapshot, self._cache = snapshot, cache
        self.position = snapshot.position if position is None else position
        self.is_past = self.position < snapshot.position
        self.redefined: frozenset[str] = frozenset()
        """Elections whose definition or areas moved since."""
        self._moved: frozenset[MovedSlot] = frozenset()
        self._amid = False
        self._elections: dict[str, asof.KnownThen] = {}

    def on(self, snapshot: Snapshot) -> None:
        """Read on in another transaction, at the same position."""
        self._snapshot = snapshot

    def definitions(self, every: Sequence[ElectionRow]) -> dict[str, ElectionDefinition]:
        """Of those that were defined by then."""
        if not self.is_past:
            return {row.definition.code: row.definition for row in every}
        where = {
            "streams": [election_stream(row.definition.code) for row in every],
            "areas": [registry_stream(row.definition.registry) for row in every],
            "position": self.position,
            "upto": self._snapshot.position,
        }
        told = self._snapshot.fetch(SQL["redefined_since"], where)
        there = [(every[n - 1], moved) for n, defined, moved in sorted(told) if defined]
        self.redefined = frozenset(row.definition.code for row, moved in there if moved)
        near = self._snapshot.position - self.position <= TAIL
        moved = self._snapshot.fetch(SQL["moved_since" if near else "moved_since_long"], where)
        self._moved = frozenset(MovedSlot(*row) for row in moved)
        ((self._amid,),) = self._snapshot.fetch(SQL["amid_a_command"], where)
        return {
            row.definition.code: self.election(row.definition.code).definition if moved else row.definition
            for row, moved in there
        }

    def stands(self, election_no: int, code: str, form: str, slot: str) -> bool:
        """Whether a slot's figures, and what is said of them, are in the views as they were then. Amid a command nothing is
        taken to stand: its release may be before the position and what it makes public after it."""
        if not self.is_past:
            return True
        return (
            not self._amid
            and code not in self.redefined
            and MovedSlot(election_no, form, slot) not in self._moved
        )

    def election(self, code: str) -> asof.KnownThen:
        """An election as it was known then, with its units."""
        if code not in self._elections:
            self._elections[code] = asof.election_at(self._snapshot, code, self.position, None, self._cache)
        return self._elections[code]
