"""Rows and columns of a workbook that hold published totals: what their words sum, and whether they agree.

Which words there are is data (a mapping's, lists in `data/totals`, and an office's own table after them), not code. A total is a control:
a difference is told with its cell, nothing is repaired and nothing refused.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from importlib import resources
from pathlib import Path

from reporting.files.problems import FileProblem, FileRefused
from reporting.files.tables import read_table
from reporting.importing.mapping import SUMS, Wide, may_sum
from reporting.importing.messages import message
from reporting.importing.words import plain

THOUSAND = 1_000


@dataclass(frozen=True, slots=True)
class TotalWord:
    """`sums`: of SUMS, any of which may be meant. `endings`: of the names that `ending` takes."""

    word: str
    sums: tuple[str, ...]
    endings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TotalWords:
    rows: Mapping[str, TotalWord]
    columns: frozenset[str]

    def readings(self, label: str) -> Iterator[tuple[str, TotalWord]]:
        """(what stands before the word, the word) for each word that ends a row's label, the longest first."""
        for word in sorted(self.rows, key=len, reverse=True):
            if label.endswith(word):
                yield label[: -len(word)], self.rows[word]


def total_words(wide: Wide, more: Path | None = None) -> TotalWords:
    """The words of a mapping, its shipped lists first, and those of a table `word,sums,of,note`. A word may be one of rows and one
    of columns (合計 is both); of a row the later one counts. FileRefused for a table that says something else."""
    rows: dict[str, TotalWord] = {}
    columns: set[str] = set()
    folder = resources.files("reporting.importing").joinpath("data/totals")
    tables = [(f"{name}.csv", folder.joinpath(f"{name}.csv").read_bytes()) for name in wide.totals]
    own = [(plain(word), row.sums, row.of) for row in wide.total_rows for word in row.words]
    listed = [word for name, given in tables for word in _listed(name, given)] + own
    for word, sums, endings in listed + ([] if more is None else _listed(more.name, more.read_bytes())):
        if sums == ("row",):
            columns.add(word)
        else:
            rows[word] = TotalWord(word, sums, endings)
    return TotalWords(rows, frozenset(columns))


def _listed(name: str, given: bytes) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """(word, sums, endings) of each row."""
    words = []
    for number, fields in read_table(name, given, ("word", "sums"), ("of", "note")):
        word, sums = plain(fields["word"]), tuple(fields["sums"].split("|"))
        endings = tuple(ending for ending in fields.get("of", "").split("|") if ending)
        if not word or not may_sum(sums, endings):
            expected = message("sums_words", words=" | ".join(SUMS))
            raise FileRefused(name, [FileProblem(name, number, "sums", fields["sums"], expected)])
        words.append((word, sums, endings))
    return words


@dataclass(slots=True)
class Published:
    """One total row: `meant`: the sets of units it may sum, the likeliest first; `values`: column → published number."""

    row: int
    values: Mapping[int, Decimal]
    meant: Sequence[frozenset[str]]


@dataclass(frozen=True, slots=True)
class SumDifference:
    """A published number (0-based row and column of the sheet) that is not the sum of its parts."""

    row: int
    column: int
    published: Decimal
    summed: Decimal


@dataclass(slots=True)
class UnitVotes:
    """The unit rows of one sheet in their order. `rows`: unit → its row; `breaks`: rows of totals, which part neighbours.
    Eight bytes a cell: a figure has at most 15 digits and 3 decimals, and is kept as a whole number of thousandths."""

    rows: dict[str, int] = field(default_factory=dict)
    breaks: list[int] = field(default_factory=list)
    _order: dict[str, int] = field(default_factory=dict)
    _columns: dict[int, array[int]] = field(default_factory=dict)

    def put(self, unit: str, row: int, numbers: Mapping[int, int]) -> None:
        """One unit's row, column → number in thousandths; a column that is not named has none."""
        self.rows[unit] = row
        order = self._order[unit] = len(self._order)
        for column, number in numbers.items():
            kept = self._columns.get(column)
            if kept is None:
                kept = self._columns[column] = array("q")
            if len(kept) < order:
                kept.extend([0] * (order - len(kept)))
            kept.append(number)

    def summed(self, units: Iterable[str], columns: Iterable[int]) -> Decimal:
        """What the units have in these columns together; none counts as nothing."""
        places = [self._order[unit] for unit in units if unit in self._order]
        whole = 0
        for column in columns:
            kept = self._columns.get(column, ())
            whole += sum(kept[place] for place in places if place < len(kept))
        return Decimal(whole) / THOUSAND

    def neighbours(self, row: int) -> tuple[frozenset[str], frozenset[str]]:
        """The nearest unbroken rows of units above the row, and below it; other totals may stand between."""
        above = max((place for place in self.rows.values() if place < row), default=row)
        below = min((place for place in self.rows.values() if place > row), default=row)
        return self._block(above), self._block(below)

    def _block(self, row: int) -> frozenset[str]:
        before = max((other for other in self.breaks if other <= row), default=-1)
        after = min((other for other in self.breaks if other >= row), default=1 << 30)
        return frozenset(unit for unit, place in self.rows.items() if before < place < after)

    def differences(
        self, totals: Iterable[Published], parts: Mapping[int, Sequence[int]]
    ) -> Iterator[SumDifference]:
        """Every published total against its parts: the total rows, wherever they stand. `parts`: column → the columns that
        it sums, a column of figures itself alone."""
        for total in totals:
            by_meaning = [list(self._against(total, units, parts)) for units in total.meant]
            if all(by_meaning):
                yield from by_meaning[0]

    def _against(
        self, total: Published, units: frozenset[str], parts: Mapping[int, Sequence[int]]
    ) -> Iterator[SumDifference]:
        for column, published in total.values.items():
            if published != (summed := self.summed(units, parts[column])):
                yield SumDifference(total.row, column, published, summed)
