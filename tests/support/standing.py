"""Whether a number is told by a text: digits within a fingerprint, an id or a longer number are not that number."""

from __future__ import annotations

import re

BEFORE = r"(?<![0-9A-Za-z])(?<![0-9A-Za-z][-_])(?<![0-9]\.)"
AFTER = r"(?![0-9A-Za-z]|[-_][0-9A-Za-z])"
ESCAPED = r"%[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\[nrt]"
"""Of an address or of JSON: what a number stands beside, however it ends."""


def stands(number: str, text: str) -> bool:
    """As it is typed, or with separators of thousands."""
    plain = re.sub(ESCAPED, " ", text)
    return re.search(f"{BEFORE}(?:{re.escape(number)}|{int(number):,}){AFTER}", plain) is not None
