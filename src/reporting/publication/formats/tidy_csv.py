"""A table as CSV (RFC 4180, UTF-8, CRLF); with a byte order mark for Excel, which takes anything else for Shift_JIS."""

from __future__ import annotations

import codecs
import csv
import io

from reporting.publication.formats.table import TidyTable

MEDIA_TYPE = "text/csv; charset=utf-8; header=present"


def csv_bytes(table: TidyTable, *, bom: bool = False) -> bytes:
    """A header of column names, then the rows."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([column.name for column in table.columns])
    writer.writerows(table.rows)
    return (codecs.BOM_UTF8 if bom else b"") + out.getvalue().encode()
