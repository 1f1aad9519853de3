"""What helps at a page: for whom and for what it is, its sections of the guides, its keys. Which they are is `help.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

from api.console import guides
from api.console.render import address_of, link
from api.console.words import Language

FILE = Path(__file__).parent / "help.toml"
PAGES_GUIDE: Mapping[Language, str] = {"ja": "ja/画面の手引き.md", "en": "console.md"}
"""The guide whose table says of each page for whom and for what it is."""
RULES: Mapping[Language, tuple[str, str]] = {
    "ja": ("rules.md", "点検ルール早見表"),
    "en": ("rules.md", "Rules at a glance"),
}


@dataclass(frozen=True, slots=True)
class Helps:
    """Of one page. `sections`: `guide.md#Heading` by language. `keys`: names of groups. `rules`: the sheet of rules belongs there."""

    sections: Mapping[Language, tuple[str, ...]]
    keys: tuple[str, ...]
    rules: bool


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A section as it is shown: its heading, the guide that it is of, its text."""

    heading: str
    guide: guides.Guide
    text: Markup


@cache
def _told() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


@cache
def helps() -> Mapping[str, Helps]:
    """By the page's name."""
    return {
        name: Helps(
            {"ja": tuple(told["ja"]), "en": tuple(told["en"])},
            ("everywhere", *told.get("keys", ())),
            told.get("rules", False),
        )
        for name, told in _told()["page"].items()
    }


def help_of(name: str, path: Mapping[str, str]) -> str | None:
    """Address of a page's help; it takes along of which election the page is, whose rules are in force there. Help has none."""
    if name not in helps():
        return None
    return link(address_of("help", name), election=path.get("election"))


def keys(groups: tuple[str, ...], language: Language) -> list[tuple[str, str]]:
    """(keys, what they do), the page's own first."""
    return [
        (key["keys"], key[language]) for group in (*groups[1:], groups[0]) for key in _told()["keys"][group]
    ]


def excerpts(helped: Helps, language: Language) -> list[Excerpt]:
    made = []
    for told in helped.sections[language]:
        path, _, name = told.partition("#")
        guide = guides.guide(path)
        made.append(Excerpt(name or guide.title, guide, guides.shown(told)))
    return made


@cache
def purpose(address: str, language: Language) -> tuple[str, Markup]:
    """(for whom, for what) of the page's row in the guide to the pages. KeyError where it has none."""
    path = PAGES_GUIDE[language]
    row = re.search(
        rf"^\| `{re.escape(address)}` \| (.+?) \| (.+) \|$", guides.guide(path).text, re.MULTILINE
    )
    if row is None:
        raise KeyError(address)
    return row[1], guides.in_line(path, row[2])


@cache
def sheet_of_rules(language: Language) -> Markup:
    """Number, name and kind of every rule."""
    path, name = RULES[language]
    text = guides.guide(path).section(name).text
    return guides.rendered(path, text.partition("\n## ")[0])


def every_guide(language: Language) -> list[guides.Guide]:
    """Those that some page's help is of, in the reader's language where there are two."""
    named = {told.partition("#")[0] for helped in helps().values() for told in helped.sections[language]}
    return [guides.guide(path) for path in sorted({*named, PAGES_GUIDE[language], "rules.md"})]
