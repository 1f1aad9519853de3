"""What open differences could turn over is told at the desk, on the board and before a release; to who may see it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import night
import pytest
from night import CITY, NATION, PREFECTURE, WARD
from starlette.testclient import TestClient
from test_desk import figures, submit
from tiny import AUDITOR, Ask, label

from api.app import create_app
from api.settings import Settings
from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import Database

DISTRICT = {
    "code": "pr", "label": label("小選挙区"), "kind": "single_member", "seats": 1,
    "area": {"geography": "administrative", "area": "JP"},
    "choices": [{"code": "a", "name": "甲"}, {"code": "b", "name": "乙"}],
}  # fmt: skip
DESK = """query($at: Int) { asOfPosition(minPosition: $at) desk(election: "tiny", form: "final", slot: "final", unit: "11") {
  outcomes { contest item leaders margin openDoubt atStake linesAtStake } } }"""
BOARD = """query($at: Int) { statusBoard(election: "tiny", form: "final", slot: "final", geography: "administrative",
  level: "prefecture", minPosition: $at) { area contestsAtStake } }"""
NEXT = """query($at: Int) { nextRelease(election: "tiny", form: "final", slot: "final", minPosition: $at) {
  number approved expected unitsChanged changes { cell before after }
  outcomes { contest leaders margin openDoubt atStake linesAtStake } } }"""
DECLARED = {"reason": "再点検でも一致せず"}


@pytest.fixture
def client(database: Database, settings: Settings, service: Reporting) -> Iterator[TestClient]:
    night.define(service, contests=[DISTRICT])
    projector = Projector(database)
    projector.catch_up()
    with TestClient(create_app(replace(settings, publication=False))) as one:
        yield one


def declare(ask: Ask, **votes: int) -> int:
    """23 ballots more than voters, declared and open."""
    many = {**night.BALANCED, "ballots_counted": 123, "invalid_votes": 25, **votes}
    refused = submit(ask, WARD, "11", figures=figures(**many))
    key = next(f["key"] for f in refused["findings"] if f["rule"] == "J11")
    said = {"declarations": [{"key": key, "reasonClass": "recount"}], **DECLARED}
    return int(submit(ask, WARD, "11", figures=figures(**many), **said)["position"])


def told(answer: dict[str, Any], name: str) -> Any:
    assert "errors" not in answer, answer
    return answer["data"][name]


def test_a_seat_within_reach_of_an_open_difference(ask: Ask) -> None:
    at = declare(ask)
    outcome = {
        "contest": "pr", "item": "votes", "leaders": ["a"], "margin": "22", "openDoubt": "23", "atStake": ["a", "b"],
        "linesAtStake": ["elected_smd/b"],
    }  # fmt: skip
    assert told(ask(DESK, NATION, at=at), "desk") == {"outcomes": [outcome]}
    assert told(ask(BOARD, NATION, at=at), "statusBoard") == [
        {"area": "P1", "contestsAtStake": 1},
        {"area": "P2", "contestsAtStake": 1},
    ]


def test_a_statutory_line_within_reach_of_an_open_difference(ask: Ask) -> None:
    at = declare(ask, votes_a=90, votes_b=8)
    (outcome,) = told(ask(DESK, AUDITOR, at=at), "desk")["outcomes"]
    assert (outcome["margin"], outcome["atStake"]) == ("82", [])
    assert outcome["linesAtStake"] == ["elected_smd/b", "deposit_smd/b"]
    assert told(ask(BOARD, AUDITOR, at=at), "statusBoard")[0]["contestsAtStake"] == 1


def test_without_a_doubt_nothing_is_at_stake(ask: Ask) -> None:
    at = submit(ask)["position"]
    (outcome,) = told(ask(DESK, NATION, at=at), "desk")["outcomes"]
    assert (outcome["margin"], outcome["openDoubt"], outcome["atStake"]) == ("22", "0", [])
    assert {row["contestsAtStake"] for row in told(ask(BOARD, NATION, at=at), "statusBoard")} == {0}


def test_how_a_contest_stands_is_told_to_who_sees_all_of_it(ask: Ask) -> None:
    """Else a ward would read the nation's margin before it is public."""
    at = declare(ask)
    for office in (WARD, CITY, PREFECTURE):
        assert told(ask(DESK, office, at=at), "desk") == {"outcomes": []}
        refused = ask(NEXT, office, at=at)
        assert refused["errors"][0]["extensions"]["code"] == "NOT_AUTHORISED"
    assert {row["contestsAtStake"] for row in told(ask(BOARD, PREFECTURE, at=at), "statusBoard")} == {0}
    for query in (DESK, BOARD, NEXT):
        assert ask(query, None, at=at)["errors"]


def test_the_release_to_come_is_shown_before_it_is_made(ask: Ask) -> None:
    """What is approved, not what is entered: it says what `releaseSlot` would do, and changes nothing."""
    at = submit(ask)["position"]
    empty = told(ask(NEXT, NATION, at=at), "nextRelease")
    assert (empty["number"], empty["approved"], empty["expected"], empty["outcomes"]) == (1, 0, 5, [])
    for office in (CITY, PREFECTURE):
        at = approve(ask, office)
    first = told(ask(NEXT, NATION, at=at), "nextRelease")
    assert (first["approved"], first["unitsChanged"], first["changes"]) == (1, 1, [])
    assert first["outcomes"] == [
        {
            "contest": "pr",
            "leaders": ["a"],
            "margin": "22",
            "openDoubt": "0",
            "atStake": [],
            "linesAtStake": [],
        }
    ]
    assert told(ask(NEXT, NATION, at=at), "nextRelease") == first
    release = ask(
        """mutation($i: ReleaseInput!) { releaseSlot(input: $i) {
          ... on SlotReleasedDone { release { number approved expected position } } } }""",
        night.tiny.SYSTEM,
        i={"election": "tiny", "form": "final", "slot": "final"},
    )["data"]["releaseSlot"]["release"]
    at = release.pop("position")
    assert release == {name: first[name] for name in release}
    after = told(ask(NEXT, NATION, at=at), "nextRelease")
    assert (after["number"], after["unitsChanged"]) == (2, 0)


def approve(ask: Ask, office: Any) -> int:
    answer = ask(
        "mutation($i: ApproveGreenInput!) { approveGreen(input: $i) { ... on GreenDone { approved { position } } } }",
        office,
        i={
            "commandId": str(night.of("11")["command_id"]),
            "election": "tiny",
            "form": "final",
            "slot": "final",
        },
    )
    return int(answer["data"]["approveGreen"]["approved"][0]["position"])
