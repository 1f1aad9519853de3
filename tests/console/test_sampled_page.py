"""Pages say what a figure rests on, n of N, and the authorities' code beside a name."""

from __future__ import annotations

import re
from datetime import datetime

import night
import pytest
from forms import form_after, log_in
from starlette.testclient import TestClient

from projections.runner import Projector
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.publication.live_or_training import Publications

OF_39 = re.compile(r"標本\s+39 か所中 12 か所")
SLOT = "tiny/flash/2300"


@pytest.fixture
def sampled(client: TestClient, service: Reporting, database: Database) -> TestClient:
    """The flash of 23:00: unit 11 reports 12 of its 39 places, 12 reports all."""
    desk = Desk(service)
    night.submit(desk, "11", form="flash", slot="2300", method="sample", places=12, of_places=39)
    night.submit(desk, "12", form="flash", slot="2300", values={"votes_a": 12, "votes_b": 20})
    Projector(database).catch_up()
    return client


def test_entry_approval_and_board_say_n_of_n(sampled: TestClient) -> None:
    log_in(sampled, night.WARD.person)
    assert OF_39.search(sampled.get(f"/entry/{SLOT}/11").text)
    sampled.cookies.clear()
    log_in(sampled, night.CITY.person)
    assert OF_39.search(sampled.get(f"/approval/{SLOT}/11").text)
    assert not OF_39.search(sampled.get(f"/approval/{SLOT}/12").text)
    board = sampled.get(f"/board/{SLOT}/administrative/ward").text
    waiting, areas = board.split("区域ごとの状況", 1)
    rows = {unit: waiting.split(f"地域{unit}", 1)[1].split("</tr>", 1)[0] for unit in ("11", "12")}
    assert OF_39.search(rows["11"])
    assert not OF_39.search(rows["12"])
    assert "標本・推計 1 単位 39 か所中 12 か所" in areas


def test_a_sample_stays_one_on_the_page_until_all_is_said_to_be_counted(
    sampled: TestClient, service: Reporting, database: Database
) -> None:
    log_in(sampled, night.WARD.person)
    where = f"/entry/{SLOT}/11"

    def submitted(**more: str) -> str:
        page = sampled.get(where, params={"review": "1"}).text
        form = form_after(page, 'class="review"')
        form.pop("whole", None)
        answer = sampled.post(where, data={**form, "reason-class": "recount", "reason": "追加の開票", **more})
        assert answer.status_code == 303, answer.text
        Projector(database).catch_up()
        return sampled.get(where).text

    assert OF_39.search(submitted())
    whole = submitted(whole="yes")
    assert not OF_39.search(whole)
    assert "全数を数え終えた" not in sampled.get(where, params={"review": "1"}).text


def test_work_and_wall_say_n_of_n(sampled: TestClient) -> None:
    log_in(sampled, night.CITY.person)
    work = sampled.get("/work/tiny").text
    rows = {unit: work.split(f"/approval/{SLOT}/{unit}", 1)[1].split("</tr>", 1)[0] for unit in ("11", "12")}
    assert OF_39.search(rows["11"])
    assert not OF_39.search(rows["12"])
    wall = sampled.get(f"/wall/{SLOT}/administrative/ward").text
    assert "標本・推計 1 単位 39 か所中 12 か所" in wall


def test_results_say_which_returns_are_samples_and_where_they_count(
    sampled: TestClient, service: Reporting, database: Database
) -> None:
    desk = Desk(service)
    for approver in (night.CITY, night.PREFECTURE, night.NATION):
        for unit in ("11", "12"):
            night.approve(desk, approver, unit, "flash", "2300")
    Publications(service, desk).release("tiny", "flash", "2300", datetime.now().astimezone())
    Projector(database).catch_up()
    nation = sampled.get("/results/tiny/pr/flash/2300/administrative/JP").text
    assert "全数ではない報告を 1 単位含みます" in nation
    assert OF_39.search(nation)
    city = sampled.get("/results/tiny/pr/flash/2300/administrative/10").text
    rows = {unit: city.rsplit(f">地域{unit}<", 1)[1].split("</tr>", 1)[0] for unit in ("11", "12")}
    assert ("推計を含む" in rows["11"], "推計を含む" in rows["12"]) == (True, False)
    assert "全数ではない" not in sampled.get("/results/tiny/pr/flash/2300/administrative/12").text
