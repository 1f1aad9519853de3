"""The second entry in the console: blind, then only what differs, and a history that shows both."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import night
import pytest
import tiny
from forms import form_after, log_in
from playwright.sync_api import Page, expect
from site_under_test import Site, complaints
from standing import stands
from starlette.testclient import TestClient
from thorough import some
from two_typists import ENTRY, SECOND, VOTES_A, VOTES_B, doubled, typed

from projections.runner import Projector
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import Database


@pytest.fixture
def two(client: TestClient, service: Reporting, database: Database) -> TestClient:
    doubled(service, database)
    return client


def test_the_second_person_sees_no_value_of_the_first_anywhere(two: TestClient) -> None:
    log_in(two, night.WARD.person)
    typed(two, ENTRY, "", a="7741", b="50")
    log_in(two, night.WARD_2.person)
    for address in (
        SECOND,
        ENTRY,
        f"{ENTRY}?review=1",
        "/history/tiny/flash/2300/11",
        "/approval/tiny/flash/2300/11",
    ):
        page = two.get(address)
        assert page.status_code == 200
        assert not stands("7741", page.text), address
    json = two.get(SECOND, headers={"accept": "application/json"}).text
    assert not stands("7741", json)


def test_the_second_person_on_the_page_of_the_first_is_told_whose_it_is(two: TestClient) -> None:
    log_in(two, night.WARD_2.person)
    typed(two, SECOND, "", a="41", b="50")
    form = form_after(two.get(ENTRY).text, f'action="{ENTRY}"')
    sent = form | {f"cell:{VOTES_A}": "41", "deed": "save"}
    told = two.post(ENTRY, data=sent)
    assert told.status_code == 409
    assert "もう一方の入力をした人です" in told.text
    (problem,) = two.post(ENTRY, data=sent, headers={"accept": "application/json"}).json()["problems"]
    assert problem["code"] == "FOUR_EYES"


def test_what_was_typed_beside_another_name_is_typed_anew_by_both(
    two: TestClient, service: Reporting, database: Database
) -> None:
    log_in(two, night.WARD.person)
    typed(two, ENTRY, "", a="41", b="50")
    log_in(two, night.WARD_2.person)
    typed(two, SECOND, "done", a="41", b="50")
    assert "二度の入力はすべて一致しています" in two.get(SECOND).text
    forms = night.election().model_dump(mode="json")["forms"]
    twice = [{**form, "entry": "double" if form["code"] == "flash" else "single"} for form in forms]
    contests = night.election().model_dump(mode="json")["contests"]
    first, second = contests[0]["choices"]
    first["name"], second["name"] = second["name"], first["name"]
    exchanged = night.election(forms=twice, contests=contests)
    service.define_election(exchanged, tiny.SYSTEM, uuid4(), reason="名簿の訂正")
    Projector(database).catch_up()
    desk, place = Desk(service), ("tiny", "flash", "2300", "11")
    for person, anew in ((night.WARD, ""), (night.WARD_2, "50")):
        log_in(two, person.person)
        submission = form_after(two.get(f"{ENTRY}?review=1").text, 'class="review"') | {"deed": "submit"}
        assert two.post(ENTRY, data=submission).status_code == 409, "one of them has not looked yet"
        form = form_after(two.get(SECOND).text, f'action="{SECOND}"')
        assert (form["first:1"], form["second:1"]) == (anew, ""), "only what was typed beside this name"
        picks = {"pick:1": "other", "typed:1": "50", "pick:2": "other", "typed:2": "41"}
        answer = two.post(SECOND, data=form | picks)
        assert answer.status_code == 303, answer.text
    assert "二度の入力はすべて一致しています" in two.get(SECOND).text
    submission = form_after(two.get(f"{ENTRY}?review=1").text, 'class="review"') | {"deed": "submit"}
    assert two.post(ENTRY, data=submission).status_code == 303
    assert desk.returns.open(*place).case.texts == {VOTES_A: "50", VOTES_B: "41"}


def test_only_what_differs_is_settled_and_the_history_shows_both(two: TestClient, service: Reporting) -> None:
    log_in(two, night.WARD.person)
    typed(two, ENTRY, "", a="41", b="50")
    assert "別の人が、この画面を開いて入力します" in two.get(SECOND).text
    log_in(two, night.WARD_2.person)
    typed(two, SECOND, "", a="14", b="５０")
    typed(two, SECOND, "done", a="14", b="50")
    page = two.get(SECOND).text
    assert "甲党 得票数" in page
    assert "乙党 得票数" not in page
    form = form_after(page, f'action="{SECOND}"')
    forged = two.post(SECOND, data=form | {"first:1": "99", "pick:1": "first"})
    assert "NOT_AS_SHOWN" in forged.text
    submission = form_after(two.get(f"{ENTRY}?review=1").text, 'class="review"') | {"deed": "submit"}
    assert "一致していない欄" in two.post(ENTRY, data=submission).text
    form = form_after(two.get(SECOND).text, f'action="{SECOND}"')
    assert two.post(SECOND, data=form | {"pick:1": "first"}).status_code == 303
    assert "二度の入力はすべて一致しています" in two.get(SECOND).text
    submission = form_after(two.get(f"{ENTRY}?review=1").text, 'class="review"') | {"deed": "submit"}
    assert two.post(ENTRY, data=submission).status_code == 303
    cells = Desk(service).returns.open("tiny", "flash", "2300", "11").case.cells
    assert cells[VOTES_A].text == "41"
    history = two.get("/history/tiny/flash/2300/11").text
    for said in ("二度目の入力", "違いの照合", "途中保存", night.WARD.person, night.WARD_2.person, "14"):
        assert said in history


def test_a_third_value_needs_both_people(two: TestClient, service: Reporting) -> None:
    log_in(two, night.WARD.person)
    typed(two, ENTRY, "", a="41", b="50")
    log_in(two, night.WARD_2.person)
    typed(two, SECOND, "done", a="14", b="50")
    form = form_after(two.get(SECOND).text, f'action="{SECOND}"')
    assert two.post(SECOND, data=form | {"pick:1": "other", "typed:1": "44"}).status_code == 303
    page = two.get(SECOND).text
    assert "甲党 得票数 44" in page, "one person's word: the other still has 41"
    log_in(two, night.WARD.person)
    form = form_after(two.get(SECOND).text, f'action="{SECOND}"')
    assert two.post(SECOND, data=form | {"pick:1": "second"}).status_code == 303
    assert "すべて一致" in two.get(SECOND).text


@pytest.mark.parametrize("language", some(["ja", "en"], 1))
def test_the_page_is_for_everybody_and_for_the_keyboard(
    enter: Callable[..., Page], site: Site, service: Reporting, database: Database, language: str
) -> None:
    doubled(service, database)
    first, second = enter(night.WARD), enter(night.WARD_2)
    first.goto(site.at(ENTRY))
    for value in ("41", "50"):
        first.locator("input.cell").nth(0 if value == "41" else 1).fill(value)
    first.get_by_role("button", name="途中保存").click()
    second.goto(site.at(SECOND))
    assert complaints(second) == []
    second.locator("input.cell").first.focus()
    second.keyboard.type("14")
    second.keyboard.press("Tab")
    second.keyboard.type("50")
    second.get_by_role("button", name="入力を終えて照合する").focus()
    second.keyboard.press("Enter")
    expect(second.get_by_text("違う欄だけを")).to_be_visible()
    if language == "en":
        second.get_by_role("button", name="English").click()
    assert complaints(second) == []
    second.locator("input[type=radio]").first.focus()
    second.keyboard.press("Space")
    second.locator("button.main").focus()
    second.keyboard.press("Enter")
    expect(second.locator(".done")).to_be_visible()
    expect(second.locator("input[type=radio]")).to_have_count(0)
    assert complaints(second) == []
