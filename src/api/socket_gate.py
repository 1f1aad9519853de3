"""What a socket's messages may be, checked one by one before the library reads them: what is no message ends the connection
with code 4400, never with an exception; what asks wrongly is answered as over HTTP, and the connection goes on. Of the
library's sentences none goes out: a connection that it closes is told why in ours."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.budgets import person_of
from api.callers import address_of, bearer_of
from api.execute import Asker
from api.gate import body_json, request_of
from api.graphql.limits import operation_of
from api.graphql.schema import socket_schema
from api.messages import message
from api.refusals import Payload, error_of, wrong_variable
from api.serving import Serving
from api.settings import Settings
from api.too_many import TooManySockets
from reporting.errors import InvalidInput, NotAuthenticated

MAX_QUERY = 4_000
"""Characters of a subscription. The server reads it between everybody's messages: 64,000 would hold them up for 0.3 s."""
MAX_WORD = 100  # characters of a type or an id
MAX_REASON = 123  # bytes a close frame has room for, RFC 6455 §5.5
REASONS = {
    4400: "A message that graphql-transport-ws does not know.",
    4401: "Send connection_init and wait for connection_ack first.",
    4403: "Not allowed.",
    4408: "connection_init did not come in time.",
    4409: "This id is in use on this connection.",
    4429: "connection_init once only.",
}
"""Why the library closes, by its code."""
MANY = message.words("too_many_subscriptions_on_this_connection")
BAD_MESSAGE, FORBIDDEN, TOO_MANY = 4400, 4403, 4429  # graphql-transport-ws


class SocketGate:
    """`state`: the application's, for tokens; `clock`: Unix seconds. At most so many sockets from one address at a time:
    the next one's handshake is refused (403); and so many of one person, wherever they are: the next is closed (4429)."""

    def __init__(self, app: ASGIApp, state: Serving, settings: Settings, clock: Callable[[], float]) -> None:
        self.app, self._state, self._clock = app, state, clock
        self._most, self._trusted = settings.sockets_per_address, settings.trusted_proxies
        self._open: Counter[str] = Counter()
        self._each, self._people = settings.sockets_per_person, Counter[str]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            return await self.app(scope, receive, send)
        address = address_of(scope, self._trusted)
        if self._open[address] >= self._most:
            await receive()
            return await send({"type": "websocket.close", "code": TOO_MANY})
        self._open[address] += 1
        try:
            await self._gated(scope, receive, send)
        finally:
            self._open[address] -= 1
            if not self._open[address]:
                del self._open[address]

    async def _gated(self, scope: Scope, receive: Receive, send: Send) -> None:
        closed = greeted = False
        who: str | None = None
        handshake = Headers(scope=scope).get("authorization")

        async def checked() -> Message:
            while (message := await looked_at()) is None:
                pass
            return message

        async def looked_at() -> Message | None:
            """The next message, None for one that was answered here."""
            nonlocal greeted, who
            message = await receive()
            if message["type"] == "websocket.receive" and message.get("text") is not None:
                code = 0
                try:
                    data = body_json(message["text"])
                    check_message(data)
                    asks = greeted and data.get("type") == "subscribe" and "id" in data
                    if asks and (wrong := wrongly_asked(data["payload"])):
                        await send_json({"id": data["id"], "type": "error", "payload": wrong})
                        return None
                    greeted = greeted or data.get("type") == "connection_init"
                    if data.get("type") == "connection_init":
                        for token in tokens(handshake, data.get("payload")):
                            who = self._let_in(bearer_of(self._state, token, int(self._clock())), who)
                except InvalidInput as refused:
                    code, reason = BAD_MESSAGE, refused.message_en
                except NotAuthenticated as refused:
                    code, reason = FORBIDDEN, refused.message_en
                except TooManySockets as refused:
                    code, reason = TOO_MANY, refused.message_en
                if code:
                    await closing({"type": "websocket.close", "code": code, "reason": reason}, ours=True)
                    return {"type": "websocket.disconnect", "code": code}
            return message

        async def send_json(data: dict[str, Any]) -> None:
            await send({"type": "websocket.send", "text": json.dumps(data, ensure_ascii=False)})

        async def closing(message: Message, *, ours: bool = False) -> None:
            nonlocal closed
            if closed:
                return
            if message["type"] == "websocket.close":
                closed = True
                told = message.get("reason") if ours else REASONS.get(message.get("code", 0))
                reason = (told or "").encode()[:MAX_REASON].decode(errors="ignore")
                message = {**message, "reason": reason}
            elif message["type"] == "websocket.send" and (bare := refused_barely(message.get("text"))):
                return await send_json(bare)
            await send(message)

        try:
            await self.app(scope, checked, closing)
        finally:
            if who is not None:
                self._people[who] -= 1
                if not self._people[who]:
                    del self._people[who]

    def _let_in(self, asker: Asker, counted: str | None) -> str | None:
        """Whose socket it is, counted once. TooManySockets."""
        if asker.actor is None or counted is not None:
            return counted
        who = person_of(asker.actor)
        if self._people[who] >= self._each:
            raise TooManySockets(most=self._each)
        self._people[who] += 1
        return who


def wrongly_asked(payload: Any) -> list[Payload]:
    """Why a subscription cannot be begun, as entries of `errors`: no GraphQL, not one operation, variables that do not fit.
    Whether it fits the schema is told by the schema, in the same words."""
    asked = request_of(payload)
    try:
        operation = operation_of(asked.query, asked.operation_name)
    except InvalidInput as refused:
        return [error_of(refused)]
    return [wrong_variable(wrong) for wrong in socket_schema.misfits(operation, asked.variables)]


def refused_barely(text: str | None) -> dict[str, Any] | None:
    """An error of the library's own, with ours instead: what it says without `extensions` is that there are too many."""
    if text is None or '"error"' not in text[: MAX_WORD * 2]:
        return None
    data = json.loads(text)
    if data.get("type") != "error" or all("extensions" in entry for entry in data["payload"]):
        return None
    extensions = {"code": "TOO_MANY_SUBSCRIPTIONS", "ja": MANY.ja, "en": MANY.en}
    return {**data, "payload": [{"message": str(MANY), "extensions": extensions}]}


def tokens(handshake: str | None, payload: Any) -> Iterator[str]:
    """Every Authorization a socket comes with: in its handshake, in `connection_init`, or among the headers told there.
    A token that does not count is refused as over HTTP, never taken for nobody."""
    if handshake is not None:
        yield handshake
    for told in (payload, payload.get("headers") if isinstance(payload, dict) else None):
        if isinstance(told, dict):
            yield from (str(text) for name, text in told.items() if name.lower() == "authorization")


def check_message(data: Any) -> None:
    """InvalidInput for what is no message of graphql-transport-ws."""
    if not isinstance(data, dict):
        raise InvalidInput(field="message", found=type(data).__name__, expected=message("an_object"))
    for name in ("type", "id"):
        word = data.get(name, "")
        if not isinstance(word, str) or len(word) > MAX_WORD:
            raise InvalidInput(
                field=name,
                found=repr(word)[:40],
                expected=message("text_of_at_most_characters", most=MAX_WORD),
            )
    payload = data.get("payload")
    if data.get("type") == "subscribe":
        if len(request_of(payload).query) > MAX_QUERY:
            raise InvalidInput(
                field="query",
                found=message("a_longer_text"),
                expected=message("at_most_characters", most=MAX_QUERY),
            )
    elif payload is not None and not isinstance(payload, dict):
        raise InvalidInput(field="payload", found=type(payload).__name__, expected=message("an_object"))
