"""The library's own conformance cases, run on this ledger, and what they do not ask.

The cases of which a stream starts at version 0 (`range(n)`, whatever INITIAL_VERSION says) run unchanged over
`FromZero`, which only counts differently: this ledger's streams start at 1 and have no hole, as the last tests show.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from unittest import TestCase
from unittest.mock import patch
from uuid import UUID, uuid4

import eventsourcing.cryptography
import psycopg
import pytest
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import (
    DataError,
    IntegrityError,
    Notification,
    NotSupportedError,
    OperationalError,
    StoredEvent,
    TrackingRecorder,
)
from eventsourcing.projection import ApplicationSubscription
from eventsourcing.utils import Environment
from waiting import until

from projections.followers import topics_of
from reporting.database.connect import WRITER, Database
from reporting.domain.actor import Actor, Channel, Role
from reporting.domain.events import FiguresEntered
from reporting.errors import CommandIdReused
from reporting.ledger import Command, Ledger, NewEvent
from reporting.ledger.recorder import LedgerFactory, LedgerRecorder, LedgerSubscription

# The library ships the same AES cipher twice; its cases import the one over a package that is not installed here.
sys.modules.setdefault("eventsourcing.cipher", eventsourcing.cryptography)
from eventsourcing.tests import persistence as cases  # noqa: E402

CLERK = Actor("person-1", "13101 選挙管理委員会", Role.WARD, "13101")


class FromZero(LedgerRecorder):
    """Calls a stream's first event version 0."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> list[int]:
        moved = [replace(new, originator_version=new.originator_version + 1) for new in stored_events]
        return super().insert_events(moved, **kwargs)


class OnLedger(TestCase):
    recorder_class = LedgerRecorder

    @pytest.fixture(autouse=True)
    def _hand_over(self, database: Database) -> None:
        self.database = database

    def create_recorder(self) -> LedgerRecorder:
        recorder = self.recorder_class(self.database)
        self.addCleanup(recorder.close)
        return recorder


class TestApplicationRecorder(OnLedger, cases.ApplicationRecorderTestCase[LedgerRecorder]):
    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()

    def test_concurrent_no_conflicts(self, initial_position: int = 0) -> None:  # noqa: PT028
        self.recorder_class = FromZero
        super().test_concurrent_no_conflicts(initial_position)
        assert LedgerRecorder.max_notification_id(self.create_recorder()) == 100 * 100

    def test_concurrent_throughput(self) -> None:
        self.recorder_class = FromZero
        super().test_concurrent_throughput()


class TestNonInterleaving(OnLedger, cases.NonInterleavingNotificationIDsBaseCase):
    recorder_class = FromZero


class TestFactory(OnLedger, cases.InfrastructureFactoryTestCase[LedgerFactory]):
    def setUp(self) -> None:
        self.env = Environment(
            "ledger",
            {"PERSISTENCE_MODULE": "reporting.ledger.recorder", "REPORTING_DATABASE_URL": self.database.url},
        )
        super().setUp()

    def expected_factory_class(self) -> type[LedgerFactory]:
        return LedgerFactory

    def expected_aggregate_recorder_class(self) -> type[LedgerRecorder]:
        return LedgerRecorder

    def expected_application_recorder_class(self) -> type[LedgerRecorder]:
        return LedgerRecorder

    def expected_tracking_recorder_class(self) -> Any: ...
    def tracking_recorder_subclass(self) -> Any: ...
    def expected_process_recorder_class(self) -> Any: ...

    def test_create_tracking_recorder(self) -> None:
        """The log is append-only: a reader's position stands beside its views (`ops.projection`), never here."""
        for given in (None, TrackingRecorder):
            with pytest.raises(NotSupportedError):
                self.factory.tracking_recorder(given)

    def test_create_process_recorder(self) -> None:
        """As for tracking; and a recorder refuses a tracking record rather than dropping it."""
        with pytest.raises(NotSupportedError):
            self.factory.process_recorder()
        with pytest.raises(NotSupportedError):
            self.factory.application_recorder().insert_events([stored()], tracking=object())

    def test_snapshots_are_refused(self) -> None:
        with pytest.raises(NotSupportedError):
            self.factory.aggregate_recorder(purpose="snapshots")

    def test_without_a_database(self) -> None:
        with patch.dict(os.environ):
            os.environ.pop(LedgerFactory.DATABASE_URL, None)
            with pytest.raises(OSError, match="REPORTING_DATABASE_URL"):
                LedgerFactory({})


def stored(
    stream: UUID | None = None, version: int = 1, topic: str = "topic", state: bytes = b"state"
) -> StoredEvent:
    return StoredEvent(stream or uuid4(), version, topic, state)


@pytest.fixture
def recorder(database: Database) -> Iterator[LedgerRecorder]:
    recorder = LedgerRecorder(database)
    yield recorder
    recorder.close()


@pytest.mark.parametrize("version", [0, -1, 2])
def test_a_stream_starts_at_1(recorder: LedgerRecorder, version: int) -> None:
    with pytest.raises(IntegrityError, match="expected version"):
        recorder.insert_events([stored(version=version)])
    assert recorder.max_notification_id() is None


def test_a_stream_has_no_hole(recorder: LedgerRecorder) -> None:
    stream = uuid4()
    for versions in ((1, 3), (1, 1), (1, 2, 2)):
        with pytest.raises(IntegrityError):
            recorder.insert_events([stored(), *(stored(stream, version) for version in versions)])
    assert recorder.insert_events([stored(stream), stored(stream, 2)]) == [1, 2]
    with pytest.raises(IntegrityError, match="expected version 3, it is 2"):
        recorder.insert_events([stored(stream, 4)])


def test_no_events_are_nothing(recorder: LedgerRecorder) -> None:
    assert recorder.insert_events([]) == []
    assert recorder.max_notification_id() is None


def test_select_events_by_version(recorder: LedgerRecorder) -> None:
    """The library asks this only of recorders without notifications (whose inserts return None)."""
    stream = uuid4()
    events = [stored(stream, version, f"topic{version}") for version in (1, 2, 3, 4)]
    recorder.insert_events([stored(), *events])
    assert recorder.select_events(stream) == events
    assert recorder.select_events(stream, gt=1, lte=3) == events[1:3]
    assert recorder.select_events(stream, desc=True, limit=1) == events[3:]
    assert recorder.select_events(stream, lte=2, desc=True) == events[1::-1]
    assert recorder.select_events(stream, limit=2) == events[:2]
    assert recorder.select_events(stream, lte=0) == recorder.select_events(uuid4()) == []


@pytest.mark.parametrize(
    "topic", ["", "a.b:C.D", "出来事😀", "x#1", "x#2", "x#32767", "x#32768", "x#02", "#2", "a\n#3", "x#2#3"]
)
def test_any_topic_and_bytes_come_back(database: Database, recorder: LedgerRecorder, topic: str) -> None:
    new = stored(topic=topic, state=bytes(range(256)))
    recorder.insert_events([new, stored(topic="x")])
    assert isinstance(new.originator_id, UUID)
    assert recorder.select_events(new.originator_id) == [new]
    (found,) = recorder.select_notifications(None, 10, topics=[topic])
    assert found == Notification(new.originator_id, 1, topic, new.state, 1)


def test_a_topic_names_type_and_version(database: Database, recorder: LedgerRecorder) -> None:
    recorder.insert_events([stored(topic="x"), stored(topic="x#2"), stored(topic="x#1")])
    with database.connect() as connection:
        rows = connection.execute("SELECT type, type_version FROM ledger.event ORDER BY position").fetchall()
    assert rows == [("x", 1), ("x", 2), ("x#1", 1)]


@pytest.mark.parametrize(
    "wrong",
    [
        stored(topic="a\0b"),
        stored(topic="\ud800"),
        stored(version=2**31),
        StoredEvent("not-a-uuid", 1, "topic", b""),
    ],
)
def test_what_the_columns_cannot_hold(recorder: LedgerRecorder, wrong: StoredEvent) -> None:
    with pytest.raises(DataError):
        recorder.insert_events([stored(), wrong])
    assert recorder.max_notification_id() is None


def test_a_repeat_gets_the_same_positions(recorder: LedgerRecorder) -> None:
    command_id, events = uuid4(), [stored(), stored()]
    assert recorder.insert_events(events, command_id=command_id) == [1, 2]
    assert recorder.insert_events([stored()]) == [3]
    assert recorder.insert_events(events, command_id=command_id) == [1, 2]
    for others in ([events[0]], events[::-1], [events[0], replace(events[1], state=b"other")]):
        with pytest.raises(CommandIdReused):
            recorder.insert_events(others, command_id=command_id)
    assert recorder.max_notification_id() == 3


def test_a_lost_commit_reply_is_no_conflict(
    recorder: LedgerRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library's own recorder raises IntegrityError here although the event is recorded."""
    lost: list[bool] = []
    real = psycopg.Connection.commit

    def commit_then_lose(self: psycopg.Connection[Any]) -> None:
        real(self)
        if not lost and self.info.transaction_status == psycopg.pq.TransactionStatus.IDLE:
            lost.append(True)
            self.close()
            raise psycopg.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(psycopg.Connection, "commit", commit_then_lose)
    assert recorder.insert_events([stored(), stored()]) == [1, 2]
    assert lost
    assert recorder.max_notification_id() == 2


def test_who_and_why_are_recorded(database: Database, recorder: LedgerRecorder) -> None:
    command_id, cause = uuid4(), uuid4()
    recorder.insert_events(
        [stored()], command_id=command_id, actor=CLERK, channel=Channel.FAX, reason="理由", cause=cause
    )
    ledger = Ledger(database)
    record = ledger.command(command_id)
    ledger.close()
    assert record is not None
    assert (record.person, record.office, record.role) == (CLERK.person, CLERK.office, "ward")
    assert (record.channel, record.reason, record.cause) == ("fax", "理由", cause)
    with pytest.raises(TypeError):
        recorder.insert_events([stored()], reasn="a slip of the pen is not dropped in silence")
    assert recorder.max_notification_id() == 1


def test_it_reads_what_the_ledger_wrote(database: Database, recorder: LedgerRecorder) -> None:
    entered = FiguresEntered(election="e", form="f", slot="s", unit="u", figures={"c|voters||": "1"})
    ledger, stream = Ledger(database), uuid4()
    ledger.append(Command(uuid4(), b"{}", CLERK, Channel.API, (NewEvent(stream, 1, entered),)))
    (found,) = recorder.select_notifications(1, 10, topics=topics_of(FiguresEntered))
    recorder.insert_events([StoredEvent(stream, 2, found.topic, found.state)])
    assert [event.event for event in ledger.stream(stream)] == [entered, entered]
    ledger.close()


def test_a_lost_database_is_an_operational_error(recorder: LedgerRecorder) -> None:
    recorder.close()
    with pytest.raises(OperationalError):
        recorder.max_notification_id()


def take(subscription: LedgerSubscription, number: int) -> list[int]:
    return [next(subscription).id for _ in range(number)]


def background(work: Any) -> tuple[threading.Thread, list[Any]]:
    answers: list[Any] = []
    thread = threading.Thread(target=lambda: answers.append(work()), daemon=True)
    thread.start()
    return thread, answers


def ears(database: Database) -> list[int]:
    """Backends that listen."""
    with database.connect(autocommit=True) as watcher:
        rows = watcher.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query ILIKE 'LISTEN%'"
        ).fetchall()
    return [pid for (pid,) in rows]


def test_a_blocked_subscription_hears_an_append_and_stop(
    database: Database, recorder: LedgerRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reporting.ledger.recorder.POLL_S", 5.0)
    subscription = recorder.subscribe()
    thread, answers = background(lambda: take(subscription, 1))
    until(lambda: ears(database), "it listens")
    recorder.insert_events([stored()])
    thread.join(4)  # the notice, not the poll
    assert answers == [[1]]
    monkeypatch.setattr("reporting.ledger.recorder.POLL_S", 0.05)
    thread, answers = background(lambda: list(subscription))
    subscription.close()
    thread.join(5)
    assert answers == [[]]
    assert list(subscription) == []


def test_an_append_before_listen_is_not_lost(
    recorder: LedgerRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library's own subscription sleeps through an event between its first pull and its LISTEN."""
    monkeypatch.setattr("reporting.ledger.recorder.POLL_S", 60.0)
    real = Database.connect

    def late(self: Database, *args: Any, **kwargs: Any) -> Any:
        recorder.insert_events([stored()])
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Database, "connect", late)
    with recorder.subscribe() as subscription:
        thread, answers = background(lambda: take(subscription, 1))
        thread.join(10)
        assert answers == [[1]]


def test_a_killed_listener_listens_again(database: Database, recorder: LedgerRecorder) -> None:
    with recorder.subscribe() as subscription:
        thread, answers = background(lambda: take(subscription, 1))
        until(lambda: ears(database), "it listens")
        first = ears(database)
        with database.connect(autocommit=True) as killer:
            killer.execute("SELECT pg_terminate_backend(%s)", first)
        until(lambda: ears(database) not in ([], first), "another one listens")
        recorder.insert_events([stored()])
        thread.join(10)
        assert answers == [[1]]


def test_without_any_listener_it_polls(recorder: LedgerRecorder, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise psycopg.OperationalError("no more connections")

    monkeypatch.setattr(Database, "connect", refuse)
    with recorder.subscribe() as subscription:
        thread, answers = background(lambda: take(subscription, 1))
        recorder.insert_events([stored()])
        thread.join(10)
        assert answers == [[1]]


def test_a_subscription_to_rare_topics_reads_on(
    recorder: LedgerRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages of matches, and nothing read twice behind them."""
    monkeypatch.setattr("reporting.ledger.recorder.PAGE", 2)
    recorder.insert_events([stored(topic="rare" if n % 3 == 0 else "often") for n in range(1, 21)])
    starts = []
    real = LedgerRecorder.select_notifications

    def watched(self: LedgerRecorder, start: int | None, *args: Any, **kwargs: Any) -> list[Notification]:
        starts.append(start)
        return real(self, start, *args, **kwargs)

    monkeypatch.setattr(LedgerRecorder, "select_notifications", watched)
    with recorder.subscribe(gt=2, topics=["rare"]) as subscription:
        assert take(subscription, 6) == [3, 6, 9, 12, 15, 18]
        assert [subscription._pull(), subscription._pull()] == [True, False]
        recorder.insert_events([stored(topic="often"), stored(topic="rare")])
        assert take(subscription, 1) == [22]
    assert starts == [2, 6, 12, 18, 20]


def test_an_uncommitted_append_holds_later_ones_back(database: Database, recorder: LedgerRecorder) -> None:
    """No reader ever sees 2 before 1."""
    from reporting.ledger.recorder import _arguments
    from reporting.ledger.store import SQL

    held = [stored()]
    with database.connect(WRITER) as holder, recorder.subscribe() as subscription:
        holder.execute(SQL["append"], _arguments(recorder._command(held, {}), held))
        thread, answers = background(lambda: recorder.insert_events([stored()]))
        with database.connect(autocommit=True) as watcher:
            waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()"
            until(lambda: watcher.execute(waiting).fetchone() != (0,), "the second waits")
        assert recorder.max_notification_id() is None
        holder.commit()
        thread.join(10)
        assert answers == [[2]]
        assert take(subscription, 2) == [1, 2]


class Count(Aggregate):
    def __init__(self) -> None:
        self.number = 0

    @event("Added")
    def add(self, number: int) -> None:
        self.number += number


def test_a_whole_application_of_the_library(database: Database) -> None:
    sys.modules.setdefault(Count.__module__, sys.modules[__name__])
    env = {"PERSISTENCE_MODULE": "reporting.ledger.recorder", "REPORTING_DATABASE_URL": database.url}
    app: Application[UUID] = Application(env)
    try:
        count = Count()
        count.add(2)
        app.save(count, actor=CLERK, reason="理由")
        stale: Count = app.repository.get(count.id)
        count.add(3)
        assert [recording.notification.id for recording in app.save(count)] == [3]
        stale.add(1)
        with pytest.raises(IntegrityError):
            app.save(stale)
        found: Count = app.repository.get(count.id)
        assert (found.number, found.version) == (5, 3)
        with ApplicationSubscription(app, gt=1) as subscription:
            assert [next(subscription)[1].notification_id for _ in range(2)] == [2, 3]
    finally:
        app.close()
