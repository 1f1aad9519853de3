"""The return's page without a line, as one lives through it: typed into, reloaded, confirmed; back again beside what others did."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import night
import pytest
from forms import log_in
from kept_in_browser import keys, kinds
from playwright.sync_api import Page, Route, expect
from site_under_test import Site, complaints, settings_for
from starlette.testclient import TestClient
from waiting import until

from api.app import create_app
from api.console import static
from api.console.offline import SHELL_TEXTS, keeping
from reporting.application.commands import CellInput
from reporting.application.desk import Desk
from reporting.application.desk_commands import SaveDraft
from reporting.application.service import Reporting

ENTRY = "/entry/tiny/flash/2300/11"
VOTES_A, VOTES_B = "pr|votes||a", "pr|votes||b"
AWAY, BACK = "つながっていません", "途中保存"


def taken_along(page: Page, site: Site) -> None:
    """The return is open, in this browser's keeping, and a worker stands ready."""
    page.goto(site.at(ENTRY))
    until(lambda: page.evaluate("navigator.serviceWorker.controller !== null"), "the worker")
    page.locator("input.cell").first.focus()
    until(lambda: kinds(page).count("beside") == 2, "all of it")


def away(page: Page) -> None:
    page.context.set_offline(True)
    expect(page.locator("#line .told")).to_contain_text(AWAY)


def sign_in(page: Page, site: Site, person: night.Actor) -> None:
    page.goto(site.at("/sign-in"))
    page.get_by_role("button", name=f"{person.office} {person.person}").click()
    page.wait_for_url(site.at("/"))


def drafted(service: Reporting, person: night.Actor, choice: str, value: str) -> None:
    typed = (CellInput(contest="pr", item="votes", choice=choice, value=value),)
    Desk(service).save_draft(SaveDraft(**night.of("11", "flash", "2300"), cells=typed), person)


def draft(service: Reporting) -> dict[str, str]:
    return dict(Desk(service).returns.draft("tiny", "flash", "2300", "11").cells)


def test_typed_without_a_line_reloaded_and_back_beside_a_colleague(
    enter: Callable[..., Page], site: Site, service: Reporting
) -> None:
    page = enter(night.WARD)
    taken_along(page, site)
    first, second = (page.locator(f'[name="cell:{key}"]') for key in (VOTES_A, VOTES_B))
    away(page)
    first.fill("４１")
    page.reload()
    expect(page.locator("#line .told")).to_contain_text(AWAY)
    expect(page.locator("#line .since")).to_contain_text("最後につながったのは")
    expect(first).to_have_value("４１")
    expect(page.locator("#line summary")).to_have_count(2)  # history and rules of the last visit
    assert complaints(page) == []
    first.fill("42")
    drafted(service, night.WARD_2, "b", "50")
    page.context.set_offline(False)
    expect(second).to_have_value("50", timeout=20_000)
    expect(first).to_have_value("42")
    expect(page.locator("#kept")).to_contain_text(BACK)
    assert draft(service) == {VOTES_A: "42", VOTES_B: "50"}
    drafted(service, night.WARD_2, "b", "51")
    for value in ("43", "44"):
        first.fill(value)
        first.press("Enter")
        until(lambda value=value: draft(service)[VOTES_A] == value, "saved")  # type: ignore[misc]
        expect(second).to_have_value("51")
    assert draft(service) == {VOTES_A: "44", VOTES_B: "51"}, "what the page was not told of is not taken out"


SLOW_DISK = """() => {
  crypto.subtle.encrypt = () => new Promise(() => {});
}"""
"""Nothing is sealed any more, as where the disk takes longer than the typist."""


@pytest.mark.parametrize("reached", [True, False], ids=["with the server", "without it"])
def test_who_reloads_before_it_is_sealed_has_it_again(
    enter: Callable[..., Page], site: Site, reached: bool
) -> None:
    page = enter(night.WARD)
    taken_along(page, site)
    if not reached:
        away(page)
    first = page.locator(f'[name="cell:{VOTES_A}"]')
    page.evaluate(SLOW_DISK)
    first.fill("４１")
    page.reload()
    expect(first).to_have_value("４１")
    until(lambda: "typed" in kinds(page) or reached, "sealed")
    until(lambda: page.evaluate("sessionStorage.length") == 0, "nothing of it in the clear")


def test_who_ends_it_before_it_is_sealed_leaves_nothing_in_the_clear(
    enter: Callable[..., Page], site: Site
) -> None:
    page = enter(night.WARD)
    taken_along(page, site)
    page.evaluate(SLOW_DISK)
    page.locator(f'[name="cell:{VOTES_A}"]').fill("４１")
    page.locator('form[action="/leave"] button').click()
    page.wait_for_url(site.at("/"))
    assert page.evaluate("sessionStorage.length") == 0


def other_tab(page: Page, site: Site) -> Page:
    """The same return once more, of the same person in the same browser."""
    opened = page.context.new_page()
    opened.goto(site.at(ENTRY))
    expect(opened.locator("input.cell").first).to_be_visible()
    return opened


def sealed(page: Page, choice: str, value: str) -> None:
    """It is typed and on the disk."""
    page.locator(f'[name="cell:pr|votes||{choice}"]').fill(value)
    until(lambda: "typed" in kinds(page), "sealed")


def test_what_was_typed_last_stands_whichever_tab_could_not_seal_it(
    enter: Callable[..., Page], site: Site
) -> None:
    hurried = enter(night.WARD)
    taken_along(hurried, site)
    later = other_tab(hurried, site)
    away(hurried)
    expect(later.locator("#line .told")).to_contain_text(AWAY)
    first = f'[name="cell:{VOTES_A}"]'
    hurried.evaluate(SLOW_DISK)
    hurried.locator(first).fill("41")
    hurried.goto("about:blank")
    sealed(later, "a", "42")
    hurried.goto(site.at(ENTRY))
    expect(hurried.locator(first)).to_have_value("42")
    later.reload()
    expect(later.locator(first)).to_have_value("42")


def test_what_was_typed_last_stands_though_the_clock_was_set_back(
    enter: Callable[..., Page], site: Site
) -> None:
    page = enter(night.WARD)
    taken_along(page, site)
    away(page)
    sealed(page, "a", "41")
    page.reload()
    first = page.locator(f'[name="cell:{VOTES_A}"]')
    expect(first).to_have_value("41")
    page.evaluate("() => { const now = Date.now; Date.now = () => now() - 3600000; }")
    first.fill("42")
    page.reload()
    expect(first).to_have_value("42")


def test_two_tabs_without_a_line_keep_the_cells_of_both(enter: Callable[..., Page], site: Site) -> None:
    page = enter(night.WARD)
    taken_along(page, site)
    other = other_tab(page, site)
    away(page)
    expect(other.locator("#line .told")).to_contain_text(AWAY)
    sealed(page, "a", "41")
    sealed(other, "b", "19")
    for each in (page, other):
        each.reload()
        expect(each.locator(f'[name="cell:{VOTES_A}"]')).to_have_value("41")
        expect(each.locator(f'[name="cell:{VOTES_B}"]')).to_have_value("19")
    page.locator(f'[name="cell:{VOTES_B}"]').press("Escape")
    until(lambda: "typed" in kinds(page), "what is left")
    other.reload()
    expect(other.locator(f'[name="cell:{VOTES_A}"]')).to_have_value("41")
    expect(other.locator(f'[name="cell:{VOTES_B}"]')).to_have_value("")


def confirm(page: Page) -> None:
    page.get_by_role("button", name="提出の確認へ").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("点検はまだ計算されていません")
    dialog.get_by_label("変更・申告の理由").fill("転記誤り")
    dialog.get_by_role("button", name="つながったら提出する").click()
    expect(page.locator("#line .queue")).to_contain_text("提出待ち")


def test_confirmed_without_a_line_it_goes_once_though_its_answer_was_lost(
    enter: Callable[..., Page], site: Site, service: Reporting
) -> None:
    page = enter(night.WARD)
    taken_along(page, site)
    away(page)
    for choice, value in (("a", "11"), ("b", "19")):
        page.locator(f'[name="cell:pr|votes||{choice}"]').fill(value)
    confirm(page)
    page.reload()
    expect(page.locator("#line .queue")).to_contain_text("提出待ち")
    expect(page.locator("input.cell").first).not_to_be_editable()
    lost: list[int] = []

    def lose(route: Route) -> None:
        if lost:
            return route.continue_()
        lost.append(route.fetch().status)
        return route.abort()

    page.context.route("**/workbook/tiny/flash/2300/11", lose)
    with page.expect_event("requestfailed", lambda request: "/workbook/" in request.url):
        page.context.set_offline(False)
    at = service.ledger.position()
    page.reload()
    expect(page.get_by_text("提出しました")).to_be_visible()
    assert lost == [200]
    assert service.ledger.position() == at, "the same command, answered again"
    assert Desk(service).returns.open("tiny", "flash", "2300", "11").case.texts[VOTES_A] == "11"
    assert kinds(page).count("queued") == 0


def test_the_same_cell_is_shown_from_both_sides_and_nobody_else_sees_or_sends_it(
    enter: Callable[..., Page], site: Site, service: Reporting
) -> None:
    page = enter(night.WARD)
    taken_along(page, site)
    away(page)
    page.locator(f'[name="cell:{VOTES_A}"]').fill("12")
    page.locator(f'[name="cell:{VOTES_B}"]').fill("18")
    confirm(page)
    desk = Desk(service)
    values = {"votes_a": 11, "votes_b": 19}
    night.submit(desk, "11", night.WARD_2, "flash", "2300", values=values)
    at = service.ledger.position()
    other = page.context.new_page()
    page.reload()
    page.get_by_role("button", name="閉じて鍵をかける").click()
    expect(page.get_by_text("表示できません")).to_be_visible()
    expect(page.get_by_role("heading", name="Not connected")).to_be_visible()
    expect(page.locator("input.cell")).to_have_count(0)
    page.close()
    page.context.set_offline(False)
    sign_in(other, site, night.WARD_2)
    other.goto(site.at(ENTRY))
    expect(other.locator("input.cell").first).to_have_value("11")
    expect(other.locator("#queued")).not_to_contain_text("提出")
    until(lambda: keys(other), "a key of one's own")
    assert keys(other) == [False], "none but that, and nobody can read it out"
    assert "queued" in kinds(other)
    other.get_by_role("button", name="終了").click()
    expect(other.get_by_role("link", name="ログイン")).to_be_visible()
    assert keys(other) == []
    sign_in(other, site, night.WARD)
    band = other.locator("#queued")
    expect(band).to_contain_text("まだ提出されていません")
    assert service.ledger.position() == at
    assert complaints(other) == []
    band.get_by_role("button", name="両方の値を並べて確かめる").click()
    row = other.get_by_role("row", name="得票数［甲党］")
    expect(row.locator("td.number")).to_have_text(["―", "11", "12"])
    for each in ("得票数［甲党］", "得票数［乙党］"):
        other.get_by_role("row", name=each).get_by_label("ブックの値").check()
    other.get_by_role("button", name="もう一度確かめる").click()
    other.get_by_role("button", name="このとおり提出する").click()
    expect(other.get_by_text("提出しました")).to_be_visible()
    until(lambda: kinds(other).count("queued") == 0, "it stands, so it waits no longer")
    assert desk.returns.open("tiny", "flash", "2300", "11").case.texts[VOTES_A] == "12"


def grown(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server is another version from now on: its pages are kept in another format."""
    old = static.files()
    told = {"entry.js": (b"format: 1", b"format: 2"), "offline_page.js": (b"FORMAT = 1", b"FORMAT = 2")}
    mark = "0" * 16
    new = {name: replace(file, mark=mark) for name, file in old.items()}
    for name, (before, after) in told.items():
        plain = old[name].plain.replace(before, after)
        assert plain != old[name].plain
        new[name] = replace(new[name], plain=plain, small=gzip.compress(plain))
    monkeypatch.setattr(static, "files", lambda: new)


CACHES = "caches.keys()"


def test_a_new_version_of_the_server_loses_nothing_that_waits_and_a_page_of_the_old_one_says_so(
    enter: Callable[..., Page], site: Site, service: Reporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = enter(night.WARD)
    taken_along(page, site)
    (first,) = page.evaluate(CACHES)
    away(page)
    for choice, value in (("a", "21"), ("b", "9")):
        page.locator(f'[name="cell:pr|votes||{choice}"]').fill(value)
    confirm(page)
    grown(monkeypatch)
    page.route("**/offline", lambda route: route.abort())  # the page does not notice: the worker does
    page.context.set_offline(False)
    page.evaluate("navigator.serviceWorker.getRegistration('/entry/').then((held) => held.update())")
    until(lambda: first not in (held := page.evaluate(CACHES)) and len(held) == 1, "the new worker, alone")
    expect(page.locator("#line .queue")).to_contain_text("提出待ち")
    page.context.set_offline(True)
    page.reload()
    expect(page.get_by_text("前の版のもので")).to_be_visible()
    assert complaints(page) == []
    assert {"queued", "typed"} <= set(kinds(page))
    page.unroute("**/offline")
    page.context.set_offline(False)
    expect(page.get_by_text("提出しました")).to_be_visible(timeout=20_000)
    until(lambda: kinds(page).count("queued") == 0, "it stands, so it waits no longer")
    assert Desk(service).returns.open("tiny", "flash", "2300", "11").case.texts[VOTES_A] == "21"


@pytest.mark.unchanged
def test_the_worker_is_another_where_the_page_it_keeps_is(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = client.get("/offline.js").text
    assert client.get("/offline.js").text == before
    monkeypatch.setitem(SHELL_TEXTS, "away", "いまは届きません。")
    assert client.get("/offline.js").text != before


@pytest.mark.unchanged
def test_the_key_is_the_persons_and_told_to_a_page_of_ours_alone(client: TestClient) -> None:
    assert client.post("/kept-key").status_code == 401
    log_in(client, night.WARD.person)
    mine = client.post("/kept-key").json()
    assert client.post("/kept-key", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert client.get("/work").text.count(f'data-owner="{mine["owner"]}"') == 1
    assert mine["key"] not in client.get(ENTRY).text
    log_in(client, night.WARD_2.person)
    theirs = client.post("/kept-key").json()
    assert theirs.keys() == mine.keys() == {"owner", "key", "idle"}
    assert {theirs["owner"], theirs["key"]}.isdisjoint(mine.values())
    log_in(client, night.WARD.person)
    assert client.post("/kept-key").json() == mine, "after another login it opens what was kept"
    assert keeping(b"x" * 32, night.WARD) != keeping(b"y" * 32, night.WARD)


@pytest.mark.unchanged
def test_the_worker_keeps_only_what_is_everybodys(client: TestClient) -> None:
    shell = client.get("/offline").text
    worker = client.get("/offline.js")
    addresses = re.findall(r'"(/static/[^"]+)"', worker.text.splitlines()[0])
    assert addresses
    assert [address for address in addresses if client.get(address).status_code != 200] == []
    imported = {
        name for address in addresses for name in re.findall(r'from "\./(\w+\.js)"', client.get(address).text)
    }
    assert imported <= {address.rpartition("/")[2] for address in addresses}, "it runs without the server"
    log_in(client, night.WARD.person)
    assert client.get("/offline").text == shell
    assert night.WARD.person not in shell
    assert "trusted-types offline-worker" in client.get(ENTRY).headers["content-security-policy"]
    assert "trusted-types 'none'" in client.get("/work").headers["content-security-policy"]
    assert static.files()["worker.js"].plain.decode() in worker.text


def test_where_there_is_no_console_a_browser_loses_its_worker(tmp_path: Path) -> None:
    app = create_app(settings_for("postgresql:///nowhere", tmp_path, console=False))
    answer = TestClient(app).get("/offline.js")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
    assert "registration.unregister()" in answer.text
    assert "fetch" not in answer.text
    assert TestClient(app).post("/kept-key").status_code == 404
