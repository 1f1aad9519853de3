"""A page's route: plain, and counted by its pattern."""

from __future__ import annotations

from starlette.routing import Route
from starlette.types import Receive, Scope, Send


class Addressed(Route):
    """A route without a signature to be looked into, which a hundred pages paid for at each start. Like FastAPI's, it leaves
    itself in the scope: requests are counted by it."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = self
        await super().handle(scope, receive, send)
