"""Incidents as clerks, offices above and everybody see them: told, reviewed, sent back, public without persons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import incident_land
import pytest
from incident_land import ACCOUNT, NATION_2, PERSON, publish, tell
from night import CITY, NATION, OTHER_WARD, PREFECTURE, TOWN, WARD, WARD_2
from starlette.testclient import TestClient
from tiny import AUDITOR, Ask

from api.app import create_app
from api.settings import Settings
from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor, Role

RESEARCH = Actor("森", "研究所", Role.ANALYST, "*")
FACTS = {
    "kind": "ballot_issue",
    "phase": "polling",
    "site": "polling_place",
    "place": "3",
    "ballots": "2",
    "validity": "invalid",
}
ANSWER = """__typename ... on Refusal { code messageJa messageEn } ... on InvalidRequest { field }
  ... on IncidentNotNow { state } ... on IncidentDone { number position repeated }"""
RECORD = f"mutation($i: RecordIncidentInput!) {{ done: recordIncident(input: $i) {{ {ANSWER} }} }}"
CORRECT = f"mutation($i: CorrectIncidentInput!) {{ done: correctIncident(input: $i) {{ {ANSWER} }} }}"
REVIEW = f"mutation($i: ReviewIncidentInput!) {{ done: reviewIncident(input: $i) {{ {ANSWER} }} }}"
RELEASE = f"mutation($i: ReleaseIncidentInput!) {{ done: releaseIncident(input: $i) {{ {ANSWER} }} }}"
LIST = """query($unit: String, $first: Int! = 50, $after: String, $at: Int) {
  incidents(election: "tiny", unit: $unit, first: $first, after: $after, minPosition: $at) {
    total asOfPosition pageInfo { hasNextPage endCursor }
    nodes { unit name number seen state levels accepted sentBack withdrawn account measure prevention personal publicSince
      facts { kind { code label { ja } } place ballots } links { form cells } history { typeLabel { ja } person office reason } } } }"""
PUBLIC = """query($at: Int) { publicIncidents(election: "tiny", minPosition: $at) {
  total nodes { unit name number withdrawn account measure prevention facts { kind { label { ja } } ballots } } } }"""


@pytest.fixture
def client(database: Database, settings: Settings, service: Reporting) -> Iterator[TestClient]:
    incident_land.define(service)
    projector = Projector(database)
    projector.catch_up()
    with TestClient(create_app(settings)) as serving:
        yield serving


def sent(ask: Ask, mutation: str, actor: Actor, **more: Any) -> Any:
    given = {"commandId": str(uuid4()), "election": "tiny", "unit": "11", **more}
    return ask(mutation, actor, i=given)["data"]["done"]


def told(ask: Ask, actor: Actor, **more: Any) -> Any:
    return sent(ask, RECORD, actor, **{"facts": FACTS, "account": ACCOUNT, "personal": [PERSON], **more})


def listed(ask: Ask, actor: Actor, at: int | None = None, **more: Any) -> Any:
    return ask(LIST, actor, at=at, **more)["data"]["incidents"]


def test_a_case_concerns_a_contest_that_its_unit_votes_on(ask: Ask) -> None:
    """What the page offers is what is taken."""
    query = """{ election(code: "tiny") { unit(unit: "11") { code name contests } none: unit(unit: "99") { code } } }"""
    offered = ask(query, WARD)["data"]["election"]
    assert offered == {"unit": {"code": "11", "name": "地域11", "contests": ["pr"]}, "none": None}
    case = told(ask, WARD, facts={**FACTS, "contests": offered["unit"]["contests"]})
    assert case["__typename"] == "IncidentDone"
    other = told(ask, WARD, facts={**FACTS, "contests": ["mayor"]}, account=f"{ACCOUNT}別の一枚。")
    assert other["__typename"] == "UnknownReference"


def test_a_case_is_told_sent_back_corrected_reviewed_and_released(ask: Ask, client: TestClient) -> None:
    first = told(ask, WARD)
    assert (first["__typename"], first["number"]) == ("IncidentDone", 1)
    at = {"number": 1, "seen": first["position"]}
    assert sent(ask, REVIEW, WARD_2, **at, accepted=True)["__typename"] == "NotAuthorised"
    waits = sent(ask, REVIEW, NATION, **at, accepted=True)
    assert (waits["__typename"], waits["state"]) == ("IncidentNotNow", "recorded")
    assert sent(ask, REVIEW, CITY, **at, accepted=False)["field"] == "reason"
    sent(ask, REVIEW, CITY, **at, accepted=False, reasonClass="query", reason="どの投票所ですか")
    (case,) = listed(ask, WARD, first["position"] + 1)["nodes"]
    assert (case["state"], case["sentBack"], case["history"][-1]["reason"]) == (
        "SENT_BACK",
        "city",
        "どの投票所ですか",
    )
    again = sent(
        ask, CORRECT, WARD, **at, facts={**FACTS, "place": "4"}, account=ACCOUNT, personal=[PERSON], measure="回収した",
        reasonClass="typing_error", reason="投票所の誤り",
    )  # fmt: skip
    assert again["__typename"] == "IncidentDone"
    at["seen"] = again["position"]
    for actor in (CITY, PREFECTURE):
        assert sent(ask, REVIEW, actor, **at, accepted=True)["__typename"] == "IncidentDone"
    assert sent(ask, RELEASE, NATION, **at)["__typename"] == "IncidentNotNow"
    sent(ask, REVIEW, NATION, **at, accepted=True)
    assert ask(PUBLIC, None, at=again["position"])["data"]["publicIncidents"] == {"total": 0, "nodes": []}
    done = sent(ask, RELEASE, NATION_2, **at)
    assert done["__typename"] == "IncidentDone"
    public = ask(PUBLIC, None, at=done["position"])["data"]["publicIncidents"]
    assert public["total"] == 1
    (shown,) = public["nodes"]
    assert (shown["number"], shown["withdrawn"], shown["measure"]) == (1, False, "回収した")
    assert shown["account"] == "投票管理者の〇〇が、選挙人に比例代表の投票用紙を2枚交付した。"
    assert shown["facts"] == {"kind": {"label": {"ja": "投票用紙の交付誤り"}}, "ballots": "2"}
    (case,) = listed(ask, PREFECTURE, done["position"])["nodes"]
    assert (case["state"], case["publicSince"], case["personal"]) == ("RELEASED", again["position"], [PERSON])
    assert [deed["typeLabel"]["ja"] for deed in case["history"]][:3] == [
        "問題事項の記録",
        "問題事項の確認",
        "問題事項の訂正",
    ]
    assert case["history"][2]["reason"] == "投票所の誤り"


def test_refusals_say_what_to_do_and_nothing_is_recorded(
    ask: Ask, service: Reporting, client: TestClient
) -> None:
    at = service.ledger.position()
    assert told(ask, OTHER_WARD)["__typename"] == "NotAuthorised"
    assert told(ask, RESEARCH)["__typename"] == "NotAuthorised"
    without = told(ask, WARD, facts={**FACTS, "place": None})
    assert (without["__typename"], without["field"]) == ("InvalidRequest", "place")
    assert "投票所の番号" in without["messageJa"]
    assert "polling place" in without["messageEn"]
    assert told(ask, WARD, personal=[" "])["field"] == "personal"
    misspelt = told(ask, WARD, personal=[PERSON, "佐々木華子"])
    assert (misspelt["field"], "公表されます" in misspelt["messageJa"]) == ("personal", True)
    assert told(ask, WARD, measure="\u202e収回")["field"] == "measure"
    assert told(ask, WARD, account=" ")["__typename"] == "InvalidRequest"
    assert told(ask, NATION, unit="99")["__typename"] == "UnknownReference"
    assert sent(ask, REVIEW, CITY, number=7, seen=1, accepted=True)["__typename"] == "UnknownReference"
    assert service.ledger.position() == at
    mine = told(ask, CITY)
    again = told(ask, CITY)  # back in the browser, and sent under another id
    assert (again["__typename"], "番号 1" in again["messageJa"]) == ("InvalidRequest", True)
    own = sent(ask, REVIEW, CITY, number=1, seen=mine["position"], accepted=True)
    assert own["__typename"] == "FourEyes"
    assert "別の人" in own["messageJa"]


def test_everybody_sees_their_own_units_alone_and_strangers_nothing(
    ask: Ask, service: Reporting, client: TestClient
) -> None:
    tell(service)
    tell(service, kind="identity_check")
    last = tell(service, TOWN, "20").position
    assert [(case["unit"], case["number"]) for case in listed(ask, NATION, last)["nodes"]] == [
        ("11", 1),
        ("11", 2),
        ("20", 1),
    ]
    assert listed(ask, WARD, last)["total"] == 2
    assert listed(ask, TOWN, last)["total"] == 1
    assert listed(ask, OTHER_WARD, last)["total"] == 0
    assert listed(ask, OTHER_WARD, last, unit="11")["nodes"] == []
    assert listed(ask, AUDITOR, last)["total"] == 3
    page = listed(ask, NATION, last, first=2)
    assert page["pageInfo"]["hasNextPage"]
    rest = listed(ask, NATION, last, first=2, after=page["pageInfo"]["endCursor"])
    assert [(case["unit"], rest["pageInfo"]["hasNextPage"]) for case in rest["nodes"]] == [("20", False)]
    for actor in (RESEARCH, None):
        assert ask(LIST, actor)["errors"], "words of a case are for its offices"
        event = ask("query($p: Int!) { event(position: $p) { reason state } }", actor, p=last)
        assert PERSON not in str(event)
        assert event["errors"]


def test_a_correction_that_is_not_released_is_not_public(
    ask: Ask, service: Reporting, client: TestClient
) -> None:
    tell(service)
    publish(service)
    at = incident_land.correct(service, facts=incident_land.facts(ballots="9")).position
    (shown,) = ask(PUBLIC, None, at=at)["data"]["publicIncidents"]["nodes"]
    assert shown["facts"]["ballots"] == "1"


def test_the_codes_are_told_in_both_languages_and_counts_are_offered(
    ask: Ask, service: Reporting, client: TestClient
) -> None:
    codes = ask(
        '{ incidentCodes(election: "tiny") { kinds { code label { ja en } } phases { code } } }', None
    )
    assert {
        "code": "ballot_issue",
        "label": {"ja": "投票用紙の交付誤り", "en": "Wrong ballot paper issued"},
    } in codes["data"]["incidentCodes"]["kinds"]
    assert [phase["code"] for phase in codes["data"]["incidentCodes"]["phases"]] == list(incident_land.PHASES)
    tell(service, ballots="4")
    asked = '{ desk(election: "tiny", form: "survey", slot: "final", unit: "11") { prefill { key value cases places } } }'
    offered = ask(asked, WARD)["data"]["desk"]["prefill"]
    assert {"key": "pr|incident_ballots||", "value": "4", "cases": 1, "places": None} in offered
