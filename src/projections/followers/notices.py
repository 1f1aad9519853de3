"""What offices are told of, as the log says it: kind and place, never a figure. Who is told stands in `reporting.telling`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from eventsourcing import persistence as es
from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.persistence import Tracking
from eventsourcing.projection import Projection, ProjectionRunner

from projections.followers.log import ElectionLog, follow, topics_of
from reporting.database.connect import WRITER, Database
from reporting.database.sql import load
from reporting.domain.discrepancy import ALTERED
from reporting.domain.workflow_events import (
    CellsSentBack,
    DiscrepancyDeclared,
    FiguresReceived,
    ReminderSent,
    ReturnApproved,
    ReturnCertified,
    SlotReleased,
)
from reporting.ledger.recorder import LedgerFactory

SQL = load(__package__)


@dataclass(frozen=True, slots=True)
class Notice:
    """`unit` is empty for a whole slot."""

    kind: str
    election: str
    form: str
    slot: str
    unit: str


class NoticeBook(es.TrackingRecorder):
    """Notices in the database of the log, beside it, so that the API can read what became of them."""

    def __init__(self, database: Database) -> None:
        self._pool = database.pool(WRITER, 0, 2)

    def close(self) -> None:
        self._pool.close()

    def insert_tracking(self, tracking: Tracking) -> None:
        self.put(None, tracking)

    def max_tracking_id(self, application_name: str) -> int | None:
        with self._pool.connection() as connection:
            row = connection.execute(SQL["notices_read"], (application_name,)).fetchone()
        return None if row is None else int(row[0])

    def put(self, notice: Notice | None, tracking: Tracking) -> None:
        """The notice, if there is one, and how far the log has been read: one transaction. IntegrityError for what was read."""
        position = tracking.notification_id
        try:
            with self._pool.connection() as connection, connection.transaction():
                moved = connection.execute(SQL["read_on"], (tracking.application_name, position)).fetchone()
                if moved is None:
                    raise es.IntegrityError(f"position {position} has been read")
                if notice is not None:
                    place = (notice.election, notice.form, notice.slot, notice.unit)
                    connection.execute(SQL["add_notice"], (position, notice.kind, *place))
        except psycopg.OperationalError as away:
            raise es.OperationalError(str(away)) from away


class NoticeBookFactory(es.InfrastructureFactory[NoticeBook]):
    """Named to the library by `following`."""

    def __init__(self, env: Any) -> None:
        super().__init__(env)
        self._book = NoticeBook(Database(self.env[LedgerFactory.DATABASE_URL]))

    def close(self) -> None:
        self._book.close()

    def tracking_recorder(self, tracking_recorder_class: type[NoticeBook] | None = None) -> NoticeBook:
        return self._book

    def aggregate_recorder(self, purpose: str = "events") -> es.AggregateRecorder:
        raise es.NotSupportedError("a book of notices holds no events")

    def application_recorder(self) -> es.ApplicationRecorder:
        raise es.NotSupportedError("a book of notices holds no events")

    def process_recorder(self) -> es.ProcessRecorder:
        raise es.NotSupportedError("a book of notices holds no events")


class Notices(Projection[NoticeBook]):
    """Reads seven types of event."""

    name = "notices"
    topics = topics_of(
        CellsSentBack,
        FiguresReceived,
        ReturnApproved,
        ReturnCertified,
        DiscrepancyDeclared,
        SlotReleased,
        ReminderSent,
    )

    @singledispatchmethod
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        raise TypeError(f"nobody is told of {type(domain_event).__name__}, yet it is subscribed to")

    @process_event.register
    def _(self, domain_event: CellsSentBack, tracking: Tracking) -> None:
        self._put("sent_back", domain_event, tracking)

    @process_event.register
    def _(self, domain_event: FiguresReceived, tracking: Tracking) -> None:
        self._put("edited_above" if domain_event.above else None, domain_event, tracking)

    @process_event.register
    def _(self, domain_event: ReturnApproved, tracking: Tracking) -> None:
        self._put("override_used" if domain_event.override else None, domain_event, tracking)

    @process_event.register
    def _(self, domain_event: ReturnCertified, tracking: Tracking) -> None:
        self._put("override_used" if domain_event.override else None, domain_event, tracking)

    @process_event.register
    def _(self, domain_event: DiscrepancyDeclared, tracking: Tracking) -> None:
        vanished = domain_event.reason_class == ALTERED
        self._put(None if vanished else "difference_declared", domain_event, tracking)

    @process_event.register
    def _(self, domain_event: SlotReleased, tracking: Tracking) -> None:
        self._put("release" if domain_event.number == 1 else "correction_published", domain_event, tracking)

    @process_event.register
    def _(self, domain_event: ReminderSent, tracking: Tracking) -> None:
        kind = domain_event.kind if domain_event.kind in ("due", "overdue") else "reminded"
        self._put(kind, domain_event, tracking)

    def _put(self, kind: str | None, event: Any, tracking: Tracking) -> None:
        unit = getattr(event, "unit", "")
        self.view.put(
            None if kind is None else Notice(kind, event.election, event.form, event.slot, unit), tracking
        )


def following(database_url: str) -> ProjectionRunner[ElectionLog, NoticeBook]:
    """A runner at work on the log of a database, which keeps the notices there, too."""
    env = {"NOTICES_PERSISTENCE_MODULE": f"{__name__}:{NoticeBookFactory.__name__}"}
    return follow(Notices, NoticeBook, database_url, env=env)
