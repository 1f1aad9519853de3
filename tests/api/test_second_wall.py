"""Behind the checks of every field PostgreSQL itself shows a reader what is public, unless its transaction says that it may see everything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import released_night
import test_desk
import tiny
from night import CITY
from starlette.testclient import TestClient
from test_desk import submit, totals
from tiny import Ask

from api.graphql import visibility
from projections import versions
from projections.read import ViewReader
from projections.read.snapshot import Sees
from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import READER, Database
from reporting.domain.layer import ENTERED

client, pytestmark = test_desk.client, test_desk.pytestmark

HELD_BACK = ("figure", "area_total", "total_at", "total", "counting")
LAYERS = "SELECT DISTINCT layer FROM cell ORDER BY layer"


@pytest.fixture
def reader(database: Database) -> Iterator[psycopg.Connection[Any]]:
    """Logged in as the role that serves the public, and nothing of ours in between."""
    with database.connect(READER) as connection:
        yield connection


def look(connection: psycopg.Connection[Any], sees: str | None = None) -> dict[str, Any]:
    """Which layers there are, and how many rows of each table, to who says so."""
    live = versions.live(connection)
    assert live is not None
    versions.use(connection, live.number)
    if sees is not None:
        connection.execute("SELECT set_config('reporting.sees', %s, true)", (sees,))
    seen: dict[str, Any] = {"layers": [row[0] for row in connection.execute(LAYERS).fetchall()]}
    for table in HELD_BACK:
        seen[table] = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchall()[0][0]
    connection.rollback()
    return seen


@pytest.mark.begins(None)
def test_the_role_itself_sees_what_is_released_and_no_figure_more(
    database: Database, service: Reporting, reader: psycopg.Connection[Any]
) -> None:
    released_night.play(service)
    projector = Projector(database)
    projector.create_if_missing()
    projector.catch_up()
    everything = look(reader, "everything")
    assert {"", "+released", "city", "prefecture"} <= {*everything["layers"]}
    public = look(reader)
    assert public["layers"] == ["+released"]
    for table in HELD_BACK:
        assert 0 < public[table] < everything[table], table
    for sees in ("", "public", "Everything", "everything "):
        assert look(reader, sees) == public


def test_where_no_workflow_stands_between_it_is_seen_as_it_is_entered(
    database: Database, service: Reporting, reader: psycopg.Connection[Any]
) -> None:
    tiny.define(service)
    tiny.enter(service, "11", voters=3)
    projector = Projector(database)
    projector.create_if_missing()
    projector.catch_up()
    assert look(reader) == look(reader, "everything")
    assert look(reader)["figure"] == 1


def test_a_check_that_lets_the_public_through_finds_nothing_behind_it(
    client: TestClient, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody forgets a check: the wall behind it is another one."""
    at = submit(ask)["position"]
    (entered,) = totals(ask, CITY, "entered", ["10"], at)["data"]["election"]["contest"]["totals"]["nodes"]
    assert entered["value"] is not None
    monkeypatch.setattr(visibility, "layer_of", lambda *given: ENTERED)
    (leaked,) = totals(ask, None, "entered", ["10"], at)["data"]["election"]["contest"]["totals"]["nodes"]
    assert (leaked["value"], leaked["reported"]) == (None, 0)
    (again,) = totals(ask, CITY, "entered", ["10"], at)["data"]["election"]["contest"]["totals"]["nodes"]
    assert again == entered


def test_what_one_may_see_is_not_kept_for_another(database: Database, service: Reporting) -> None:
    tiny.define(service)
    Projector(database).create_if_missing()
    Projector(database).catch_up()
    reader = ViewReader(database)
    try:
        told = []
        for sees in (Sees.EVERYTHING, Sees.PUBLIC):
            with reader.snapshot(sees=sees) as snapshot:
                statement = (
                    b"SELECT json_build_array(current_setting('reporting.sees'))::text",
                    dict[str, Any](),
                )
                told.append(snapshot.ready_json("asked", lambda asked=statement: asked))  # type: ignore[misc]
    finally:
        reader.close()
    assert told == [b'["everything"]', b'["public"]']


@pytest.mark.begins(None)
def test_a_reader_that_says_nothing_is_shown_what_is_public(database: Database, service: Reporting) -> None:
    """So does the next caller who forgets to."""
    released_night.play(service)
    Projector(database).catch_up()
    reader = ViewReader(database)
    try:
        with reader.snapshot() as snapshot:
            told = look(snapshot.connection)
    finally:
        reader.close()
    assert told["layers"] == ["+released"]
