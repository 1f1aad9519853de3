"""What a browser needs to go on without a line: a worker, a page that is nobody's, and a key of who is logged in.

The worker keeps that page and static files, never a page of a person. What a person keeps lies sealed in the browser; the key follows
from who they are, so that it is the same after another login, and nobody else is ever given it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

from fastapi import Request
from jinja2 import Environment
from starlette.responses import HTMLResponse, JSONResponse, Response

from api.console import static
from api.console.addressed import Addressed
from api.console.words import LANGUAGES, said, words
from reporting.domain.actor import Actor

WORKER, SHELL = "/offline.js", "/offline"
FILES = (
    "console.css", "offline_page.js", "entry.js", "line.js", "paste.js", "filled.js", "vault.js", "drawn.js",
)  # fmt: skip
"""Of the page that is shown without a line: its style and its modules, at their addresses."""
KEEPS = "entry.js"
"""Pages with this island may have a worker registered."""
WORKER_POLICY = "default-src 'none'; connect-src 'self'"
SAME_ORIGIN = ("same-origin", None)
MARK = 16  # hex digits of a hash


SHELL_TEXTS = {
    "home": said("選挙結果の報告と公表"),
    "lock": said("閉じて鍵をかける"),
    "head": said("つながっていません"),
    "away": said("サーバーに届かないため、この画面は表示できません。つながると、この画面に戻ります。"),
    "kept": said(
        "打った値があれば、このブラウザーに暗号化して残っています。"
        "開けるのは、ログインしたまま開いていた報告の画面だけです。"
        "時間が切れたあとや、ほかの人のログインのあとは、つながってからもう一度ログインすると戻ります。"
    ),
    "older": said(
        "ここに残っている報告の画面は、サーバーの前の版のもので、いまは開けません。打った値と提出待ちのものは残っています。"
        "つながると、新しい版のこの画面に戻り、提出待ちのものは送られます。"
    ),
}


@dataclass(frozen=True, slots=True)
class Keeping:
    """`owner`: names whose what is kept is, and tells nothing of them; `key`: 32 bytes, base64."""

    owner: str
    key: str


def keeping(secret: bytes, actor: Actor) -> Keeping:
    """Of a person in an office and role; another office of theirs keeps apart. It changes with the server's token key."""
    who = json.dumps([actor.person, actor.office, actor.role.value], ensure_ascii=False).encode()

    def made(purpose: bytes) -> bytes:
        return hmac.digest(secret, b"kept without a line/" + purpose + b"/" + who, hashlib.sha256)

    return Keeping(made(b"owner").hex()[:24], base64.b64encode(made(b"key")).decode())


def policy(page: str, islands: Collection[str]) -> str:
    """A page that keeps may name one address to the browser as its worker's: under Trusted Types that takes a policy by name."""
    return page.replace("trusted-types 'none'", "trusted-types offline-worker") if KEEPS in islands else page


def offline_routes(
    templates: Environment,
    page_policy: str,
    keeping_of: Callable[[Request], Awaitable[tuple[Keeping, int] | None]],
) -> list[Addressed]:
    """`keeping_of`: of who asks, with the idle time of a session in seconds."""

    def shell_text() -> str:
        both = [
            {name: words(language).of(text) for name, text in SHELL_TEXTS.items()} | {"language": language}
            for language in LANGUAGES
        ]
        return templates.get_template("offline.html").render(both=both)

    async def shell(request: Request) -> Response:
        """The same for everybody, in both languages: it does not know who is there."""
        return HTMLResponse(shell_text(), headers={"Content-Security-Policy": page_policy})

    async def worker(request: Request) -> Response:
        """Its bytes change with the page it keeps and with any static file, which that page names, and with them what browsers have
        of it."""
        files = [static.address(name) for name in FILES]
        mark = hashlib.sha256(f"{page_policy}\n{shell_text()}".encode()).hexdigest()[:MARK]
        told = {"FILES": files, "SHELL": SHELL, "MARK": mark}
        head = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in told.items())
        return _script(head.encode() + static.files()["worker.js"].plain)

    async def key(request: Request) -> Response:
        """To a page of ours alone. 401 where the session, or the work for its office, is over; asking is not being there."""
        if request.headers.get("sec-fetch-site") not in SAME_ORIGIN:
            return Response(status_code=403)
        if (told := await keeping_of(request)) is None:
            return Response(status_code=401)
        kept, idle_s = told
        return JSONResponse({"owner": kept.owner, "key": kept.key, "idle": idle_s})

    return [
        Addressed(WORKER, worker, methods=["GET"]),
        Addressed(SHELL, shell, methods=["GET"]),
        Addressed("/kept-key", key, methods=["POST"]),
    ]


async def no_worker(request: Request) -> Response:
    """Where there is no console: whoever has its worker loses it, and what it kept."""
    return _script(static.files()["no_worker.js"].plain)


def _script(text: bytes) -> Response:
    headers = {"Cache-Control": "no-cache", "Content-Security-Policy": WORKER_POLICY}
    return Response(text, headers=headers, media_type="text/javascript; charset=utf-8")
