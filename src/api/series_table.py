"""Series as CSV, the same from the command line and over HTTP."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TextIO

from projections.series.rows import COLUMNS, SeriesRow

NAMES = tuple(name for name in COLUMNS if name != "series")


def write_header(to: TextIO) -> None:
    _writer(to).writerow(NAMES)


def write_rows(rows: Iterable[SeriesRow], to: TextIO, *, spreadsheet: bool = False) -> None:
    """Every field of every observation, its citation last; raw, or safe to open in a spreadsheet."""
    writer = _writer(to)
    for row in rows:
        flat = replace(row, obs_status="".join(row.obs_status))  # type: ignore[arg-type]
        fields = [getattr(flat, name) for name in NAMES]
        writer.writerow([inert(field) for field in fields] if spreadsheet else fields)


RUNS = ("=", "+", "-", "@", "\t", "\r")
NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?")


def inert(field: Any) -> Any:
    """A cell that a spreadsheet would run gets an apostrophe in front; numbers stay numbers, negative ones too."""
    if isinstance(field, str) and field.startswith(RUNS) and not NUMBER.fullmatch(field):
        return f"'{field}"
    return field


def _writer(to: TextIO) -> Any:
    return csv.writer(to, lineterminator="\n")
