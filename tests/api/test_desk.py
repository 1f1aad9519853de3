"""The editors' schema, end to end, and the embargo on every path that reaches a figure."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import night
import pytest
from kept import Kept
from night import CITY, NATION, PREFECTURE, WARD
from starlette.testclient import TestClient
from tiny import AUDITOR, Ask

from api.app import create_app
from api.settings import Settings
from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor, Role

pytestmark = pytest.mark.begins.with_args(night.define)

ANALYST = Actor("分析", "研究所", Role.ANALYST, "*")


@pytest.fixture
def client(
    request: pytest.FixtureRequest, settings: Settings, service: Reporting, kept: Kept
) -> Iterator[TestClient]:
    calm = replace(settings, publication=False)
    with kept.given(request, ("client", settings.database_url), lambda: TestClient(create_app(calm))) as made:
        yield made


def mutate(ask: Ask, actor: Any, name: str, kind: str, **given: Any) -> dict[str, Any]:
    query = f"""mutation($i: {kind}!) {{ {name}(input: $i) {{ __typename
      ... on ReturnDone {{ status version position }}
      ... on Refusal {{ code messageJa messageEn }}
      ... on RulesRefused {{ findings {{ key rule severity cells messageJa waivable difference }} }}
      ... on FiguresRefused {{ problems {{ kind item }} }} }} }}"""
    answer = ask(
        query,
        actor,
        i={"commandId": str(uuid4()), "election": "tiny", "form": "final", "slot": "final", **given},
    )
    assert "errors" not in answer, answer
    return dict(answer["data"][name])


def figures(**values: Any) -> list[dict[str, str]]:
    return [cell.model_dump() for cell in night.cells(**values)]


def submit(ask: Ask, actor: Any = WARD, unit: str = "11", **more: Any) -> dict[str, Any]:
    given = {"figures": figures(**night.BALANCED), **more}
    return mutate(ask, actor, "submitReturn", "SubmitInput", unit=unit, **given)


def approve(ask: Ask, actor: Any, unit: str = "11") -> dict[str, Any]:
    return mutate(ask, actor, "approveReturn", "ApproveInput", unit=unit)


def test_of_two_values_for_one_thing_none_is_taken(ask: Ask) -> None:
    """The last had counted, and nobody was told of the first."""
    votes = figures(votes_a=60, votes_b=38)
    given = {"form": "flash", "slot": "2200", "unit": "11"}
    for name, kind, field in (
        ("submitReturn", "SubmitInput", "figures"),
        ("saveDraft", "SaveDraftInput", "cells"),
        ("readTogether", "ReadOutInput", "figures"),
    ):
        query = f"mutation($i: {kind}!) {{ {name}(input: $i) {{ ... on Refusal {{ code messageEn }} }} }}"
        cells = [*votes, {**votes[0], "value": "61"}]
        asked = {"commandId": str(uuid4()), "election": "tiny", **given, field: cells}
        refused = ask(query, WARD, i=asked)["data"][name]
        assert refused["code"] == "invalid_input", name
        assert "pr|votes||a" in refused["messageEn"]
    own = [{"choice": "a", "votes": 55}, {"choice": "b", "votes": 35}]
    division = {"contest": "pr", "own": own, "common": [{"choices": ["a", "b"], "ballots": 8}]}
    for twice in (
        {"divisions": [division, division]},
        {"divisions": [{**division, "own": [*own, {"choice": "a", "votes": 56}]}]},
        {"explanations": [{"key": "J08", "text": text} for text in ("一", "二")]},
        {"declarations": [{"key": "J09", "reasonClass": reason} for reason in ("recount", "unknown")]},
    ):
        refused = submit(ask, **given, figures=votes, **twice)
        assert refused["code"] == "invalid_input", twice
        assert "once" in refused["messageEn"]
    assert submit(ask, **given, figures=votes)["__typename"] == "ReturnDone"


def totals(
    ask: Ask, actor: Any, layer: str | None = None, areas: list[str] | None = None, at: int = 0
) -> Any:
    query = """query($l: String, $a: [String!], $at: Int) { election(code: "tiny", minPosition: $at) { contest(code: "pr") {
      totals(form: "final", slot: "final", geography: "administrative", items: ["voters"], layer: $l, areas: $a) {
        nodes { code value reported expected } } } } }"""
    return ask(query, actor, l=layer, a=areas, at=at)


def test_a_return_through_all_offices(ask: Ask) -> None:
    draft = mutate_draft(ask, [{"contest": "pr", "item": "voters", "value": "9x"}])
    assert draft == {"__typename": "DraftSaved", "version": 1}
    refused = submit(ask, figures=[])
    assert (refused["__typename"], refused["problems"][0]["kind"]) == ("FiguresRefused", "value")
    assert submit(ask)["status"] == "submitted"
    seen = ask(
        """{ desk(election: "tiny", form: "final", slot: "final", unit: "11") { status version
          chain { level area approved } cells { key value approved } draft { key } findings { rule } } }""",
        CITY,
    )["data"]["desk"]
    assert [level["area"] for level in seen["chain"]] == ["10", "P1", "JP"]
    assert seen["draft"] == []
    for actor in (CITY, PREFECTURE, NATION):
        assert approve(ask, actor)["status"] == "approved"
    assert mutate(ask, NATION, "certifyReturn", "CertifyInput", unit="11")["status"] == "certified"


def mutate_draft(ask: Ask, cells: list[dict[str, str]]) -> dict[str, Any]:
    query = (
        "mutation($i: SaveDraftInput!) { saveDraft(input: $i) { __typename ... on DraftSaved { version } } }"
    )
    given = {
        "commandId": str(uuid4()),
        "election": "tiny",
        "form": "final",
        "slot": "final",
        "unit": "11",
        "cells": cells,
    }
    return dict(ask(query, WARD, i=given)["data"]["saveDraft"])


def test_a_rule_in_the_way_is_told_with_cells_and_words(ask: Ask) -> None:
    refused = submit(
        ask, figures=figures(**{**night.BALANCED, "ballots_counted": 118, "valid_votes": 116, "votes_a": 78})
    )
    assert refused["__typename"] == "RulesRefused"
    finding = next(f for f in refused["findings"] if f["rule"] == "J11")
    assert finding["waivable"]
    assert finding["messageJa"]
    declared = submit(
        ask,
        figures=figures(**{**night.BALANCED, "ballots_counted": 118, "valid_votes": 116, "votes_a": 78}),
        declarations=[{"key": finding["key"], "reasonClass": "recount"}],
        reason="再点検でも一致せず",
    )
    assert declared["status"] == "submitted"
    assert approve(ask, CITY)["__typename"] == "NotNow"
    entry = {
        "unit": "11",
        "rule": "J11",
        "difference": finding["difference"],
        "confirmed": False,
        "closedAt": None,
    }
    at = declared["position"]
    for reader in (AUDITOR, WARD, PREFECTURE):
        assert register(ask, reader, at) == [entry]
    for outsider in (None, ANALYST, night.OTHER_WARD):
        assert register(ask, outsider, at) == []  # the slot is not public yet
    released = ask(RELEASE, night.tiny.SYSTEM, i={"election": "tiny", "form": "final", "slot": "final"})
    at = released["data"]["releaseSlot"]["release"]["position"]
    assert register(ask, None, at) == [entry]


def register(ask: Ask, actor: Any, at: int) -> Any:
    query = """query($at: Int) { discrepancies(election: "tiny", minPosition: $at) { unit rule difference confirmed closedAt } }"""
    return ask(query, actor, at=at)["data"]["discrepancies"]


def test_a_slip_mended_after_a_refusal_is_for_the_offices_and_not_for_the_public(ask: Ask) -> None:
    assert submit(ask, figures=figures(**{**night.BALANCED, "voters": 118}))["__typename"] == "RulesRefused"
    at = submit(ask, reason="打ち間違い")["position"]
    (entry,) = register(ask, CITY, at)
    assert (entry["rule"], entry["difference"], entry["confirmed"]) == ("J11", "0", False)
    key = "J11|pr|a|||||-18"
    given = {"unit": "11", "key": key}
    at = mutate(ask, CITY, "confirmDiscrepancy", "ConfirmDiscrepancyInput", **given)["position"]
    assert register(ask, CITY, at)[0]["closedAt"] == at  # nothing is left open
    for officer in (CITY, PREFECTURE):  # never green: every level looks at it, the value then and now in view
        told = ask(
            """mutation($i: ApproveInput!) { approveReturn(input: $i) { ... on NotNow {
              looks { kind rule cells { key shown now } } } } }""",
            officer,
            i={
                "unit": "11",
                "commandId": str(uuid4()),
                "election": "tiny",
                "form": "final",
                "slot": "final",
            },
        )["data"]["approveReturn"]
        (look,) = told["looks"]
        assert (look["kind"], look["rule"]) == ("vanished", "J11")
        assert {"key": "pr|voters||", "shown": "118", "now": "100"} in look["cells"]
        done = mutate(ask, officer, "approveReturn", "ApproveInput", unit="11", cells=EVERY)
        assert done["status"] == "approved"
    released = ask(RELEASE, night.tiny.SYSTEM, i={"election": "tiny", "form": "final", "slot": "final"})
    at = released["data"]["releaseSlot"]["release"]["position"]
    assert register(ask, None, at) == []
    own = [{"key": "J11|pr|a|||||18", "reasonClass": "altered"}]
    refused = submit(ask, night.OTHER_WARD, "12", figures=_surplus(), declarations=own)
    assert refused["__typename"] == "InvalidRequest"  # nobody keeps a difference out of the public register


EVERY = [cell.cell().cell.key for cell in night.cells(**night.BALANCED)]


def _surplus() -> list[dict[str, str]]:
    return figures(**{**night.BALANCED, "ballots_counted": 118, "valid_votes": 116, "votes_a": 78})


SEEN = """{ desk(election: "tiny", form: "final", slot: "final", unit: "11") { onBehalf ownerOffice
  draftProblems { kind item choice expectedJa } draftFindings { rule key explanation } findings { rule explanation }
  log { type office onBehalfOf source level override agrees reasonClass reason cells { key before after } } } }"""


def test_the_desk_says_what_was_done_and_why(ask: Ask) -> None:
    """Reasons of a return, edits from above with the value before, answers, remarks and overrides, in order."""
    submit(ask)
    sent = {"cells": ["pr|votes||a"], "reasonClass": "query", "reason": "読み合わせで 61"}
    mutate(ask, CITY, "sendBack", "SendBackInput", unit="11", **sent)
    submit(ask, CITY, figures=figures(votes_a=61, votes_b=37), reason="訂正", reasonClass="misread")
    answer = {"cells": ["pr|votes||a"], "agrees": False, "reason": "当区の開票録は 60"}
    mutate(ask, WARD, "answerReturn", "AnswerInput", unit="11", **answer)
    told = mutate(ask, CITY, "approveReturn", "ApproveInput", unit="11", override="担当者が一人")
    assert "異議" in told["messageJa"]
    mutate(ask, CITY, "approveReturn", "ApproveInput", unit="11", cells=EVERY, override="担当者が一人")
    log = ask(SEEN, WARD)["data"]["desk"]["log"]
    assert [one["type"] for one in log] == [
        "FiguresEntered", "ReturnSubmitted", "CellsSentBack", "FiguresCorrected", "ReturnSubmitted",
        "FiguresReceived", "CellsConfirmed", "ReturnApproved",
    ]  # fmt: skip
    back, edit, objection, approval = log[2], log[3], log[6], log[7]
    assert (back["reason"], back["level"]) == ("読み合わせで 61", "city")
    assert {"key": "pr|votes||a", "before": "60", "after": "61"} in edit["cells"]
    assert (objection["agrees"], objection["reason"]) == (False, "当区の開票録は 60")
    assert (approval["override"], approval["reason"]) == (True, "担当者が一人")


def test_the_draft_is_checked_before_it_is_submitted(ask: Ask) -> None:
    typed = [{"contest": "pr", "item": "voters", "value": "１００人"}, *figures(votes_a=60, electors=200)]
    mutate_draft(ask, typed)
    seen = ask(SEEN, WARD)["data"]["desk"]
    assert {(one["kind"], one["item"], one["choice"]) for one in seen["draftProblems"]} == {
        ("value", "voters", ""), ("missing", "votes", "b"),
    }  # fmt: skip
    mutate_draft(ask, figures(**{**night.BALANCED, "invalid_votes": 5}))
    seen = ask(SEEN, WARD)["data"]["desk"]
    assert (seen["draftProblems"], {one["rule"] for one in seen["draftFindings"]}) == ([], {"J09"})
    assert seen["findings"] == []  # nothing stands yet


def test_an_explanation_is_seen_above(ask: Ask) -> None:
    everybody = {**night.BALANCED, "electors": 100}
    refused = submit(ask, figures=figures(**everybody))
    said = [{"key": one["key"], "text": "全員が投票"} for one in refused["findings"]]
    assert submit(ask, figures=figures(**everybody), explanations=said)["status"] == "submitted"
    findings = ask(SEEN, PREFECTURE)["data"]["desk"]["findings"]
    assert findings
    assert {one["explanation"] for one in findings} == {"全員が投票"}


def test_entry_on_behalf_waits_for_its_owner_who_stays_the_owner(ask: Ask) -> None:
    receipt = {"source": "telephone", "receivedAt": "2024-10-27T23:41:00+09:00"}
    at = submit(ask, PREFECTURE, receipt=receipt, onBehalfOf="地域11選挙管理委員会")["position"]
    query = """query($at: Int) { workList(election: "tiny", kind: EDITED_ABOVE, minPosition: $at) { nodes { unit editedAbove } } }"""
    (waiting,) = ask(query, WARD, at=at)["data"]["workList"]["nodes"]
    assert (waiting["unit"], len(waiting["editedAbove"])) == ("11", 8)
    seen = ask(SEEN, WARD)["data"]["desk"]
    assert (seen["onBehalf"], seen["ownerOffice"]) == (True, None)
    assert (seen["log"][1]["source"], seen["log"][1]["onBehalfOf"]) == ("telephone", "地域11選挙管理委員会")
    at = submit(ask, WARD, figures=figures(votes_a=61, votes_b=37), reason="開票録と照合")["position"]
    assert (
        ask(query, WARD, at=at)["data"]["workList"]["nodes"] == []
    )  # its own correction is no edit from above
    at = submit(ask, PREFECTURE, figures=figures(votes_a=60, votes_b=38), reason="戻す")["position"]
    (waiting,) = ask(query, WARD, at=at)["data"]["workList"]["nodes"]
    assert waiting["editedAbove"] == ["pr|votes||a", "pr|votes||b"]


def test_a_cell_changed_meanwhile_is_not_overwritten(ask: Ask) -> None:
    submit(ask)
    version = ask("{ " + PATHS["desk"].replace("cells { value }", "version") + " }", WARD)["data"]["desk"][
        "version"
    ]
    change = {"figures": figures(votes_a=61, votes_b=37), "reason": "照合", "expectedVersion": version}
    assert submit(ask, WARD, **change)["status"] == "submitted"
    late = {**change, "figures": figures(votes_a=59, votes_b=39)}
    refused = submit(ask, CITY, **late)
    assert refused["__typename"] == "VersionConflict"
    other = {**change, "figures": figures(electors=210)}
    assert submit(ask, CITY, **other)["status"] == "submitted"  # other cells merge


def test_what_cannot_be_divided_is_refused_by_name(ask: Ask) -> None:
    def divided(**part: Any) -> Any:
        given = {
            "contest": "pr",
            "own": [{"choice": "a", "votes": 60}, {"choice": "b", "votes": 38}],
            "common": [],
        }
        return submit(ask, divisions=[{**given, **part}])

    negative = divided(common=[{"choices": ["a", "b"], "ballots": -1}])
    assert (negative["__typename"], negative["code"]) == ("InvalidRequest", "division_refused")
    assert divided(contest="zz")["__typename"] == "UnknownReference"
    assert divided(common=[{"choices": ["a", "z"], "ballots": 1}])["__typename"] == "UnknownReference"
    assert divided(exact=True)["code"] == "division_refused"
    assert divided()["status"] == "submitted"


@pytest.mark.unchanged
def test_the_definition_says_what_a_form_needs(ask: Ask) -> None:
    found = ask(
        """{ election(code: "tiny") { rules workflow { levels publishAtLevel certifyAtLevel } dimensions { code values { code } }
          items { code signed breakdowns } forms { code contestKinds cumulative slots { code cutOff publishAt method } } } }""",
        None,
    )["data"]["election"]
    assert found["workflow"] == {
        "levels": ["city", "prefecture", "nation"], "publishAtLevel": "prefecture", "certifyAtLevel": "nation",
    }  # fmt: skip
    items = {one["code"]: one for one in found["items"]}
    assert items["ballots_not_deposited"]["signed"]
    assert items["voters"]["breakdowns"] == [["sex"]]
    flash = next(one for one in found["forms"] if one["code"] == "flash")
    assert flash["cumulative"]
    assert flash["slots"][0]["publishAt"].startswith("2024-10-27T")


def test_a_socket_tells_nobody_what_is_not_released(ask: Ask, client: TestClient) -> None:
    """Not even which areas have reported."""
    with client.websocket_connect("/graphql", subprotocols=["graphql-transport-ws"]) as socket:
        socket.send_json({"type": "connection_init"})
        assert socket.receive_json()["type"] == "connection_ack"
        query = 'subscription { totalsChanged(election: "tiny", level: "city") { asOfPosition changed { area item } } }'
        socket.send_json({"id": "1", "type": "subscribe", "payload": {"query": query}})
        socket.send_json({"type": "ping"})
        assert socket.receive_json()["type"] == "pong"
        hub = client.app.state.hub  # type: ignore[attr-defined]
        deadline = time.monotonic() + 10
        while not hub._flags and time.monotonic() < deadline:
            time.sleep(0.01)
        submit(ask)
        for actor in (CITY, PREFECTURE):
            approve(ask, actor)
        released = ask(RELEASE, night.tiny.SYSTEM, i={"election": "tiny", "form": "final", "slot": "final"})
        at = released["data"]["releaseSlot"]["release"]["position"]
        told = socket.receive_json()["payload"]["data"]["totalsChanged"]
    assert told["asOfPosition"] >= at
    assert {one["area"] for one in told["changed"]} == {"10"}


RELEASE = """mutation($i: ReleaseInput!) { releaseSlot(input: $i) { __typename
  ... on SlotReleasedDone { release { number approved expected position } } ... on Refusal { code } } }"""


def test_nothing_is_visible_before_release_and_only_the_released_after(ask: Ask) -> None:
    submit(ask)
    approve(ask, CITY)
    last = approve(ask, PREFECTURE)["position"]
    nation = {"code": "JP", "value": None, "reported": 0, "expected": 5}
    for actor in (None, ANALYST, AUDITOR, WARD):
        nodes = totals(ask, actor, None, ["JP"], last)["data"]["election"]["contest"]["totals"]["nodes"]
        assert nodes == [nation], actor
    for actor in (None, ANALYST):
        assert "errors" in totals(ask, actor, "entered", ["JP"])
    released = ask(RELEASE, night.tiny.SYSTEM, i={"election": "tiny", "form": "final", "slot": "final"})[
        "data"
    ]["releaseSlot"]
    assert released["release"]["approved"] == 1
    nodes = totals(ask, None, None, ["JP"], released["release"]["position"])["data"]["election"]["contest"][
        "totals"
    ]["nodes"]
    assert nodes == [{**nation, "value": "100", "reported": 1}]


PATHS = {
    "unitReturn": 'election(code: "tiny") { unitReturn(form: "final", slot: "final", unit: "11") { figures { value } } }',
    "history": """election(code: "tiny") { figureHistory(form: "final", slot: "final", unit: "11", contest: "pr",
        item: "voters") { nodes { after } } }""",
    "entered": """election(code: "tiny") { contest(code: "pr") { totals(form: "final", slot: "final", layer: "entered",
        geography: "administrative", areas: ["11"]) { nodes { value } } } }""",
    "children": """election(code: "tiny") { contest(code: "pr") { totals(form: "final", slot: "final", layer: "entered",
        geography: "administrative", areas: ["10"], first: 1) { nodes { children(first: 5) { nodes { value } } } } } }""",
    "figures": """election(code: "tiny") { contest(code: "pr") { totals(form: "final", slot: "final",
        geography: "administrative", areas: ["11"], items: ["voters"], first: 1) { nodes { figures(first: 5) { nodes { value } } } } } }""",
    "desk": 'desk(election: "tiny", form: "final", slot: "final", unit: "11") { cells { value } }',
    "event": "event(position: POSITION) { state }",
    "preview": """previewCorrection(election: "tiny", form: "final", slot: "final", unit: "11",
        figures: [{contest: "pr", item: "voters", value: "99"}]) { totals { after } }""",
    "board": 'statusBoard(election: "tiny", form: "final", slot: "final", geography: "administrative", level: "ward", areas: ["11"]) { units }',
}
MAY = {"ward": WARD, "city": CITY, "prefecture": PREFECTURE, "nation": NATION, "auditor": AUDITOR}
MAY_NOT = {
    "nobody": None,
    "analyst": ANALYST,
    "other ward": night.OTHER_WARD,
    "town": night.TOWN,
    "other prefecture": Actor("p", "隣県", Role.PREFECTURE, "P2"),
}


@pytest.mark.parametrize("path", PATHS)
def test_unreleased_figures_are_seen_by_those_above_and_nobody_else(ask: Ask, path: str) -> None:
    """Cell by cell of the matrix' operation read_unreleased, on every path that reaches a figure."""
    position = submit(ask)["position"]
    first = position - 1 if path == "event" else position
    ask("query($at: Int) { asOfPosition(minPosition: $at) }", AUDITOR, at=position)
    query = "{ " + PATHS[path].replace("POSITION", str(first)) + " }"
    for who, actor in MAY.items():
        if path == "children" and who == "ward":
            continue  # a ward does not see its city
        assert "errors" not in ask(query, actor), who
    for who, outsider in MAY_NOT.items():
        answer = ask(query, outsider)
        assert answer.get("errors"), who
        assert answer["errors"][0]["extensions"]["code"] in ("NOT_AUTHENTICATED", "NOT_AUTHORISED"), who


def test_what_waits_for_whom(ask: Ask) -> None:
    at = submit(ask)["position"]
    query = """query($k: WorkKind!, $at: Int) { workList(election: "tiny", kind: $k, form: "final", minPosition: $at) {
      nodes { unit status nextLevel } } }"""

    def units(actor: Any, kind: str, position: int) -> list[str]:
        return [one["unit"] for one in ask(query, actor, k=kind, at=position)["data"]["workList"]["nodes"]]

    assert units(CITY, "AWAITING_APPROVAL", at) == ["11"]
    assert units(PREFECTURE, "AWAITING_APPROVAL", at) == []
    assert units(PREFECTURE, "MISSING", at) == ["12", "20"]
    at = mutate(
        ask,
        CITY,
        "sendBack",
        "SendBackInput",
        unit="11",
        cells=["pr|votes||a"],
        reasonClass="query",
        reason="確認",
    )["position"]
    assert units(WARD, "SENT_BACK", at) == ["11"]
    board = ask(
        """query($at: Int) { statusBoard(election: "tiny", form: "final", slot: "final", geography: "administrative",
          level: "prefecture", minPosition: $at) { area units missing sentBack } }""",
        NATION,
        at=at,
    )["data"]["statusBoard"]
    assert board == [
        {"area": "P1", "units": 3, "missing": 2, "sentBack": 1},
        {"area": "P2", "units": 2, "missing": 2, "sentBack": 0},
    ]
    asked = """query($at: Int) { statusBoard(election: "tiny", form: "final", slot: "final", geography: "administrative",
      level: "ward", minPosition: $at) { area name level units changedAt sampled ofPlaces %s } }"""
    as_read, at_once, walked = (
        ask(asked % also, NATION, at=at)["data"]["statusBoard"]
        for also in ("", "contestsAtStake", "contestsAtStake __typename")
    )
    assert at_once == [{key: row[key] for key in row if key != "__typename"} for row in walked]
    assert as_read == [{key: row[key] for key in row if key != "contestsAtStake"} for row in at_once]
    assert any(row["changedAt"] for row in at_once)
    asked = """query($at: Int) { workList(election: "tiny", kind: SENT_BACK, minPosition: $at) { nodes {
      unit changedAt again: sentBack objected places cutOff %s } pageInfo { hasNextPage } } }"""
    at_once, walked = (
        ask(asked % also, WARD, at=at)["data"]["workList"]["nodes"] for also in ("", "__typename")
    )
    assert at_once == [{key: row[key] for key in row if key != "__typename"} for row in walked]
    assert at_once[0]["again"] == ["pr|votes||a"]


def test_the_preview_says_what_an_open_difference_could_turn_over(ask: Ask) -> None:
    """23 ballots more than voters, declared and open: more than the 22 votes between the two."""
    many = {**night.BALANCED, "ballots_counted": 123, "invalid_votes": 25}
    refused = submit(ask, WARD, "11", figures=figures(**many))
    key = next(f["key"] for f in refused["findings"] if f["rule"] == "J11")
    declared = {"declarations": [{"key": key, "reasonClass": "recount"}], "reason": "再点検でも一致せず"}
    at = submit(ask, WARD, "11", figures=figures(**many), **declared)["position"]
    ask("query($at: Int) { asOfPosition(minPosition: $at) }", AUDITOR, at=at)
    query = """query($f: [CellInput!]!) { previewCorrection(election: "tiny", form: "final", slot: "final", unit: "11",
      figures: $f) { outcomes { margin openDoubt atStake } } }"""
    (close,) = ask(query, NATION, f=figures(votes_a=60))["data"]["previewCorrection"]["outcomes"]
    assert close == {"margin": "22", "openDoubt": "23", "atStake": ["a", "b"]}
    (clear,) = ask(query, NATION, f=figures(votes_a=62))["data"]["previewCorrection"]["outcomes"]
    assert clear == {"margin": "24", "openDoubt": "23", "atStake": []}


@pytest.mark.parametrize(
    ("actor", "areas", "leads"),
    [
        (WARD, {"11"}, False),
        (CITY, {"11", "10"}, False),
        (PREFECTURE, {"11", "10", "P1"}, False),
        (NATION, {"11", "10", "P1", "JP"}, True),
    ],
    ids=["ward", "city", "prefecture", "nation"],
)
@pytest.mark.parametrize("query", ["previewCorrection", "previewTogether"])
def test_a_preview_tells_nothing_beyond_the_reach_of_who_asks(
    ask: Ask, query: str, actor: Actor, areas: set[str], leads: bool
) -> None:
    """Before release, what a change moves above an office is what the areas above it hold."""
    submit(ask, night.TOWN, "20")
    at = submit(ask, WARD, "11")["position"]
    ask("query($at: Int) { asOfPosition(minPosition: $at) }", AUDITOR, at=at)
    told = "totals { geography area } outcomes { margin }"
    if query == "previewCorrection":
        asked = f"""query($f: [CellInput!]!) {{ told: previewCorrection(election: "tiny", form: "final", slot: "final",
          unit: "11", figures: $f) {{ {told} }} }}"""
        found = ask(asked, actor, f=figures(voters=90, votes_a=62))["data"]["told"]
    else:
        one = {"form": "final", "slot": "final", "unit": "11", "figures": figures(voters=90, votes_a=62)}
        asked = f'query($r: [ReturnFiguresInput!]!) {{ told: previewTogether(election: "tiny", returns: $r) {{ slots {{ {told} }} }} }}'
        (found,) = ask(asked, actor, r=[one])["data"]["told"]["slots"]
    assert {one["area"] for one in found["totals"] if one["geography"] == "administrative"} == areas
    assert {one["geography"] for one in found["totals"]} <= {"administrative", "electoral"}
    assert bool(found["outcomes"]) is leads


def test_the_preview_tells_everything_a_correction_would_move(ask: Ask) -> None:
    for unit, actor in (("11", WARD), ("20", night.TOWN)):
        submit(ask, actor, unit)
    approve(ask, CITY)
    at = approve(ask, PREFECTURE)["position"]
    released = ask(RELEASE, night.tiny.SYSTEM, i={"election": "tiny", "form": "final", "slot": "final"})
    at = released["data"]["releaseSlot"]["release"]["position"]
    ask("query($at: Int) { asOfPosition(minPosition: $at) }", AUDITOR, at=at)
    preview = ask(
        """query($f: [CellInput!]!) { previewCorrection(election: "tiny", form: "final", slot: "final", unit: "11", figures: $f) {
          totals { geography area item choice before after } elsewhere { slot layer cell value }
          outcomes { before after changes margin openDoubt atStake linesAtStake } findings { rule } untouched } }""",
        AUDITOR,
        f=figures(voters=90, votes_a=30, votes_b=68),
    )["data"]["previewCorrection"]
    moved = {
        (m["geography"], m["area"], m["item"], m["choice"]): (m["before"], m["after"])
        for m in preview["totals"]
    }
    assert moved["administrative", "JP", "voters", ""] == ("200", "190")
    assert moved["administrative", "JP", "turnout", ""] == ("50.00", "47.50")
    assert moved["electoral", "D1", "votes", "b"] == ("76", "106")
    assert {(e["layer"], e["cell"]) for e in preview["elsewhere"]} >= {
        ("released", "pr|voters||"),
        ("city", "pr|voters||"),
    }
    assert preview["outcomes"] == [
        {"before": ["a"], "after": ["b"], "changes": True, "margin": "16", "openDoubt": "0", "atStake": [],
         "linesAtStake": []}
    ]  # fmt: skip
    assert {f["rule"] for f in preview["findings"]} == {"J11"}
    assert len(preview["untouched"]) == 64
    assert (
        totals(ask, AUDITOR, "entered", ["JP"])["data"]["election"]["contest"]["totals"]["nodes"][0]["value"]
        == "200"
    )


def test_green_ones_go_at_once(ask: Ask) -> None:
    submit(ask, WARD, "11")
    submit(ask, night.OTHER_WARD, "12")
    answer = ask(
        """mutation($i: ApproveGreenInput!) { approveGreen(input: $i) { __typename ... on GreenDone {
          approved { unit } exceptions { unit reason { __typename } } } } }""",
        CITY,
        i={"commandId": str(uuid4()), "election": "tiny", "form": "final", "slot": "final"},
    )["data"]["approveGreen"]
    assert [one["unit"] for one in answer["approved"]] == ["11", "12"]
    assert answer["exceptions"] == []


@pytest.mark.unchanged
def test_the_matrix_is_readable(ask: Ask) -> None:
    rows = ask("{ authority { operation role reach phase } }", None)["data"]["authority"]
    assert {"operation": "approve", "role": "prefecture", "reach": "below", "phase": "open"} in rows
    assert {"operation": "approve", "role": "ward", "reach": "own", "phase": "open"} not in rows


def test_flash_against_final_is_a_list(ask: Ask) -> None:
    flash = figures(votes_a=60, votes_b=38)
    mutate(ask, WARD, "submitReturn", "SubmitInput", unit="11", form="flash", slot="2300", figures=flash)
    final = {**night.BALANCED, "votes_a": 59, "votes_b": 39}
    at = submit(ask, figures=figures(**final), reason="開票録と照合")["position"]
    query = """query($at: Int, $d: Boolean!, $l: String) { reconciliation(election: "tiny", form: "final", slot: "final",
      onlyDifferent: $d, layer: $l, minPosition: $at) { nodes { unit cell sourceValue value state } } }"""
    found = ask(query, WARD, at=at, d=True, l="entered")["data"]["reconciliation"]["nodes"]
    assert found == [
        {"unit": "11", "cell": f"pr|votes||{c}", "sourceValue": a, "value": b, "state": "explained"}
        for c, a, b in (("a", "60", "59"), ("b", "38", "39"))
    ]
    assert ask(query, None, at=at, d=False, l=None)["data"]["reconciliation"]["nodes"] == []
    later = mutate(
        ask, WARD, "submitReturn", "SubmitInput", unit="11", form="flash", slot="2300",
        figures=figures(votes_a=58), reason="速報の誤り",
    )  # fmt: skip
    states = {
        n["cell"]: n["state"]
        for n in ask(query, WARD, at=later["position"], d=True, l="entered")["data"]["reconciliation"][
            "nodes"
        ]
    }
    assert states == {"pr|votes||a": "open", "pr|votes||b": "explained"}


def test_a_correction_touches_the_named_cells_or_nothing(ask: Ask) -> None:
    """Scope lock: what a preview has sealed must still stand when the correction arrives."""
    at = submit(ask)["position"]
    ask("query($at: Int) { asOfPosition(minPosition: $at) }", AUDITOR, at=at)
    change = figures(votes_a=61, votes_b=37)
    query = """query($f: [CellInput!]!) { previewCorrection(election: "tiny", form: "final", slot: "final", unit: "11", figures: $f) {
      untouched } }"""
    sealed = ask(query, WARD, f=change)["data"]["previewCorrection"]["untouched"]
    other = figures(invalid_votes=1, valid_votes=99, votes_b=39)
    assert submit(ask, figures=other, reason="別の訂正")["status"] == "submitted"
    refused = submit(ask, figures=change, reason="訂正", untouched=sealed)
    assert refused["__typename"] == "OtherCellsMoved"
    ask("query($at: Int) { asOfPosition(minPosition: $at) }", AUDITOR, at=at + 2)
    change = figures(votes_a=61, votes_b=38)
    sealed = ask(query, WARD, f=change)["data"]["previewCorrection"]["untouched"]
    assert submit(ask, figures=change, reason="訂正", untouched=sealed)["status"] == "submitted"


@pytest.mark.unchanged
def test_proportional_division_is_explained(ask: Ask) -> None:
    query = """query($exact: Boolean!, $r: String!) { proportionalDivision(own: [{choice: "a", votes: 330}, {choice: "b", votes: 130}],
      common: [{choices: ["a", "b"], ballots: 10}], exact: $exact, reason: $r) { votes { choice votes } truncated stepsJa stepsEn } }"""
    found = ask(query, None, exact=False, r="")["data"]["proportionalDivision"]
    assert found["votes"] == [{"choice": "a", "votes": "337.173"}, {"choice": "b", "votes": "132.826"}]
    assert found["truncated"] == "0.001"
    assert found["stepsJa"]
    assert found["stepsEn"]
    exact = ask(query, None, exact=True, r="僅差")["data"]["proportionalDivision"]
    assert exact["votes"][0]["votes"] == "7755/23"
    assert ask(query, None, exact=True, r="")["errors"]


def test_the_turnout_of_everybody_fills_the_count_of_the_district(
    ask: Ask, service: Reporting, database: Database
) -> None:
    """Typed once on polling day: who voted at all is who voted in the district; retyping another number needs a reason."""
    whole = night.election()
    everybody = {
        "code": "all", "label": {"ja": "全体の有権者"}, "kind": "electorate", "seats": 0,
        "area": {"geography": "administrative", "area": "JP"},
    }  # fmt: skip
    voting = {
        "code": "voting", "label": {"ja": "投票結果"}, "items": ["electors", "voters"], "contest_kinds": ["electorate"],
        "slots": [{"code": "final", "label": {"ja": "確定"}}],
    }  # fmt: skip
    forms = {form.code: form.model_dump() | {"contest_kinds": ["proportional"]} for form in whole.forms}
    forms["final"] |= {
        "prefill": [{"form": "voting", "slot": "final", "contest_kind": "electorate"}],
    }
    contests = [everybody, *(contest.model_dump() for contest in whole.contests)]
    changed = night.election(contests=contests, forms=[voting, *forms.values()])
    service.define_election(changed, night.tiny.SYSTEM, uuid4(), reason="定義の訂正")
    Projector(database).catch_up()
    typed = [
        {"contest": "all", "item": "electors", "value": "200"},
        {"contest": "all", "item": "voters", "value": "100"},
    ]
    assert submit(ask, form="voting", figures=typed)["status"] == "submitted"
    query = """{ desk(election: "tiny", form: "final", slot: "final", unit: "11") { prefill { key value form reconciliation } } }"""
    offered = ask(query, WARD)["data"]["desk"]["prefill"]
    assert {(one["key"], one["value"], one["form"]) for one in offered} == {
        ("pr|electors||", "200", "voting"), ("pr|voters||", "100", "voting"),
    }  # fmt: skip
    other = {**night.BALANCED, "voters": 99, "ballots_not_deposited": -1}
    assert submit(ask, figures=figures(**other))["problems"] == [{"kind": "reason", "item": "voters"}]
    rest = {name: value for name, value in night.BALANCED.items() if name not in ("electors", "voters")}
    # And nothing is typed again; what was refused is kept as the draft, which is left alone here.
    at = submit(ask, figures=figures(**rest), fill=True, takeDraft=False)["position"]
    listed = """query($at: Int) { reconciliation(election: "tiny", form: "final", slot: "final", layer: "entered",
      onlyDifferent: false, minPosition: $at) { nodes { cell sourceForm sourceValue value state } } }"""
    nodes = ask(listed, WARD, at=at)["data"]["reconciliation"]["nodes"]
    assert {(one["cell"], one["sourceValue"], one["state"]) for one in nodes} == {
        ("pr|electors||", "200", "equal"), ("pr|voters||", "100", "equal"),
    }  # fmt: skip


REFUSED = """mutation($i: {kind}!) {{ {name}(input: $i) {{ __typename ... on Refusal {{ messageJa messageEn }}
  ... on UnknownReference {{ kind found suggestions }} }} }}"""


@pytest.mark.parametrize(
    ("changes", "suggestions"),
    [
        ({"election": "tin"}, ["tiny"]), ({"form": "finl"}, ["final"]), ({"slot": "final1"}, ["final"]),
        ({"unit": "10"}, ["11", "12"]),
    ],
)  # fmt: skip
@pytest.mark.unchanged
def test_what_was_meant_is_suggested(ask: Ask, changes: dict[str, str], suggestions: list[str]) -> None:
    given = {
        "commandId": str(uuid4()),
        "election": "tiny",
        "form": "final",
        "slot": "final",
        "unit": "11",
        **changes,
    }
    told = ask(REFUSED.format(kind="SubmitInput", name="submitReturn"), WARD, i=given)["data"]["submitReturn"]
    assert told["__typename"] == "UnknownReference"
    assert told["suggestions"] == suggestions
    assert suggestions[0] in told["messageJa"]


def test_a_district_that_approves_nothing_is_told_whom_to_ask(ask: Ask) -> None:
    """It said 「level」の値 22 は受け付けられません, which blamed a field that nobody had filled in."""
    submit(ask)
    district = Actor("森", "第1区選管", Role.PREFECTURE, "D1")
    for name, kind, more in (
        ("approveReturn", "ApproveInput", {"unit": "11"}), ("approveGreen", "ApproveGreenInput", {}),
        ("sendBack", "SendBackInput", {"unit": "11", "cells": ["pr|voters||"], "reasonClass": "q", "reason": "確認"}),
    ):  # fmt: skip
        given = {"commandId": str(uuid4()), "election": "tiny", "form": "final", "slot": "final", **more}
        told = ask(REFUSED.format(kind=kind, name=name), district, i=given)["data"][name]
        assert told["__typename"] == "NotAuthorised"
        assert "地域10、地域P1、地域JP の選挙管理委員会 に依頼" in told["messageJa"]


def test_a_ministry_that_reaches_everywhere_approves_and_certifies_at_the_top(ask: Ask) -> None:
    """The documented jurisdiction `*` is the top of every chain."""
    submit(ask)
    for actor in (CITY, PREFECTURE):
        assert approve(ask, actor)["__typename"] == "ReturnDone"
    assert approve(ask, Actor("山本", "総務省", Role.MINISTRY, "*"))["status"] == "approved"
    other = Actor("別人", "総務省", Role.MINISTRY, "*")
    assert mutate(ask, other, "certifyReturn", "CertifyInput", unit="11")["status"] == "certified"


def test_the_log_and_the_history_name_who_typed_and_who_sent(ask: Ask) -> None:
    """The city's clerk types the ward's return into the draft, the ward's clerk sends it."""
    save = "mutation($i: SaveDraftInput!) { saveDraft(input: $i) { ... on DraftSaved { version } } }"
    given = {"commandId": str(uuid4()), "election": "tiny", "form": "final", "slot": "final", "unit": "11"}
    cells = [{**one, "value": one["value"]} for one in figures(**night.BALANCED)]
    assert "errors" not in ask(save, CITY, i={**given, "cells": cells})
    refused = mutate(ask, WARD, "submitReturn", "SubmitInput", unit="11")
    assert refused["__typename"] == "VersionConflict"
    assert CITY.person in refused["messageJa"]
    assert "draftVersion" in refused["messageJa"]
    done = mutate(ask, WARD, "submitReturn", "SubmitInput", unit="11", draftVersion=1)
    assert done["status"] == "submitted"
    assert approve(ask, CITY)["__typename"] == "FourEyes"
    seen = ask(
        """query($at: Int) { asOfPosition(minPosition: $at)
          desk(election: "tiny", form: "final", slot: "final", unit: "11") {
            cells { key person typedBy { person office } }
            log { type person cells { key before after typedBy { person } } } }
          election(code: "tiny") { figureHistory(form: "final", slot: "final", unit: "11", contest: "pr", item: "voters") {
            nodes { person typedBy { person office } } } } }""",
        WARD,
        at=done["position"],
    )["data"]
    typist = {"person": CITY.person, "office": CITY.office}
    assert {(one["person"], one["typedBy"][0]["person"]) for one in seen["desk"]["cells"]} == {
        (WARD.person, CITY.person)
    }
    log = seen["desk"]["log"]
    assert [(one["type"], one["person"]) for one in log] == [
        ("DraftSaved", CITY.person),
        ("FiguresEntered", WARD.person),
        ("ReturnSubmitted", WARD.person),
    ]
    assert {"key": "pr|voters||", "before": None, "after": "100", "typedBy": []} in log[0]["cells"]
    assert {"key": "pr|voters||", "before": None, "after": "100", "typedBy": [{"person": CITY.person}]} in log[1]["cells"]  # fmt: skip
    (version,) = seen["election"]["figureHistory"]["nodes"]
    assert version == {"person": WARD.person, "typedBy": [typist]}


def test_a_joint_correction_is_previewed_together_and_names_the_others(ask: Ask) -> None:
    """Two wards of one city exchange 10 votes: each total moves by both, the order of findings is that of the returns."""
    submit(ask)
    at = submit(ask, night.OTHER_WARD, unit="12")["position"]
    ask("query($at: Int) { asOfPosition(minPosition: $at) }", at=at)
    returns = [
        {"form": "final", "slot": "final", "unit": "11", "figures": figures(votes_a=50, votes_b=48)},
        {"form": "final", "slot": "final", "unit": "12", "figures": figures(votes_a=71, votes_b=27)},
    ]
    query = """query($r: [ReturnFiguresInput!]!) { previewTogether(election: "tiny", returns: $r) {
      slots { form slot totals { area item choice before after } outcomes { contest before after } }
      returns { unit findings { rule cells } untouched elsewhere { layer } } } }"""
    preview = ask(query, CITY, r=returns)["data"]["previewTogether"]
    moved = {
        (one["area"], one["choice"]): (one["before"], one["after"])
        for one in preview["slots"][0]["totals"]
        if one["item"] == "votes"
    }
    assert moved["10", "a"] == ("120", "121")
    assert moved["11", "a"] == ("60", "50")
    assert [one["unit"] for one in preview["returns"]] == ["11", "12"]
    assert preview["slots"][0]["outcomes"] == [], "other cities vote on it, too"
    assert {one["area"] for one in preview["slots"][0]["totals"]} == {"10", "11", "12"}
    above = ask(query, NATION, r=returns)["data"]["previewTogether"]["slots"][0]
    assert above["outcomes"][0]["after"] == ["a"]
    assert "errors" in ask(query, WARD, r=returns), "another ward's return is beyond its reach"
    change = """mutation($i: CorrectTogetherInput!) { correctTogether(input: $i) { __typename
      ... on DoneTogether { position returns { unit status } } ... on Refusal { code messageEn }
      ... on RulesRefused { returns { unit findings { rule } } } } }"""
    given = {"commandId": str(uuid4()), "election": "tiny", "reason": "取り違え"}
    sealed = [
        {**one, "untouched": seen["untouched"]} for one, seen in zip(returns, preview["returns"], strict=True)
    ]
    wrong = [sealed[0], {**sealed[1], "figures": figures(votes_a=999, votes_b=27)}]
    refused = ask(change, CITY, i={**given, "returns": wrong})["data"]["correctTogether"]
    assert refused["__typename"] == "RulesRefused"
    assert [one["unit"] for one in refused["returns"]] == ["12"]
    done = ask(change, CITY, i={**given, "commandId": str(uuid4()), "returns": sealed})["data"][
        "correctTogether"
    ]
    assert done["__typename"] == "DoneTogether", done
    log = ask(
        """query($at: Int) { asOfPosition(minPosition: $at)
          desk(election: "tiny", form: "final", slot: "final", unit: "11") {
          log { type together { form slot unit } } }
          election(code: "tiny") { figureHistory(form: "final", slot: "final", unit: "11", contest: "pr", item: "votes",
            choice: "a") { nodes { after together { unit } } } } }""",
        CITY,
        at=done["position"],
    )["data"]
    last = [one for one in log["desk"]["log"] if one["type"] == "ReturnSubmitted"][-1]
    assert last["together"] == [{"form": "final", "slot": "final", "unit": "12"}]
    assert [one["together"] for one in log["election"]["figureHistory"]["nodes"]] == [[{"unit": "12"}], []]
