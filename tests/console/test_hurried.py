"""The entry under the fingers of who hurries: typing while a draft is on its way, pasting blocks that do not fit, composing digits, Enter where no button is."""

from __future__ import annotations

from collections.abc import Callable

import night
from playwright.sync_api import Locator, Page, Route, expect
from site_under_test import Site, complaints
from waiting import until

from projections.runner import Projector
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.ledger import return_stream

ENTRY = "/entry/tiny/flash/2300/11"
VOTES_A, VOTES_B = "pr|votes||a", "pr|votes||b"
PASTE = """([name, text]) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  document.getElementsByName(name)[0].focus();
  document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


def draft(service: Reporting) -> dict[str, str]:
    return dict(Desk(service).returns.draft("tiny", "flash", "2300", "11").cells)


def cell(page: Page, key: str) -> Locator:
    return page.locator(f'[name="cell:{key}"]')


def pasted(page: Page, text: str) -> Locator:
    page.evaluate(PASTE, [f"cell:{VOTES_A}", text])
    return page.get_by_role("dialog", name="印を付けた値を貼り付ける")


def test_what_is_taken_out_while_its_draft_is_on_its_way_stays_out(
    enter: Callable[..., Page], site: Site, service: Reporting
) -> None:
    page = enter(night.WARD)
    page.goto(site.at(ENTRY))
    under_way: list[Route] = []
    page.route(
        "**/entry/**",
        lambda route: under_way.append(route) if route.request.method == "POST" else route.continue_(),
    )

    def typed(key: str, text: str) -> None:
        cell(page, key).fill(text)
        cell(page, key).press("Tab")

    pasted(page, "41\n50").get_by_role("button", name="印を付けた値を貼り付ける").click()
    until(lambda: page.evaluate("1") and under_way, "the draft, on its way")
    typed(VOTES_A, "")
    typed(VOTES_B, "51")
    page.wait_for_timeout(1_000)
    assert len(under_way) == 1, "the next waits for the answer to this one"
    under_way.pop().continue_()
    until(lambda: page.evaluate("1") and under_way, "what was typed meanwhile")
    assert draft(service) == {VOTES_A: "41", VOTES_B: "50"}
    expect(cell(page, VOTES_A)).to_have_value("")
    expect(page.locator("small.why")).to_have_count(0)
    under_way.pop().continue_()
    until(lambda: page.evaluate("1") and draft(service) == {VOTES_B: "51"}, "as it was typed last")
    expect(cell(page, VOTES_B)).to_have_value("51")


def test_a_block_that_does_not_fit_says_what_finds_no_cell(enter: Callable[..., Page], site: Site) -> None:
    page = enter(night.WARD)
    page.goto(site.at(ENTRY))
    cell(page, VOTES_A).fill("7")
    dialog = pasted(page, "\t41\n50\t60\n70\n")
    expect(dialog.locator(".finding")).to_contain_text("3 個")
    expect(dialog.locator(".finding")).to_contain_text("41 · 60 · 70")
    assert complaints(page) == []
    ticks = dialog.get_by_role("checkbox")
    expect(ticks.nth(0)).not_to_be_checked()
    ticks.nth(0).press("Enter")
    expect(dialog).to_have_count(0)
    expect(cell(page, VOTES_A)).to_have_value("7")
    expect(cell(page, VOTES_B)).to_have_value("50")
    assert page.url == site.at(ENTRY)
    dialog = pasted(page, "5\n6")
    dialog.get_by_role("button", name="貼り付けない").click()
    expect(cell(page, VOTES_A)).to_be_focused()
    cell(page, VOTES_A).select_text()
    expect(pasted(page, "1,234\t\r\n")).to_have_count(0)
    expect(cell(page, VOTES_A)).to_have_value("1,234")


def test_the_key_that_ends_a_composition_moves_nowhere(enter: Callable[..., Page], site: Site) -> None:
    page = enter(night.WARD)
    page.goto(site.at(ENTRY))
    first = cell(page, VOTES_A)
    first.focus()
    tell = "(cell, told) => cell.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...told }))"
    first.evaluate(tell, {"isComposing": True})
    first.evaluate(tell, {"keyCode": 229})
    expect(first).to_be_focused()
    first.evaluate(tell, {"keyCode": 13})
    expect(cell(page, VOTES_B)).to_be_focused()


def test_enter_in_a_reason_does_no_deed(
    enter: Callable[..., Page], site: Site, service: Reporting, database: Database
) -> None:
    """The first button of the form approves, and a reason is typed for sending back."""
    desk = Desk(service)
    night.submit(desk, "11", night.WARD, "flash", "2300", values={"votes_a": 41, "votes_b": 50})
    Projector(database).catch_up()
    at = service.ledger.position()
    page = enter(night.CITY)
    page.goto(site.at("/approval/tiny/flash/2300/11"))
    tick = page.get_by_role("checkbox", name="甲党 得票数")
    tick.check()
    tick.press("Enter")
    reason = page.get_by_label("言葉で", exact=True)
    reason.fill("紙の値と違う")
    reason.press("Enter")
    expect(page.locator(".done")).to_have_count(0)
    expect(reason).to_have_value("紙の値と違う")
    assert service.ledger.position() == at
    page.get_by_role("button", name="差し戻す").press("Enter")
    expect(page.locator(".done")).to_be_visible()
    events = [one.event.type for one in service.ledger.stream(return_stream("tiny", "flash", "2300", "11"))]
    assert events[-1] == "CellsSentBack"
