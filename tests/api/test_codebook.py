"""The codebook by GraphQL, page by page, and a citation by GET: codes nobody has are refused with those that are near."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import night
import pytest
import tiny
from starlette.testclient import TestClient
from test_desk import client, submit
from test_series_csv import Get, get, table
from tiny import AUDITOR, Ask

from reporting.application.lineage import register_lineage
from reporting.application.service import Reporting
from reporting.domain.area_changes import AreaChange, AreaName

pytestmark = pytest.mark.begins.with_args(night.define)

__all__ = ["client", "get"]

ITEMS = """query($item: [String!], $first: Int! = 100, $after: String) { codebookItems(item: $item, first: $first, after: $after) {
  nodes { item { code version decimals kind numerator denominator purpose { ja } } elections firstDay lastDay }
  pageInfo { hasNextPage endCursor } asOfPosition } }"""
AREAS = """query($geography: String! = "administrative", $registry: String! = "tinyland", $level: String, $parent: String, $on: Date,
  $first: Int! = 100, $after: String) {
  registeredAreas(registry: $registry, geography: $geography, level: $level, parent: $parent, on: $on, first: $first, after: $after) {
    nodes { code level name parent validFrom validTo } pageInfo { hasNextPage endCursor } } }"""
LEVELS = """query($geography: String! = "administrative") { areaLevels(registry: "tinyland", geography: $geography) { code label { ja } areas } }"""
CHANGES = """query($registry: String! = "tinyland", $from: Date, $first: Int! = 100, $after: String) {
  areaChanges(registry: $registry, from: $from, first: $first, after: $after) {
    nodes { id date kind fromAreas { code } toAreas { code } } pageInfo { hasNextPage endCursor } } }"""


def pages(ask: Ask, query: str, name: str, first: int, **asked: Any) -> list[dict[str, Any]]:
    """All nodes, so many a page."""
    nodes, after = [], None
    for _ in range(50):
        page = ask(query, None, first=first, after=after, **asked)["data"][name]
        nodes += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return nodes
    raise AssertionError("no end")


def test_what_is_asked_with_its_parts_and_versions(ask: Ask, service: Reporting) -> None:
    for code, version in (("first", 1), ("second", 2)):
        base = tiny.election()
        items = tuple(
            item.model_copy(update={"version": version}) if item.code == "voters" else item
            for item in base.items
        )
        service.define_election(tiny.election(code=code, is_test=False, items=items), tiny.SYSTEM, uuid4())
    ask("query($at: Int) { asOfPosition(minPosition: $at) }", None, at=service.ledger.position())
    whole = ask(ITEMS, None)["data"]["codebookItems"]["nodes"]
    told = {(one["item"]["code"], one["item"]["version"]): one for one in whole}
    assert told["voters", 1]["elections"] == ["first"]
    assert told["voters", 2]["elections"] == ["second"]
    turnout = told["turnout", 1]
    assert turnout["elections"] == ["first", "second"]
    assert (turnout["item"]["numerator"], turnout["item"]["denominator"], turnout["item"]["decimals"]) == (
        "voters", "electors", 2,
    )  # fmt: skip
    assert [*told] == sorted(told)
    for first in (1, 3):
        assert pages(ask, ITEMS, "codebookItems", first) == whole
    (error,) = ask(ITEMS, None, item=["voterz"])["errors"]
    assert error["extensions"]["code"] == "UNKNOWN_REFERENCE"
    assert "voters" in error["extensions"]["ja"]
    assert "voters" in error["extensions"]["en"]


def test_areas_and_levels_page_by_page(ask: Ask) -> None:
    whole = ask(AREAS, None)["data"]["registeredAreas"]["nodes"]
    expected = sorted(area.code for area in tiny.AREAS if area.geography == "administrative")
    assert [area["code"] for area in whole] == expected
    assert pages(ask, AREAS, "registeredAreas", 2) == whole
    levels = {level["code"]: level["areas"] for level in ask(LEVELS, None)["data"]["areaLevels"]}
    for level, count in levels.items():
        assert len(pages(ask, AREAS, "registeredAreas", 3, level=level)) == count
    inside = ask(AREAS, None, parent="JP")["data"]["registeredAreas"]["nodes"]
    assert {area["parent"] for area in inside} == {"JP"}
    assert ask(AREAS, None, on="1900-01-01")["data"]["registeredAreas"]["nodes"] == []


@pytest.mark.parametrize(
    ("given", "kind", "near"),
    [
        ({"registry": "tinylamd"}, "registry", "tinyland"),
        ({"geography": "administrativ"}, "geography", "administrative"),
        ({"level": "prefectur"}, "level", "prefecture"),
        ({"parent": "P3"}, "area", "P1"),
    ],
)
@pytest.mark.unchanged
def test_a_code_nobody_has_is_told_with_the_nearest(ask: Ask, given: Any, kind: str, near: str) -> None:
    (error,) = ask(AREAS, None, **given)["errors"]
    told = error["extensions"]
    assert (told["code"], told["facts"]["kind"]) == ("UNKNOWN_REFERENCE", kind)
    assert near in told["ja"]
    assert near in told["en"]


def test_the_lineage_page_by_page(ask: Ask, service: Reporting) -> None:
    (missing,) = ask(CHANGES, None)["errors"]
    assert (
        missing["extensions"]["facts"] | {"kind": "lineage", "suggestions": []}
        == missing["extensions"]["facts"]
    )
    (unknown,) = ask(CHANGES, None, registry="tinylamd")["errors"]
    assert unknown["extensions"]["facts"]["kind"] == "registry"
    start = {code: AreaName(code=code, name=code) for code in ("11", "12", "20")}
    changes = [
        AreaChange(
            id=f"c{day}", date=date(2010, day, 1), kind="renamed", source="t",
            from_areas=(AreaName(code="11", name="11" if day == 1 else f"n{day - 1}"),),
            to_areas=(AreaName(code="11", name=f"n{day}"),),
        )
        for day in (1, 2, 3)
    ]  # fmt: skip
    register_lineage(service, "tinyland", date(2000, 1, 1), start, changes, tiny.SYSTEM, uuid4())
    ask("query($at: Int) { asOfPosition(minPosition: $at) }", None, at=service.ledger.position())
    whole = ask(CHANGES, None)["data"]["areaChanges"]["nodes"]
    assert [change["id"] for change in whole] == ["c1", "c2", "c3"]
    assert pages(ask, CHANGES, "areaChanges", 1) == whole
    assert len(ask(CHANGES, None, **{"from": "2010-02-01"})["data"]["areaChanges"]["nodes"]) == 2


def test_a_citation_is_told_by_get(ask: Ask, get: Get, client: TestClient) -> None:
    submit(ask)
    for row in table(get(None, item="voters,turnout", contest="pr"))[:3]:
        answer = client.get("/observation", params={"citation": row["citation"]})
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert {
            name: "" if value is None else "".join(value) if isinstance(value, list) else str(value)
            for name, value in told.items()
        } == row
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        etag = answer.headers["etag"]
        held = client.get(
            "/observation", params={"citation": row["citation"]}, headers={"If-None-Match": etag}
        )
        assert held.status_code == 304
    wrong = row["citation"].replace("item=turnout", "item=turnou").replace("item=voters", "item=voterz")
    for citation, status in ((wrong, 404), ("x", 400), ("", 400)):
        refused = client.get("/observation", params={"citation": citation})
        assert refused.status_code == status, citation
        assert refused.json()["errors"][0]["extensions"]["ja"]
    assert client.get("/observation", params={"citation": row["citation"], "x": "1"}).status_code == 400
    (own, *_) = table(get(AUDITOR, item="voters", contest="pr", layer="entered"))
    assert client.get("/observation", params={"citation": own["citation"]}).status_code == 401
