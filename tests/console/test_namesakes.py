"""Candidates of one name (同姓同名): each has a field of their own on every page, and no two are called alike."""

from __future__ import annotations

import re
from uuid import uuid4

import night
import pytest
import tiny
from forms import form_after, log_in
from starlette.testclient import TestClient

from api.console.names import told_apart
from projections.runner import Projector
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import Database

PLACE = "tiny/flash/2300/11"
CELL = re.compile(r'name="cell:(pr\|votes\|\|\w)"[^>]*aria-label="([^"]+)"')
NAMESAKE = {"code": "c", "name": "甲党", "number": 3}


def define(service: Reporting, database: Database) -> None:
    given = night.election().model_dump(mode="json")
    listed = [{**choice, "number": n} for n, choice in enumerate(given["contests"][0]["choices"], 1)]
    given["contests"][0]["choices"] = [*listed, NAMESAKE]
    service.define_election(
        night.election(contests=given["contests"]), tiny.SYSTEM, uuid4(), reason="名簿の訂正"
    )
    Projector(database).catch_up()


def test_each_is_typed_reviewed_corrected_and_approved_under_a_name_of_their_own(
    client: TestClient, service: Reporting, database: Database
) -> None:
    define(service, database)
    log_in(client, night.WARD.person)
    called = {
        "pr|votes||a": "甲党（1） 得票数",
        "pr|votes||b": "乙党 得票数",
        "pr|votes||c": "甲党（3） 得票数",
    }
    page = client.get(f"/entry/{PLACE}").text
    assert dict(CELL.findall(page)) == called
    form = form_after(page, 'id="entry"')
    cells = {f"cell:pr|votes||{choice}": text for choice, text in (("a", "41"), ("b", "50"), ("c", "7"))}
    answer = client.post(f"/entry/{PLACE}", data=form | cells | {"then": "review"})
    review = client.get(answer.headers["location"]).text
    assert [name in review for name in called.values()] == [True] * 3
    answer = client.post(f"/entry/{PLACE}", data=form_after(review, 'class="review"'))
    assert answer.status_code == 303
    texts = Desk(service).returns.open("tiny", "flash", "2300", "11").case.texts
    assert texts == {"pr|votes||a": "41", "pr|votes||b": "50", "pr|votes||c": "7"}
    Projector(database).catch_up()
    assert dict(CELL.findall(client.get(f"/correction/{PLACE}").text)) == called
    for shown in (f"/reading/{PLACE}", f"/history/{PLACE}", f"/division/{PLACE}/pr"):
        page = client.get(shown).text
        assert ("甲党（1）" in page, "甲党（3）" in page) == (True, True), shown
    log_in(client, night.CITY.person)
    page = client.get(f"/approval/{PLACE}").text
    assert ("甲党（1）" in page, "甲党（3）" in page) == (True, True)


def test_whose_figure_is_refused_is_told_by_the_name_on_the_page(
    client: TestClient, service: Reporting, database: Database
) -> None:
    """Of two candidates of one name nobody knew which was lacking, or whose number was none."""
    define(service, database)
    log_in(client, night.WARD.person)
    for text, told in (("", "［甲党（3）］「空欄」"), ("1x", "［甲党（3）］「1x」")):
        form = form_after(client.get(f"/entry/{PLACE}").text, 'id="entry"')
        cells = {f"cell:pr|votes||{choice}": each for choice, each in (("a", "41"), ("b", "50"), ("c", text))}
        assert client.post(f"/entry/{PLACE}", data=form | cells).status_code == 303
        submission = form_after(client.get(f"/entry/{PLACE}?review=1").text, 'class="review"')
        refused = client.post(f"/entry/{PLACE}", data=submission | {"deed": "submit"})
        assert refused.status_code == 409
        assert told in refused.text


@pytest.mark.parametrize(
    ("listed", "called"),
    [
        ([("a", 1, "x"), ("b", 2, "x")], ["山田太郎（1）", "山田太郎（2）"]),
        ([("a", None, "甲党"), ("b", 2, "乙党")], ["山田太郎（甲党）", "山田太郎（乙党）"]),
        ([("a", None, None), ("b", None, "乙党")], ["山田太郎（a）", "山田太郎（b）"]),
        ([("a", 1, None)], ["山田太郎"]),
    ],
)
def test_namesakes_are_told_apart_by_what_differs(
    listed: list[tuple[str, int | None, str | None]], called: list[str]
) -> None:
    choices = [
        {"code": code, "name": "山田太郎", "number": number, "party": party} for code, number, party in listed
    ]
    assert list(told_apart(choices).values()) == called
