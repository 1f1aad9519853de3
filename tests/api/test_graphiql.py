"""GraphiQL comes whole from this server: no CDN, no outbound call, nothing that the page's policy refuses."""

from __future__ import annotations

import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin

import pytest
from graphql import parse, validate
from hatchling.builders.wheel import WheelBuilder
from starlette.testclient import TestClient

from api.app import create_app
from api.graphql.schema import schema
from api.settings import Settings

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "src" / "api" / "graphiql"
STATIC = FOLDER / "static"
TYPES = {".js": "text/javascript", ".css": "text/css"}
SCHEMES = re.compile(r"\b(?:https?|wss?):|[\"'(=]\s*//\w", re.IGNORECASE)


class Page(HTMLParser):
    """What a page refers to, and the code it carries itself."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.inline: list[str] = []
        self._tag = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tag = tag
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]
        self.inline += [name for name, _ in attrs if name.startswith("on") or name == "style"]

    def handle_data(self, data: str) -> None:
        if self._tag in ("script", "style") and data.strip():
            self.inline.append(data)


@pytest.fixture
def browser() -> TestClient:
    """The application without its database: the page needs none."""
    return TestClient(create_app(Settings(database_url="postgresql://nowhere.invalid/none")))


def vendored() -> dict[str, dict[str, str]]:
    """VENDORED.txt: file → its other facts."""
    text = (STATIC / "VENDORED.txt").read_text(encoding="utf-8")
    found = {}
    for block in re.split(r"\n\s*\n", text):
        facts = dict(re.findall(r"^(\w+): +(\S+)$", block, re.MULTILINE))
        if "file" in facts:
            found[facts.pop("file")] = facts
    return found


def policy(header: str) -> dict[str, set[str]]:
    parts = (part.split() for part in header.split(";"))
    return {words[0]: set(words[1:]) for words in parts if words}


def test_everything_the_page_refers_to_is_served_here(browser: TestClient) -> None:
    answer = browser.get("/graphql")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    page = Page(answer.text)
    files = [link for link in page.links if link != "data:,"]
    assert len(files) == 6
    for link in files:
        part = browser.get(urljoin("/graphql", link))
        assert part.status_code == 200, link
        assert part.headers["content-type"].split(";")[0] == TYPES[Path(link).suffix], link
        assert part.content, link


def test_the_policy_lets_nothing_in_from_elsewhere(browser: TestClient) -> None:
    answer = browser.get("/graphql")
    rules = policy(answer.headers["content-security-policy"])
    assert rules["default-src"] == {"'self'"}
    assert not {"script-src", "connect-src"} & set(rules)  # so they are as default-src
    assert set().union(*rules.values()) <= {"'self'", "'none'", "data:", "'unsafe-inline'"}
    assert [name for name, words in rules.items() if "'unsafe-inline'" in words] == ["style-src"]
    assert Page(answer.text).inline == []
    bundle = (STATIC / "graphiql.min.js").read_text(encoding="utf-8")
    assert not re.search(r"\beval\(|new Function\(|importScripts\(", bundle)
    assert not re.search(r"url\((?!\"?data:)", (STATIC / "graphiql.min.css").read_text(encoding="utf-8"))
    assert "@import" not in (STATIC / "graphiql.min.css").read_text(encoding="utf-8")


def test_our_own_files_name_no_other_server() -> None:
    ours = [FOLDER / "index.html", *(one for one in STATIC.iterdir() if one.suffix in TYPES)]
    ours = [one for one in ours if one.name not in vendored()]
    assert {one.name for one in ours} == {"index.html", "start.js", "start.css"}
    for one in ours:
        assert SCHEMES.findall(one.read_text(encoding="utf-8")) == [], one.name
    for bad in ('fetch("https://x")', "url(//x.y)", '<script src="//x">', "new WebSocket('wss:' + x)"):
        assert SCHEMES.search(bad)


def test_vendored_files_are_what_the_list_says() -> None:
    listed = vendored()
    assert {one.name for one in STATIC.iterdir()} == {
        *listed,
        "start.js",
        "start.css",
        "VENDORED.txt",
        "LICENSE-bundled.txt",
        *(f"LICENSE-{facts['package']}.txt" for facts in listed.values()),
    }
    for name, facts in listed.items():
        assert hashlib.sha256((STATIC / name).read_bytes()).hexdigest() == facts["sha256"], name
        package, version = facts["package"], facts["version"]
        assert facts["url"] == f"https://registry.npmjs.org/{package}/-/{package}-{version}.tgz"
        assert facts["licence"] == "MIT"


def test_the_wheel_holds_the_page_and_all_its_files() -> None:
    packed = {one.distribution_path for one in WheelBuilder(str(ROOT)).recurse_included_files()}
    for one in (FOLDER / "index.html", *STATIC.iterdir()):
        assert one.relative_to(ROOT / "src").as_posix() in packed, one.name


def test_the_ready_queries_fit_the_schema() -> None:
    script = (STATIC / "start.js").read_text(encoding="utf-8")
    queries = re.findall(r"const [A-Z]+ = `([^`]*)`;", script)
    assert len(queries) == 4
    for query in queries:
        assert validate(schema._schema, parse(query)) == [], query
    assert "National totals" in queries[0]
    assert "全国の集計" in queries[0]
