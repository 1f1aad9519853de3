"""Asks the application for an address as anybody would, within this process and without a socket."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.types import ASGIApp, Message

from api.console.words import COOKIE, Language

STILL = "still"
"""In a request's scope: the answer becomes a file, so it says nothing of the moment it is made at."""


@dataclass(frozen=True, slots=True)
class Answered:
    status: int
    content: bytes


async def ask(app: ASGIApp, path: str, query: str, language: Language, host: str = "site") -> Answered:
    """GET, as nobody. `host`: where it is asked for: an office's has its look."""
    status, content = 0, bytearray()

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        else:
            content.extend(message.get("body", b""))

    headers = [
        (b"host", host.encode()), (b"accept", b"text/html"), (b"cookie", f"{COOKIE}={language}".encode()),
    ]  # fmt: skip
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path, "raw_path": path.encode(), "root_path": "", "query_string": query.encode(), "headers": headers,
        "client": ("127.0.0.1", 0), "server": (host, 80), STILL: True,
    }  # fmt: skip
    await app(scope, receive, send)
    return Answered(status, bytes(content))
