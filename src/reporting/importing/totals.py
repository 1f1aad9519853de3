"""Rows and columns of a workbook that hold published totals: what their words sum, and whether they agree.

Which words there are is data (`data/total_rows.csv`, and an office's own table after it), not code. A total is a control:
a difference is told with its cell, nothing is repaired and nothing refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from importlib import resources
from pathlib import Path

from reporting.files.problems import FileProblem, FileRefused
from reporting.files.tables import read_table
from reporting.importing.messages import message
from reporting.importing.words import plain

SUMS = ("sheet", "neighbours", "ending", "row")
"""All units of the sheet; the unit rows next to the total, above it or below it; units whose municipality's name ends so;
and, for a column, all choices of the row."""


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


def total_words(more: Path | None = None) -> TotalWords:
    """The shipped words and those of a table `word,sums,of,note`, whose words replace the shipped ones. FileRefused for
    a table that says something else."""
    shipped = resources.files("reporting.importing").joinpath("data/total_rows.csv").read_bytes()
    rows: dict[str, TotalWord] = {}
    columns: set[str] = set()
    tables = [("total_rows.csv", shipped)] + ([(more.name, more.read_bytes())] if more else [])
    for name, data in tables:
        for number, fields in read_table(name, data, ("word", "sums"), ("of", "note")):
            word, sums = plain(fields["word"]), tuple(fields["sums"].split("|"))
            endings = tuple(ending for ending in fields.get("of", "").split("|") if ending)
            if not word or not set(sums) <= set(SUMS) or ("ending" in sums) != bool(endings):
                expected = message("sums_words", words=" | ".join(SUMS))
                raise FileRefused(name, [FileProblem(name, number, "sums", fields["sums"], expected)])
            if sums == ("row",):
                columns.add(word)
            else:
                rows[word] = TotalWord(word, sums, endings)
    return TotalWords(rows, frozenset(columns))


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
    """The unit rows of one sheet in their order: `votes[unit][column]`. `breaks`: rows of totals, which part neighbours."""

    votes: dict[str, dict[int, Decimal]] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    breaks: list[int] = field(default_factory=list)

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
        self, totals: Iterable[Published], choices: Sequence[int], row_totals: Sequence[int]
    ) -> Iterator[SumDifference]:
        """Every published total against its parts: the total rows, wherever they stand."""
        for total in totals:
            found = [list(self._against(total, units, choices, row_totals)) for units in total.meant]
            if all(found):
                yield from next(iter(found))

    def _against(
        self, total: Published, units: frozenset[str], choices: Sequence[int], row_totals: Sequence[int]
    ) -> Iterator[SumDifference]:
        sums = {
            column: sum((self.votes[unit].get(column, Decimal(0)) for unit in units), Decimal(0))
            for column in choices
        }
        whole = sum(sums.values(), Decimal(0))
        for column, published in total.values.items():
            summed = whole if column in row_totals else sums[column]
            if published != summed:
                yield SumDifference(total.row, column, published, summed)
