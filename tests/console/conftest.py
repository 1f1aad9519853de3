"""A tiny country's night behind the console, and browsers that look at it."""

from __future__ import annotations

import os
from asyncio import AbstractEventLoop, _set_running_loop, get_running_loop
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import night
import pytest
import tiny
from databases import Databases, stands_on
from forms import chosen
from jinja2 import FileSystemBytecodeCache
from kept import Kept
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from site_under_test import Site, browser_path, serving, settings_for, signed_out
from starlette.testclient import TestClient

from api.console.render import environment
from projections.runner import Projector
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor, Role
from reporting.ledger import Ledger
from reporting.publication.live_or_training import Publications

REGISTRAR = Actor("登録係", "総務省選挙課", Role.MINISTRY, "*")
ANALYST = Actor("分析", "分析室", Role.ANALYST, "*")
PEOPLE = (
    night.WARD,
    night.WARD_2,
    night.CITY,
    night.CITY_2,
    night.TOWN,
    night.PREFECTURE,
    night.NATION,
    tiny.AUDITOR,
    night.HARBOUR,
    REGISTRAR,
    ANALYST,
)
RELEASED, UNRELEASED = "released", "entered only"


def played(service: Reporting) -> Desk:
    """The flash of 22:00 is released with three of five units; the final count is approved nowhere."""
    desk = night.define(service)
    for unit, owner in night.OWNERS.items():
        night.submit(desk, unit, owner, "flash", "2200", values={"votes_a": 10, "votes_b": 20})
        night.submit(desk, unit, owner)
    for approver, units in (
        (night.CITY, ("11", "12")),
        (night.PREFECTURE, night.OWNERS),
        (night.NATION, night.OWNERS),
    ):
        for unit in units:
            night.approve(desk, approver, unit, "flash", "2200")
    Publications(service, desk).release("tiny", "flash", "2200", datetime.now().astimezone())
    return desk


def caught_up(service: Reporting, database: Database) -> None:
    played(service)
    projector = Projector(database)
    projector.catch_up()


def play(database: Database) -> None:
    ledger = Ledger(database)
    caught_up(Reporting(ledger), database)
    ledger.close()


@pytest.fixture
def database(
    request: pytest.FixtureRequest, databases: Databases, template: str, kept: Kept
) -> Iterator[Database]:
    """With the night of `client` and `site` played, before what the test `begins` with; for who has others of these names without it."""
    stands = stands_on(request, "client", "site")
    begins = databases.begun(databases.prepared(template, "played", play) if stands else template, request)
    with (
        kept.given(request, ("database", begins), lambda: databases.fresh(begins)) as made,
        kept.looked_after(request, made),
    ):
        yield made


@pytest.fixture
def site(request: pytest.FixtureRequest, database: Database, tmp_path: Path, kept: Kept) -> Iterator[Site]:
    settings = settings_for(database.url, tmp_path, practice=PEOPLE, publication=False)
    with kept.given(request, ("site", database.url), lambda: serving(settings)) as one:
        yield one


@pytest.fixture
def client(
    request: pytest.FixtureRequest, database: Database, tmp_path: Path, kept: Kept
) -> Iterator[TestClient]:
    with signed_out(request, database, tmp_path, kept, PEOPLE) as made:
        yield made


@pytest.fixture(scope="session", autouse=True)
def compiled(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Templates of pages, by the first of the session's processes that shows one: the others need not again."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "templates"
    folder.mkdir(exist_ok=True)
    environment().bytecode_cache = FileSystemBytecodeCache(str(folder))


@pytest.fixture(scope="session")
def chromium() -> Iterator[tuple[Browser, AbstractEventLoop]]:
    """One for all files of a session, whose contexts share nothing; and the event loop that the driver is spoken to in."""
    with sync_playwright() as playwright:
        running = get_running_loop()
        one = playwright.chromium.launch(executable_path=browser_path())
        _set_running_loop(None)
        yield one, running
        _set_running_loop(running)
        one.close()


@pytest.fixture
def browser(chromium: tuple[Browser, AbstractEventLoop]) -> Iterator[Browser]:
    """Its event loop runs in this thread only while a test has it: `asyncio.run` of any other test would fail."""
    one, running = chromium
    _set_running_loop(running)
    yield one
    _set_running_loop(None)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    one = browser.new_context(locale="ja-JP", viewport={"width": 1366, "height": 768})
    one.set_default_timeout(10_000)
    yield one
    one.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A page on which any script error, refused resource or console error fails the test."""
    one = context.new_page()
    told: list[str] = []
    one.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
    one.on("pageerror", lambda error: told.append(str(error)))
    one.told = told  # type: ignore[attr-defined]
    return one


@pytest.fixture
def browser_of(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """`browser_of()` → a browser of one more person; `script=False`: without JavaScript."""
    contexts: list[BrowserContext] = []

    def one(*, script: bool = True) -> BrowserContext:
        context = browser.new_context(
            locale="ja-JP", viewport={"width": 1366, "height": 768}, java_script_enabled=script
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        return context

    yield one
    for context in contexts:
        context.close()


@pytest.fixture
def enter(browser_of: Callable[..., BrowserContext], site: Site) -> Iterator[Callable[..., Page]]:
    """`enter(person)` → a blank page of a browser of that person's own, logged in, that fails the test on any script error;
    `script=False`: of one without JavaScript. By the form of the login, which tests of its own page press."""
    told: list[str] = []

    def one(person: Actor, *, script: bool = True) -> Page:
        context = browser_of(script=script)
        asked, login = context.request, site.at("/sign-in")
        sent = chosen(asked.get(login).text(), person.person)
        assert asked.post(login, form=sent, max_redirects=0).headers["location"] == "/"  # type: ignore[arg-type]
        page = context.new_page()
        page.on("pageerror", lambda error: told.append(str(error)))
        page.on("console", lambda text: told.append(text.text) if "Content Security" in text.text else None)
        return page

    yield one
    assert told == []
