"""Two moments beside each other: what differs, by whom and why, from what an office may see; bad moments are told."""

from __future__ import annotations

import re
from datetime import datetime

import night
import pytest
from forms import log_in
from starlette.testclient import TestClient

from projections.runner import Projector
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.publication.live_or_training import Publications

PAGE = "/differences/tiny/pr/flash/2200/administrative/nation"


@pytest.fixture
def twice(client: TestClient, service: Reporting, database: Database) -> TestClient:
    """Ward 11's votes of the first release are corrected and released again."""
    desk = Desk(service)
    night.submit(
        desk, "11", night.WARD, "flash", "2200", values={"votes_a": 13, "votes_b": 20}, reason="転記<b>誤り"
    )
    for approver in (night.CITY, night.PREFECTURE, night.NATION):
        night.approve(desk, approver, "11", "flash", "2200")
    Publications(service, desk).release("tiny", "flash", "2200", datetime.now().astimezone())
    Projector(database).catch_up()
    return client


def between(page: str) -> str:
    """The address of the last release's changes."""
    address = re.search(r'href="(/differences/[^"]+from=\d+[^"]*)"', page)
    assert address
    return address[1].replace("&amp;", "&")


def test_what_a_release_changed_by_whom_and_why(twice: TestClient) -> None:
    log_in(twice, night.NATION.person)
    page = twice.get(PAGE).text
    assert "変わった合計" not in page, "nothing is compared before two moments are chosen"
    pair = between(page)
    told = twice.get(pair).text
    assert 'data-plain="3"' in told, "13 for 10"
    area = re.search(r'<th scope="row"><a href="([^"]+area=[^"]+)"', told)
    assert area
    why = twice.get(area[1].replace("&amp;", "&")).text
    assert "転記&lt;b&gt;誤り" in why
    assert night.WARD.person in why
    assert re.search(r'href="/proof/\d+"', why)
    assert "/trail/tiny?" in why
    trail = re.search(r'href="(/trail/tiny[^"]+since=\d+[^"]*)"', why)
    assert trail
    assert twice.get(trail[1].replace("&amp;", "&")).status_code == 200
    first = re.search(r"from=(\d+)", pair)
    assert first
    same = twice.get(f"{PAGE}?from={first[1]}&to={first[1]}").text
    assert "違う合計はありません" in same
    twice.post("/language", data={"language": "en", "back": "/"})
    assert "Totals that changed" in twice.get(pair).text


@pytest.mark.parametrize(
    "moments",
    [
        "from=tomorrow",
        "from=999999999",
        "from=1&to=2024-99-99T10:00",
        "from=1&layer=moon",
        "from=1&area=nowhere",
    ],
)
@pytest.mark.unchanged
def test_a_moment_that_is_none_is_told(client: TestClient, moments: str) -> None:
    log_in(client, night.NATION.person)
    answer = client.get(f"{PAGE}?{moments}", headers={"accept": "text/html"})
    assert answer.status_code >= 400
    assert 'role="alert"' in answer.text


def test_an_office_sees_no_difference_beyond_its_reach(twice: TestClient) -> None:
    """What is not released is told to nobody but those it goes through; nobody reads it without a login."""
    for person in (night.TOWN, night.HARBOUR):
        log_in(twice, person.person)
        for layer in ("entered", "prefecture"):
            page = twice.get(
                f"{PAGE.replace('2200', '2300')}?from=1&layer={layer}", headers={"accept": "text/html"}
            ).text
            assert "data-plain" not in page
    twice.cookies.clear()
    assert twice.get(PAGE).headers["location"].startswith("/sign-in")


def test_results_go_through_moments_without_script(twice: TestClient) -> None:
    page = twice.get("/results/tiny/pr/flash/2200/administrative/JP").text
    ticks = re.findall(r'<option value="(\d+)" label="([^"]+)">', page)
    assert [words.split(" の")[0][:5] for _, words in ticks] == ["第 1 回", "第 2 回"]
    then = twice.get(f"/results/tiny/pr/flash/2200/administrative/JP?at={ticks[0][0]}").text
    assert "過去の時点の値です" in then
    assert 'data-plain="30"' in then


def test_a_figure_that_is_withheld_now_is_told_so(
    twice: TestClient, service: Reporting, database: Database
) -> None:
    """It stood as a dash, as if nobody had reported, and n of N as if units were missing."""
    desk = Desk(service)
    before = service.ledger.position()
    night.submit(
        desk,
        "11",
        night.WARD,
        "flash",
        "2200",
        values={"votes_a": "!suppressed", "votes_b": 20},
        reason="少人数",
    )
    Projector(database).catch_up()
    log_in(twice, night.NATION.person)
    told = twice.get(f"{PAGE.replace('nation', 'ward')}?from={before}&layer=entered").text
    (row,) = re.findall(r'<tr><th scope="row"><a href="[^"]*area=11[^"]*">.*?</tr>', told, re.DOTALL)
    assert "非公表" in row.split("</td>")[2]
    assert "報告 1/1 → 0/1 単位" in row
