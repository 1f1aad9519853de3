"""What the public takes along and cites, what proves it, and the practice room, by keyboard alone and for everybody: Tab reaches
all of it in the page's order and is seen, axe finds nothing, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import open_night
import pytest
from one_merger import merge
from playwright.sync_api import Browser, Page, expect
from site_under_test import Site, complaints, serving, settings_for
from tabbed import walked
from thorough import some

from api.training.people import HOSTS
from api.training.room import PracticeRoom
from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.transparency.note import SignerKey
from reporting.transparency.signer import Signer

LEADER = HOSTS[0]
PUBLIC = (
    "/lineage/tinyland/administrative/20",
    "/lineage/tinyland/administrative/902?on=2001-01-01",
    "/open-data",
    "/open-data/tiny",
)


@pytest.fixture
def site(database: Database, service: Reporting, tmp_path: Path) -> Iterator[Site]:
    """A real election, released and signed, with its files; beside it a test that can be copied for a rehearsal."""
    open_night.played(service, database)
    merge(service, database)
    signer = Signer(database, SignerKey.generate("ledger.test/two"), tmp_path / "signer.json")
    signer.step()
    signer.close()
    Projector(database).catch_up()
    settings = settings_for(database.url, tmp_path, practice=HOSTS, publication=False)
    with serving(settings, drills=PracticeRoom) as one:
        yield one


def wrong(page: Page, site: Site, addresses: tuple[str, ...]) -> dict[str, list[str]]:
    """Address → what axe and Tab find."""
    found: dict[str, list[str]] = {}
    for address in addresses:
        page.goto(site.at(address))
        assert page.locator("h1").inner_text() not in ("表示できません", "Cannot be shown"), address
        if told := [*complaints(page), *walked(page)]:
            found[address] = told
    return found


def opened_by_keyboard(page: Page, site: Site, database: Database) -> str:
    """The address of a rehearsal that was typed and begun without a mouse; its page waits for the views that follow."""
    page.goto(site.at("/training"))
    page.locator("select[name=election]").focus()
    page.locator("select[name=election]").select_option(open_night.PRACTICE)
    for name, typed in (("area", "*"), ("mistakes", "4")):
        while page.evaluate("document.activeElement.name") != name:
            page.keyboard.press("Tab")
        page.keyboard.press("Control+a")
        page.keyboard.type(typed)
    page.keyboard.press("Enter")
    page.wait_for_url("**/training/*", wait_until="commit")
    Projector(database).catch_up()
    page.wait_for_load_state()
    return page.url.removeprefix(site.address).partition("?")[0]


def test_by_keyboard_and_for_everybody_in_both_languages(
    browser: Browser, site: Site, database: Database
) -> None:
    context = browser.new_context(locale="ja-JP", viewport={"width": 1366, "height": 768})
    context.set_default_timeout(15_000)
    page = context.new_page()
    told: list[str] = []
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("console", lambda text: told.append(text.text) if "Content Security" in text.text else None)
    page.goto(site.at("/series?item=votes&areas=JP&form=final"))
    cited = str(page.locator("a[href^='/cited']").first.get_attribute("href"))
    page.goto(site.at("/sign-in"))
    page.get_by_role("button", name=LEADER.person).press("Enter")
    page.wait_for_url(site.at("/"))
    rehearsal = opened_by_keyboard(page, site, database)
    page.locator("details summary").first.press("Enter")
    paper = str(page.locator(f"a[href^='{rehearsal}/paper/']").first.get_attribute("href"))
    pages = (*PUBLIC, cited, "/proof/3", "/training", rehearsal, paper)
    assert wrong(page, site, pages) == {}
    page.get_by_role("button", name="English").press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert wrong(page, site, tuple(some(pages, len(pages) // 2))) == {}

    page.goto(site.at(rehearsal))
    page.get_by_role("button", name="End it").press("Enter")
    page.locator("#confirm button").press("Enter")
    expect(page.get_by_role("table", name="What became of the mistakes put in")).to_be_visible()
    assert wrong(page, site, (rehearsal,)) == {}
    page.get_by_role("button", name="日本語").press("Enter")
    assert wrong(page, site, (rehearsal,)) == {}
    assert told == []
    context.close()
