"""An office's own projection: how often each unit's figures were corrected, and why, in a SQLite file of its own.

reporting follow examples/own-projection/corrections.py --to corrections.sqlite
"""

from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.persistence import Tracking
from eventsourcing.projection import Projection
from eventsourcing.sqlite import SQLiteTrackingRecorder

from projections.followers import topics_of
from reporting.domain.events import Event, FiguresCorrected


class Counts(SQLiteTrackingRecorder):
    def __init__(self, *given, **options):
        super().__init__(*given, **options)
        self.create_table_statements.append(
            "CREATE TABLE IF NOT EXISTS corrections (unit TEXT, reason TEXT, n INTEGER, PRIMARY KEY (unit, reason))"
        )

    def count(self, unit: str, reason: str, tracking: Tracking) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(
                cursor, tracking
            )  # a second delivery of the same event fails here, and counts nothing
            cursor.execute(
                "INSERT INTO corrections VALUES (?, ?, 1) ON CONFLICT (unit, reason) DO UPDATE SET n = n + 1",
                (unit, reason),
            )


class Corrections(Projection[Counts]):
    topics = topics_of(FiguresCorrected)

    @singledispatchmethod
    def process_event(self, domain_event: Event, tracking: Tracking) -> None: ...

    @process_event.register
    def _(self, domain_event: FiguresCorrected, tracking: Tracking) -> None:
        self.view.count(domain_event.unit, domain_event.reason_class, tracking)
