"""The guides that ship with the product, as pages: whole, or the section that is about one page of the console."""

from __future__ import annotations

import re
from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup, escape

HERE = Path(__file__).parent
FOLDER = next(place for place in (HERE / "docs", HERE.parents[2] / "docs") if place.is_dir())
"""Of a wheel beside this file; of a working tree where they are written."""
Env = MutableMapping[str, Any]
HEADING = re.compile(r"^(#{1,4}) (.+?)\s*$")
COMMENT = re.compile(r"^<!--.*?-->\s*", re.DOTALL | re.MULTILINE)
"""Of who writes a guide, for those who change it."""


@dataclass(frozen=True, slots=True)
class GuideSection:
    """`name`: of its heading. `text`: Markdown with the heading and all below it."""

    name: str
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Guide:
    """`path`: below the folder, `ja/開票夜の手引き.md`. `sections`: in order; one within another stands in both."""

    path: str
    title: str
    text: str
    sections: tuple[GuideSection, ...]

    @property
    def address(self) -> str:
        return f"/guides/{quote(PurePosixPath(self.path).stem)}"

    def section(self, name: str) -> GuideSection:
        """KeyError for one that is not there."""
        for section in self.sections:
            if section.name == name:
                return section
        raise KeyError(f"{self.path}#{name}")


@cache
def guide(path: str) -> Guide:
    """KeyError for a path that is none of a guide's."""
    if path not in paths():
        raise KeyError(path)
    text = COMMENT.sub("", (FOLDER / path).read_text(encoding="utf-8"))
    sections = tuple(_sections(text))
    return Guide(path, sections[0].name, text, sections)


@cache
def paths() -> tuple[str, ...]:
    return tuple(sorted(str(PurePosixPath(file.relative_to(FOLDER))) for file in FOLDER.rglob("*.md")))


@cache
def by_name() -> dict[str, str]:
    """Name of a guide → its path; no two have one name."""
    return {PurePosixPath(path).stem: path for path in paths()}


def shown(told: str) -> Markup:
    """`guide.md#Section` as a page shows it, its heading left out; a whole guide without a section."""
    path, _, name = told.partition("#")
    return rendered(path, guide(path).section(name).text if name else guide(path).text)


@cache
def rendered(path: str, text: str) -> Markup:
    """Markdown of the guide at `path` without its first heading; nothing in it is markup of its own, all is escaped."""
    tokens = MARKDOWN.parse(re.sub(HEADING.pattern, "", text.lstrip(), count=1, flags=re.MULTILINE))
    told = RENDERER.render(tokens, MARKDOWN.options, {"path": path})
    return Markup(told)


@cache
def in_line(path: str, text: str) -> Markup:
    """A cell of a table."""
    return Markup(RENDERER.render(MARKDOWN.parseInline(text), MARKDOWN.options, {"path": path}))


def anchor(name: str) -> str:
    """Of a heading, as links to it are written: small, words joined by hyphens."""
    return re.sub(r"[^\w-]", "", name.lower().replace(" ", "-"))


def _sections(text: str) -> Iterator[GuideSection]:
    lines, fenced = text.splitlines(), False
    heads: list[tuple[int, int, str]] = []
    for number, line in enumerate(lines):
        fenced ^= line.startswith("```")
        if not fenced and (told := HEADING.match(line)):
            heads.append((number, len(told[1]), told[2]))
    for place, (number, level, name) in enumerate(heads):
        ends = next((at for at, other, _ in heads[place + 1 :] if other <= level), len(lines))
        yield GuideSection(name, level, "\n".join(lines[number:ends]))


class _Renderer(RendererHTML):
    """Links lead to guides that ship, or out of the product in a tab of their own; what stands only in the working tree is told
    without one. Headings can be linked to; pictures are told by their words; what is wide scrolls by itself."""

    def image(self, tokens: Sequence[Token], idx: int, options: Any, env: Env) -> str:
        return f"<em>{escape(tokens[idx].content)}</em>"

    def link_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Env) -> str:
        address = _address(str(tokens[idx].attrs["href"]), env["path"])
        if address is None:
            return "<span>"
        if tokens[idx + 1].content.endswith(".md"):
            tokens[idx + 1].content = self._title(address, tokens[idx + 1].content)
        outside = ' target="_blank" rel="noopener"' if urlsplit(address).scheme else ""
        return f'<a href="{escape(address)}"{outside}>'

    def _title(self, address: str, name: str) -> str:
        """A guide is called by its title, not by its file."""
        stem = PurePosixPath(unquote(urlsplit(address).path)).name
        return guide(by_name()[stem]).title if stem in by_name() else name

    def link_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Env) -> str:
        opened = next(token for token in reversed(tokens[:idx]) if token.type == "link_open")
        return "</span>" if _address(str(opened.attrs["href"]), env["path"]) is None else "</a>"

    def heading_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Env) -> str:
        return f'<{tokens[idx].tag} id="{escape(anchor(tokens[idx + 1].content))}">'

    def table_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Env) -> str:
        return '<div class="scroll" tabindex="0"><table class="dense">'

    def table_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Env) -> str:
        return "</table></div>\n"

    def fence(self, tokens: Sequence[Token], idx: int, options: Any, env: Env) -> str:
        return f'<pre class="prov" tabindex="0">{escape(tokens[idx].content)}</pre>\n'


MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
RENDERER = _Renderer()


def _address(href: str, within: str) -> str | None:
    told = urlsplit(href)
    if told.scheme:
        return href
    if not told.path:
        return f"#{anchor(unquote(told.fragment))}"
    parts: list[str] = []
    for part in (PurePosixPath(within).parent / unquote(told.path)).parts:
        if part == ".." and parts:
            parts.pop()
        elif part != ".":
            parts.append(part)
    path = "/".join(parts)
    if path not in paths():
        return None
    behind = f"#{anchor(unquote(told.fragment))}" if told.fragment else ""
    return guide(path).address + behind
