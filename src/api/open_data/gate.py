"""Before `/data/…`: each caller's share, so that a mirror does not keep a newsroom waiting."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.callers import address_of
from api.open_data.address import is_data
from api.open_data.answers import OPEN
from api.open_data.errors import TooOften
from api.open_data.fairness import Fairness
from api.refusals import error_of


class DataGate:
    """429 with `Retry-After`; a request counts as open until its last byte is sent. `trusted`: proxies that name the caller."""

    def __init__(self, app: ASGIApp, trusted: Sequence[str]) -> None:
        self.app, self._trusted = app, trusted
        self._fairness = Fairness()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not is_data(scope["path"]):
            await self.app(scope, receive, send)
            return
        caller = address_of(scope, self._trusted)
        if wait := self._fairness.enter(caller):
            body = orjson.dumps({"errors": [error_of(TooOften(wait=wait))]})
            headers = {**OPEN, "Retry-After": str(wait)}
            await Response(body, 429, headers, media_type="application/json")(scope, receive, send)
            return
        try:
            await self.app(scope, receive, send)
        finally:
            self._fairness.leave(caller)
