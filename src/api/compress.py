"""Answers above 1 KB go out compressed where the browser takes it.

Safe beside secrets: a page's only secret, the form token, has other bytes on every page (`console.forgery`), and JSON answers
hold none. What is compressed already (static files) passes, and so does `/data/…`: its files are compressed once, and a part of one
is a part of bytes that are told by their hash.
"""

from __future__ import annotations

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import Receive, Scope, Send

from api.open_data.address import is_data

SMALLEST = 1_000  # bytes; below it the header costs more than is saved
LEVEL = 5  # a tenth of level 9's time for nearly its size


class Compressed(GZipMiddleware):
    def __init__(self, app: object) -> None:
        super().__init__(app, minimum_size=SMALLEST, compresslevel=LEVEL)  # type: ignore[arg-type]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and is_data(scope["path"]):
            await self.app(scope, receive, send)
            return
        await super().__call__(scope, receive, send)
