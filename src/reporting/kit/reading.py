"""A workbook that came back: what each cell says, and everything in it that cannot be understood."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from xml.parsers.expat import ExpatError

from pydantic import ValidationError

from reporting.domain.actor import Channel
from reporting.domain.figures import format_value
from reporting.domain.typed import NotANumber, read_cell
from reporting.errors import InvalidInput
from reporting.files.problems import FileProblem, FileRefused, Problems, shown
from reporting.files.sheets import EXCEL, Sheet, Workbook, column_letters
from reporting.files.strict_json import strict_json
from reporting.kit.book import CLASS, HIDDEN, SAID
from reporting.kit.bounds import LIMITS
from reporting.kit.ground import STATE, TYPED, VALUE
from reporting.kit.marks import Marks, foreign_names, linked, marks_of
from reporting.kit.messages import message
from reporting.kit.plan import (
    CLASSES,
    FORMAT,
    HEADINGS_ROW,
    INDEX,
    NONE,
    UNKNOWN,
    WITHHELD,
    MadeBook,
    MadeCell,
    MadeCheck,
    MadeSheet,
    digest_of,
)
from reporting.wording import IN_WORDS, is_in_words
from reporting.words import Words

ENTRY, WAS, FROM, HEADING, LABELS = 4, 5, 6, 1, (0, 2, 3)
"""Columns (from 0) of what is typed, of what stood and where it came from, of the row's heading and of its other labels."""
MOST_WORDS = 1_000
"""Characters of an explanation or a declaration."""


@dataclass(frozen=True, slots=True)
class SaidInSheet:
    """Words beside a check. `sentence`: what the sheet found there when it was last worked out, in Japanese; `reason_class`: of a
    declaration, None for an explanation."""

    row: int
    rule: str
    contest: str
    sentence: str
    words: str
    reason_class: str | None = None


@dataclass(frozen=True, slots=True)
class ReadSheet:
    """One return of the workbook. `typed`: cell key → canonical text, empty where the cell is. `notes`: what is unlike when
    it was made and stands in nobody's way; `said`: beside the checks."""

    made: MadeSheet
    typed: Mapping[str, str]
    notes: tuple[Words, ...]
    said: tuple[SaidInSheet, ...] = ()


@dataclass(slots=True)
class ReadBook:
    """`sha256` (hex) of the file's bytes; `problems`: as long as there is one, nothing of the workbook is taken; `channel`: how what
    it holds is said to have come."""

    file: str
    sha256: str
    made: MadeBook
    channel: Channel = Channel.WORKBOOK
    sheets: list[ReadSheet] = field(default_factory=list)
    problems: list[FileProblem] = field(default_factory=list)

    def require_understood(self) -> None:
        if self.problems:
            raise FileRefused(self.file, self.problems)

    def require_of(self, election: str) -> None:
        """FileRefused for a workbook of another election than who brings it means."""
        if self.made.election != election:
            there = message("other_election", election=shown(self.made.election))
            expected = message("other_election", election=election)
            raise FileRefused(self.file, [FileProblem(self.file, None, HIDDEN, there, expected)])


def read_book(file: str, data: bytes) -> ReadBook:
    """FileRefused for what is no workbook, too large, or not made here; `problems` names every cell that is not understood."""
    workbook = Workbook(file, data, LIMITS)
    made = _remembered(file, workbook)
    book = ReadBook(file, hashlib.sha256(data).hexdigest(), made)
    problems = Problems(file)
    try:
        marks, reaching = marks_of(data), foreign_names(data)
    except (ExpatError, KeyError, ValueError):
        raise FileRefused(file, [FileProblem(file, None, "", message("broken_part"), EXCEL)]) from None
    for part in linked(data):
        problems.add(FileProblem(file, None, shown(part), message("external_link"), message("no_links")))
    foreign = [
        f"{shown(name)}!{shown(cell)}" for name, held in marks.items() for cell in sorted(held.foreign)
    ]
    for place in [*foreign, *(["definedName"] if reaching else [])]:
        problems.add(FileProblem(file, None, place, message("foreign_formula"), message("no_links")))
    for sheet in made.sheets:
        if sheet.name not in workbook.names or sheet.name not in marks:
            problems.add(FileProblem(file, None, sheet.name, "", message("this_sheet")))
            continue
        rows = workbook.rows(sheet.name)
        book.sheets.append(_SheetReader(file, sheet, rows, marks[sheet.name], problems).read())
    expected = {sheet.name for sheet in made.sheets} | {INDEX, HIDDEN}
    for name in workbook.names:
        if name not in expected:
            problems.add(
                FileProblem(file, None, shown(name), message("added_sheet"), message("unmoved_sheets"))
            )
    book.problems = problems.told()
    return book


def units_in(file: str, data: bytes) -> list[str]:
    """Units that a workbook has sheets of, in their order; none of a file that is not understood at all."""
    try:
        return [sheet.unit for sheet in _remembered(file, Workbook(file, data, LIMITS)).sheets]
    except FileRefused:
        return []


def _remembered(file: str, workbook: Workbook) -> MadeBook:
    """The hidden sheet. FileRefused where it is not there, was changed, or is of a later program."""
    rows = workbook.rows(HIDDEN) if HIDDEN in workbook.names else []
    text = "".join(str(row[0]) for row in rows if row and isinstance(row[0], str))
    told = str(rows[0][1]) if rows and len(rows[0]) > 1 else ""

    def refused(there: str, expected: str) -> FileRefused:
        return FileRefused(file, [FileProblem(file, None, HIDDEN, there, expected)])

    if not text:
        raise refused("", message("ours"))
    if digest_of(text) != told:
        raise refused(message("changed"), message("ours"))
    try:
        made = MadeBook.model_validate(strict_json(text))
    except (ValueError, ValidationError):
        raise refused(shown(text[:40]), message("ours")) from None
    if made.format != FORMAT:
        raise refused(str(made.format), message("format", format=FORMAT))
    return made


@dataclass(frozen=True, slots=True)
class _SheetReader:
    """One return's sheet; what cannot be understood goes to `problems`."""

    file: str
    sheet: MadeSheet
    rows: Sheet
    marks: Marks
    problems: Problems

    def read(self) -> ReadSheet:
        self._headed()
        typed = {cell.key: text for cell in self.sheet.cells if (text := self._understood(cell)) is not None}
        self._beside()
        said = tuple(told for check in self.sheet.checks if (told := self._said(check)) is not None)
        return ReadSheet(self.sheet, typed, tuple(self._notes()), said)

    def _wrong(self, row: int, there: str, expected: str, column: str = TYPED) -> None:
        self.problems.add(FileProblem(self.file, row, f"{self.sheet.name}!{column}", there, expected))

    def _said(self, check: MadeCheck) -> SaidInSheet | None:
        """Words beside a check; None for none, and where they cannot be told."""
        row = self._row(check.row)
        words, chosen = (str(_at(row, column) or "").strip() for column in (SAID, CLASS))
        if not words and not chosen:
            return None
        reason_class = next((code for code, label in CLASSES.items() if chosen in (code, label)), None)
        moved = _label(_at(row, 0)) != check.rule
        for column, letter in ((SAID, "C"), (CLASS, "D")):
            if f"{letter}{check.row}" in self.marks.formulas:
                self._wrong(check.row, message("formula"), message("value_only"), letter)
            elif moved and _at(row, column):
                self._wrong(
                    check.row, shown(_label(_at(row, 0))), message("this_row", heading=check.rule), letter
                )
        if len(words) > MOST_WORDS:
            self._wrong(check.row, shown(words), message("words_at_most", most=MOST_WORDS), "C")
        elif words and not is_in_words(words):
            self._wrong(check.row, shown(words), IN_WORDS, "C")
        elif chosen and not check.declared:
            self._wrong(check.row, shown(chosen), message("words_alone"), "D")
        elif check.declared and reason_class is None:
            self._wrong(
                check.row,
                shown(chosen),
                message("class_of_declaration", classes="、".join(CLASSES.values())),
                "D",
            )
        elif not moved:
            sentence = str(_at(row, HEADING) or "")
            return SaidInSheet(check.row, check.rule, check.contest, sentence, words, reason_class)
        return None

    def _understood(self, cell: MadeCell) -> str | None:
        """What a cell says; None where that cannot be told."""
        at = f"{TYPED}{cell.row}"
        row = self._row(cell.row)
        heading, labels = _label(_at(row, HEADING)), tuple(_label(_at(row, column)) for column in LABELS)
        value = _at(row, ENTRY)
        if heading != cell.heading or labels != (cell.labels or labels):
            there = " ".join(text for text in (heading, *labels) if text)
            self._wrong(cell.row, shown(there), message("this_row", heading=cell.told))
        elif at in self.marks.formulas:
            self._wrong(cell.row, message("formula"), message("value_only"))
        elif at in self.marks.errors:
            self._wrong(cell.row, message("error_value"), message("number"))
        elif at in self.marks.twice:
            self._wrong(cell.row, message("cell_twice"), message("one_value"))
        elif (merged := self.marks.merged_at(at)) is not None:
            self._wrong(cell.row, message("merged", area=shown(merged)), message("own_cell"))
        else:
            try:
                return _text(value)
            except InvalidInput as strange:
                self._wrong(cell.row, shown(str(value)), no_figure(strange))
        return None

    def _notes(self) -> Iterator[Words]:
        name, marks, cells = self.sheet.name, self.marks, {cell.row for cell in self.sheet.cells}
        if rows := sorted(marks.hidden & cells):
            yield message.words("rows_hidden", sheet=name, rows=", ".join(map(str, rows[:10])))
        if marks.hidden_columns:
            letters = ", ".join(column_letters(column) for column in sorted(marks.hidden_columns))
            yield message.words("columns_hidden", sheet=name, columns=letters)
        if marks.unseen:
            yield message.words("sheet_hidden", sheet=name)
        if not marks.protected:
            yield message.words("protection_off", sheet=name)
        if any(f"{column}{row}" not in marks.formulas for column in (STATE, VALUE) for row in cells):
            yield message.words("check_formulas", sheet=name)

    def _headed(self) -> None:
        """A sheet that was given another unit's title, or columns that stand elsewhere, would hand in what is meant for another cell."""
        for number, title in enumerate(self.sheet.titles, 1):
            if (there := _label(_at(self._row(number), 0))) != title:
                self._wrong(number, shown(there), message("this_title", title=title), "A")
        for column, heading in enumerate(self.sheet.headings):
            there = _label(_at(self._row(HEADINGS_ROW), column))
            if there != heading:
                letter = column_letters(column + 1)
                self._wrong(HEADINGS_ROW, shown(there), message("this_column", heading=heading), letter)

    def _beside(self) -> None:
        """A number in the entry column of a row that is no cell, or beside a cell, would be left out in silence."""
        cells = {cell.row: cell for cell in self.sheet.cells}
        for number, row in enumerate(self.rows, 1):
            if (cell := cells.get(number)) is None:
                if _is_number(value := _at(row, ENTRY)):
                    self._wrong(number, shown(str(value)), message("no_cell"))
                continue
            for column, expected in ((WAS, cell.base), (FROM, "")):
                value = _at(row, column)
                if _is_number(value) and not _says(value, expected):
                    letter = column_letters(column + 1)
                    self._wrong(number, shown(str(value)), message("not_to_type_in"), letter)

    def _row(self, number: int) -> Sequence[object]:
        return self.rows[number - 1] if number <= len(self.rows) else ()


def no_figure(strange: InvalidInput) -> str:
    """What was expected in a cell that is none."""
    if isinstance(strange, NotANumber):
        ja, en = str(strange.facts["why_ja"]), str(strange.facts["why_en"])
        return message("number_as", why_ja=ja, why_en=en)
    return message("absence", none=NONE, unknown=UNKNOWN, withheld=WITHHELD)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _says(value: object, expected: str) -> bool:
    try:
        return _text(value) == expected
    except InvalidInput:
        return False


def _at(row: Sequence[object], column: int) -> object:
    return row[column] if column < len(row) else None


def _label(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value == int(value) else str(value or "")


def _text(cell: object) -> str:
    """Canonical text of a cell; empty where nothing is in it. NotANumber, InvalidInput."""
    value = read_cell(cell)
    return "" if value is None else format_value(value)
