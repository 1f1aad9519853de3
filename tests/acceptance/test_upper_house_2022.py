"""Upper House 2022: 1,896 units up to the nation, and one ward's correction all the way, through GraphQL."""

from __future__ import annotations

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sources
from tiny import SYSTEM
from world import World

from projections.verify import verify
from reporting.database.connect import Database
from reporting.definitions.load import shipped_registry
from reporting.domain.actor import Actor, Role

WARD = "22135"  # 浜松市北区, abolished at the end of 2023
WARD_CLERK = Actor("山本", "北区選挙管理委員会", Role.WARD, WARD)
CITY_CLERK = Actor("伊藤", "浜松市選挙管理委員会", Role.MUNICIPALITY, "22130")


@pytest.fixture(scope="module")
def election(world: World, shared: Path) -> sources.UpperHouse:
    source = sources.UpperHouse(shared, 2022)
    registry = shipped_registry()
    world.service.declare_registry(registry.registry, registry.geographies, registry.areas, SYSTEM, uuid4())
    world.service.define_election(source.definition(), SYSTEM, uuid4())
    assert world.take("upper", source.rows()).events == 1896
    return source


def number(nodes: list[dict[str, Any]], code: str, item: str) -> Decimal:
    (found,) = [node for node in nodes if node["code"] == code and node["item"] == item]
    return Decimal(found["value"])


def rate(voters: Decimal, electors: Decimal) -> Decimal:
    return (100 * voters / electors).quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_the_nation(world: World, election: sources.UpperHouse) -> None:
    nodes = world.totals(
        election.code,
        "pr",
        "final",
        "administrative",
        items=["electors", "voters", "turnout", "votes"],
        areas=["JP"],
    )
    assert number(nodes, "JP", "electors") == 105_019_203
    assert number(nodes, "JP", "voters") == 54_655_446
    assert number(nodes, "JP", "turnout") == Decimal("52.04")
    assert number(nodes, "JP", "votes") == Decimal("18256244.835")
    assert {(node["reported"], node["expected"]) for node in nodes} == {(1896, 1896)}


@pytest.mark.parametrize(
    ("geography", "level", "places"),
    [
        ("administrative", "prefecture", 47),
        ("administrative", "designated_city", 20),
        ("upper_house", "constituency", 45),
    ],
)
def test_every_total_is_the_sum_of_its_units(
    world: World, election: sources.UpperHouse, geography: str, level: str, places: int
) -> None:
    known = world.service.catalog.election(election.code).roster
    depth_of = {code for (g, code), node in known.nodes.items() if g == geography and node.level == level}
    expected: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in election.source:
        for area in depth_of.intersection(known.places[row["code"]][geography]):
            for item, column in (("electors", "有権者数"), ("voters", "投票者数"), ("votes", "自民得票計")):
                expected[area, item] += Decimal(row[column])
    nodes = world.totals(
        election.code, "pr", "final", geography, items=["electors", "voters", "votes", "turnout"], level=level
    )
    found = {(node["code"], node["item"]): Decimal(node["value"]) for node in nodes}
    assert len({code for code, _ in expected}) == places
    for area in depth_of:
        expected[area, "turnout"] = rate(expected[area, "voters"], expected[area, "electors"])
    assert found == expected


MUTATE = """
mutation($input: CorrectFiguresInput!) { correctFigures(input: $input) {
  __typename ... on FiguresRecorded { version position } ... on Refusal { code messageEn } } }"""
HISTORY = """
query($at: Int!, $unit: String!) { election(code: "sangiin-2022", minPosition: $at) {
  figureHistory(form: "final", slot: "final", unit: $unit, contest: "pr", item: "voters") {
    nodes { before after person office channel reason reasonClass } } } }"""


def test_a_ward_corrected_moves_ward_city_prefecture_and_nation(
    world: World, election: sources.UpperHouse
) -> None:
    path = {"22135": "ward", "22130": "city", "22": "prefecture", "C22": "constituency", "JP": "nation"}

    def voters() -> dict[str, Decimal]:
        found: dict[str, Decimal] = {}
        for geography in ("administrative", "upper_house"):
            areas = [code for code in path if (code == "C22") == (geography == "upper_house")]
            nodes = world.totals(election.code, "pr", "final", geography, items=["voters"], areas=areas)
            found |= {node["code"]: Decimal(node["value"]) for node in nodes}
        return found

    before = voters()
    (stored,) = [row for row in election.source if row["code"] == WARD]
    old = int(stored["投票者数"])
    for version, value, actor, reason in (
        (1, old + 1000, WARD_CLERK, "集計漏れ"),
        (2, old + 900, CITY_CLERK, "再集計"),
    ):
        answer = world.ask(
            MUTATE,
            actor,
            input={
                "commandId": str(uuid4()),
                "election": election.code,
                "form": "final",
                "slot": "final",
                "unit": WARD,
                "expectedVersion": version,
                "figures": [{"contest": "pr", "item": "voters", "value": str(value)}],
                "reasonClass": "missed_station",
                "reason": reason,
            },
        )["correctFigures"]
        assert answer["__typename"] == "FiguresRecorded", answer
    world.projector.catch_up()
    assert voters() == {code: value + 900 for code, value in before.items()}
    assert set(before) == set(path)
    changes = world.ask(HISTORY, at=answer["position"], unit=WARD)["election"]["figureHistory"]["nodes"]
    assert [
        (one["before"], one["after"], one["person"], one["office"], one["reason"]) for one in changes[:2]
    ] == [
        (str(old + 1000), str(old + 900), "伊藤", "浜松市選挙管理委員会", "再集計"),
        (str(old), str(old + 1000), "山本", "北区選挙管理委員会", "集計漏れ"),
    ]
    assert (changes[2]["before"], changes[2]["after"], changes[2]["channel"]) == (None, str(old), "import")


def test_a_clerk_of_another_ward_is_refused(world: World, election: sources.UpperHouse) -> None:
    answer = world.ask(
        MUTATE,
        WARD_CLERK,
        input={
            "commandId": str(uuid4()),
            "election": election.code,
            "form": "final",
            "slot": "final",
            "unit": "22134",
            "expectedVersion": 1,
            "figures": [{"contest": "pr", "item": "voters", "value": "1"}],
            "reasonClass": "typing_error",
            "reason": "x",
        },
    )["correctFigures"]
    assert answer["code"] == "not_authorised"


def test_live_equals_rebuilt_equals_fold(
    world: World, election: sources.UpperHouse, module_database: Database
) -> None:
    result = verify(module_database)
    assert result.differences == []
    assert result.figures == 1896 * 3
