"""What a wide table is once its head was read, and how what is wrong or worth knowing in it is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from reporting.domain.election import Contest
from reporting.domain.figures import Cell
from reporting.files.problems import FileProblem, Problems, shown
from reporting.importing.mapping import ContestSource
from reporting.importing.totals import UnitVotes
from reporting.importing.words import letter, plain

NAMED = 8
"""Units without a row that are named in a note; more are counted."""

Cells = Sequence[object]


@dataclass(frozen=True, slots=True)
class TableInFile:
    """`name`: of its sheet, empty of a text. `rows`: gone through once, for a text is not held whole. `lines`: number in the file,
    from 1, of each row that was read so far."""

    name: str
    rows: Iterator[Cells]
    lines: Sequence[int]


@dataclass(frozen=True, slots=True)
class FiguresBelow:
    """Figures below one heading. `choice`: a code, or (`named`) the name of a candidate or party that the heading is. `form`,
    `slot`: where they are not the file's."""

    contest: ContestSource
    item: str
    breakdown: str
    choice: str
    named: bool
    form: str | None = None
    slot: str | None = None


class WideFigure(NamedTuple):
    """What a cell of a table holds: its canonical text, and its number in thousandths; None for an absence."""

    text: str
    thousandths: int | None


@dataclass(slots=True)
class FiguresInRow:
    """Figures of one return side by side in a row. `form`, `slot`: where they are not the file's; `places`: of their columns, as
    they are told."""

    form: str | None = None
    slot: str | None = None
    columns: list[int] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)


@dataclass(slots=True)
class WideTable:
    """One table: `headings`: as joined from their rows; `sums`: column → the columns it sums; `units`: name → codes it may
    mean; `areas`: name of an area above → the units below it; `blank`: cells of units' rows, in columns of figures, with
    nothing in them, not even a dash: the first of them, and `blanks`, how many. `unheaded`: columns below no heading; `cells`:
    (column, contest) → the cell that its figures are of, once looked up; `fixed`: column → the same, where it is of one contest
    in every row; `last`: figures of which the next row shares cells and places where they are its own."""

    given: TableInFile
    unit: int
    headings: Sequence[str]
    labels: Sequence[int]
    contests: Sequence[Contest]
    titled: Contest | None
    columns: Mapping[int, FiguresBelow]
    sums: Mapping[int, Sequence[int]]
    units: Mapping[str, Sequence[str]]
    areas: Mapping[str, frozenset[str]]
    votes: UnitVotes = field(default_factory=UnitVotes)
    blank: list[str] = field(default_factory=list)
    blanks: int = 0
    totals: list[tuple[int, str, Cells]] = field(default_factory=list)
    asked: frozenset[str] = field(init=False)
    unheaded: Sequence[int] = field(init=False)
    cells: dict[tuple[int, str], Cell] = field(default_factory=dict)
    fixed: dict[int, Cell] = field(default_factory=dict)
    last: FiguresInRow = field(default_factory=FiguresInRow)

    def __post_init__(self) -> None:
        self.asked = frozenset(unit for units in self.units.values() for unit in units)
        self.unheaded = [
            place for place, heading in enumerate(self.headings) if place != self.unit and not plain(heading)
        ]

    def below_no_heading(self, width: int) -> Sequence[int]:
        """Columns of a row so wide that nothing is said of; the row may go on beyond the headings."""
        return (
            [*self.unheaded, *range(len(self.headings), width)]
            if width > len(self.headings)
            else self.unheaded
        )

    @property
    def parts(self) -> dict[int, Sequence[int]]:
        return {**{column: (column,) for column in self.columns}, **self.sums}


class Telling:
    """`problems` and `notes` of one file, each at its place."""

    def __init__(self, file: str, problems: Problems) -> None:
        self.notes: list[str] = []
        self._file, self._problems = file, problems

    def at(self, given: TableInFile, place: int, row: int, table: WideTable | None = None) -> str:
        """Sheet and cell of a workbook; of a text the column's heading, for its row is told beside it."""
        if given.name:
            return f"{given.name}!{letter(place)}{given.lines[row]}"
        heading = "" if table is None or place >= len(table.headings) else table.headings[place]
        return heading or letter(place)

    def short(self, table: WideTable, place: int, row: int) -> str:
        line = table.given.lines[row]
        return f"{letter(place)}{line}" if table.given.name else f"{line} {table.headings[place]}"

    def problem(
        self, given: TableInFile, row: int, place: int, there: object, expected: str, table: WideTable | None = None
    ) -> None:  # fmt: skip
        at = self.at(given, place, row, table)
        self._problems.add(FileProblem(self._file, given.lines[row], at, shown(there), expected))


def listed(names: Sequence[str]) -> str:
    return "、".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")
