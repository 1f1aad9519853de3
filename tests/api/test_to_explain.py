"""What the rules find only after a return was submitted comes up with its owner, who explains it without touching a figure."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import night
import test_desk
import tiny
from night import CITY, OTHER_WARD, WARD
from test_desk import figures, submit
from tiny import Ask

from reporting.application.service import Reporting

client, pytestmark = test_desk.client, test_desk.pytestmark
OTHERS = {**night.BALANCED, "electors": 1000}
"""Ten percent turned up; in ward 11 it is half."""
WORK = """query($at: Int) { workList(election: "tiny", kind: TO_EXPLAIN, minPosition: $at) { nodes { unit slot status } } }"""
OPEN = """query($u: String!) { desk(election: "tiny", form: "final", slot: "final", unit: $u) {
  findings { key rule severity explanation } } }"""
GREEN = """mutation($i: ApproveGreenInput!) { approveGreen(input: $i) { __typename ... on GreenDone {
  exceptions { unit reason { __typename ... on Refusal { code } } } approved { unit } } } }"""


def waits(ask: Ask, actor: Any, at: int) -> list[str]:
    answer = ask(WORK, actor, at=at)
    assert "errors" not in answer, answer
    return [one["unit"] for one in answer["data"]["workList"]["nodes"]]


def green(ask: Ask, command_id: str) -> dict[str, Any]:
    given = {"commandId": command_id, "election": "tiny", "form": "final", "slot": "final"}
    return dict(ask(GREEN, CITY, i=given)["data"]["approveGreen"])


def test_what_a_neighbour_brings_up_is_explained_by_its_owner(ask: Ask) -> None:
    at = submit(ask)["position"]
    assert waits(ask, WARD, at) == []
    explained = ask_again(ask, OTHER_WARD, "12", OTHERS)
    assert waits(ask, WARD, explained) == ["11"]
    assert waits(ask, OTHER_WARD, explained) == []  # said at its submission
    assert waits(ask, night.TOWN, explained) == []
    assert waits(ask, CITY, explained) == ["11"]
    done = green(ask, "00000000-0000-4000-8000-000000000001")
    assert [(one["unit"], one["reason"]["code"]) for one in done["exceptions"]] == [("11", "rules_refused")]
    assert [one["unit"] for one in done["approved"]] == ["12"]
    (finding,) = ask(OPEN, WARD, u="11")["data"]["desk"]["findings"]
    assert (finding["rule"], finding["severity"], finding["explanation"]) == ("J08", "warning", None)
    said = [{"key": finding["key"], "text": "期日前投票所がこの区だけにある"}]
    again = submit(ask, figures=[], explanations=said)
    assert again["status"] == "submitted", again
    assert waits(ask, WARD, again["position"]) == []
    assert [one["unit"] for one in green(ask, "00000000-0000-4000-8000-000000000002")["approved"]] == ["11"]
    moved = {**OTHERS, "electors": 900}
    at = ask_again(ask, OTHER_WARD, "12", moved, reason="名簿の訂正")
    assert waits(ask, WARD, at) == []  # the figures explained are still what they were


def test_an_earlier_slot_above_a_later_one_is_asked_about_on_both_sides(ask: Ask, service: Reporting) -> None:
    """The later one stands; the earlier one is corrected."""
    rules = [*night.election().model_dump(mode="json")["rules"], {"code": "J21"}]
    service.define_election(night.election(rules=rules), tiny.SYSTEM, uuid4())
    for slot, votes in (("2200", 40), ("2300", 60)):
        given: dict[str, Any] = {"form": "flash", "slot": slot, "figures": figures(votes_a=votes, votes_b=10)}
        assert submit(ask, **given)["status"] == "submitted"
    asked: dict[str, Any] = {
        "form": "flash",
        "slot": "2200",
        "figures": figures(votes_a=61),
        "reason": "束の数え直し",
    }
    (finding,) = submit(ask, **asked)["findings"]
    assert (finding["rule"], finding["difference"], finding["cells"]) == ("J21", "1", ["pr|votes||a"])
    assert "23時" in finding["messageJa"]
    said = [{"key": finding["key"], "text": "後の回も直す"}]
    at = submit(ask, **asked, explanations=said)["position"]
    (later,) = ask(OPEN.replace("final", "flash", 1).replace("final", "2300", 1), WARD, u="11")["data"][
        "desk"
    ]["findings"]
    assert (later["rule"], later["explanation"]) == ("J21", None), "and stands open at the later one"
    assert waits(ask, WARD, at) == ["11"]


def ask_again(ask: Ask, actor: Any, unit: str, values: dict[str, int], **more: Any) -> int:
    """Submitted, with an explanation of everything the rules ask about; the position."""
    given = {"figures": figures(**values), **more}
    done = submit(ask, actor, unit, **given)
    if done["__typename"] == "RulesRefused":
        given["explanations"] = [{"key": one["key"], "text": "確認済み"} for one in done["findings"]]
        done = submit(ask, actor, unit, **given)
    assert done["status"] == "submitted", done
    return int(done["position"])
