"""Names of a file, as they are compared, and its columns, as spreadsheets call them."""

from __future__ import annotations

import unicodedata

_IGNORED = str.maketrans("", "", " \t\n()[]「」（）［］第　")


def plain(name: object) -> str:
    """A name as it is compared: NFKC, without spaces, brackets and 第; the stored name stays as typed."""
    return unicodedata.normalize("NFKC", str(name)).translate(_IGNORED)


def letter(column: int) -> str:
    """A column counted from 0 as spreadsheets name it."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def said(cell: object) -> str:
    """A cell of words as it shows: codes that a spreadsheet holds as numbers, without a decimal point."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
