"""Where an election is written now, and how it came there: asked of its own log where it is written there, else of the directory and
of the log that the directory names."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.errors import OperationalError

from reporting.database.connect import READER
from reporting.domain.log_events import ElectionMovedAway, ElectionTakenIn
from reporting.errors import BeingMoved, HeldElsewhere, ReportingError, Unavailable
from reporting.ledger.registry import recorded
from reporting.ledger.store import SQL as LEDGER
from reporting.ledger.streams import placement_stream
from reporting.logs.directory import told_by, told_in
from reporting.logs.gathering import gathers
from reporting.logs.naming import Installation
from reporting.logs.source import SQL

AGAIN_S = 2.0
"""What other logs said is said again for so long: a page that many look at asks them once."""


@dataclass(frozen=True, slots=True)
class ElectionMove:
    """The last step of it that is known: that it left, or that it arrived. `reason` None: none was given, or it was erased."""

    at: datetime
    from_log: str
    to_log: str
    person: str
    office: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class ElectionStands:
    """The log that holds an election, the address where it is written, and whether that is this server's. `moving`: it is on its way
    there, and nobody may write it until it has arrived. `moved`: None for one that never moved."""

    log: str
    address: str
    here: bool
    moving: bool = False
    moved: ElectionMove | None = None


class Whereabouts:
    """Thread-safe."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._asked: dict[str, tuple[float, ElectionStands]] = {}

    def of(self, election: str, connection: Connection[Any]) -> ElectionStands | None:
        """Of an election that is in the database of this connection; None where nobody said."""
        if gathers(connection):
            return self._gathered(election, connection)
        wall = connection.execute(SQL["elsewhere"], (election,)).fetchone()
        if wall is not None:
            return self.away(election, HeldElsewhere(election=election, log=wall[0], address=wall[1]))
        here = self._installation.here
        return None if here is None else self._at(here, moved=last_move(election, connection))

    def away(self, election: str, wall: HeldElsewhere) -> ElectionStands:
        """Of one that is not written here. `wall`: what this log knows of it, which is told while others cannot be asked: the log that
        it left to, from which it may have gone on since."""
        at, stands = self._asked.get(election, (0.0, None))
        if stands is None or time.monotonic() >= at + AGAIN_S:
            stands = self._found_out(election) or ElectionStands(
                str(wall.facts["log"]), str(wall.facts["address"] or ""), here=False
            )
            self._asked[election] = time.monotonic(), stands
        return stands

    def told(self, wall: HeldElsewhere) -> ReportingError:
        """What a command is answered that the wall refused: where the election is now, or that nobody may write it."""
        stands = self.away(str(wall.facts["election"]), wall)
        refusal = BeingMoved if stands.moving else HeldElsewhere
        return refusal(election=wall.facts["election"], log=stands.log, address=stands.address or None)

    def _gathered(self, election: str, connection: Connection[Any]) -> ElectionStands | None:
        holder, moved = told_in(connection).placed.get(election), last_move(election, connection)
        if holder is None:
            return None
        moving = moved is not None and moved.from_log == holder and moved.to_log != holder
        return self._at(moved.to_log if moving and moved else holder, moving, moved)

    def _found_out(self, election: str) -> ElectionStands | None:
        """None: nobody could be asked."""
        try:
            holder = told_by(self._installation).placed.get(election)
            if holder is None or holder not in self._installation.logs:
                return None
            with self._installation.logs[holder].at.connect(READER, autocommit=True) as there:
                left, moved = (
                    there.execute(SQL["elsewhere"], (election,)).fetchone(),
                    last_move(election, there),
                )
        except (Unavailable, OperationalError):
            return None
        return self._at(holder, moved=moved) if left is None else self._at(left[0], True, moved)

    def _at(self, name: str, moving: bool = False, moved: ElectionMove | None = None) -> ElectionStands:
        log = self._installation.logs.get(name)  # none: the file no longer names it
        address = "" if log is None else log.address
        return ElectionStands(name, address, not moving and name == self._installation.here, moving, moved)


def last_move(election: str, connection: Connection[Any]) -> ElectionMove | None:
    """As this database knows it."""
    asked = {"streams": [placement_stream(election)], "types": None}
    rows = connection.execute(LEDGER["deeds"], asked).fetchall()
    if not rows:
        return None
    *stored, person, office, _role, _behalf, reason = rows[-1]
    said = recorded(stored)
    assert isinstance(said.event, ElectionMovedAway | ElectionTakenIn)
    return ElectionMove(said.recorded_at, said.event.from_log, said.event.to_log, person, office, reason)
