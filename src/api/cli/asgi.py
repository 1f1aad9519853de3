"""One HTTP request to an ASGI application in this process: no port, no client library, the same checks as over
the network."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

from api.cli.messages import message
from reporting.errors import Unavailable

Message = MutableMapping[str, Any]


async def post(app: Any, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    """Start `app`, POST once, stop it; returns status and body."""
    async with _Lifespan(app):
        return await _request(app, path, body, headers)


class _Lifespan:
    """Starts and stops an application as a server does."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._to: asyncio.Queue[Message] = asyncio.Queue()
        self._from: asyncio.Queue[Message] = asyncio.Queue()

    async def __aenter__(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
        self._task = asyncio.create_task(self._app(scope, self._to.get, self._from.put))
        await self._exchange("lifespan.startup")

    async def __aexit__(self, *exception: object) -> None:
        await self._exchange("lifespan.shutdown")
        await self._task

    async def _exchange(self, event: str) -> None:
        """Send `event` and wait for its answer, or for the application to end without one."""
        await self._to.put({"type": event})
        answer = asyncio.ensure_future(self._from.get())
        await asyncio.wait({answer, self._task}, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            answer.cancel()
            await self._task  # raises what ended it
            return
        if answer.result()["type"].endswith(".failed"):
            said = answer.result().get("message", "").strip().splitlines()[-1:]
            raise Unavailable(detail=message("failed", event=event), said="".join(said))


async def _request(app: Any, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [
            (b"host", b"localhost"),
            (b"content-length", str(len(body)).encode()),
            *((name.lower().encode(), value.encode()) for name, value in headers.items()),
        ],
        "client": ("127.0.0.1", 0),
        "server": ("localhost", 80),
        "state": {},
    }
    incoming: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
    status, parts = 500, []
    gone = asyncio.Event()

    async def receive() -> Message:
        if incoming:
            return incoming.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        elif message["type"] == "http.response.body":
            parts.append(message.get("body", b""))

    await app(scope, receive, send)
    gone.set()
    return status, b"".join(parts)
