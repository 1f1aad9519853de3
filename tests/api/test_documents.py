"""A scan of the 開票録 beside the return it was copied from: sent, attached, found from the figure, read by whom the return is open to."""

from __future__ import annotations

import base64
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import night
import pytest
import scans
from click.testing import CliRunner
from night import CITY, OTHER_WARD, WARD, WARD_2
from starlette.testclient import TestClient
from test_desk import client as client  # the night's application
from tiny import AUDITOR, Ask

from api.auth import issue_token, load_key
from api.cli.group import root
from api.settings import Settings
from reporting.domain.actor import Actor, Role

pytestmark = pytest.mark.begins.with_args(night.define)

PLACE = {"election": "tiny", "form": "final", "slot": "final", "unit": "11"}
SEND = (
    "mutation($i: SendUploadInput!) { done: sendUpload(input: $i) { ... on UploadSent { upload { id } } } }"
)
ATTACH = """mutation($i: AttachDocumentInput!) { done: attachDocument(input: $i) { __typename
  ... on DocumentDone { document position } ... on Refusal { code messageJa } } }"""
LINK = """mutation($i: LinkDocumentInput!) { done: linkDocument(input: $i) { __typename ... on DocumentDone { document } ... on Refusal { code } } }"""
LISTED = """query($cell: String) { uploads { id } documents(election: "tiny", form: "final", slot: "final", unit: "11", cell: $cell) {
  mayAttach documents { document title kind stripped path links { cell page line } seen by { person } } } }"""
WITHDRAW = """mutation($i: WithdrawDocumentInput!) { done: withdrawDocument(input: $i) { __typename ... on DocumentDone { position }
  ... on Refusal { code messageJa } } }"""
WITHDRAWN = """{ documents(election: "tiny", form: "final", slot: "final", unit: "11") { documents { document }
  withdrawn { document title reason by { person } path disposed } } }"""
VOTERS, VOTES = "pr|voters||", "pr|votes||a"


def sent(ask: Ask, content: bytes, actor: Actor = WARD) -> str:
    given = {"name": "scan", "content": base64.b64encode(content).decode()}
    return str(ask(SEND, actor, i=given)["data"]["done"]["upload"]["id"])


def attach(ask: Ask, content: bytes, actor: Actor = WARD, **more: Any) -> dict[str, Any]:
    given = {
        "commandId": str(uuid4()),
        **PLACE,
        "upload": sent(ask, content, actor),
        "title": "開票録",
        **more,
    }
    answer = ask(ATTACH, actor, i=given)
    assert "errors" not in answer, answer
    return dict(answer["data"]["done"])


def fetched(client: TestClient, settings: Settings, path: str, actor: Actor | None) -> Any:
    headers = {}
    if actor is not None:
        token = issue_token(load_key(settings.token_key), actor, now=int(time.time()))
        headers["Authorization"] = f"Bearer {token}"
    return client.get(path, headers=headers)


def test_a_scan_is_attached_found_from_its_cell_and_read_as_a_file(
    ask: Ask, client: TestClient, settings: Settings
) -> None:
    link = {"cell": VOTERS, "page": 2, "line": 5}
    done = attach(ask, scans.jpeg(), strip=True, links=[link])
    told = ask(LISTED, WARD, cell=VOTERS)["data"]
    assert told["uploads"] == []  # it is dealt with
    (document,) = told["documents"]["documents"]
    assert (document["title"], document["kind"], document["links"]) == ("開票録", "jpeg", [link])
    assert ask(LISTED, WARD, cell=VOTES)["data"]["documents"]["documents"] == []
    given = {
        "commandId": str(uuid4()),
        **PLACE,
        "document": done["document"],
        "links": [{"cell": VOTES, "page": 1}],
    }
    assert ask(LINK, WARD, i=given)["data"]["done"]["document"] == done["document"]
    assert len(ask(LISTED, WARD, cell=VOTES)["data"]["documents"]["documents"]) == 1
    answer = fetched(client, settings, document["path"], CITY)
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert scans.PLACE not in answer.content
    for stranger in (OTHER_WARD, Actor("森", "研究所", Role.ANALYST, "*"), None):
        assert fetched(client, settings, document["path"], stranger).status_code in (401, 403)
    assert fetched(client, settings, document["path"], AUDITOR).status_code == 200
    elsewhere = document["path"].replace("/final/11/", "/final/12/")
    assert fetched(client, settings, elsewhere, AUDITOR).status_code == 400


def test_a_cell_that_a_colleague_linked_meanwhile_is_not_lost(ask: Ask) -> None:
    digest = attach(ask, scans.png())["document"]
    (document,) = ask(LISTED, WARD)["data"]["documents"]["documents"]
    seen = {**PLACE, "document": digest, "seen": document["seen"]}
    first = {**seen, "commandId": str(uuid4()), "links": [{"cell": VOTERS, "page": 1}]}
    assert ask(LINK, WARD, i=first)["data"]["done"]["document"] == digest
    late = {**seen, "commandId": str(uuid4()), "links": [{"cell": VOTES, "page": 2}]}
    assert ask(LINK, WARD_2, i=late)["data"]["done"] == {
        "__typename": "VersionConflict",
        "code": "version_conflict",
    }
    (document,) = ask(LISTED, WARD)["data"]["documents"]["documents"]
    assert [link["cell"] for link in document["links"]] == [VOTERS]
    assert ask(LINK, WARD, i=first)["data"]["done"]["document"] == digest, "sent again it is what it was"


def withdraw(ask: Ask, document: str, actor: Actor = WARD, **more: Any) -> dict[str, Any]:
    given = {"commandId": str(uuid4()), **PLACE, "document": document, "reason": "隣の区の開票録", **more}
    return dict(ask(WITHDRAW, actor, i=given)["data"]["done"])


def test_a_wrong_scan_is_withdrawn_once_by_its_authority_and_auditors_alone_see_it(
    ask: Ask, client: TestClient, settings: Settings
) -> None:
    digest = attach(ask, scans.png(), links=[{"cell": VOTERS, "page": 1}])["document"]
    path = "/".join(("/documents", *PLACE.values(), digest))
    assert withdraw(ask, digest, OTHER_WARD)["code"] == "not_authorised"
    assert withdraw(ask, digest, AUDITOR)["code"] == "not_authorised"
    assert withdraw(ask, "a" * 64)["code"] == "unknown_reference"
    assert withdraw(ask, "<script>")["code"] == "invalid_input"
    assert withdraw(ask, digest, unit="12")["code"] == "not_authorised", "another return's"
    assert withdraw(ask, digest, reason="\u3000\u200b ")["code"] == "invalid_input"
    assert fetched(client, settings, path, WARD).status_code == 200
    assert withdraw(ask, digest, WARD_2)["__typename"] == "DocumentDone"
    assert withdraw(ask, digest)["code"] == "document_withdrawn", "twice"
    late = {"commandId": str(uuid4()), **PLACE, "document": digest, "links": []}
    assert ask(LINK, WARD, i=late)["data"]["done"]["code"] == "document_withdrawn"
    for who in (WARD, CITY):
        told = ask(WITHDRAWN, who)["data"]["documents"]
        assert told["documents"] == []
        (gone,) = told["withdrawn"]
        assert (gone["document"], gone["reason"], gone["path"]) == (digest, "隣の区の開票録", None)
        assert gone["by"]["person"] == WARD_2.person
        refused = fetched(client, settings, path, who)
        assert (refused.status_code, "取り下げ" in refused.text) == (400, True)
    (gone,) = ask(WITHDRAWN, AUDITOR)["data"]["documents"]["withdrawn"]
    assert gone["path"] == path
    seen = fetched(client, settings, path, AUDITOR)
    assert (seen.status_code, seen.content) == (200, scans.png()), "it stays provable"

    assert attach(ask, scans.png())["document"] == digest, "withdrawn by mistake, it is attached anew"
    assert fetched(client, settings, path, WARD).status_code == 200
    told = ask(WITHDRAWN, WARD)["data"]["documents"]
    assert [row["document"] for row in (*told["documents"], *told["withdrawn"])] == [digest, digest]


@pytest.mark.parametrize(
    ("content", "more", "code"),
    [
        (b"<html>", {}, "document_refused"),
        (scans.pdf(b"/JavaScript 1 0 R"), {}, "document_refused"),
        (scans.png(), {"links": [{"cell": "pr|nothing||", "page": 1}]}, "invalid_input"),
        (scans.png(), {"links": [{"cell": VOTERS, "page": 0}]}, "invalid_input"),
        (scans.png(), {"title": " "}, "invalid_input"),
    ],
)
@pytest.mark.unchanged
def test_what_is_no_scan_or_shows_no_cell_is_refused(
    ask: Ask, client: TestClient, content: bytes, more: dict[str, Any], code: str
) -> None:
    assert attach(ask, content, **more)["code"] == code
    assert ask(LISTED, WARD)["data"]["documents"]["documents"] == []


def test_a_lost_document_is_named(
    ask: Ask, client: TestClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = attach(ask, scans.png()), attach(ask, scans.jpeg())
    assert attach(ask, scans.png())["code"] == "invalid_input"  # twice in one return
    monkeypatch.setenv("REPORTING_DATABASE_URL", str(settings.database_url))
    monkeypatch.setenv("REPORTING_DOCUMENTS", str(settings.documents))
    assert CliRunner().invoke(root, ["documents", "verify"]).exit_code == 0
    kept = {path.name: path for path in Path(settings.documents).rglob("*") if path.is_file()}
    kept[one["document"]].unlink()
    kept[other["document"]].write_bytes(b"another")
    told = CliRunner().invoke(root, ["documents", "verify"])
    assert told.exit_code == 1
    assert one["document"] in told.output
    assert other["document"] in told.output
    path = "/".join(("/documents", *PLACE.values(), one["document"]))
    assert fetched(client, settings, path, WARD).status_code >= 400


def test_the_commands_dispose_of_nothing_before_its_time(
    ask: Ask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    attach(ask, scans.png())
    monkeypatch.setenv("REPORTING_DATABASE_URL", str(settings.database_url))
    monkeypatch.setenv("REPORTING_DOCUMENTS", str(settings.documents))

    def ran(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(root, words)
        return done.exit_code, done.output

    assert "documents=1" in ran("retention", "due", "--all")[1]
    of_tiny = ("retention", "propose", "--record", "documents", "--reason", "2026-17", "--election", "tiny")
    assert "kept_still" in ran(*of_tiny)[1]
    code, said = ran(*of_tiny, "--class", "court_order")
    assert (code, "期間が終わった選挙ごとに" in said) == (2, True)
    assert "unknown_reference" in ran("documents", "dispose", "d-none")[1]
    assert "h-" in ran("retention", "hold", "--record", "documents", "--reason", "訴訟")[1]
    assert ran("documents", "verify")[0] == 0
