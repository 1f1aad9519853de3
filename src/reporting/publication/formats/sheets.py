"""Tables as a workbook that machines read, too: by the rules for machine-readable statistics of the Ministry of Internal Affairs
(2020-12-18): one table a sheet, one header row, no merged cells, one value a cell, codes beside names, notes on a sheet of their own.

A number is written in its own digits; one of more than 15 significant digits, which no spreadsheet keeps, is text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reporting.publication.formats import ooxml
from reporting.publication.formats.messages import message
from reporting.publication.formats.moments import instant
from reporting.publication.formats.table import Column, DataSet, Kind, TidyTable

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROWS = 1_048_575
"""Of a sheet, below its header. More of them go on in a further sheet."""
SIGNIFICANT = 15


def workbook_bytes(made: DataSet) -> bytes:
    about = made.about
    sheets = [
        _sheet(table, part) for table in made.tables for part in range(max(1, -(-len(table.rows) // ROWS)))
    ]
    return ooxml.workbook([*sheets, _notes(made)], about.title.ja, about.publisher.ja, about.made_at)


def headers(columns: Sequence[Column]) -> list[str]:
    """The Japanese label of each column; its name where two have the same label."""
    labels = [column.label.ja for column in columns]
    return [
        label if labels.count(label) == 1 else column.name
        for label, column in zip(labels, columns, strict=True)
    ]


def _sheet(table: TidyTable, part: int) -> ooxml.SheetRows:
    name = table.title.ja if part == 0 else f"{table.title.ja}_{part + 1}"
    rows = table.rows[part * ROWS : (part + 1) * ROWS]
    return ooxml.SheetRows(name, headers(table.columns), rows, [_kind_of(column) for column in table.columns])


def _kind_of(column: Column) -> Callable[[str], str]:
    if column.kind in (Kind.DECIMAL, Kind.WHOLE):
        return _number
    kind = ooxml.BOOLEAN if column.kind is Kind.YES_NO else ooxml.STRING
    return lambda text: kind


def _number(text: str) -> str:
    digits = text.replace("-", "").replace(".", "").lstrip("0")
    return ooxml.STRING if len(digits) > SIGNIFICANT else ooxml.NUMBER


def _notes(made: DataSet) -> ooxml.SheetRows:
    """What the tables are, then what every column is."""
    about = made.about
    facts = [
        (message.words("title"), about.title.ja, about.title.en),
        (message.words("identifier"), about.id, ""),
        (message.words("version"), str(about.version), ""),
        (message.words("publisher"), about.publisher.ja, about.publisher.en),
        (message.words("licence"), about.licence, ""),
        (message.words("published_at"), instant(about.made_at), ""),
    ]
    rows = [(label.ja, label.en, ja, en, "") for label, ja, en in facts]
    for table in made.tables:
        for column, header in zip(table.columns, headers(table.columns), strict=True):
            said = column.about
            rows.append(
                (table.title.ja, header, column.name, column.label.en, "" if said is None else str(said))
            )
    title = message.words("notes").ja
    labels = [words.ja for words in message.table("notes_column").values()]
    return ooxml.SheetRows(title, labels, rows, [lambda text: ooxml.STRING] * len(labels))
