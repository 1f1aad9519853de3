"""What a browser with an empty cache loads for one address, weighed without a browser: the page and all it refers to."""

from __future__ import annotations

import gzip
import re
from collections.abc import MutableMapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from starlette.testclient import TestClient

REFERRED = {
    "text/html": re.compile(r'<(?:link|script|img|use|iframe|source)\b[^>]*?\s(?:href|src)="([^"#]+)'),
    "text/javascript": re.compile(r'\b(?:from|import)\s*\(?\s*"(\.[^"]+)"'),
    "text/css": re.compile(r"url\(['\"]?([^'\")#]+)"),
}


@dataclass(frozen=True, slots=True)
class Sent:
    """`size`: bytes on the line, head and body."""

    status: int
    size: int
    text: str
    refers_to: tuple[str, ...]
    for_ever: bool


Kept = MutableMapping[str, Sent]
"""Files that never change: asked once, weighed for every page."""


def sent(client: TestClient, address: str) -> Sent:
    with client.stream("GET", address, headers={"accept": "text/html", "accept-encoding": "gzip"}) as answer:
        body = b"".join(answer.iter_raw())
    head = sum(len(name) + len(value) + 4 for name, value in answer.headers.raw)
    plain = gzip.decompress(body) if answer.headers.get("content-encoding") == "gzip" else body
    pattern = REFERRED.get(answer.headers.get("content-type", "").split(";")[0])
    text = plain.decode("utf-8") if pattern else ""
    found = [urljoin(address, told) for told in (pattern.findall(text) if pattern else ())]
    refers_to = tuple(dict.fromkeys(at for at in found if not at.startswith("data:")))
    for_ever = "immutable" in answer.headers.get("cache-control", "")
    return Sent(answer.status_code, len(body) + head, text, refers_to, for_ever)


def transferred(client: TestClient, address: str, kept: Kept) -> tuple[Sent, dict[str, int]]:
    """The page, and bytes by address."""
    page = sent(client, address)
    sizes, left = {address: page.size}, list(page.refers_to)
    while left:
        at = left.pop()
        if at in sizes:
            continue
        assert not urlsplit(at).netloc, f"{address} fetches {at} from elsewhere"
        part = kept.get(at) or sent(client, at)
        if part.for_ever:
            kept[at] = part
        sizes[at] = part.size
        left += part.refers_to
    return page, sizes
