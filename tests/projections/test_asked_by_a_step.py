"""What a step of the projector asks the database: each statement is waited for at every step of a night."""

from __future__ import annotations

from typing import Any, Self

import psycopg
import pytest
import tiny
from psycopg.rows import TupleRow

from projections import versions
from projections.runner import Projector
from projections.views import fold
from reporting.application.service import Reporting
from reporting.database.connect import PROJECTOR, Database

pytestmark = pytest.mark.begins.with_args(tiny.define)

NAMES: dict[Any, str] = {
    text: name for statements in (versions.SQL, fold.SQL) for name, text in statements.items()
} | {fold.FOLDING: "fold"}
STEP = [
    "enter_live",
    "kinds_between",
    "fold",
    "intern_returns",
    "intern_cells",
    "place_figures",
    "kept_elections",
    "moved_lots",
    "workflow_elections",
    "advance",
    "tell",
]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of all statements of projecting connections."""
    names: list[str] = []

    class Noting(psycopg.Cursor[TupleRow]):
        def execute(self, query: Any, *arguments: Any, **named: Any) -> Self:
            names.append(NAMES.get(query, str(query)))
            return super().execute(query, *arguments, **named)

    connect = Projector.connect

    def noting(projector: Projector) -> psycopg.Connection[Any]:
        connection = connect(projector)
        fold.prepare(connection)  # as a step before has
        connection.cursor_factory = Noting
        return connection

    monkeypatch.setattr(Projector, "connect", noting)
    return names


def test_catching_up_with_figures_asks_once_where_the_views_stand(
    database: Database, service: Reporting, asked: list[str]
) -> None:
    projector = Projector(database)
    projector.catch_up()
    tiny.enter(service, "11", voters=10)
    tiny.enter(service, "12", voters=20)
    asked.clear()
    assert projector.catch_up() == service.ledger.position()
    assert asked == ["head", *STEP]


def test_where_another_process_moved_the_views_what_comes_next_is_asked_again(
    database: Database, service: Reporting, asked: list[str]
) -> None:
    projector = Projector(database)
    projector.catch_up()
    tiny.enter(service, "11", voters=10)
    Projector(database).catch_up()
    tiny.enter(service, "12", voters=20)
    asked.clear()
    assert projector.catch_up() == service.ledger.position()
    assert asked == ["head", "enter_live", "kinds_between", *STEP[1:]]


def test_where_nothing_came_two_questions_tell_it(
    database: Database, service: Reporting, asked: list[str]
) -> None:
    projector = Projector(database)
    projector.catch_up()
    asked.clear()
    assert projector.catch_up() == service.ledger.position()
    assert asked == ["head", "enter_live", "kinds_between"]


def test_scratch_space_is_made_once_and_by_a_step_that_has_something(
    database: Database, service: Reporting
) -> None:
    """A step that fails takes it away again."""
    projector = Projector(database)
    projector.catch_up()
    there = "SELECT to_regclass('pg_temp.batch_cell')::oid"
    with projector.connect() as connection:
        assert projector.run_once(connection) == 0
        assert connection.execute(there).fetchone() == (None,)
        tiny.enter(service, "11", voters=10)
        connection.execute("SET lock_timeout = '50ms'")
        with database.connect(PROJECTOR) as other:
            other.execute("LOCK TABLE views_v1.figure IN SHARE MODE")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                projector.run_once(connection)
        assert connection.execute(there).fetchone() == (None,)
        assert projector.run_once(connection) == 1
        made = connection.execute(there).fetchone()
        assert made != (None,)
        tiny.enter(service, "12", voters=20)
        assert projector.run_once(connection) == 1
        assert connection.execute(there).fetchone() == made


def test_who_cannot_have_the_version_says_so_and_goes_on_later(
    database: Database, service: Reporting
) -> None:
    projector = Projector(database)
    projector.catch_up()
    tiny.enter(service, "11", voters=10)
    with projector.connect() as connection, database.connect(PROJECTOR) as other:
        connection.execute("SET lock_timeout = '50ms'")
        versions.live(other, lock=True)
        with pytest.raises(psycopg.errors.LockNotAvailable):
            projector.run_once(connection)
        other.rollback()
        assert projector.run_once(connection) > 0
