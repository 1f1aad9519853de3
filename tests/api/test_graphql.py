from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import pytest
import tiny
from starlette.testclient import TestClient
from tiny import Ask

ENTER = """
mutation($input: EnterFiguresInput!) { enterFigures(input: $input) {
  __typename
  ... on FiguresRecorded { unit version position repeated }
  ... on Refusal { code messageJa messageEn }
  ... on FiguresRefused { problems { item kind found } }
  ... on VersionConflict { expected actual changedBy }
} }"""
CORRECT = ENTER.replace("EnterFiguresInput", "CorrectFiguresInput").replace("enterFigures", "correctFigures")
TOTALS = """
query($at: Int, $items: [String!], $level: String, $areas: [String!]) {
  election(code: "tiny", minPosition: $at) { asOfPosition isTest contest(code: "pr") {
    totals(form: "final", slot: "final", geography: "administrative", items: $items, level: $level, areas: $areas) {
      asOfPosition nodes { code item value reported expected }
    } } } }"""


def given(unit: str, version: int = 0, **values: Any) -> dict[str, Any]:
    return {
        "commandId": str(uuid4()),
        "election": "tiny",
        "form": "final",
        "slot": "final",
        "unit": unit,
        "expectedVersion": version,
        "figures": [{"contest": "pr", "item": item, "value": str(value)} for item, value in values.items()],
    }


def enter(ask: Ask, unit: str, actor: Any = tiny.MINISTRY, **values: Any) -> dict[str, Any]:
    return dict(ask(ENTER, actor, input=given(unit, **values))["data"]["enterFigures"])


def test_an_entry_is_read_back_in_the_national_total(ask: Ask) -> None:
    for unit in tiny.UNITS:
        recorded = enter(ask, unit, voters=10, electors=15)
        assert recorded["__typename"] == "FiguresRecorded"
    election = ask(TOTALS, None, at=recorded["position"], items=["voters", "turnout"], areas=["JP"])["data"][
        "election"
    ]
    totals = election["contest"]["totals"]
    assert election["isTest"] is True
    assert totals["asOfPosition"] >= recorded["position"]
    assert totals["nodes"] == [
        {"code": "JP", "item": "voters", "value": "50", "reported": 5, "expected": 5},
        {"code": "JP", "item": "turnout", "value": "66.67", "reported": 5, "expected": 5},
    ]


def test_from_the_nation_to_the_event_and_the_person_in_one_query(ask: Ask) -> None:
    enter(ask, "11", tiny.WARD_CLERK, voters=10)
    correction = {**given("11", 1, voters=7), "reasonClass": "typing_error", "reason": "二重計上"}
    corrected = ask(CORRECT, tiny.CITY_CLERK, input=correction)["data"]["correctFigures"]
    assert corrected["__typename"] == "FiguresRecorded"
    query = """query($at: Int) { election(code: "tiny", minPosition: $at) { contest(code: "pr") {
      totals(form: "final", slot: "final", geography: "administrative", items: ["voters"], areas: ["JP"], first: 1) { nodes { value
        children(first: 10) { nodes { code value children(first: 10) { nodes { code value children(first: 10) { nodes { code value
          figures(first: 5) { nodes { unit value returnVersion history(first: 5) { nodes {
            before after person office role channel reason reasonClass supersedes position event { type streamVersion state }
          } } } } } } } } } } } } } } }"""
    nation = ask(query, at=corrected["position"])["data"]["election"]["contest"]["totals"]["nodes"][0]
    prefecture = nation["children"]["nodes"][0]
    city = prefecture["children"]["nodes"][0]
    ward = city["children"]["nodes"][0]
    assert [nation["value"], prefecture["value"], city["value"], ward["value"]] == ["7"] * 4
    history = ward["figures"]["nodes"][0]["history"]["nodes"]
    assert [(one["before"], one["after"], one["person"]) for one in history] == [
        ("10", "7", "鈴木"),
        (None, "10", "佐藤"),
    ]
    assert history[0]["reason"] == "二重計上"
    assert history[0]["supersedes"] == history[1]["position"]
    assert history[0]["event"]["type"] == "FiguresCorrected"


def test_sending_a_command_again_gives_the_same_answer(ask: Ask) -> None:
    one = given("11", voters=3)
    first = ask(ENTER, tiny.MINISTRY, input=one)["data"]["enterFigures"]
    again = ask(ENTER, tiny.MINISTRY, input=one)["data"]["enterFigures"]
    assert {**first, "repeated": True} == again
    other = {**one, "figures": given("11", voters=4)["figures"]}
    assert ask(ENTER, tiny.MINISTRY, input=other)["data"]["enterFigures"]["__typename"] == "CommandIdReused"


def test_refusals_are_types_with_words_in_both_languages(ask: Ask) -> None:
    enter(ask, "11", voters=3)
    conflict = enter(ask, "11", voters=3)
    assert (conflict["__typename"], conflict["expected"], conflict["actual"], conflict["changedBy"]) == (
        "VersionConflict",
        0,
        1,
        tiny.MINISTRY.office,
    )
    assert conflict["messageJa"]
    assert conflict["messageEn"]
    refused = enter(ask, "12", voters="1.5", turnout="50", nonsense=1, electors=-1)
    assert refused["__typename"] == "FiguresRefused"
    kinds = {problem["item"]: problem["kind"] for problem in refused["problems"]}
    assert kinds == {"voters": "fraction", "turnout": "derived", "nonsense": "item", "electors": "negative"}
    for change, kind in (
        ({"unit": "99"}, "UnknownReference"),
        ({"election": "nowhere"}, "UnknownReference"),
        ({"slot": "nowhen"}, "UnknownReference"),
        ({"commandId": "x"}, "InvalidRequest"),
        ({"figures": []}, "InvalidRequest"),
        ({"expectedVersion": -1}, "InvalidRequest"),
    ):
        answer = ask(ENTER, tiny.MINISTRY, input={**given("12", voters=1), **change})["data"]["enterFigures"]
        assert answer["__typename"] == kind, change


def test_who_may_write_where(ask: Ask) -> None:
    assert enter(ask, "12", tiny.WARD_CLERK, voters=1)["__typename"] == "NotAuthorised"
    assert enter(ask, "11", tiny.AUDITOR, voters=1)["__typename"] == "NotAuthorised"
    assert enter(ask, "11", None, voters=1)["__typename"] == "NotAuthenticated"
    assert enter(ask, "12", tiny.CITY_CLERK, voters=1)["__typename"] == "FiguresRecorded"


@pytest.mark.unchanged
def test_only_published_totals_and_definitions_need_no_token(ask: Ask) -> None:
    assert "errors" not in ask(TOTALS, None, items=["voters"])
    for query in (
        "{ event(position: 1) { type } }",
        '{ election(code: "tiny") { unitReturn(form: "final", slot: "final", unit: "11") { version } } }',
        '{ election(code: "tiny") { figureHistory(form: "final", slot: "final", unit: "11", contest: "pr", item: "voters") { nodes { after } } } }',
        '{ election(code: "tiny") { contest(code: "pr") { totals(form: "final", slot: "inner", geography: "administrative") { nodes { value } } } } }',
        '{ election(code: "tiny") { contest(code: "pr") { totals(form: "final", slot: "final", geography: "administrative") { nodes { figures { nodes { value } } } } } } }',
    ):
        answer = ask(query, None)
        assert answer["errors"][0]["extensions"]["code"] == "NOT_AUTHENTICATED", query
        assert "errors" not in ask(query, tiny.AUDITOR), query


def test_pages_meet_without_gap_or_overlap(ask: Ask) -> None:
    for unit in tiny.UNITS:
        enter(ask, unit, voters=1)
    query = """query($after: String) { election(code: "tiny") { contest(code: "pr") { totals(form: "final", slot: "final",
      geography: "administrative", items: ["voters", "electors"], first: 3, after: $after) {
        edges { cursor node { code item } } pageInfo { hasNextPage endCursor } } } } }"""
    seen: list[tuple[str, str]] = []
    after = None
    while True:
        totals = ask(query, after=after)["data"]["election"]["contest"]["totals"]
        seen += [(edge["node"]["code"], edge["node"]["item"]) for edge in totals["edges"]]
        if not totals["pageInfo"]["hasNextPage"]:
            break
        after = totals["pageInfo"]["endCursor"]
    assert len(seen) == len(set(seen)) == 18
    bad = ask(query, after="nonsense")
    assert bad["errors"][0]["extensions"]["code"] == "INVALID_INPUT"


def test_ready_made_and_walked_answers_are_equal(ask: Ask) -> None:
    recorded = enter(ask, "11", voters=1, electors=3)
    fields = (
        "code name nameEn level geography item breakdown choice value reported expected numerator denominator"
    )
    query = """query($at: Int) { election(code: "tiny", minPosition: $at) { contest(code: "pr") { totals(form: "final", slot: "final",
      geography: "administrative", first: 100) { nodes { %s } } } } }"""
    ready = ask(query % fields, at=recorded["position"])
    walked = ask(query % (fields + " isTest"), at=recorded["position"])
    for node in walked["data"]["election"]["contest"]["totals"]["nodes"]:
        assert node.pop("isTest") is True
    assert ready == walked
    first, rest = fields.split(" ", 1)
    assert ask(query % f"{first} }} nodes {{ {rest}", at=recorded["position"]) == ready, (
        "a field twice is merged"
    )


@pytest.mark.unchanged
def test_waiting_for_a_position_nobody_has_written(ask: Ask, monkeypatch: Any) -> None:
    from projections.read import ViewReader

    monkeypatch.setattr(ViewReader.snapshot.__wrapped__, "__defaults__", (0, 0.05))  # type: ignore[attr-defined]
    answer = ask(TOTALS, at=10_000_000)
    assert answer["errors"][0]["extensions"]["code"] == "NOT_YET_PROJECTED"


def test_a_subscriber_is_told_which_totals_changed(ask: Ask, client: TestClient) -> None:
    with client.websocket_connect("/graphql", subprotocols=["graphql-transport-ws"]) as socket:
        socket.send_json({"type": "connection_init"})
        assert socket.receive_json()["type"] == "connection_ack"
        query = 'subscription { totalsChanged(election: "tiny", level: "prefecture") { asOfPosition changed { area item } } }'
        socket.send_json({"id": "1", "type": "subscribe", "payload": {"query": query}})
        socket.send_json({"type": "ping"})
        assert socket.receive_json()["type"] == "pong"
        hub = client.app.state.hub  # type: ignore[attr-defined]
        deadline = time.monotonic() + 10
        while not hub._flags and time.monotonic() < deadline:
            time.sleep(0.01)
        assert hub._flags
        recorded = enter(ask, "11", voters=1)
        message = socket.receive_json()
        assert message["type"] == "next", message
        told = message["payload"]["data"]["totalsChanged"]
        assert told["asOfPosition"] >= recorded["position"]
        assert told["changed"] == [{"area": "P1", "item": "voters"}]


@pytest.mark.unchanged
def test_a_socket_can_do_nothing_but_subscribe(client: TestClient) -> None:
    with client.websocket_connect("/graphql", subprotocols=["graphql-transport-ws"]) as socket:
        socket.send_json({"type": "connection_init"})
        socket.receive_json()
        query = "mutation { enterFigures(input: {}) { __typename } }"
        socket.send_json({"id": "1", "type": "subscribe", "payload": {"query": query}})
        assert socket.receive_json()["type"] == "error"


@pytest.mark.unchanged
def test_health_names_position_and_state(client: TestClient) -> None:
    answer = client.get("/health")
    assert answer.status_code == 200
    assert answer.json()["state"] == "active"
