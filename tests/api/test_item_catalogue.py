"""The need of items, weighed between the nation and its offices: since when, for what, at what cost, and what they say of it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import night
import pytest
import tiny
from night import NATION, PREFECTURE, TOWN, WARD
from starlette.testclient import TestClient
from test_desk import client as client  # the night's application
from tiny import AUDITOR, Ask

from projections.runner import Projector
from reporting.application.desk import Desk
from reporting.application.desk_commands import SaveDraft
from reporting.application.service import Reporting
from reporting.database.connect import Database

pytestmark = pytest.mark.begins.with_args(night.define)

CATALOGUED = """{ cataloguedItems(election: "tiny", items: ["voters", "turnout"]) {
  item { code decimals } firstElection firstDay lastElection elections
  formula { id numerator denominator decimals rounding } rates wholes forms prefills }
  areaRegistries { code geographies { code levels } } }"""
THREAD = """{ itemThread(election: "tiny", item: "voters") { candidate wishRemove wishKeep mayFlag mayRemark
  remarks { position unit wish candidate answers text by { office } itemVersion } } removalCandidates(election: "tiny") }"""
BURDEN = """{ itemBurdens(election: "tiny", form: "final") { item minutesPerUnit units intervals } }"""
SEND = """mutation($i: %s!) { done: %s(input: $i) { __typename ... on ItemRemarkDone { position } ... on Refusal { code messageJa } } }"""


def send(ask: Ask, actor: Any, name: str, **given: Any) -> dict[str, Any]:
    kind = name[0].upper() + name[1:] + "Input"
    sent = {"commandId": str(uuid4()), "election": "tiny", "item": "voters", **given}
    answer = ask(SEND % (kind, name), actor, i=sent)
    assert "errors" not in answer, answer
    return dict(answer["data"]["done"])


def test_an_item_tells_since_when_it_is_asked_and_what_rests_on_it(
    ask: Ask, client: TestClient, service: Reporting, database: Database
) -> None:
    before = night.election(code="before", polling_date="2021-10-31", is_test=False)
    service.define_election(before, tiny.SYSTEM, uuid4())
    practice = night.election(code="practice", polling_date="2020-10-31")
    service.define_election(practice, tiny.SYSTEM, uuid4())
    Projector(database).catch_up()
    told = ask(CATALOGUED, None)["data"]
    voters, turnout = told["cataloguedItems"]
    assert (voters["firstElection"], voters["lastElection"], voters["elections"]) == ("before", "tiny", 2)
    assert (voters["rates"], voters["forms"], voters["formula"]) == (["turnout"], ["final"], None)
    assert voters["prefills"] == []
    assert turnout["formula"] == {
        "id": "turnout@1=100*voters/electors:2:half_up", "numerator": "voters", "denominator": "electors",
        "decimals": 2, "rounding": "half_up",
    }  # fmt: skip
    assert [registry["code"] for registry in told["areaRegistries"]] == ["tinyland"]
    assert told["areaRegistries"][0]["geographies"][0]["levels"][0] == "nation"


def test_offices_and_the_nation_talk_of_an_item_and_it_is_marked(ask: Ask, client: TestClient) -> None:
    first = send(ask, WARD, "remarkItem", unit="11", wish="remove", text="別の調査と同じ数です")
    answered = send(ask, NATION, "remarkItem", unit="11", text="重なりを調べます", answers=first["position"])
    send(ask, TOWN, "remarkItem", unit="20", wish="keep", text="町の広報で使います")
    assert send(ask, WARD, "remarkItem", unit="20", text="よその単位")["__typename"] == "NotAuthorised"
    wrong = send(ask, WARD, "remarkItem", unit="11", text="答え", answers=1)
    assert wrong["__typename"] == "InvalidRequest"
    assert send(ask, PREFECTURE, "flagItem", candidate=True, reason="重複")["__typename"] == "NotAuthorised"
    assert "position" in send(ask, NATION, "flagItem", candidate=True, reason="来年度の見直しの対象")
    assert send(ask, NATION, "flagItem", candidate=True, reason="同じ")["__typename"] == "InvalidRequest"
    told = ask(THREAD, WARD)["data"]
    thread = told["itemThread"]
    assert (thread["candidate"], thread["wishRemove"], thread["wishKeep"]) == (True, 1, 1)
    assert (thread["mayFlag"], thread["mayRemark"]) == (False, ["11"])
    assert [remark["text"] for remark in thread["remarks"]] == [
        "別の調査と同じ数です", "重なりを調べます", "町の広報で使います", "来年度の見直しの対象",
    ]  # fmt: skip
    assert thread["remarks"][1]["answers"] == first["position"] < answered["position"]
    assert told["removalCandidates"] == ["voters"]
    assert "errors" in ask(THREAD, None)
    send(ask, NATION, "flagItem", candidate=False, reason="残す")
    assert ask(THREAD, AUDITOR)["data"]["removalCandidates"] == []


def test_what_typing_costs_is_measured_from_drafts_within_reach(
    ask: Ask, client: TestClient, service: Reporting
) -> None:
    desk = Desk(service)
    for value in ("1", "2"):
        for actor, unit in ((WARD, "11"), (TOWN, "20")):
            desk.save_draft(SaveDraft(**night.of(unit), cells=night.cells(voters=value)), actor)
    whole = {each["item"]: each for each in ask(BURDEN, NATION)["data"]["itemBurdens"]}
    assert (whole["voters"]["units"], whole["voters"]["minutesPerUnit"]) == (2, "0.0")
    assert (whole["electors"]["units"], whole["electors"]["minutesPerUnit"]) == (0, None)
    mine = {each["item"]: each for each in ask(BURDEN, WARD)["data"]["itemBurdens"]}
    assert mine["voters"]["units"] == 1
