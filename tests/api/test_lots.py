"""Who won by lot is recorded by one, confirmed by another, and public with the votes that were equal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import night
import pytest
from night import CITY, NATION, OTHER_WARD, PREFECTURE, WARD
from starlette.testclient import TestClient
from tiny import AUDITOR, SYSTEM, Ask, label

from api.app import create_app
from api.settings import Settings
from projections.rebuild import rebuild
from projections.verify import verify
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor, Role

NATION_2 = Actor("森", "総務省", Role.MINISTRY, "JP")
CONTEST = {
    "code": "pr", "label": label("選挙区"), "kind": "single_member", "seats": 1,
    "area": {"geography": "administrative", "area": "10"},
    "choices": [{"code": "a", "name": "甲"}, {"code": "b", "name": "乙"}],
}  # fmt: skip
COUNT = {"election": "tiny", "form": "final", "slot": "final", "contest": "pr", "item": "votes"}
SOURCE = {"sourceClass": "election_meeting_record", "reference": "選挙録 第3号"}
LOT = {**COUNT, "among": ["a", "b"], "winners": ["b"], **SOURCE}
REFUSED = "__typename ... on Refusal { code messageJa }"
RECORD = f"mutation($i: RecordLotInput!) {{ done: recordLot(input: $i) {{ {REFUSED} ... on LotDone {{ recorded position confirmed }} }} }}"
CONFIRM = f"mutation($i: ConfirmLotInput!) {{ done: confirmLot(input: $i) {{ {REFUSED} ... on LotDone {{ recorded position confirmed }} }} }}"
LOTS = """query($at: Int) { asOfPosition(minPosition: $at) election(code: "tiny") { contests { lots {
  form slot item among winners votes sourceClass reference state confirmedAt overtakenAt override alone release } } } }"""
PROOF = "query($at: Int!) { inclusionProof(position: $at) { __typename } }"
TRAIL = """query($at: Int) { audit(election: "tiny", minPosition: $at, filter: {kinds: ["LotRecorded", "LotConfirmed"]}) {
  edges { node { type person } } } }"""


def begins(service: Reporting) -> None:
    night.define(service, contests=[CONTEST])


pytestmark = pytest.mark.begins.with_args(begins)


@pytest.fixture
def client(database: Database, settings: Settings, service: Reporting) -> Iterator[TestClient]:
    with TestClient(create_app(replace(settings, publication=False))) as one:
        yield one


def count(desk: Desk, b_in_12: int = 60, *, upto: tuple[Actor, ...] = (CITY, PREFECTURE, NATION)) -> None:
    """60 + 38 for a; 38 + `b_in_12` for b."""
    night.submit(desk, "11", WARD)
    values = {**night.BALANCED, "votes_a": 98 - b_in_12, "votes_b": b_in_12}
    night.submit(desk, "12", OTHER_WARD, values=values)
    for actor in upto:
        for unit in ("11", "12"):
            night.approve(desk, actor, unit)


def send(ask: Ask, query: str, actor: Actor | None, **given: Any) -> Any:
    answer = ask(query, actor, i={"commandId": str(uuid4()), **given})
    assert "errors" not in answer, answer
    return answer["data"]["done"]


def lots(ask: Ask, actor: Actor | None, at: int) -> Any:
    answer = ask(LOTS, actor, at=at)
    assert "errors" not in answer, answer
    return answer["data"]["election"]["contests"][0]["lots"]


def standing(ask: Ask, actor: Actor | None, at: int) -> list[tuple[list[str], str]]:
    return [(one["winners"], one["state"]) for one in lots(ask, actor, at)]


def release(ask: Ask, service: Reporting) -> int:
    query = (
        """mutation { releaseSlot(input: {election: "tiny", form: "final", slot: "final"}) { __typename } }"""
    )
    assert ask(query, SYSTEM)["data"]["releaseSlot"]["__typename"] == "SlotReleasedDone"
    return service.ledger.position()


def test_public_once_confirmed_by_another_and_released(ask: Ask, service: Reporting) -> None:
    count(Desk(service))
    recorded = send(ask, RECORD, NATION, **LOT)
    at = recorded["position"]
    shown = {
        "form": "final", "slot": "final", "item": "votes", "among": ["a", "b"], "winners": ["b"], "votes": "98",
        **SOURCE, "state": "RECORDED", "confirmedAt": None, "overtakenAt": None, "override": False, "alone": False,
        "release": None,
    }  # fmt: skip
    assert lots(ask, NATION, at) == lots(ask, PREFECTURE, at) == lots(ask, AUDITOR, at) == [shown]
    assert lots(ask, WARD, at) == lots(ask, None, at) == []
    (refused,) = ask(PROOF, WARD, at=at)["errors"]
    assert refused["extensions"]["code"] == "NOT_AUTHORISED", refused
    out = release(ask, service)
    assert lots(ask, None, out) == [], "released, and not confirmed"
    own = send(ask, CONFIRM, NATION, **COUNT, recorded=at)
    assert own["code"] == "four_eyes"
    done = send(ask, CONFIRM, NATION_2, **COUNT, recorded=at)
    assert (done["confirmed"], done["recorded"]) == (True, at)
    confirmed = {**shown, "state": "CONFIRMED", "confirmedAt": done["position"]}
    assert lots(ask, NATION, done["position"]) == [confirmed]
    assert lots(ask, None, done["position"]) == lots(ask, WARD, done["position"]) == [], "in no release yet"
    in_force = {**confirmed, "state": "IN_FORCE", "release": 2}
    out = release(ask, service)
    assert lots(ask, None, out) == lots(ask, WARD, out) == lots(ask, NATION, out) == [in_force]
    again = send(ask, CONFIRM, NATION_2, **COUNT, recorded=at)
    assert again["__typename"] == "InvalidRequest"
    trail = ask(TRAIL, AUDITOR, at=out)["data"]["audit"]["edges"]
    assert [(one["node"]["type"], one["node"]["person"]) for one in trail] == [
        ("LotConfirmed", NATION_2.person),
        ("LotRecorded", NATION.person),
    ]


def test_not_public_before_its_votes_are(ask: Ask, service: Reporting) -> None:
    count(Desk(service))
    recorded = send(ask, RECORD, NATION, **LOT)["position"]
    at = send(ask, CONFIRM, NATION_2, **COUNT, recorded=recorded)["position"]
    assert lots(ask, None, at) == lots(ask, WARD, at) == []
    assert [(one["state"], one["release"]) for one in lots(ask, None, release(ask, service))] == [
        ("IN_FORCE", 1)
    ]


@pytest.mark.parametrize("actor", [WARD, CITY, PREFECTURE, AUDITOR])
def test_only_who_certifies_all_of_it(ask: Ask, service: Reporting, actor: Actor) -> None:
    count(Desk(service))
    assert send(ask, RECORD, actor, **LOT)["__typename"] == "NotAuthorised"
    recorded = send(ask, RECORD, NATION, **LOT)["position"]
    assert send(ask, CONFIRM, actor, **COUNT, recorded=recorded)["__typename"] == "NotAuthorised"


@pytest.mark.parametrize(
    "wrong",
    [
        {"winners": ["a", "b"]}, {"winners": ["c"]}, {"winners": []}, {"among": ["a"], "winners": ["a"]},
        {"among": ["a", "a"], "winners": ["a"]}, {"among": ["a", "b", "c"]}, {"item": "voters"}, {"reference": ""},
    ],
)  # fmt: skip
def test_what_is_no_tie_for_the_seat_is_refused(ask: Ask, service: Reporting, wrong: dict[str, Any]) -> None:
    count(Desk(service))
    at = service.ledger.position()
    assert send(ask, RECORD, NATION, **{**LOT, **wrong})["__typename"] == "InvalidRequest"
    assert service.ledger.position() == at


def test_unequal_votes_are_refused(ask: Ask, service: Reporting) -> None:
    count(Desk(service), 61)
    assert send(ask, RECORD, NATION, **LOT)["__typename"] == "NoTie"


def test_what_the_top_has_not_approved_is_refused(ask: Ask, service: Reporting) -> None:
    count(Desk(service), upto=(CITY, PREFECTURE))
    assert send(ask, RECORD, NATION, **LOT)["__typename"] == "VotesOpen"


def test_a_tie_that_is_gone_is_not_confirmed(ask: Ask, service: Reporting) -> None:
    desk = Desk(service)
    count(desk)
    recorded = send(ask, RECORD, NATION, **LOT)["position"]
    values = {**night.BALANCED, "votes_a": 37, "votes_b": 61}
    night.submit(desk, "12", OTHER_WARD, values=values, reason="読み違い")
    for actor in (CITY, PREFECTURE, NATION):
        night.look(desk, actor, "12")
    assert send(ask, CONFIRM, NATION_2, **COUNT, recorded=recorded)["__typename"] == "NoTie"


def test_a_wrong_record_is_replaced_once_the_right_one_is_confirmed(
    ask: Ask, service: Reporting, database: Database
) -> None:
    count(Desk(service))
    release(ask, service)
    first = send(ask, RECORD, NATION, **LOT)["position"]
    send(ask, CONFIRM, NATION_2, **COUNT, recorded=first)
    release(ask, service)
    second = send(ask, RECORD, NATION_2, **{**LOT, "winners": ["a"]})["position"]
    assert standing(ask, None, second) == [(["b"], "IN_FORCE")]
    assert standing(ask, NATION, second) == [(["b"], "IN_FORCE"), (["a"], "RECORDED")]
    stale = send(ask, CONFIRM, NATION, **COUNT, recorded=first)
    assert stale["__typename"] == "InvalidRequest"
    at = send(ask, CONFIRM, NATION, **COUNT, recorded=second)["position"]
    assert standing(ask, NATION, at) == [(["b"], "OVERTAKEN"), (["a"], "CONFIRMED")]
    assert standing(ask, None, at) == [(["b"], "IN_FORCE")], "what was released stands until the next release"
    assert standing(ask, None, release(ask, service)) == [(["b"], "OVERTAKEN"), (["a"], "IN_FORCE")]
    rebuild(database)
    assert verify(database).equal
