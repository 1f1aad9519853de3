"""What a socket's messages may be, checked one by one before the library reads them: what it does not expect ends the
connection with code 4400, never with an exception."""

from __future__ import annotations

from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.gate import request_of, strict_json
from reporting.errors import InvalidInput

MAX_QUERY = 4_000
"""Characters of a subscription. The server reads it between everybody's messages: 64,000 would hold them up for 0.3 s."""
MAX_WORD = 100  # characters of a type or an id
MAX_REASON = 123  # bytes a close frame has room for, RFC 6455 §5.5
BAD_MESSAGE = 4400  # graphql-transport-ws


class SocketGate:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            return await self.app(scope, receive, send)
        closed = False

        async def checked() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive" and message.get("text") is not None:
                try:
                    check_message(strict_json(message["text"]))
                except InvalidInput as refused:
                    await closing(
                        {"type": "websocket.close", "code": BAD_MESSAGE, "reason": refused.message_en}
                    )
                    return {"type": "websocket.disconnect", "code": BAD_MESSAGE}
            return message

        async def closing(message: Message) -> None:
            nonlocal closed
            if closed:
                return
            if message["type"] == "websocket.close":
                closed = True
                reason = (message.get("reason") or "").encode()[:MAX_REASON].decode(errors="ignore")
                message = {**message, "reason": reason}
            await send(message)

        await self.app(scope, checked, closing)


def check_message(data: Any) -> None:
    """InvalidInput for what is no message of graphql-transport-ws."""
    if not isinstance(data, dict):
        raise InvalidInput(
            field="message", found=type(data).__name__, expected="名前の付いた欄の組 / an object"
        )
    for name in ("type", "id"):
        word = data.get(name, "")
        if not isinstance(word, str) or len(word) > MAX_WORD:
            raise InvalidInput(
                field=name,
                found=repr(word)[:40],
                expected=f"{MAX_WORD} 字以下の文字 / text of at most {MAX_WORD} characters",
            )
    payload = data.get("payload")
    if data.get("type") == "subscribe":
        if len(request_of(payload).query) > MAX_QUERY:
            raise InvalidInput(
                field="query",
                found="長い文 / a longer text",
                expected=f"{MAX_QUERY} 字以下 / at most {MAX_QUERY} characters",
            )
    elif payload is not None and not isinstance(payload, dict):
        raise InvalidInput(
            field="payload", found=type(payload).__name__, expected="名前の付いた欄の組 / an object"
        )
