"""Who says no layer is shown the furthest one that their office may see of what they ask for, and told which it is."""

from __future__ import annotations

from typing import Any

import night
import pytest
import test_desk
from night import CITY, NATION, PREFECTURE, TOWN, WARD
from test_desk import ANALYST
from tiny import AUDITOR, Ask

from reporting.application.service import Reporting
from reporting.domain.actor import Actor, Role

client = test_desk.client
TOTALS = """query($a: [String!], $level: String, $l: String, $at: Int) { election(code: "tiny", minPosition: $at) {
  contest(code: "pr") { totals(form: "final", slot: "final", geography: "administrative", items: ["voters"], areas: $a,
    level: $level, layer: $l, first: 50) { layer nodes { code value reported } } }
  sums: totals(form: "final", slot: "final", geography: "administrative", items: ["voters"], areas: $a, level: $level, layer: $l,
    contestKind: "proportional") { layer nodes { code value } } } }"""
NEIGHBOUR = Actor("p", "隣県", Role.PREFECTURE, "P2")


def totals(
    ask: Ask, actor: Actor | None, at: int, areas: list[str] | None = None, level: str | None = None, layer: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    answer = ask(TOTALS, actor, a=areas, level=level, l=layer, at=at)
    assert "errors" not in answer, answer
    found = answer["data"]["election"]
    told, sums = found["contest"]["totals"], found["sums"]
    assert sums["layer"] == told["layer"]
    values = {one["code"]: one["value"] for one in told["nodes"]}
    assert {one["code"]: one["value"] for one in sums["nodes"]} == values
    return {"layer": told["layer"], **values}


def seen_by_the_city(service: Reporting) -> None:
    desk = night.define(service)
    night.submit(desk)
    night.approve(desk, CITY)


pytestmark = [pytest.mark.begins.with_args(seen_by_the_city), pytest.mark.unchanged]


@pytest.fixture
def at(service: Reporting) -> int:
    """Of the city's approval."""
    return service.ledger.position()


@pytest.mark.parametrize("actor", [WARD, CITY, PREFECTURE, NATION], ids=lambda actor: actor.office)
def test_an_office_sees_what_it_approved_without_asking_for_a_layer(ask: Ask, at: int, actor: Actor) -> None:
    assert totals(ask, actor, at, ["11"]) == {"layer": "entered", "11": "100"}
    everything = totals(ask, actor, at)
    assert everything["layer"] == "entered"
    assert everything["11"] == "100"
    assert everything == totals(ask, actor, at, layer="entered")
    assert ("JP" in everything) is (actor is NATION)


@pytest.mark.parametrize(
    "actor", [None, ANALYST, AUDITOR, TOWN, night.OTHER_WARD, NEIGHBOUR],
    ids=lambda actor: actor.office if actor else "nobody",
)  # fmt: skip
def test_everybody_else_sees_what_is_released(ask: Ask, at: int, actor: Actor | None) -> None:
    assert totals(ask, actor, at, ["11"]) == {"layer": "released", "11": None}


def test_what_lies_partly_beyond_its_reach_is_told_as_released(ask: Ask, at: int) -> None:
    """Never refused because nobody named a layer, and never a mixture of two."""
    assert totals(ask, WARD, at, ["11", "12"]) == {"layer": "released", "11": None, "12": None}
    assert totals(ask, CITY, at, ["11", "12"])["layer"] == "entered"
    assert totals(ask, CITY, at, ["10", "P1"])["layer"] == "released"
    assert totals(ask, WARD, at, level="prefecture") == {"layer": "released", "P1": None, "P2": None}
    assert totals(ask, WARD, at, level="ward") == {"layer": "entered", "11": "100"}


def test_a_layer_that_is_named_is_the_one_that_is_read(ask: Ask, at: int) -> None:
    for layer, value in (("released", None), ("city", "100"), ("prefecture", None), ("entered", "100")):
        assert totals(ask, PREFECTURE, at, ["11"], layer=layer) == {"layer": layer, "11": value}


def test_the_same_as_of_a_position(ask: Ask, at: int) -> None:
    query = """query($p: Int!) { election(code: "tiny", asOf: { position: $p }, minPosition: $p) { contest(code: "pr") {
      totals(form: "final", slot: "final", geography: "administrative", items: ["voters"], areas: ["11"]) {
        layer nodes { value } } } } }"""
    for actor, layer, value in (
        (CITY, "entered", "100"),
        (None, "released", None),
        (AUDITOR, "released", None),
    ):
        answer = ask(query, actor, p=at)
        assert "errors" not in answer, answer
        told = answer["data"]["election"]["contest"]["totals"]
        assert told == {"layer": layer, "nodes": [{"value": value}]}


def test_lists_and_differences_name_theirs(ask: Ask, at: int) -> None:
    query = """query($at: Int) {
      reconciliation(election: "tiny", form: "final", slot: "final", onlyDifferent: false, minPosition: $at) { layer }
      differences(election: "tiny", form: "final", slot: "final", contest: "pr", geography: "administrative", areas: ["11"],
        items: ["voters"], from: { position: 3 }) { layer after } }"""
    for actor, expected in (
        (
            CITY,
            {"reconciliation": {"layer": "entered"}, "differences": [{"layer": "entered", "after": "100"}]},
        ),
        (AUDITOR, {"reconciliation": {"layer": "released"}, "differences": []}),
    ):
        answer = ask(query, actor, at=at)
        assert "errors" not in answer, answer
        assert answer["data"] == expected


def test_a_copy_and_a_series_stay_of_one_layer_whoever_asks(ask: Ask, at: int) -> None:
    query = """query($at: Int) { changesSince(election: "tiny", position: 0, minPosition: $at) { layer nodes { value } }
      series(item: "voters", areas: ["11"], includeTests: true) { layer nodes { value } } }"""
    for actor in (CITY, AUDITOR, None):
        told = ask(query, actor, at=at)["data"]
        assert (told["changesSince"]["layer"], told["changesSince"]["nodes"]) == ("released", [])
        assert told["series"]["layer"] == "released"
        assert {one["value"] for one in told["series"]["nodes"]} <= {None}
