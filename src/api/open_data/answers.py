"""One file as an HTTP answer: which representation, whether it is held already, which part of it (RFC 9110)."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path

import anyio
from starlette.datastructures import Headers
from starlette.responses import Response, StreamingResponse

from api.open_data.shelf import DataFile

FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
"""May be kept, but is asked for each time whether it still holds."""
OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": (
        "Accept-Ranges, Content-Encoding, Content-Length, Content-Range, ETag, Last-Modified, Link, Location, "
        "Repr-Digest, Retry-After"
    ),
    "Cross-Origin-Resource-Policy": "cross-origin",
}
"""Any page of the world may read what is public; nobody's cookie or token counts here."""
CHUNK = 64 * 1024
RANGE = re.compile(
    r"bytes\s*=\s*(?:(\d{1,18})\s*-\s*(\d{1,18})?|-\s*(\d{1,18}))\s*", re.ASCII | re.IGNORECASE
)
"""One range. Several, another unit or nonsense: the whole is answered, as RFC 9110 §14.2 lets a server do."""


@dataclass(frozen=True, slots=True)
class Representation:
    """What would be sent: the bytes at `path` (or `content`), strong `etag`, and under which coding (empty: as they are)."""

    size: int
    etag: str
    coding: str
    path: Path | None = None
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes `first` to `last`, both sent."""

    first: int
    last: int


def file_answer(
    file: DataFile, asked: Headers, *, head: bool, since: datetime | None, told: Mapping[str, str]
) -> Response:
    """`since`: when it was released, where that is one moment; `told`: headers beside these."""
    plain = Representation(file.size, f'"{file.sha256}"', "", file.path)
    small = (
        Representation(file.small_size, f'"{file.sha256}-gzip"', "gzip", file.small) if file.small else None
    )
    digest = base64.b64encode(bytes.fromhex(file.sha256)).decode()
    headers = {
        **OPEN, **told, "Cache-Control": FOR_EVER, "Accept-Ranges": "bytes",
    }  # fmt: skip
    if since is not None:
        headers["Last-Modified"] = http_date(since)
    if small is not None:
        headers["Vary"] = "Accept-Encoding"
    chosen = _chosen(plain, small, asked)
    if not chosen.coding:
        headers["Repr-Digest"] = f"sha-256=:{digest}:"
    return answer(chosen, asked, head=head, media_type=file.media_type, headers=headers)


def answer(
    chosen: Representation, asked: Headers, *, head: bool, media_type: str, headers: dict[str, str]
) -> Response:
    """200, 206, 304 or 416."""
    headers = {**headers, "ETag": chosen.etag}
    if is_held(asked, chosen.etag, headers.get("Last-Modified")):
        return Response(status_code=304, headers=headers)
    if chosen.coding:
        headers["Content-Encoding"] = chosen.coding
    part = None
    if not head and "range" in asked and headers.get("Accept-Ranges") and _if_range(asked, chosen, headers):
        try:
            part = _part(asked["range"], chosen.size)
        except _Outside:
            outside = {**OPEN, "Cache-Control": ASK_AGAIN, "Content-Range": f"bytes */{chosen.size}"}
            return Response(status_code=416, headers=outside)
    first, last = (part.first, part.last) if part else (0, chosen.size - 1)
    if part:
        headers["Content-Range"] = f"bytes {first}-{last}/{chosen.size}"
    headers["Content-Length"] = str(last - first + 1)
    status = 206 if part else 200
    if head or chosen.path is None:
        body = b"" if head else chosen.content[first : last + 1]
        return Response(body, status, headers, media_type=media_type)
    return StreamingResponse(
        _bytes(chosen.path, first, last - first + 1), status, headers, media_type=media_type
    )


def accepts_gzip(asked: Headers) -> bool:
    """By Accept-Encoding with its weights; gzip where it is liked no less than the bytes as they are."""
    weights = {}
    for entry in ",".join(asked.getlist("accept-encoding")).lower().split(","):
        coding, _, parameters = entry.partition(";")
        weights[coding.strip()] = _weight(parameters)
    gzip = max(weights.get("gzip", -1.0), weights.get("x-gzip", -1.0))
    if gzip < 0:
        gzip = weights.get("*", 0.0)
    return gzip > 0 and gzip >= weights.get("identity", 0.0)


def is_held(asked: Headers, etag: str, since: str | None) -> bool:
    """If-None-Match, and If-Modified-Since only without it."""
    if "if-none-match" in asked:
        tags = ",".join(asked.getlist("if-none-match"))
        return tags.strip() == "*" or etag in (tag.strip().removeprefix("W/") for tag in tags.split(","))
    if since is None or "if-modified-since" not in asked:
        return False
    try:
        return parsedate_to_datetime(asked["if-modified-since"]) >= parsedate_to_datetime(since)
    except (ValueError, TypeError):  # no date, or one without its zone
        return False


def http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _chosen(plain: Representation, small: Representation | None, asked: Headers) -> Representation:
    """A part is asked of the bytes as they are, unless it goes on with a compressed one that was begun (If-Range)."""
    if small is None or not accepts_gzip(asked):
        return plain
    if "range" in asked and asked.get("if-range", "").strip() != small.etag:
        return plain
    return small


def _if_range(asked: Headers, chosen: Representation, headers: Mapping[str, str]) -> bool:
    """Whether a part still fits what the client holds; without If-Range it asks for no such promise."""
    wanted = asked.get("if-range", "").strip()
    return not wanted or wanted in (chosen.etag, headers.get("Last-Modified"))


class _Outside(Exception):
    """No byte of the file is in the range."""


def _part(text: str, size: int) -> ByteRange | None:
    """None for what is not one range; _Outside."""
    if (given := RANGE.fullmatch(text.strip())) is None:
        return None
    first, last, final = given.groups()
    if final is not None:
        begin, end = max(size - int(final), 0), size - 1
    elif last is not None and int(last) < int(first):
        return None
    else:
        begin, end = int(first), size - 1 if last is None else min(int(last), size - 1)
    if begin > end:
        raise _Outside
    return ByteRange(begin, end)


def _weight(parameters: str) -> float:
    name, _, number = parameters.strip().partition("=")
    try:
        return float(number) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0


async def _bytes(path: Path, first: int, length: int) -> AsyncIterator[bytes]:
    """So many from there, in pieces: a file of any size takes no memory."""
    async with await anyio.open_file(path, "rb") as content:
        await content.seek(first)
        while length > 0 and (piece := await content.read(min(CHUNK, length))):
            length -= len(piece)
            yield piece
