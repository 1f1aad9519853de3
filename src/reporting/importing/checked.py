"""Rows that are in order by themselves: how their texts were judged, and how they are kept until their return is compared."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from reporting.domain.figures import Cell, format_value
from reporting.domain.items import ItemKind
from reporting.domain.place import Place
from reporting.domain.returns import CellProblem, FormShape, TypedCell
from reporting.importing.rows import RowInFile

RUN = 500
"""Figures of a run, beyond which no row is added to it."""

MOST_TEXTS = 20_000
"""Texts of a sort of number that are remembered: those of a nation's file are mostly the same small numbers."""

Texts = dict[str, str]
"""As it stands in the file → canonical."""
ByNumber = dict[tuple[ItemKind, bool], Texts]
"""By what a cell takes for a number: kind of item, and whether it may be negative."""


class TextsTaken:
    """What a form takes of units that vote on the same contests. A cell that took a text takes every other cell's of the same sort
    of number: besides the text, `FormShape.problem` asks for nothing else of a cell that it has taken before."""

    def __init__(self, shape: FormShape, contests: frozenset[str], by_number: ByNumber) -> None:
        self.shape, self._contests, self._by_number = shape, contests, by_number
        self._by_cell: dict[str, Texts] = {}
        self._cells: Sequence[Cell] = ()
        self._texts: list[Texts] = []
        self.keys: list[str] = []
        """Of the cells last asked about."""

    def texts(self, cells: Sequence[Cell], values: Sequence[str]) -> list[str | None]:
        """The canonical text of each value; None for one that is still to be judged."""
        if cells is not self._cells:
            self._cells, self.keys = cells, [cell.key for cell in cells]
            self._texts = [self._by_cell.get(key, {}) for key in self.keys]
        return [texts.get(value) for texts, value in zip(self._texts, values, strict=True)]

    def judge(self, n: int, value: str) -> str | CellProblem:
        """Of the cells last asked about the nth: the value's canonical text, or what is wrong with it."""
        cell = self._cells[n]
        judged = self.shape.problem(TypedCell(cell, value), self._contests)
        if isinstance(judged, CellProblem):
            return judged
        text = format_value(judged)
        item = self.shape.items()[cell.item]
        texts = self._by_number.setdefault((item.kind, item.signed), {})
        self._by_cell[self.keys[n]] = self._texts[n] = texts
        if len(texts) < MOST_TEXTS:
            texts[value] = text
        return text


@dataclass(slots=True)
class ReturnInFile:
    """A return that the file speaks of: what its cells take, and its number and its unit's among those of the file."""

    place: Place
    taken: TextsTaken
    unit: int
    number: int


class CheckedCell(NamedTuple):
    """A figure that is in order by itself. `text`: the value; `typed`: as it stands in the file."""

    row: int
    text: str
    typed: str
    reason: str
    place: str


class CheckedRow(NamedTuple):
    """Figures of a row that are in order by themselves. `typed`: as they stand in the file, None where that is what they are."""

    row: int
    keys: Sequence[str]
    texts: Sequence[str]
    typed: Sequence[str] | None
    reason: str
    places: Sequence[str]

    @classmethod
    def of(cls, row: RowInFile, keys: Sequence[str], texts: Sequence[str | None]) -> CheckedRow:
        """None among the texts: what was wrong there is told."""
        taken = [text for text in texts if text is not None]
        if len(taken) == len(texts):
            typed = None if taken == row.values else row.values
            return cls(row.row, keys, taken, typed, row.reason, row.places)
        left = [n for n, text in enumerate(texts) if text is not None]
        return cls(
            row.row, [keys[n] for n in left], taken, [row.values[n] for n in left], row.reason,
            [row.places[n] for n in left],
        )  # fmt: skip

    def cells(self) -> Iterator[tuple[str, CheckedCell]]:
        for key, text, typed, place in zip(
            self.keys, self.texts, self.typed or self.texts, self.places, strict=True
        ):
            yield key, CheckedCell(self.row, text, typed, self.reason, place)


@dataclass(slots=True)
class CheckedReturn:
    """What the file says about one return: cell key → text, and the rows it stands in."""

    stream: UUID
    place: Place
    texts: dict[str, str] = field(default_factory=dict)
    rows: list[CheckedRow] = field(default_factory=list)

    def add(self, row: CheckedRow) -> list[tuple[str, CheckedCell, CheckedCell]]:
        """Cells of the row that stand in it or before it already, each as it is there and as it stood first, which counts."""
        new = dict(zip(row.keys, row.texts, strict=True))
        again = []
        if len(new) < len(row.keys) or not self.texts.keys().isdisjoint(new):
            first = self.cells()
            for key, cell in row.cells():
                if (before := first.setdefault(key, cell)) is not cell:
                    again.append((key, cell, before))
            new = {key: cell.text for key, cell in first.items()}
        self.texts |= new
        self.rows.append(row)
        return again

    def cells(self) -> dict[str, CheckedCell]:
        """Each where it stands first."""
        first: dict[str, CheckedCell] = {}
        for row in self.rows:
            for key, cell in row.cells():
                first.setdefault(key, cell)
        return first


class RunOfRows(NamedTuple):
    """Rows of one return that stand behind one another in the file, as they are kept on disk. `unit`, `number`: of the return,
    see there; `rows`: fields of `CheckedRow`, pickled."""

    unit: int
    number: int
    first: int
    rows: bytes

    @classmethod
    def of(cls, return_: ReturnInFile, rows: Sequence[CheckedRow]) -> RunOfRows:
        kept = pickle.dumps([tuple(row) for row in rows], pickle.HIGHEST_PROTOCOL)
        return cls(return_.unit, return_.number, rows[0].row, kept)

    def unpacked(self) -> Iterator[CheckedRow]:
        return map(CheckedRow._make, pickle.loads(self.rows))


def in_runs(checked: Iterable[tuple[ReturnInFile, CheckedRow]]) -> Iterator[RunOfRows]:
    """A table's row, or a return's rows that follow one another, is one piece of work for the disk."""
    held: ReturnInFile | None = None
    rows: list[CheckedRow] = []
    figures = 0
    for return_, row in checked:
        if return_ is not held or figures >= RUN:
            if held is not None:
                yield RunOfRows.of(held, rows)
            held, rows, figures = return_, [], 0
        rows.append(row)
        figures += len(row.keys)
    if held is not None:
        yield RunOfRows.of(held, rows)
