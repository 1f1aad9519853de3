"""Of a form that two people type each sees their own entry alone until both are done; by every field of the desk."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import night
import pytest
import tiny
from night import CITY, WARD, WARD_2
from standing import stands
from starlette.testclient import TestClient
from test_access import FACTOR, JSON, PATHS, SECRETS, look, secrets_in
from test_desk import client as client  # the night's application
from tiny import Ask
from together import bodies

from api.auth import issue_token, load_key
from api.settings import Settings
from reporting.application.commands import CellInput
from reporting.application.desk import Desk
from reporting.application.desk_commands import ReadOut, SaveDraft, SaveSecondEntry
from reporting.application.service import Reporting
from reporting.domain.actor import Actor

pytestmark = pytest.mark.begins.with_args(night.define)

LOOK = """{ desk(election: "tiny", form: "flash", slot: "2300", unit: "11") {
  draft { key text } draftFindings { messageJa } draftProblems { found }
  log { type person cells { key after } }
  secondEntry { compared firstBy { person } typedBy { person } cells { key text } differences { key first second } } } }"""
SAVE = "mutation($i: SaveDraftInput!) { saveDraft(input: $i) { __typename ... on Refusal { code } } }"
SECOND = "mutation($i: SaveSecondEntryInput!) { saveSecondEntry(input: $i) { __typename ... on Refusal { code } } }"
SETTLE = "mutation($i: SettleEntryInput!) { settleEntry(input: $i) { __typename ... on Refusal { code } } }"
SUBMIT = """mutation($i: SubmitInput!) { submitReturn(input: $i) { __typename ... on Refusal { code messageJa }
  ... on FiguresRefused { problems { found } } } }"""
KEYS = {"a": "pr|votes||a", "b": "pr|votes||b"}


@pytest.fixture(autouse=True)
def _typed_twice(client: TestClient, service: Reporting) -> None:
    forms = [{**form, "entry": "double"} for form in night.election().model_dump(mode="json")["forms"]]
    service.define_election(night.election(forms=forms), tiny.SYSTEM, uuid4())


def sent(ask: Ask, mutation: str, actor: Actor, **more: Any) -> dict[str, Any]:
    cells = [
        {"contest": "pr", "item": "votes", "choice": choice, "value": more.pop(choice)}
        for choice in "ab"
        if choice in more
    ]
    place = {"commandId": str(uuid4()), "election": "tiny", "form": "flash", "slot": "2300", "unit": "11"}
    (answer,) = ask(
        mutation, actor, i={**place, **({"cells": cells} if cells or mutation != SUBMIT else {}), **more}
    )["data"].values()
    return dict(answer)


def seen(ask: Ask, actor: Actor) -> dict[str, Any]:
    return dict(ask(LOOK, actor)["data"]["desk"])


def test_each_sees_their_own_until_both_are_done_and_then_what_differs(ask: Ask) -> None:
    assert sent(ask, SAVE, WARD, a="7741①", b="50")["__typename"] == "DraftSaved"
    assert sent(ask, SECOND, WARD_2, a="7714", b="50")["__typename"] == "DraftSaved"
    first, second, above = (seen(ask, actor) for actor in (WARD, WARD_2, CITY))
    assert {cell["text"] for cell in first["draft"]} == {"7741①", "50"}
    assert not stands("7714", str(first))
    assert {cell["text"] for cell in second["secondEntry"]["cells"]} == {"7714", "50"}
    for told in (second, above):
        assert told["draft"] == told["draftFindings"] == told["draftProblems"] == []
        assert not stands("7741", str(told))
    assert above["secondEntry"]["cells"] == above["log"] == []
    assert [one["person"] for one in above["secondEntry"]["firstBy"]] == [WARD.person]
    assert sent(ask, SECOND, WARD, a="1") == {"__typename": "FourEyes", "code": "four_eyes"}
    assert sent(ask, SECOND, WARD_2, done=True)["__typename"] == "DraftSaved"
    for actor in (WARD, WARD_2, CITY):
        told = seen(ask, actor)
        assert told["secondEntry"]["differences"] == [{"key": KEYS["a"], "first": "7741①", "second": "7714"}]
        assert [(entry["type"], entry["person"]) for entry in told["log"]][:2] == [
            ("DraftSaved", WARD.person),
            ("SecondEntrySaved", WARD_2.person),
        ]
    assert sent(ask, SETTLE, WARD, a="7714")["__typename"] == "DraftSaved"
    assert seen(ask, WARD)["secondEntry"]["differences"] == []
    assert seen(ask, CITY)["log"][-1]["type"] == "EntrySettled"


def test_who_typed_the_second_entry_is_refused_the_first_by_name(ask: Ask) -> None:
    """A draft keeps itself: every digit in the wrong page would have been told to be sent again."""
    assert sent(ask, SECOND, WARD_2, a="7714", b="50")["__typename"] == "DraftSaved"
    for _ in range(2):
        assert sent(ask, SAVE, WARD_2, a="1") == {"__typename": "FourEyes", "code": "four_eyes"}
    assert sent(ask, SAVE, WARD, a="7714")["__typename"] == "DraftSaved"


def test_what_is_out_of_turn_is_told(ask: Ask) -> None:
    assert sent(ask, SETTLE, WARD, a="1")["code"] == "not_now"
    assert sent(ask, SECOND, WARD_2, done=True)["code"] == "not_now"


def test_a_refusal_tells_nothing_of_it_either(ask: Ask) -> None:
    assert sent(ask, SAVE, WARD, a="7741①", b="50")["__typename"] == "DraftSaved"
    refused = sent(ask, SUBMIT, WARD_2, draftVersion=1)
    assert (refused["code"], "7741" in str(refused)) == ("not_now", False)
    assert "甲党" in refused["messageJa"]


def test_forms_say_how_they_are_typed(ask: Ask, service: Reporting) -> None:
    at = service.ledger.position()
    ask("query($at: Int) { asOfPosition(minPosition: $at) }", tiny.AUDITOR, at=at)
    told = ask('{ election(code: "tiny") { forms { code entry } } }', None)["data"]["election"]["forms"]
    assert {form["entry"] for form in told} == {"double"}


SECRET = {name: value * FACTOR for name, value in night.BALANCED.items()}
TRAIL = """{ audit(election: "tiny", filter: {unit: "11", form: "final"}) {
  nodes { position type typeLabel { ja en } person blind named { cell value } } } }"""
EVENT = "query($at: Int!) { event(position: $at) { state } }"
PROOF = "query($at: Int!) { inclusionProof(position: $at) { leaf } }"


def typed(**values: int) -> tuple[CellInput, ...]:
    return tuple(cell for cell in night.cells(**values))


def test_no_field_shows_what_the_first_typed_to_who_types_it_again(
    ask: Ask, client: TestClient, settings: Settings, service: Reporting
) -> None:
    """Nor what they read out, nor which findings they were shown of it; to offices above and auditors neither."""
    desk = Desk(service)
    desk.save_draft(
        SaveDraft(**night.of("11"), cells=typed(**{**SECRET, "voters": SECRET["electors"] + 1})), WARD
    )
    ask(LOOK.replace("flash", "final").replace("2300", "final"), WARD)  # shows findings, which is remembered
    desk.save_draft(SaveDraft(**night.of("11"), cells=typed(**SECRET)), WARD)
    desk.read_out(ReadOut(**night.of("11"), figures=night.cells(**SECRET)), WARD)
    at = service.ledger.position()
    ask("query($at: Int) { asOfPosition(minPosition: $at) }", tiny.AUDITOR, at=at)
    others = (WARD_2, CITY, tiny.AUDITOR)
    looks = sorted((look(path, at, True) for path in PATHS), key=lambda one: one.root)
    key, now = load_key(settings.token_key), int(time.time())
    for actor in others:
        may = {"Authorization": f"Bearer {issue_token(key, actor, now=now)}"} | JSON
        for one, body in zip(looks, bodies(client, looks, may), strict=True):
            assert not secrets_in(body) & SECRETS, (actor, one.text)
    entries = ask(TRAIL, WARD_2)["data"]["audit"]["nodes"]
    assert {"DraftSaved", "ReadTogether", "SubmissionRefused"} == {entry["type"] for entry in entries}
    assert all(entry["blind"] and entry["named"] for entry in entries)
    assert not any(cell["value"] for entry in entries for cell in entry["named"])
    for entry in entries:
        for actor in others:
            for asked in (EVENT, PROOF):
                refused = ask(asked, actor, at=entry["position"])
                assert {error["extensions"]["code"] for error in refused["errors"]} == {"NOT_AUTHORISED"}
        assert "state" in ask(EVENT, WARD, at=entry["position"])["data"]["event"]
    assert not any(entry["blind"] for entry in ask(TRAIL, WARD)["data"]["audit"]["nodes"])
    desk.save_second_entry(SaveSecondEntry(**night.of("11"), cells=typed(**SECRET), done=True), WARD_2)
    at = service.ledger.position()
    ask("query($at: Int) { asOfPosition(minPosition: $at) }", tiny.AUDITOR, at=at)
    for actor in others:
        assert secrets_in(ask(TRAIL, actor)) & SECRETS
        assert "errors" not in ask(EVENT, actor, at=at - 1)


def test_what_was_read_out_of_a_return_that_is_handed_in_is_no_secret(ask: Ask, service: Reporting) -> None:
    desk = Desk(service)
    desk.save_draft(SaveDraft(**night.of("11"), cells=typed(**night.BALANCED)), WARD)
    desk.save_second_entry(
        SaveSecondEntry(**night.of("11"), cells=typed(**night.BALANCED), done=True), WARD_2
    )
    night.submit(desk, take_draft=True, draft_version=2, values={})
    desk.read_out(ReadOut(**night.of("11"), figures=night.cells(**night.BALANCED)), WARD_2)
    told = ask(
        '{ desk(election: "tiny", form: "final", slot: "final", unit: "11") { readings { cells { text } } log { type } } }',
        CITY,
    )["data"]["desk"]
    assert len(told["readings"][0]["cells"]) == len(night.cells(**night.BALANCED))
    assert "ReadTogether" in {entry["type"] for entry in told["log"]}
