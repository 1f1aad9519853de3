"""A prefecture's clerk at 02:00: 41 towns wait, one declared a difference, two were sent back. What it takes to get through."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import many_towns
import pytest
from forms import form_after, log_in
from many_towns import BACK, CLERK, SECOND, TOWNS, WRONG
from playwright.sync_api import Browser, expect
from site_under_test import Site, complaints, serving, settings_for
from starlette.testclient import TestClient
from thorough import some

from api.app import create_app
from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import Database

BOARD = "/board/governor/final/final/administrative/municipality"
OUT = "/publication/governor/final/final"


def approval(town: str) -> str:
    return f"/approval/governor/final/final/{town}"


@pytest.fixture
def night(service: Reporting, database: Database) -> Projector:
    many_towns.waiting(service)
    projector = Projector(database)
    projector.catch_up()
    return projector


@pytest.fixture
def client(night: Projector, database: Database, tmp_path: Path) -> Iterator[TestClient]:
    settings = settings_for(database.url, tmp_path, practice=(CLERK, SECOND), publication=False)
    with TestClient(create_app(settings), follow_redirects=False) as one:
        yield one


def test_from_the_board_to_certification(client: TestClient, night: Projector) -> None:
    """Each of the 38 without anything open takes no click of its own, neither to approve nor to certify."""
    log_in(client, CLERK.person)
    page = client.get(BOARD).text
    assert "見て決める 1 · 報告元の回答待ち 2 · そのほか 38" in page
    first = page.split("見て決める</h3>")[0] if "見て決める</h3>" in page else page.split("<h3>見て決める")[1]
    assert approval(WRONG) in first.split("</ul>")[0], "the exception stands first, by name"
    form = form_after(page, f'action="{BOARD}"')
    done = client.post(BOARD, data=form)
    again = client.post(BOARD, data=form)
    for answer in (done, again):
        assert answer.status_code == 200
        assert "38 件を承認しました" in answer.text
    assert "見て決める 1 · 報告元の回答待ち 2 · そのほか 0" in done.text, "what was just done waits no more"
    night.catch_up()
    wrong = client.get(approval(WRONG)).text
    looked = client.post(approval(WRONG), data=form_after(wrong, 'class="look"') | {"deed": "approve"})
    assert looked.status_code == 303, looked.text
    night.catch_up()
    page = client.get(OUT).text
    assert "いま公表する（41 単位中 39 単位）" in page
    assert "2 単位は入りません" in page
    held = page.split("止まっているもの</h2>")[1].split("</section>")[0]
    assert "第4町" in held
    assert "第34町" in held
    assert BACK[0] + "<" not in held, "by name, not by code"
    assert "この委員会の承認を待っている" not in held, "who has to answer is not this office"
    log_in(client, SECOND.person)
    answer = client.post(BOARD, data=form_after(client.get(BOARD).text, 'id="certify"'))
    assert "39 件を確定しました" in answer.text
    left = answer.text.split('id="results"')[1].split("</div>")[0]
    assert [town for town in TOWNS if approval(town) in left] == sorted(BACK)


def test_certifying_is_what_was_shown(client: TestClient, night: Projector) -> None:
    log_in(client, CLERK.person)
    form = form_after(client.get(BOARD).text, f'action="{BOARD}"')
    client.post(BOARD, data=form)
    night.catch_up()
    shown = form_after(client.get(BOARD).text, 'id="certify"')
    later = shown | {"certify-position": str(int(shown["certify-position"]) + 1)}
    assert "NOT_AS_SHOWN" in client.post(BOARD, data=later).text


def test_the_next_return_is_one_click_away(client: TestClient) -> None:
    log_in(client, CLERK.person)
    page = client.get(approval(TOWNS[2])).text
    following = page.split('class="following"')[1].split("</p>")[0]
    assert approval(TOWNS[4]) in following, "the one that is sent back waits for its owner"
    assert "ほかに 38 件" in following


def test_by_keyboard_and_for_everybody(
    night: Projector, browser: Browser, database: Database, tmp_path: Path
) -> None:
    """Approved by Tab and Enter; nothing that axe complains of before and after, in both languages."""
    settings = settings_for(database.url, tmp_path, practice=(CLERK, SECOND), publication=False)
    with serving(settings) as site:
        _by_keyboard(site, browser)


def _by_keyboard(site: Site, browser: Browser) -> None:
    context = browser.new_context(locale="ja-JP", viewport={"width": 1366, "height": 768})
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.goto(site.at("/work"))
    page.get_by_role("button", name=f"{CLERK.office} {CLERK.person}").click()
    page.goto(site.at(BOARD))
    button = page.get_by_role("button", name="指摘のないものをすべて承認する")
    box = button.bounding_box()
    assert box
    assert box["y"] + box["height"] <= 768, "all there is to decide fits the first screen"
    assert complaints(page) == []
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#results")).to_contain_text("38 件を承認しました")
    assert complaints(page) == []
    for address in (
        OUT,
        approval(WRONG),
        approval(BACK[0]),
        "/rules/governor",
        "/catalogue/governor",
        "/offices",
    ):
        page.goto(site.at(address))
        assert complaints(page) == [], address
    page.get_by_role("button", name="English").click()
    english = (OUT, BOARD, approval(WRONG), "/catalogue/governor/final", "/workbook/governor/final/final")
    for address in some(english, 2):
        page.goto(site.at(address))
        assert complaints(page) == [], address
    context.close()
