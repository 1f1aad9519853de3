"""Servers of both logs and of what is gathered: each says where an election stands, and takes what is its own."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import night
import pytest
import tiny
from click.testing import CliRunner
from databases import Databases
from several_logs import BALANCED, EAST, SOUTH, WEST, SeveralLogs, correct, enter
from starlette.testclient import TestClient
from tiny import SYSTEM

from api.app import create_app
from api.auth import issue_token, load_key
from api.cli.group import root
from api.settings import Settings
from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.errors import InvalidInput
from reporting.ledger import Ledger
from reporting.logs import moving, whereabouts

ENTER = """mutation($input: EnterFiguresInput!) { enterFigures(input: $input) { __typename
  ... on FiguresRecorded { position repeated } ... on Refusal { code } } }"""
SERIES = """{ series(item: ["voters"], areas: ["JP", "20"], includeTests: true, contest: "pr", first: 100) {
  nodes { area date value coverage obsStatus previousValue difference } } }"""
STANDS = "query($code: String!) { election(code: $code) { code stands { log address here moving moved { fromLog toLog person office reason } } } }"
LOGS = "{ logs { name address directory here gathered behind } }"
Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def file(logs: SeveralLogs, tmp_path: Path) -> Path:
    return logs.written(tmp_path)


@pytest.fixture
def ask(logs: SeveralLogs, asked_of: Callable[[SeveralLogs], Ask]) -> Ask:
    return asked_of(logs)


@pytest.fixture
def asked_of(tmp_path: Path) -> Iterator[Callable[[SeveralLogs], Ask]]:
    """Of the server of a log, or (`""`) of what is gathered."""
    with ExitStack() as stack:

        def of(logs: SeveralLogs) -> Ask:
            file = logs.written(tmp_path)
            databases = {name: log.at for name, log in logs.installation.logs.items()} | {"": logs.reading}
            settings = {
                name: Settings(
                    database_url=database.url, data_dir=tmp_path / (name or "all"), token_key=tmp_path / "token.key", logs_file=file,
                    log_name=name or None, projector=False, write_url=None if name else "https://east.example/",
                )
                for name, database in databases.items()
            }  # fmt: skip
            clients: dict[str, TestClient] = {}

            def asked(name: str, query: str, **variables: Any) -> dict[str, Any]:
                if name not in clients:
                    clients[name] = stack.enter_context(TestClient(create_app(settings[name])))
                if query.startswith("/"):
                    answer = clients[name].get(query)
                    return {"status": answer.status_code, **answer.json()}
                token = issue_token(load_key(settings[name].token_key), tiny.MINISTRY, now=int(time.time()))
                body = {"query": query, "variables": variables}
                return dict(clients[name].post("/graphql", json=body, headers={"Authorization": f"Bearer {token}"}).json())  # fmt: skip

            return asked

        yield of


def given(election: str, unit: str) -> dict[str, Any]:
    return {
        "commandId": str(uuid4()), "election": election, "form": "final", "slot": "final", "unit": unit, "expectedVersion": 0,
        "figures": [{"contest": "pr", "item": "voters", "value": "7"}],
    }  # fmt: skip


def test_each_server_says_where_an_election_stands_and_takes_its_own(
    logs: SeveralLogs, ask: Ask, databases: Databases, template: str
) -> None:
    for code, log in (("a", EAST), ("b", WEST)):
        logs.begin(code, log, workflow=None, polling_date="2024-10-27" if code == "a" else "2021-10-31")
        enter(logs.services[log], code, "20", **BALANCED)
    logs.move("a", WEST, reason="負荷分散")
    correct(logs.services[WEST], "a", "20", 1, voters=101)
    logs.gather()
    for database in (logs.installation.logs[EAST].at, logs.installation.logs[WEST].at):
        Projector(database).catch_up()

    sent = given("a", "31")
    (refused,) = ask(EAST, ENTER, input=sent)["errors"]
    assert refused["extensions"]["code"] == "HELD_ELSEWHERE"
    assert refused["extensions"]["facts"] == {
        "election": "a",
        "log": WEST,
        "address": "https://west.example/",
    }
    assert ask(WEST, ENTER, input=sent)["data"]["enterFigures"]["repeated"] is False
    (refused,) = ask("", ENTER, input=given("a", "31"))["errors"]
    assert refused["extensions"]["code"] == "READ_ONLY"
    assert "https://east.example/" in refused["extensions"]["ja"]

    moved = {
        "fromLog": EAST,
        "toLog": WEST,
        "person": SYSTEM.person,
        "office": SYSTEM.office,
        "reason": "負荷分散",
    }
    west = {"log": WEST, "address": "https://west.example/", "moving": False, "moved": moved}
    for name, here in ((EAST, False), (WEST, True), ("", False)):
        assert ask(name, STANDS, code="a")["data"]["election"]["stands"] == west | {"here": here}
    assert ask(WEST, STANDS, code="b")["data"]["election"]["stands"] == west | {"here": True, "moved": None}
    (unknown,) = ask(EAST, STANDS, code="b")["errors"]
    assert unknown["extensions"]["code"] == "HELD_ELSEWHERE"

    gathered = {log["name"]: log for log in ask("", LOGS)["data"]["logs"]}
    assert {name: log["behind"] for name, log in gathered.items()} == {EAST: 0, WEST: 0}
    assert [log["here"] for log in ask(EAST, LOGS)["data"]["logs"]] == [True, False]
    assert ask("", "/ready/changes")["status"] == 503
    assert ask("", "/health")["gathered"][EAST]["behind"] == 0
    assert ask(EAST, "/ready/changes")["status"] == 200

    # One log that holds both says the same over the years.
    with databases.fresh(template) as single:
        ledger = Ledger(single)
        service = Reporting(ledger)
        service.declare_registry("tinyland", tiny.GEOGRAPHIES, tiny.AREAS, SYSTEM, uuid4())
        for code, day in (("a", "2024-10-27"), ("b", "2021-10-31")):
            service.define_election(
                night.election(code=code, workflow=None, polling_date=day), SYSTEM, uuid4()
            )
            enter(service, code, "20", **BALANCED)
        correct(service, "a", "20", 1, voters=101)
        enter(service, "a", "31", voters=7)
        ledger.close()
        logs.gather()
        assert ask("", SERIES)["data"]["series"]["nodes"] == series_of(single)


class Killed(Exception):
    """The machine that moved it is gone."""


def test_on_its_way_it_is_said_to_be_so_wherever_one_asks_and_later_where_it_is_now(
    three: SeveralLogs, asked_of: Callable[[SeveralLogs], Ask], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log it left, the log it comes to and what gathers all. A log that it left long ago knows where it went on to."""
    logs, ask = three, asked_of(three)
    logs.begin("a", EAST, workflow=None)

    def ended(*given: Any) -> None:
        raise Killed

    with monkeypatch.context() as killing:
        killing.setattr(moving._Way, "_arrive", ended)
        with pytest.raises(Killed):
            logs.move("a", WEST)
    logs.gather()
    for name, log in logs.installation.logs.items():
        if name != SOUTH:
            Projector(log.at).catch_up()
    to_west = {"log": WEST, "address": "https://west.example/", "here": False, "moving": True}
    for name in (EAST, WEST, ""):
        stands = ask(name, STANDS, code="a")["data"]["election"]["stands"]
        assert {key: stands[key] for key in to_west} == to_west, name
        assert (stands["moved"]["fromLog"], stands["moved"]["toLog"]) == (EAST, WEST)
    for name in (EAST, WEST):  # neither sends people to the other
        (refused,) = ask(name, ENTER, input=given("a", "31"))["errors"]
        assert refused["extensions"]["code"] == "BEING_MOVED"
    monkeypatch.setattr(whereabouts, "AGAIN_S", 0.0)
    logs.move("a", WEST)
    logs.move("a", SOUTH)
    for name in (EAST, WEST):
        (refused,) = ask(name, ENTER, input=given("a", "31"))["errors"]
        assert refused["extensions"]["code"] == "HELD_ELSEWHERE"
        assert refused["extensions"]["facts"]["address"] == "https://south.example/"
    gone = ask(EAST, STANDS, code="a")["data"]["election"]["stands"]
    assert (gone["log"], gone["moving"], gone["moved"]["toLog"]) == (SOUTH, False, SOUTH)


def series_of(database: Database) -> list[dict[str, Any]]:
    Projector(database).catch_up()
    with TestClient(create_app(Settings(database_url=database.url, projector=False))) as client:
        nodes: list[dict[str, Any]] = client.post("/graphql", json={"query": SERIES}).json()["data"][
            "series"
        ]["nodes"]
    assert len(nodes) == 4
    return nodes


def test_the_operator_does_all_of_it_at_the_terminal(logs: SeveralLogs, file: Path, tmp_path: Path) -> None:
    env = {"REPORTING_LOGS": str(file), "REPORTING_LOG": EAST, "REPORTING_DATABASE_URL": logs.reading.url}

    def run(*words: str, code: int = 0) -> str:
        done = CliRunner().invoke(root, ["logs", *words], env=env)
        assert done.exit_code == code, (done.output, done.exception)
        return done.output

    assert run("place", "a", EAST).startswith("a: east; position ")
    logs.services[EAST].define_election(night.election(code="a", workflow=None), SYSTEM, uuid4())
    enter(logs.services[EAST], "a", "20", **BALANCED)
    for log in (EAST, WEST):
        logs.sign(log, tmp_path)
    assert "3 events, 3 copied" in run("move", "a", WEST, "--reason", "負荷分散")
    assert "a: west" in run("move", "a", WEST)
    logs.sign(WEST, tmp_path)
    assert run("checkpoint", WEST).startswith("west: ")
    told = [json.loads(line) for line in run("list", "--json").splitlines()]
    assert [(log["log"], log["elections"]) for log in told] == [(EAST, []), (WEST, ["a"])]
    assert "behind" in run("gather")
    assert "signed heads hold" in run("verify", "--gathered")
    with logs.reading.connect() as connection:
        connection.execute("ALTER TABLE ledger.event DISABLE TRIGGER append_only")
        connection.execute("DELETE FROM ledger.event WHERE type = 'FiguresEntered'")
    assert "logs_disagree" in run("verify", "--gathered", code=1)
    assert "held_elsewhere" not in run("list")


def test_a_server_of_several_logs_says_which_is_its_own(
    file: Path, logs: SeveralLogs, tmp_path: Path
) -> None:
    database = logs.installation.logs[EAST].at
    settings = Settings(database_url=database.url, data_dir=tmp_path, token_key=tmp_path / "token.key", logs_file=file)  # fmt: skip
    with pytest.raises(InvalidInput), TestClient(create_app(settings)):
        pass
