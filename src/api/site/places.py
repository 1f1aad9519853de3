"""Which addresses of this server stand in the site, and under which name of a file."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from api.brands import Brand
from api.console.pages import PAGES
from api.console.static import PREFIX as ASSETS

KEPT_QUERIES = {
    "map": re.compile(r"lead|rate"),
    "open": re.compile(r"1"),
    "after": re.compile(r"[\w=-]{1,400}", re.ASCII),
}
"""What may stand behind the question mark of a page and is a page of its own here, as of a list that goes on; a moment of the past or a
search is not."""
USUAL = frozenset({("map", "lead")})
"""What a page shows anyway."""
OTHER_LANGUAGE = "?language="
"""How a page that becomes a file names itself in another language."""
FEED, VERIFIER = "/notices.atom", "/verify.py"
DATA = "/data/"


@dataclass(frozen=True, slots=True)
class SitePlace:
    """An address that is asked for, and the file its answer becomes. `page`: HTML with links of its own."""

    path: str
    query: str
    file: str
    page: bool


class SitePlaces:
    """`practice`: codes of elections that are none; nothing of them is here. `data`: files of the site that hold what was released.
    `brand`: of the office whose look the site has."""

    def __init__(self, practice: Collection[str], data: Collection[str], brand: Brand | None = None) -> None:
        self._practice, self._data, self._brand = frozenset(practice), frozenset(data), brand
        self._pages = [
            re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", page.address)) for page in PAGES if page.as_file
        ]

    def of(self, address: str, language: str) -> SitePlace | None:
        """None where it does not stand in the site. `address`: as a page writes it, without its fragment."""
        split = urlsplit(address)
        path = unquote(split.path)
        if split.scheme or split.netloc or not path.startswith("/") or ".." in path:
            return None
        if path.startswith(f"{ASSETS}/") or path == VERIFIER:
            return SitePlace(path, "", path[1:], page=False)
        if self._brand is not None and path in (
            self._brand.address("style.css"),
            self._brand.address("logo.png"),
        ):
            return SitePlace(path, "", path[1:], page=False)
        query = {name: value for name, value in parse_qsl(split.query) if (name, value) not in USUAL}
        if path == FEED and set(query) == {"election"} and query["election"] not in self._practice:
            return SitePlace(path, split.query, f"notices/{query['election']}.atom", page=False)
        if path == FEED and not split.query and self._brand is not None and self._brand.told.elections:
            return SitePlace(path, "", f"notices/office/{self._brand.code}.atom", page=False)
        if path.startswith(DATA):
            return self._released(path)
        return self._page(path, query, language)

    def _released(self, path: str) -> SitePlace | None:
        for file in (path[1:], posixpath.join(path[1:], "index.html")):
            if file in self._data:
                return SitePlace(path, "", file, page=False)
        return None

    def _page(self, path: str, query: dict[str, str], language: str) -> SitePlace | None:
        held = next((match for page in self._pages if (match := page.fullmatch(path))), None)
        if held is None or held.groupdict().get("election") in self._practice:
            return None
        if any(
            name not in KEPT_QUERIES or not KEPT_QUERIES[name].fullmatch(value)
            for name, value in query.items()
        ):
            return None
        name = "-".join(f"{name}-{value}" for name, value in sorted(query.items())) or "index"
        root = "" if language == "ja" else f"{language}/"
        return SitePlace(
            path, urlencode(query), posixpath.normpath(f"{root}{path[1:]}/{name}.html").lstrip("/"), page=True
        )


def relative(target: str, file: str) -> str:
    """The way from one file of the site to another."""
    return posixpath.relpath(target, posixpath.dirname(file) or ".")
