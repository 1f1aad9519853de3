"""Entry on behalf: an office above types what came by telephone; the desk asks how, when and why; both stand in the trail."""

from __future__ import annotations

from datetime import datetime, timedelta

import night
import pytest
from forms import form_after, log_in
from starlette.testclient import TestClient

from api.console.pages.behalf.page import PAGE as behalf
from api.console.pages.entry.page import PAGE as entry
from api.console.render import JAPAN
from projections.runner import Projector
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import Database

PAGE = "/behalf/tiny/flash/2300/20"
A, B = "pr|votes||a", "pr|votes||b"
BROUGHT = {
    "channel": "TELEPHONE",
    "source": "受付 第12号",
    "received": "2024-10-27T21:00",
    "reason": "町の回線が切れている",
}


@pytest.fixture
def prefecture(client: TestClient) -> TestClient:
    log_in(client, night.PREFECTURE.person)
    return client


def typed(office: TestClient, **values: str) -> dict[str, str]:
    """What the review asks to confirm, after these cells were typed."""
    form = form_after(office.get(PAGE).text, 'id="entry"') | {"deed": "save", "then": "review"}
    form |= {f"cell:pr|votes||{choice}": value for choice, value in values.items()}
    saved = office.post(PAGE, data=form)
    assert saved.status_code == 303, saved.text
    return form_after(office.get(saved.headers["location"]).text, 'class="review"') | {"deed": "submit"}


def test_both_offices_stand_in_the_history_and_the_owner_answers(
    prefecture: TestClient, service: Reporting, database: Database
) -> None:
    assert PAGE in prefecture.get(PAGE.replace("behalf", "entry")).text, "the entry's page leads there"
    form = typed(prefecture, a="１２", b="8") | BROUGHT
    first, again = prefecture.post(PAGE, data=form), prefecture.post(PAGE, data=form)
    assert first.status_code == 303, first.text
    assert again.headers["location"] == first.headers["location"]
    Projector(database).catch_up()
    trail = prefecture.get("/trail/tiny?unit=20&form=flash&slot=2300").text
    for told in ("県選管 田中", "地域20選挙管理委員会 の代わり", "町の回線が切れている", "12"):
        assert told in trail
    history = prefecture.get("/history/tiny/flash/2300/20").text
    assert "受付 第12号" in history
    log_in(prefecture, night.TOWN.person)
    answer = "/approval/tiny/flash/2300/20"
    assert answer in prefecture.get("/entry/tiny/flash/2300/20").text
    form = form_after(prefecture.get(answer).text, f'action="{answer}"')
    ticks = {f"tick:{key}": "1" for key in (A, B)}
    assert (
        prefecture.post(answer, data={**form, **ticks, "deed": "answer", "agrees": "yes"}).status_code == 303
    )
    assert not Desk(service).returns.open("tiny", "flash", "2300", "20").case.on_behalf


@pytest.mark.parametrize("empty", ["source", "received", "reason", "channel"])
def test_nothing_of_it_may_be_left_out(prefecture: TestClient, service: Reporting, empty: str) -> None:
    form = typed(prefecture, a="12", b="8") | BROUGHT | {empty: " " if empty == "source" else ""}
    answer = prefecture.post(PAGE, data=form)
    assert answer.status_code != 303
    assert 'role="alert"' in answer.text
    kept = [text for name, text in BROUGHT.items() if name not in (empty, "channel")]
    assert all(text in answer.text for text in kept), "what was typed stays"
    assert not Desk(service).returns.open("tiny", "flash", "2300", "20").case.cells


def test_a_time_to_come_is_no_receipt(prefecture: TestClient) -> None:
    later = (datetime.now(JAPAN) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    answer = prefecture.post(PAGE, data=typed(prefecture, a="12", b="8") | BROUGHT | {"received": later})
    assert answer.status_code == 409
    assert "「受けた時刻」の値" in answer.text


def test_another_name_than_was_shown_is_not_taken(prefecture: TestClient, service: Reporting) -> None:
    form = typed(prefecture, a="12", b="8") | BROUGHT | {"own-office": "北区選管"}
    answer = prefecture.post(PAGE, data=form)
    assert answer.status_code == 409
    assert "NOT_AS_SHOWN" in answer.text
    assert not Desk(service).returns.open("tiny", "flash", "2300", "20").case.cells


@pytest.mark.unchanged
@pytest.mark.parametrize(
    ("person", "told"),
    [(night.TOWN, "これは自分の委員会の報告です"), (night.tiny.AUDITOR, "代わりに入力できません")],
)
def test_who_does_not_stand_in_finds_no_form(client: TestClient, person: night.Actor, told: str) -> None:
    log_in(client, person.person)
    page = client.get(PAGE).text
    assert told in page
    assert 'id="entry"' not in page


def test_it_asks_all_that_the_page_of_entry_asks() -> None:
    """It shows that page's grid and review: what one asks more, the other has to ask, too."""
    assert behalf.document == entry.document
    assert [behalf.mutation(deed) for deed in behalf.deeds] == [entry.mutation(deed) for deed in entry.deeds]


@pytest.mark.unchanged
def test_another_prefecture_sees_nothing(client: TestClient) -> None:
    log_in(client, night.HARBOUR.person)
    assert client.get(PAGE).status_code == 403
