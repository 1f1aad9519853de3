"""Tables as a workbook that machines read, too: by the rules for machine-readable statistics of the Ministry of Internal Affairs
(2020-12-18): one table a sheet, one header row, no merged cells, one value a cell, codes beside names, notes on a sheet of their own.

A number is written in its own digits; one of more than 15 significant digits, which no spreadsheet keeps, is text.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from decimal import Decimal

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from reporting.publication.formats.messages import message
from reporting.publication.formats.table import Column, DataSet, Kind, TidyTable

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROWS = 1_048_575
"""Of a sheet, below its header. More of them go on in a further sheet."""
SIGNIFICANT = 15
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def workbook_bytes(made: DataSet) -> bytes:
    out = io.BytesIO()
    about = made.about
    book = Workbook(out, OPTIONS)
    book.set_properties(
        {"title": about.title.ja, "author": about.publisher.ja, "created": about.made_at.replace(tzinfo=None)}
    )
    for table in made.tables:
        for number in range(max(1, -(-len(table.rows) // ROWS))):
            name = table.title.ja if number == 0 else f"{table.title.ja}_{number + 1}"
            _sheet(book.add_worksheet(name), table, number)
    _notes(book.add_worksheet(message.words("notes").ja), made)
    book.close()
    return out.getvalue()


def headers(columns: Sequence[Column]) -> list[str]:
    """The Japanese label of each column; its name where two have the same label."""
    labels = [column.label.ja for column in columns]
    return [
        label if labels.count(label) == 1 else column.name
        for label, column in zip(labels, columns, strict=True)
    ]


def _sheet(sheet: Worksheet, table: TidyTable, part: int) -> None:
    for place, label in enumerate(headers(table.columns)):
        sheet.write_string(0, place, label)
    writers = [_writer(sheet, column) for column in table.columns]
    for line, row in enumerate(table.rows[part * ROWS : (part + 1) * ROWS], 1):
        for place, text in enumerate(row):
            if text:
                writers[place](line, place, text)


def _writer(sheet: Worksheet, column: Column) -> Callable[[int, int, str], object]:
    if column.kind in (Kind.DECIMAL, Kind.WHOLE):

        def number(line: int, place: int, text: str) -> object:
            if len(text.replace("-", "").replace(".", "").lstrip("0")) > SIGNIFICANT:
                return sheet.write_string(line, place, text)
            return sheet.write_number(line, place, Decimal(text))

        return number
    if column.kind is Kind.YES_NO:
        return lambda line, place, text: sheet.write_boolean(line, place, text == "true")
    return lambda line, place, text: sheet.write_string(line, place, text)


def _notes(sheet: Worksheet, made: DataSet) -> None:
    """What the tables are, then what every column is."""
    about = made.about
    facts = [
        (message.words("title"), about.title.ja, about.title.en),
        (message.words("identifier"), about.id, ""),
        (message.words("version"), str(about.version), ""),
        (message.words("publisher"), about.publisher.ja, about.publisher.en),
        (message.words("licence"), about.licence, ""),
        (message.words("published_at"), about.made_at.strftime("%Y-%m-%dT%H:%M:%SZ"), ""),
    ]
    rows = [(label.ja, label.en, ja, en, "") for label, ja, en in facts]
    for table in made.tables:
        for column, header in zip(table.columns, headers(table.columns), strict=True):
            said = column.about
            rows.append(
                (table.title.ja, header, column.name, column.label.en, "" if said is None else str(said))
            )
    for line, row in enumerate(rows):
        for place, text in enumerate(row):
            if text:
                sheet.write_string(line, place, text)
