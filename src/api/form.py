"""What a browser sends with a form."""

from __future__ import annotations

from urllib.parse import parse_qsl

from fastapi import Request

MAX_FORM = 800_000
"""Bytes, and fields: six returns of 818 cells are corrected together, each with what is typed and what stood there."""
MAX_FIELDS = 12_000


async def read_form(request: Request) -> dict[str, str] | None:
    """Fields of a form as browsers send it, the last of each name; None for anything longer, or that is no form. A line ends in one
    character, as a field counts it that says how much it takes: browsers send two."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_FORM:
            return None
    try:
        pairs = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=MAX_FIELDS
        )
    except ValueError:
        return None
    if any("\0" in name + value for name, value in pairs):
        return None
    return {name: value.replace("\r\n", "\n") for name, value in pairs}
