"""Bad input anywhere: a clear typed error, nothing changed, no traceback, no 5xx."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import tiny
from graphql import GraphQLObjectType, build_schema, get_named_type
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from tiny import Ask

from api.app import SUBSCRIPTIONS, create_app
from api.graphql import limits
from api.graphql.limits import check, paged
from api.graphql.schema import schema
from api.settings import Settings
from api.socket_gate import REASONS
from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.errors import InvalidInput
from reporting.ledger import Ledger

Served = tuple[TestClient, Settings]


@pytest.fixture(scope="module")
def served(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One application for all of this: nothing here may change it."""
    settings = Settings(
        database_url=module_database.url, token_key=tmp_path_factory.mktemp("hostile") / "token.key"
    )
    ledger = Ledger(module_database)
    tiny.define(Reporting(ledger))
    ledger.close()
    Projector(module_database).catch_up()
    with TestClient(create_app(settings)) as client:
        yield client, settings


@pytest.fixture
def client(served: Served) -> TestClient:
    return served[0]


@pytest.fixture
def settings(served: Served) -> Settings:
    return served[1]


JSON = {"Content-Type": "application/json"}


def fragments(count: int) -> str:
    parts = [f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }}" for n in range(count)]
    return "{ ...f0 } " + " ".join(parts) + f" fragment f{count} on Query {{ asOfPosition }}"


BODIES: list[tuple[str, bytes, dict[str, str]]] = [
    ("empty", b"", JSON),
    ("not json", b"{", JSON),
    ("array", b"[]", JSON),
    ("no query", b"{}", JSON),
    ("query is a number", b'{"query": 1}', JSON),
    ("variables is a list", b'{"query": "{a}", "variables": []}', JSON),
    ("operationName is a number", b'{"query": "{a}", "operationName": 1}', JSON),
    ("doubled key", b'{"query": "{a}", "query": "{b}"}', JSON),
    ("NaN", b'{"query": "{a}", "variables": {"a": NaN}}', JSON),
    ("not UTF-8", b'{"query": "\xff"}', JSON),
    ("lone surrogate", b'{"query": "{a}", "variables": {"a": "\\ud800"}}', JSON),
    ("NUL", b'{"query": "{a}", "variables": {"a": "\\u0000"}}', JSON),
    ("deep", b'{"query": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", JSON),
    ("NUL by GraphQL's escape", rb'{"query": "{ election(code: \"\\u0000\") { code } }"}', JSON),
    ("NUL by its other one", rb'{"query": "{ election(code: \"\\u{000}\") { code } }"}', JSON),
    ("huge number", b'{"query": "{a}", "variables": {"a": ' + b"9" * 5_000 + b"}}", JSON),
    ("too long", b'{"query": "' + b" " * 1_100_000 + b'"}', JSON),
    ("unknown member", b'{"query": "{a}", "id": 1}', JSON),
    ("wrong media type", b'{"query": "{a}"}', {"Content-Type": "text/application/json"}),
    ("form", b"query={a}", {"Content-Type": "application/x-www-form-urlencoded"}),
    ("no media type", b'{"query": "{a}"}', {}),
    ("packed", b'{"query": "{a}"}', {**JSON, "Content-Encoding": "gzip"}),
]


@pytest.mark.parametrize(
    ("body", "headers"), [(b, h) for _, b, h in BODIES], ids=[name for name, _, _ in BODIES]
)
def test_bodies(client: TestClient, body: bytes, headers: dict[str, str]) -> None:
    answer = client.post("/graphql", content=body, headers=headers)
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "INVALID_INPUT"
    assert error["extensions"]["ja"]
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    "header", ["Basic x", "Bearer", "Bearer ", "Bearer x", "Bearer a.b.c", "Bearer " + "x" * 9_000]
)
def test_tokens(client: TestClient, header: str) -> None:
    answer = client.post("/graphql", json={"query": "{ asOfPosition }"}, headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["extensions"]["code"] == "NOT_AUTHENTICATED"


QUERIES: list[tuple[str, dict[str, Any]]] = [
    ("", {}),
    ("{", {}),
    ("query A { asOfPosition } query B { asOfPosition }", {}),
    ("{ asOfPosition } { asOfPosition }", {}),
    ("{ nothing }", {}),
    (fragments(30), {}),
    ("{ ...f } fragment f on Query { ...g } fragment g on Query { ...f }", {}),
    ("{ ...nothing }", {}),
    ("{ " + " ".join(f"a{n}: asOfPosition" for n in range(50)) + " }", {}),
    ("{ ...f } fragment f on Query { " + " ".join(f"a{n}: asOfPosition" for n in range(50)) + " }", {}),
    ("{ ... on Query { " + " ".join(f"a{n}: asOfPosition" for n in range(50)) + " } }", {}),
    ("{ ...f } fragment f on Query { asOfPosition(minPosition: 2000000000) }", {}),
    ("{ asOfPosition(minPosition: 2000000000) }", {}),
    ("{ elections { nodes { " + 'contest(code: "pr") { code } ' * 900 + " } } }", {}),
    ('{ election(code: "x") { code } }', {}),
    ("{ election(code: 1) { code } }", {}),
    ('{ election(code: "tiny\'; DROP TABLE ledger.event; --") { code } }', {}),
    ('{ election(code: "tiny") { contest(code: "x") { code } } }', {}),
    ("{ elections(first: 0) { nodes { code } } }", {}),
    ("{ elections(first: 101) { nodes { code } } }", {}),
    ("{ elections(first: -1) { nodes { code } } }", {}),
    ('{ elections(after: "é") { nodes { code } } }', {}),
    ('{ elections(after: "W10=") { nodes { code } } }', {}),
    ("query($n: Int) { elections(first: $n) { nodes { code } } }", {"n": "x"}),
    ("query($n: Int) { elections(first: $n) { nodes { code } } }", {"n": 2**40}),
    (
        '{ election(code: "tiny") { contest(code: "pr") { totals(form: "x", slot: "final", geography: "administrative") { nodes { value } } } } }',
        {},
    ),
    (
        '{ election(code: "tiny") { contest(code: "pr") { totals(form: "final", slot: "final", geography: "x") { nodes { value } } } } }',
        {},
    ),
    (
        '{ election(code: "tiny") { contest(code: "pr") { totals(form: "final", slot: "final", geography: "administrative", items: ["x"]) { nodes { value } } } } }',
        {},
    ),
    (
        '{ election(code: "tiny") { contest(code: "pr") { totals(form: "final", slot: "final", geography: "administrative", first: 2001) { nodes { value } } } } }',
        {},
    ),
]


@pytest.mark.parametrize(("query", "variables"), QUERIES)
def test_queries(client: TestClient, ask: Ask, query: str, variables: dict[str, Any]) -> None:
    answer = ask(query, **variables)
    assert answer["errors"], json.dumps(answer)
    for error in answer["errors"]:
        assert error["extensions"]["code"] != "INTERNAL", error
        assert "Traceback" not in error["message"]


QUERY = 'subscription { totalsChanged(election: "tiny") { more } }'


def subscribe(payload: Any, id: Any = "1") -> str:
    return json.dumps({"type": "subscribe", "id": id, "payload": payload})


MESSAGES = {
    "not json": "{",
    "array": "[]",
    "number": "1",
    "null": "null",
    "no type": "{}",
    "long type": json.dumps({"type": "選" * 300}, ensure_ascii=False),
    "deep": '{"type": "ping", "payload": ' + "[" * 20_000 + "]" * 20_000 + "}",
    "ping with a list": '{"type": "ping", "payload": [1]}',
    "id is a number": subscribe({"query": QUERY}, id=1),
    "long id": subscribe({"query": QUERY}, id="x" * 101),
    "payload is a list": subscribe([]),
    "no query": subscribe({}),
    "query is a number": subscribe({"query": 1}),
    "query is long": subscribe({"query": "{ " + "asOfPosition " * 400 + "}"}),
    "variables is a list": subscribe({"query": QUERY, "variables": []}),
    "NUL": subscribe({"query": QUERY, "variables": {"a": "\0"}}),
    "lone surrogate": subscribe({"query": QUERY, "variables": {"a": "\ud800"}}),
}


def test_a_socket_that_sends_what_is_no_message_is_closed(client: TestClient) -> None:
    """The application raises through this client what a server would print as a traceback."""
    for name, message in MESSAGES.items():
        with client.websocket_connect("/graphql", subprotocols=["graphql-transport-ws"]) as socket:
            socket.send_json({"type": "connection_init"})
            assert socket.receive_json() == {"type": "connection_ack"}
            socket.send_text(message)
            with pytest.raises(WebSocketDisconnect) as closed:
                socket.receive_json()
        assert closed.value.code == 4400, name
        assert len((closed.value.reason or "").encode()) <= 123, name


VARIABLE = "subscription($e: String!) { totalsChanged(election: $e) { more } }"
ASKED_WRONGLY: dict[str, tuple[dict[str, Any], str, str]] = {
    "no GraphQL": ({"query": "x" * 3_000}, "INVALID_INPUT", "1:1"),
    "an end too soon": ({"query": "subscription { totalsChanged("}, "INVALID_INPUT", "1:30"),
    "nothing": ({"query": ""}, "INVALID_INPUT", "1:1"),
    "blanks": ({"query": "   "}, "INVALID_INPUT", "1:4"),
    "a question": ({"query": "{ elections { nodes { code } } }"}, "GRAPHQL_INVALID", "elections"),
    "another field": ({"query": "subscription { nope }"}, "GRAPHQL_INVALID", "nope"),
    "no variable": ({"query": VARIABLE}, "GRAPHQL_INVALID", "e"),
    "a wrong variable": ({"query": VARIABLE, "variables": {"e": 5}}, "GRAPHQL_INVALID", "5"),
    "two operations": ({"query": f"{QUERY.replace(' {', ' A {', 1)} {QUERY.replace(' {', ' B {', 1)}"}, "INVALID_INPUT", "operationName"),
    "an operation that is not there": ({"query": QUERY, "operationName": "B"}, "INVALID_INPUT", "B"),
    "an election": ({"query": QUERY.replace("tiny", "tinny")}, "UNKNOWN_REFERENCE", "tinny"),
    "a level": ({"query": QUERY.replace('"tiny"', '"tiny", level: "wards"')}, "UNKNOWN_REFERENCE", "wards"),
}  # fmt: skip
"""Payload, code, and what must be named."""


@pytest.mark.parametrize("what", ASKED_WRONGLY)
def test_what_a_subscription_asks_wrongly_is_told_as_over_http_and_the_socket_goes_on(
    client: TestClient, what: str
) -> None:
    """In both languages, with code and facts, and in no words of a library."""
    payload, code, named = ASKED_WRONGLY[what]
    with client.websocket_connect("/graphql", subprotocols=["graphql-transport-ws"]) as socket:
        socket.send_json({"type": "connection_init"})
        socket.receive_json()
        socket.send_json({"type": "subscribe", "id": "1", "payload": payload})
        message = socket.receive_json()
        told = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
        if message["type"] == "next":
            assert socket.receive_json() == {"id": "1", "type": "complete"}
        socket.send_json({"type": "ping"})
        assert socket.receive_json() == {"type": "pong"}
    (error,) = told
    extensions = error["extensions"]
    assert (message["id"], extensions["code"]) == ("1", code)
    assert named in f"{extensions['ja']} {extensions['facts']}"
    assert error["message"] == f"{extensions['ja']} / {extensions['en']}"
    assert not re.search(r"[Ss]yntax Error|Expected|Variable|cannot represent|Request data", str(message))


def test_what_the_library_closes_or_refuses_is_told_in_our_words(client: TestClient) -> None:
    def closed_by(*messages: dict[str, Any], greet: bool = True) -> tuple[int, str]:
        with client.websocket_connect("/graphql", subprotocols=["graphql-transport-ws"]) as socket:
            if greet:
                socket.send_json({"type": "connection_init"})
                socket.receive_json()
            for message in messages:
                socket.send_json(message)
            with pytest.raises(WebSocketDisconnect) as closed:
                socket.receive_json()
        return closed.value.code, closed.value.reason

    subscription = {"type": "subscribe", "id": "1", "payload": {"query": QUERY}}
    assert closed_by({"type": "foo"}) == (4400, REASONS[4400])
    assert closed_by({"type": "connection_init"}) == (4429, REASONS[4429])
    assert closed_by(subscription, subscription) == (4409, REASONS[4409])
    unasked = {"type": "subscribe", "id": "1", "payload": {"query": "x"}}
    assert closed_by(unasked, greet=False) == (4401, REASONS[4401])
    with client.websocket_connect("/graphql", subprotocols=["graphql-transport-ws"]) as socket:
        socket.send_json({"type": "connection_init"})
        socket.receive_json()
        for number in range(SUBSCRIPTIONS + 1):
            socket.send_json({**subscription, "id": str(number)})
        refused = socket.receive_json()
    assert (refused["id"], refused["type"]) == (str(SUBSCRIPTIONS), "error")
    assert refused["payload"][0]["extensions"]["code"] == "TOO_MANY_SUBSCRIPTIONS"
    assert "購読が多すぎます" in refused["payload"][0]["message"]


def test_what_pages_is_weighed_without_being_listed() -> None:
    """A field that the schema gets tomorrow counts by its `first`, as it stands and on a page of the usual size."""
    new = build_schema(
        "type Query { novelties(first: Int): [Novelty!]! } type Novelty { parts(first: Int): [Int!]! }"
    )
    asked = "{ novelties(first: 1000) { parts(first: %s) } }"
    check(asked % limits.PAGE_DEFAULT, {}, None, paged(new))
    for query in (asked % (limits.PAGE_DEFAULT + 1), "{ novelties(first: 1001) { parts } }"):
        with pytest.raises(InvalidInput, match="more than 50000 rows"):
            check(query, {}, None, paged(new))


def test_the_page_size_that_a_query_itself_says_of_a_variable_counts() -> None:
    """A default, and JSON's 1001.0, were weighed as a page of the usual size: each asked for any number of rows."""
    new = build_schema(
        "type Query { novelties(first: Int): [Novelty!]! } type Novelty { parts(first: Int): [Int!]! }"
    )
    asked = "query ($n: Int = %s) { novelties(first: 1000) { parts(first: $n) } }"
    most = limits.PAGE_DEFAULT
    check(asked % most, {}, None, paged(new))
    check(asked % (most + 1), {"n": most}, None, paged(new))
    for default, given in ((most + 1, {}), (1, {"n": most + 1}), (1, {"n": float(most + 1)})):
        with pytest.raises(InvalidInput, match="more than 50000 rows"):
            check(asked % default, given, None, paged(new))


@pytest.mark.parametrize(("given", "waits"), [({}, 7), ({"p": 9}, 9), ({"p": 9.0}, 9), ({"p": None}, 0)])
def test_the_position_that_a_query_itself_says_of_a_variable_is_waited_for(
    given: dict[str, Any], waits: int
) -> None:
    checked = check("query ($p: Int = 7) { asOfPosition(minPosition: $p) }", given, None, frozenset())
    assert limits.wanted_position(checked, given) == waits


@pytest.mark.parametrize(
    "place", [["\0", 1], ["\ud800", 1], ["P1", 10**25], ["P1", 2**63 - 1], ["P1", -(2**63)]]
)
def test_a_cursor_that_no_database_holds_is_refused_as_that(client: TestClient, place: list[object]) -> None:
    """It was an internal error that says to send again."""
    totals = 'totals(form: "final", slot: "final", geography: "administrative", after: %s) { nodes { code } }'
    written = base64.urlsafe_b64encode(json.dumps(place).encode()).decode()
    query = '{ election(code: "tiny") { contest(code: "pr") { %s } } }' % (totals % json.dumps(written))
    answered = client.post("/graphql", json={"query": query}).json()
    codes = [error["extensions"]["code"] for error in answered.get("errors", ())]
    assert codes == ([] if place == ["P1", 2**63 - 1] else ["INVALID_INPUT"]), answered


def test_a_body_without_a_query_is_told_without_a_type_of_the_program(client: TestClient) -> None:
    """What asks by a hash alone (a persisted query) was told of the value NoneType."""
    asked = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "a"}}}
    (error,) = client.post("/graphql", json=asked).json()["errors"]
    assert (error["extensions"]["facts"]["field"], error["extensions"]["facts"]["found"]) == ("query", "")
    (error,) = client.post("/graphql", json={"query": "{a}", "variables": [1]}).json()["errors"]
    assert error["extensions"]["facts"]["found"] == "[1]"


def test_a_cursor_of_something_else_is_no_end_of_a_list(client: TestClient) -> None:
    """After an election that is none there was nothing more, as after the last; a day that is none was an internal error."""
    asked = {
        'elections(after: "{}") {{ nodes {{ code }} }}': ["nope"],
        'registeredAreas(registry: "tinyland", geography: "administrative", after: "{}") {{ nodes {{ code }} }}': ["11", "x"],
    }  # fmt: skip
    for query, place in asked.items():
        written = base64.urlsafe_b64encode(json.dumps(place).encode()).decode()
        (error,) = client.post("/graphql", json={"query": f"{{ {query.format(written)} }}"}).json()["errors"]
        assert error["extensions"]["code"] == "INVALID_INPUT", error
        assert error["extensions"]["facts"]["field"] == "after"


def test_every_connection_has_a_page_size() -> None:
    """What can be of any length says how much of it is asked for: otherwise the limits would not see it."""
    without = [
        f"{kind.name}.{name}"
        for kind in schema._schema.type_map.values()
        if isinstance(kind, GraphQLObjectType)
        for name, field in kind.fields.items()
        if get_named_type(field.type).name.endswith("Connection") and "first" not in field.args
    ]
    assert without == ["SlotTotals.totals"], "as many as its bySlot asks for each slot"


def test_nothing_was_changed_by_any_of_it(client: TestClient, ask: Ask) -> None:
    before = client.app.state.service.ledger.position()  # type: ignore[attr-defined]
    for query, variables in QUERIES:
        ask(query, **variables)
    assert client.app.state.service.ledger.position() == before  # type: ignore[attr-defined]


MUTATION = "mutation($i: SubmitInput!) { submitReturn(input: $i) { __typename } }"
REF = {"commandId": "0", "election": "e", "form": "f", "slot": "s", "unit": "u"}


@pytest.mark.parametrize(
    ("query", "variables", "field", "ja", "en"),
    [
        (MUTATION, {}, "i", "省略できません", "may not be left out"),
        (MUTATION, {"i": None}, "i", "省略できません", "may not be left out"),
        (MUTATION, {"i": {"commandId": "0"}}, "i", "election、form、slot、unit を含む", "with election, form"),
        (MUTATION, {"i": {**REF, "places": "many"}}, "i.places", "整数", "a whole number"),
        (MUTATION, {"i": {**REF, "places": 2**40}}, "i.places", "整数", "a whole number"),
        (MUTATION, {"i": {**REF, "channel": "PIGEON"}}, "i.channel", "FAX、", "one of API"),
        (MUTATION, {"i": {**REF, "fill": "yes"}}, "i.fill", "true か false", "true or false"),
        (MUTATION, {"i": {**REF, "figurs": []}}, "i.figurs", "綴り", "spelling"),
        (MUTATION, {"i": {**REF, "figures": [{"contest": 1}]}}, "i.figures.0.contest", "文字", "text"),
        (
            MUTATION, {"i": {**REF, "receipt": {"source": "FAX", "receivedAt": "昨日"}}}, "i.receipt.receivedAt",
            "日時", "a date and time",
        ),
    ],
)  # fmt: skip
def test_a_variable_of_the_wrong_kind_is_told_in_our_words(
    ask: Ask, query: str, variables: dict[str, Any], field: str, ja: str, en: str
) -> None:
    error = ask(query, **variables)["errors"][0]
    assert error["extensions"]["facts"]["field"] == field
    assert ja in error["extensions"]["ja"]
    assert en in error["extensions"]["en"]
    assert "got invalid value" not in json.dumps(error)


def test_a_query_that_does_not_fit_the_schema_is_told_in_both_languages(ask: Ask) -> None:
    (error,) = ask("{ elections { nodes { nothing } } }")["errors"]
    assert "1 行 23 字目" in error["extensions"]["ja"]
    assert "1:23" in error["extensions"]["en"]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("{ " + " ".join(f"a{n}: __typename" for n in range(11)) + " }", "一番上に 10 を超えるフィールド"),
        (
            "{ elections(first: 100) { nodes { code } } releases(first: 50000) { nodes { code } } }",
            "50000 を超える行",
        ),
        ("{ a" * 19 + " { b" + " }" * 20, "18 段を超える入れ子"),
        ("{ a { " + "x " * 1_001 + "} }", "1000 を超えるフィールド"),
        ("{ a { " + "x " * 2_001 + "} }", "2000 語を超える問い合わせ"),
    ],
)
def test_which_limit_a_request_breaks_is_told_in_words(query: str, told: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check(query, {}, None, frozenset({"elections", "releases"}))
    assert refused.value.facts["field"] == "query"
    assert told in refused.value.message_ja
