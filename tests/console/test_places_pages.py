"""Polling places on a telephone: the board, the unit's places, one place's figures; nothing enters the return by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import night
import polling_land
import pytest
from forms import form_after, log_in
from playwright.sync_api import Browser, expect
from polling_land import capture, place, register
from site_under_test import Site, complaints, serving, settings_for
from starlette.testclient import TestClient

from api.app import create_app
from projections.runner import Projector
from reporting.application.polling_places import PollingPlaces
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.ledger import return_stream

SLOT = "/places/tiny/turnout/t1400"
UNIT, ONE = f"{SLOT}/11", f"{SLOT}/11/1"
VOTERS, ELECTORS = "pr|voters_polling_day||", "pr|electors||"
PEOPLE = (night.WARD, night.OTHER_WARD, night.CITY, night.PREFECTURE)
PHONE = {"width": 360, "height": 640}


@pytest.fixture
def listed(database: Database, service: Reporting) -> None:
    polling_land.define(service)
    register(service, place("1", closes="20:00"), place("2"), place("E1", kind="early"))
    Projector(database).catch_up()


@pytest.fixture
def client(database: Database, listed: None, tmp_path: Path) -> Iterator[TestClient]:
    settings = settings_for(database.url, tmp_path, practice=PEOPLE, publication=False)
    with TestClient(create_app(settings), follow_redirects=False) as serving_it:
        yield serving_it


@pytest.fixture
def site(database: Database, listed: None, tmp_path: Path) -> Iterator[Site]:
    with serving(settings_for(database.url, tmp_path, practice=PEOPLE, publication=False)) as site:
        yield site


def typed(client: TestClient, **values: str) -> dict[str, str]:
    """The form of place 1 as it is shown, with these typed."""
    form = form_after(client.get(ONE).text, 'id="capture"')
    return form | {"deed": "capture"} | {f"cell:pr|{name}||": text for name, text in values.items()}


def test_a_place_is_captured_and_the_unit_sees_it(client: TestClient, service: Reporting) -> None:
    log_in(client, night.WARD.person)
    page = client.get(UNIT).text
    assert "2 か所中 0 か所が到着" in page
    assert f'href="{ONE}"' in page
    form = typed(client, voters_polling_day="４１２")
    done = client.post(ONE, data=form)
    assert done.status_code == 303
    assert client.post(ONE, data=form).headers["location"] == done.headers["location"], "twice is once"
    page = client.get(UNIT).text
    assert "2 か所中 1 か所が到着" in page
    assert "まだ示しません（未着：2）" in page
    capture(service, "2", voters_polling_day=88)
    page = client.get(UNIT).text
    assert "まだ示しません" not in page
    assert 'data-plain="500"' in page
    assert service.ledger.stream_version(return_stream("tiny", "turnout", "t1400", "11")) == 0
    entry = client.get("/entry/tiny/turnout/t1400/11?review=1").text
    assert "投票所 2 か所から" in entry
    assert f'href="{UNIT}"' in entry


def test_a_figure_that_stands_changes_with_a_reason_and_as_it_was_seen(
    client: TestClient, service: Reporting
) -> None:
    log_in(client, night.WARD.person)
    client.post(ONE, data=typed(client, voters_polling_day="412"))
    bare = client.post(ONE, data=typed(client, voters_polling_day="421"))
    assert "理由" in bare.text
    stale = typed(client, voters_polling_day="421") | {
        "reason": "数字の入れ替わり",
        "reason-class": "typing_error",
    }
    wrong = client.post(ONE, data=stale | {f"cell:{VOTERS}": "42l"})
    assert "「42l」" in wrong.text
    assert "NOT_AS_SHOWN" in client.post(ONE, data=stale | {"seen": "1"}).text
    assert client.post(ONE, data=stale).status_code == 303
    late = stale | {"command": "00000000-0000-4000-8000-000000000009", f"cell:{VOTERS}": "1"}
    assert client.post(ONE, data=late).status_code == 409
    cells = PollingPlaces(service).page("tiny", "turnout", "t1400", "11").cells
    assert [(cell.key, str(cell.total)) for cell in cells] == [(VOTERS, "421")]


def test_nothing_typed_is_nothing_sent(client: TestClient, service: Reporting) -> None:
    log_in(client, night.WARD.person)
    at = service.ledger.position()
    assert client.post(ONE, data=typed(client)).status_code == 303
    assert service.ledger.position() == at


def test_each_office_sees_its_own(client: TestClient) -> None:
    log_in(client, night.OTHER_WARD.person)
    assert "地域11" not in client.get(SLOT).text
    for address in (UNIT, ONE):
        assert client.get(address).status_code == 403
    log_in(client, night.PREFECTURE.person)
    board = client.get(SLOT).text
    assert "0/2" in board
    assert "1、2" in board
    assert f'href="{UNIT}"' in board
    assert 'id="capture"' in client.get(ONE).text, "who may enter for the unit may for its places"


def test_what_there_is_not_is_told(client: TestClient) -> None:
    log_in(client, night.WARD.person)
    assert "投票所の番号 7" in client.get(f"{UNIT}/7").text
    assert 'id="capture"' not in client.get(f"{UNIT}/E1").text
    assert client.get(f"{SLOT}/20").status_code == 403
    log_in(client, night.OTHER_WARD.person)
    assert "まだ登録されていません" in client.get(f"{SLOT}/12").text


def test_it_is_read_and_typed_on_a_telephone(browser: Browser, site: Site, service: Reporting) -> None:
    context = browser.new_context(locale="ja-JP", viewport=PHONE)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(site.at("/work"))
    page.get_by_role("button", name=f"{night.WARD.office} {night.WARD.person}").click()
    page.wait_for_url(site.at("/work"))
    for address in (SLOT, UNIT, ONE):
        page.goto(site.at(address))
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], address
        assert complaints(page) == [], address
    page.get_by_label("voters_polling_day", exact=True).fill("412")
    assert page.get_by_label("voters_polling_day", exact=True).get_attribute("inputmode") == "numeric"
    page.get_by_role("button", name="この投票所の数を送る").click()
    expect(page.get_by_role("status")).to_contain_text("届きました")
    assert PollingPlaces(service).page("tiny", "turnout", "t1400", "11").arrival.arrived == ("1",)
    context.close()
