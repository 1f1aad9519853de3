"""A page's GraphQL document, run in this process through the gate, limits, visibility and log of `/graphql`."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import anyio.to_thread
import orjson

from api.console.elsewhere import moved_of
from api.console.outcome import cell_problems
from api.console.page import Answer, Problem
from api.console.words import Words
from api.execute import Asker, as_json, execute
from api.serving import Serving


@dataclass(frozen=True, slots=True)
class Told:
    """An answer's `data` (empty where there is none), its errors as problems, and the request's id."""

    data: Answer
    problems: list[Problem]
    status: int
    request_id: str


STATUS = {
    "UNAVAILABLE": 503,
    "INTERNAL": 503,
    "PROJECTION_STOPPED": 503,
    "NOT_AUTHENTICATED": 401,
    "NOT_AUTHORISED": 403,
    "TOO_MANY_REQUESTS": 429,
}
"""Of a page whose document was answered so; everything else is 404: there is no such thing to show."""


async def ask(state: Serving, document: str, variables: dict[str, Any], asker: Asker, words: Words) -> Told:
    """What `POST /graphql` answers to the same body."""
    request_id = str(uuid.uuid4())
    body = orjson.dumps({"query": document, "variables": variables})
    limiter = state.changes if b"mutation" in body else state.reads

    def answered() -> tuple[dict[str, Any], int]:
        payload, status = execute(state, body, asker, request_id)
        return orjson.loads(orjson.dumps(payload, default=as_json)), status

    answer, status = await anyio.to_thread.run_sync(answered, limiter=limiter)
    changing = limiter is state.changes
    problems = [
        problem
        for error in answer.get("errors", ())
        for problem in _problems(error, words, changing=changing)
    ]
    return Told(answer.get("data") or {}, problems, status, request_id)


def _problems(error: dict[str, Any], words: Words, *, changing: bool) -> list[Problem]:
    """The whole first, then each cell at fault."""
    told = error.get("extensions", {})
    text = moved_of(told, words, changing=changing) or words.error(told) or str(error["message"])
    whole = Problem(str(told.get("code", "")), text)
    return [whole, *cell_problems(told, words)]
