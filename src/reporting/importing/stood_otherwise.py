"""A file taken before says what stood then: where it stands otherwise since, its rows do not stand already."""

from __future__ import annotations

from collections.abc import Iterator

from reporting.application.service import Reporting
from reporting.domain.figures import parse_value
from reporting.domain.typed import read_value
from reporting.errors import InvalidInput
from reporting.importing.messages import message
from reporting.importing.rows import RowInFile
from reporting.ledger import return_stream

TOGETHER = 5_000
"""Figures that are compared in one read."""
TOLD = 20


class StoodOtherwise:
    """`count`: figures of the file whose cells were changed since; a cell that holds nothing (typed twice, above the units) is none."""

    def __init__(self, service: Reporting) -> None:
        self.count = 0
        self._service = service
        self._told: list[str] = []
        self._rows: list[RowInFile] = []
        self._figures = 0

    def put(self, row: RowInFile) -> None:
        self._rows.append(row)
        self._figures += len(row.cells)
        if self._figures >= TOGETHER:
            self._compare()

    def notes(self) -> Iterator[str]:
        self._compare()
        yield from self._told
        if self.count > len(self._told):
            yield message("more_stand_otherwise", count=self.count - len(self._told))

    def _compare(self) -> None:
        streams = {return_stream(*row.return_place) for row in self._rows}
        standing = self._service.return_texts(list(streams))
        for row in self._rows:
            held = standing.get(return_stream(*row.return_place), {})
            for cell, typed in zip(row.cells, row.values, strict=True):
                stands = held.get(cell.key)
                if stands is None or _same(typed, stands):
                    continue
                self.count += 1
                if len(self._told) < TOLD:
                    cell_told = f"{row.return_place} {cell.key}"
                    self._told.append(
                        message("stands_otherwise", row=row.row, cell=cell_told, file=typed, stands=stands)
                    )
        self._rows, self._figures = [], 0


def _same(typed: str, stands: str) -> bool:
    try:
        return read_value(typed) == parse_value(stands)
    except InvalidInput:
        return typed == stands
