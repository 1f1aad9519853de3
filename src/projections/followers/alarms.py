"""What somebody should look at now: overrides, differences, withdrawals, corrections gone public. Never a figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.persistence import Tracking
from eventsourcing.projection import Projection
from eventsourcing.sqlite import SQLiteCursor, SQLiteDatastore, SQLiteTrackingRecorder

from projections.followers.log import topics_of
from projections.messages import message
from reporting.domain.discrepancy import ALTERED
from reporting.domain.workflow_events import (
    DiscrepancyDeclared,
    ReturnApproved,
    ReturnCertified,
    ReturnWithdrawn,
    SlotReleased,
)

WORDS = message.table("alarm")
"""By the kind of alarm."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """`position` of its event in the log; `unit` is empty for a whole slot."""

    position: int
    kind: str
    election: str
    form: str
    slot: str
    unit: str


class AlarmList(SQLiteTrackingRecorder):
    """Alarms in log order, each once."""

    def __init__(self, datastore: SQLiteDatastore, **options: Any) -> None:
        super().__init__(datastore, **options)
        self.create_table_statements.append(
            "CREATE TABLE IF NOT EXISTS alarm (position INTEGER PRIMARY KEY, kind TEXT NOT NULL, election TEXT NOT NULL,"
            " form TEXT NOT NULL, slot TEXT NOT NULL, unit TEXT NOT NULL, told INTEGER NOT NULL DEFAULT 0)"
        )

    def put(self, alarm: Alarm | None, tracking: Tracking) -> None:
        """The alarm, if there is one, and how far the log has been read: one transaction."""
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            if alarm is not None:
                _insert(cursor, alarm)

    def waiting(self) -> list[Alarm]:
        """Those nobody has been told of yet."""
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(
                "SELECT position, kind, election, form, slot, unit FROM alarm WHERE NOT told ORDER BY position"
            )
            return [Alarm(*row) for row in cursor.fetchall()]

    def tell(self, alarm: Alarm) -> None:
        """Mark it as told: after telling, so that one is told twice rather than never."""
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute("UPDATE alarm SET told = 1 WHERE position = ?", (alarm.position,))


def _insert(cursor: SQLiteCursor, alarm: Alarm) -> None:
    cursor.execute(
        "INSERT INTO alarm (position, kind, election, form, slot, unit) VALUES (?, ?, ?, ?, ?, ?)",
        (alarm.position, alarm.kind, alarm.election, alarm.form, alarm.slot, alarm.unit),
    )


class Alarms(Projection[AlarmList]):
    """Reads five types of event; everything else never leaves the database."""

    name = "alarms"
    topics = topics_of(ReturnApproved, ReturnCertified, DiscrepancyDeclared, ReturnWithdrawn, SlotReleased)

    @singledispatchmethod
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        raise TypeError(f"no alarm is made of {type(domain_event).__name__}, yet it is subscribed to")

    @process_event.register
    def _(self, domain_event: ReturnApproved, tracking: Tracking) -> None:
        self._put("override" if domain_event.override else None, domain_event, tracking)

    @process_event.register
    def _(self, domain_event: ReturnCertified, tracking: Tracking) -> None:
        self._put("override" if domain_event.override else None, domain_event, tracking)

    @process_event.register
    def _(self, domain_event: DiscrepancyDeclared, tracking: Tracking) -> None:
        self._put("vanished" if domain_event.reason_class == ALTERED else "declared", domain_event, tracking)

    @process_event.register
    def _(self, domain_event: ReturnWithdrawn, tracking: Tracking) -> None:
        self._put("withdrawn", domain_event, tracking)

    @process_event.register
    def _(self, domain_event: SlotReleased, tracking: Tracking) -> None:
        self._put("notice" if domain_event.number > 1 else None, domain_event, tracking)

    def _put(self, kind: str | None, event: Any, tracking: Tracking) -> None:
        where = (event.election, event.form, event.slot, getattr(event, "unit", ""))
        self.view.put(None if kind is None else Alarm(tracking.notification_id, kind, *where), tracking)
