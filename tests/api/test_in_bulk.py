"""All returns of a slot made final in one request; what was typed and refused is kept."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import night
import pytest
import test_desk
from night import CITY, NATION, OTHER_WARD, PREFECTURE, TOWN, WARD, WARD_2
from test_desk import approve, figures, mutate, submit
from tiny import AUDITOR, Ask

from reporting.domain.actor import Actor, Role

client, pytestmark = test_desk.client, test_desk.pytestmark

NATION_2 = Actor("森", "総務省", Role.MINISTRY, "JP")
CERTIFY = """mutation($i: CertifyGreenInput!) { certifyGreen(input: $i) { __typename
  ... on CertifiedGreen { certified { unit status } exceptions { unit reason { __typename ... on Refusal { messageJa } } } }
  ... on Refusal { code } } }"""
DRAFT = """{ desk(election: "tiny", form: "final", slot: "final", unit: "11") {
  draftVersion draft { key text typedBy { person } } } }"""


def certify(ask: Ask, actor: Any, **more: Any) -> dict[str, Any]:
    given = {"commandId": str(uuid4()), "election": "tiny", "form": "final", "slot": "final", **more}
    answer = ask(CERTIFY, actor, i=given)
    assert "errors" not in answer, answer
    return dict(answer["data"]["certifyGreen"])


def drafted(ask: Ask) -> dict[str, Any]:
    return dict(ask(DRAFT, AUDITOR)["data"]["desk"])


def test_what_is_ready_is_final_in_one_request_and_the_rest_is_told(ask: Ask) -> None:
    """11 is ready, 12 and 20 wait for a level."""
    submit(ask)
    submit(ask, OTHER_WARD, "12")
    submit(ask, TOWN, "20")
    for unit, offices in (("11", (CITY, PREFECTURE, NATION)), ("20", (PREFECTURE,)), ("12", (CITY,))):
        for office in offices:
            assert approve(ask, office, unit).get("status"), (unit, office)
    command = str(uuid4())
    done = certify(ask, NATION_2, commandId=command)
    assert [one["unit"] for one in done["certified"]] == ["11"], done
    assert {one["unit"]: one["reason"]["__typename"] for one in done["exceptions"]} == {
        "12": "NotNow",
        "20": "NotNow",
    }
    assert certify(ask, NATION_2, commandId=command) == done
    again = certify(ask, NATION_2)
    assert again["certified"] == []
    assert {one["unit"] for one in again["exceptions"]} == {"12", "20"}


SELECTED = {
    "... on CertifiedGreen { certified { unit status version } }": {"certified": "unit status version"},
    "... on CertifiedGreen { a: certified { unit } b: certified { status } }": {"a": "unit", "b": "status"},
    "... on CertifiedGreen { certified { unit } } ... on CertifiedGreen @include(if: $no) { certified { status } }": {
        "certified": "unit"
    },
    "... on CertifiedGreen { certified { unit } certified @include(if: $no) { status } }": {
        "certified": "unit"
    },
    "... on CertifiedGreen { certified { unit status @include(if: $no) } }": {"certified": "unit"},
    "... on CertifyGreenOutcome { ...F }": {"certified": "unit repeated"},
}
"""What is asked of the answer → what is in it."""


def test_however_it_is_asked_what_was_done_is_told_as_it_is(ask: Ask) -> None:
    """Written at once or walked by the executor."""
    submit(ask)
    for office in (CITY, PREFECTURE, NATION):
        approve(ask, office)
    given = {"commandId": str(uuid4()), "election": "tiny", "form": "final", "slot": "final"}
    told = {"unit": "11", "status": "certified", "repeated": True}
    (certified,) = certify(ask, NATION_2, **given)["certified"]
    assert certified == {key: told[key] for key in certified}
    for selected, fields in SELECTED.items():
        fragment = (
            "fragment F on CertifiedGreen { certified { unit repeated } }" if "...F" in selected else ""
        )
        no = "" if "$no" not in selected else ", $no: Boolean = false"
        document = (
            f"mutation($i: CertifyGreenInput!{no}) {{ certifyGreen(input: $i) {{ {selected} }} }} {fragment}"
        )
        answer = ask(document, NATION_2, i=given)["data"]["certifyGreen"]
        assert {name: " ".join(rows[0]) for name, rows in answer.items()} == fields, selected
        assert all(
            row.items() <= {**told, "version": row.get("version")}.items()
            for rows in answer.values()
            for row in rows
        )


def test_four_eyes_and_authority_hold_for_each(ask: Ask) -> None:
    submit(ask)
    for office in (CITY, PREFECTURE, NATION):
        approve(ask, office)
    for office in (WARD, CITY):
        refused = certify(ask, office)
        assert refused["__typename"] == "NotAuthorised" or not refused["certified"], refused
    assert [one["unit"] for one in certify(ask, NATION_2)["certified"]] == ["11"]


def test_a_refused_submission_keeps_what_was_typed(ask: Ask) -> None:
    """Whatever refused it: a rule, a cell that holds no figure, words that are missing. Once, and by whom."""
    wrong = figures(**{**night.BALANCED, "ballots_counted": 90})
    command = str(uuid4())
    for _ in range(2):
        assert submit(ask, figures=wrong, commandId=command)["__typename"] == "RulesRefused"
    kept = drafted(ask)
    assert {cell["key"]: cell["text"] for cell in kept["draft"]}["pr|ballots_counted||"] == "90"
    assert {by["person"] for cell in kept["draft"] for by in cell["typedBy"]} == {WARD.person}
    version = kept["draftVersion"]
    assert submit(ask, figures=wrong, commandId=command)["__typename"] == "RulesRefused"
    assert drafted(ask)["draftVersion"] == version
    broken = [{"contest": "pr", "item": "voters", "value": "百"}]
    assert submit(ask, figures=broken)["__typename"] == "FiguresRefused"
    assert {cell["key"]: cell["text"] for cell in drafted(ask)["draft"]}["pr|voters||"] == "百"


def test_what_is_no_cell_of_the_form_is_not_kept(ask: Ask) -> None:
    """It would be taken along by every later submission and refused each time."""
    wrong = [*figures(**night.BALANCED), {"contest": "pr", "item": "vooters", "value": "5"}]
    assert submit(ask, figures=wrong)["__typename"] == "FiguresRefused"
    assert "pr|vooters||" not in {cell["key"] for cell in drafted(ask)["draft"]}
    assert submit(ask)["status"] == "submitted"


def test_a_refused_submission_takes_nothing_from_a_colleague(ask: Ask) -> None:
    mutate_draft = [{"contest": "pr", "item": "voters", "value": "77"}]
    saved = ask(
        "mutation($i: SaveDraftInput!) { saveDraft(input: $i) { __typename } }", WARD_2,
        i={"commandId": str(uuid4()), "election": "tiny", "form": "final", "slot": "final", "unit": "11",
           "cells": mutate_draft},
    )  # fmt: skip
    assert saved["data"]["saveDraft"]["__typename"] == "DraftSaved"
    wrong = figures(**{**night.BALANCED, "ballots_counted": 90})
    assert submit(ask, figures=wrong)["__typename"] == "RulesRefused"
    kept = {cell["key"]: cell["text"] for cell in drafted(ask)["draft"]}
    assert (kept["pr|voters||"], kept["pr|ballots_counted||"]) == ("77", "90")


def test_nobody_keeps_a_draft_where_they_may_not_type(ask: Ask) -> None:
    refused = mutate(
        ask, OTHER_WARD, "submitReturn", "SubmitInput", unit="11", figures=figures(**night.BALANCED)
    )
    assert refused["__typename"] == "NotAuthorised"
    assert drafted(ask)["draft"] == []


@pytest.mark.parametrize("nothing", [True, False])
def test_an_office_that_may_nowhere_is_told_so_though_nothing_waits(ask: Ask, nothing: bool) -> None:
    """An empty list of what was approved would read as “all in order”."""
    if not nothing:
        submit(ask)
    analyst = Actor("分析", "研究所", Role.ANALYST, "*")
    given = {"election": "tiny", "form": "final", "slot": "final"}
    approving = "mutation($i: ApproveGreenInput!) { approveGreen(input: $i) { __typename } }"
    for actor in (AUDITOR, analyst, WARD, TOWN):
        asked = ask(approving, actor, i={"commandId": str(uuid4()), **given})["data"]["approveGreen"]
        assert asked["__typename"] == "NotAuthorised", actor
    for actor in (AUDITOR, analyst, WARD, CITY, PREFECTURE):
        assert certify(ask, actor)["__typename"] == "NotAuthorised", actor
    assert certify(ask, NATION)["__typename"] == "CertifiedGreen"
