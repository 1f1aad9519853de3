"""A town divided into two counting districts on the night, through the API as its people would: proposed, confirmed, reported, told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import divided_land as land
import incident_land
import pytest
from divided_land import ISLAND, MAINLAND
from night import NATION, OTHER_WARD, PREFECTURE, PREFECTURE_2, TOWN, WARD
from starlette.testclient import TestClient
from tiny import AUDITOR, Ask

from api.app import create_app
from api.settings import Settings
from projections.runner import Projector
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor

DIVISIONS = """{ unitDivisions(election: "tiny") {
  standing { unit name withdrawn { date reason } level parts { code name reported } keeps mayUndo }
  waiting { proposal unit divided { parts { code } } by { person } touches { ja } mayConfirm }
  divisible { code } forms { code usual } } }"""
SEND = """mutation($i: %s!) { done: %s(input: $i) { __typename ... on UnitDivisionDone { position proposal }
  ... on Refusal { code messageJa messageEn } } }"""
KINDS = {
    "divideUnit": "DivideUnitInput",
    "undoDivision": "UndoDivisionInput",
    "confirmDivision": "ConfirmDivisionInput",
}
TOTALS = """query($form: String!, $slot: String!, $item: String!, $at: Int) { election(code: "tiny", minPosition: $at) {
  withdrawnUnits { unit parts { code name } keeps }
  contest(code: "pr") { totals(form: $form, slot: $slot, geography: "administrative", items: [$item], areas: ["P1"], layer: "entered") {
    nodes { choice value reported expected } withdrawn { unit divided totals { choice value } } } } } }"""
PARTS = [{"code": MAINLAND, "name": "本土"}, {"code": ISLAND, "name": "離島"}]
DIVIDED = {"unit": "20", "parts": PARTS, "on": "2024-10-27", "reason": "荒天のため離島は翌日開票"}


@pytest.fixture
def client(database: Database, settings: Settings, service: Reporting) -> Iterator[TestClient]:
    land.define(service, is_test=False)
    projector = Projector(database)
    projector.create_if_missing()
    projector.catch_up()
    with TestClient(create_app(replace(settings, publication=False))) as serving:
        yield serving


def send(ask: Ask, actor: Any, name: str, **given: Any) -> dict[str, Any]:
    sent = {"commandId": str(uuid4()), "election": "tiny", **given}
    answer = ask(SEND % (KINDS[name], name), actor, i=sent)
    assert "errors" not in answer, answer
    return dict(answer["data"]["done"])


def totals(ask: Ask, database: Database, form: str, slot: str, item: str) -> dict[str, Any]:
    Projector(database).catch_up()
    answer = ask(TOTALS, NATION, form=form, slot=slot, item=item)
    assert "errors" not in answer, answer
    return dict(answer["data"]["election"])


def divisions(ask: Ask, actor: Any) -> dict[str, Any]:
    answer = ask(DIVISIONS, actor)
    assert "errors" not in answer, answer
    return dict(answer["data"]["unitDivisions"])


def test_an_island_is_counted_apart(ask: Ask, service: Reporting, database: Database) -> None:
    desk = Desk(service)
    land.report(desk, "20", "turnout", "1400")
    land.report(desk, "20")
    before = divisions(ask, PREFECTURE)
    assert [unit["code"] for unit in before["divisible"]] == ["11", "12", "20"]
    assert [form["code"] for form in before["forms"] if form["usual"]] == ["turnout"]
    assert divisions(ask, TOWN)["divisible"] == []
    assert send(ask, TOWN, "divideUnit", **DIVIDED)["__typename"] == "NotAuthorised"

    proposed = send(ask, PREFECTURE, "divideUnit", **DIVIDED)
    assert proposed["position"] is None  # a live election that holds figures: nothing has changed yet
    own = send(ask, PREFECTURE, "confirmDivision", proposal=proposed["proposal"])
    assert own["__typename"] == "FourEyes"
    (waiting,) = divisions(ask, PREFECTURE_2)["waiting"]
    assert waiting["mayConfirm"]
    assert waiting["by"] == {"person": PREFECTURE.person}
    assert [part["code"] for part in waiting["divided"]["parts"]] == [MAINLAND, ISLAND]
    assert any("20" in touched["ja"] for touched in waiting["touches"])
    done = send(ask, PREFECTURE_2, "confirmDivision", proposal=proposed["proposal"])
    assert done["position"] is not None
    again = send(ask, PREFECTURE_2, "confirmDivision", proposal=proposed["proposal"])
    assert again["__typename"] == "DivisionRefused"

    told = totals(ask, database, "flash", "2200", "votes")
    assert told["withdrawnUnits"] == [{"unit": "20", "parts": PARTS, "keeps": ["turnout"]}]
    shown = told["contest"]["totals"]
    assert [node["value"] for node in shown["nodes"]] == ["60", "38"]
    assert {(node["reported"], node["expected"]) for node in shown["nodes"]} == {(2, 4)}
    assert shown["withdrawn"][0]["divided"]
    land.report(desk, MAINLAND, votes_a=40, votes_b=30)
    assert [
        node["value"]
        for node in totals(ask, database, "flash", "2200", "votes")["contest"]["totals"]["nodes"]
    ] == ["60", "38"]
    land.report(desk, ISLAND, votes_a=21, votes_b=8)
    after = totals(ask, database, "flash", "2200", "votes")["contest"]["totals"]
    assert [node["value"] for node in after["nodes"]] == ["61", "38"]
    assert {(node["reported"], node["expected"]) for node in after["nodes"]} == {(2, 4)}
    of_turnout = totals(ask, database, "turnout", "1400", "voters")["contest"]["totals"]
    (turnout,) = of_turnout["nodes"]
    assert (turnout["value"], turnout["reported"], turnout["expected"]) == ("100", 1, 3)
    assert of_turnout["withdrawn"] == []

    refused = send(ask, PREFECTURE, "undoDivision", unit="20", reason="天候が回復した")
    assert refused["code"] == "parts_reported"
    assert MAINLAND in refused["messageJa"]
    (standing,) = divisions(ask, NATION)["standing"]
    assert all(part["reported"] for part in standing["parts"])
    assert not standing["mayUndo"]


WORK = """{ workList(election: "tiny", kind: MISSING) { nodes { unit form slot } }
  incidents(election: "tiny") { nodes { unit name number } } }"""


def test_what_an_undone_part_told_is_still_told_and_nobody_waits_for_it(
    ask: Ask, service: Reporting, database: Database
) -> None:
    def told(actor: Actor) -> tuple[set[str], list[dict[str, Any]]]:
        Projector(database).catch_up()
        answer = ask(WORK, actor)
        assert "errors" not in answer, answer
        waits = {row["unit"] for row in answer["data"]["workList"]["nodes"] if row["form"] == "flash"}
        return waits, answer["data"]["incidents"]["nodes"]

    land.divide(service)
    incident_land.tell(service, TOWN, ISLAND, site="counting_place", place=None)
    case = [{"unit": ISLAND, "name": "離島", "number": 1}]
    assert told(TOWN) == ({MAINLAND, ISLAND}, case)
    land.undo(service)
    assert told(TOWN) == ({"20"}, case)
    assert told(AUDITOR) == ({"11", "12", "20", "31", "32"}, case)


def test_who_reaches_no_unit_of_it_sees_nothing_of_it(ask: Ask, service: Reporting) -> None:
    land.report(Desk(service), "20")
    land.divide(service)
    for actor in (WARD, OTHER_WARD):
        seen = divisions(ask, actor)
        assert (seen["standing"], seen["waiting"], seen["divisible"]) == ([], [], [])
    assert "errors" in ask(DIVISIONS, None)
