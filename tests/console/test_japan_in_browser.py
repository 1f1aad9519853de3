"""Maps of Japan in a real browser: read without script, walked by keyboard, light, for everybody."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from demo_night import Night, demo_night
from playwright.sync_api import Browser, Page, expect
from site_under_test import Site, complaints, serving, settings_for

from reporting.database.connect import Database

CREDIT = "「国土数値情報（行政区域データ）」（国土交通省）を加工して作成"
BUDGET = 200_000  # bytes a page may transfer with a cold cache


@pytest.fixture(scope="module")
def night(module_database: Database) -> Night:
    return demo_night(module_database, units=6, errors=1)


@pytest.fixture(scope="module")
def site(module_database: Database, night: Night, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("japan")
    settings = settings_for(module_database.url, folder, practice=night.people, publication=False)
    with serving(settings) as one:
        yield one


def drawn(page: Page) -> int:
    """Areas whose shape has a size: it was fetched and painted."""
    sizes = page.locator(".areas a").evaluate_all("links => links.map(link => link.getBBox().width)")
    return sum(size > 0 for size in sizes)


def test_maps_of_results_and_board(browser: Browser, site: Site, night: Night) -> None:
    context = browser.new_context(locale="ja-JP", viewport={"width": 1366, "height": 768})
    context.set_default_timeout(15_000)
    page = context.new_page()
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda one: sizes.append(one["encodedDataLength"]))

    nation = f"/results/{night.election}/pr/turnout/final/administrative/JP"
    page.goto(site.at(nation), wait_until="networkidle")
    assert sum(sizes) <= BUDGET
    assert drawn(page) == 47
    assert complaints(page) == []
    expect(page.locator(".credit")).to_contain_text(CREDIT)
    first = page.locator(".areas a").first
    assert (first.get_attribute("aria-label") or "").startswith("北海道 ")
    first.focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("青森県 ")
    page.keyboard.press("Enter")
    page.wait_for_url("**/administrative/02")
    expect(page.locator(".areas a").first).to_be_attached()
    assert drawn(page) == 40

    page.goto(site.at("/sign-in"))
    ministry = next(actor for actor in night.people if actor.jurisdiction == "JP")
    page.get_by_role("button", name=f"{ministry.office} {ministry.person}").click()
    page.goto(site.at(f"/board/{night.election}/count/final/administrative/municipality"))
    assert drawn(page) == 47
    page.get_by_role("button", name="English").click()
    page.locator(".areas a").nth(27).focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**?within=28")
    expect(page.get_by_text("only areas of Hyogo")).to_be_visible()
    assert page.locator("tr[id^=area-]").count() == 40
    assert drawn(page) == 40
    assert complaints(page) == []
    assert told == []
    context.close()


def test_maps_need_no_script(browser: Browser, site: Site, night: Night) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(
        site.at(f"/results/{night.election}/pr/count/final/administrative/JP"), wait_until="networkidle"
    )
    assert page.locator(".areas a").count() == 47
    page.locator(".areas a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/administrative/01")
    context.close()
