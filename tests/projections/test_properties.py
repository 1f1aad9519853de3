"""Any history of commands, projected in any batches, equals a rebuild and an independent fold; and nobody sees the
projector skip, or the views switch."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import tiny
from beside import beside
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from thorough import examples
from waiting import until

from projections import versions
from projections.read import TotalsQuery, ViewReader
from projections.rebuild import rebuild
from projections.runner import Projector
from projections.verify import verify
from reporting.application.service import Reporting
from reporting.database.connect import PROJECTOR, Database
from reporting.ledger import Ledger

CELLS = st.sampled_from(["voters", "electors", "electors_m", "votes_a", "votes_b", "not_deposited"])
TEXTS = st.integers(0, 5_000).map(str) | st.sampled_from(["!none", "!not_reported", "!suppressed", "0"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("figures"), st.sampled_from(tiny.UNITS), st.dictionaries(CELLS, TEXTS, min_size=1)),
        st.tuples(st.just("definition"), st.integers(0, 3), st.none()),
        st.tuples(st.just("areas"), st.sampled_from(["P1", "P2"]), st.none()),
        st.tuples(st.just("project"), st.integers(1, 5), st.none()),
    ),
    max_size=14,
)


@pytest.fixture(scope="module")
def running(module_database: Database) -> tuple[Database, Reporting, Projector]:
    service = Reporting(Ledger(module_database))
    tiny.define(service)
    projector = Projector(module_database)
    return module_database, service, projector


@settings(max_examples=examples(12), deadline=None, suppress_health_check=list(HealthCheck))
@given(STEPS)
def test_live_equals_rebuilt_equals_fold(
    running: tuple[Database, Reporting, Projector], steps: list[tuple[str, object, object]]
) -> None:
    """One log that only grows: every example goes on where the one before it stopped."""
    database, service, projector = running
    for kind, what, figures in steps:
        if kind == "figures":
            _put(service, str(what), dict(figures))  # type: ignore[call-overload]
        elif kind == "definition":
            changed = tiny.election(label=tiny.label(f"小選挙 {uuid4()}"), source=str(what))
            service.define_election(changed, tiny.SYSTEM, uuid4(), reason="定義の訂正")
        elif kind == "areas":
            moved = tiny.AREAS[6].model_copy(update={"parent": what})  # 20 changes its prefecture
            service.declare_registry(
                "tinyland", tiny.GEOGRAPHIES, (moved,), tiny.SYSTEM, uuid4(), reason="定義の訂正"
            )
        else:
            projector.run_once(limit=int(what))  # type: ignore[call-overload]
    projector.catch_up()
    assert verify(database).differences == []


def _put(service: Reporting, unit: str, figures: dict[str, str]) -> None:
    from reporting.domain.returns import FiguresRefused
    from reporting.ledger import return_stream

    stream = return_stream("tiny", "final", "final", unit)
    for name, text in figures.items():
        version = service.return_case(stream).version
        try:
            tiny.enter(service, unit, version, **dict[str, Any]({name: text}))
        except FiguresRefused:
            try:
                tiny.correct(service, unit, version, **dict[str, Any]({name: text}))
            except FiguresRefused as unchanged:
                assert unchanged.problems[0].kind == "unchanged"


def test_the_projector_never_steps_over_an_append_that_is_still_open(
    database: Database, service: Reporting
) -> None:
    """A transaction that holds the head open blocks later appends; nothing beyond it becomes visible, so the
    projector stays where it is and takes both in order afterwards."""
    tiny.define(service)
    projector = Projector(database)
    at = projector.catch_up()
    with database.connect() as holder:
        holder.execute("SELECT position FROM ledger.head FOR UPDATE")
        enters = beside(lambda: tiny.enter(service, "11", voters=1), let_go=holder.rollback)
        with enters as (rival,), database.connect(autocommit=True) as watcher:
            locked = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            until(lambda: watcher.execute(locked).fetchone(), "the rival waits for the lock")
            assert projector.run_once() == 0
            assert rival.is_alive()
    assert projector.catch_up() == at + 1


def test_a_projector_that_waits_through_a_switch_goes_on_with_the_new_views(
    database: Database, service: Reporting
) -> None:
    """The row that it waited for is live no more, and the one that is was not there when it began to ask."""
    tiny.define(service)
    projector = Projector(database)
    projector.catch_up()
    locked = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with (
        database.connect(PROJECTOR) as switching,
        database.connect(autocommit=True) as watcher,
        ThreadPoolExecutor(1) as pool,
    ):
        before = versions.live(switching, lock=True)
        assert before
        waiting = pool.submit(projector.run_once)
        until(lambda: watcher.execute(locked).fetchone(), "the projector waits for the switch")
        new = versions.create(switching)
        for version, state in ((before.number, "retired"), (new, "active")):
            switching.execute(versions.SQL["set_state"], {"version": version, "state": state})
        switching.commit()
        assert waiting.result() > 0
        assert versions.live(switching) != before


def test_readers_see_one_version_through_a_switch(database: Database, service: Reporting) -> None:
    """A snapshot opened before the switch keeps answering from the version it began with; new ones see the new."""
    tiny.define(service)
    projector = Projector(database)
    for unit in tiny.UNITS:
        tiny.enter(service, unit, voters=10)
    projector.catch_up()
    reader = ViewReader(database)
    query = TotalsQuery("final", "final", "pr", "administrative", items=("voters",), areas=("JP",))
    try:
        with reader.snapshot() as before:
            first = before.totals(before.election("tiny"), query)
            new = rebuild(database)
            tiny.correct(service, "12", 1, voters=1)
            projector.catch_up()
            assert before.totals(before.election("tiny"), query) == first
            assert before.version.number != new
        with reader.snapshot() as after:
            assert after.version.number == new
            assert after.totals(after.election("tiny"), query)[0].value == "41"
    finally:
        reader.close()


def test_a_projector_that_dies_in_its_transaction_has_done_nothing(
    database: Database, service: Reporting
) -> None:
    """Rows and position are one transaction: what a killed backend leaves is what stood before, and the next run
    takes the same events once."""
    tiny.define(service)
    projector = Projector(database)
    projector.catch_up()
    tiny.enter(service, "11", voters=5)
    connection = projector.connect()
    with database.connect(autocommit=True) as admin:
        pid = connection.info.backend_pid
        original = connection.execute

        def die_at_notify(query: object, *rest: object, **more: object) -> object:
            if "pg_notify" in str(query):
                admin.execute("SELECT pg_terminate_backend(%s)", (pid,))
            return original(query, *rest, **more)  # type: ignore[call-overload]

        connection.execute = die_at_notify  # type: ignore[method-assign, assignment]
        with pytest.raises(psycopg.OperationalError):
            projector.run_once(connection)
    connection.close()
    assert projector.run_once() == 1
    assert verify(database).differences == []
