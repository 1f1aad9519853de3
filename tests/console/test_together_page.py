"""Joint correction in the console, without a browser or a script: seen whole, changed once, refused beside its cell."""

from __future__ import annotations

import html
import re

import night
import pytest
from forms import COMMAND, TOKEN, fields, form_after, log_in
from starlette.testclient import TestClient

from api.console.pages.together.page import AT_MOST
from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.ledger import return_stream

ADDRESS = "/together/tiny?1=final%2Ffinal%2F11&2=final%2Ffinal%2F12"
VOTES_A, VOTES_B = "pr|votes||a", "pr|votes||b"


def filled(page: str, **typed: int) -> dict[str, str]:
    """The form with votes typed: `a11`, `b12` …: choice and unit."""
    token, command = TOKEN.search(page), COMMAND.search(page)
    assert token
    assert command
    number = {"11": 1, "12": 2}
    cells = {f"{number[name[1:]]}.cell:pr|votes||{name[0]}": str(value) for name, value in typed.items()}
    return {**fields(page), **cells, "token": token[1], "command": command[1]}


def events(service: Reporting, unit: str) -> list[str]:
    return [one.event.type for one in service.ledger.stream(return_stream("tiny", "final", "final", unit))]


def shown(client: TestClient, **typed: int) -> dict[str, str]:
    """The form that follows the showing deed."""
    answer = client.post(ADDRESS, data={**filled(client.get(ADDRESS).text, **typed), "deed": "preview"})
    assert answer.status_code == 200, answer.text
    return filled(answer.text)


@pytest.mark.unchanged
def test_what_moves_in_all_of_them_is_shown_and_nothing_is_changed(
    client: TestClient, service: Reporting
) -> None:
    log_in(client, night.CITY.person)
    before = events(service, "11"), events(service, "12")
    form = filled(client.get(ADDRESS).text, a11=50, b11=48, a12=71, b12=27)
    page = client.post(ADDRESS, data={**form, "deed": "preview"}).text
    moved = page.split("動く合計と率", 1)[1]
    assert 'data-plain="121"' in moved, "the city's total moves by both"
    assert page.count("この報告の他の欄は変わりません") == 2
    assert "2 件の報告を一度に訂正する" in page
    assert (events(service, "11"), events(service, "12")) == before


def test_all_change_once_whatever_is_clicked_again(
    client: TestClient, service: Reporting, database: Database
) -> None:
    log_in(client, night.CITY.person)
    form = shown(client, a11=50, b11=48, a12=71, b12=27)
    own = {f"2.own-class:{VOTES_A}": "recount", f"2.own-reason:{VOTES_A}": "再点検で1票"}
    form |= {"deed": "correct", "reason": "束の取り違え", "reason-class": "typing_error", **own}
    first = client.post(ADDRESS, data=form)
    assert first.status_code == 303, first.text
    once = events(service, "11"), events(service, "12")
    again = client.post(ADDRESS, data=form)
    assert again.headers["location"] == first.headers["location"]
    assert (events(service, "11"), events(service, "12")) == once
    Projector(database).catch_up()
    page = client.get(first.headers["location"]).text
    assert 'href="/history/tiny/final/final/11"' in page
    assert 'href="/history/tiny/final/final/12"' in page
    assert fields(page)[f"2.cell:{VOTES_A}"] == "71"
    trail = client.get("/trail/tiny?unit=12").text
    assert "再点検で1票" in trail
    assert "束の取り違え" in trail


def test_what_the_rules_refuse_stands_beside_the_cell_of_its_return_and_none_is_changed(
    client: TestClient, service: Reporting
) -> None:
    log_in(client, night.CITY.person)
    before = events(service, "11"), events(service, "12")
    form = shown(client, a11=50, b11=48, a12=999)
    answer = client.post(ADDRESS, data={**form, "deed": "correct", "reason": "取り違え"})
    assert answer.status_code == 409
    assert re.search(r'<small class="why" id="why:2\.', answer.text)
    assert not re.search(r'<small class="why" id="why:1\.', answer.text)
    assert fields(answer.text)[f"2.cell:{VOTES_A}"] == "999", "what was typed stays"
    assert (events(service, "11"), events(service, "12")) == before


@pytest.mark.unchanged
def test_what_cannot_be_read_stands_beside_its_cell(client: TestClient) -> None:
    log_in(client, night.CITY.person)
    form = shown(client, a11=50, b11=48, a12=71, b12=27)
    form |= {f"2.cell:{VOTES_B}": "二七", "deed": "correct", "reason": "取り違え"}
    answer = client.post(ADDRESS, data=form)
    assert answer.status_code == 409
    assert f'id="why:2.{VOTES_B}"' in answer.text
    assert f'id="why:1.{VOTES_B}"' not in answer.text


@pytest.mark.unchanged
def test_a_return_beyond_ones_reach_is_not_shown(client: TestClient) -> None:
    log_in(client, night.WARD.person)
    answer = client.get(ADDRESS, headers={"accept": "text/html"})
    assert answer.status_code == 403
    assert "NOT_AUTHORISED" in answer.text


@pytest.mark.unchanged
def test_returns_are_added_one_by_one_and_each_stands_once(client: TestClient) -> None:
    log_in(client, night.CITY.person)
    assert "報告を加える" in client.get("/together/tiny").text
    assert 'href="/together/tiny"' in client.get("/work/tiny").text
    correction = client.get("/correction/tiny/final/final/11").text
    assert 'href="/together/tiny?1=final%2Ffinal%2F11"' in correction
    page = client.get("/together/tiny?1=final/final/11&add=final/final&unit=12").text
    assert html.escape(ADDRESS) in page
    twice = client.get("/together/tiny?1=final/final/11&add=final/final&unit=11").text
    assert f"2.cell:{VOTES_A}" not in twice


@pytest.mark.unchanged
def test_what_cannot_be_read_is_named_before_anything_is_shown_and_stays(client: TestClient) -> None:
    log_in(client, night.CITY.person)
    form = filled(client.get(ADDRESS).text, a11=50) | {f"2.cell:{VOTES_B}": "二七", "deed": "preview"}
    answer = client.post(ADDRESS, data=form)
    assert answer.status_code == 409
    assert "得票数［乙党］「二七」" in answer.text.split('role="alert"', 1)[1].split("</div>", 1)[0]
    assert (fields(answer.text)[f"1.cell:{VOTES_A}"], fields(answer.text)[f"2.cell:{VOTES_B}"]) == (
        "50",
        "二七",
    )
    assert "一度に訂正する" not in answer.text


@pytest.mark.unchanged
def test_six_returns_of_eleven_lists_with_their_persons_are_one_form(client: TestClient) -> None:
    """As many cells as the largest return has, under keys as long as they come; the guide says six."""
    log_in(client, night.WARD.person)
    long = {
        f"{number}.{what}:proportional_2028|named_votes||1180{person:04}": "1234567"
        for number in range(1, AT_MOST + 1)
        for person in range(818)
        for what in ("cell", "was")
    }
    at = "/together/tiny?1=flash/2200/11"
    form = form_after(client.get(at).text, 'class="correction"')
    assert "FORM_TOO_LONG" not in client.post(at, data={**long, **form, "deed": "preview"}).text
