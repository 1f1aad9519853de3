"""httpx over the application in this process: what `reporting_client` sends goes through every gate and route, and no network."""

from __future__ import annotations

import itertools

import httpx
from starlette.testclient import TestClient


class InProcess(httpx.BaseTransport):
    """`server`: inside its `with`, whose event loop answers. Each request is another caller's: who asks for files in so many tests is
    no crowd."""

    def __init__(self, server: TestClient) -> None:
        assert server.portal is not None
        self._portal, self._app, self._callers = server.portal, server.app, itertools.count(1)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._portal.call(self._asked, request)

    async def _asked(self, request: httpx.Request) -> httpx.Response:
        number = next(self._callers)
        caller = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        answer = await httpx.ASGITransport(self._app, client=(caller, 1)).handle_async_request(request)
        assert isinstance(answer.stream, httpx.AsyncByteStream)
        body = b"".join([piece async for piece in answer.stream])
        return httpx.Response(answer.status_code, headers=answer.headers.raw, stream=httpx.ByteStream(body))
