"""What the operator of a night sees: health, headers, a database that is away, logs that say what is wrong and nothing else."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import tiny
from beside import beside
from psycopg import Connection
from psycopg_pool import PoolTimeout
from starlette.testclient import TestClient
from starlette.types import Message
from structlog.testing import capture_logs
from test_graphql import ENTER, given
from tiny import Ask
from waiting import until

from api import health
from api.app import create_app
from api.cli.failure import as_failure
from api.cli.server import Server
from api.graphql.context import RequestContext
from api.process import THREADS
from api.settings import Settings
from projections.errors import NotYetProjected
from projections.read import ViewReader
from reporting.application.service import Reporting
from reporting.database.connect import AWAY, Database
from reporting.errors import Unavailable
from reporting.ledger import Ledger


@pytest.fixture
def unfollowed(settings: Settings, service: Reporting) -> Iterator[TestClient]:
    """The application where nothing moves the totals."""
    from dataclasses import replace

    with TestClient(create_app(replace(settings, projector=False, publication=False))) as one:
        yield one


def test_nothing_of_an_application_outlives_it(settings: Settings, service: Reporting) -> None:
    tiny.define(service)
    before = set(threading.enumerate())
    with TestClient(create_app(settings)) as client:
        for address in ("/health", "/ready", "/", "/notices.atom?election=tiny", "/open-data/catalog.jsonld"):
            client.get(address)
        client.post("/graphql", json={"query": ENTER, "variables": {"input": given("20")}})
        names = {thread.name.split("_")[0] for thread in set(threading.enumerate()) - before}
        assert names >= {"health", "projector", "publication", "usage", "reads", "group-append"}
    until(lambda: not set(threading.enumerate()) - before, "its threads have ended", 2)


def test_totals_that_nothing_moves_are_unhealthy_and_entry_goes_on(
    unfollowed: TestClient, service: Reporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert unfollowed.get("/health").json() == {
        "state": "active", "position": 0, "behind": 0, "behindSeconds": 0, "version": 1,
        "unsigned": None, "unsignedSeconds": None,
    }  # fmt: skip
    tiny.define(service)
    assert unfollowed.get("/health").status_code == 200  # late only after a while
    monkeypatch.setattr(health, "LATE_S", 0.0)
    answer = unfollowed.get("/health")
    assert answer.status_code == 503
    assert answer.json()["state"] == "late"
    assert answer.json()["behind"] == service.ledger.position() > 0
    assert answer.json()["behindSeconds"] >= 0
    assert unfollowed.get("/ready").status_code == 200


def test_entry_that_stands_still_is_told_though_every_read_is_answered(
    client: TestClient, ask: Ask, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody holds the log, as a session does that is frozen in the middle of an append."""
    monkeypatch.setattr(health, "STALLED_S", 0.1)
    with database.connect() as owner:
        owner.execute("SELECT FROM ledger.head FOR UPDATE")
        with beside(lambda: _enter(ask), let_go=owner.rollback):
            until(lambda: client.get("/health").status_code == 503, "it is told", 10)
            told = client.get("/health").json()
            assert (told["state"], told["behind"]) == ("stalled", 0)
            assert told["stalledSeconds"] >= 0.1
            assert client.get("/ready").status_code == 200
    assert client.get("/health").json()["state"] == "active"


def test_a_balancer_sends_changes_elsewhere_while_they_fail_here_and_not_while_they_wait(
    client: TestClient, ask: Ask, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits for a held log waits at every server, and is answered; who cannot come in with the writer's duty loses each."""
    monkeypatch.setattr(health, "STALLED_S", 0.1)
    with database.connect() as owner:
        owner.execute("SELECT FROM ledger.head FOR UPDATE")
        with beside(lambda: _enter(ask), let_go=owner.rollback):
            until(lambda: client.get("/health").status_code == 503, "it is told", 10)
            assert client.get("/ready/changes").status_code == 200

    def refused(self: Ledger, work: Callable[[Connection[Any]], object]) -> object:
        raise Unavailable(detail="no connection")

    with monkeypatch.context() as away:
        away.setattr(Ledger, "_tried", refused)
        told = ask(ENTER, tiny.SYSTEM, input=given("12", voters=1))
        assert told["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
        until(lambda: client.get("/ready/changes").status_code == 503, "it is told", 10)
        told = client.get("/ready/changes").json()
        assert told["state"] == "stalled"
        assert told["stalledSeconds"] >= 0.1
        assert client.get("/ready").status_code == 200
    until(lambda: client.get("/ready/changes").status_code == 200, "it is tried again by itself", 10)


def _enter(ask: Ask) -> None:
    ask(ENTER, tiny.SYSTEM, input=given("11", voters=1))


def test_what_is_not_signed_yet_is_counted(client: TestClient, database: Database) -> None:
    with database.connect(autocommit=True) as owner:
        owner.execute(
            "INSERT INTO ledger.checkpoint (size, origin, root, note) VALUES (1, 'o', %s, '')", (bytes(32),)
        )
    found = client.get("/health").json()
    assert found["unsigned"] == found["position"] - 1
    assert found["unsignedSeconds"] > 0


@pytest.mark.unchanged
def test_every_answer_is_safe_in_a_browser(client: TestClient) -> None:
    answers = [
        client.post("/graphql", json={"query": "{ asOfPosition }"}),
        client.post("/graphql", content=b"{"),
        *(client.get(path) for path in ("/health", "/ready", "/graphql", "/static/start.js", "/nothing")),
    ]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert (answer.headers.get("cache-control") == "no-store") is ("/static/" not in str(answer.url))


@pytest.mark.unchanged
@pytest.mark.parametrize(
    "variables",
    [{}, {"n": "佐藤"}, {"n": 2.5}, {"n": [1]}, {"m": 1}],
    ids=["none", "text", "broken", "list", "other"],
)
def test_a_wrong_request_leaves_no_log_line(ask: Ask, variables: dict[str, Any]) -> None:
    with capture_logs() as lines:
        answer = ask("query($n: Int!) { elections(first: $n) { nodes { code } } }", **variables)
    assert answer["errors"][0]["extensions"]["code"] == "GRAPHQL_INVALID"
    assert lines == []


@pytest.mark.unchanged
@pytest.mark.parametrize(
    "lost", [PoolTimeout("x"), psycopg.errors.DiskFull("x"), psycopg.errors.AdminShutdown("x"),
             psycopg.InterfaceError("x")],
    ids=lambda lost: type(lost).__name__,
)  # fmt: skip
def test_a_database_that_is_away_is_unavailable_and_no_fault(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, lost: Exception
) -> None:
    assert isinstance(lost, AWAY)

    def gone(*arguments: Any, **named: Any) -> None:
        raise lost

    monkeypatch.setattr(ViewReader, "snapshot", gone)
    with capture_logs() as lines:
        answer = ask("{ asOfPosition }")
    assert answer["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
    assert [(line["event"], line["log_level"]) for line in lines] == [("database_away", "warning")]


def test_a_position_nobody_was_told_is_not_waited_for(database: Database, service: Reporting) -> None:
    tiny.define(service)
    reader = ViewReader(database)
    try:
        began = time.monotonic()
        with pytest.raises(NotYetProjected), reader.snapshot(service.ledger.position() + 1, wait_s=60):
            pass
        assert time.monotonic() - began < 30
        began = time.monotonic()
        with (
            pytest.raises(NotYetProjected),
            reader.snapshot(1, wait_s=0.2),
        ):  # recorded, and nothing projects it
            pass
        assert time.monotonic() - began >= 0.2
    finally:
        reader.close()


def test_a_request_that_waits_keeps_no_other_waiting(service: Reporting) -> None:
    goes_on, waits = threading.Event(), threading.Event()

    class Reader:
        @contextmanager
        def snapshot(self, min_position: int, **sees: object) -> Iterator[str]:
            if min_position:
                waits.set()
                assert goes_on.wait(20)
            yield f"at {min_position}"

    def look(min_position: int) -> Any:
        with ExitStack() as resources:
            return RequestContext(Reader(), service, None, "", min_position, resources).snapshot  # type: ignore[arg-type]

    found: list[Any] = []
    with beside(lambda: look(1), let_go=goes_on.set):
        assert waits.wait(20)
        with beside(lambda: found.append(look(0)), seconds=20):
            pass
    assert found == ["at 0"]


def test_a_command_that_looks_keeps_no_other_waiting(
    service: Reporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny.define(service)
    catalog = service.catalog
    catalog.election("tiny")
    goes_on, waits = threading.Event(), threading.Event()
    stream_versions = Ledger.stream_versions

    def versions(ledger: Ledger, streams: Any) -> tuple[int, ...]:
        if not waits.is_set():
            waits.set()
            assert goes_on.wait(20)
        return stream_versions(ledger, streams)

    monkeypatch.setattr(Ledger, "stream_versions", versions)
    found: list[str] = []
    with beside(lambda: catalog.election("tiny"), let_go=goes_on.set):
        assert waits.wait(20)
        with beside(lambda: found.append(catalog.election("tiny").definition.code), seconds=20):
            pass
    assert found == ["tiny"]


def test_changes_that_wait_for_the_ledger_keep_no_read_waiting(ask: Ask, database: Database) -> None:
    """As many as there are threads, behind a session that holds the head."""
    enter = """mutation($i: EnterFiguresInput!) { enterFigures(input: $i) { __typename } }"""
    cell = {"contest": "pr", "item": "voters", "value": "1"}
    common = {"election": "tiny", "form": "final", "slot": "final", "expectedVersion": 0, "figures": [cell]}
    answers: list[str] = []

    def change(number: int) -> None:
        given = {**common, "unit": tiny.UNITS[number % 5], "commandId": str(uuid4())}
        answers.append(ask(enter, tiny.SYSTEM, i=given)["data"]["enterFigures"]["__typename"])

    changes = [partial(change, number) for number in range(THREADS + 5)]
    with database.connect() as holder:
        holder.execute("SELECT FROM ledger.head FOR UPDATE")
        with beside(*changes, let_go=holder.rollback):
            time.sleep(0.5)  # all of them are in
            assert answers == []
            assert ask("{ asOfPosition }")["data"]["asOfPosition"] > 0
            assert answers == []
    assert answers.count("FiguresRecorded") == 5


async def test_a_sender_that_goes_away_is_no_fault(settings: Settings) -> None:
    incoming: list[Message] = [
        {"type": "http.request", "body": b"{", "more_body": True},
        {"type": "http.disconnect"},
    ]
    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "headers": headers, "query_string": b""}
    app = create_app(settings)
    app.state.login = None

    async def receive() -> Message:
        return incoming.pop(0)

    async def send(message: Message) -> None:
        assert message.get("status", 400) == 400

    await app(scope, receive, send)
    assert incoming == []


def test_serve_on_an_empty_database_is_one_message(
    empty_database: Database, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    server = Server(Settings(database_url=empty_database.url, port=0, token_key=tmp_path / "token.key"))
    with pytest.raises(psycopg.errors.UndefinedTable) as failed:
        server.start()
    assert as_failure(failed.value).error.code == "not_migrated"
    server.stop()
    assert "Traceback" not in capfd.readouterr().err


def test_where_nothing_else_runs_what_stands_is_no_work_for_the_collector_of_cycles(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed_over: list[int] = []
    monkeypatch.setattr("uvicorn.Server.run", lambda *_, **__: passed_over.append(gc.get_freeze_count()))
    server = Server(Settings(database_url=database.url, port=0, token_key=tmp_path / "token.key"))
    try:
        server.run()
    finally:
        gc.unfreeze()
        server.stop()
    assert passed_over[0] > 100_000  # the schema alone has as many
