"""Writes a sheet row by row, so that a workbook of hundreds of sheets is never in memory whole."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet


class RowsInOrder:
    """Cells of one sheet, put in any order and written in that of their rows: in constant memory the library lets a row go as soon
    as a later one begins. Of two cells of a row the first put is written first."""

    def __init__(self, sheet: Worksheet) -> None:
        self.sheet = sheet
        # (row, method of the sheet, column and what else it takes): plain tuples, of which there are thousands.
        self._cells: list[tuple[int, str, tuple[Any, ...]]] = []

    def string(self, row: int, column: int, text: str, form: Format | None = None) -> None:
        self._cells.append((row, "write_string", (column, text, form)))

    def number(self, row: int, column: int, number: float, form: Format | None = None) -> None:
        self._cells.append((row, "write_number", (column, number, form)))

    def blank(self, row: int, column: int, form: Format) -> None:
        self._cells.append((row, "write_blank", (column, None, form)))

    def formula(self, row: int, column: int, formula: str, form: Format | None, value: Any) -> None:
        """`value`: what it is until somebody works it out."""
        self._cells.append((row, "write_formula", (column, formula, form, value)))

    def link(self, row: int, column: int, to: str, text: str) -> None:
        self._cells.append((row, "write_url", (column, to, None, text)))

    def flush(self) -> None:
        for row, method, given in sorted(self._cells, key=itemgetter(0)):
            getattr(self.sheet, method)(row, *given)
        self._cells.clear()
