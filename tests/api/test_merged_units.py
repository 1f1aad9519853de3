"""Two towns counted as one on the night, through the API as their people would: proposed, confirmed, reported, told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import divided_land
import joint_land as land
import pytest
from joint_land import INLAND, JOINT, PREFECTURE, PREFECTURE_2
from night import HARBOUR, NATION, WARD
from starlette.testclient import TestClient
from tiny import Ask

from api.app import create_app
from api.settings import Settings
from projections.runner import Projector
from projections.verify import verify
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import Database

MERGES = """{ unitMerges(election: "tiny") {
  standing { code level seat units { unit } withdrawn { reason } keeps reported mayUndo }
  waiting { proposal undoing merged { code units { unit } } by { person } touches { ja } mayConfirm } } }"""
SEND = """mutation($i: %s!) { done: %s(input: $i) { __typename ... on UnitDivisionDone { position proposal }
  ... on Refusal { code messageJa messageEn } } }"""
KINDS = {
    "mergeUnits": "MergeUnitsInput",
    "undoMerge": "UndoMergeInput",
    "confirmDivision": "ConfirmDivisionInput",
}
TOTALS = """query($form: String!, $slot: String!, $item: String!, $areas: [String!], $as: AsOfInput) {
  election(code: "tiny", asOf: $as) { withdrawnUnits { unit into { code name } keeps }
  contest(code: "pr") { totals(form: $form, slot: $slot, geography: "administrative", items: [$item], areas: $areas, layer: "entered") {
    nodes { code choice value reported expected } withdrawn { unit mergedInto totals { choice value } } } } } }"""
MERGED = {
    "units": ["31", "32"], "code": JOINT, "name": "港山", "on": "2024-10-27", "reason": "庁舎の浸水のため合同で開票"
}  # fmt: skip


@pytest.fixture
def client(database: Database, settings: Settings, service: Reporting) -> Iterator[TestClient]:
    divided_land.define(service, is_test=False)
    projector = Projector(database)
    projector.create_if_missing()
    projector.catch_up()
    with TestClient(create_app(replace(settings, publication=False))) as serving:
        yield serving


def send(ask: Ask, actor: Any, deed: str, **given: Any) -> dict[str, Any]:
    sent = {"commandId": str(uuid4()), "election": "tiny", **given}
    answer = ask(SEND % (KINDS[deed], deed), actor, i=sent)
    assert "errors" not in answer, answer
    return dict(answer["data"]["done"])


def totals(
    ask: Ask, form: str, slot: str, item: str, *areas: str, at: int | None = None
) -> tuple[dict[tuple[str, str], str | None], dict[str, tuple[int, int]], Any]:
    """Values by area and choice, n of N by area, and the units withdrawn."""
    moment = None if at is None else {"position": at}
    answer = ask(TOTALS, NATION, form=form, slot=slot, item=item, areas=list(areas), **{"as": moment})
    assert "errors" not in answer, answer
    shown = answer["data"]["election"]["contest"]["totals"]
    values = {(node["code"], node["choice"] or ""): node["value"] for node in shown["nodes"]}
    return (
        values,
        {node["code"]: (node["reported"], node["expected"]) for node in shown["nodes"]},
        shown["withdrawn"],
    )


def merges(ask: Ask, actor: Any) -> dict[str, Any]:
    answer = ask(MERGES, actor)
    assert "errors" not in answer, answer
    return dict(answer["data"]["unitMerges"])


def test_two_towns_are_counted_as_one(ask: Ask, service: Reporting, database: Database) -> None:
    desk = Desk(service)
    land.report(desk, "31", HARBOUR, "turnout", "1400", electors=200, voters=100)
    land.report(desk, "31", HARBOUR, votes_a=60, votes_b=38)
    assert send(ask, HARBOUR, "mergeUnits", **MERGED)["__typename"] == "NotAuthorised"
    proposed = send(ask, PREFECTURE, "mergeUnits", **MERGED)
    assert proposed["position"] is None  # a live election that holds figures: nothing has changed yet
    (waiting,) = merges(ask, PREFECTURE_2)["waiting"]
    assert (waiting["mayConfirm"], waiting["undoing"], waiting["merged"]["code"]) == (True, False, JOINT)
    assert any("31" in touched["ja"] for touched in waiting["touches"])
    assert merges(ask, WARD) == {"standing": [], "waiting": []}
    merged_at = send(ask, PREFECTURE_2, "confirmDivision", proposal=proposed["proposal"])["position"]

    Projector(database).catch_up()
    values, counted, withdrawn = totals(ask, "flash", "2200", "votes", "P2", "31", JOINT)
    assert {values[area, "a"] for area in ("P2", "31", JOINT)} == {"60"}
    assert counted == {"P2": (1, 2), JOINT: (1, 2), "31": (1, 1)}
    assert [(unit["unit"], unit["mergedInto"]) for unit in withdrawn] == [("31", JOINT), ("32", JOINT)]
    land.report(desk, "32", INLAND, "turnout", "1400", electors=300, voters=150)
    land.report(desk, JOINT, HARBOUR, votes_a=100, votes_b=71)
    Projector(database).catch_up()
    values, counted, withdrawn = totals(ask, "flash", "2200", "votes", "P2", "31", JOINT)
    assert (values["P2", "a"], values[JOINT, "b"]) == ("100", "71")
    assert counted["P2"] == counted[JOINT] == (2, 2)
    assert counted.get("31", (0, 1)) == (0, 1)
    turnout, counted, _ = totals(ask, "turnout", "1400", "voters", "P2", "31", JOINT)
    assert turnout == {("P2", ""): "250", ("31", ""): "100", (JOINT, ""): "250"}
    assert counted == {"P2": (2, 2), "31": (1, 1), JOINT: (2, 2)}
    now = service.ledger.position()
    for at, expected in ((merged_at, ("60", (1, 2))), (now, ("100", (2, 2)))):
        values, counted, _ = totals(ask, "flash", "2200", "votes", "P2", at=at)
        assert (values["P2", "a"], counted["P2"]) == expected

    refused = send(ask, PREFECTURE, "undoMerge", unit=JOINT, reason="別々に開票できた")
    assert refused["code"] == "merged_reported"
    (standing,) = merges(ask, INLAND)["standing"]
    assert (standing["seat"], standing["reported"], standing["mayUndo"]) == ("31", True, False)
    assert standing["keeps"] == ["turnout"]
    assert verify(database).differences == []
