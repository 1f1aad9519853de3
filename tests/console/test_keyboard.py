"""Pages beside the entry grid by keyboard alone: Tab reaches everything in the page's order and is seen where it is, nothing holds
it, axe finds nothing; and what is typed there is sent without a mouse."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect
from site_under_test import Site, complaints
from tabbed import walked
from tiny import SYSTEM

from reporting.application.offices import Offices
from reporting.application.service import Reporting
from reporting.domain.actor import Actor, Role

REGISTRAR = Actor("登録係", "総務省選挙課", Role.MINISTRY, "*")
FINAL, FLASH = "tiny/final/final", "tiny/flash/2200"
OF_THE_NATION = (
    f"/behalf/{FLASH}/11", "/lots/tiny", "/offices", "/offices/town", "/offices/town/hand-over", "/paper", f"/approvals/{FLASH}",
    "/names/tiny", "/files", "/training", f"/printing/{FINAL}/11", f"/workbook/{FINAL}", f"/board/{FLASH}/administrative/city",
    "/differences/tiny/pr/flash/2200/administrative/nation?from=10",
)  # fmt: skip
OF_EVERYBODY = (
    "/catalogue/tiny", "/catalogue/tiny/final", "/rules/tiny", "/search?q=地域",
    f"/notice/{FLASH}/1",
)  # fmt: skip


@pytest.mark.skipif("KEYBOARD" not in os.environ, reason="20 pages, half a minute: KEYBOARD=1 walks them")
def test_pages_beside_the_grid_by_keyboard_alone(
    enter: Callable[..., Page], site: Site, service: Reporting
) -> None:
    offices = Offices(service)
    offices.register(uuid4(), "town", "町選挙管理委員会", Role.MUNICIPALITY, "20", SYSTEM)
    offices.grant(uuid4(), "town", "kobayashi", date(2024, 4, 1), None, SYSTEM)
    page, wrong = enter(REGISTRAR), {}
    for address in (*OF_THE_NATION, *OF_EVERYBODY):
        page.goto(site.at(address))
        assert page.locator("h1").inner_text() not in ("表示できません", "Cannot be shown"), address
        if told := [*complaints(page), *walked(page)]:
            wrong[address] = told
    assert wrong == {}

    page.goto(site.at("/offices/town/hand-over"))
    page.get_by_label("kobayashi").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("ogawa")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("離れる人に配ったトークン")).to_be_visible()
    page.get_by_role("button", name="このとおり引き継ぐ").press("Enter")
    expect(page.locator(".done")).to_contain_text("記録しました")
    assert "ogawa" in {held.subject for held in offices.memberships()["town"]}
