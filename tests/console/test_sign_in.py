"""The way in and back: to the page that was asked for, with every typed digit, for whoever typed it and nobody else."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import night
import pytest
from beside import beside
from forms import TOKEN, fields, log_in
from playwright.sync_api import BrowserContext, Page, expect
from provider import CLIENT, Provider
from site_under_test import Site, complaints, free_port, serving, settings_for
from starlette.testclient import TestClient

from api.oidc.fetch import HttpCall
from api.oidc.settings import OidcSettings
from reporting.application.commands import CellInput
from reporting.application.desk import Desk
from reporting.application.desk_commands import SaveDraft
from reporting.application.service import Reporting
from reporting.database.connect import Database

ENTRY = "/entry/tiny/flash/2300/11"
VOTES_A = "pr|votes||a"


@contextmanager
def provider_at(port: int) -> Iterator[Provider]:
    """The provider at `localhost`: another site than 127.0.0.1, as a real one is. It approves whoever comes."""
    provider = Provider(f"http://localhost:{port}", time.time())

    class Answers(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            provider.now = time.time()
            if self.path.startswith("/authorize"):
                back = dict(parse_qsl(urlsplit(self.path).query))["redirect_uri"]
                self.send_response(302)
                self.send_header("Location", f"{back}?{urlencode(provider.approve(self.path))}")
                self.end_headers()
                return
            self._answer(HttpCall(provider.issuer + self.path))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer(HttpCall(provider.issuer + self.path, dict(parse_qsl(body)), {}))

        def _answer(self, call: HttpCall) -> None:
            told = provider(call)
            self.send_response(told.status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(told.body)

    server = ThreadingHTTPServer(("127.0.0.1", port), Answers)
    with server, beside(server.serve_forever, let_go=server.shutdown):
        yield provider


@pytest.fixture
def with_provider(site: Site, database: Database, tmp_path: Path) -> Iterator[Site]:
    """The same night behind an identity provider."""
    ours, theirs = free_port(), free_port()
    settings = OidcSettings(
        f"http://localhost:{theirs}", CLIENT, f"http://127.0.0.1:{ours}/callback", session_s=300
    )
    with (
        provider_at(theirs),
        serving(
            settings_for(database.url, tmp_path / "oidc", oidc=settings, publication=False), ours
        ) as guarded,
    ):
        yield guarded


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
def test_a_login_through_a_provider_ends_at_the_page_that_was_asked_for(
    browser_of: Callable[..., BrowserContext], with_provider: Site, script: bool
) -> None:
    page = browser_of(script=script).new_page()
    page.goto(with_provider.at(f"{ENTRY}?review=1"))
    page.get_by_role("main").get_by_role("link", name="ログイン").click()
    page.wait_for_url(with_provider.at(f"{ENTRY}?review=1"))
    expect(page.get_by_text("中央区選管 · sato")).to_be_visible()
    expect(page.get_by_role("heading", name="提出する内容")).to_be_visible()


def test_a_session_that_ends_while_one_types_loses_no_digit(
    browser_of: Callable[..., BrowserContext], with_provider: Site, service: Reporting
) -> None:
    context = browser_of()
    page = context.new_page()
    page.goto(with_provider.at(ENTRY))
    page.get_by_role("main").get_by_role("link", name="ログイン").click()
    page.wait_for_url(with_provider.at(ENTRY))
    context.clear_cookies()
    cell = page.locator("input.cell").first
    cell.fill("４１")
    cell.press("Enter")
    kept = page.locator("#kept")
    expect(kept).to_contain_text("ログインの時間が切れました")
    page.get_by_role("button", name="提出の確認へ").click()
    expect(page.get_by_role("heading", name="もう一度ログインしてください")).to_be_visible()
    assert complaints(page) == []
    page.goto(with_provider.at(ENTRY))
    page.get_by_role("main").get_by_role("link", name="ログイン").click()
    page.wait_for_url(with_provider.at(ENTRY))
    expect(page.locator("input.cell").first).to_have_value("４１")
    page.get_by_role("button", name="提出の確認へ").click()
    expect(page.get_by_role("heading", name="提出する内容")).to_be_visible()
    draft = Desk(service).returns.draft("tiny", "flash", "2300", "11")
    assert draft.cells == {VOTES_A: "４１"}
    assert draft.typed[VOTES_A].typists[0].person == "sato"
    assert page.evaluate("Object.keys(localStorage)") == [], "the server has it: nothing is kept"


def test_logged_in_again_in_another_tab_the_first_goes_on_by_itself(
    enter: Callable[..., Page], site: Site, service: Reporting
) -> None:
    page = enter(night.WARD)
    page.goto(site.at(ENTRY))
    other = page.context.new_page()
    other.goto(site.at("/"))
    other.get_by_role("button", name="終了").click()
    cell = page.locator("input.cell").first
    cell.fill("12")
    cell.press("Enter")
    expect(page.locator("#kept").get_by_role("link", name="ログイン")).to_be_visible()
    sign_in(other, site, night.WARD)
    cell.fill("13")
    cell.press("Enter")
    expect(page.locator("#kept")).to_contain_text("途中保存")
    assert Desk(service).returns.draft("tiny", "flash", "2300", "11").cells == {VOTES_A: "13"}


def test_at_a_shared_machine_nobody_gets_anothers_digits(
    enter: Callable[..., Page], site: Site, service: Reporting
) -> None:
    page = enter(night.WARD)
    page.goto(site.at(ENTRY))
    other = page.context.new_page()
    sign_in(other, site, night.WARD_2)
    cell = page.locator("input.cell").first
    cell.fill("12")
    cell.press("Enter")
    expect(page.locator("#kept")).to_contain_text("いまは別の人がログインしています")
    assert Desk(service).returns.draft("tiny", "flash", "2300", "11").cells == {}
    page.reload()
    expect(page.locator("input.cell").first).to_have_value("")
    sign_in(other, site, night.WARD)
    page.reload()
    expect(page.locator("input.cell").first).to_have_value("12")


def test_what_a_colleague_typed_meanwhile_stands_beside_what_was_kept(
    enter: Callable[..., Page], site: Site, service: Reporting
) -> None:
    page = enter(night.WARD)
    page.goto(site.at(ENTRY))
    page.context.set_offline(True)
    cell = page.locator("input.cell").first
    cell.fill("12")
    cell.press("Enter")
    expect(page.locator("#kept")).to_contain_text("つながりません")
    typed = (CellInput(contest="pr", item="votes", choice="a", value="99"),)
    Desk(service).save_draft(SaveDraft(**night.of("11", "flash", "2300"), cells=typed), night.WARD_2)
    page.context.set_offline(False)
    page.reload()
    expect(page.locator("input.cell").first).to_have_value("12")
    expect(page.locator(".why").first).to_contain_text("打ったあとで、ここは 99 になりました")


def test_without_a_script_what_was_sent_stays_and_is_sent_again_after_the_login(
    client: TestClient, service: Reporting
) -> None:
    log_in(client, night.WARD.person)
    form = fields(client.get(ENTRY).text) | {f"cell:{VOTES_A}": "41", "deed": "save", "then": "review"}
    client.cookies.clear()
    gone = client.post(ENTRY, data=form)
    assert gone.status_code == 401
    assert "/sign-in?back=%2Fentry%2Ftiny%2Fflash%2F2300%2F11" in gone.text
    again = fields(gone.text)
    assert again[f"cell:{VOTES_A}"] == "41"
    log_in(client, night.WARD.person)
    shown = client.post(ENTRY, data=again)
    assert shown.status_code == 403
    assert "FORM_STALE" in shown.text
    ready = fields(shown.text)
    assert ready[f"cell:{VOTES_A}"] == "41"
    token = TOKEN.search(shown.text)
    assert token
    done = client.post(ENTRY, data=ready | {"deed": "save", "then": "review", "token": token[1]})
    assert done.status_code == 303
    assert Desk(service).returns.draft("tiny", "flash", "2300", "11").cells == {VOTES_A: "41"}


def test_the_way_back_is_the_address_as_it_was_asked(client: TestClient) -> None:
    odd = "/history/tiny/final/a/%E9%81%B8%3F?x=%26"
    location = client.get(odd).headers["location"]
    assert dict(parse_qsl(urlsplit(location).query))["back"] == odd


def sign_in(page: Page, site: Site, person: night.Actor) -> None:
    page.goto(site.at("/sign-in"))
    page.get_by_role("button", name=re.compile(f"{person.office} {person.person}")).click()
    page.wait_for_url(site.at("/"))


def test_a_refused_login_leads_back_to_what_was_asked_for_at_the_next_try(
    browser_of: Callable[..., BrowserContext], with_provider: Site
) -> None:
    request = browser_of().new_page().request
    request.get(
        with_provider.at("/login"), params={"back": f"{ENTRY}?review=1"}, max_redirects=0
    )  # the browser has its attempt
    page = {"accept": "text/html"}
    refused = request.get(with_provider.at("/callback?state=other&code=x"), headers=page)
    assert refused.status == 401
    assert 'href="/login?back=%2Fentry%2Ftiny%2Fflash%2F2300%2F11%3Freview%3D1"' in refused.text()
    at_once = request.get(with_provider.at(f"/login?back={ENTRY}&foo=1"), headers=page)
    assert 'href="/login?back=%2Fentry' in at_once.text()
    elsewhere = request.get(with_provider.at("/login?back=https://evil.example&foo=1"), headers=page)
    assert "evil" not in elsewhere.text()
