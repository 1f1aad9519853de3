"""A file that changes figures which stand says why, whichever way it comes and whatever it is: its rows by themselves, or whoever
brings it once for all of it. A ministry's workbook has no column for reasons."""

from __future__ import annotations

import base64
import io
import json
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import click.testing
import night
import openpyxl
import pytest
from starlette.testclient import TestClient
from test_desk import client as client
from tiny import Ask

from api.auth import issue_token, load_key
from api.cli.group import root
from api.settings import Settings
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.events import FiguresCorrected
from reporting.ledger import return_stream

pytestmark = pytest.mark.begins.with_args(night.define)

PLACE = ("tiny", "final", "final", "11")
NAMED = dict(zip(("election", "form", "slot"), PLACE, strict=False))
WHY = "開票録の転記誤り"
MAPPING = b"""mapping = "ours"
label = { ja = "\xe5\xbd\x93\xe5\xb8\x82\xe3\x81\xae\xe8\xa1\xa8" }
source = "\xe5\xb8\x82"
unit = { column = "unit" }
[wide]
[[wide.columns]]
heading = "a"
cell = { contest = { value = "pr" }, item = { value = "votes" }, choice = { value = "a" } }
"""
OUTCOME = """{ __typename ... on ImportDone { events } ... on Refusal { code messageJa }
  ... on ImportRefused { problems { row column stands { ja } expected { ja en } } } }"""
LOOK = f"query($i: ImportInput!) {{ told: previewImport(input: $i) {OUTCOME} }}"
TAKE = f"mutation($i: TakeUploadInput!) {{ told: takeUpload(input: $i) {OUTCOME} }}"
SEND = (
    "mutation($i: SendUploadInput!) { told: sendUpload(input: $i) { ... on UploadSent { upload { id } } } }"
)
Brought = Callable[..., tuple[bool, str]]
"""`brought(kind, content, reason)` → (whether it was taken, all that was told)."""


def book(a: int) -> bytes:
    made, out = openpyxl.Workbook(), io.BytesIO()
    sheet = made.active
    assert sheet is not None
    sheet.title = "比例"
    for row in (
        ["令和6年10月27日執行　小選挙"],
        ["比例代表"],
        ["市区町村名＼政党名", "甲党", "乙党"],
        ["地域11", a, 40],
    ):
        sheet.append(row)
    made.save(out)
    return out.getvalue()


def table(a: int, reason: str = "") -> bytes:
    return f"election,form,slot,unit,contest,item,choice,value,reason\ntiny,final,final,11,pr,votes,a,{a},{reason}\n".encode()


FILES: dict[str, Callable[[int], bytes]] = {
    "workbook": book,
    "returns": table,
    "mapped": lambda a: f"unit,a\n11,{a}\n".encode(),
}


@pytest.fixture
def asked(ask: Ask) -> Callable[..., Any]:
    def told(document: str, **given: Any) -> Any:
        answer = ask(document, night.WARD, i=given)
        assert "errors" not in answer, answer
        return answer["data"]["told"]

    return told


def used(kind: str) -> dict[str, str]:
    return {} if kind == "returns" else dict(NAMED)


@pytest.fixture
def by_graphql(asked: Callable[..., Any]) -> Brought:
    def sent(content: bytes, name: str) -> str:
        return str(asked(SEND, name=name, content=base64.b64encode(content).decode())["upload"]["id"])

    def brought(kind: str, content: bytes, reason: str | None = None) -> tuple[bool, str]:
        mapping = {"mapping": sent(MAPPING, "ours.toml")} if kind == "mapped" else {}
        given = {"upload": sent(content, "f"), "kind": kind, "reason": reason, **used(kind), **mapping}
        looked, taken = asked(LOOK, **given), asked(TAKE, **given, commandId=str(uuid4()))
        assert looked["__typename"] == taken["__typename"], "a look says what taking does"
        return taken["__typename"] == "ImportDone", json.dumps(taken, ensure_ascii=False)

    return brought


@pytest.fixture
def by_http(client: TestClient, settings: Settings) -> Brought:
    token = issue_token(load_key(settings.token_key), night.WARD, now=int(time.time()))
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/octet-stream"}

    def posted(kind: str, content: bytes, **given: str) -> list[dict[str, Any]]:
        answer = client.post(f"/import/{kind}", params=given, content=content, headers=headers)
        return [json.loads(line) for line in answer.text.splitlines()]

    def brought(kind: str, content: bytes, reason: str | None = None) -> tuple[bool, str]:
        mapping = {"mapping": posted("mapping", MAPPING)[0]["upload"]} if kind == "mapped" else {}
        said = {} if reason is None else {"reason": reason}
        lines = posted(kind, content, **used(kind), **mapping, **said)
        return lines[-1]["type"] == "done", json.dumps(lines, ensure_ascii=False)

    return brought


@pytest.fixture
def by_command(
    database: Database, settings: Settings, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> Brought:
    monkeypatch.setenv("REPORTING_DATABASE_URL", database.url)
    monkeypatch.setenv("REPORTING_TOKEN_KEY", str(settings.token_key))
    token = issue_token(load_key(settings.token_key), night.WARD, now=int(time.time()))

    def brought(kind: str, content: bytes, reason: str | None = None) -> tuple[bool, str]:
        file, mapping = tmp_path / "f.xlsx", tmp_path / "ours.toml"
        file.write_bytes(content)
        mapping.write_bytes(MAPPING)
        words = ["import", kind, str(file), "--token", token]
        words += [word for name, value in used(kind).items() for word in (f"--{name}", value)]
        words += ["--mapping", str(mapping)] if kind == "mapped" else []
        words += [] if reason is None else ["--reason", reason]
        ran = click.testing.CliRunner().invoke(root, words)
        return ran.exit_code == 0, ran.output

    return brought


@pytest.fixture(params=["by_graphql", "by_http", "by_command"])
def brought(request: pytest.FixtureRequest) -> Brought:
    made: Brought = request.getfixturevalue(request.param)
    return made


def why(service: Reporting, command_id: UUID) -> str:
    """Without the file's name and SHA-256, which stand with it."""
    command = service.ledger.command(command_id)
    return "" if command is None else str(command.reason).partition(" (")[0]


def corrections(service: Reporting) -> list[tuple[str, str]]:
    """New value of a's votes and reason, of each correction."""
    stream = service.ledger.stream(return_stream(*PLACE))
    return [
        (recorded.event.figures["pr|votes||a"], why(service, recorded.command_id))
        for recorded in stream
        if isinstance(recorded.event, FiguresCorrected)
    ]


@pytest.mark.parametrize("kind", FILES)
def test_what_changes_a_figure_says_why_once_for_the_file(
    brought: Brought, kind: str, service: Reporting
) -> None:
    made = FILES[kind]
    assert brought(kind, made(10))[0], "what stands for the first time needs no reason"
    position = service.ledger.position()
    for none in (None, "・・", "ー" * 3_000):
        taken, told = brought(kind, made(11), none)
        assert not taken
        assert "理由" in told if none is None else "reason" in told, told
        assert service.ledger.position() == position
    taken, told = brought(kind, made(11), WHY)
    assert taken, told
    assert corrections(service) == [("11", WHY)]


def test_a_rows_own_reason_comes_first(brought: Brought, service: Reporting) -> None:
    assert brought("returns", table(10))[0]
    assert brought("returns", table(11, "再点検"), WHY)[0]
    assert not brought("returns", table(12, "・・"), WHY)[0], "a row that says nothing in its column is told"
    assert corrections(service) == [("11", "再点検")]


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("returns", {"election": "tiny"}),
        ("returns", {"confirmTitle": ["平成30年"]}),
        ("returns", {"mapping": "kerg2"}),
        ("workbook", {"encoding": "cp932"}),
        ("workbook", {"mapping": "kerg2"}),
        ("places", {"reason": WHY}),
        ("places", {"submit": True}),
        ("places", {"slot": "final"}),
    ],
)
@pytest.mark.unchanged
def test_what_is_said_and_not_used_is_refused(
    asked: Callable[..., Any], kind: str, given: dict[str, Any]
) -> None:
    """Whoever names a slot means it: a table that says another one itself would go there all the same."""
    needed = {"workbook": NAMED, "places": {"election": "tiny"}}.get(kind, {})
    upload = asked(SEND, name="f", content=base64.b64encode(table(10)).decode())["upload"]["id"]
    refused = asked(LOOK, upload=upload, kind=kind, **needed, **given)
    (field,) = given
    assert refused["code"] == "invalid_input"
    assert field in refused["messageJa"]
