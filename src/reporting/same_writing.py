"""What is written otherwise and means the same name: widths, cases, hiragana and katakana, old and variant forms of characters.

For finding only: what is shown, stored or compared as a code is never folded.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from importlib import resources

KEPT = 65_536
"""Names whose folded form is remembered, some hundred bytes each."""
SELECTORS = re.compile(r"[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Variation selectors: they choose a glyph of one and the same character."""
BETWEEN = re.compile(r"[\s\u30fb\uff65\u2010\u2015\u30fc\uff0d-]+")
"""Spaces, middle dots, hyphens and the sign of a long vowel."""
HIRAGANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}
SMALL = {0x30F6: 0x30B1, 0x30F5: 0x30AB, 0x30EE: 0x30EF}
"""Small ke, ka, wa of katakana, which place names write either way."""


def _variants() -> dict[int, str]:
    """Variant → the form of the list for common use (常用漢字表) or else the commoner one."""
    text = resources.files(__package__).joinpath("variants.txt").read_text(encoding="utf-8")
    lines = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    return {ord(variant): usual for usual, *variants in lines for variant in variants}


VARIANTS = _variants()


@lru_cache(KEPT)
def folded(text: str) -> str:
    """Two texts that fold alike are written for the same name; nothing between their parts counts. Folding a folded text
    changes nothing."""
    before, after = text, _once(text)
    while after != before:
        before, after = after, _once(after)
    return after


def _once(text: str) -> str:
    plain = SELECTORS.sub("", unicodedata.normalize("NFKC", text)).casefold()
    return BETWEEN.sub("", plain.translate(HIRAGANA).translate(SMALL).translate(VARIANTS))


def words_of(text: str) -> tuple[str, ...]:
    """The folded parts of what somebody looks for, of which each must be found."""
    parts = (folded(part) for part in unicodedata.normalize("NFKC", text).split())
    return tuple(dict.fromkeys(part for part in parts if part))
