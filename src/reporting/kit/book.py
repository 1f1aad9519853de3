"""Writes plans as one .xlsx: an index, a sheet for each return, and the hidden sheet that knows what the others were.

Only cells to type in are unlocked; the password-less protection keeps slips out, not people: what comes back is compared
cell by cell (`merge`) and decided by the desk.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from reporting.domain.place import Place
from reporting.domain.typed import DASHES
from reporting.files.sheets import column_number
from reporting.kit.formulas import Held
from reporting.kit.gaps import BLANKS, NAME_EN, GapRow
from reporting.kit.ground import FOUND, STATE, STRANGE, TYPED, SheetCheck, quoted, ranges, says
from reporting.kit.ground import UNKNOWN as NOT_KNOWN
from reporting.kit.in_order import RowsInOrder
from reporting.kit.messages import message
from reporting.kit.plan import (
    ABSENCES,
    CLASSES,
    FORMAT,
    HEADINGS_ROW,
    INDEX,
    NONE,
    NONE_TYPED,
    UNKNOWN,
    UNKNOWN_TYPED,
    WITHHELD,
    MadeBook,
    MadeCheck,
    MadeSheet,
    SheetLine,
    SheetPlan,
    digest_of,
)
from reporting.rules.model import RuleDefinition

HIDDEN = "_reporting"
CLASS, SAID = 3, 2
"""Columns (from 0) of a check's row: the class of a difference that is declared, and words."""
CHUNK = 30_000
"""Characters of the hidden text in one cell; a cell takes 32,767."""
COLUMNS = (
    (6, message("column_number")), (44, message("column_item")), (18, message("column_party")), (16, message("column_breakdown")),
    (14, message("column_entry")), (44, message("column_was")), (14, message("column_from")),
)  # fmt: skip
"""Widths (in digits) and headings."""
WIDE_JA, WIDE_EN = COLUMNS[1][0], COLUMNS[5][0]
"""Widths of the columns in which a check's sentence stands."""
LINE = 15.0
"""Height in points of a row of one line. No spreadsheet makes a row higher for what a formula says in it."""
TO_CHECK = message.words("column_to_check").ja


class PlainSheet(Worksheet):  # type: ignore[misc]  # the library declares no types
    """Formulas are written as they are: none of ours has a function that is newer than Excel 2010, and to look for each of a
    hundred and thirty of these in every formula took two thirds of the time."""

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        return formula.removeprefix("=")


@dataclass(frozen=True, slots=True)
class FilledSheet:
    """A plan with the rules that its sheet holds."""

    plan: SheetPlan
    held: Held

    @property
    def checks(self) -> tuple[MadeCheck, ...]:
        """Rows in which words can be said."""
        return tuple(
            MadeCheck(row=row, rule=check.rule, contest=check.contest, declared=check.declared)
            for row, check in enumerate(self.held.checks, self.plan.first_check)
            if check.answerable
        )


@dataclass(frozen=True, slots=True)
class _Formats:
    title: Format
    head: Format
    locked: Format
    number: Format
    entry: Format
    given: Format
    contest: Format
    wrong: Format
    odd: Format
    wrapped: Format
    words: Format


@dataclass(frozen=True, slots=True)
class WrittenSheet:
    """What the index says of a sheet that is written. `checks`: how many."""

    plan: SheetPlan
    checks: int
    unheld: tuple[RuleDefinition, ...]


def write_book(
    election: str, definition: int, made_at: datetime, sheets: Iterable[FilledSheet], *, many: bool
) -> bytes:
    """The workbook's bytes; the same for the same plans. `definition`: version of the election's; `made_at`: what it says of itself.
    `sheets` are gone through once, and each is let go when it is written; of `many` the file is written beside it, not in memory."""
    out = io.BytesIO()
    book = Workbook(
        out,
        {
            "in_memory": not many,
            "constant_memory": many,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties({"created": made_at.replace(tzinfo=None), "title": election})
    book.set_calc_mode("auto")
    formats = _formats(book)
    index = book.add_worksheet(INDEX, PlainSheet)
    written: list[WrittenSheet] = []
    remembered: list[MadeSheet] = []
    footers: list[tuple[Worksheet, Place, int]] = []
    for filled in sheets:
        plan, sheet = filled.plan, book.add_worksheet(filled.plan.name, PlainSheet)
        _sheet(sheet, filled, formats)
        footers.append((sheet, plan.place, plan.version))
        remembered.append(MadeSheet.of(plan, filled.checks, tuple(words for _, words in COLUMNS)))
        written.append(WrittenSheet(plan, len(filled.held.checks), filled.held.unheld))
    made = MadeBook(
        format=FORMAT, election=election, definition=definition, made_at=made_at, sheets=tuple(remembered)
    )
    text = made.text()
    digest = digest_of(text)
    for sheet, place, version in footers:
        sheet.set_footer(
            f"&L{place.election} {place.form}/{place.slot} {place.unit} v{version} #{digest[:12]}&R&P / &N"
        )
    _index(index, written, formats)
    hidden = book.add_worksheet(HIDDEN, PlainSheet)
    rows = RowsInOrder(hidden)
    for n, start in enumerate(range(0, len(text), CHUNK)):
        rows.string(n, 0, text[start : start + CHUNK])
    rows.string(0, 1, digest)
    rows.flush()
    hidden.protect()
    hidden.very_hidden()
    book.close()
    return out.getvalue()


def _formats(book: Workbook) -> _Formats:
    grey, line = "#EFEFEF", {"border": 1, "border_color": "#9A9A9A"}
    return _Formats(
        title=book.add_format({"bold": True, "font_size": 13}),
        head=book.add_format({"bold": True, "bg_color": grey, "text_wrap": True, "valign": "top", **line}),
        locked=book.add_format({"bg_color": grey, "num_format": "@", "valign": "top", **line}),
        number=book.add_format({"bg_color": grey, "num_format": "#,##0.###", "align": "right", **line}),
        entry=book.add_format({"locked": False, "num_format": "#,##0.###;-#,##0.###", "align": "right", **line}),
        given=book.add_format(
            {"locked": False, "num_format": "#,##0.###;-#,##0.###", "align": "right", "italic": True, "font_color": "#1F3F77", **line}
        ),
        contest=book.add_format({"bold": True, "bottom": 2}),
        wrong=book.add_format({"bg_color": "#F7C6C6", "font_color": "#7A0000", "bold": True}),
        odd=book.add_format({"bg_color": "#FBE6B0"}),
        wrapped=book.add_format({"text_wrap": True, "valign": "top"}),
        words=book.add_format({"locked": False, "num_format": "@", "text_wrap": True, "valign": "top", **line}),
    )  # fmt: skip


def _index(sheet: Worksheet, sheets: Sequence[WrittenSheet], formats: _Formats) -> None:
    rows = RowsInOrder(sheet)
    rows.string(0, 0, message("index"), formats.title)
    for row, words in enumerate(message.words("type_in", none=NONE, unknown=UNKNOWN, withheld=WITHHELD), 1):
        rows.string(row, 0, words)
    for column, words in enumerate(
        (
            message("column_sheet"), message("column_unit"), message("column_form"), message("column_due"),
            message("column_to_check"),
        )
    ):  # fmt: skip
        rows.string(4, column, words, formats.head)
    for n, written in enumerate(sheets, 5):
        plan, first = written.plan, written.plan.first_check
        rows.link(n, 0, f"internal:'{plan.name}'!{TYPED}{plan.lines[0].row}", plan.name)
        rows.string(n, 1, plan.titles[-1].ja)
        rows.string(n, 2, f"{plan.place.form}/{plan.place.slot}")
        rows.string(n, 3, _due(plan))
        if written.checks:
            area = f"'{plan.name}'!{FOUND}{first}:{FOUND}{first + written.checks - 1}"
            rows.formula(n, 4, f"=COUNTIF({area},TRUE)", None, 0)
    unheld = {rule.code: rule for written in sheets for rule in written.unheld}
    row = len(sheets) + 7
    rows.string(
        row, 0, message("checked_later"), formats.contest,
    )  # fmt: skip
    for n, rule in enumerate(unheld.values(), row + 1):
        rows.string(n, 0, rule.code)
        rows.string(n, 1, f"{rule.label.ja} / {rule.label.en}")
    rows.flush()
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 2, 28)
    sheet.set_column(3, 4, 18)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.protect()


def _due(plan: SheetPlan) -> str:
    return plan.cut_off.strftime("%Y-%m-%d %H:%M") if plan.cut_off else "-"


def _sheet(sheet: Worksheet, filled: FilledSheet, formats: _Formats) -> None:
    plan, rows = filled.plan, RowsInOrder(sheet)
    for n, title in enumerate(plan.titles):
        rows.string(n, 0, title.ja, formats.title if n == len(plan.titles) - 1 else None)
    rows.string(4, 0, f"{message('column_due')}: {_due(plan)}    {message('column_version')}: {plan.version}")
    for row, words in enumerate(message.words("type_in", none=NONE, unknown=UNKNOWN, withheld=WITHHELD), 5):
        rows.string(row, 0, words)
    for column, (width, words) in enumerate(COLUMNS):
        rows.string(HEADINGS_ROW - 1, column, words, formats.head)
        sheet.set_column(column, column, width)
    sheet.set_row(HEADINGS_ROW - 1, 2 * LINE)
    sheet.set_column(f"{STATE}:{NAME_EN}", None, None, {"hidden": True})
    for section in plan.sections:
        rows.string(section.row - 1, 0, str(section.contest), formats.contest)
        for line in section.lines:
            _line(rows, line, formats)
    _checks(rows, plan, filled.held, formats)
    _gaps(rows, filled.held.gaps)
    rows.flush()
    sheet.freeze_panes(HEADINGS_ROW, 0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEADINGS_ROW - 1)
    sheet.protect("", {"select_locked_cells": True, "format_columns": True})


def _line(rows: RowsInOrder, line: SheetLine, formats: _Formats) -> None:
    row, asked = line.row - 1, line.asked
    number, party, broken = line.labels
    if number:
        rows.number(row, 0, int(number), formats.locked)
    else:
        rows.blank(row, 0, formats.locked)
    rows.string(row, 1, line.heading.ja, formats.locked)
    rows.string(row, 2, party, formats.locked)
    rows.string(row, 3, broken, formats.locked)
    _value(rows, row, 4, line.start, formats.given if line.origin else formats.entry)
    _value(rows, row, 5, line.base, formats.number)
    rows.string(row, 6, line.origin, formats.locked)
    entry, digits = f"{TYPED}{line.row}", asked.decimals
    held = says(entry, (*ABSENCES.values(), *DASHES))  # a validation takes 255 characters
    least = "" if asked.signed else f",{entry}>=0"
    whole = f"ROUND({entry},{digits})={entry}"
    rows.sheet.data_validation(row, 4, row, 4, {
        "validate": "custom", "value": f"=OR(AND(ISNUMBER({entry}),{whole}{least}),{held})", "ignore_blank": True,
        "error_title": message("check"),
        "error_message": message("decimal", none=NONE, unknown=UNKNOWN, withheld=WITHHELD) if digits else message("whole", none=NONE, unknown=UNKNOWN, withheld=WITHHELD),
    })  # fmt: skip
    start = _number(line.start)
    state = 0 if not line.start else 1 if start is not None or line.start == "!none" else -1
    none, unknown = says(entry, NONE_TYPED), says(entry, UNKNOWN_TYPED)
    given = f"IF(OR(ISNUMBER({entry}),{none}),1,IF(OR({unknown}),{NOT_KNOWN},{STRANGE}))"
    rows.formula(row, 7, f'=IF({entry}="",0,{given})', None, state)
    rows.formula(row, 8, f"=N({entry})", None, start or 0)


def _number(text: str) -> float | None:
    return float(Decimal(text)) if text and not text.startswith("!") else None


def _value(rows: RowsInOrder, row: int, column: int, text: str, form: Format) -> None:
    number: Any = _number(text)
    if not text:
        rows.blank(row, column, form)
    elif number is None:
        rows.string(row, column, ABSENCES[text], form)
    else:
        rows.number(row, column, number, form)


def _gaps(rows: RowsInOrder, gaps: Sequence[GapRow]) -> None:
    """Hidden rows that say what lacks."""
    column = column_number(BLANKS) - 1
    for gap in gaps:
        rows.formula(gap.row - 1, column, f"={gap.blanks}", None, 0)
        rows.formula(gap.row - 1, column + 1, f"={gap.unknowns}", None, 0)
        rows.string(gap.row - 1, column + 2, gap.name.ja)
        rows.string(gap.row - 1, column + 3, gap.name.en)


def _checks(rows: RowsInOrder, plan: SheetPlan, held: Held, formats: _Formats) -> None:
    """A row for each check: its rule, whether it is violated, and the rule's sentence where it is; where words can let it pass,
    cells for them."""
    first = plan.first_check
    rows.string(first - 3, 0, message("checks"), formats.contest)
    if any(check.answerable for check in held.checks):
        rows.sheet.set_row(first - 2, 2 * LINE)
        rows.string(first - 2, CLASS, message("column_class"), formats.head)
        rows.string(first - 2, SAID, message("column_said"), formats.head)
    about: dict[str, list[int]] = {}
    for row, check in enumerate(held.checks, first):
        violated = f"{FOUND}{row}"
        rows.sheet.set_row(row - 1, LINE * _lines(check))
        rows.string(row - 1, 0, check.rule, formats.locked)
        rows.formula(row - 1, 9, f"={check.violated}", None, False)
        rows.formula(row - 1, 4, f'=IF({violated},{quoted(TO_CHECK)},"")', formats.locked, "")
        ja, en = quoted(check.label.ja), quoted(check.label.en)
        rows.formula(row - 1, 1, f"=IF({violated},{check.message_ja},{ja})", formats.wrapped, check.label.ja)
        rows.formula(row - 1, 5, f"=IF({violated},{check.message_en},{en})", formats.wrapped, check.label.en)
        rows.sheet.conditional_format(
            row - 1, 0, row - 1, 6,
            {"type": "formula", "criteria": f"=${FOUND}${row}", "format": formats.wrong if check.severity == "error" else formats.odd},
        )  # fmt: skip
        if check.answerable:
            rows.blank(row - 1, SAID, formats.words)
            if check.declared:
                rows.blank(row - 1, CLASS, formats.words)
                rows.sheet.data_validation(
                    row - 1, CLASS, row - 1, CLASS, {"validate": "list", "source": list(CLASSES.values())}
                )
        for key in check.cells:
            about.setdefault(key, []).append(row)
    blank = _blank_while_begun(plan, held.gaps)
    for line in plan.lines:
        if wrong_at := about.get(line.asked.key):
            wrong = ",".join(f"${FOUND}${row}" for row in wrong_at)
            rows.sheet.conditional_format(
                line.row - 1, 4, line.row - 1, 4,
                {"type": "formula", "criteria": f"=OR({wrong})", "format": formats.wrong},
            )  # fmt: skip
        rows.sheet.conditional_format(
            line.row - 1, 4, line.row - 1, 4,
            {"type": "formula", "criteria": f"=OR({blank.get(line.asked.key, 'FALSE')},{STATE}{line.row}={STRANGE})", "format": formats.odd},
        )  # fmt: skip


def _lines(check: SheetCheck) -> int:
    """Lines that a check's longer sentence takes in its column."""
    ja, en = _width(check.message_ja) / WIDE_JA, _width(check.message_en) / WIDE_EN
    return max(1, math.ceil(max(ja, en)))


def _width(formula: str) -> int:
    """Of what a formula of texts and facts says, in digits: an ideograph is two wide."""
    texts = QUOTED.findall(formula)
    facts = QUOTED.sub("", formula).count("&") + 1
    return FACT * facts + sum(2 if ord(letter) > 0xFF else 1 for text in texts for letter in text)


QUOTED = re.compile(r'"((?:[^"]|"")*)"')
FACT = 3
"""Digits that a fact takes, on the average of those that say nothing."""


def _blank_while_begun(plan: SheetPlan, gaps: Sequence[GapRow]) -> dict[str, str]:
    """Cell key → formula: it lacks, and something of its contest is typed."""
    begun: dict[str, str] = {}
    for section in plan.sections:
        said = f"COUNTA({ranges(TYPED, (line.row for line in section.lines))})>0"
        begun |= dict.fromkeys((line.asked.key for line in section.lines), said)
    return {gap.key: f"AND({begun[gap.key]},{gap.is_blank})" for gap in gaps if gap.key in begun}
