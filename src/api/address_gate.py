"""What an address may hold, at every route: texts of Unicode that PostgreSQL can keep."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote_to_bytes

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.execute import error_of
from api.messages import message
from reporting.errors import InvalidInput, ReportingError

NOWHERE = {"path": "/", "raw_path": b"/", "query_string": b""}
"""In place of an address that is no text: nothing of it comes back."""


class AddressGate:
    """400 with the API's form of an error, before any route sees the request; of a browser `page`, where there is a console."""

    def __init__(
        self, app: ASGIApp, page: Callable[[Request, ReportingError], Response] | None = None
    ) -> None:
        self.app, self._page = app, page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (refused := _refused(scope)) is not None:
            request = Request({**scope, **NOWHERE})
            if self._page is not None and "text/html" in request.headers.get("accept", ""):
                answer = self._page(request, refused)
            else:
                body = orjson.dumps({"errors": [error_of(refused)]})
                answer = Response(body, 400, media_type="application/json")
            await answer(scope, receive, send)
            return
        await self.app(scope, receive, send)


def _refused(scope: Scope) -> InvalidInput | None:
    for where, raw in (("path", scope.get("raw_path") or b""), ("query", scope["query_string"])):
        plain = unquote_to_bytes(raw)
        try:
            text = plain.decode("utf-8")
        except UnicodeDecodeError:
            return InvalidInput(field=where, found=repr(plain[:40])[1:], expected=message("text_in_utf_8"))
        if "\0" in text:
            return InvalidInput(field=where, found="NUL (%00)", expected=message("text_without_nul"))
    return None
