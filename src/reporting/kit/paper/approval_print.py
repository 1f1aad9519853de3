"""An approval document as a PDF for A4 and as a workbook: the same lines in both, with the same code."""

from __future__ import annotations

import io
from typing import Any

from xlsxwriter import Workbook

from reporting.domain.figures import format_value
from reporting.kit.paper.approvals import Approval, ValueLine, difference
from reporting.kit.paper.fonts import Fonts
from reporting.kit.paper.forms import MadePaper, PageTexts, clock, shown
from reporting.kit.paper.messages import message
from reporting.kit.paper.typesetting import qr, typeset
from reporting.words import in_both

Table = tuple[str, list[str], list[list[str]], list[int]]
"""Heading, heads of columns, rows, which columns hold numbers."""


def as_pdf(approval: Approval, fonts: Fonts) -> MadePaper:
    texts = PageTexts(fonts)
    code = str(approval.state.code)
    document: dict[str, Any] = {
        "title": f"{message.words('approval_title').en} {code}",
        "code": code,
        "qr": qr(code),
        "kind": _kind(approval),
        "notes": [message("test_election")] if approval.is_test else [],
        "facts": [[label, texts.set(told)] for label, told in _facts(approval)],
        "tables": [
            {"heading": heading, "heads": heads, "rows": [[texts.set(cell) for cell in row] for row in rows], "numbers": numbers}
            for heading, heads, rows, numbers in _tables(approval)
            if rows
        ],
        "seals": [message("drawn_up_by"), message("checked_by"), message("examined_by"), message("decided_by")],
        "words": {"how": message("how_to_check"), "page": message("page"), "left_out": message("left_out"), "empty": ""},
    }  # fmt: skip
    document["left_out"] = [
        [texts.set(lost.text), message("left_out_at", place=lost.place), lost.points]
        for lost in texts.left_out
    ]
    return MadePaper(typeset("approval", document, fonts), texts.left_out)


def as_workbook(approval: Approval) -> bytes:
    """The code stands in the file's properties, too, where `kit check` looks for it."""
    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = Workbook(out, options)
    code = str(approval.state.code)
    book.set_properties({"created": approval.at.replace(tzinfo=None), "title": code, "keywords": code})
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    number = book.add_format({"num_format": "#,##0.###;△#,##0.###"})
    sheet = book.add_worksheet(message.words("sheet_facts").ja)
    sheet.write_string(0, 0, _kind(approval), bold)
    for row, (label, told) in enumerate([*_facts(approval), (message("code"), code)], 2):
        sheet.write_string(row, 0, label)
        sheet.write_string(row, 1, told, wrapped)
    sheet.set_column(0, 0, 36)
    sheet.set_column(1, 1, 80)
    for heading, heads, rows, numbers in [*_tables(approval), _every_value(approval)]:
        if not rows:
            continue
        sheet = book.add_worksheet(in_both(heading).ja)
        for column, head in enumerate(heads):
            sheet.write_string(0, column, head, bold)
        for row, cells in enumerate(rows, 1):
            for column, cell in enumerate(cells):
                plain = cell.replace(",", "").replace("△", "-").removeprefix("+")
                if column in numbers and plain.removeprefix("-").replace(".", "", 1).isdecimal():
                    sheet.write_number(row, column, float(plain), number)
                else:
                    sheet.write_string(row, column, cell)
        sheet.set_column(0, len(heads) - 1, 20)
        sheet.freeze_panes(1, 0)
    for sheet in book.worksheets():
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(f"&L{code}&R&P / &N")
        sheet.protect()
    book.close()
    return out.getvalue()


def _kind(approval: Approval) -> str:
    return {
        "return": message("approval_of_return"),
        "office": message("approval_of_office"),
        "release": message("approval_of_release"),
    }[approval.state.subject.kind]


def _facts(approval: Approval) -> list[tuple[str, str]]:
    """(label in both languages, text)."""
    state, (election, form, slot) = approval.state, approval.titles
    lines = [
        (message("fact_election"), election),
        (message("fact_form"), f"{form}　{slot}"),
        (message("fact_scope"), approval.scope_name or message.words("whole_slot").ja),
        (message("fact_units"), f"{len(state.returns)} / {len(state.asked)}"),
        (message("fact_position"), f"{state.position}　{clock(approval.at)}"),
        (message("fact_sha256"), state.sha256),
    ]
    if state.subject.letter == "R":
        opened = state.returns[0]
        lines.insert(4, (message("fact_version"), str(opened.case.version)))
        if approval.compared:
            lines.append((message("fact_before"), approval.compared))
    return lines


def _tables(approval: Approval) -> list[Table]:
    values = [
        [_number(line), line.name, line.asked.choice.party or "" if line.asked.choice else "", line.part, line.contest,
         _shown(line.value), _shown(line.flash), _change(line.value, line.flash), _shown(line.before),
         _change(line.value, line.before)]
        for line in approval.values
    ]  # fmt: skip
    value_heads = [
        message("number"), message("name_or_item"), message("party"), message("part"), message("contest"),
        message("value"), message("flash"), message("difference"), message("before"), message("difference"),
    ]  # fmt: skip
    sums = [
        [_number(added.line), added.line.name, added.line.part, added.line.contest, shown(format_value(added.total)), str(added.units)]
        for added in approval.sums
    ]  # fmt: skip
    sum_heads = [
        message("number"), message("name_or_item"), message("part"), message("contest"), message("sum"), message("units_with"),
    ]  # fmt: skip
    units = [
        [unit.unit, unit.name, unit.status, str(unit.version), str(unit.totals.filled),
         shown(format_value(unit.totals.total)), str(unit.open_findings)]
        for unit in approval.units
    ]  # fmt: skip
    unit_heads = [
        message("fact_unit"), message("unit_name"), message("status"), message("fact_version"), message("filled"),
        message("sum"), message("open_findings"),
    ]  # fmt: skip
    findings = [
        [line.unit, line.finding.rule, line.finding.message_ja, line.said or message.words("nothing_said").ja]
        for line in approval.findings
    ]
    finding_heads = [message("fact_unit"), message("rule"), message("finding"), message("said")]
    deeds = [
        [str(deed.position), clock(deed.at), deed.what, deed.office, deed.person, deed.reason]
        for deed in approval.deeds
    ]
    deed_heads = [
        message("position"), message("written_at"), message("deed"), message("office"), message("person"), message("reason"),
    ]  # fmt: skip
    return [
        (message("table_values"), value_heads, values, [0, 5, 6, 7, 8, 9]),
        (message("table_sums"), sum_heads, sums, [0, 4, 5]),
        (message("table_units"), unit_heads, units, [3, 4, 5, 6]),
        (message("table_findings"), finding_heads, findings, []),
        (message("table_deeds"), deed_heads, deeds, [0]),
    ]


def _every_value(approval: Approval) -> Table:
    """Of a document about several returns: what each shows, cell by cell."""
    names = {unit.unit: unit.name for unit in approval.units}
    labels = {added.line.asked.key: added.line for added in approval.sums}
    rows = [
        [unit, names[unit], *((label.name, label.part, label.contest) if (label := labels.get(key)) else (key, "", "")), shown(text)]
        for unit, cells in approval.state.cells.items()
        if unit in names
        for key, text in cells.items()
    ]  # fmt: skip
    heads = [
        message("fact_unit"), message("unit_name"), message("name_or_item"), message("part"), message("contest"), message("value"),
    ]  # fmt: skip
    return message("table_values"), heads, rows, [5]


def _number(line: ValueLine) -> str:
    choice = line.asked.choice
    return "" if choice is None or choice.number is None else str(choice.number)


def _shown(text: str | None) -> str:
    return "―" if text is None else shown(text)


def _change(value: str | None, other: str | None) -> str:
    moved = difference(value, other)
    if moved is None:
        return ""
    return shown(format_value(moved)) if moved <= 0 else f"+{shown(format_value(moved))}"
