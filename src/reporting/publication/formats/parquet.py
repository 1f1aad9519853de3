"""A table as Apache Parquet: decimals as DECIMAL(21, 6), never doubles; codes by dictionary; rows in the table's order.

Written by DuckDB (extra `parquet`), on one thread: the same table gives the same bytes from the same DuckDB. It reads the table
from CSV text with the types given, so that digits go in as they are.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from reporting.errors import ReportingError
from reporting.publication.formats.table import DIGITS, PLACES, Kind, TidyTable
from reporting.publication.formats.tidy_csv import csv_bytes

MEDIA_TYPE = "application/vnd.apache.parquet"
ROW_GROUP = 122_880
"""Rows of a group: all of an ordinary release, and enough of a long series to make skipping worth while."""
TYPES: Mapping[Kind, str] = {
    Kind.TEXT: "VARCHAR",
    Kind.CODE: "VARCHAR",
    Kind.DECIMAL: f"DECIMAL({DIGITS},{PLACES})",
    Kind.WHOLE: "BIGINT",
    Kind.YES_NO: "BOOLEAN",
    Kind.DAY: "DATE",
    Kind.INSTANT: "TIMESTAMP WITH TIME ZONE",
}


HOW = "pip install 'open-election-reporting[parquet]'"


class ParquetNeedsExtra(ReportingError):
    """facts: `detail` (HOW). The extra `parquet` is not installed."""

    code = "parquet_needs_extra"
    template_ja = "列指向の形式（拡張子 .parquet）を作る部品がありません。運用担当者に追加部品を入れるよう頼むか、この形式を除いて作ってください。{detail}"
    template_en = "The part that writes .parquet files is missing. Ask the operator to install the extra, or make the data without this format. {detail}"
    operator_ja = "列指向の形式（拡張子 .parquet）を作る部品がありません。追加部品を入れるか、この形式を除いて作ってください：{detail}"
    operator_en = "The part that writes .parquet files is missing. Install the extra, or make the data without this format: {detail}"


def parquet_bytes(table: TidyTable, facts: Mapping[str, str]) -> bytes:
    """`facts`: key-value metadata of the file. ParquetNeedsExtra."""
    try:
        import duckdb
    except ImportError as missing:
        raise ParquetNeedsExtra(detail=HOW) from missing
    with tempfile.TemporaryDirectory(prefix="reporting-parquet-") as folder:
        source, target = Path(folder, "rows.csv"), Path(folder, "rows.parquet")
        source.write_bytes(csv_bytes(table))
        columns = ", ".join(f"{_text(column.name)}: {_text(TYPES[column.kind])}" for column in table.columns)
        shown = ", ".join(
            f"coalesce({_name(column.name)}, '') AS {_name(column.name)}"
            if column.kind is Kind.CODE
            else _name(column.name)
            for column in table.columns
        )
        told = ", ".join(f"{_name(key)}: {_text(value)}" for key, value in sorted(facts.items()))
        with duckdb.connect(config={"threads": 1, "preserve_insertion_order": True}) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute(
                f"COPY (SELECT {shown} FROM read_csv({_text(str(source))}, header = true, delim = ',', quote = '\"',"
                f" escape = '\"', nullstr = '', auto_detect = false, parallel = false, new_line = '\\r\\n',"
                f" max_line_size = 10000000, columns = {{{columns}}}))"
                f" TO {_text(str(target))} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP},"
                f" PARQUET_VERSION v1, KV_METADATA {{{told}}})"
            )
        return target.read_bytes()


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
