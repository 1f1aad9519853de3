"""What a request body may be, checked before anything else reads it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from api.messages import message
from reporting.errors import InvalidInput
from reporting.files.strict_json import strict_json
from reporting.wording import printed

MAX_BODY = 1_000_000  # bytes; 2,000 cells of a return stay far below
MAX_NESTING = 32
_NUL_ESCAPE = re.compile(r"\\u(?:0000|\{0+\})")
"""GraphQL's own escapes come after JSON's."""
_QUOTED = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_BRACKETS = re.compile(r"[\[{]+|[\]}]+")
_NOT_KEPT = re.compile(r"[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    query: str
    variables: dict[str, Any]
    operation_name: str | None


async def read_body(request: Request) -> bytes:
    """The body, counted while it arrives; InvalidInput when it is too long or not plain JSON by its headers."""
    media = request.headers.get("content-type", "")
    kind, _, parameters = media.partition(";")
    if kind.strip().lower() != "application/json" or parameters.strip().lower() not in ("", "charset=utf-8"):
        raise InvalidInput(field="Content-Type", found=repr(media[:60]), expected="application/json")
    if "content-encoding" in request.headers:
        raise InvalidInput(
            field="Content-Encoding",
            found=message("an_encoding"),
            expected=message("no_such_header"),
        )
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY:
            raise InvalidInput(
                field="body",
                found=message("more_than_bytes", most=MAX_BODY),
                expected=message("at_most_bytes", most=MAX_BODY),
            )
        parts.append(part)
    return b"".join(parts)


def parse_body(body: bytes) -> GraphQLRequest:
    """Strict JSON of the one form GraphQL over HTTP has; InvalidInput for everything else."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidInput(
            field="body",
            found=message("a_body_that_cannot_be_read"),
            expected=message("json_in_utf_8_each_name"),
        ) from None
    return request_of(body_json(text))


def body_json(text: str) -> Any:
    """InvalidInput for what JSON libraries let pass: a key named twice, NaN, endless numbers and nesting, and texts that
    PostgreSQL cannot hold."""
    try:
        if _nesting(text) > MAX_NESTING:
            raise InvalidInput(
                field="body",
                found=message("nesting"),
                expected=message("at_most_levels", most=MAX_NESTING),
            )
        data = strict_json(text)
    except ValueError:
        raise InvalidInput(
            field="body",
            found=message("a_body_that_cannot_be_read"),
            expected=message("json_in_utf_8_each_name"),
        ) from None
    if _NOT_KEPT.search(_texts(data)):
        raise InvalidInput(
            field="body",
            found=message("nul_or_a_lone_surrogate"),
            expected=message("unicode_text"),
        )
    return data


def request_of(data: Any) -> GraphQLRequest:
    """InvalidInput for another shape, over HTTP or in a socket's `subscribe`."""
    if not isinstance(data, dict) or not set(data) <= {"query", "variables", "operationName", "extensions"}:
        raise InvalidInput(
            field="body",
            found=message("another_shape"),
            expected='{"query": …, "variables": …, "operationName": …}',
        )
    query, variables, name = data.get("query"), data.get("variables"), data.get("operationName")
    if not isinstance(query, str):
        raise InvalidInput(field="query", found=printed(query), expected=message("text"))
    if _NUL_ESCAPE.search(query):
        raise InvalidInput(field="query", found="NUL", expected=message("unicode_text"))
    if variables is not None and not isinstance(variables, dict):
        raise InvalidInput(field="variables", found=printed(variables), expected=message("an_object"))
    if name is not None and not isinstance(name, str):
        raise InvalidInput(field="operationName", found=printed(name), expected=message("text"))
    return GraphQLRequest(query, variables or {}, name)


def _texts(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "".join(_texts(part) for pair in value.items() for part in pair)
    if isinstance(value, list):
        return "".join(_texts(part) for part in value)
    return ""


def _nesting(text: str) -> int:
    depth = deepest = 0
    for run in _BRACKETS.findall(_QUOTED.sub("", text)):
        depth += len(run) if run[0] in "[{" else -len(run)
        deepest = max(deepest, depth)
    return deepest
