"""Practice at any hour: tonight's form with last election's figures, told what a submission would come to; nothing of it stays."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import night
import pytest
import tiny
from forms import form_after, log_in
from site_under_test import settings_for
from standing import stands
from starlette.testclient import TestClient

from api.app import create_app
from projections.runner import Projector
from reporting.application.desk import Desk
from reporting.application.desk_commands import Submit
from reporting.application.service import Reporting
from reporting.database.connect import Database

BEFORE = {**night.BALANCED, "electors": 210, "votes_a": 61, "votes_b": 37}
PAGE = "/practice/tiny/final/final/11"
ELECTORS, VOTERS = "pr|electors||", "pr|voters||"


@pytest.fixture
def client(database: Database, service: Reporting, tmp_path: Path) -> Iterator[TestClient]:
    """A year ago ward 11 reported; tonight it has submitted other figures, and ward 12 is in the middle of it."""
    service.declare_registry("tinyland", tiny.GEOGRAPHIES, tiny.AREAS, tiny.SYSTEM, uuid4())
    service.define_election(night.election(code="before", polling_date="2023-10-29"), tiny.SYSTEM, uuid4())
    service.define_election(night.election(previous="before"), tiny.SYSTEM, uuid4())
    desk = Desk(service)
    then = {"command_id": uuid4(), "election": "before", "form": "final", "slot": "final", "unit": "11"}
    desk.submit(Submit(**then, figures=night.cells(**BEFORE)), night.WARD)
    night.submit(desk, "11", values={**night.BALANCED, "electors": 199})
    Projector(database).catch_up()
    people = (night.WARD, night.OTHER_WARD, night.CITY)
    with TestClient(
        create_app(settings_for(database.url, tmp_path, practice=people, publication=False)),
        follow_redirects=False,
    ) as serving:
        yield serving


def practise(client: TestClient, **typed: str) -> str:
    form = form_after(client.get(PAGE).text, 'id="practice"')
    return client.post(PAGE, data=form | {f"cell:pr|{name}||": text for name, text in typed.items()}).text


def told(page: str) -> str:
    section = page[page.index('id="checked"') :].partition("</section>")[0]
    return html.unescape(re.sub("<[^>]+>", " ", section))


def test_tonights_form_opens_with_last_elections_figures_and_none_of_the_night(client: TestClient) -> None:
    log_in(client, night.WARD.person)
    page = client.get(PAGE).text
    cells = form_after(page, 'id="practice"')
    assert (cells[f"cell:{ELECTORS}"], cells["cell:pr|votes||a"]) == ("210", "61")
    assert 'value="199"' not in page
    assert ">199<" not in page
    assert "練習です。" in page
    assert f'href="{PAGE}"' in client.get("/entry/tiny/final/final/11").text


def test_it_says_what_a_submission_would_come_to_as_often_as_one_likes_and_records_nothing(
    client: TestClient, service: Reporting
) -> None:
    log_in(client, night.WARD.person)
    head = service.ledger.position()
    assert "このまま提出できます" in told(practise(client))
    wrong = told(practise(client, voters="101"))
    assert "申告を書けば提出できます" in wrong
    assert "J01" in wrong or "J10" in wrong or "J11" in wrong
    refused = practise(client, electors="2l0")
    assert "直してください" in told(refused)
    assert 'value="2l0"' in refused, "what was typed stays in the field"
    assert "このまま提出できます" in told(practise(client, electors="２１１"))
    assert "前の選挙" not in told(practise(client, electors="211"))
    assert service.ledger.position() == head
    assert 'value="210"' in client.get(PAGE).text, "it is gone with the page"


def test_of_an_area_that_is_not_ones_own_nothing_is_opened(client: TestClient) -> None:
    log_in(client, night.OTHER_WARD.person)
    page = client.get(PAGE).text
    assert not stands("210", page)
    assert 'role="alert"' in page
    log_in(client, night.CITY.person)
    assert 'value="210"' in client.get(PAGE).text
