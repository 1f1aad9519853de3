"""Rows of a series as bytes: CSV, NDJSON and Parquet."""

from __future__ import annotations

import csv
import tempfile
from io import StringIO
from pathlib import Path
from typing import Any

from api.series.source import SeriesSource
from api.series_table import NAMES, inert
from reporting.publication.formats.parquet import HOW, ParquetNeedsExtra

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "ndjson": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
}
ITSELF = {name: name for name in NAMES}
WHOLE = ("coverage_reported", "coverage_expected", "coverage_withheld", "definition", "position")
EXACT = (
    "value", "previous_value", "difference", "pre_break_value", "compared_value", "compared_previous_value",
    "compared_difference", "ratio_to_first", "numerator", "denominator",
)  # fmt: skip
DECIMAL = "DECIMAL(38, 12)"
"""Wide enough for every count and share; a digit that does not fit is an error and never rounded."""


def csv_chunk(source: SeriesSource, spreadsheet: bool) -> bytes | None:
    """None after the last."""
    rows = source.next("answer_flat", ITSELF)
    if rows is None:
        return None
    text = StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerows([inert(field) for field in row] for row in rows) if spreadsheet else lines.writerows(rows)
    return text.getvalue().encode()


def csv_head(bom: bool) -> bytes:
    return (("\ufeff" if bom else "") + ",".join(NAMES) + "\n").encode()


def ndjson_chunk(source: SeriesSource) -> bytes | None:
    """None after the last."""
    rows = source.next("answer_lines", ITSELF)
    return None if rows is None else "".join(f"{line}\n" for (line,) in rows).encode()


def require_parquet() -> Any:
    """ParquetNeedsExtra."""
    try:
        import duckdb
    except ImportError as missing:
        raise ParquetNeedsExtra(detail=HOW) from missing
    return duckdb


def parquet_file(source: SeriesSource, folder: Path) -> Path:
    """All of it as one file in a folder; on the way it stands there as text, so that memory holds one chunk."""
    duckdb = require_parquet()
    text, target = folder / "rows.csv", folder / "rows.parquet"
    with text.open("wb") as rows:
        rows.write(csv_head(bom=False))
        for chunk in iter(lambda: csv_chunk(source, spreadsheet=False), None):
            rows.write(chunk)
    types = ", ".join(f"'{name}': '{_type_of(name)}'" for name in NAMES)
    shown = ", ".join(_exact(name) if name in EXACT else f'"{name}"' for name in NAMES)
    with duckdb.connect(
        config={"threads": 1, "preserve_insertion_order": True, "memory_limit": "256MB"}
    ) as engine:
        engine.execute(f"SET temp_directory = '{folder}'")
        engine.execute(
            f"COPY (SELECT {shown} FROM read_csv('{text}', header = true, delim = ',', quote = '\"', escape = '\"', nullstr = '',"
            f" auto_detect = false, parallel = false, new_line = '\\n', columns = {{{types}}}))"
            f" TO '{target}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 61440, PARQUET_VERSION v1)"
        )
    text.unlink()
    return target


def _type_of(name: str) -> str:
    return "DATE" if name == "date" else "BIGINT" if name in WHOLE else "VARCHAR"


def _exact(name: str) -> str:
    """As DECIMAL; where that is not the same number, an error."""
    return f'CASE WHEN length(split_part("{name}", \'.\', 2)) > 12 THEN error(\'{name}\') ELSE "{name}"::{DECIMAL} END AS "{name}"'


def temporary() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="reporting-series-")
