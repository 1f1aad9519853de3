"""The publication clock of one process: looks once a second, publishes what is due, tells nobody twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from projections.read import Sees, Snapshot, ViewReader
from projections.read.desk import LastMoved, moved_slots
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import AWAY
from reporting.database.replication import replication_of
from reporting.domain.election import ElectionDefinition
from reporting.errors import ReportingError
from reporting.publication.live_or_training import Publications
from reporting.publication.planned import clocked_at
from reporting.publication.release import CLOCK

EVERY_S = 1.0
ANYWAY_S = 30.0
"""Between two whole looks where nothing moved and no time came: what a reason nobody thought of waits at most."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Looked:
    """The views' position at a look, and how many slots' times had come."""

    position: int
    come: int
    at: datetime

    def nothing_since(self, before: _Looked) -> bool:
        same = (self.position, self.come) == (before.position, before.come)
        return same and abs((self.at - before.at).total_seconds()) < ANYWAY_S


@dataclass(frozen=True, slots=True)
class _At:
    """Where a slot stood when it was looked at: the last of its returns' positions, and which definition and areas it was looked at
    by; who looks at a return, and whom a slot waits for, change with them alone."""

    moved: int
    defined: int
    rosters: int


def _times_come(definition: ElectionDefinition, now: datetime) -> int:
    times = (clocked_at(definition, slot) for form in definition.forms for slot in form.slots)
    return sum(time is not None and time <= now for time in times)


class PublicationClock:
    """Any number may run. A slot is looked at when its time comes, and again only when one of its returns, the definition or
    its areas moved; while it holds units back, when any return of the election did.

    `now` None: the database's time, which all machines share. One whose own clock is fast must not publish early.
    """

    def __init__(
        self, service: Reporting, reader: ViewReader, now: Callable[[], datetime] | None = None
    ) -> None:
        self._publication, self._ledger = Publications(service, Desk(service)), service.ledger
        self._reader, self._now = reader, now
        self._seen: dict[tuple[str, str, str], _At] = {}
        self._held: dict[tuple[str, str, str], tuple[str, ...]] = {}
        self._looked: _Looked | None = None
        self._follows = False
        self.looked_at: float | None = None  # monotonic seconds of the last look that came to its end
        self._refused: dict[tuple[str, str, str], datetime] = {}  # since when each waits that cannot go out
        self._told_at: datetime | None = None

    @property
    def late_s(self) -> float:
        """Seconds since the time of the slot that waits longest, of those that came and were refused; 0: none."""
        now, times = self._told_at, [*self._refused.values()]
        return max(0.0, (now - min(times)).total_seconds()) if times and now is not None else 0.0

    def run(self, stop: threading.Event) -> None:
        """Until `stop`. A failure is logged and tried again: it must never end the clock."""
        while not stop.wait(EVERY_S):
            try:
                self.tick()
                self.looked_at = time.monotonic()
            except (ReportingError, *AWAY) as failed:
                log.warning("publication_clock", detail=str(failed))
            except Exception as fault:
                log.error("publication_clock", exc_info=fault)

    def tick(self) -> int:
        """How many releases were made now. A slot that cannot be released holds up no other."""
        made = 0
        with self._reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
            if self._only_follows(snapshot):
                return 0
            now = self._told_at = self._now() if self._now is not None else snapshot.time()
            elsewhere = self._ledger.elsewhere()  # published by their log's clock
            elections = [
                row
                for row in snapshot.elections()
                if row.definition.workflow is not None and row.definition.code not in elsewhere
            ]
            looked = _Looked(
                snapshot.position, sum(_times_come(row.definition, now) for row in elections), now
            )
            if self._looked is not None and looked.nothing_since(self._looked):
                return 0
            moved = {row.definition.code: moved_slots(snapshot, row) for row in elections}
        self._looked, refusals = None, 0  # whatever ends this look before its end, the next is a whole one
        for row in elections:
            code = row.definition.code
            for form, slot in self._publication.due(code, now):
                there = moved[code].get((form, slot), LastMoved())
                last = there.position
                if self._held.get((code, form, slot)):
                    last = max(of_slot.position for of_slot in moved[code].values())
                at = _At(last, row.position, row.rosters)
                if self._seen.get((code, form, slot)) == at:
                    continue
                if there.certified < self._publication.certified_needed(code, form, slot):
                    self._seen[code, form, slot] = at
                    continue
                try:
                    made += self._publication.release(code, form, slot, now, CLOCK) is not None
                except ReportingError as refused:
                    where = {"election": code, "form": form, "slot": slot}
                    log.warning("publication_clock", **where, detail=str(refused))
                    refusals += 1
                    self._refused.setdefault(
                        (code, form, slot), self._time_of(row.definition, form, slot) or now
                    )
                    continue
                self._refused.pop((code, form, slot), None)
                self._seen[code, form, slot] = at
                self._tell_held(code, form, slot)
        self._looked = None if refusals else looked
        return made

    def _time_of(self, definition: ElectionDefinition, form: str, slot: str) -> datetime | None:
        return clocked_at(definition, definition.form(form).slot(slot))

    def _only_follows(self, snapshot: Snapshot) -> bool:
        """Whether this is a standby: its primary's clock publishes, until it is promoted."""
        follows = not replication_of(snapshot.connection).takes_changes
        if follows and not self._follows:
            log.info("publication_waits_for_promotion")
        self._follows = follows
        return follows

    def _tell_held(self, code: str, form: str, slot: str) -> None:
        """Once for the same units: withheld figures of theirs could be computed from what was to go out."""
        held, told = self._publication.held_last(code, form, slot), self._held.get((code, form, slot), ())
        self._held[code, form, slot] = held
        if held and held != told:
            where = {"election": code, "form": form, "slot": slot}
            log.warning("release_held_back", **where, units=list(held))
