"""A request that does not fit the schema is told in our words, by what is wrong with it, wherever it came in."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from graphql import parse, specified_rules
from product_texts import JAPANESE
from tiny import Ask

from api.graphql.invalid import RULES, not_in_schema
from api.graphql.schema import schema

WRONG: dict[str, tuple[str, str]] = {
    "ExecutableDefinitions": ("type A { a: Int } { __typename }", "A"),
    "UniqueOperationNames": ("query a { __typename } query a { __typename }", "a"),
    "LoneAnonymousOperation": ("{ __typename } query b { __typename }", ""),
    "SingleFieldSubscriptions": (
        'subscription { a: totalsChanged(election: "x") { election } b: totalsChanged(election: "x") { election } }', "",
    ),
    "KnownTypeNames": ("query($c: Foo!) { __typename @skip(if: $c) }", "Foo"),
    "FragmentsOnCompositeTypes": ("{ ... on Int { a } }", "Int"),
    "VariablesAreInputTypes": ("query($c: Election) { __typename }", "$c"),
    "ScalarLeafs": ('{ election(code: "x") }', "election"),
    "FieldsOnCorrectType": ('{ electio(code: "x") { code } }', "electio"),
    "UniqueFragmentNames": ("{ ...x } fragment x on Query { __typename } fragment x on Query { __typename }", "x"),
    "KnownFragmentNames": ("{ ...x }", "x"),
    "NoUnusedFragments": ("{ __typename } fragment x on Query { __typename }", "x"),
    "PossibleFragmentSpreads": ('{ election(code: "x") { ... on Query { __typename } } }', "Query"),
    "NoFragmentCycles": ("{ ...x } fragment x on Query { ...x }", "x"),
    "UniqueVariableNames": ("query($a: Int, $a: Int) { elections(first: $a) { nodes { code } } }", "$a"),
    "NoUndefinedVariables": ("{ election(code: $d) { code } }", "$d"),
    "NoUnusedVariables": ("query($c: String!) { __typename }", "$c"),
    "KnownDirectives": ("{ __typename @foo }", "@foo"),
    "UniqueDirectivesPerLocation": ("{ __typename @skip(if: true) @skip(if: false) }", "@skip"),
    "KnownArgumentNames": ('{ election(cod: "x") { code } }', "cod"),
    "UniqueArgumentNames": ("{ elections(first: 1, first: 2) { nodes { code } } }", "first"),
    "ValuesOfCorrectType": ('{ elections(first: "x") { nodes { code } } }', ""),
    "ProvidedRequiredArguments": ("{ election { code } }", "Query.election(code:)"),
    "VariablesInAllowedPosition": ("query($c: Int!) { election(code: $c) { code } }", "$c"),
    "OverlappingFieldsCanBeMerged": ('{ a: election(code: "x") { code } a: election(code: "y") { code } }', "a"),
    "UniqueInputFieldNames": ('mutation { saveDraft(input: { election: "a", election: "b" }) { __typename } }', "election"),
    "MaxIntrospectionDepth": (
        "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }", "",
    ),
}  # fmt: skip
"""By rule: a request that breaks it, and a name that must be told."""
CANNOT_BE = {
    "KnownOperationTypes": "the schema has every kind of operation",
    "DeferStreamDirectiveOnRootField": "the schema has no such directive: KnownDirectives tells it",
    "DeferStreamDirectiveOnValidOperations": "the schema has no such directive: KnownDirectives tells it",
    "DeferStreamDirectiveLabel": "the schema has no such directive: KnownDirectives tells it",
    "StreamDirectiveOnListField": "the schema has no such directive: KnownDirectives tells it",
}
LIBRARY = re.compile(r"Cannot|Unknown|Expected|represent|must |Did you mean the|There can be")


def faults(query: str) -> list[dict[str, Any]]:
    return [
        {"message": one.message, **(one.extensions or {})}
        for one in not_in_schema(schema._schema, parse(query))
    ]


def test_every_rule_of_the_library_has_words_and_a_request_that_breaks_it() -> None:
    names = {rule.__name__.removesuffix("Rule") for rule in specified_rules}
    assert names == set(WRONG) | set(CANNOT_BE)
    assert names - set(RULES) == {"ScalarLeafs"}  # told by two sentences of its own


@pytest.mark.parametrize("rule", sorted(WRONG))
def test_what_is_wrong_is_told_in_our_words(rule: str) -> None:
    query, name = WRONG[rule]
    told = next(one for one in faults(query) if one["facts"]["rule"] == rule)
    assert told["code"] == "GRAPHQL_INVALID"
    assert re.match(r"\d+ 行 \d+ 字目：", told["ja"])
    assert JAPANESE.search(told["ja"].partition("：")[2])
    assert name in told["ja"]
    assert name in told["en"]
    assert not name or name in told["facts"]["names"]
    for words in (told["ja"], told["en"], told["message"]):
        assert not LIBRARY.search(words)
        assert "—" not in words


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ('{ election(code: "x") { cod } }', "code"),
        ('{ election(cod: "x") { code } }', "code"),
        ('{ workList(election: "x", kind: "SENT_BACK") { nodes { unit } } }', "SENT_BACK"),
        ('mutation { saveDraft(input: { electio: "x" }) { __typename } }', "election"),
        ("query($c: Electio) { __typename }", "Election"),
    ],
)
def test_what_was_meant_is_a_fact(query: str, meant: str) -> None:
    told = next(one for one in faults(query) if one["facts"]["suggestions"])
    assert meant in told["facts"]["suggestions"]
    assert f"{meant} のことではありませんか" in told["ja"]
    assert f"Did you mean {meant}" in told["en"]


def test_one_cause_is_told_once() -> None:
    (argument,) = faults('{ election(cod: "x") { code } }')
    assert argument["facts"]["names"] == ["cod", "Query.election"]
    lacking, misspelt = faults('mutation { saveDraft(input: { electio: "x", form: "f" }) { __typename } }')
    assert misspelt["facts"]["names"] == ["electio", "SaveDraftInput"]
    assert lacking["facts"]["names"] == ["SaveDraftInput", "commandId", "slot", "unit"]


def test_a_list_of_values_is_named() -> None:
    (wrong,) = faults('{ workList(election: "x", kind: SENT) { nodes { unit } } }')
    assert "MISSING、SENT_BACK" in wrong["ja"]


def test_http_and_the_socket_answer_alike(ask: Ask, client: TestClient) -> None:
    query = '{ electio(code: "x") { code } }'
    (over_http,) = ask(query)["errors"]
    assert over_http["message"].startswith("1 行 3 字目：Query にフィールド electio はありません。")
    assert over_http["locations"] == [{"line": 1, "column": 3}]
    assert over_http["extensions"]["facts"]["suggestions"][0] == "election"
    with client.websocket_connect("/graphql", subprotocols=["graphql-transport-ws"]) as socket:
        socket.send_json({"type": "connection_init"})
        assert socket.receive_json()["type"] == "connection_ack"
        wrong = 'subscription { totalsChange(election: "x") { election } }'
        socket.send_json({"id": "1", "type": "subscribe", "payload": {"query": wrong}})
        answer = socket.receive_json()
    assert answer["type"] == "error"
    (told,) = answer["payload"]
    assert told["extensions"]["facts"] == {
        "rule": "FieldsOnCorrectType", "names": ["totalsChange", "Subscription"], "suggestions": ["totalsChanged"],
    }  # fmt: skip
    assert "totalsChanged のことではありませんか" in told["message"]


@pytest.mark.parametrize(
    ("given", "wrong", "expected"),
    [
        ('asOf: {instant: "heute"}', '"heute"', "2026-07-12T20:00:00+09:00"),
        ('validAt: "gestern"', '"gestern"', "2026-07-12"),
        ("asOf: {instant: 5, position: 1}", "5", "2026-07-12T20:00:00+09:00"),
    ],
)
def test_a_day_or_a_time_that_is_none_is_told_where_it_stands(
    ask: Ask, given: str, wrong: str, expected: str
) -> None:
    """It was told without a place, as a value of the type Value."""
    query = f'{{ election(code: "tiny", {given}) {{ code }} }}'
    (error,) = ask(query)["errors"]
    assert error["locations"] == [{"line": 1, "column": query.index(wrong) + 1}]
    assert wrong in error["message"]
    assert expected in error["message"]
