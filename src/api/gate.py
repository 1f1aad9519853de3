"""What a request body may be, checked before anything else reads it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from reporting.errors import InvalidInput
from reporting.files.strict_json import strict_json

MAX_BODY = 1_000_000  # bytes; 2,000 cells of a return stay far below
MAX_NESTING = 32
_NUL_ESCAPE = re.compile(r"\\u(?:0000|\{0+\})")
"""GraphQL's own escapes come after JSON's."""


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
            found="圧縮など / an encoding",
            expected="この見出しなし / no such header",
        )
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY:
            raise InvalidInput(
                field="body",
                found=f"{MAX_BODY} バイト超 / more than {MAX_BODY} bytes",
                expected=f"{MAX_BODY} バイト以下 / at most {MAX_BODY} bytes",
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
            found="読めない本文 / a body that cannot be read",
            expected="UTF-8 の JSON（同じ名前は 1 回） / JSON in UTF-8, each name once",
        ) from None
    return request_of(body_json(text))


def body_json(text: str) -> Any:
    """InvalidInput for what JSON libraries let pass: a key named twice, NaN, endless numbers and nesting, and texts that
    PostgreSQL cannot hold."""
    try:
        if _nesting(text) > MAX_NESTING:
            raise InvalidInput(
                field="body",
                found="深い入れ子 / nesting",
                expected=f"{MAX_NESTING} 段以下 / at most {MAX_NESTING} levels",
            )
        data = strict_json(text)
    except ValueError:
        raise InvalidInput(
            field="body",
            found="読めない本文 / a body that cannot be read",
            expected="UTF-8 の JSON（同じ名前は 1 回） / JSON in UTF-8, each name once",
        ) from None
    if any("\ud800" <= character <= "\udfff" or character == "\0" for character in _texts(data)):
        raise InvalidInput(
            field="body",
            found="NUL か片方だけのサロゲート / NUL or a lone surrogate",
            expected="Unicode の文字 / Unicode text",
        )
    return data


def request_of(data: Any) -> GraphQLRequest:
    """InvalidInput for another shape, over HTTP or in a socket's `subscribe`."""
    if not isinstance(data, dict) or not set(data) <= {"query", "variables", "operationName", "extensions"}:
        raise InvalidInput(
            field="body",
            found="別の形 / another shape",
            expected='{"query": …, "variables": …, "operationName": …}',
        )
    query, variables, name = data.get("query"), data.get("variables"), data.get("operationName")
    if not isinstance(query, str):
        raise InvalidInput(field="query", found=type(query).__name__, expected="文字 / text")
    if _NUL_ESCAPE.search(query):
        raise InvalidInput(field="query", found="NUL", expected="Unicode の文字 / Unicode text")
    if variables is not None and not isinstance(variables, dict):
        raise InvalidInput(
            field="variables", found=type(variables).__name__, expected="名前の付いた欄の組 / an object"
        )
    if name is not None and not isinstance(name, str):
        raise InvalidInput(field="operationName", found=type(name).__name__, expected="文字 / text")
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
    quoted = escaped = False
    for character in text:
        if quoted:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                quoted = False
        elif character == '"':
            quoted = True
        elif character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest
