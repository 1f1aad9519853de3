"""httpx over the application in this process: what `reporting_client` sends goes through every gate and route, and no network."""

from __future__ import annotations

import httpx
from starlette.testclient import TestClient


class InProcess(httpx.BaseTransport):
    """`server`: inside its `with`, whose event loop answers."""

    def __init__(self, server: TestClient) -> None:
        assert server.portal is not None
        self._portal, self._asgi = server.portal, httpx.ASGITransport(server.app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._portal.call(self._asked, request)

    async def _asked(self, request: httpx.Request) -> httpx.Response:
        answer = await self._asgi.handle_async_request(request)
        assert isinstance(answer.stream, httpx.AsyncByteStream)
        body = b"".join([piece async for piece in answer.stream])
        return httpx.Response(answer.status_code, headers=answer.headers.raw, stream=httpx.ByteStream(body))
