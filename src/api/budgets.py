"""What one caller may ask for in a time: by address whoever they are, by person wherever they are. Whoever asks more waits (429).

Addresses of this machine have no budget: a proxy that nobody named as trusted would spend it for everybody.
"""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Sequence

import orjson
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.callers import address_of
from api.open_data.address import is_data
from api.open_data.fairness import Allowance, Fairness
from api.refusals import error_of
from api.settings import Settings
from api.too_many import TooManyRequests
from reporting.domain.actor import Actor

BURST_S = 60.0
"""So many seconds' worth may come at once: a page with its files, an office that opens in the morning."""
AT_ONCE = 64
"""Requests of one address on their way: an office of many people behind one of them."""
ALWAYS = ("/health", "/ready", "/metrics")
"""Asked by those who watch."""


def person_of(actor: Actor) -> str:
    """Who shares a budget: one person of one office, wherever they are."""
    return f"{actor.person}\n{actor.office}"


class PersonBudget:
    """Of one process. `per_second` None: no limit. Thread-safe."""

    def __init__(self, per_second: int | None) -> None:
        self._lock = threading.Lock()
        self._shares = (
            None
            if per_second is None
            else Fairness(allowance=Allowance(per_second * BURST_S, float(per_second), None))
        )

    def spend(self, actor: Actor | None) -> None:
        """TooManyRequests. Nobody has no budget but their address'."""
        if self._shares is None or actor is None:
            return
        who = person_of(actor)
        with self._lock:
            if wait := self._shares.enter(who):
                raise TooManyRequests(wait=wait)
            self._shares.leave(who)


class BudgetGate:
    """Before every route but those of `ALWAYS` and `/data`, which has a share of its own. A request counts as open until its last
    byte is sent."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app, self._trusted = app, settings.trusted_proxies
        each = settings.requests_per_address
        self._shares = (
            None if each is None else Fairness(allowance=Allowance(each * BURST_S, float(each), AT_ONCE))
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = self._counted(scope)
        if caller is None or self._shares is None:
            return await self.app(scope, receive, send)
        if wait := self._shares.enter(caller):
            return await refusal(scope, wait)(scope, receive, send)
        try:
            await self.app(scope, receive, send)
        finally:
            self._shares.leave(caller)

    def _counted(self, scope: Scope) -> str | None:
        """The caller's address, where it has a budget."""
        if scope["type"] != "http" or scope["path"].startswith(ALWAYS) or is_data(scope["path"]):
            return None
        return foreign(address_of(scope, self._trusted))


def foreign(address: str) -> str | None:
    """None for one of this machine, and for what is no address (a socket of the file system)."""
    try:
        return None if ipaddress.ip_address(address).is_loopback else address
    except ValueError:
        return None


def refusal(scope: Scope, wait: int) -> Response:
    """For people a sentence, for programs the API's form of an error."""
    refused, headers = TooManyRequests(wait=wait), {"Retry-After": str(wait)}
    accepted: Sequence[bytes] = [value for name, value in scope["headers"] if name == b"accept"]
    if any(b"text/html" in value for value in accepted):
        return PlainTextResponse(str(refused), 429, headers)
    body = orjson.dumps({"errors": [error_of(refused)]})
    return Response(body, 429, headers, media_type="application/json")
