"""Rows and columns of a workbook that hold published totals: what their words sum, and whether they agree.

Which words there are is data (a mapping's, lists in `data/totals`, and an office's own table after them), not code. A total is a control:
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
from reporting.importing.mapping import Wide
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


def total_words(wide: Wide, more: Path | None = None) -> TotalWords:
    """The words of a mapping, its shipped lists first, and those of a table `word,sums,of,note`; later ones replace earlier.
    FileRefused for a table that says something else."""
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
        if not word or not set(sums) <= set(SUMS) or ("ending" in sums) != bool(endings):
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
        self, totals: Iterable[Published], parts: Mapping[int, Sequence[int]]
    ) -> Iterator[SumDifference]:
        """Every published total against its parts: the total rows, wherever they stand. `parts`: column → the columns that
        it sums, a column of figures itself alone."""
        for total in totals:
            found = [list(self._against(total, units, parts)) for units in total.meant]
            if all(found):
                yield from next(iter(found))

    def _against(
        self, total: Published, units: frozenset[str], parts: Mapping[int, Sequence[int]]
    ) -> Iterator[SumDifference]:
        for column, published in total.values.items():
            numbers = (self.votes[unit].get(part, Decimal(0)) for unit in units for part in parts[column])
            if published != (summed := sum(numbers, Decimal(0))):
                yield SumDifference(total.row, column, published, summed)
