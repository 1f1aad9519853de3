"""The work list as it stood at a moment is what the work list said at that moment, for every office; of nobody's units beyond one's
reach."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import night
import pytest
from night import CITY, NATION, PREFECTURE, WARD
from starlette.testclient import TestClient
from test_desk import ANALYST, figures, mutate
from tiny import AUDITOR, Ask

from api.app import create_app
from api.settings import Settings
from reporting.application.service import Reporting
from reporting.database.connect import Database

pytestmark = pytest.mark.begins.with_args(night.define)

KINDS = ("MISSING", "SENT_BACK", "AWAITING_APPROVAL", "EDITED_ABOVE", "OBJECTED")
ITEM = """unit unitName form slot status nextLevel nextArea submittedBy changedAt sentBack editedAbove objected method places
  ofPlaces cutOff publishAt said { kind cells reasonClass reason level recordedAt }"""
NOW = (
    "query($at: Int) {"
    + " ".join(
        f'{kind}: workList(election: "tiny", kind: {kind}, first: 500, minPosition: $at) {{ nodes {{ {ITEM} }} }}'
        for kind in KINDS
    )
    + "}"
)
THEN = f"""query($at: Int!, $first: Int = 500, $after: String, $kinds: [WorkKind!]) {{
  workThen(election: "tiny", asOf: {{position: $at}}, minPosition: $at, first: $first, after: $after, kinds: $kinds) {{
    asOfPosition nodes {{ kinds work {{ {ITEM} }} }} pageInfo {{ hasNextPage endCursor }} }} }}"""
OFFICES = (WARD, night.OTHER_WARD, CITY, PREFECTURE, NATION, night.HARBOUR, AUDITOR)


@pytest.fixture
def client(database: Database, settings: Settings, service: Reporting) -> Iterator[TestClient]:
    with TestClient(create_app(replace(settings, publication=False))) as one:
        yield one


def now(ask: Ask, reader: Any, at: int) -> dict[str, list[Any]]:
    answer = ask(NOW, reader, at=at)["data"]
    return {kind: answer[kind]["nodes"] for kind in KINDS}


def then(ask: Ask, reader: Any, at: int) -> dict[str, list[Any]]:
    nodes = ask(THEN, reader, at=at)["data"]["workThen"]["nodes"]
    return {kind: [node["work"] for node in nodes if kind in node["kinds"]] for kind in KINDS}


def test_it_is_what_the_list_said(ask: Ask) -> None:
    sent = {"figures": figures(**night.BALANCED)}
    sample = {"method": "sample", "places": 2, "ofPlaces": 5}
    answer = {"cells": ["pr|votes||a"], "agrees": False, "reason": "記録どおり"}
    above = {
        "figures": figures(votes_a=59, votes_b=39),
        "reason": "電話で確認",
        "reasonClass": "typing_error",
    }
    deeds: list[tuple[str, str, Any, dict[str, Any]]] = [
        ("submitReturn", "SubmitInput", WARD, {"unit": "11", **sent}),
        ("submitReturn", "SubmitInput", night.OTHER_WARD, {"unit": "12", **sent, **sample}),
        ("approveReturn", "ApproveInput", CITY, {"unit": "11"}),
        ("sendBack", "SendBackInput", CITY, {"unit": "12", "cells": ["pr|voters||"], "reasonClass": "query", "reason": "確認"}),
        ("submitReturn", "SubmitInput", CITY, {"unit": "11", **above}),
        ("answerReturn", "AnswerInput", WARD, {"unit": "11", **answer}),
        ("withdrawReturn", "WithdrawInput", night.OTHER_WARD, {"unit": "12", "reason": "やり直し"}),
    ]  # fmt: skip
    told: dict[int, dict[Any, Any]] = {}
    for name, kind, actor, given in deeds:
        done = mutate(ask, actor, name, kind, **given)
        assert "position" in done, (name, done)
        at = int(done["position"])
        told[at] = {reader: now(ask, reader, at) for reader in OFFICES}
    seen = {kind for readers in told.values() for lists in readers.values() for kind in KINDS if lists[kind]}
    assert seen == set(KINDS), "each kind of work has stood in some list"
    for at, readers in told.items():
        for reader, lists in readers.items():
            assert then(ask, reader, at) == lists, (at, reader.office)


def test_page_by_page_and_by_kind(ask: Ask) -> None:
    at = int(
        mutate(ask, WARD, "submitReturn", "SubmitInput", unit="11", figures=figures(**night.BALANCED))[
            "position"
        ]
    )
    whole = ask(THEN, NATION, at=at)["data"]["workThen"]
    assert whole["asOfPosition"] == at
    places = [tuple(node["work"][name] for name in ("unit", "form", "slot")) for node in whole["nodes"]]
    assert len(places) > 4
    assert places == sorted(places)
    read, after = [], None
    while True:
        part = ask(THEN, NATION, at=at, first=2, after=after)["data"]["workThen"]
        read += part["nodes"]
        after = part["pageInfo"]["endCursor"]
        if not part["pageInfo"]["hasNextPage"]:
            break
    assert read == whole["nodes"]
    missing = ask(THEN, CITY, at=at, kinds=["AWAITING_APPROVAL"])["data"]["workThen"]["nodes"]
    assert [(node["work"]["unit"], node["kinds"]) for node in missing] == [("11", ["AWAITING_APPROVAL"])]
    wrong = ask(THEN, CITY, at=at, after="x")
    assert wrong["errors"][0]["extensions"]["code"] == "INVALID_INPUT"


def test_nobody_sees_more_of_then_than_of_now(ask: Ask) -> None:
    at = int(
        mutate(ask, WARD, "submitReturn", "SubmitInput", unit="11", figures=figures(**night.BALANCED))[
            "position"
        ]
    )
    for reader in (None, ANALYST):
        codes = [ask(query, reader, at=at)["errors"][0]["extensions"]["code"] for query in (NOW, THEN)]
        assert codes[0] == codes[1]
    before = ask(THEN, NATION, at=1)
    assert before["errors"][0]["extensions"]["code"] == "UNKNOWN_REFERENCE", (
        "the election was not defined by then"
    )
