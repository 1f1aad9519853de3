"""The whole application at an address of this machine, and what browsers do there."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.base import AXE_SCRIPT
from kept import Kept
from playwright.sync_api import Page
from starlette.testclient import TestClient
from waiting import until

from api.app import create_app
from api.drills import OpensDrills
from api.settings import Settings
from reporting.database.connect import Database
from reporting.domain.actor import Actor

BROWSERS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
)
MISSING = (
    "the browser tests need Chromium: 'apt-get install chromium-headless-shell fonts-noto-cjk' as root, or name one in "
    "CHROMIUM_BIN"
)


def browser_path() -> str:
    """The Chromium of this machine; AssertionError saying what to install."""
    found = os.environ.get("CHROMIUM_BIN") or next(filter(None, map(shutil.which, BROWSERS)), None)
    assert found, MISSING
    return found


@dataclass(frozen=True, slots=True)
class Site:
    address: str
    settings: Settings

    def at(self, path: str) -> str:
        return self.address + path


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def serving(settings: Settings, port: int | None = None, drills: OpensDrills | None = None) -> Iterator[Site]:
    """The application on a port, a free one if none is given, until the end of the block. `drills`: its practice room."""
    port = port or free_port()
    config = uvicorn.Config(
        create_app(settings, drills=drills), host="127.0.0.1", port=port, log_config=None, ws="websockets-sansio",
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="site", daemon=True)
    thread.start()
    try:
        until(lambda: server.started or not thread.is_alive(), "the server is up")
        assert server.started
        yield Site(f"http://127.0.0.1:{port}", settings)
    finally:
        server.should_exit = True
        thread.join(10)


def settings_for(database_url: str, folder: Path, **given: object) -> Settings:
    made = Settings(database_url=database_url, data_dir=folder, token_key=folder / "token.key")
    return made.overridden(**given)


@contextmanager
def signed_out(
    request: pytest.FixtureRequest, database: Database, folder: Path, kept: Kept, people: tuple[Actor, ...]
) -> Iterator[TestClient]:
    """The application without a socket, with these people; redirects are looked at, not followed. Nobody is logged in."""

    def served() -> TestClient:
        settings = settings_for(database.url, folder, practice=people, publication=False)
        return TestClient(create_app(settings), follow_redirects=False)

    with kept.given(request, ("client", database.url), served) as made:
        made.cookies.clear()
        yield made


WCAG = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],  # of what passes, axe would describe every element
}
_FOUND = "rules => axe.run(rules).then(told => told.violations.map(one => [one.id, one.nodes.map(node => node.html)]))"


def complaints(page: Page) -> list[str]:
    """What axe finds, one line each."""
    page.evaluate(AXE_SCRIPT)
    return [f"{name}: {[html[:120] for html in nodes]}" for name, nodes in page.evaluate(_FOUND, WCAG)]
