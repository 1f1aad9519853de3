"""Characters that look like numbers and are none of ours."""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import cache

DIGITS = "0123456789０１２３４５６７８９"


def _looks(character: str) -> bool:
    """Nearly all of a million characters have no compatibility form: these are not made one."""
    return character.isnumeric() or (
        bool(unicodedata.decomposition(character))
        and re.search("[0-9]", unicodedata.normalize("NFKC", character)) is not None
    )


@cache
def number_like() -> tuple[str, ...]:
    """Everything in Unicode that is a number, or that a compatibility form would make one of. Asked for by few: not looked for
    by every process that collects tests."""
    return tuple(
        character
        for character in map(chr, [*range(0xD800), *range(0xE000, sys.maxunicode + 1)])
        if (_looks(character) or unicodedata.category(character) in ("Nd", "Nl", "No"))
        and character not in DIGITS
    )
