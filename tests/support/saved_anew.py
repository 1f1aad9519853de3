"""A table as spreadsheets save it: the same rows, in bytes that no program of ours would have written."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Literal

Saved = Callable[[str], bytes]


def _written(text: str, delimiter: str, *, end: str = "\r\n", empty: int = 0, below: int = 0) -> str:
    rows = [[*row, *[""] * empty] for row in csv.reader(io.StringIO(text))]
    rows += [[""] * len(rows[0])] * below
    # Between line ends of another kind, one within a field would stand bare.
    quoting: Literal[0, 1] = csv.QUOTE_ALL if end == "\r" else csv.QUOTE_MINIMAL
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)
    return out.getvalue()


def _cut_short(text: str) -> bytes:
    """Empty columns behind the first rows alone: Excel looks at blocks of rows."""
    first, *rest = _written(text, ",", empty=2).splitlines(keepends=True)
    return (first + "".join(line.replace(",,\r\n", "\r\n") for line in rest)).encode()


SAVED: dict[str, Saved] = {
    "empty columns behind": lambda text: _written(text, ",", empty=3).encode(),
    "empty columns behind some rows": _cut_short,
    "empty rows below": lambda text: _written(text, ",", below=2).encode(),
    "empty rows and columns": lambda text: _written(text, ",", empty=2, below=2).encode(),
    "an empty line below": lambda text: text.encode() + b"\r\n",
    "byte order mark": lambda text: b"\xef\xbb\xbf" + _written(text, ",").encode(),
    "ends of old Macs": lambda text: _written(text, ",", end="\r").encode(),
    "tabs": lambda text: _written(text, "\t", empty=1).encode(),
}
UNICODE_TEXT: Saved = lambda text: _written(text, "\t", empty=1, below=1).encode("utf-16")  # noqa: E731
"""What Excel calls so."""
