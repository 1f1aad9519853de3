"""Nobody's requests or sockets keep the others waiting: by address whoever asks, by person wherever they are."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import tiny
from fastapi import FastAPI
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from api import budgets
from api.app import create_app
from api.auth import issue_token, load_key
from api.settings import Settings
from reporting.application.service import Reporting
from reporting.domain.actor import Actor

ASKED = {"query": "{ __typename }"}
FAR, OTHER = "203.0.113.9", "198.51.100.7"
From = Callable[[str], TestClient]


@pytest.fixture
def from_address(
    settings: Settings, service: Reporting, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., From]]:
    """`from_address(**settings)` → a browser at each address, all of one server."""
    monkeypatch.setattr(budgets, "BURST_S", 3.0)
    with ExitStack() as stack:

        def served(**given: Any) -> From:
            app: FastAPI = create_app(settings.overridden(projector=False, publication=False, **given))
            stack.enter_context(TestClient(app))
            return lambda address: TestClient(app, client=(address, 50_000))

        yield served


def bearer(settings: Settings, actor: Actor) -> dict[str, str]:
    key = load_key(settings.token_key)
    return {"authorization": f"Bearer {issue_token(key, actor, now=int(time.time()))}"}


def test_an_address_has_so_many_requests_and_waits_then(from_address: Callable[..., From]) -> None:
    at = from_address(requests_per_address=1)
    far = at(FAR)
    assert [far.post("/graphql", json=ASKED).status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = far.post("/graphql", json=ASKED)
    told = refused.json()["errors"][0]["extensions"]
    assert (told["code"], refused.headers["retry-after"]) == ("TOO_MANY_REQUESTS", str(told["facts"]["wait"]))
    page = far.get("/", headers={"accept": "text/html"})
    assert (page.status_code, page.headers["content-type"]) == (429, "text/plain; charset=utf-8")
    assert "秒待ってから" in page.text
    assert far.get("/health").status_code == 200  # whoever watches is heard
    assert at(OTHER).post("/graphql", json=ASKED).status_code == 200
    assert {at("127.0.0.1").post("/graphql", json=ASKED).status_code for _ in range(5)} == {200}


def test_a_person_has_so_many_wherever_they_are(
    from_address: Callable[..., From], settings: Settings
) -> None:
    at = from_address(requests_per_person=1)
    clerk, other = bearer(settings, tiny.CITY_CLERK), bearer(settings, tiny.WARD_CLERK)
    answers = [at(one).post("/graphql", json=ASKED, headers=clerk) for one in (FAR, OTHER, FAR, OTHER)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    told = answers[-1].json()["errors"][0]["extensions"]
    assert (told["code"], answers[-1].headers["retry-after"]) == ("TOO_MANY_REQUESTS", "1")
    assert at(FAR).post("/graphql", json=ASKED, headers=other).status_code == 200
    assert at(FAR).post("/graphql", json=ASKED).status_code == 200


def test_a_page_of_who_asked_too_much_says_to_wait(
    from_address: Callable[..., From], settings: Settings
) -> None:
    browser = from_address(requests_per_person=1, practice=(tiny.CITY_CLERK,))(FAR)
    token = re.search(r'name="token" value="([^"]+)"', browser.get("/sign-in").text)
    assert token
    browser.post("/sign-in", data={"person": "0", "back": "/", "token": token[1]}, follow_redirects=False)
    answers = [browser.get("/work") for _ in range(4)]
    assert (answers[0].status_code, answers[-1].status_code) == (200, 429)
    assert "秒待ってから" in answers[-1].text


def test_a_person_holds_so_many_sockets(from_address: Callable[..., From], settings: Settings) -> None:
    at = from_address(sockets_per_person=1)

    def greeted(address: str, actor: Actor | None) -> Any:
        headers = bearer(settings, actor) if actor else {}
        socket = at(address).websocket_connect(
            "/graphql", subprotocols=["graphql-transport-ws"], headers=headers
        )
        return socket

    with greeted(FAR, tiny.CITY_CLERK) as first:
        first.send_json({"type": "connection_init"})
        assert first.receive_json()["type"] == "connection_ack"
        with greeted(OTHER, tiny.CITY_CLERK) as second:
            second.send_json({"type": "connection_init"})
            with pytest.raises(WebSocketDisconnect) as closed:
                second.receive_json()
            assert closed.value.code == 4429
            assert "Too many connections of one person" in closed.value.reason
        for actor in (tiny.WARD_CLERK, None, None):
            with greeted(OTHER, actor) as socket:
                socket.send_json({"type": "connection_init"})
                assert socket.receive_json()["type"] == "connection_ack"
    with greeted(OTHER, tiny.CITY_CLERK) as again:
        again.send_json({"type": "connection_init"})
        assert again.receive_json()["type"] == "connection_ack"


def test_a_server_that_is_started_has_budgets(tmp_path: Any) -> None:
    given = Settings.from_env({"REPORTING_DATA_DIR": str(tmp_path)})
    assert (given.requests_per_address, given.requests_per_person, given.sockets_per_person) == (100, 50, 10)
