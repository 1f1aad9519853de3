from __future__ import annotations

import threading
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from beside import beside
from waiting import until

from reporting.database.connect import WRITER, Database
from reporting.domain.actor import Actor, Channel, Role
from reporting.domain.events import FiguresEntered
from reporting.errors import CommandIdReused, InvalidInput, ReportingError, Unavailable, VersionConflict
from reporting.ledger import Appended, Command, GroupAppender, Ledger, NewEvent
from reporting.ledger import group as group_append
from reporting.ledger.store import SQL

CLERK = Actor("person-1", "13101 選挙管理委員会", Role.WARD, "13101")


def entered(voters: int = 1) -> FiguresEntered:
    return FiguresEntered(
        election="e", form="final", slot="final", unit="13101", figures={"c|voters||": str(voters)}
    )


def command(
    stream: UUID | None = None,
    version: int = 1,
    command_id: UUID | None = None,
    body: bytes = b"{}",
    events: int = 1,
) -> Command:
    stream = stream or uuid4()
    return Command(
        command_id or uuid4(),
        body,
        CLERK,
        Channel.API,
        tuple(NewEvent(stream, version + n, entered(n)) for n in range(events)),
        reason="理由",
    )


@pytest.fixture
def ledger(database: Database) -> Any:
    with_pool = Ledger(database)
    yield with_pool
    with_pool.close()


@pytest.mark.parametrize("told", [r"\u0000", "\\\0", "a\0b"])
def test_a_text_that_no_view_can_hold_is_no_event(ledger: Ledger, told: str) -> None:
    """It would stand in the log for ever, and every fold of it would stop there. The words about it are a text like others."""
    event = FiguresEntered(election=told, form="final", slot="final", unit="13101", figures={})
    asked = Command(uuid4(), b"{}", CLERK, Channel.API, (NewEvent(uuid4(), 1, event),), reason="理由")
    if "\0" not in told:
        assert ledger.append(asked).first_position == 1
        return
    for command_ in (asked, replace(command(), reason=told)):
        with pytest.raises(InvalidInput):
            ledger.append(command_)
    assert ledger.position() == 0


def test_positions_are_dense_and_times_never_run_backwards(ledger: Ledger) -> None:
    outcomes = [ledger.append(command(events=n)) for n in (1, 3, 2)]
    assert [(o.first_position, o.last_position) for o in outcomes] == [(1, 1), (2, 4), (5, 6)]
    events = ledger.read(0, 100)
    assert [event.position for event in events] == [1, 2, 3, 4, 5, 6]
    assert [event.recorded_at for event in events] == sorted(event.recorded_at for event in events)
    assert events[1].event == entered(0)
    assert ledger.position() == 6


def test_versions_of_several_streams_stand_in_the_order_asked(ledger: Ledger) -> None:
    some, never, others = uuid4(), uuid4(), uuid4()
    ledger.append(command(some, events=3))
    ledger.append(command(others))
    assert ledger.stream_versions([others, never, some, others]) == (1, 0, 3, 1)
    assert ledger.stream_versions([some, others]) == (3, 1)
    assert ledger.stream_versions([never, some]) == (0, 3)
    assert ledger.as_of(2).stream_versions([others, never, some]) == (0, 0, 2)
    assert ledger.stream_versions([]) == ()


def test_a_refused_command_burns_no_position(ledger: Ledger) -> None:
    stream = uuid4()
    ledger.append(command(stream))
    with pytest.raises(VersionConflict) as refused:
        ledger.append(command(stream))
    assert refused.value.facts["expected"] == 0
    assert refused.value.facts["actual"] == 1
    assert refused.value.facts["changed_by"] == CLERK.office
    assert ledger.append(command()).first_position == 2


@pytest.mark.parametrize("version", [0, 2, -1])
def test_a_stream_has_no_holes(ledger: Ledger, version: int) -> None:
    with pytest.raises(VersionConflict):
        ledger.append(command(version=version))
    assert ledger.position() == 0


def test_the_same_command_gets_the_same_answer(ledger: Ledger) -> None:
    one = command(body=b'{"a":1}')
    first = ledger.append(one)
    again = ledger.append(one)
    assert (again.first_position, again.last_position, again.recorded_at) == (
        first.first_position,
        first.last_position,
        first.recorded_at,
    )
    assert again.repeated
    assert not first.repeated
    assert ledger.position() == 1
    assert ledger.repeat_of(one.command_id, one.body_hash) == again


def test_the_same_id_with_another_body_is_refused(ledger: Ledger) -> None:
    one = command(body=b"1")
    ledger.append(one)
    with pytest.raises(CommandIdReused):
        ledger.append(command(command_id=one.command_id, body=b"2"))
    with pytest.raises(CommandIdReused):
        ledger.repeat_of(one.command_id, command(body=b"2").body_hash)


def test_a_group_keeps_the_good_and_refuses_the_bad(ledger: Ledger) -> None:
    stream, twice = uuid4(), command()
    ledger.append(command(stream))
    outcomes = ledger.append_many(
        [
            command(),
            command(stream),
            command(stream, version=2),
            twice,
            twice,
            command(command_id=twice.command_id, body=b"x"),
        ]
    )
    kinds = [type(outcome).__name__ for outcome in outcomes]
    assert kinds == ["Appended", "VersionConflict", "Appended", "Appended", "Appended", "CommandIdReused"]
    assert [o.repeated for o in outcomes if isinstance(o, Appended)] == [False, False, False, True]
    assert ledger.position() == 4


def test_a_lost_commit_reply_is_no_conflict(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server committed, the answer never came: the retry must find the stored outcome."""
    lost: list[Any] = []
    real = psycopg.Connection.commit
    assert (
        ledger.position() == 0
    )  # the pool has its connection: what is lost is the command's commit, not that of its making

    def commit_then_lose(self: psycopg.Connection[Any]) -> None:
        real(self)
        mine = (
            threading.current_thread() is threading.main_thread()
        )  # not the pool's own, which makes connections
        if mine and not lost and self.info.transaction_status == psycopg.pq.TransactionStatus.IDLE:
            lost.append(True)
            self.close()
            raise psycopg.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(psycopg.Connection, "commit", commit_then_lose)
    outcome = ledger.append(command())
    assert lost
    assert outcome.repeated
    assert ledger.position() == 1


def test_readers_never_see_a_later_event_before_an_earlier_one(database: Database, ledger: Ledger) -> None:
    """Held transaction: while the first append is uncommitted, the second must wait and readers see nothing."""
    from reporting.ledger.door import door_arguments

    with database.connect(WRITER) as holder:
        holder.execute(SQL["append"], door_arguments([command()]))
        done = threading.Event()

        def second() -> None:
            ledger.append(command())
            done.set()

        with (
            beside(second, let_go=holder.commit, seconds=10),
            database.connect(autocommit=True) as watcher,
        ):
            waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()"
            until(lambda: watcher.execute(waiting).fetchone(), "the second append waits in the database")
            assert not done.is_set()
            assert watcher.execute("SELECT count(*) FROM ledger.event").fetchone() == (0,)
    assert [event.position for event in ledger.read(0, 10)] == [1, 2]


def test_a_rolled_back_append_leaves_no_gap(database: Database, ledger: Ledger) -> None:
    from reporting.ledger.door import door_arguments

    with database.connect(WRITER) as holder:
        holder.execute(SQL["append"], door_arguments([command()]))
        holder.rollback()
    assert ledger.append(command()).first_position == 1


@pytest.mark.parametrize("table", ["ledger.event", "ledger.command", "ledger.head"])
@pytest.mark.parametrize(
    "statement",
    ["UPDATE {} SET position = 9", "DELETE FROM {}", "TRUNCATE {}", "INSERT INTO {} DEFAULT VALUES"],
)
def test_the_application_role_cannot_touch_the_log(
    database: Database, ledger: Ledger, table: str, statement: str
) -> None:
    ledger.append(command())
    with database.connect(WRITER) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(
            statement.format(table).replace(
                "position", "first_position" if "command" in table else "position"
            )
        )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger.event SET type = 'x'",
        "DELETE FROM ledger.event",
        "TRUNCATE ledger.event",
        "DELETE FROM ledger.command",
    ],
)
def test_even_the_owner_meets_the_trigger(database: Database, ledger: Ledger, statement: str) -> None:
    ledger.append(command())
    with database.connect() as connection:
        connection.execute("SET session_replication_role = replica")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            connection.execute(statement)


def test_group_append_loses_and_doubles_nothing(ledger: Ledger) -> None:
    group = GroupAppender(ledger)
    streams = [uuid4() for _ in range(8)]
    won: list[tuple[UUID, int]] = []
    lost: list[ReportingError] = []

    def writer(number: int) -> None:
        for version in range(1, 13):
            stream = streams[(number + version) % len(streams)]
            try:
                group.append(command(stream, version))
                won.append((stream, version))
            except VersionConflict as conflict:
                lost.append(conflict)

    with beside(*(partial(writer, number) for number in range(16))):
        pass
    group.close()
    events = ledger.read(0, 10_000)
    assert len(won) + len(lost) == 16 * 12
    assert sorted(won, key=str) == sorted(((e.stream_id, e.stream_version) for e in events), key=str)
    assert [event.position for event in events] == list(range(1, len(events) + 1))


def test_a_closed_group_refuses(ledger: Ledger) -> None:
    group = GroupAppender(ledger)
    group.close()
    with pytest.raises(ReportingError):
        group.append(command())


def test_a_database_that_is_away_is_told_to_all_who_wait_at_once(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not to one after the other, each after its own tries: the last would wait for an hour."""
    calls: list[int] = []
    called, goes_on = threading.Event(), threading.Event()

    def away(self: Ledger, commands: list[Command]) -> None:
        calls.append(len(commands))
        called.set()
        assert goes_on.wait(20)
        raise Unavailable(detail="away")

    monkeypatch.setattr(Ledger, "append_many", away)
    group = GroupAppender(ledger)
    told: list[ReportingError] = []

    def send() -> None:
        try:
            group.append(command())
        except ReportingError as refused:
            told.append(refused)

    with beside(send, let_go=goes_on.set):
        assert called.wait(20)
        with beside(*[send] * 5, let_go=goes_on.set):
            until(lambda: len(group._queue) == 5, "five appends queue behind the first")
    group.close()
    assert calls == [1, 5]
    assert [type(one) for one in told] == [Unavailable] * 6


def test_what_failed_is_tried_again_though_nobody_asks(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a night's last command that failed would be told as a stall until morning."""
    monkeypatch.setattr(group_append, "PROBE_S", 0.02)
    away = threading.Event()
    away.set()
    real = Ledger.append_many

    def append_many(self: Ledger, commands: list[Command]) -> object:
        if away.is_set():
            raise Unavailable(detail="away")
        return real(self, commands)

    monkeypatch.setattr(Ledger, "append_many", append_many)
    appender = GroupAppender(ledger)
    try:
        with pytest.raises(Unavailable):
            appender.append(command())
        assert appender.stalled_s > 0
        away.clear()
        until(lambda: appender.stalled_s == 0, "the log was tried again", 5)
        assert ledger.position() == 0
    finally:
        appender.close()


def test_a_command_of_many_events_is_one_append(ledger: Ledger) -> None:
    many = Command(
        uuid4(), b"", CLERK, Channel.IMPORT, tuple(NewEvent(uuid4(), 1, entered(n)) for n in range(5_000))
    )
    outcome = ledger.append(many)
    assert outcome.last_position == 5_000
