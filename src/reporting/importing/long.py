"""A long table: one row is one figure. Read row by row; what is in memory is what the totals of areas are compared with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from reporting.application.cell_words import RowWords
from reporting.domain.figures import Cell, Value, format_value
from reporting.domain.typed import BLANKS, NotANumber, read_value, with_point
from reporting.errors import InvalidInput
from reporting.files.problems import FileProblem, Problems, shown
from reporting.importing.days import agrees_with
from reporting.importing.mapping import (
    CellSource,
    ContestSource,
    FileMapping,
    LongFigure,
    Numbers,
    WordSource,
)
from reporting.importing.messages import message
from reporting.importing.resolving import ElectionWords, Misread
from reporting.importing.rows import RowInFile
from reporting.suggest import LISTED, with_hint

Row = Sequence[str]
Word = Callable[[Row], str]
"""Of a row; Misread."""

TOLD = 200
"""Differences told one by one; of more only how many."""


@dataclass(frozen=True, slots=True)
class GivenPlace:
    """Where whoever imports says that the figures belong; a word is None where the file says it."""

    election: str | None = None
    form: str | None = None
    slot: str | None = None


@dataclass(frozen=True, slots=True)
class _Figure:
    """A kind of row: how its words are read. `kind`: the contest's word is a kind of contest."""

    contest: Word
    kind: bool
    item: Word
    breakdown: Word
    choice: Word
    source: CellSource


Key = tuple[str, ...]
"""What is added up over the units of an area: the words of a figure as they stand in the file."""


@dataclass(slots=True)
class _Totals:
    """Sums of the units by area and figure, and the file's own numbers for areas, which may stand in front of them."""

    sums: dict[tuple[str, Key], Decimal] = field(default_factory=dict)
    units: dict[str, set[str]] = field(default_factory=dict)
    stated: list[tuple[int, str, Key, Decimal]] = field(default_factory=list)


class LongReader:
    """`rows` reads a whole table, header first; what is wrong with it is added to `problems`, what is only told to `notes`."""

    def __init__(
        self,
        file: str,
        mapping: FileMapping,
        given: GivenPlace,
        words_of: Callable[[str], ElectionWords | None],
        problems: Problems,
        notes: list[str],
    ) -> None:
        assert mapping.long is not None
        self._file, self._mapping, self._long = file, mapping, mapping.long
        self._given, self._words_of, self._problems, self._notes = given, words_of, problems, notes
        self._totals = _Totals()
        self._days: dict[tuple[str, str], str | None] = {}
        self._passed_over = self._blank = 0

    def rows(self, header: Row, lines: Iterable[tuple[int, Row]]) -> Iterator[RowInFile]:
        """Each figure of the units, in the order of the file. The header has the columns that the mapping names."""
        columns = {heading: place for place, heading in enumerate(header)}
        read = _Reading(self._mapping, columns, self._given)
        for line, cells in lines:
            try:
                yield from self._row(read, line, cells)
            except _At as wrong:
                self._problem(line, wrong.heading, wrong.misread.stands, wrong.misread.expected)
        self._tell()

    def _row(self, read: _Reading, line: int, cells: Row) -> Iterator[RowInFile]:
        read.require(cells)
        figure = read.figure_of(cells)
        if figure is None:
            self._passed_over += 1
            return
        election, form, slot = (word(cells) for word in read.where)
        form, slot = figure.source.form or form, figure.source.slot or slot
        self._require_day(read, election, cells)
        text = cells[read.value]
        if not text.strip(BLANKS) and self._mapping.numbers.blank == "passed_over":
            self._blank += 1
            return
        totals, unit_text = read.is_total(cells), read.unit(cells)
        item, breakdown = figure.item(cells), figure.breakdown(cells)
        contest, choice = figure.contest(cells), figure.choice(cells)
        words = self._words_of(election) if read.needs_election else None
        if (
            words is None
        ):  # of an election that is not there, which is told with the return; or all of it are codes
            cell = Cell(contest, item, breakdown, choice)
            yield RowInFile(
                line,
                election,
                form,
                slot,
                unit_text,
                (cell,),
                [text],
                read.reason(cells),
                ("",),
                read.said(cells),
            )
            return
        value = self._value(text, read.value_heading)
        key = (form, slot, contest, item, breakdown, choice)
        if totals:
            with _at(read.unit_heading):
                area = words.area(unit_text, self._mapping.unit)
            if isinstance(value, Decimal):
                self._totals.stated.append((line, area, key, value))
            return
        with _at(read.unit_heading):
            unit = words.unit(unit_text, self._mapping.unit)
        with _at(_heading(figure.source.contest) or read.unit_heading):
            code = words.contest_of_kind(unit, contest) if figure.kind else words.contest(contest).code
        if choice:
            with _at(_heading(figure.source.choice) or read.value_heading):
                choice = words.choice(code, choice, figure.source.choice)
        if self._long.totals:
            self._add(words, unit, key, value)
        cell = Cell(code, item, breakdown, choice)
        yield RowInFile(
            line,
            election,
            form,
            slot,
            unit,
            (cell,),
            [format_value(value)],
            read.reason(cells),
            (read.value_heading,),
            read.said(cells),
        )

    def _require_day(self, read: _Reading, election: str, cells: Row) -> None:
        if read.day is None or (words := self._words_of(election)) is None:
            return
        text = cells[read.day]
        if (election, text) not in self._days:
            agrees = self._mapping.agrees
            self._days[election, text] = agrees_with(text, agrees.format, words.election.definition)
        if (expected := self._days[election, text]) is not None:
            raise _At(self._mapping.agrees.column or "", Misread(text, expected))

    def _value(self, text: str, heading: str) -> Value:
        with _at(heading):
            return figure_of(text, self._mapping.numbers)

    def _add(self, words: ElectionWords, unit: str, key: Key, value: Value) -> None:
        for area in words.above(unit):
            self._totals.units.setdefault(area, set()).add(unit)
            if isinstance(value, Decimal):
                self._totals.sums[area, key] = self._totals.sums.get((area, key), Decimal(0)) + value

    def _tell(self) -> None:
        if self._blank:
            self._notes.append(message("blank_rows", count=self._blank))
        if self._passed_over:
            self._notes.append(message("rows_passed_over", count=self._passed_over))
        differing = 0
        for line, area, key, stated in self._totals.stated:
            summed = self._totals.sums.get((area, key), Decimal(0))
            if summed == stated:
                continue
            differing += 1
            if differing <= TOLD:
                words = " ".join(word for word in key[2:] if word)
                differ = f"{format_value(stated)} ≠ {format_value(summed)}"
                told = message("control_differs", units=f"{len(self._totals.units.get(area, ())):,}")
                self._notes.append(f"{self._file}:{line} {area} {words} {differ}: {told}")
        if differing > TOLD:
            self._notes.append(message("and_more", count=differing - TOLD))
        if self._totals.stated:
            told = message("totals_compared", count=len(self._totals.stated), differing=differing)
            self._notes.append(f"{self._file}: {told}")

    def _problem(self, line: int, heading: str, stands: str, expected: str) -> None:
        self._problems.add(FileProblem(self._file, line, heading, shown(stands), expected))


class _Reading:
    """A mapping's words as functions of a row, for one header."""

    def __init__(self, mapping: FileMapping, columns: Mapping[str, int], given: GivenPlace) -> None:
        assert mapping.long is not None
        long, self._columns, self._tables = mapping.long, columns, mapping.tables
        self.value, self.value_heading = columns[long.value], long.value
        self.unit, self.unit_heading = self._word(mapping.unit), mapping.unit.column or ""
        self.day = None if mapping.agrees.column is None else columns[mapping.agrees.column]
        self._says = long.explanation is not None or long.declaration is not None
        self._explanation: Word = (
            (lambda cells: "") if long.explanation is None else self._word(long.explanation)
        )
        self._declaration: Word = (
            (lambda cells: "") if long.declaration is None else self._word(long.declaration)
        )
        self.reason: Word = (lambda cells: "") if long.reason is None else self._word(long.reason)
        said = (given.election, given.form, given.slot)
        sources = (mapping.where.election, mapping.where.form, mapping.where.slot)
        self.where = [
            self._word(source if source is not None else WordSource(value=word or ""))
            for source, word in zip(sources, said, strict=True)
        ]
        self._required = [(heading, columns[heading], texts) for heading, texts in mapping.requires.items()]
        self._units = [(columns[heading], frozenset(texts)) for heading, texts in long.units.items()]
        self._totals = [(columns[heading], frozenset(texts)) for heading, texts in long.totals.items()]
        self._rules = [(self._conditions(figure), self._figure(figure)) for figure in long.figures]
        self._looked_at = sorted({place for conditions, _ in self._rules for place, _ in conditions})
        self._kinds: dict[tuple[str, ...], int] = {}
        self.needs_election = bool(
            long.totals
            or mapping.numbers != Numbers()
            or mapping.unit.by != "code"
            or mapping.unit.digits is not None
            or any(cell.contest.kind or cell.contest.by == "kind" or cell.choice.by != "code" for cell in mapping.cells())
        )  # fmt: skip

    def said(self, cells: Row) -> RowWords | None:
        if not self._says:
            return None
        explanation, reason_class = (
            self._explanation(cells).strip(BLANKS),
            self._declaration(cells).strip(BLANKS),
        )
        return RowWords(explanation, reason_class) if explanation or reason_class else None

    def require(self, cells: Row) -> None:
        for heading, place, texts in self._required:
            if cells[place] not in texts:
                raise _At(heading, Misread(cells[place], _one_of(cells[place], texts)))

    def is_total(self, cells: Row) -> bool:
        """Whether the row is an area's; Misread for one that is neither an area's nor a unit's."""
        if self._totals and all(cells[place] in texts for place, texts in self._totals):
            return True
        for place, texts in self._units:
            if cells[place] not in texts:
                every = sorted({text for _, each in (*self._units, *self._totals) for text in each})
                raise _At(self._heading(place), Misread(cells[place], _one_of(cells[place], every)))
        return False

    def figure_of(self, cells: Row) -> _Figure | None:
        """None: rows of this kind are passed over. Misread for a row that no kind fits."""
        texts = tuple(cells[place] for place in self._looked_at)
        if texts not in self._kinds:
            fitting = (
                number
                for number, (conditions, _) in enumerate(self._rules)
                if all(cells[place] in allowed for place, allowed in conditions)
            )
            number = next(fitting, None)
            if number is None:
                raise _At(
                    self._heading(self._looked_at[-1]) if self._looked_at else "",
                    Misread(
                        " ".join(text for text in texts if text), message("a_kind_of_row", figures="figures")
                    ),
                )
            self._kinds[texts] = number
        return self._rules[self._kinds[texts]][1]

    def _heading(self, place: int) -> str:
        return next(heading for heading, column in self._columns.items() if column == place)

    def _conditions(self, figure: LongFigure) -> list[tuple[int, frozenset[str]]]:
        return [(self._columns[heading], frozenset(texts)) for heading, texts in figure.where.items()]

    def _figure(self, figure: LongFigure) -> _Figure | None:
        cell = figure.cell
        if cell is None:
            return None
        contest, kind = cell.contest, cell.contest.by == "kind" or cell.contest.kind is not None
        words = WordSource(value=contest.kind) if contest.kind is not None else contest
        return _Figure(
            self._word(words), kind, self._word(cell.item), self._word(cell.breakdown), self._word(cell.choice), cell
        )  # fmt: skip

    def _word(self, source: WordSource) -> Word:
        if source.column is None:
            constant = source.value or ""
            return lambda cells: constant
        if source.column not in self._columns:  # optional, and not there
            return lambda cells: ""
        place, heading = self._columns[source.column], source.column
        if source.table is None:
            return lambda cells: cells[place]
        table = self._tables[source.table]

        def looked_up(cells: Row) -> str:
            if (word := table.get(cells[place])) is None:
                raise _At(heading, Misread(cells[place], _one_of(cells[place], table)))
            return word

        return looked_up


def figure_of(text: str, numbers: Numbers) -> Value:
    """A figure as the mapping says that numbers are written; Misread."""
    if (absence := numbers.absent.get(text.strip(BLANKS))) is not None:
        return absence
    try:
        return read_value(with_point(text, numbers.decimal))
    except NotANumber as strange:
        raise Misread(text, str(strange.facts["expected"])) from None
    except InvalidInput as absence_of_no_kind:
        raise Misread(text, str(absence_of_no_kind.facts["expected"])) from None


class _At(Exception):
    """A word that is misread, and its column."""

    def __init__(self, heading: str, misread: Misread) -> None:
        self.heading, self.misread = heading, misread
        super().__init__(heading)


class _at:
    """Names the column of what is misread within."""

    def __init__(self, heading: str) -> None:
        self._heading = heading

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Misread):
            raise _At(self._heading, error) from None


def _heading(source: ContestSource | WordSource) -> str:
    return source.column or ""


def _one_of(word: str, among: Iterable[str]) -> str:
    words = list(among)
    return with_hint(
        message("one_of_words", words=", ".join(words[:LISTED])), word, words if len(words) > LISTED else ()
    )
