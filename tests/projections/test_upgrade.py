"""Views that another build made, with other tables: told in one sentence, and made anew by the projector as it starts."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
import tiny
from beside import beside
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
        database_url=database.url,
        data_dir=tmp_path,
        token_key=tmp_path / "k",
        projector=False,
        metrics_token="a-token-of-the-operator",
    )
    with TestClient(create_app(settings)) as client:
        answer = client.get("/health")
        assert (answer.status_code, answer.json()["state"]) == (503, "outdated")
        assert "projections rebuild" in answer.json()["detail"]
        assert client.get("/ready").status_code == 503
        asking = {"Authorization": "Bearer a-token-of-the-operator"}
        told = client.get("/metrics", headers=asking).text.splitlines()
        assert "reporting_database_up 1.0" in told  # or `DatabaseAway` would have somebody promote a standby
        assert "reporting_views_active 0.0" in told
    env = {"REPORTING_DATABASE_URL": database.url, "REPORTING_DATA_DIR": str(tmp_path)}
    status = CliRunner().invoke(root, ["projections", "status"], prog_name="reporting", env=env)
    assert status.exit_code == 1
    assert "自動で作り直し" in status.stderr


def test_the_projector_makes_them_anew_as_it_starts(database: Database, installed: Projector) -> None:
    stop, renewed = threading.Event(), threading.Event()
    with database.connect(autocommit=True) as ears:
        ears.execute("LISTEN views")
        with beside(lambda: Keeper(database).run(stop), let_go=stop.set):
            for notice in ears.notifies(timeout=30, stop_after=1):
                assert json.loads(notice.payload)["position"] > 0
                renewed.set()
    assert renewed.is_set()
    reader = ViewReader(database)
    try:
        with reader.snapshot() as snapshot:
            query = TotalsQuery("final", "final", "pr", "administrative", items=("voters",), areas=("JP",))
            (row,) = snapshot.totals(snapshot.election("tiny"), query)
            assert row.value == "7"
    finally:
        reader.close()


@pytest.mark.parametrize("tables", ["of another shape", ""])
def test_an_earlier_build_leaves_the_views_of_a_later_one_alone(
    database: Database, service: Reporting, monkeypatch: pytest.MonkeyPatch, tables: str
) -> None:
    """Else its follower, started again by whoever looks after it, undoes the update, or stops views at an event that it does not know."""
    tiny.define(service)
    projector = Projector(database)
    projector.claim(projector.create_if_missing())
    monkeypatch.setattr(versions, "BUILD", versions.Build((0, 0, 1), 1))
    if tables:
        monkeypatch.setattr(versions, "SHAPE", tables)
    with pytest.raises(ViewsOutdated):
        projector.run_once()
    told, stop = threading.Event(), threading.Event()
    keeper = Keeper(database)
    monkeypatch.setattr(keeper, "_leave_alone", lambda version: told.set())
    with beside(lambda: keeper.run(stop), let_go=stop.set):
        assert told.wait(20)
    with database.connect(PROJECTOR) as connection:
        live = versions.live(connection)
    assert live is not None
    assert (live.number, live.state, live.position) == (1, "active", 0)
    projector.claim(live)  # no earlier build takes them either
    with database.connect(PROJECTOR) as connection:
        assert versions.live(connection) == live


def test_a_later_build_takes_views_of_its_tables_over_as_they_are(
    database: Database, service: Reporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr(versions, "BUILD", versions.Build((0, 0, 1), 1))
        Projector(database).create_if_missing()
    projector = Projector(database)
    projector.claim(projector.create_if_missing())
    live = projector.create_if_missing()
    assert (live.number, live.build, live.of_a_later_build) == (1, versions.BUILD, False)
    projector.catch_up()


def test_builds_are_in_the_order_they_came() -> None:
    told = ["", "0.1.0+9", "0.1.0+12", "0.9.0+12", "0.10.0+12", "1.0.0+12"]
    builds = [versions.Build.read(text) for text in told]
    assert builds == sorted(builds)
    assert [str(build) for build in builds[1:]] == told[1:]
    assert versions.Build.read("0.2.0rc1+3") == versions.Build((0, 2, 0), 3)


def test_a_shape_is_the_tables_not_their_comments() -> None:
    assert versions.fingerprint("CREATE TABLE a (b int);  -- why\n") == versions.fingerprint(
        "CREATE TABLE a\n(b int);"
    )
    assert versions.fingerprint("CREATE TABLE a (b int);") != versions.fingerprint("CREATE TABLE a (c int);")
