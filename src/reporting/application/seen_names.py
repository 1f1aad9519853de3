"""Names as a person can tell them apart: pasted from a sheet they carry line breaks and marks that nobody sees."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from reporting.application.messages import message
from reporting.application.whole import refuse, texts
from reporting.domain.election import ElectionDefinition

NAMES = frozenset(("name", "name_en", "kana", "party", "ja", "en"))
PROSE = frozenset(("purpose", "basis", "reason", "source", "errata", "bridge"))
"""Fields below which several lines may be written."""
HIDDEN = frozenset("\u00ad\u200b\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks without a width, and those that turn what follows: what is read is not what stands there. Joiners and variation
selectors are part of how a name is written."""


def require_seen_names(definition: ElectionDefinition, before: ElectionDefinition | None) -> None:
    """InvalidInput for a name with a line break or a mark that nobody sees. Blanks are kept as typed, and namesakes are told apart by
    their codes at last. `before`: what stands already is not asked again."""
    held = frozenset() if before is None else frozenset(_names(before))
    for field, text in _names(definition):
        if (field, text) not in held and not is_plain(text):
            refuse([ascii(text) if text.isascii() else _shown(text)], field, message("a_name_in_one_line"))


def is_plain(text: str) -> bool:
    return not any(
        character in HIDDEN or unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in text
    )


def _names(definition: ElectionDefinition) -> Iterator[tuple[str, str]]:
    for field, text in texts(definition):
        words = field.split(".")
        if words[-1] in NAMES and PROSE.isdisjoint(words):
            yield field, text


def _shown(text: str) -> str:
    """With every blank and mark that nobody sees by its code point, so that it can be found."""
    return "".join(
        character if character.isprintable() and character != "\u3000" else f"<U+{ord(character):04X}>"
        for character in text
    )
