"""A second machine: reads at a standby, changes refused there with the way to go, and none of it started again at its promotion."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import standby
import tiny
from databases import Databases
from starlette.testclient import TestClient
from structlog.testing import capture_logs
from test_graphql import ENTER, TOTALS, given
from waiting import until

from api.app import create_app
from api.auth import issue_token, load_key
from api.hub import Hub
from api.settings import Settings
from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import READER, Database
from reporting.errors import InvalidInput
from reporting.ledger import Ledger
from reporting.logs.errors import GathersFromPrimary
from reporting.logs.gathering import Gatherer
from reporting.logs.naming import Installation, Log

HERE = "https://main.example/graphql"
CHANGED = 'subscription { totalsChanged(election: "tiny", level: "prefecture") { asOfPosition changed { area item } } }'


@pytest.fixture(scope="module")
def both() -> Iterator[standby.Pair]:
    with standby.pair() as pair:
        database = Database(pair.primary)
        ledger = Ledger(database)
        tiny.define(Reporting(ledger))
        ledger.close()
        projector = Projector(database)
        projector.create_if_missing()
        projector.catch_up()
        pair.level()
        yield pair


@pytest.fixture
def empty(databases: Databases, template: str) -> Iterator[Database]:
    with databases.fresh(template) as database:
        yield database


@pytest.fixture
def settings(both: standby.Pair, tmp_path: Any) -> Settings:
    return Settings(database_url=both.primary, data_dir=tmp_path, token_key=tmp_path / "token.key")


@contextmanager
def serving(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings)) as client:
        yield client


def post(client: TestClient, settings: Settings, query: str, **variables: Any) -> dict[str, Any]:
    token = issue_token(load_key(settings.token_key), tiny.MINISTRY, now=int(time.time()))
    body = {"query": query, "variables": variables}
    return dict(client.post("/graphql", json=body, headers={"Authorization": f"Bearer {token}"}).json())


def enter(client: TestClient, settings: Settings, unit: str, **values: Any) -> dict[str, Any]:
    return dict(post(client, settings, ENTER, input=given(unit, **values))["data"]["enterFigures"])


def hub_of(client: TestClient) -> Hub:
    hub = client.app.state.hub  # type: ignore[attr-defined]
    assert isinstance(hub, Hub)
    return hub


def at_standby(both: standby.Pair, settings: Settings) -> Settings:
    return replace(settings, database_url=both.standby, write_url=HERE)


def test_a_standby_reads_what_was_written_elsewhere_and_takes_no_change(
    both: standby.Pair, settings: Settings, empty: Database
) -> None:
    there = Log(name="east", database=both.standby, address=HERE)
    with pytest.raises(GathersFromPrimary):  # what its primary records now would come too late
        Gatherer(Installation(directory="east", log=(there,)), empty).round()
    with (
        serving(settings) as primary,
        capture_logs() as logs,
        serving(at_standby(both, settings)) as client,
        client.websocket_connect("/graphql", subprotocols=["graphql-transport-ws"]) as socket,
    ):
        socket.send_json({"type": "connection_init"})
        assert socket.receive_json()["type"] == "connection_ack"
        socket.send_json({"id": "1", "type": "subscribe", "payload": {"query": CHANGED}})
        hub = hub_of(client)
        until(lambda: hub.follows and hub._flags, "the standby is known, and the subscriber heard")
        recorded = enter(primary, settings, "11", voters=7)
        told = post(client, settings, TOTALS, at=recorded["position"], items=["voters"], areas=["JP"])
        (node,) = told["data"]["election"]["contest"]["totals"]["nodes"]
        assert (node["value"], node["reported"]) == ("7", 1)
        message = socket.receive_json()
        assert message["payload"]["data"]["totalsChanged"]["changed"] == [{"area": "P1", "item": "voters"}]
        (refused,) = post(client, settings, ENTER, input=given("12", voters=1))["errors"]
        assert refused["extensions"]["code"] == "READ_ONLY"
        assert HERE in refused["extensions"]["ja"]
        assert HERE in refused["extensions"]["en"]
        for path in ("/health", "/ready"):
            answer = client.get(path)
            assert answer.status_code == 200, answer.text
            place = answer.json()["standby"]
            assert place.keys() == {"receiving", "received", "replayed", "behindSeconds"}
            assert place["receiving"]
            assert place["replayed"]
            assert place["behindSeconds"] < 30
        assert "standby" not in primary.get("/health").json()
        assert (primary.get("/ready/changes").status_code, client.get("/ready/changes").status_code) == (
            200,
            503,
        )
    events = [entry["event"] for entry in logs]
    assert events.count("follows_primary") == events.count("projector_waits_for_promotion") == 1
    assert not {"views_listener_lost", "projection_connection_lost", "projection_failed"} & set(events)


def test_a_file_is_refused_before_it_is_read(both: standby.Pair, settings: Settings) -> None:
    own = at_standby(both, settings)
    with serving(own) as client:
        hub = hub_of(client)
        until(lambda: hub.follows, "the standby is known")
        token = issue_token(load_key(own.token_key), tiny.MINISTRY, now=int(time.time()))
        headers = {"Authorization": f"Bearer {token}"}
        kept = client.post("/import/uploads?way=workbook&name=x", content=b"x", headers=headers)
        gone = client.delete(f"/import/uploads/{uuid4()}", headers=headers)
        answer = client.post("/import/returns?dryRun=1", content=b"x", headers=headers)
    assert answer.status_code == 421, answer.text
    assert (kept.status_code, gone.status_code) == (421, 421)
    assert answer.json()["errors"][0]["extensions"]["code"] == "READ_ONLY"


def test_reads_may_ask_a_replica_and_what_decides_never_does(both: standby.Pair, settings: Settings) -> None:
    with serving(replace(settings, read_url=both.standby)) as client:
        both.pause(True)
        try:
            first = enter(client, settings, "20", voters=3)  # the replica has no word of it
            again = post(client, settings, ENTER, input=given("20", first["version"], voters=4))
            assert (
                again["data"]["enterFigures"]["__typename"] == "FiguresRefused"
            )  # it stands: a correction is wanted
            more = post(client, settings, ENTER, input=given("20", first["version"], electors=9))
            assert more["data"]["enterFigures"]["version"] == first["version"] + 1
        finally:
            both.pause(False)
        told = post(client, settings, TOTALS, at=first["position"], items=["voters"], areas=["20"])
        assert told["data"]["election"]["contest"]["totals"]["nodes"][0]["value"] == "3"


@pytest.mark.parametrize("text", ["main.example", "javascript:alert(1)", "https://a b"])
def test_an_address_to_write_to_is_one(text: str) -> None:
    with pytest.raises(InvalidInput, match="REPORTING_WRITE_URL"):
        Settings.from_env({"REPORTING_WRITE_URL": text})


def test_a_promoted_standby_takes_changes_without_a_restart(both: standby.Pair, settings: Settings) -> None:
    """The last of this file: afterwards there are two primaries."""
    leading = Database(both.both)
    own = at_standby(both, settings)
    with capture_logs() as logs, serving(own) as client, leading.pool(READER, check=True) as pool:
        with pool.connection() as connection:
            assert connection.execute("SELECT pg_is_in_recovery()").fetchone() == (False,)
        hub = hub_of(client)
        until(lambda: hub.follows, "the standby is known")
        with psycopg.connect(both.primary, autocommit=True) as old:
            old.execute("ALTER SYSTEM SET default_transaction_read_only = on")
            old.execute("SELECT pg_reload_conf()")
            old.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()"
                " AND backend_type = 'client backend'"
            )
        both.promote()
        until(lambda: not hub.follows, "the promotion is seen")
        recorded = enter(client, own, "31", voters=5)
        assert recorded["__typename"] == "FiguresRecorded"
        told = post(client, own, TOTALS, at=recorded["position"], items=["voters"], areas=["31"])
        assert told["data"]["election"]["contest"]["totals"]["nodes"][0]["value"] == "5"
        with pool.connection() as connection:  # one URL of both: the pool finds whichever takes changes
            assert connection.execute("SELECT pg_last_wal_replay_lsn() IS NOT NULL").fetchone() == (True,)
        assert client.get("/ready/changes").status_code == 200
    assert [entry["event"] for entry in logs].count("promoted") == 1
