"""A night in browsers, each person in a context of their own: typed, sent back, corrected, approved, published, seen."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

import night
import pytest
from playwright.sync_api import Page, expect
from site_under_test import Site, complaints
from thorough import some
from tiny import AUDITOR
from waiting import until

from projections.runner import Projector
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor
from reporting.ledger import return_stream
from reporting.publication.live_or_training import Publications

Enter = Callable[[Actor], Page]
FLASH = "tiny/flash/2300"


def type_in(page: Page, *values: str) -> None:
    """By keyboard alone: the first cell, then Enter from cell to cell."""
    page.locator("input.cell").first.focus()
    for value in values:
        page.keyboard.press("Control+a")
        page.keyboard.type(value)
        page.keyboard.press("Enter")


def test_a_night_from_ward_to_public_page(enter: Enter, site: Site, service: Reporting) -> None:
    ward = enter(night.WARD)
    ward.goto(site.at("/work/tiny"))
    ward.get_by_role("link", name="地域11").click()
    type_in(ward, "４０", "５０")
    ward.keyboard.press("Control+Enter")
    expect(ward.get_by_role("heading", name="提出する内容")).to_be_visible()
    ward.get_by_role("button", name="提出する").click()
    expect(ward.locator(".done")).to_contain_text("提出しました")

    city = enter(night.CITY)
    city.goto(site.at(f"/approval/{FLASH}/11"))
    city.get_by_label("甲党 得票数").check()
    city.locator("input[name=reason]").fill("開票録では 41")
    city.get_by_role("button", name="差し戻す").click()
    expect(city.locator(".done")).to_contain_text("記録しました")

    ward.goto(site.at("/work/tiny"))
    expect(ward.get_by_text("差し戻し（直すか、正しければそう答える）")).to_be_visible()
    expect(ward.get_by_role("row").filter(has_text="地域11").first).to_contain_text("市選管）：開票録では 41")
    ward.get_by_role("link", name="地域11").first.click()
    expect(ward.locator(".said")).to_contain_text("差し戻し（市選管）：開票録では 41")
    type_in(ward, "41")
    ward.get_by_role("button", name="提出の確認へ").click()
    ward.locator("select[name=reason-class]").select_option("typing_error")
    ward.locator("input[name=reason]").fill("読み合わせで判明")
    ward.get_by_role("button", name="提出する").click()
    expect(ward.locator(".done")).to_contain_text("提出しました")

    city.goto(site.at(f"/board/{FLASH}/administrative/city"))
    city.get_by_role("button", name="指摘のないものをすべて承認する").click()
    expect(city.locator(".done")).to_contain_text("1 件を承認しました")
    for approver in (night.PREFECTURE, night.NATION):
        page = enter(approver)
        page.goto(site.at(f"/approval/{FLASH}/11"))
        page.get_by_role("button", name=re.compile("^承認する")).click()
        expect(page.locator(".done")).to_contain_text("記録しました")
    Publications(service, Desk(service)).release("tiny", "flash", "2300", datetime.now().astimezone())

    public = city.context.browser.new_page()  # type: ignore[union-attr]
    public.goto(site.at("/results/tiny/pr/flash/2300/administrative/JP"))
    public.wait_for_timeout(300)
    public.reload()
    expect(public.locator("[data-plain='41']").first).to_be_visible()
    public.close()

    ward.goto(site.at(f"/history/{FLASH}/11"))
    expect(ward.get_by_text("読み合わせで判明").first).to_be_visible()
    expect(ward.get_by_text("差し戻し").first).to_be_visible()


def test_typing_saves_itself_and_survives_a_reload_and_a_lost_line(enter: Enter, site: Site) -> None:
    page = enter(night.WARD)
    page.goto(site.at(f"/entry/{FLASH}/11"))
    expect(page.get_by_text("Ctrl+Enter")).to_be_visible()
    type_in(page, "12")
    page.locator("input.cell").first.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Ctrl + Enter")
    page.keyboard.press("Escape")
    expect(page.locator("input.cell").first).to_be_focused()
    expect(page.locator("input.cell").first).to_have_value("12")
    expect(page.locator("#kept")).to_contain_text("途中保存")
    page.reload()
    expect(page.locator("input.cell").first).to_have_value("12")
    page.context.set_offline(True)
    type_in(page, "13")
    expect(page.locator("#kept")).to_contain_text("つながりません")
    page.context.set_offline(False)
    page.reload()
    expect(page.locator("input.cell").first).to_have_value("13")


def test_a_wrong_value_is_told_at_its_cell_and_stays(enter: Enter, site: Site) -> None:
    page = enter(night.WARD)
    page.goto(site.at(f"/entry/{FLASH}/11"))
    type_in(page, "1234①")
    expect(page.locator("input.cell").first).to_have_class(re.compile("wrong"))
    page.reload()
    expect(page.locator("input.cell").first).to_have_value("1234①")
    expect(page.locator(".why").first).to_contain_text("①")


def test_a_block_from_a_spreadsheet_is_shown_before_it_lands(enter: Enter, site: Site) -> None:
    page = enter(night.WARD)
    page.goto(site.at(f"/entry/{FLASH}/11"))
    page.locator("input.cell").first.focus()
    page.evaluate(
        """() => {
          const data = new DataTransfer();
          data.setData("text/plain", "21\\n22\\n");
          document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }"""
    )
    expect(page.locator("dialog[open]")).to_be_visible()
    expect(page.locator("input.cell").first).to_have_value("")
    page.locator("dialog[open] input[type=checkbox]").nth(1).uncheck()
    page.get_by_role("button", name="印を付けた値を貼り付ける").click()
    expect(page.locator("input.cell").nth(0)).to_have_value("21")
    expect(page.locator("input.cell").nth(1)).to_have_value("")


def test_back_and_a_second_click_submit_once(enter: Enter, site: Site, service: Reporting) -> None:
    page = enter(night.WARD)
    page.goto(site.at(f"/entry/{FLASH}/11"))
    type_in(page, "1", "2")
    page.get_by_role("button", name="提出の確認へ").click()
    page.get_by_role("button", name="提出する").dblclick()
    expect(page.locator(".done")).to_contain_text("提出しました")
    page.go_back()
    expect(page.get_by_text("変わる欄はありません。")).to_be_visible()
    expect(page.get_by_role("button", name="提出する")).to_have_count(0)
    stream = return_stream("tiny", "flash", "2300", "11")
    events = [one.event.type for one in service.ledger.stream(stream)]
    assert events == ["FiguresEntered", "ReturnSubmitted"]


def test_two_at_one_return_never_overwrite_each_other_unseen(enter: Enter, site: Site) -> None:
    first, second = enter(night.WARD), enter(night.WARD_2)
    for page in (first, second):
        page.goto(site.at(f"/entry/{FLASH}/11"))
    type_in(first, "100")
    expect(first.locator("#kept")).to_contain_text("途中保存")
    type_in(second, "200")
    expect(second.locator("#kept")).to_contain_text("確認していない値")
    expect(second.locator("input.cell").first).to_have_value("200")
    first.reload()
    expect(first.locator("input.cell").first).to_have_value("100")


def test_a_correction_is_seen_whole_before_it_is_made(enter: Enter, site: Site, service: Reporting) -> None:
    """Every total before and after, what stays, and only then the button that repeats the numbers."""
    page = enter(night.WARD)
    page.goto(site.at("/correction/tiny/final/final/11"))
    field = page.get_by_label("electors 計", exact=True)
    before = field.input_value()
    field.fill(str(int(before) + 3))
    page.get_by_role("button", name="動くものを見る").click()
    moved = page.get_by_role("region", name="動く合計と率")
    expect(moved).to_contain_text("地域11")
    expect(moved).not_to_contain_text("地域JP")  # what is above and not public is not the ward's
    expect(page.get_by_text("欄は変わりません")).to_be_visible()
    page.locator("input[name=reason]").fill("名簿の数え直し")
    for explain in page.locator("input[name^='explain:']").all():
        explain.fill("確認済み")
    page.get_by_role("button", name=re.compile("^訂正する：")).click()
    expect(page.locator(".done")).to_contain_text("訂正しました")

    def told() -> bool:
        page.goto(site.at("/trail/tiny?unit=11"))
        return page.get_by_text("名簿の数え直し").count() > 0

    until(told, "the views have followed the correction")


def test_who_changed_what_is_found_by_unit_and_kind(enter: Enter, site: Site) -> None:
    page = enter(AUDITOR)
    page.goto(site.at("/trail/tiny"))
    page.locator("input[name=unit]").fill("20")
    page.locator("select[name=kind]").select_option("ReturnApproved")
    page.get_by_role("button", name="探す").click()
    page.wait_for_url(re.compile("unit=20.*kind=ReturnApproved"))
    rows = page.locator("tbody tr")
    assert rows.count() > 0
    assert all("承認" in text for text in rows.all_inner_texts())


PAGES_OF_CITY = (
    "/work", "/work/tiny", f"/entry/{FLASH}/11", f"/entry/{FLASH}/11?review=1", "/approval/tiny/final/final/11", "/workbook/tiny/final/final/11",
        "/history/tiny/final/final/11", "/wall/tiny/final/final/administrative/ward", "/board/tiny", "/correction/tiny/final/final/11", "/together/tiny", "/together/tiny?1=final/final/11&2=final/final/12", "/register/tiny", "/trail/tiny", "/board/tiny/final/final/administrative/ward", "/publication/tiny",
)  # fmt: skip


@pytest.mark.parametrize("language", ["ja", "en"])
def test_pages_of_offices_are_for_everybody(enter: Enter, site: Site, language: str) -> None:
    for actor, addresses in (
        (night.CITY, PAGES_OF_CITY),
        (night.NATION, ("/publication/tiny/final/final", "/publication/tiny/flash/2200")),
    ):
        page = enter(actor)
        if language == "en":
            page.goto(site.at("/work"))
            page.get_by_role("button", name="English").click()
        wrong = {}
        for address in addresses if language == "ja" else some(addresses, len(addresses) // 2):
            page.goto(site.at(address))
            if found := complaints(page):
                wrong[address] = found
        assert wrong == {}


def test_a_board_follows_the_ledger_under_nobodys_fingers_and_says_when_the_line_is_gone(
    enter: Enter, site: Site, service: Reporting, database: Database
) -> None:
    desk, projector = Desk(service), Projector(database)
    board, wall = (enter(night.CITY) for _ in range(2))
    for page, name in ((board, "board"), (wall, "wall")):
        page.clock.install()
        page.goto(site.at(f"/{name}/tiny/final/final/administrative/ward"))
        page.evaluate("window.here = 1")  # gone with a reload
    board.get_by_text("そのほか 2 件の一覧").click()
    held = board.locator('[data-part="waiting"] details a', has_text="地域11")
    held.focus()
    night.send_back(desk, night.CITY, "12", "pr|voters||")
    projector.catch_up()
    for page in (board, wall):
        page.clock.fast_forward(16_000)
    sent_back = board.locator('[data-part="rows"] tr', has_text="地域12").locator("td").nth(4)
    expect(sent_back).to_have_text("1")
    expect(wall.locator("dl")).to_contain_text("差し戻し1/2")
    expect(board.get_by_role("status").filter(has_text="状況が変わりました")).to_contain_text("差し戻し 1")
    expect(held).to_be_focused()  # its list waits
    expect(board.get_by_text("そのほか 2 件の一覧")).to_be_visible()
    assert complaints(board) == []
    board.get_by_role("button", name="新しい状況を表に入れる").click()
    expect(board.get_by_text("そのほか 1 件の一覧")).to_be_visible()
    expect(held).to_be_visible()  # what was open stays open
    assert [page.evaluate("window.here") for page in (board, wall)] == [1, 1]
    for page in (board, wall):
        page.context.set_offline(True)
        page.clock.fast_forward(16_000)
        expect(page.get_by_text("つながりません。")).to_be_visible()
        expect(page.locator(".fresh.soon")).to_be_visible()
        expect(page.get_by_role("table").last).to_be_visible()
    board.context.set_offline(False)
    board.clock.fast_forward(16_000)
    expect(board.get_by_text("つながりません。")).to_be_hidden()
