"""A plain workbook (.xlsx, ECMA-376) from rows of text, fast and always the same bytes.

A general library makes an object of every cell and takes minutes for the millions of a national release; this knows strings, numbers
and booleans, and nothing else. A number stands in the file in the very digits given.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from reporting.publication.formats import xml_text
from reporting.publication.formats.moments import instant

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml."
STRING, NUMBER, BOOLEAN = "s", "n", "b"
BEGINNING = (1980, 1, 1, 0, 0, 0)
"""The time of every part: the earliest a ZIP file can say."""
ROWS_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class SheetRows:
    """`kind_of`: what a cell of a column holds (STRING, NUMBER, BOOLEAN `true`/`false`), by its text, for each column."""

    name: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    kind_of: Sequence[Callable[[str], str]]


def workbook(sheets: Sequence[SheetRows], title: str, author: str, made_at: datetime) -> bytes:
    out, strings = io.BytesIO(), _Strings()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=5) as book:
        _part(book, "[Content_Types].xml", [_types(len(sheets))])
        _part(book, "_rels/.rels", [RELATIONS])
        _part(book, "docProps/core.xml", [_properties(title, author, made_at)])
        _part(book, "xl/workbook.xml", [_workbook(sheets)])
        _part(book, "xl/_rels/workbook.xml.rels", [_relations(len(sheets))])
        _part(book, "xl/styles.xml", [STYLES])
        for number, sheet in enumerate(sheets, 1):
            _part(book, f"xl/worksheets/sheet{number}.xml", _sheet(sheet, strings))
        _part(book, "xl/sharedStrings.xml", strings.part())
    return out.getvalue()


class _Strings:
    """Every text once; a cell has its number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        return self._numbers.setdefault(text, len(self._numbers))

    def part(self) -> Iterable[str]:
        count = len(self._numbers)
        yield f'{xml_text.DECLARATION}<sst xmlns="{MAIN}" uniqueCount="{count}">'
        for text in self._numbers:
            yield f'<si><t xml:space="preserve">{xml_text.text(text)}</t></si>'
        yield "</sst>"


def _sheet(sheet: SheetRows, strings: _Strings) -> Iterable[str]:
    letters = [letters_of(place) for place in range(len(sheet.header))]
    cells: list[dict[str, str]] = [{} for _ in letters]  # text → what follows the cell's address
    yield (
        f'{xml_text.DECLARATION}<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>'
    )
    header = "".join(
        f'<c r="{letter}1" t="s"><v>{strings.number(label)}</v></c>'
        for letter, label in zip(letters, sheet.header, strict=True)
    )
    yield f'<row r="1">{header}</row>'
    parts: list[str] = []
    for line, row in enumerate(sheet.rows, 2):
        parts.append(f'<row r="{line}">')
        for letter, told, kind_of, text in zip(letters, cells, sheet.kind_of, row, strict=True):
            if text:
                after = told.get(text)
                if after is None:
                    after = told[text] = _after(text, kind_of(text), strings)
                parts.append(f'<c r="{letter}{line}{after}')
        parts.append("</row>")
        if line % ROWS_AT_ONCE == 0:
            yield "".join(parts)
            parts.clear()
    yield "".join(parts)
    yield "</sheetData></worksheet>"


def _after(text: str, kind: str, strings: _Strings) -> str:
    if kind == NUMBER:
        return f'"><v>{text}</v></c>'
    if kind == BOOLEAN:
        return f'" t="b"><v>{int(text == "true")}</v></c>'
    return f'" t="s"><v>{strings.number(text)}</v></c>'


def letters_of(place: int) -> str:
    """`A` for 0, `AA` for 26."""
    letters = ""
    while place >= 0:
        letters = chr(ord("A") + place % 26) + letters
        place = place // 26 - 1
    return letters


def _part(book: zipfile.ZipFile, name: str, texts: Iterable[str]) -> None:
    info = zipfile.ZipInfo(name, BEGINNING)
    info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 0, 0
    with book.open(info, "w", force_zip64=False) as part:
        for text in texts:
            part.write(text.encode())


def _workbook(sheets: Sequence[SheetRows]) -> str:
    listed = "".join(
        f'<sheet name="{xml_text.quoted(sheet.name)}" sheetId="{number}" r:id="rId{number}"/>'
        for number, sheet in enumerate(sheets, 1)
    )
    return f'{xml_text.DECLARATION}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>'


def _relations(sheets: int) -> str:
    listed = "".join(
        f'<Relationship Id="rId{number}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in range(1, sheets + 1)
    )
    more = "".join(
        f'<Relationship Id="rId{sheets + number}" Type="{OFFICE}/{kind}" Target="{kind}.xml"/>'
        for number, kind in enumerate(("styles", "sharedStrings"), 1)
    )
    return (
        f'{xml_text.DECLARATION}<Relationships xmlns="{PACKAGE}relationships">{listed}{more}</Relationships>'
    )


def _types(sheets: int) -> str:
    parts = {
        "/xl/workbook.xml": TYPE + "sheet.main+xml",
        "/xl/styles.xml": TYPE + "styles+xml",
        "/xl/sharedStrings.xml": TYPE + "sharedStrings+xml",
        "/docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
        **{f"/xl/worksheets/sheet{number}.xml": TYPE + "worksheet+xml" for number in range(1, sheets + 1)},
    }
    listed = "".join(f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in parts.items())
    relations = "application/vnd.openxmlformats-package.relationships+xml"
    return (
        f'{xml_text.DECLARATION}<Types xmlns="{PACKAGE}content-types"><Default Extension="rels" ContentType="{relations}"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{listed}</Types>'
    )


def _properties(title: str, author: str, made_at: datetime) -> str:
    at = instant(made_at)
    stamp = "".join(
        f'<dcterms:{name} xsi:type="dcterms:W3CDTF">{at}</dcterms:{name}>' for name in ("created", "modified")
    )
    return (
        f'{xml_text.DECLARATION}<cp:coreProperties xmlns:cp="{PACKAGE}metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{xml_text.text(title)}</dc:title><dc:creator>{xml_text.text(author)}</dc:creator>{stamp}"
        "</cp:coreProperties>"
    )


RELATIONS = (
    f'{xml_text.DECLARATION}<Relationships xmlns="{PACKAGE}relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
    f'<Relationship Id="rId2" Type="{PACKAGE}relationships/metadata/core-properties" Target="docProps/core.xml"/>'
    "</Relationships>"
)
STYLES = (
    f'{xml_text.DECLARATION}<styleSheet xmlns="{MAIN}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
