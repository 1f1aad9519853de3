"""A session says before it ends by itself, and ends nothing that is typed; who is refused comes back to what they asked for."""

from __future__ import annotations

from collections.abc import Callable

import night
import pytest
from forms import TOKEN, log_in
from kept_in_browser import keys
from playwright.sync_api import Page, expect
from site_under_test import Site, complaints
from starlette.testclient import TestClient
from waiting import until

ENTRY = "/entry/tiny/flash/2300/11"


def test_a_warning_before_the_end_and_one_more_press_goes_on(enter: Callable[..., Page], site: Site) -> None:
    page = enter(night.WARD)
    page.clock.install()
    page.goto(site.at(ENTRY))
    bar = page.locator("#idle")
    page.locator("input.cell").first.fill("41")
    until(lambda: keys(page), "the key of this login")
    page.clock.fast_forward("27:50")
    expect(bar).to_be_hidden()
    page.clock.fast_forward("00:30")
    expect(bar).to_contain_text("まもなくログインが切れます")
    assert complaints(page) == []
    with page.expect_response("**/still-here") as answered:
        page.get_by_role("button", name="ログインを続ける").click()
    assert answered.value.status == 204
    expect(bar).to_be_hidden()
    page.clock.fast_forward("27:50")
    expect(bar).to_be_hidden()
    page.clock.fast_forward("03:00")
    expect(bar).to_contain_text("打った値はこの画面に残っています")
    link = bar.get_by_role("link", name="新しいタブでログインする")
    expect(link).to_have_attribute("target", "_blank")
    expect(page.locator("input.cell").first).to_have_value("41")
    until(lambda: keys(page) == [], "the login is over, and its key is gone")


def test_typing_is_being_here_and_pages_of_one_browser_know(enter: Callable[..., Page], site: Site) -> None:
    page = enter(night.WARD)
    page.clock.install()
    page.goto(site.at(ENTRY))
    other = page.context.new_page()
    other.clock.install()
    other.goto(site.at("/work"))
    for each in (page, other):
        each.clock.fast_forward("28:30")
        expect(each.locator("#idle")).to_be_visible()
    with page.expect_response("**/still-here"):
        page.locator("input.cell").first.press_sequentially("4")
    expect(page.locator("#idle")).to_be_hidden()
    expect(other.locator("#idle")).to_be_hidden()


def test_the_page_says_when_without_script_and_nobody_gets_a_session_by_asking(client: TestClient) -> None:
    assert "操作がなければ" not in client.get("/").text
    assert client.post("/still-here").status_code == 401
    log_in(client, night.WARD.person)
    page = client.get("/work").text
    assert "操作がなければ" in page
    answer = client.post("/still-here")
    assert (answer.status_code, "reporting-seen" in answer.headers["set-cookie"]) == (204, True)


@pytest.mark.parametrize("person", ["99", "x", "-1", ""])
@pytest.mark.unchanged
def test_a_choice_that_is_none_leads_back_to_the_choice_and_then_on(client: TestClient, person: str) -> None:
    token = TOKEN.search(client.get("/sign-in").text)
    assert token
    sent = {"person": person, "token": token[1], "back": f"{ENTRY}?review=1"}
    again = client.post("/sign-in", data=sent).headers["location"]
    assert f'name="back" value="{ENTRY}?review=1"' in client.get(again).text
    sent["back"] = "https://evil.example/"
    assert "evil" not in client.get(client.post("/sign-in", data=sent).headers["location"]).text
