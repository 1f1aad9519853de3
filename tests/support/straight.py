"""Requests put straight to the application, one after the other in its own event loop: a walk over every address costs what the
application does, and not two turns of threads for each."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import anyio
import httpx
from starlette.testclient import TestClient

USUAL = {"host": "testserver", "accept": "*/*", "accept-encoding": "gzip", "user-agent": "testclient"}
BODIED = ("POST", "PUT", "PATCH")


@dataclass(frozen=True, slots=True)
class Asked:
    method: str
    address: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class Answered:
    status_code: int
    headers: httpx.Headers
    text: str


def answers(client: TestClient, asked: Iterable[Asked]) -> list[Answered]:
    """In their order; no redirect is followed, no cookie kept. What the application raises is raised here, as by the client itself."""
    assert client.portal is not None, "within the client's `with`"
    return client.portal.call(_all, client.app, list(asked))


async def _all(application: Any, asked: Sequence[Asked]) -> list[Answered]:
    return [await _one(application, request) for request in asked]


async def _one(application: Any, asked: Asked) -> Answered:
    url = httpx.URL(f"http://testserver{asked.address}")
    given = USUAL | {name.lower(): value for name, value in asked.headers.items()}
    if asked.content or asked.method in BODIED:
        given["content-length"] = str(len(asked.content))
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": asked.method, "path": url.path,
        "raw_path": url.raw_path.partition(b"?")[0], "query_string": url.query, "root_path": "", "scheme": "http",
        "server": ("testserver", 80), "client": ("testclient", 50000), "state": {},
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
    }  # fmt: skip
    waiting = [{"type": "http.request", "body": asked.content, "more_body": False}]
    told: list[MutableMapping[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if not waiting:
            await anyio.sleep_forever()  # who asked stays
        return waiting.pop()

    async def send(message: MutableMapping[str, Any]) -> None:
        told.append(message)

    await application(scope, receive, send)
    headers = httpx.Headers(told[0]["headers"])
    body = b"".join(message.get("body", b"") for message in told[1:])
    packed = headers.get("content-encoding") == "gzip" and asked.method != "HEAD"
    text = (gzip.decompress(body) if packed else body).decode("utf-8", "replace")
    return Answered(told[0]["status"], headers, text)
