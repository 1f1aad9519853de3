"""Every address of the application, also one that was added yesterday, asked in every wrong way: none falls over, none tells what it
is made of, none answers somebody whose token or session does not count as if they were somebody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.routing import Route
from starlette.testclient import TestClient
from straight import Answered, Asked, answers
from thorough import turn

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
PARTS = (
    "x",
    "1",
    "-1",
    "9" * 30,
    "a" * 3_000,
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e",
    "{election}",
    "<script>",
    "%E2%80%AE%F0%9F%97%B3",
    "' OR 1=1--",
    "%0d%0aSet-Cookie:x=1",
)
HEADERS: dict[str, dict[str, str]] = {
    "nobody": {},
    "a token that is none": {"Authorization": "Bearer x.y.z"},
    "another scheme": {"Authorization": "Basic eDp5"},
    "a session that is none": {"Cookie": "session=x.y.z; reporting_session=x.y.z"},
    "a part of it": {"Range": "bytes=0-0,5-1,-9999999999999999999999"},
    "seen before": {"If-None-Match": '"x", W/"y", *', "If-Modified-Since": "yesterday"},
    "odd wishes": {
        "Accept": "application/x-none;q=9, */*;q=-1",
        "Accept-Language": "xx, ja;q=x",
        "Accept-Encoding": "none;q=0",
    },
    "another host": {
        "Host": "evil.example",
        "X-Forwarded-For": "1.2.3.4, x",
        "X-Forwarded-Host": "evil.example",
        "Origin": "https://evil.example",
    },
}
BODIES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "application/json"),
    "no JSON": (b"{", "application/json"),
    "a list": (b"[1]", "application/json"),
    "a form": (b"token=x&command=y&command=z&%ff=%ff", "application/x-www-form-urlencoded"),
    "parts that never end": (
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n',
        "multipart/form-data; boundary=x",
    ),
    "parts without a border": (b"a", "multipart/form-data"),
    "another kind": (b"<a/>", "text/xml; charset=utf-99"),
    "squeezed": (b"\x1f\x8b\x08\x00junk", "application/gzip"),
}
TELLS = re.compile(
    r"Traceback|psycopg|/site-packages/|src/(api|reporting|projections)/|SELECT [a-z]+[.,]|reporting\.\w+\.\w+\("
)


def addresses(client: TestClient) -> list[str]:
    app: Any = client.app
    every = [
        *app.routes,
        *(inner for outer in app.routes for inner in getattr(outer, "original_router", app).routes),
    ]
    paths = {route.path for route in every if isinstance(route, Route)}
    assert {"/", "/graphql", "/files", "/ready/changes", "/data/{path:path}", "/import/uploads"} <= paths, (
        paths
    )
    return sorted(paths)


def filled(path: str, part: str) -> str:
    return re.sub(r"{[^}]*}", lambda _: part, path)


def wrong(client: TestClient, asked: list[Asked]) -> list[tuple[str, str]]:
    """Addresses with what is wrong with an answer."""
    return [
        (request.address[:80], problem)
        for request, answer in zip(asked, answers(client, asked), strict=True)
        for problem in problems(request, answer)
    ]


def problems(asked: Asked, answer: Answered) -> Iterator[str]:
    if answer.status_code >= 500:
        yield f"{answer.status_code}"
    if answer.headers.get("x-content-type-options") != "nosniff":
        yield "nosniff is missing"
    if asked.method != "HEAD" and (told := TELLS.search(answer.text)) and "/graphql" not in asked.address:
        yield f"tells {told[0]!r}"
    if "evil.example" in str(answer.headers) + (answer.text if "Host" in asked.headers else ""):
        yield "goes where the caller says"
    if "set-cookie" in answer.headers and "x=1" in answer.headers["set-cookie"]:
        yield "a header of the caller's"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.unchanged
def test_no_address_falls_over(client: TestClient, method: str) -> None:
    asked = [
        Asked(method, filled(path, part))
        for path in turn(addresses(client), [*METHODS].index(method))
        for part in (PARTS if "{" in path else PARTS[:1])
    ]
    assert wrong(client, asked) == []


@pytest.mark.parametrize("how", HEADERS)
@pytest.mark.unchanged
def test_no_header_makes_it(client: TestClient, how: str) -> None:
    asked = [
        Asked(method, filled(path, "x"), HEADERS[how])
        for path in turn(addresses(client), [*HEADERS].index(how))
        for method in ("GET", "POST")
    ]
    assert wrong(client, asked) == []


@pytest.mark.parametrize("what", BODIES)
@pytest.mark.unchanged
def test_no_body_makes_it(client: TestClient, what: str) -> None:
    body, kind = BODIES[what]
    paths = turn(addresses(client), [*BODIES].index(what))
    asked = [Asked("POST", filled(path, "x"), {"Content-Type": kind}, body) for path in paths]
    assert wrong(client, asked) == []


def test_who_does_not_count_is_not_answered_as_nobody(client: TestClient) -> None:
    """A token that does not count is refused on every address that asks who one is: an expired one
    must not look like a public reader."""
    taken = {
        path
        for path in addresses(client)
        if client.get(
            filled(path, "x"), headers={"Authorization": "Bearer x.y.z"}, follow_redirects=False
        ).status_code
        == 200
    }
    # Of these the answer is the same for everybody; pages know sessions and no tokens.
    everybody = {"/health", "/ready", "/ready/changes", "/graphql", "/verify.py"}
    everybody |= {"/", "/open-data", "/proof", "/search", "/series", "/sign-in", "/offline", "/offline.js"}
    assert {path for path in taken if not path.startswith("/data")} <= everybody, taken


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_nothing_is_read_for_ever(client: TestClient, method: str) -> None:
    """Two megabytes where a form or a query is expected; files have their own door and their own most."""
    body = b"a=" + b"x" * 2_100_000
    for path in addresses(client):
        answer = client.request(
            method,
            filled(path, "x"),
            content=body,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            follow_redirects=False,
        )
        assert answer.status_code in (303, 400, 401, 403, 404, 405, 413, 415), (path, answer.status_code)
