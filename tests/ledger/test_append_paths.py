"""The door has a way for the common case and a loop for every other: both must do the same, without reading the log."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from beside import beside
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psycopg import Connection
from thorough import examples

from reporting.database.connect import WRITER, Database
from reporting.domain.actor import Actor, Channel, Role
from reporting.domain.events import FiguresEntered
from reporting.ledger import Appended, Command, GroupAppender, Ledger, NewEvent
from reporting.ledger import group as group_module
from reporting.ledger.door import door_arguments
from reporting.ledger.prepared import prepare
from reporting.ledger.store import SQL

CLERK = Actor("person-1", "13101 選挙管理委員会", Role.WARD, "13101")
ROWS = (
    "SELECT position, stream_id, stream_version, type, type_version, command_id, recorded_at, state"
    " FROM ledger.event ORDER BY position",
    "SELECT command_id, body_hash, first_position, last_position, recorded_at, person, office, role, on_behalf_of,"
    " channel, reason, cause, request_id FROM ledger.command ORDER BY first_position, command_id",
    "SELECT position FROM ledger.head",
)

Call = list[Command]


def entered(number: int = 1) -> FiguresEntered:
    return FiguresEntered(election="e", form="f", slot="s", unit="u", figures={"c|voters||": str(number)})


def fresh(events: int = 1, cause: UUID | None = None) -> Command:
    new = tuple(NewEvent(uuid4(), 1, entered(number)) for number in range(events))
    return Command(uuid4(), b"{}", CLERK, Channel.API, new, cause=cause)


@pytest.fixture(scope="module")
def doors(module_database: Database) -> Iterator[Connection[Any]]:
    """The writer's connection; beside the door stand `loop_v1`, which never takes the short way, and `short_v1`, which
    raises where it would not."""
    with module_database.connect(autocommit=True) as owner:
        ((source,),) = owner.execute("SELECT pg_get_functiondef('ledger.append_v1'::regproc)").fetchall()
        for name, old, new in (
            (
                "loop_v1",
                "IF NOT EXISTS (SELECT FROM ledger.command",
                "IF false AND NOT EXISTS (SELECT FROM ledger.command",
            ),
            ("short_v1", "    FOR i IN 1 ..", "    RAISE EXCEPTION 'the loop'; FOR i IN 1 .."),
        ):
            assert source.count(old) == 1
            owner.execute(source.replace("append_v1", name).replace(old, new).encode())
            owner.execute(f"GRANT EXECUTE ON FUNCTION ledger.{name} TO {WRITER}".encode())
            owner.execute(f"ALTER FUNCTION ledger.{name} OWNER TO ledger_owner".encode())
    with module_database.connect(WRITER) as connection:
        yield connection
        connection.rollback()


def outcomes(connection: Connection[Any], calls: list[Call], door: str) -> list[Any]:
    """What the calls answer and leave behind, in a transaction that is undone; times by their rank."""
    statement = SQL["append"].replace("append_v1", door).encode()
    try:
        found = [connection.execute(statement, door_arguments(call)).fetchall() for call in calls]
        found += [connection.execute(rows.encode()).fetchall() for rows in ROWS]
    except psycopg.Error as error:
        return [error.sqlstate]
    finally:
        connection.rollback()
    times = sorted({value for rows in found for row in rows for value in row if hasattr(value, "tzinfo")})
    return [
        [tuple(times.index(value) if hasattr(value, "tzinfo") else value for value in row) for row in rows]
        for rows in found
    ]


IDS = [UUID(int=number) for number in range(6)]
STREAMS = [UUID(int=100 + number) for number in range(4)]

new_events = st.builds(
    NewEvent, st.sampled_from(STREAMS), st.integers(1, 4), st.builds(entered, st.integers(0, 3))
)
commands = st.builds(
    Command,
    st.sampled_from(IDS) | st.uuids(),
    st.sampled_from([b"1", b"2"]),
    st.just(CLERK),
    st.just(Channel.API),
    st.lists(new_events, max_size=4).map(tuple),
    st.sampled_from([None, "理由"]),
    st.sampled_from([None, "代理"]),
    st.none() | st.sampled_from(IDS),
)


@st.composite
def successions(draw: st.DrawFn) -> list[Call]:
    """Calls most of whose commands go on where the ones before ended: the short way, with the loop now and then."""
    versions = dict.fromkeys(STREAMS, 0)
    calls: list[Call] = []
    for _ in range(draw(st.integers(1, 3))):
        call: Call = []
        for _ in range(draw(st.integers(0, 4))):
            made = []
            for stream in draw(st.lists(st.sampled_from([*STREAMS, None]), max_size=4)):
                if stream is None:
                    made.append(NewEvent(draw(st.uuids()), 1, entered()))
                else:
                    versions[stream] += 1
                    made.append(NewEvent(stream, versions[stream], entered()))
            call.append(Command(draw(st.uuids()), b"1", CLERK, Channel.API, tuple(made)))
        calls.append(call)
    if draw(st.booleans()):
        calls.insert(draw(st.integers(0, len(calls))), draw(st.lists(commands, max_size=3)))
    return calls


def of(number: int, *events: tuple[int, int]) -> Command:
    new = tuple(NewEvent(STREAMS[stream], version, entered()) for stream, version in events)
    return Command(IDS[number], b"1", CLERK, Channel.API, new)


@given(st.lists(st.lists(commands, max_size=5), min_size=1, max_size=3) | successions())
@example([[of(0, (0, 1), (0, 1), (0, 3))]])  # as many versions as from lowest to highest, and yet a hole
@example([[of(0, (0, 2), (0, 1))]])
@example([[of(0, (0, 2)), of(1, (0, 1))]])
@example([[of(0, (0, 1)), of(1, (0, 1))]])
@example([[of(0)], [of(1), of(0), of(2, (1, 1))]])
@example([[]])
@settings(
    max_examples=examples(75), deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
def test_the_short_way_and_the_loop_do_the_same(doors: Connection[Any], calls: list[Call]) -> None:
    assert outcomes(doors, calls, "append_v1") == outcomes(doors, calls, "loop_v1")


def test_the_common_case_takes_the_short_way(doors: Connection[Any]) -> None:
    streams = [uuid4() for _ in range(20)]
    calls = [
        [
            Command(uuid4(), b"", CLERK, Channel.API, (NewEvent(stream, version, entered()),))
            for stream in streams
        ]
        for version in (1, 2, 3)
    ]
    found = outcomes(doors, [*calls, [fresh(events=50)]], "short_v1")
    assert {row[0] for rows in found[:4] for row in rows} == {"appended"}
    assert found[-1] == [(110,)]
    assert outcomes(doors, [[calls[0][0], calls[0][0]]], "short_v1") == ["P0001"]


def test_arrays_that_do_not_fit_each_other_are_refused(doors: Connection[Any]) -> None:
    """Whoever may call the door can make no hole with it."""
    for ends in ([1, 3], [0, 1], [2, 1], [1, None], [2], [1, 1, 2], [-1, 2]):
        arguments: list[object] = [*door_arguments([fresh(), fresh()])]
        arguments[10] = ends
        with pytest.raises(psycopg.errors.InvalidParameterValue):
            doors.execute(SQL["append"], arguments)
        doors.rollback()


def test_an_append_never_scans_the_log(database: Database) -> None:
    """Plans made on empty tables stay with the session, and nobody has counted the rows: still only index scans."""
    with database.connect(autocommit=True) as owner, database.connect(WRITER, autocommit=True) as writer:
        for table in ("event", "command"):
            owner.execute(f"ALTER TABLE ledger.{table} SET (autovacuum_enabled = false)".encode())

        def append(call: Call) -> list[str]:
            rows = writer.execute(SQL["append"], door_arguments(call), prepare=True).fetchall()
            return [row[0] for row in rows]

        def scans() -> list[tuple[Any, ...]]:
            writer.execute("SELECT pg_stat_force_next_flush()")
            return owner.execute(
                "SELECT relname, seq_scan FROM pg_stat_user_tables"
                " WHERE schemaname = 'ledger' AND relname IN ('event', 'command') ORDER BY relname"
            ).fetchall()

        def every_way() -> None:
            one = fresh()
            again = Command(uuid4(), b"", CLERK, Channel.API, one.events)
            next_one = NewEvent(one.events[0].stream_id, 2, entered())
            assert append([one, fresh()]) == ["appended"] * 2
            assert append([one, again, fresh()]) == ["repeated", "conflict", "appended"]
            assert append([Command(uuid4(), b"", CLERK, Channel.API, (next_one,))]) == ["appended"]

        for _ in range(10):
            every_way()
        before = scans()
        for _ in range(20):
            append([fresh(events=1_000)])
        for _ in range(10):
            every_way()
        assert scans() == before
        assert owner.execute("SELECT position > 20000 FROM ledger.head").fetchone() == (True,)


def test_what_cannot_be_encoded_is_refused_before_it_queues(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger(database)
    group = GroupAppender(ledger)
    threads: list[threading.Thread] = []

    def noted(command: Command) -> Any:
        threads.append(threading.current_thread())
        return prepare(command)

    monkeypatch.setattr(group_module, "prepare", noted)
    broken = FiguresEntered.model_construct(
        election="e", form="f", slot="s", unit="u", figures={"c|voters||": "\ud800"}
    )
    with pytest.raises(ValueError, match="surrogates"):
        group.append(Command(uuid4(), b"", CLERK, Channel.API, (NewEvent(uuid4(), 1, broken),)))
    outcome = group.append(fresh(cause=uuid4()))
    group.close()
    ledger.close()
    assert (outcome.first_position, outcome.repeated) == (1, False)
    assert threads == [threading.current_thread()] * 2


def test_a_lost_connection_does_not_lose_the_others_tries(database: Database) -> None:
    """Every connection of the pool dies at once: the next append is answered all the same."""
    ledger = Ledger(database, max_connections=4)
    start = threading.Barrier(4)

    def hold() -> None:
        with ledger._pool.connection() as connection:
            connection.execute("SELECT 1")
            start.wait(10)

    with beside(*[hold] * 4):
        pass
    with database.connect(autocommit=True) as owner:
        killed = owner.execute(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
            " WHERE application_name = %s AND datname = current_database()",
            (WRITER,),
        ).fetchone()
    assert killed == (4,)
    assert isinstance(ledger.append(fresh()), Appended)
    ledger.close()
