"""Views that another build made, with other tables: told in one sentence, and made anew by the projector as it starts."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
import tiny
from click.testing import CliRunner
from starlette.testclient import TestClient

from api.app import create_app
from api.cli.group import root
from api.settings import Settings
from projections import versions
from projections.errors import ViewsOutdated
from projections.keeper import Keeper
from projections.read import TotalsQuery, ViewReader
from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import PROJECTOR, Database


@pytest.fixture
def installed(database: Database, service: Reporting) -> Projector:
    """An installation whose views an earlier build made: without a column, and before versions had a shape."""
    tiny.define(service)
    tiny.enter(service, "20", voters=3)
    projector = Projector(database)
    projector.create_if_missing()
    projector.catch_up()
    with database.connect(PROJECTOR) as connection:
        live = versions.live(connection)
        assert live
        versions.use(connection, live.number)
        connection.execute("ALTER TABLE former_unit DROP COLUMN whole_nos CASCADE")
        connection.execute("UPDATE ops.projection SET shape = ''")
    tiny.enter(service, "31", voters=4)
    return projector


def test_nobody_reads_or_writes_them_and_everybody_is_told(
    database: Database, installed: Projector, tmp_path: Path
) -> None:
    with pytest.raises(ViewsOutdated):
        installed.run_once()
    reader = ViewReader(database)
    try:
        with pytest.raises(ViewsOutdated), reader.snapshot():
            pass
    finally:
        reader.close()
    settings = Settings(
        database_url=database.url, data_dir=tmp_path, token_key=tmp_path / "k", projector=False
    )
    with TestClient(create_app(settings)) as client:
        answer = client.get("/health")
        assert (answer.status_code, answer.json()["state"]) == (503, "outdated")
        assert "projections rebuild" in answer.json()["detail"]
        assert client.get("/ready").status_code == 503
    env = {"REPORTING_DATABASE_URL": database.url, "REPORTING_DATA_DIR": str(tmp_path)}
    told = CliRunner().invoke(root, ["projections", "status"], prog_name="reporting", env=env)
    assert told.exit_code == 1
    assert "自動で作り直し" in told.stderr


def test_the_projector_makes_them_anew_as_it_starts(database: Database, installed: Projector) -> None:
    stop, renewed = threading.Event(), threading.Event()
    with database.connect(autocommit=True) as ears:
        ears.execute("LISTEN views")
        thread = threading.Thread(target=Keeper(database).run, args=(stop,))
        thread.start()
        try:
            for notice in ears.notifies(timeout=30, stop_after=1):
                assert json.loads(notice.payload)["position"] > 0
                renewed.set()
        finally:
            stop.set()
            thread.join(30)
    assert renewed.is_set()
    reader = ViewReader(database)
    try:
        with reader.snapshot() as snapshot:
            query = TotalsQuery("final", "final", "pr", "administrative", items=("voters",), areas=("JP",))
            (row,) = snapshot.totals(snapshot.election("tiny"), query)
            assert row.value == "7"
    finally:
        reader.close()


def test_a_shape_is_the_tables_not_their_comments() -> None:
    assert versions.fingerprint("CREATE TABLE a (b int);  -- why\n") == versions.fingerprint(
        "CREATE TABLE a\n(b int);"
    )
    assert versions.fingerprint("CREATE TABLE a (b int);") != versions.fingerprint("CREATE TABLE a (c int);")
