"""Words of the field at the heads of a page, with what they mean on hover, focus and tap. Each once a page, at its first head. A heading
that says more than the word is read as the sentence it is."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markupsafe import escape

from api.console.words import Language

FILE = Path(__file__).parent / "terms.toml"
HEAD = re.compile(r'(<(h2|h3|dt|legend|caption|label|th(?= scope="col"))\b[^>]*>)(.*?)(</\2>)', re.DOTALL)
TAG = re.compile(r"(<[^>]+>)")
SHUT = ("a", "button", "code", "option", "output", "select", "textarea", "title")
"""Within these a word is something else's, or cannot be pointed at by itself."""
OTHERS = re.compile(r'class="(?:name|figure|unseen|count|term|test)\b')
"""Names, figures and what is for other eyes."""


@dataclass(frozen=True, slots=True)
class FieldTerm:
    """`in_ja`, `in_en`: how it stands in texts; a leading `=` takes it only as the whole text."""

    ja: str
    en: str
    in_ja: tuple[str, ...]
    in_en: tuple[str, ...]
    meaning_ja: str
    meaning_en: str

    @property
    def code(self) -> str:
        return re.sub(r"[^a-z]+", "-", self.en.lower()).strip("-")

    def word(self, language: Language) -> str:
        return self.ja if language == "ja" else self.en

    def meaning(self, language: Language) -> str:
        return self.meaning_ja if language == "ja" else self.meaning_en

    def stands(self, language: Language) -> tuple[str, ...]:
        return self.in_ja if language == "ja" else self.in_en


@cache
def terms() -> tuple[FieldTerm, ...]:
    return tuple(
        FieldTerm(
            told["ja"],
            told["en"],
            tuple(told.get("in_ja", (told["ja"],))),
            tuple(told.get("in_en", (told["en"],))),
            told["meaning_ja"],
            told["meaning_en"],
        )
        for told in tomllib.loads(FILE.read_text(encoding="utf-8"))["term"]
    )


@cache
def _looked_for(language: Language) -> tuple[dict[str, FieldTerm], dict[str, FieldTerm], re.Pattern[str]]:
    """(word within a text → its term, whole text → its term, the former as one pattern, longest first), all in small letters."""
    within, whole = dict[str, FieldTerm](), dict[str, FieldTerm]()
    for term in terms():
        for text in term.stands(language):
            (whole if text.startswith("=") else within)[text.removeprefix("=").lower()] = term
    words = "|".join(re.escape(word) for word in sorted(within, key=len, reverse=True))
    edge = r"\b" if language == "en" else ""
    return within, whole, re.compile(f"{edge}(?:{words}){edge}", re.IGNORECASE)


def marked(page: str, language: Language) -> str:
    """The page with its terms marked; a wall has nobody who points at it."""
    if '<body class="wall">' in page:
        return page
    within, whole, pattern = _looked_for(language)
    told: set[str] = set()

    def with_meaning(term: FieldTerm, word: str) -> str:
        if term.code in told:
            return word
        told.add(term.code)
        at = f"means-{term.code}"
        return (
            f'<dfn class="term" tabindex="0" aria-describedby="{at}">{word}'
            f'<span class="means" id="{at}" aria-hidden="true">{escape(term.meaning(language))}</span></dfn>'
        )

    def of_text(text: str, heading: bool) -> str:
        word = text.strip()
        term = whole.get(word.lower()) or (within.get(word.lower()) if heading else None)
        if term is not None:
            return text.replace(word, with_meaning(term, word), 1)
        return (
            text
            if heading
            else pattern.sub(lambda match: with_meaning(within[match[0].lower()], match[0]), text)
        )

    def of_head(head: re.Match[str]) -> str:
        heading = head[2] in ("h2", "h3")
        return head[1] + "".join(_texts(head[3], lambda text: of_text(text, heading))) + head[4]

    return HEAD.sub(of_head, page)


def _texts(inner: str, of_text: Callable[[str], str]) -> list[str]:
    """Pieces of a head, its own texts passed through `of_text`."""
    pieces, shut = TAG.split(inner), list[str]()
    for place, piece in enumerate(pieces):
        if piece.startswith("</"):
            if shut and piece[2:-1] == shut[-1]:
                shut.pop()
        elif piece.startswith("<"):
            name = re.split(r"[\s>/]", piece[1:], maxsplit=1)[0]
            if name in SHUT or OTHERS.search(piece) or (shut and name == shut[-1]):
                shut.append(name)
        elif piece.strip() and not shut:
            pieces[place] = of_text(piece)
    return pieces
