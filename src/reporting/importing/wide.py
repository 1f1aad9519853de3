"""A wide table: one row is one unit, its figures stand side by side; in the sheets of a workbook, or as text.

Every row is a unit, a total or a note, and every column is read, compared or ignored; what is none of these and has a number is
refused, for its votes would vanish. Published totals are compared, and a difference is told, never repaired.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from reporting.application.cell_words import RowWords
from reporting.domain.figures import Cell, format_value
from reporting.domain.typed import BLANKS, NotANumber, cell_text, is_blank
from reporting.files.problems import FileProblem, Problems, shown
from reporting.importing.checked import MOST_TEXTS
from reporting.importing.long import figure_of
from reporting.importing.mapping import FileMapping, Numbers, WordSource
from reporting.importing.messages import message
from reporting.importing.resolving import ElectionWords, Misread
from reporting.importing.rows import RowInFile
from reporting.importing.titles import TitleCell, check_title
from reporting.importing.totals import THOUSAND, Published, TotalWords
from reporting.importing.wide_head import HeadReader
from reporting.importing.wide_table import (
    NAMED,
    Cells,
    FiguresBelow,
    FiguresInRow,
    TableInFile,
    Telling,
    WideFigure,
    WideTable,
    listed,
)
from reporting.importing.words import letter, plain, said


class WideReader:
    """`table` by table to figures, a row at a time; `problems` and `notes` as they come. `check` when all were read."""

    def __init__(
        self,
        file: str,
        mapping: FileMapping,
        words: ElectionWords,
        place: tuple[str, str, str],
        aliases: Mapping[str, str],
        total_words: TotalWords,
        problems: Problems,
    ) -> None:
        assert mapping.wide is not None
        self._told = Telling(file, problems)
        self.notes = self._told.notes
        self._file, self._mapping, self._wide, self._words = file, mapping, mapping.wide, words
        self._election, self._place, self._problems = words.election, place, problems
        table = mapping.tables.get(mapping.unit.table or "", {})
        self._aliases = {plain(there): plain(meant) for there, meant in table.items()} | dict(aliases)
        self._total_words = total_words
        self._title: list[TitleCell] = []
        self._tables = 0
        self._read: dict[str, WideFigure] = {}
        self._head = HeadReader(file, mapping, words, place, self._aliases, total_words, problems, self._told)

    def table(self, given: TableInFile) -> Iterator[RowInFile]:
        """Figures of one sheet, or of the whole text."""
        head = self._head.read(given)
        if head is None:
            self.notes.append(f"{given.name or self._file}: {message('no_table')}")
            return
        self._tables += 1
        self._title += head.title
        if head.table is None:
            return
        for row, cells in enumerate(given.rows, head.below):
            yield from self._row(head.table, row, cells)
        self._compare(head.table)

    def check(self, confirmed: Sequence[str]) -> None:
        """Whether there was a table, and day and name in the titles of all of them."""
        if not self._tables:
            head = self._mapping.file.head or self._mapping.unit.column or ""
            self._problems.add(FileProblem(self._file, None, "", "0", message("a_table", head=head)))
            return
        check_title(
            self._file, self._title, self._election.definition, confirmed, self._mapping.agrees.title, self._problems
        )  # fmt: skip

    def _row(self, table: WideTable, row: int, cells: Cells) -> Iterator[RowInFile]:
        cells = [*cells, *[""] * (len(table.headings) - len(cells))]
        text = said(cells[table.unit])
        label = plain(text)
        units, wrong = self._named(table, text) if label else ((), None)
        if len(units) == 1:
            yield from self._unit(table, row, cells, units[0])
            return
        looked_at = [*table.columns, *table.sums, *table.below_no_heading(len(cells))]
        numbers = [place for place in sorted(looked_at) if holds_number(cells[place], self._mapping.numbers)]
        words = next(
            (plain(said(cells[n])) for n in table.labels if self._total(table, plain(said(cells[n])), row)),
            "",
        )
        if units:
            self._unknown(table, row, f"{text}（{len(units)}）")
        elif words:
            table.votes.breaks.append(row)
            table.totals.append((row, words, cells))
        elif numbers and not label:
            place = numbers[0]
            where = letter(table.unit) if table.given.name else self._mapping.unit.column or ""
            expected = message("unit_in_column_a", column=where, row=table.given.lines[row])
            self._told.problem(table.given, row, place, shown(cells[place]), expected, table)
        elif label and (numbers or any(cells[place] not in ("", None) for place in table.columns)):
            self._unknown(table, row, text, wrong)
        elif told := " ".join(said(cell) for cell in cells if cell not in ("", None)):
            at = self._told.at(table.given, table.unit, row, table)
            self.notes.append(f"{at}: {message('note_passed_over', text=shown(told))}")

    def _total(self, table: WideTable, label: str, row: int) -> bool:
        return bool(label) and self._meant(table, label, row) is not None

    def _named(self, table: WideTable, text: str) -> tuple[Sequence[str], str | None]:
        """Codes of the units that a row may be, and what is expected where it is none."""
        if self._mapping.unit.by == "name":
            label = plain(text)
            return table.units.get(label) or table.units.get(self._aliases.get(label, ""), ()), None
        try:
            unit = self._words.unit(self._aliases.get(plain(text), text), self._mapping.unit)
        except Misread as wrong:
            return (), wrong.expected
        return ((unit,), None) if unit in table.asked else ((), None)

    def _unknown(self, table: WideTable, row: int, there: str, expected: str | None = None) -> None:
        labels = [contest.label for contest in table.contests[:3]]
        told = expected or message(
            "one_unit",
            contest_ja="、".join(label.ja for label in labels),
            contest_en=", ".join(label.en or label.ja for label in labels),
        )
        self._told.problem(table.given, row, table.unit, there, told, table)

    def _unit(self, table: WideTable, row: int, cells: Cells, unit: str) -> Iterator[RowInFile]:
        if (first := table.votes.rows.get(unit)) is not None:
            expected = message("unit_once", row=table.given.lines[first])
            self._told.problem(table.given, row, table.unit, said(cells[table.unit]), expected, table)
            return
        try:
            words = self._said(table, cells)
        except Misread as wrong:
            self._told.problem(table.given, row, table.unit, wrong.stands, wrong.expected, table)
            table.votes.put(unit, row, {})
            return
        votes: dict[int, int] = {}
        for figures in self._figures(table, row, cells, unit, votes):
            yield self._together(table, row, unit, figures, words)
        table.votes.put(unit, row, votes)
        for place in table.below_no_heading(len(cells)):
            if holds_number(cells[place], self._mapping.numbers):
                self._told.problem(
                    table.given, row, place, shown(cells[place]), message("choice_above"), table
                )
        for place, published in self._published(table, row, cells, tuple(table.sums)).items():
            whole = Decimal(sum(votes.get(part, 0) for part in table.sums[place])) / THOUSAND
            if published != whole:
                self._differs(table, row, place, published, whole)

    def _figures(
        self, table: WideTable, row: int, cells: Cells, unit: str, votes: dict[int, int]
    ) -> Iterator[FiguresInRow]:
        """A row's figures, as many together as are of one return and stand in front of one that is not understood: what is wrong
        is told in the order of the columns. `votes`: column → thousandths, as they are read."""
        figures = FiguresInRow()
        for place, column in table.columns.items():
            there = cells[place]
            try:
                figure = self._read.get(there) if type(there) is str else None
                if figure is None and (figure := self._figure(table, row, place, there)) is None:
                    continue
                if figure.thousandths is not None:
                    votes[place] = figure.thousandths
                cell = table.fixed.get(place) or self._cell(table, place, column, unit)
            except Misread as wrong:
                if figures.columns:
                    yield figures
                    figures = FiguresInRow()
                self._told.problem(table.given, row, place, wrong.stands, wrong.expected, table)
                continue
            if figures.columns and (column.form != figures.form or column.slot != figures.slot):
                yield figures
                figures = FiguresInRow()
            figures.form, figures.slot = column.form, column.slot
            figures.columns.append(place)
            figures.cells.append(cell)
            figures.texts.append(figure.text)
        if figures.columns:
            yield figures

    def _together(
        self, table: WideTable, row: int, unit: str, figures: FiguresInRow, words: RowWords | None
    ) -> RowInFile:
        last = table.last
        if table.given.name or figures.columns != last.columns or figures.cells != last.cells:
            figures.places = [self._told.at(table.given, place, row, table) for place in figures.columns]
            last = table.last = figures
        election, form, slot = self._place
        return RowInFile(
            table.given.lines[row], election, figures.form or form, figures.slot or slot, unit, last.cells,
            figures.texts, "", last.places, words,
        )  # fmt: skip

    def _cell(self, table: WideTable, place: int, column: FiguresBelow, unit: str) -> Cell:
        """Misread: a figure of a contest on which the unit does not report belongs to nobody."""
        source = column.contest
        if source.title:
            assert table.titled is not None
            contest = table.titled.code
        elif source.kind is not None:
            contest = self._words.contest_of_kind(unit, source.kind)
        else:
            contest = source.value or ""
        if (cell := table.cells.get((place, contest))) is None:
            contest, choice = self._words.contest(contest).code, column.choice
            if column.named:
                assert self._wide.choices is not None
                choice = self._words.choice(contest, column.choice, self._wide.choices)
            cell = table.cells[place, contest] = Cell(contest, column.item, column.breakdown, choice)
        if source.kind is None:
            table.fixed[place] = cell
        return cell

    def _said(self, table: WideTable, cells: Cells) -> RowWords | None:
        """What a row says of its figures; Misread for a word that its code table lacks."""
        explanation, reason_class = (
            "" if source is None else self._word(table, cells, source)
            for source in (self._wide.explanation, self._wide.declaration)
        )
        return RowWords(explanation, reason_class) if explanation or reason_class else None

    def _word(self, table: WideTable, cells: Cells, source: WordSource) -> str:
        if source.column is None:
            return source.value or ""
        named = plain(source.column)
        place = next((n for n, heading in enumerate(table.headings) if plain(heading) == named), None)
        word = "" if place is None else said(cells[place]).strip(BLANKS)
        if source.table is None or not word:
            return word
        try:
            return self._mapping.tables[source.table][word]
        except KeyError:
            raise Misread(
                word, message("one_of_words", words=", ".join(self._mapping.tables[source.table]))
            ) from None

    def _figure(self, table: WideTable, row: int, place: int, there: object) -> WideFigure | None:
        """None for a cell that says nothing; Misread for one that says nothing that is understood."""
        if is_blank(there):
            if self._mapping.numbers.blank == "refused":
                raise Misread("", message("number_or_absence"))
            table.blanks += 1
            if len(table.blank) <= NAMED:
                table.blank.append(self._told.short(table, place, row))
            return None
        try:
            value = figure_of(cell_text(there), self._mapping.numbers)
        except NotANumber as strange:
            raise Misread(shown(there), str(strange.facts["expected"])) from None
        except Misread as wrong:
            raise Misread(shown(there), wrong.expected) from None
        whole = int(value * THOUSAND) if isinstance(value, Decimal) else None
        figure = WideFigure(format_value(value), whole)
        if isinstance(there, str) and len(self._read) < MOST_TEXTS:
            self._read[there] = figure
        return figure

    def _meant(self, table: WideTable, label: str, row: int) -> list[frozenset[str]] | None:
        """The sets of units a total row may sum, the likeliest first; None for a label that is no total's."""
        heads = {plain(cell.text) for cell in self._title}
        heads |= {plain(contest.label.ja) for contest in table.contests}
        everything = frozenset(table.votes.rows)
        for before, word in self._total_words.readings(label):
            inside = table.areas.get(before)
            if before and before not in heads and inside is None and word.sums != ("neighbours",):
                continue
            within = everything & inside if inside is not None else everything
            meant: list[frozenset[str]] = []
            if "sheet" in word.sums or (inside is not None and "neighbours" in word.sums):
                meant.append(within)
            if "ending" in word.sums:
                meant.append(frozenset(unit for unit in within if self._ends(unit, word.endings)))
            if "neighbours" in word.sums and inside is None:
                meant += table.votes.neighbours(row)
            return meant
        return None

    def _ends(self, unit: str, endings: Sequence[str]) -> bool:
        """By the municipality: 高松市第1区 and the wards of a city count as 市; 区 are what no city stands above."""
        roster = self._election.roster
        names = {plain(roster.units[unit].name)}
        for geography, path in roster.places[unit].items():
            names |= {
                plain(roster.nodes[geography, code].name)
                for code in path
                if (geography, code) in roster.nodes
            }
        city = any(name.endswith("市") for name in names)
        return any(
            any(name.endswith(ending) for name in names) and not (ending == "区" and city)
            for ending in endings
        )

    def _compare(self, table: WideTable) -> None:
        at = table.given.name or self._file
        totals = [
            Published(
                row,
                self._published(table, row, cells, tuple(table.parts)),
                self._meant(table, label, row) or [],
            )
            for row, label, cells in table.totals
        ]
        for difference in table.votes.differences(totals, table.parts):
            self._differs(table, difference.row, difference.column, difference.published, difference.summed)
        if not any(total.values for total in totals):
            self.notes.append(f"{at}: {message('no_total_row')}")
        if table.blank:
            told = message("cells_without_votes", count=table.blanks, cells=listed(table.blank))
            self.notes.append(f"{at}: {told}")
        expected = sorted({unit for units in table.units.values() for unit in units})
        if lacking := [unit for unit in expected if unit not in table.votes.rows]:
            names = listed([self._election.roster.units[unit].name for unit in lacking])
            there = len(expected) - len(lacking)
            told = message("units_without_row", there=there, all=len(expected), names=names)
            self.notes.append(f"{at}: {told}")

    def _published(
        self, table: WideTable, row: int, cells: Cells, columns: Sequence[int]
    ) -> dict[int, Decimal]:
        """FiguresBelow → published total; what cannot be read is told."""
        values: dict[int, Decimal] = {}
        for place in columns:
            if is_blank(cells[place]):
                continue
            try:
                total = figure_of(cell_text(cells[place]), self._mapping.numbers)
            except (NotANumber, Misread):
                at = self._told.at(table.given, place, row, table)
                self.notes.append(f"{at}: {message('total_unread', text=shown(cells[place]))}")
                continue
            if isinstance(total, Decimal):
                values[place] = total
        return values

    def _differs(self, table: WideTable, row: int, place: int, published: Decimal, summed: Decimal) -> None:
        told = message("total_differs", published=format_value(published), summed=format_value(summed))
        self.notes.append(f"{self._told.at(table.given, place, row, table)}: {told}")


def holds_number(cell: object, numbers: Numbers) -> bool:
    if is_blank(cell):
        return False
    try:
        return isinstance(figure_of(cell_text(cell), numbers), Decimal)
    except (NotANumber, Misread):
        return False
