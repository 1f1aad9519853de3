"""In a real Chromium: no violation of WCAG 2.2 AA, no script error, nothing refused by the policy, 200 KB at most."""

from __future__ import annotations

from functools import partial

import pytest
from playwright.sync_api import BrowserContext, Page, Request, expect
from site_under_test import Site, complaints
from standing import stands
from thorough import some

pytestmark = pytest.mark.unchanged

BUDGET = 200_000  # bytes a page may transfer with a cold cache
PUBLIC = [
    "/",
    "/sign-in",
    "/results/tiny",
    "/register/tiny",
    "/series",
    "/proof",
    "/search?q=%E5%9C%B0%E5%9F%9F",
    "/series?item=votes&areas=JP&form=flash&tests=yes",
    "/results/tiny/pr/flash/2200/administrative/JP",
    "/nowhere",
    "/help/entry?election=tiny",
    "/guides/rules",
]


@pytest.mark.parametrize(
    ("scheme", "language"), some([("light", "ja"), ("dark", "ja"), ("dark", "en"), ("light", "en")], 2)
)
def test_public_pages_are_for_everybody(page: Page, site: Site, language: str, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(site.at("/"))
    if language == "en":
        page.get_by_role("button", name="English").click()
    wrong = {}
    for address in PUBLIC:
        page.goto(site.at(address))
        assert page.locator("html").get_attribute("lang") == language
        if found := complaints(page):
            wrong[address] = found
    assert wrong == {}
    assert [told for told in page.told if not stands("404", told)] == []  # type: ignore[attr-defined]


def _note(asked: list[str], request: Request) -> None:
    asked.append(request.url)


def test_every_page_is_light_and_comes_from_here(context: BrowserContext, site: Site) -> None:
    for address in some(PUBLIC, len(PUBLIC) // 2):
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        sizes: list[float] = []
        session.on(
            "Network.loadingFinished", lambda told, sizes=sizes: sizes.append(told["encodedDataLength"])
        )
        asked: list[str] = []
        page.on("request", partial(_note, asked))
        page.goto(site.at(address), wait_until="networkidle")
        assert sizes
        assert sum(sizes) <= BUDGET, (address, sizes)
        assert [url for url in asked if not url.startswith(site.address)] == []
        page.close()


def test_a_page_is_read_by_keyboard_alone(page: Page, site: Site) -> None:
    page.goto(site.at("/"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "本文へ"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(site.at("/results/tiny"))


def test_help_stands_beside_what_one_does(page: Page, site: Site) -> None:
    """By keyboard: the page's guide and keys in a sheet, and what a word means; the key can be switched off."""
    page.goto(site.at("/results/tiny"))
    term = page.locator("dfn.term").first
    term.focus()
    expect(term.locator(".means")).to_be_visible()
    assert complaints(page) == []
    page.keyboard.press("Escape")
    expect(term.locator(".means")).to_be_hidden()
    page.locator("#help").press("Enter")
    sheet = page.get_by_role("dialog", name="手引き：公表したもの")
    expect(sheet.get_by_role("heading").first).to_be_focused()
    assert complaints(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_focused()
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="この画面のキー")
    expect(sheet).to_contain_text("Shift + Tab")
    assert complaints(page) == []
    sheet.get_by_role("checkbox").press("Space")
    sheet.get_by_role("button", name="閉じる").press("Enter")
    page.keyboard.press("?")
    expect(page.locator("dialog")).to_have_count(0)
    page.locator("#keys-link").press("Enter")
    expect(page.get_by_role("checkbox")).not_to_be_checked()
    assert [told for told in page.told if not stands("404", told)] == []  # type: ignore[attr-defined]


def test_the_query_behind_a_page_opens_with_its_variables(page: Page, site: Site) -> None:
    page.goto(site.at("/results/tiny"))
    page.get_by_role("link", name="この画面の問い合わせ").click()
    page.get_by_text("query Election").first.wait_for()
    page.get_by_text('"tiny"').first.wait_for()
