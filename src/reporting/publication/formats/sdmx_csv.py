"""Observations as SDMX-CSV 2.0 (SDMX 3.0): codes without their names, every number in its own digits."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence

from reporting.publication.formats.sdmx_ids import Component, Components, blank_of, dataflow_of, sdmx_id
from reporting.publication.formats.table import ColumnRole, DataSet

MEDIA_TYPE = "application/vnd.sdmx.data+csv; version=2.0.0"
INFORMATION = "I"
"""What a receiver is to do with a row: take note of it."""


def sdmx_csv_bytes(made: DataSet) -> bytes:
    table, components = made.observations, Components.of(made.observations)
    flow = dataflow_of(made)
    writers = [_writer(component, table.columns_by_name) for component in components.every]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(
        ["STRUCTURE", "STRUCTURE_ID", "ACTION", *(component.id for component in components.every)]
    )
    for row in table.rows:
        writer.writerow(["dataflow", flow, INFORMATION, *(write(row) for write in writers)])
    return out.getvalue().encode()


def _writer(component: Component, places: dict[str, int]) -> Callable[[Sequence[str]], str]:
    """How a row's cell is written. Codes are few and rows are many: each code is written once."""
    column, place = component.column, component.place
    if not column.codes:
        return lambda row: row[place]
    blank = blank_of(column) if column.role is ColumnRole.DIMENSION else ""
    written: dict[tuple[str, str], str] = {}
    within = places[column.within] if column.within else place

    def write(row: Sequence[str]) -> str:
        code, outer = row[place], row[within]
        if (said := written.get((outer, code))) is None:
            full = f"{outer}@{code}" if column.within else code
            said = written[outer, code] = sdmx_id(full) if code else blank
        return said

    return write
