"""What readers of files hand on: figures as they stand in a file, a row of it at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from reporting.application.cell_words import RowWords
from reporting.domain.figures import Cell
from reporting.domain.place import Place


class RowInFile(NamedTuple):
    """Figures of one return that stand in one row of a file: `cells`, `values`, `places` are as long as each other. `places`:
    sheet and cell, or heading; empty where the file has neither. Rows of one table share `cells` and `places` as long as they
    have the same: what is asked of cells is then asked once for all of them."""

    row: int
    election: str
    form: str
    slot: str
    unit: str
    cells: Sequence[Cell]
    values: list[str]
    reason: str
    places: Sequence[str]
    said: RowWords | None = None

    @property
    def return_place(self) -> Place:
        return Place(self.election, self.form, self.slot, self.unit)


class FigureInFile(NamedTuple):
    """One cell of one return, as it stands in a file. `place`: sheet and cell, where the file has sheets. A tuple: there is one
    for each of a file's cells."""

    row: int
    election: str
    form: str
    slot: str
    unit: str
    cell: Cell
    value: str
    reason: str = ""
    place: str = ""
    said: RowWords | None = None

    @property
    def return_place(self) -> Place:
        return Place(self.election, self.form, self.slot, self.unit)

    @property
    def alone(self) -> RowInFile:
        """As a row of one figure."""
        return RowInFile(
            self.row, self.election, self.form, self.slot, self.unit, (self.cell,), [self.value], self.reason,
            (self.place,), self.said,
        )  # fmt: skip
