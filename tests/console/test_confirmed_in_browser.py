"""A number retyped after the preview: in a real Chromium, with and without JavaScript, with Back and with two tabs."""

from __future__ import annotations

import re
from collections.abc import Callable

import night
import pytest
from playwright.sync_api import Page, expect
from site_under_test import Site, complaints
from thorough import turn
from waiting import until

from reporting.application.desk import Desk
from reporting.application.service import Reporting

CORRECTION = "/correction/tiny/final/final/11"
TOGETHER = "/together/tiny?1=final/final/11&2=final/final/12"
ELECTORS = "pr|electors||"


def electors(service: Reporting, unit: str = "11") -> str:
    return Desk(service).returns.open("tiny", "final", "final", unit).case.cells[ELECTORS].text


def look(page: Page, value: str, label: str = "electors 計") -> None:
    """Type a number and ask what it moves."""
    page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="動くものを見る").click()


def confirm(page: Page, value: str) -> None:
    button = page.get_by_role("button", name=re.compile("^訂正する："))
    expect(button).to_contain_text(value)
    page.locator("input[name=reason]").fill("名簿の数え直し")
    button.click()


@pytest.mark.parametrize("script", turn([True, False], 0))
def test_a_number_retyped_after_the_preview_is_seen_again_before_it_goes_out(
    enter: Callable[..., Page], site: Site, service: Reporting, script: bool
) -> None:
    page = enter(night.WARD, script=script)
    page.goto(site.at(CORRECTION))
    look(page, "203")
    expect(page.locator("input.cell")).to_have_count(0)  # nothing to retype beside the button
    page.get_by_role("button", name="値を直す").click()
    expect(page.get_by_label("electors 計", exact=True)).to_have_value("203")
    look(page, "209")
    expect(page.get_by_role("region", name="動く合計と率")).to_contain_text("209")
    confirm(page, "209")
    expect(page.locator(".done")).to_contain_text("訂正しました")
    assert electors(service) == "209"


@pytest.mark.parametrize("script", turn([True, False], 1))
def test_after_back_another_number_is_another_preview(
    enter: Callable[..., Page], site: Site, service: Reporting, script: bool
) -> None:
    page = enter(night.WARD, script=script)
    page.goto(site.at(CORRECTION))
    look(page, "203")
    expect(page.get_by_role("button", name=re.compile("^訂正する："))).to_contain_text("203")
    page.go_back()
    look(page, "207")
    confirm(page, "207")
    expect(page.locator(".done")).to_contain_text("訂正しました")
    assert electors(service) == "207"


@pytest.mark.parametrize("script", turn([True, False], 0))
def test_two_tabs_each_confirm_what_they_show(
    enter: Callable[..., Page], site: Site, service: Reporting, script: bool
) -> None:
    first = enter(night.WARD, script=script)
    second = first.context.new_page()
    for tab, value in ((first, "203"), (second, "207")):
        tab.goto(site.at(CORRECTION))
        look(tab, value)
    confirm(first, "203")
    expect(first.locator(".done")).to_contain_text("訂正しました")
    until(lambda: electors(service) == "203", "the first tab's correction stands")
    confirm(second, "207")
    expect(second.get_by_role("alert")).to_contain_text("VERSION_CONFLICT")
    expect(second.locator(f"[id='why:{ELECTORS}']")).to_be_visible()
    assert electors(service) == "203"
    if script:
        assert complaints(second) == []
    confirm(second, "207")
    expect(second.locator(".done")).to_contain_text("訂正しました")
    assert electors(service) == "207"


def test_together_is_read_and_changed_by_keyboard_alone(
    enter: Callable[..., Page], site: Site, service: Reporting
) -> None:
    page = enter(night.CITY)
    page.goto(site.at(TOGETHER))
    page.get_by_label("地域11 electors 計", exact=True).fill("203")
    look(page, "204", "地域12 electors 計")
    page.locator("input[name=reason]").focus()
    page.keyboard.type("数え直し")
    page.get_by_role("button", name="値を直す").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("地域12 electors 計", exact=True)).to_have_value("204")
    look(page, "205", "地域12 electors 計")
    expect(page.locator("input[name=reason]")).to_have_value("数え直し")
    assert complaints(page) == []
    page.get_by_role("button", name="2 件の報告を一度に訂正する").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".done")).to_contain_text("訂正しました")
    assert (electors(service), electors(service, "12")) == ("203", "205")
