"""At 400 % of a window of 1,280 pixels every page is read downwards: what is wider scrolls in a region of its own; and the
printed board and result say all they say on the screen."""

from __future__ import annotations

from collections.abc import Callable

import night
import pytest
from playwright.sync_api import BrowserContext, Page
from site_under_test import Site
from thorough import some

NARROW = {"width": 320, "height": 256}
PLACE = "tiny/flash/2300/11"
PAGES_OF = {
    night.WARD: (
        "/work", "/work/tiny", f"/entry/{PLACE}", f"/entry/{PLACE}?review=1", f"/reading/{PLACE}", f"/workbook/{PLACE}", f"/division/{PLACE}/pr",
        f"/history/{PLACE}", f"/correction/{PLACE}", "/together/tiny", "/trail/tiny",
    ),
    night.NATION: (
        f"/approval/{PLACE}", f"/behalf/{PLACE}", "/board/tiny", "/board/tiny/flash/2200/administrative/city",
        "/wall/tiny/flash/2200/administrative/city", "/publication/tiny", "/publication/tiny/flash/2300",
        "/lots/tiny", "/lot/tiny/final/final/pr", "/offices", "/workbook/tiny/final/final", "/names/tiny",
    ),
}  # fmt: skip
PUBLIC = (
    "/", "/search?q=地域", "/results/tiny", "/results/tiny/pr/flash/2200/administrative/JP", "/register/tiny", "/series",
    "/series?item=votes&areas=JP&form=flash&tests=yes", "/proof", "/sign-in", "/nowhere",
    "/catalogue/tiny", "/catalogue/tiny/final", "/rules/tiny", "/guides/rules",
)  # fmt: skip


def wide(page: Page, site: Site, addresses: tuple[str, ...]) -> dict[str, int]:
    found: dict[str, int] = {}
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    for address in addresses:
        page.goto(site.at(address))
        assert page.locator("h1").first.inner_text() not in ("表示できません", "Cannot be shown"), address
        if (width := page.evaluate("document.documentElement.scrollWidth")) > NARROW["width"]:
            found[address] = width
    return found


def test_every_page_is_read_downwards_at_four_hundred_percent(
    enter: Callable[..., Page], browser_of: Callable[..., BrowserContext], site: Site
) -> None:
    anybody = browser_of().new_page()
    anybody.goto(site.at("/"))
    anybody.get_by_role("button", name="English").click()  # whose words are the longer ones
    assert wide(anybody, site, PUBLIC) == {}
    for who, addresses in PAGES_OF.items():
        page = enter(who)
        page.goto(site.at("/work"))
        page.get_by_role("button", name="English").click()
        assert wide(page, site, tuple(some(addresses, (len(addresses) + 1) // 2))) == {}


@pytest.mark.unchanged
def test_on_a_telephone_words_stand_beside_each_other(enter: Callable[..., Page], site: Site) -> None:
    """Japanese may break after any sign: nothing else keeps a column from becoming one sign wide."""
    page = enter(night.NATION)
    page.set_viewport_size({"width": 360, "height": 740})
    for address in (
        "/offices",
        f"/history/{PLACE}",
        "/board/tiny",
        "/board/tiny/flash/2200/administrative/city",
    ):
        page.goto(site.at(address))
        entries = page.locator("header nav a")
        assert entries.count() >= 8
        tops = {round(entries.nth(number).bounding_box()["y"]) for number in range(entries.count())}  # type: ignore[index]
        assert len(tops) <= 4, "the menu takes a few lines, not half of the screen"
        narrow = page.locator(".scroll th, .scroll td").evaluate_all(
            "cells => cells.filter(one => one.checkVisibility() && one.colSpan === 1 && one.clientWidth < 64).map(one => one.textContent)"
        )
        assert narrow == [], address


@pytest.mark.unchanged
def test_paper_shows_the_numbers_and_nothing_to_press(enter: Callable[..., Page], site: Site) -> None:
    page = enter(night.NATION)
    for address in (
        "/board/tiny/flash/2200/administrative/city",
        "/results/tiny/pr/flash/2200/administrative/JP",
    ):
        page.goto(site.at(address))
        page.emulate_media(media="print", color_scheme="dark")
        assert page.locator("button:visible, header nav:visible, .filter:visible").count() == 0, address
        assert page.locator("h1").is_visible()
        assert page.locator("table:visible").count() >= 1
        assert (
            page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
            == "rgb(255, 255, 255)"
        )
        scrolled = (
            "[...document.querySelectorAll('.scroll')].every(one => one.scrollHeight <= one.clientHeight + 1)"
        )
        assert page.evaluate(scrolled), "a sheet of paper does not scroll"
        assert page.get_by_text("試験の選挙です").is_visible()
        assert page.locator(".paper-only").is_visible(), "the day and the address"
        assert not page.locator(".screen-only").is_visible()
        page.emulate_media(media="screen")
