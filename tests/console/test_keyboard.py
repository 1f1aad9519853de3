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
PARTS_OF_DAYS = 24
"""A field of a day or a time takes a Tab for each of its parts."""
WALK = """() => {
  const usable = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]';
  const shut = (one) => one.closest('details:not([open])') && !(one.matches('summary') && !one.parentElement.parentElement.closest('details:not([open])'));
  const seen = (one) => one.checkVisibility() && !one.disabled && !shut(one);
  const radios = new Set();
  window.stops = [...document.querySelectorAll(usable)].filter(seen).filter((one) => {
    if (one.type !== 'radio') return true;
    const group = one.form && [...one.form.elements].filter((other) => other.name === one.name);
    const first = group.find((other) => other.checked) || group[0];
    return one === first && !radios.has(one.name) && radios.add(one.name);
  });
  window.marks = [];
  const begun = window.stops.indexOf(document.activeElement);
  document.addEventListener('focusin', (event) => {
    const style = getComputedStyle(event.target);
    const shown = (style.outlineStyle !== 'none' && style.outlineWidth !== '0px') || style.boxShadow !== 'none';
    const box = event.target.getBoundingClientRect();
    window.marks.push([window.stops.indexOf(event.target), shown, box.bottom > 0 && box.top < innerHeight]);
  });
  return [window.stops.length, begun];
}"""
"""How many places Tab has to stop at; each stop notes its place in the page's order, whether it is marked, and in
view. And where the page itself begins, -1 for its top."""


def walked(page: Page) -> list[str]:
    """What is wrong with the way that Tab takes through the page."""
    stops, begun = page.evaluate(WALK)
    marks: list[tuple[int, bool, bool]] = []
    for _ in range(stops + PARTS_OF_DAYS):
        if len({begun} | {place for place, _, _ in marks}) > stops - (begun >= 0):
            break
        page.keyboard.press("Tab")
        marks = page.evaluate(
            "window.marks.filter(([place], at, all) => place >= 0 && place !== all[at - 1]?.[0])"
        )
    order = [begun] * (begun >= 0) + [place for place, _, _ in marks]
    top = order.index(min(order)) if order else 0
    order = order[top:] + order[:top]  # a page may begin at its one field: from there round
    wrong = [f"stop {place} is not marked" for place, shown, _ in marks if not shown]
    wrong += [f"stop {place} is out of sight" for place, _, there in marks if not there]
    if order != sorted(order):
        wrong.append(f"out of order: {order}")
    if missing := set(range(stops)) - set(order):
        told = page.evaluate(
            "places => places.map(at => window.stops[at].outerHTML.slice(0, 120))", sorted(missing)
        )
        wrong.append(f"never reached: {told}")
    return wrong


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
