"""A board is narrowed by state and by name, its address says to what, and each row of one return is one press from it."""

from __future__ import annotations

import re

import night
from forms import log_in
from starlette.testclient import TestClient

from projections.runner import Projector
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import Database

BOARD = "/board/tiny/final/final/administrative/ward"


def rows(page: str) -> dict[str, str]:
    """Name of each row → where it leads."""
    table = page.split('aria-label="区域ごとの状況"')[1]
    return {name: at for at, name in re.findall(r'<th scope="row"><a href="([^"]+)">([^<]+)</a>', table)}


def test_a_board_is_narrowed(client: TestClient, service: Reporting, database: Database) -> None:
    night.send_back(Desk(service), night.CITY, "12", "pr|voters||")
    Projector(database).catch_up()
    log_in(client, night.CITY.person)
    whole = client.get(BOARD).text
    assert rows(whole) == {f"地域{unit}": f"/approval/tiny/final/final/{unit}" for unit in ("11", "12")}
    assert "すべて見る" not in whole
    for asked, left in (
        ("only=sentBack", ["地域12"]),
        ("only=submitted", ["地域11"]),
        ("name=11", ["地域11"]),
        ("only=sentBack&name=11", []),
        ("only=nonsense", ["地域11", "地域12"]),
    ):
        page = client.get(f"{BOARD}?{asked}").text
        assert list(rows(page)) == left, asked
        assert ("すべて見る" in page) == (len(left) < 2), asked
        lead = page.split('<p class="lead">')[1].split("</p>")[0]
        assert "差し戻し</span> 1" in lead, "the line above counts all of them"
    assert "該当する区域はありません。" in client.get(f"{BOARD}?name=99").text
    markup = client.get(f"{BOARD}?name=<b>").text
    assert '<b>"' not in markup
    assert 'value="&lt;b&gt;"' in markup
    city = client.get("/board/tiny/final/final/administrative/city").text
    assert not rows(city), "an area of several returns leads to none of them"
