"""Names and numbers of a workbook's cells, as they are compared."""

from __future__ import annotations

import unicodedata
from decimal import Decimal

from reporting.domain.typed import NotANumber, number_text

_IGNORED = str.maketrans("", "", " \t\n()[]「」（）［］第　")
NOTHING = ("", "-", "－", "―", "–", "—", None)
"""What stands in a cell in which there is no number."""


def plain(name: object) -> str:
    """A name as it is compared: NFKC, without spaces, brackets and 第; the stored name stays as typed."""
    return unicodedata.normalize("NFKC", str(name)).translate(_IGNORED)


def number(cell: object) -> Decimal | None:
    """The number in a cell, exact to 3 decimals where the workbook stores a binary fraction's tail; typed numbers are read
    as everywhere else. None for a cell without one; NotANumber for another text."""
    if isinstance(cell, str):
        text = cell.strip()
        return None if text in NOTHING else Decimal(number_text(text))
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return Decimal(repr(cell)) if isinstance(cell, float) else Decimal(cell)
    return None


def holds_number(cell: object) -> bool:
    try:
        return number(cell) is not None
    except NotANumber:
        return False


def letter(column: int) -> str:
    """A column counted from 0 as spreadsheets name it."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
