"""Series as CSV, the same from the command line and over HTTP."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TextIO

from projections.series.read import COLUMNS, SeriesRow

NAMES = tuple(name for name in COLUMNS if name != "series")


def write_header(to: TextIO) -> None:
    _writer(to).writerow(NAMES)


def write_rows(rows: Iterable[SeriesRow], to: TextIO) -> None:
    """Every field of every observation, its citation last."""
    writer = _writer(to)
    for row in rows:
        flat = replace(row, obs_status="".join(row.obs_status))  # type: ignore[arg-type]
        writer.writerow([getattr(flat, name) for name in NAMES])


def _writer(to: TextIO) -> Any:
    return csv.writer(to, lineterminator="\n")
