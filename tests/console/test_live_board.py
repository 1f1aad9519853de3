"""A board asks again by itself: nothing is sent where nothing was recorded, and nobody is taken to be there for it."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from typing import Any

import night
import pytest
from forms import log_in
from starlette.testclient import TestClient

from api.console.helping import help_of
from api.console.people import SEEN_COOKIE
from projections.runner import Projector
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import Database

BOARD = "/board/tiny/final/final/administrative/ward"


def test_only_what_is_new_is_sent(client: TestClient, service: Reporting, database: Database) -> None:
    log_in(client, night.CITY.person)
    first = client.get(BOARD)
    position = re.search(r'data-position="(\d+)"', first.text)
    assert position
    assert SEEN_COOKIE in first.headers.get("set-cookie", "")
    again = {"console-live": position[1]}
    still = client.get(BOARD, headers=again)
    assert (still.status_code, still.content) == (204, b"")
    assert re.fullmatch(r"\d\d:\d\d:\d\d", still.headers["console-at"])
    night.send_back(Desk(service), night.CITY, "12", "pr|voters||")
    Projector(database).catch_up()
    new = client.get(BOARD, headers=again)
    assert new.status_code == 200
    assert 'data-part="rows"' in new.text
    assert "set-cookie" not in still.headers
    assert "set-cookie" not in new.headers, "a board that is left open keeps nobody logged in"
    assert 'id="live"' not in client.get(f"{BOARD}?at={position[1]}").text, "a moment of the past stays"
    client.cookies.clear()
    assert client.get(BOARD, headers=again).status_code == 303


def test_a_page_is_made_beside_the_loop(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a large board it takes a tenth of a second, in which every other request would wait."""
    makers: list[int] = []

    def telling(name: str, path: Mapping[str, str]) -> Any:
        makers.append(threading.get_ident())
        return help_of(name, path)

    monkeypatch.setattr("api.console.routes.help_of", telling)
    log_in(client, night.CITY.person)
    makers.clear()
    assert client.get(BOARD).status_code == 200
    assert client.portal is not None
    assert len(makers) == 1
    assert makers != [client.portal.call(threading.get_ident)]
