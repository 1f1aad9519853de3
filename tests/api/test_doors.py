"""Every address, every parameter, every socket: what comes in by any door is checked by one rule."""

from __future__ import annotations

import csv
import io
import json
import time
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
import tiny
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from straight import Asked, answers
from thorough import turn

from api.app import create_app
from api.auth import issue_token, load_key
from api.callers import address_of
from api.notices import PARAMETERS as NOTICES
from api.series.arguments import MANY, ONE
from api.series_table import inert
from api.settings import Settings
from reporting.application.service import Reporting

PROTOCOL = ["graphql-transport-ws"]
OTHER_PARAMETERS = ("query", "variables", "back", "office", "code", "state", "iss")


def routes(client: TestClient) -> list[str]:
    """Every address of the application, its parts filled with a code."""
    app: Any = client.app
    every = [
        *app.routes,
        *(inner for one in app.routes for inner in getattr(one, "original_router", app).routes),
    ]
    paths = {route.path for route in every if isinstance(route, Route)}
    assert {"/", "/graphql", "/health", "/results/{election}"} <= paths
    return sorted("/".join("x" if "{" in one else one for one in path.split("/")) for path in paths)


NOT_TEXT = ["a%00b", "%ff", "%ed%a0%80"]


@pytest.mark.parametrize("bad", NOT_TEXT)
@pytest.mark.unchanged
def test_no_address_takes_what_is_not_text(client: TestClient, bad: str) -> None:
    parameters = {*NOTICES, *MANY, *ONE, *OTHER_PARAMETERS}
    asked = [
        Asked("GET", address)
        for path in turn(routes(client), NOT_TEXT.index(bad))
        for address in (*(f"{path}?{name}={bad}" for name in parameters), f"{path}?{bad}=1", f"/{bad}{path}")
    ]
    for request, answer in zip(asked, answers(client, asked), strict=True):
        assert answer.status_code == 400, request
        assert json.loads(answer.text)["errors"][0]["extensions"]["code"] == "INVALID_INPUT"
    assert client.get("/series.csv?item=%00").headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("bad", NOT_TEXT)
@pytest.mark.unchanged
def test_a_browser_is_told_so_on_a_page(client: TestClient, bad: str) -> None:
    """That it can go on from; nothing of the address stands there."""
    for address in (f"/search?q={bad}", f"/{bad}", f"/series?{bad}=1", f"/results/{bad}"):
        answer = client.get(
            address, headers={"accept": "text/html,*/*;q=0.8", "cookie": "reporting-language=en"}
        )
        assert (answer.status_code, answer.headers["content-type"]) == (400, "text/html; charset=utf-8")
        assert "INVALID_INPUT" in answer.text
        assert 'href="/"' in answer.text
        assert "\0" not in answer.text
        assert "default-src 'none'" in answer.headers["content-security-policy"]


def token(settings: Settings, **changes: int) -> str:
    return issue_token(load_key(settings.token_key), tiny.AUDITOR, now=changes.get("now", int(time.time())))


def greeting(client: TestClient, payload: Any, headers: dict[str, str] | None = None) -> Any:
    """What a socket is answered to its first message."""
    with client.websocket_connect("/graphql", subprotocols=PROTOCOL, headers=headers or {}) as socket:
        socket.send_json({"type": "connection_init"} | ({} if payload is None else {"payload": payload}))
        return socket.receive_json()["type"]


def test_a_good_token_or_none_opens_a_socket(client: TestClient, settings: Settings) -> None:
    good = f"Bearer {token(settings)}"
    assert greeting(client, None) == "connection_ack"
    assert greeting(client, {"authorization": good}) == "connection_ack"
    assert greeting(client, {"headers": {"Authorization": good}}) == "connection_ack"
    assert greeting(client, None, {"authorization": good}) == "connection_ack"


@pytest.mark.parametrize("where", ["payload", "headers", "handshake"])
@pytest.mark.parametrize("kind", ["expired", "wrong", "empty", "basic"])
@pytest.mark.unchanged
def test_a_bad_token_closes_it(client: TestClient, settings: Settings, where: str, kind: str) -> None:
    """Over HTTP the same token is answered 401."""
    bad = {
        "expired": f"Bearer {token(settings, now=int(time.time()) - 90_000)}", "wrong": "Bearer x.y.z",
        "empty": "Bearer ", "basic": "Basic eA==",
    }[kind]  # fmt: skip
    assert (
        client.post("/graphql", json={"query": "{ __typename }"}, headers={"authorization": bad}).status_code
        == 401
    )
    payload = {"payload": {"Authorization": bad}, "headers": {"headers": {"authorization": bad}}}.get(where)
    with pytest.raises(WebSocketDisconnect) as closed:
        greeting(client, payload, {"authorization": bad} if where == "handshake" else None)
    assert closed.value.code == 4403


def test_one_address_holds_so_many_sockets_and_no_more(settings: Settings, client: TestClient) -> None:
    bounded = create_app(settings.overridden(sockets_per_address=2, projector=False, publication=False))
    with TestClient(bounded) as one:
        connect = partial(one.websocket_connect, "/graphql", subprotocols=PROTOCOL)
        with connect(), connect():
            with pytest.raises(WebSocketDisconnect) as refused, connect():
                pass
            assert refused.value.code == 4429
        with connect():
            pass


def test_behind_a_proxy_of_ours_the_caller_is_whom_it_names() -> None:
    def scope(peer: str, forwarded: str = "") -> dict[str, Any]:
        return {"type": "http", "client": (peer, 1), "headers": [(b"x-forwarded-for", forwarded.encode())]}

    assert address_of(scope("127.0.0.1", "203.0.113.9, 198.51.100.7"), ["127.0.0.1"]) == "198.51.100.7"
    assert address_of(scope("127.0.0.1", ""), ["127.0.0.1"]) == "127.0.0.1"
    assert address_of(scope("203.0.113.9", "198.51.100.7"), ["127.0.0.1"]) == "203.0.113.9"


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+1+1", "-2+3", "@SUM(1)", "\t=1", "\r=1"])
def test_a_spreadsheet_runs_no_cell(text: str) -> None:
    assert inert(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-3", "+3", "12.5", "甲党", "", None, 5])
def test_numbers_and_names_stay_as_they_are(text: object) -> None:
    assert inert(text) == text


def test_the_file_for_spreadsheets_is_safe_and_the_raw_one_is_raw(
    client: TestClient, settings: Settings, service: Reporting
) -> None:
    """An area named as a formula, and a figure below zero."""
    area = next(one for one in tiny.AREAS if (one.geography, one.code) == ("administrative", "20"))
    renamed = area.model_copy(update={"name": "=HYPERLINK(1)"})
    service.declare_registry("tinyland", (), (renamed,), tiny.SYSTEM, uuid4(), reason="定義の訂正")
    position = tiny.enter(service, "20", voters=1, electors=3).position
    bearer = {"authorization": f"Bearer {token(settings)}"}
    address = f"/series.csv?item=voters&areas=20&includeTests=true&minPosition={position}"
    names = {}
    for bom in ("false", "true"):
        answer = client.get(f"{address}&bom={bom}", headers=bearer)
        assert answer.status_code == 200, answer.text
        rows = csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff")))
        (row,) = (one for one in rows if one["contest"] == "pr" and one["value"])
        names[bom] = row["name"], row["value"]
    assert names == {"false": ("=HYPERLINK(1)", "1"), "true": ("'=HYPERLINK(1)", "1")}
