"""What an operator sees: metrics for who has the token, names that dashboard and alerts use, and nothing of what people typed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import night
import pytest
import yaml
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs
from tiny import Ask

from api.app import create_app
from api.cli.commands.drill import command as drills
from api.observe.metrics import metrics_of
from api.observe.traces import Traces, traces_of
from api.settings import Settings
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.errors import InvalidInput
from reporting.watched import watch, watched

pytestmark = pytest.mark.begins.with_args(night.define)

ROOT = Path(__file__).parents[2]
TOKEN = "a-token-of-the-operator"
REASON = "名も理由もここには出ない"
SUBMIT = """mutation($i: SubmitInput!) { submitReturn(input: $i) { __typename ... on Refusal { code }
  ... on ReturnDone { position } } }"""


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> Settings:
    return Settings(
        database_url=database.url, data_dir=tmp_path, token_key=tmp_path / "token.key", metrics_token=TOKEN
    )


@pytest.fixture
def client(database: Database, settings: Settings, service: Reporting) -> Iterator[TestClient]:
    with TestClient(create_app(settings)) as one:
        yield one


def scraped(client: TestClient) -> dict[str, Metric]:
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    return {family.name: family for family in text_string_to_metric_families(answer.text)}


def value(client: TestClient, name: str, **labels: str) -> float:
    return sum(
        sample.value
        for family in scraped(client).values()
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def submit(ask: Ask, command: UUID, **more: Any) -> dict[str, Any]:
    figures = [cell.model_dump() for cell in night.cells(**night.BALANCED)]
    given = {"commandId": str(command), "election": "tiny", "form": "final", "slot": "final", "unit": "11"}
    answer = ask(SUBMIT, night.WARD, i={**given, "figures": figures, **more})
    return dict(answer["data"]["submitReturn"])


def test_only_who_has_the_token_is_told(client: TestClient, settings: Settings) -> None:
    assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    for sent in ({}, {"Authorization": "Bearer another-token-of-16"}, {"Authorization": TOKEN}):
        assert client.get("/metrics", headers=sent).status_code == 404
    with TestClient(create_app(replace(settings, metrics_token=None))) as without:
        assert without.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 404


def test_a_command_is_counted_by_what_became_of_it(client: TestClient, ask: Ask) -> None:
    command = uuid4()
    assert submit(ask, command)["__typename"] == "ReturnDone"
    assert submit(ask, command)["__typename"] == "ReturnDone"  # sent again
    assert submit(ask, uuid4(), unit="nowhere")["code"]
    assert value(client, "reporting_appends_total", outcome="appended") == 1
    of = {"kind": "mutation", "field": "submitReturn"}
    assert value(client, "reporting_operations_total", outcome="done", **of) == 2
    assert value(client, "reporting_operations_total", outcome="refused", **of) == 1
    ask(f"{{ {'neverInTheSchema'} }}")
    assert value(client, "reporting_operations_total", outcome="wrong") == 1
    assert value(client, "reporting_views_position") > 0
    assert value(client, "reporting_database_up") == 1


def test_no_label_is_the_callers_word(client: TestClient, ask: Ask) -> None:
    submit(ask, uuid4(), reason=REASON)
    for address in (
        f"/{'x' * 40}",
        "/results/secretelection",
        "/static/secret.js",
        "/data/secretcode",
        "/graphql?secret",
    ):
        client.get(address)
    client.request("SECRETMETHOD", "/graphql")
    ask("query SecretName { secretAlias: asOfPosition }")
    text = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    for word in ("secret", "Secret", "SECRET", "xxxx", REASON, night.WARD.person, "tiny"):
        assert word not in text
    routes = {sample.labels["route"] for sample in scraped(client)["reporting_http_requests"].samples}
    assert {"/graphql", "/results/{election}", "other"} <= routes


def test_every_metric_that_is_shown_or_alarms_is_there(client: TestClient, ask: Ask) -> None:
    submit(ask, uuid4())
    names = {sample.name for family in scraped(client).values() for sample in family.samples}
    later = {
        "reporting_unsigned_seconds", "reporting_unsigned_events", "reporting_publication_clock_seconds",
        "reporting_publication_late_seconds", "reporting_follower_position", "reporting_follower_behind_events",
    }  # fmt: skip
    source = (ROOT / "src/api/observe/metrics.py").read_text("utf-8")
    assert all(f'"{name}"' in source for name in later), (
        "told once somebody has signed, once the clock has looked, once a follower has read"
    )
    dashboard = json.loads((ROOT / "deploy/observe/dashboard.json").read_text("utf-8"))
    rules = yaml.safe_load((ROOT / "deploy/observe/alerts.yml").read_text("utf-8"))
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    asked += [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    named = {name for expression in asked for name in re.findall(r"reporting_[a-z_]+", expression)}
    assert named - names <= later
    # And nothing is measured that nobody looks at.
    ours = {
        re.sub(r"_(bucket|count|sum|created|total)$", "", name)
        for name in names
        if name.startswith("reporting_")
    }
    looked_at = {re.sub(r"_(bucket|total)$", "", name) for name in named}
    assert ours - looked_at == set()


def test_who_follows_the_log_is_told_with_how_far_they_are(client: TestClient, database: Database) -> None:
    with database.connect(autocommit=True) as owner:
        owner.execute("INSERT INTO ops.notices_read (application, position) VALUES ('Notices', 1)")
    told = {
        (sample.name, sample.labels.get("follower")): sample.value
        for family in scraped(client).values()
        for sample in family.samples
    }
    log = told["reporting_log_position", None]
    assert log > 1
    assert told["reporting_follower_position", "Notices"] == 1
    assert told["reporting_follower_behind_events", "Notices"] == log - 1


def test_what_did_not_arrive_is_counted(client: TestClient, database: Database) -> None:
    assert value(client, "reporting_deliveries") == 0
    with database.connect(autocommit=True) as owner:
        owner.execute("INSERT INTO ops.notice VALUES (1, 'release', 'tiny', 'final', 'final', '', true)")
        for state, due, failure in (
            ("waiting", "1 hour", None), ("waiting", "-1 hour", None), ("waiting", "-1 hour", "it answered 500"),
            ("waiting", None, None), ("dead", None, "gone"), ("made", None, None),
        ):  # fmt: skip
            address = uuid4()
            owner.execute(
                "INSERT INTO ops.address VALUES (%s, 'ward', %s, 'mail', 'a@a.jp', NULL, 0, NULL, NULL, 0)",
                (address, str(address)),
            )
            owner.execute(
                "INSERT INTO ops.delivery VALUES (%s, 1, %s, %s, 0, now() - %s::interval, %s)",
                (uuid4(), address, state, due, failure),
            )
    assert value(client, "reporting_deliveries", state="late") == 2
    assert value(client, "reporting_deliveries", state="dead") == 1


@pytest.mark.parametrize("guide", ["docs/operate.md", "docs/ja/運用の手引き.md"])
def test_every_metric_and_alert_stands_in_the_handbook(guide: str) -> None:
    text = (ROOT / guide).read_text("utf-8")
    rules = yaml.safe_load((ROOT / "deploy/observe/alerts.yml").read_text("utf-8"))
    source = "".join(path.read_text("utf-8") for path in (ROOT / "src/api/observe").glob("*.py"))
    metrics = {name for name in re.findall(r'"(reporting_[a-z_]+)"', source)}
    assert [name for name in metrics if name not in text] == []
    assert [
        rule["alert"] for group in rules["groups"] for rule in group["rules"] if rule["alert"] not in text
    ] == []


@pytest.mark.parametrize("guide", ["docs/operate.md", "docs/ja/運用の手引き.md"])
def test_every_drill_stands_in_the_handbook(guide: str) -> None:
    text = (ROOT / guide).read_text("utf-8")
    assert drills.commands
    assert [name for name in drills.commands if not re.search(rf"`reporting drill {name}[ `]", text)] == []


def test_a_request_is_traced_down_to_its_statements(client: TestClient, ask: Ask) -> None:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    end = watch(Traces(provider.get_tracer("test"), provider.shutdown))
    command = uuid4()
    try:
        submit(ask, command, reason=REASON)
    finally:
        end()
    spans = exporter.get_finished_spans()
    (operation,) = [span for span in spans if span.name == "graphql.operation"]
    assert operation.attributes is not None
    assert operation.attributes["reporting.field"] == "submitReturn"
    (append,) = [span for span in spans if span.name == "ledger.append"]
    assert append.attributes is not None
    assert append.attributes["reporting.command"] == str(command)
    assert int(str(append.attributes["reporting.position"])) > 0
    within = [span for span in spans if span.parent and span.parent.span_id == operation.context.span_id]
    assert append in within
    assert any(
        span.name == "db.statement" for span in within
    )  # those of the threads beside have no request above them
    told = " ".join(str(span.attributes) for span in spans)
    assert REASON not in told
    assert night.WARD.person not in told


def test_each_line_of_a_change_names_request_command_and_position(ask: Ask) -> None:
    command = uuid4()
    with capture_logs(processors=[merge_contextvars]) as lines:
        position = submit(ask, command)["position"]
    (appended,) = [line for line in lines if line["event"] == "appended"]
    (change,) = [line for line in lines if line["event"] == "change"]
    for line in (appended, change):
        assert (line["command_id"], line["position"]) == (str(command), position)
        assert UUID(line["request_id"])
    assert (change["field"], change["outcome"]) == ("submitReturn", "done")
    with capture_logs(processors=[merge_contextvars]) as lines:
        submit(ask, uuid4(), unit="nowhere")
    (refused,) = [line for line in lines if line["event"] == "change"]
    assert refused["outcome"] == "refused"
    assert "position" not in refused, "nothing of the command before is left on the thread"


def test_nobody_watches_when_the_server_is_gone(settings: Settings, service: Reporting) -> None:
    with TestClient(create_app(settings)):
        assert watched()
    assert not watched()


def test_what_is_asked_for_and_not_installed_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "prometheus_client", None)
    with pytest.raises(InvalidInput, match=r"open-election-reporting\[observe\]"):
        metrics_of(settings)
    with pytest.raises(InvalidInput, match=r"open-election-reporting\[traces\]"):
        traces_of(replace(settings, traces_url="http://127.0.0.1:4318/v1/traces"))


@pytest.mark.parametrize("token", ["short", "with space in it 123456", "あいうえおかきくけこさしすせそたち"])
def test_a_weak_token_is_refused(token: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Settings.from_env({"REPORTING_METRICS_TOKEN": token})
    assert token not in str(refused.value)


def test_what_no_request_appends_leaves_no_line_of_a_request(client: TestClient, service: Reporting) -> None:
    desk = Desk(service)
    with capture_logs() as lines:
        night.submit(desk, "12", night.OTHER_WARD)
    assert [line["event"] for line in lines if line["event"] == "appended"] == []
