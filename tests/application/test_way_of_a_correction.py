"""The way of one correction from the mutation to the national total and to its history is the one that the guide shows."""

from __future__ import annotations

import json
import re
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import night
import orjson
import pytest
from log_asked import noted
from night import NATION, WARD
from path_walked import Walk, walked
from product_texts import ROOT

from api.execute import Asker, as_json, execute
from projections.read import ViewReader
from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor
from reporting.ledger import Ledger

PLACE = {"election": "tiny", "form": "final", "slot": "final", "unit": "11"}
SUBMIT = """mutation($i: SubmitInput!) { submitReturn(input: $i) {
  ... on ReturnDone { version } ... on Refusal { messageEn } } }"""
CORRECT = """mutation($i: CorrectFiguresInput!) { correctFigures(input: $i) {
  ... on FiguresRecorded { version position } ... on Refusal { messageEn } } }"""
TOTAL = """query($p: Int!) { election(code: "tiny", minPosition: $p) { contest(code: "pr") {
  totals(form: "final", slot: "final", geography: "administrative", items: ["electors"], layer: "entered", areas: ["JP"]) {
    nodes { code value } } } } }"""
HISTORY = """query { desk(election: "tiny", form: "final", slot: "final", unit: "11") {
  log { type reason cells { key before after } } } }"""


def shown() -> dict[str, list[str]]:
    """Step → its modules, as the guide has them."""
    section = (
        (ROOT / "docs/CONTRIBUTING.md")
        .read_text("utf-8")
        .split("## The way of one correction")[1]
        .split("\n## ")[0]
    )
    rows = re.findall(r"^\| (?!step)([^|]+) \| (`[^|]+) \|$", section, re.MULTILINE)
    return {step: re.findall(r"`([^`]+)`", modules) for step, modules in rows}


def measured() -> dict[str, int]:
    text = (ROOT / "docs/CONTRIBUTING.md").read_text("utf-8")
    numbers = re.search(
        r"(\d+) modules, entered (\d+) times [^,]*, (\d+) calls\s+back [^,]*, (\d+) reads", text
    )
    assert numbers is not None
    return dict(zip(("modules", "entered", "callbacks", "reads"), map(int, numbers.groups()), strict=True))


def of(walk: Walk, *within: str) -> set[str]:
    return {module.removeprefix("reporting/") for module in walk.modules if module.startswith(within)}


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Ledger]:
    return noted(monkeypatch)


def test_it_goes_as_the_guide_says(database: Database, service: Reporting, reads: list[str]) -> None:
    night.define(service)
    projector = Projector(database)
    projector.catch_up()
    state = SimpleNamespace(
        reader=ViewReader(database),
        service=service,
        login=None,
        outbox=None,
        documents=None,
        fonts=None,
        uploads=None,
        open_data=None,
        drills=None,
        changes_here=SimpleNamespace(check=lambda: None),
        logs=None,
        budget=SimpleNamespace(spend=lambda actor: None),
        usage=SimpleNamespace(of=lambda actor, change: nullcontext()),
    )

    def ask(query: str, actor: Actor, **variables: Any) -> Any:
        body = json.dumps({"query": query, "variables": variables}).encode()
        payload, status = execute(state, body, Asker(actor), "a-request")
        assert (status, payload.get("errors")) == (200, None)
        return json.loads(orjson.dumps(payload, default=as_json))["data"]

    def figures(**values: Any) -> list[dict[str, Any]]:
        return [cell.model_dump() for cell in night.cells(**values)]

    told = {"reasonClass": "typing_error", "reason": "読み違い"}
    entered = ask(SUBMIT, WARD, i={**PLACE, "commandId": str(uuid4()), "figures": figures(**night.BALANCED)})
    version = entered["submitReturn"]["version"]
    given = {
        **PLACE,
        **told,
        "commandId": str(uuid4()),
        "figures": figures(electors=201),
        "expectedVersion": version,
    }
    reads.clear()
    with walked("api/graphql", "reporting/application") as mutation:
        done = ask(CORRECT, WARD, i=given)["correctFigures"]
    read = len(reads)
    with walked("projections") as following:
        projector.catch_up()
    with walked("api/graphql", "projections") as total:
        nation = ask(TOTAL, NATION, p=done["position"])
    with walked("api/graphql", "reporting/application") as history:
        log = ask(HISTORY, WARD)["desk"]["log"]
    state.reader.close()

    (node,) = nation["election"]["contest"]["totals"]["nodes"]
    assert node == {"code": "JP", "value": "201"}
    cell = {"key": "pr|electors||", "before": "200", "after": "201"}
    assert log[-1] == {"type": "FiguresCorrected", "reason": "読み違い", "cells": [cell]}

    *until_appended, follow, national, told_later = shown().values()
    assert of(mutation, "") == {module for modules in until_appended for module in modules}
    assert of(following, "") == set(follow)
    assert set(national) <= of(total, "")
    assert set(told_later) <= of(history, "")
    counted = {
        "modules": len(mutation.modules), "entered": mutation.entered, "callbacks": len(mutation.callbacks), "reads": read,
    }  # fmt: skip
    assert counted == measured(), "docs/CONTRIBUTING.md: The way of one correction"
