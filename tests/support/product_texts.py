"""Every text of the product, and every pair of texts that say the same in Japanese and in English."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from parsed import every_node, nodes

ROOT = Path(__file__).parents[2]
JAPANESE = re.compile("[\u3005-\u30ff\u3400-\u9fff]")
PO = ROOT / "src/api/console/locale/en/LC_MESSAGES/console.po"
PROSE = (
    "*.md", "ADR/*.md", "docs/**/*.md", "examples/**/*.md", "deploy/**/*.md", "benchmarks/**/*.md",
    "src/**/*.md", "src/**/*.html", "src/**/*.js", "src/**/*.sql", "src/**/*.csv", "docs/**/*.csv",
    "src/**/*.toml", "src/**/*.json", "examples/**/*.toml", "examples/**/*.csv", "deploy/**/*.sql", "docs/schema/**/*.json",
)  # fmt: skip
ELSEWHERE = ("docs/glossary.md", ".min.js")
"""The list of the words itself, and libraries' own files."""


@dataclass(frozen=True, slots=True)
class Text:
    """`place`: file and line."""

    place: str
    words: str


@dataclass(frozen=True, slots=True)
class Pair:
    place: str
    ja: str
    en: str


@cache
def texts() -> tuple[Text, ...]:
    return tuple(_texts())


def _texts() -> Iterator[Text]:
    """Strings of the code and of the tests (what they expect is what people read), lines of everything else."""
    for file in (*sorted((ROOT / "src").rglob("*.py")), *sorted((ROOT / "tests").rglob("*.py"))):
        if file.name not in ("test_glossary.py", "product_texts.py"):
            place = str(file.relative_to(ROOT))
            ours = every_node(file) if place.startswith("src/") else nodes(ast.parse(file.read_text("utf-8")))
            yield from (Text(f"{place}:{line}", words) for line, words in _strings(ours))
    yield from lines(
        *(file for pattern in PROSE for file in sorted(ROOT.glob(pattern))), ROOT / "schema.graphql", PO
    )


def lines(*files: Path) -> Iterator[Text]:
    for file in files:
        place = str(file.relative_to(ROOT))
        if place.endswith(ELSEWHERE):
            continue
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            yield Text(f"{place}:{number}", line)


@cache
def pairs() -> tuple[Pair, ...]:
    return tuple(_pairs_of_all())


def _pairs_of_all() -> Iterator[Pair]:
    """Catalogues (TOML, the console's), and in the code: `日本語 / English`, templates and arguments `…_ja`, `…_en`, pairs."""
    for file in sorted((ROOT / "src").rglob("*.py")):
        place = str(file.relative_to(ROOT))
        ours = every_node(file)
        pieces = {id(part) for node in ours if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in ours:
            if isinstance(node, SAYS) and id(node) not in pieces:
                yield from (Pair(f"{place}:{line}", ja, en) for line, ja, en in _pairs(node))
    for file in sorted((ROOT / "src").rglob("*.toml")):
        yield from _labels(tomllib.loads(file.read_text("utf-8")), str(file.relative_to(ROOT)))
    yield from console(PO.read_text("utf-8"))


def console(catalogue: str) -> Iterator[Pair]:
    for entry in re.finditer(r'msgid ((?:"[^\n]*"\n)+)msgstr ((?:"[^\n]*"\n?)+)', catalogue):
        ja, en = ("".join(map(ast.literal_eval, part.strip().split("\n"))) for part in entry.groups())
        if ja:
            yield Pair("console.po", ja, en)


def code_free(words: str) -> str:
    """Without what stands in backticks."""
    return re.sub(r"`[^`]*`", " ", words)


def _written(node: ast.AST | None) -> str:
    """A literal as it reads, `{}` where something is put in; "" for anything else."""
    match node:
        case ast.Constant(value=str(words)):
            return words
        case ast.JoinedStr(values=parts):
            return "".join(map(_written, parts))
        case ast.FormattedValue():
            return "{}"
    return ""


def _strings(every: Iterable[ast.AST]) -> Iterator[tuple[int, str]]:
    for node in every:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


SAYS = (ast.ClassDef, ast.Call, ast.Tuple, ast.Constant, ast.JoinedStr)


def _pairs(node: ast.AST) -> Iterator[tuple[int, str, str]]:
    match node:
        case ast.ClassDef():
            said = {
                target.id: _written(line.value)
                for line in node.body
                if isinstance(line, ast.Assign)
                for target in line.targets
                if isinstance(target, ast.Name)
            }
            yield from _of_names(node.lineno, said)
        case ast.Call():
            yield from _of_names(node.lineno, {one.arg or "": _written(one.value) for one in node.keywords})
        case ast.Tuple(elts=[left, right]):
            ja, en = _written(left), _written(right)
            if JAPANESE.search(ja) and en and not JAPANESE.search(en):
                yield node.lineno, ja, en
        case ast.Constant() | ast.JoinedStr():
            ja, slash, en = _written(node).partition(" / ")
            if slash and JAPANESE.search(ja) and not JAPANESE.search(en):
                yield node.lineno, ja, en


def _of_names(line: int, said: dict[str, str]) -> Iterator[tuple[int, str, str]]:
    for name, ja in said.items():
        en = said.get(f"{name[:-2]}en", "") if name == "ja" or name.endswith("_ja") else ""
        if ja and en:
            yield line, ja, en


def _labels(node: object, place: str) -> Iterator[Pair]:
    if isinstance(node, dict):
        if isinstance(node.get("ja"), str) and isinstance(node.get("en"), str):
            yield Pair(place, node["ja"], node["en"])
        for name, below in node.items():
            yield from _labels(below, f"{place} {name}")
    elif isinstance(node, list):
        for number, below in enumerate(node, 1):
            yield from _labels(below, f"{place} {number}")


OURS = re.compile(
    r"!\w+|https?://\S*|/\w+|--[a-z-]+|[A-Z][A-Za-z]*: \S+(?: …)?|\w+/\w+|reporting [a-z]+(?: [a-z]+)*|pip install"
    r"|[\w.-]*[_.=+:0-9-][\w.=+:-]*|\b[A-Z0-9-]{2,}\b",
    re.ASCII,
)
"""Names of our own and of standards: addresses, options, headers, commands, identifiers, capitals."""
PROPER = {
    "Excel", "GraphQL", "JSON", "OpenDocument", "PgBouncer", "PostgreSQL", "Projection", "Unicode", "WebSocket", "alarms", "chmod", "follow", "ground",
    "graphql", "matplotlib", "options", "plot", "projections", "rehearse", "serve", "start", "subscription", "transport", "ws",
}  # fmt: skip
"""Names of others, and of our commands and options."""
ASKED = frozenset(re.findall(r"(?m)^ *(\w+)[(:]", (ROOT / "schema.graphql").read_text("utf-8")))
"""Fields and arguments of the schema: told by their names, as they are typed."""
TYPED = {
    "query",
    "variables",
    "yes",
    "no",
    "true",
    "false",
    "person",
    "command",
    "by",
    "withdrawn",
    "item",
    "contest",
    "ending",
    "of",
    "without",
    "uncontested",
    "sample",
    "estimate",
    "altered",
    "progress",
    "null",
    "checks",
    "part",
}
"""Names and values of the command line, of files and of requests, as they are typed."""


def foreign(text: str, prose: bool = True) -> str:
    """What of a text in Japanese or in no language is English; "" for none. A name may stand in a Japanese sentence, and
    by itself where something is to be typed (not `prose`)."""
    left = OURS.sub(" ", re.sub(r"\{[^}]*\}", " ", text))
    names = PROPER | ASKED | TYPED if JAPANESE.search(text) or not prose else PROPER
    return " ".join(word for word in re.findall(r"[A-Za-z]{2,}", left) if word not in names)


def written(node: ast.AST) -> str | None:
    """A literal, `{}` where something is put in; None for what is made elsewhere."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(str(one.value) if isinstance(one, ast.Constant) else "{}" for one in parts)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return f"{written(left) or '{}'}{written(right) or '{}'}"
    return None
