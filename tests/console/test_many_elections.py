"""More elections than a page lists: each is reached, an office is shown its own, and a series and a citation know those of long ago."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import night
import pytest
import tiny
from forms import log_in
from starlette.testclient import TestClient
from tiny import SYSTEM

from projections.read import ElectionsWanted, Sees, ViewReader
from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import Database

MANY = 104
"""Local elections; a page lists a hundred."""
TOWN, HARBOUR = "20", "31"
FURTHER = re.compile(r'<a class="button" href="([^"]+)">さらに前の選挙</a>')
OLD = {
    "code": "turnout_2000",
    "label": tiny.label("平成12年の項目"),
    "kind": "count",
    "purpose": tiny.label("昔"),
    "basis": "法",
}


def local(number: int) -> dict[str, Any]:
    """Of the town but each fifth, of the harbour town."""
    area = HARBOUR if number % 5 == 0 else TOWN
    contest = {
        **night.election().contests[0].model_dump(mode="json"),
        "area": {"geography": "administrative", "area": area},
    }
    day = date(2024, 1, 1) - timedelta(number)
    return {
        "code": f"local-{number:03}",
        "label": tiny.label(f"町長選{number}"),
        "polling_date": day,
        "contests": [contest],
        "is_test": number % 2 == 0,
    }


@pytest.fixture
def many(service: Reporting, database: Database) -> None:
    """An election of all, which the fixture of the client has; a hundred and four local ones; one of 2000 with an item of its own."""
    for number in range(MANY):
        service.define_election(night.election(**local(number)), SYSTEM, uuid4())
    old = tiny.election(
        code="old", label=tiny.label("昔の選挙"), kind="alike", polling_date="2000-06-25", is_test=False
    )
    values = old.model_dump(mode="json")
    values["items"].append(OLD)
    values["forms"][0]["items"].append(OLD["code"])
    service.define_election(type(old).model_validate(values), SYSTEM, uuid4())
    service.enter_figures(
        tiny.EnterFigures(
            command_id=uuid4(), election="old", form="final", slot="final", unit="11", expected_version=0,
            figures=tiny.cells(turnout_2000=7),
        ),
        SYSTEM,
    )  # fmt: skip
    Projector(database).catch_up()


def walked(client: TestClient, address: str) -> list[str]:
    """Codes of the elections that are listed, page after page."""
    listed: list[str] = []
    while address:
        text = client.get(address).text
        cards = text.split('<ul class="cards">')[1].split("</ul>")[0]
        listed += re.findall(r'href="/[a-z-]+/([^"]+)"', cards)
        further = FURTHER.search(text)
        address = html.unescape(further[1]) if further else ""
    return listed


@pytest.mark.usefixtures("many")
def test_each_election_is_reached_and_an_office_sees_its_own(client: TestClient) -> None:
    every = {"tiny", "old", *(f"local-{number:03}" for number in range(MANY))}
    listed = walked(client, "/")
    assert len(listed) == len(set(listed))
    assert set(listed) == every
    assert set(walked(client, "/open-data")) == {f"local-{number:03}" for number in range(1, MANY, 2)}, (
        "no tests, and none without a release"
    )
    for person, own in (
        (night.HARBOUR, {"tiny", *(f"local-{number:03}" for number in range(0, MANY, 5))}),
        (night.WARD, {"tiny"}),
        (night.NATION, every - {"old"}),
    ):
        log_in(client, person.person)
        assert set(walked(client, "/work")) == own, person.office
    assert walked(client, "/work?q=町長選103") == ["local-103"]
    assert walked(client, "/work?q=LOCAL-10") == ["local-100", "local-101", "local-102", "local-103"]


@pytest.mark.usefixtures("many")
def test_a_series_and_a_citation_know_what_was_long_ago(client: TestClient) -> None:
    assert "平成12年の項目" in client.get("/series").text, "offered, though none of the last hundred asks it"
    page = client.get("/series?item=turnout_2000&areas=11").text
    assert "昔の選挙" in page
    cited = re.search(r'href="(/cited\?[^"]+)"', page)
    assert cited
    told = client.get(html.unescape(cited[1])).text
    assert "昔の選挙" in told
    assert "平成12年の項目" in told


def test_own_reach_is_what_the_roster_covers(
    client: TestClient, service: Reporting, database: Database
) -> None:
    """In an area of any geography: of an election of all, and of one of a single town."""
    service.define_election(night.election(**local(1)), SYSTEM, uuid4())
    Projector(database).catch_up()
    rosters = {code: service.catalog.election(code).roster for code in ("tiny", "local-001")}
    areas = {
        area
        for roster in rosters.values()
        for paths in roster.places.values()
        for path in paths.values()
        for area in path
    }
    assert {"JP", "P1", TOWN} <= areas
    reader = ViewReader(database)
    with reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
        for area in sorted(areas | {"*", "nowhere"}):
            listed = snapshot.election_list(100, ElectionsWanted(area=area))
            assert {row.definition.code for row in listed} == {
                code
                for code, roster in rosters.items()
                if any(set(roster.covered(area)) & set(units) for units in roster.contest_units.values())
            }, area
    reader.close()


def test_a_table_says_where_it_ends(client: TestClient, service: Reporting, database: Database) -> None:
    """Seventy candidates: their columns end with the sixtieth."""
    said, address = "この表にはその先がありません", "/{}/wide/pr/final/final/administrative/JP"
    contest = {
        **tiny.election().contests[0].model_dump(mode="json"),
        "choices": [{"code": f"c{number}", "name": f"候補{number}"} for number in range(70)],
    }
    service.define_election(tiny.election(code="wide", contests=[contest]), SYSTEM, uuid4())
    Projector(database).catch_up()
    assert said in client.get(address.format("results")).text
    log_in(client, night.NATION.person)
    assert said in client.get(address.format("totals")).text
    assert said not in client.get(address.format("results").replace("wide", "tiny")).text
