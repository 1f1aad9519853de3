"""What every HTTP answer tells a browser, whoever made it."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ALWAYS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
UNLESS_GIVEN = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",  # GraphiQL and login pages bring theirs
    "Cache-Control": "no-store",  # figures before release, names
}


class SafeHeaders:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(ALWAYS)
                for name, value in UNLESS_GIVEN.items():
                    if not (name == "Cache-Control" and scope["path"].startswith("/static/")):
                        headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, answer if scope["type"] == "http" else send)
