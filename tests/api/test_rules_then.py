"""Which rules a return had passed, and what those of then say beside those of now (`desk(asOf:)`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import night
import pytest
from night import CITY, PREFECTURE, WARD
from starlette.testclient import TestClient
from test_desk import ANALYST, figures, mutate, submit
from tiny import AUDITOR, Ask

from api.app import create_app
from api.settings import Settings
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.rules import catalogue, editions
from reporting.rules.editions import EditionRecord, Editions, RulesEdition

pytestmark = pytest.mark.begins.with_args(night.define)

ODD = {**night.BALANCED, "ballots_counted": 118, "valid_votes": 116, "votes_a": 78}
THEN = """query($u: String!, $at: AsOfInput, $p: Int) { desk(election: "tiny", form: "final", slot: "final", unit: $u, asOf: $at, minPosition: $p) {
  log { type position edition }
  then { position status cells { key value } passed { number rules { code version } } judgedBy { number }
    findings { rule version declared whatToDo { ja en } } findingsNow { rule version declared } } } }"""


@pytest.fixture
def client(database: Database, settings: Settings, service: Reporting) -> Iterator[TestClient]:
    with TestClient(create_app(replace(settings, publication=False))) as one:
        yield one


def then(ask: Ask, reader: Any, position: int, unit: str = "11") -> dict[str, Any]:
    answer = ask(THEN, reader, u=unit, at={"position": position}, p=position)
    assert "errors" not in answer, answer
    return dict(answer["data"]["desk"])


NOW = editions.shipped_editions().current.number
NEXT = NOW + 1


def no_more_declaring_j11(monkeypatch: pytest.MonkeyPatch) -> None:
    """A further edition: J11 in a new version that nobody may declare a difference of."""
    before = editions.shipped_editions()
    rules = tuple(
        rule.model_copy(update={"version": rule.version + 1, "waivable": False})
        if rule.code == "J11"
        else rule
        for rule in catalogue.load_rules()
    )
    made = RulesEdition(
        number=NEXT, since=date(2027, 4, 1), rules={rule.code: rule.version for rule in rules}
    )
    record = EditionRecord(editions=(*before.record.editions, made), meanings=before.record.meanings)
    versions = {**before.versions, **{(rule.code, rule.version): rule for rule in rules}}
    whole = catalogue.shipped().model_copy(update={"rules": rules})
    monkeypatch.setattr(catalogue, "shipped", lambda: whole)
    monkeypatch.setattr(editions, "shipped_editions", lambda: Editions(record, versions))


def declared(ask: Ask) -> int:
    finding = next(one for one in submit(ask, figures=figures(**ODD))["findings"] if one["rule"] == "J11")
    said = [{"key": finding["key"], "reasonClass": "recount"}]
    done = submit(ask, figures=figures(**ODD), declarations=said, reason="再点検でも一致せず")
    assert done["status"] == "submitted"
    return int(done["position"])


def test_what_passed_is_judged_by_the_rules_of_then_and_of_now(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    position = declared(ask)
    version = next(rule.version for rule in catalogue.load_rules() if rule.code == "J11")
    no_more_declaring_j11(monkeypatch)
    told = then(ask, AUDITOR, position)
    assert {entry["edition"] for entry in told["log"] if entry["type"] == "ReturnSubmitted"} == {NOW}
    assert told["then"]["passed"]["number"] == told["then"]["judgedBy"]["number"] == NOW
    assert {"code": "J11", "version": version} in told["then"]["passed"]["rules"]
    (of_then,) = [finding for finding in told["then"]["findings"] if finding["rule"] == "J11"]
    (of_now,) = [finding for finding in told["then"]["findingsNow"] if finding["rule"] == "J11"]
    assert (of_then["version"], of_then["declared"]) == (version, True)
    assert (of_now["version"], of_now["declared"]) == (version + 1, False)
    # What is decided now is decided by the rules of now, and says so.
    assert submit(ask, figures=figures(**ODD), reason="同じ")["__typename"] == "RulesRefused"
    corrected = submit(
        ask, figures=figures(**night.BALANCED), reasonClass="misread", reason="読み違い", expectedVersion=3
    )
    assert corrected.get("status") == "submitted", corrected
    keys = [cell["key"] for cell in then(ask, CITY, int(corrected["position"]))["then"]["cells"]]
    approved = mutate(ask, CITY, "approveReturn", "ApproveInput", unit="11", cells=keys)
    assert approved.get("status") == "approved", approved
    later = then(ask, AUDITOR, int(approved["position"]))
    assert later["then"]["passed"]["number"] == NEXT
    editions_of = [(entry["type"], entry["edition"]) for entry in later["log"] if entry["edition"]]
    assert editions_of == [("ReturnSubmitted", NOW), ("ReturnSubmitted", NEXT), ("ReturnApproved", NEXT)]


def test_then_is_what_stood_then(ask: Ask) -> None:
    first = int(submit(ask)["position"])
    changed = {**night.BALANCED, "voters": 130, "ballots_counted": 130}
    later = submit(
        ask, figures=figures(**changed), reasonClass="misread", reason="読み違い", expectedVersion=2
    )
    told = then(ask, CITY, first)["then"]
    stood = {
        cell["key"].split("|")[1]: cell["value"] for cell in told["cells"] if not cell["key"][-1:].isalpha()
    }
    assert (told["position"], told["status"]) == (first, "submitted")
    assert stood["voters"] == str(night.BALANCED["voters"]), later
    before = then(ask, CITY, first - 2)["then"]
    assert (before["cells"], before["passed"], before["findings"]) == ([], None, [])


def test_what_to_do_is_that_of_the_readers_role(ask: Ask) -> None:
    position = declared(ask)
    rule = next(rule for rule in catalogue.load_rules() if rule.code == "J11")
    for reader, words in (
        (WARD, rule.instruction.ward),
        (CITY, rule.instruction.municipality),
        (PREFECTURE, rule.instruction.prefecture),
        (AUDITOR, None),
    ):
        (finding,) = [one for one in then(ask, reader, position)["then"]["findings"] if one["rule"] == "J11"]
        assert finding["whatToDo"] == (None if words is None else {"ja": words.ja, "en": words.en})


def test_then_is_for_who_may_see_the_return_now(ask: Ask) -> None:
    position = int(submit(ask)["position"])
    for outsider in (None, ANALYST, night.OTHER_WARD):
        assert ask(THEN, outsider, u="11", at={"position": position}, p=position)["data"] is None
    assert ask(THEN, CITY, u="11", at={"position": position + 1000})["data"] is None
