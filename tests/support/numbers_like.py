"""Characters that look like numbers and are none of ours."""

from __future__ import annotations

import re
import sys
import unicodedata

DIGITS = "0123456789０１２３４５６７８９"


def _looks(character: str) -> bool:
    return unicodedata.numeric(character, None) is not None or bool(
        re.search("[0-9]", unicodedata.normalize("NFKC", character))
    )


NUMBER_LIKE = [
    character
    for character in map(chr, [*range(0xD800), *range(0xE000, sys.maxunicode + 1)])
    if character not in DIGITS
    and (unicodedata.category(character) in ("Nd", "Nl", "No") or _looks(character))
]
"""Everything in Unicode that is a number, or that a compatibility form would make one of."""
