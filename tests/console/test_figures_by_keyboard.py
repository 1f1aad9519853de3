"""Totals layer by layer, the earlier report beside the later one and the course of a turnout, by keyboard alone and for everybody:
Tab reaches all of it in the page's order and is seen; axe finds nothing, in both languages."""

from __future__ import annotations

from collections.abc import Callable

import night
from courses import BESIDE, COURSE, counted, day
from playwright.sync_api import Page, expect
from site_under_test import Site, complaints
from tabbed import walked

from reporting.application.service import Reporting
from reporting.database.connect import Database

TOTALS = "/totals/tiny/pr/flash/2200/administrative/10"
CHART = f"{COURSE}/10"


def test_figures_for_offices_and_everybody_by_keyboard(
    enter: Callable[..., Page], site: Site, service: Reporting, database: Database
) -> None:
    day(service, database)
    counted(service, database)
    page = enter(night.CITY)
    wrong = {}
    for language in ("日本語", "English"):
        for address in (TOTALS, f"{BESIDE}?all=yes", CHART):
            page.goto(site.at(address))
            assert page.locator("table").count(), address
            if told := [*complaints(page), *(walked(page) if language == "日本語" else ())]:
                wrong[language, address] = told
        page.get_by_role("button", name="English" if language == "日本語" else "日本語").press("Enter")
    assert wrong == {}

    page.goto(site.at(TOTALS))
    page.get_by_role("link", name="公表済み").press("Enter")
    page.wait_for_url("**?layer=released")
    expect(page.locator(".slots [aria-current=page]")).to_have_text("公表済み")
    page.goto(site.at(BESIDE))
    assert page.locator("tbody tr").count() == 1
    page.get_by_role("link", name="同じ欄も見る").press("Enter")
    page.wait_for_url("**?all=yes")
    assert page.locator("tbody tr").count() == 2
    page.goto(site.at(CHART))
    chart = page.locator("figure.chart svg[role=img]")
    expect(chart).to_be_visible()
    assert chart.get_attribute("aria-label"), (
        "who sees no line is told what it shows, and finds its numbers below"
    )
    page.get_by_role("link", name="11時").press("Enter")
    page.wait_for_url("**/turnout/t11/administrative/10")
