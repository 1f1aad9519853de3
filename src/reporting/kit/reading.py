"""A workbook that came back: what each cell says, and everything in it that cannot be understood."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.parsers.expat import ExpatError

from pydantic import ValidationError

from reporting.domain.figures import format_value
from reporting.domain.typed import NotANumber, read_cell
from reporting.errors import InvalidInput
from reporting.files.problems import FileProblem, FileRefused, Problems, shown
from reporting.files.sheets import EXCEL, Sheet, sheets
from reporting.files.strict_json import strict_json
from reporting.kit.book import HIDDEN
from reporting.kit.marks import Marks, linked, marks_of
from reporting.kit.plan import FORMAT, MadeBook, MadeSheet, digest_of
from reporting.words import Words

ENTRY, HEADING = 4, 1
"""Columns (from 0) of what is typed and of the row's heading."""
OURS = "「報告票の作成」で作ったブック / a workbook made here (reporting kit workbook)"


@dataclass(frozen=True, slots=True)
class ReadSheet:
    """One return of the workbook. `typed`: cell key → canonical text, empty where the cell is. `notes`: what is unlike when
    it was made and stands in nobody's way."""

    made: MadeSheet
    typed: Mapping[str, str]
    notes: tuple[Words, ...]


@dataclass(slots=True)
class ReadBook:
    """`sha256` (hex) of the file's bytes; `problems`: as long as there is one, nothing of the workbook is taken."""

    file: str
    sha256: str
    made: MadeBook
    sheets: list[ReadSheet] = field(default_factory=list)
    problems: list[FileProblem] = field(default_factory=list)

    def require_understood(self) -> None:
        if self.problems:
            raise FileRefused(self.file, self.problems)


def read_book(file: str, data: bytes) -> ReadBook:
    """FileRefused for what is no workbook, too large, or not made here; `problems` names every cell that is not understood."""
    tables = dict(sheets(file, data))
    made = _remembered(file, tables.get(HIDDEN, []))
    book = ReadBook(file, hashlib.sha256(data).hexdigest(), made)
    problems = Problems(file)
    try:
        marks = marks_of(data)
    except (ExpatError, KeyError, ValueError):
        broken = FileProblem(file, None, "", "壊れた部分 / a broken part", EXCEL)
        raise FileRefused(file, [broken]) from None
    for part in linked(data):
        problems.add(
            FileProblem(file, None, part, "外部リンク / an external link", "リンクのないブック / no links")
        )
    for sheet in made.sheets:
        rows = tables.get(sheet.name)
        if rows is None:
            problems.add(FileProblem(file, None, sheet.name, "", "このシート / this sheet"))
            continue
        book.sheets.append(_sheet(file, sheet, rows, marks.get(sheet.name, Marks()), problems))
    expected = {sheet.name for sheet in made.sheets} | {"目次", HIDDEN}
    for name in tables.keys() - expected:
        problems.add(
            FileProblem(file, None, shown(name), "加えられたシート / a sheet that was added", "元のシートだけ / the sheets it had")
        )  # fmt: skip
    book.problems = problems.told()
    return book


def _remembered(file: str, rows: Sheet) -> MadeBook:
    """The hidden sheet. FileRefused where it is not there, was changed, or is of a later program."""
    text = "".join(str(row[0]) for row in rows if row and isinstance(row[0], str))
    told = str(rows[0][1]) if rows and len(rows[0]) > 1 else ""
    if not text:
        raise FileRefused(file, [FileProblem(file, None, HIDDEN, "", OURS)])
    if digest_of(text) != told:
        raise FileRefused(
            file, [FileProblem(file, None, HIDDEN, "書き換えられている / changed", OURS)]
        )  # fmt: skip
    try:
        made = MadeBook.model_validate(strict_json(text))
    except (ValueError, ValidationError):
        raise FileRefused(file, [FileProblem(file, None, HIDDEN, shown(text[:40]), OURS)]) from None
    if made.format != FORMAT:
        raise FileRefused(
            file, [FileProblem(file, None, HIDDEN, str(made.format), f"形式 {FORMAT} / format {FORMAT}")]
        )
    return made


def _sheet(file: str, sheet: MadeSheet, rows: Sheet, marks: Marks, problems: Problems) -> ReadSheet:
    typed: dict[str, str] = {}
    notes: list[Words] = []

    def wrong(row: int, there: str, expected: str) -> None:
        problems.add(FileProblem(file, row, f"{sheet.name}!E", there, expected))

    for cell in sheet.cells:
        at = f"E{cell.row}"
        row = rows[cell.row - 1] if cell.row <= len(rows) else []
        heading = str(_at(row, HEADING) or "")
        value = _at(row, ENTRY)
        if heading != cell.heading:
            wrong(cell.row, shown(heading), f"この行は {cell.heading} / this row is {cell.heading}")
        elif at in marks.formulas:
            wrong(cell.row, "数式 / a formula", "値だけを貼り付けた数 / the number, pasted as a value")
        elif at in marks.errors:
            wrong(cell.row, "エラー値 / an error", "数 / a number")
        elif (merged := marks.merged_at(at)) is not None:
            wrong(cell.row, f"結合 {merged} / merged", "結合していない欄 / a cell of its own")
        else:
            try:
                typed[cell.key] = _text(value)
            except NotANumber as strange:
                why = Words(str(strange.facts["why_ja"]), str(strange.facts["why_en"]))
                wrong(cell.row, shown(str(value)), f"数（{why.ja}） / a number ({why.en})")
            except InvalidInput:
                wrong(
                    cell.row,
                    shown(str(value)),
                    "数か、該当なし・未報告・非公表 / a number, 該当なし, 未報告 or 非公表",
                )
    rows_hidden = sorted(row for row in marks.hidden if row in {cell.row for cell in sheet.cells})
    if rows_hidden:
        told = ", ".join(map(str, rows_hidden[:10]))
        notes.append(
            Words(f"{sheet.name}: 見えない行があります（{told}）", f"{sheet.name}: rows are hidden ({told})")
        )
    if not marks.protected:
        notes.append(
            Words(
                f"{sheet.name}: シートの保護が外されています", f"{sheet.name}: its protection was taken off"
            )
        )
    _beside(file, sheet, rows, problems)
    return ReadSheet(sheet, typed, tuple(notes))


def _beside(file: str, sheet: MadeSheet, rows: Sheet, problems: Problems) -> None:
    """A number in the entry column of a row that is no cell would be left out in silence."""
    cells = {cell.row for cell in sheet.cells}
    last = max(cells)
    for n, row in enumerate(rows[:last], 1):
        value = _at(row, ENTRY)
        if n not in cells and isinstance(value, int | float) and not isinstance(value, bool):
            problems.add(
                FileProblem(file, n, f"{sheet.name}!E", shown(str(value)), "欄のない行（空欄） / no cell in this row: nothing")
            )  # fmt: skip


def _at(row: Sequence[object], column: int) -> object:
    return row[column] if column < len(row) else None


def _text(cell: object) -> str:
    """Canonical text of a cell; empty where nothing is in it. NotANumber, InvalidInput."""
    value = read_cell(cell)
    return "" if value is None else format_value(value)
