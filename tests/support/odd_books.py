"""Workbooks as they come back from hurried, clever and hostile hands. Each is made of a sound one of the unit 11."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import typed_book
from openpyxl import Workbook

Make = Callable[[bytes], bytes]
AT = "E15"
"""The cell of the voters."""
CONTENT_TYPES = "[Content_Types].xml"
SHEET = "xl/worksheets/sheet2.xml"


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {part: archive.read(part) for part in archive.namelist()}


def packed(parts: Mapping[str, bytes], *, level: int = 6) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, held in parts.items():
            archive.writestr(name, held)
    return out.getvalue()


def with_part(name: str, content: bytes) -> Make:
    return lambda data: packed({**parts_of(data), name: content})


def edited(part: str, old: str, new: str) -> Make:
    """One part with a pattern replaced, once."""

    def make(data: bytes) -> bytes:
        parts = parts_of(data)
        text, times = re.subn(old, new, parts[part].decode(), count=1, flags=re.DOTALL)
        assert times == 1, f"{old} is not in {part}"
        return packed({**parts, part: text.encode()})

    return make


def cell(value: Any) -> Make:
    """Another value in the voters' cell."""
    return sheet(lambda one: one.__setitem__(AT, value))


def sheet(change: Callable[[Any], object]) -> Make:
    def make(data: bytes) -> bytes:
        book = typed_book.opened(data)
        change(book[book.sheetnames[1]])
        return typed_book.saved(book)

    return make


def book(change: Callable[[Workbook], object]) -> Make:
    def make(data: bytes) -> bytes:
        opened = typed_book.opened(data)
        change(opened)
        return typed_book.saved(opened)

    return make


def raw_cell(xml: str) -> Make:
    """The voters' cell as XML."""
    return edited(SHEET, rf'<c r="{AT}"[^>]*?(/>|>.*?</c>)', xml)


def bomb(data: bytes) -> bytes:
    """A part of 300 MB in little more than one."""
    return packed({**parts_of(data), "xl/media/image1.bin": b"\0" * 300_000_000}, level=1)


def strings_bomb(data: bytes) -> bytes:
    """Shared strings by the million."""
    text = (
        b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        + b"<si><t>a</t></si>" * 8_000_000
    )
    return packed({**parts_of(data), "xl/sharedStrings.xml": text + b"</sst>"}, level=1)


def strings_within(data: bytes) -> bytes:
    """As many shared strings as the bytes allow."""
    text = (
        b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        + b"<si><t>a</t></si>" * 2_500_000
    )
    return packed({**parts_of(data), "xl/sharedStrings.xml": text + b"</sst>"}, level=1)


def one_cell_over_and_over(data: bytes) -> bytes:
    again = '<row r="13">' + '<c r="E13"><v>1</v></c>' * 2_000_000 + "</row>"
    parts = parts_of(data)
    return packed(
        {**parts, SHEET: parts[SHEET].replace(b"</sheetData>", again.encode() + b"</sheetData>")}, level=1
    )


def many_cells(data: bytes) -> bytes:
    """Twenty sheets whose corners lie far out, each within what one sheet may span."""
    parts = parts_of(data)
    for number in range(20, 40):
        row = '<row r="4900"><c r="T4900"><v>1</v></c></row>'
        parts[f"xl/worksheets/sheet{number}.xml"] = (
            f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{row}</sheetData></worksheet>'
        ).encode()
    return packed(parts)


def twice_in_zip(data: bytes) -> bytes:
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(SHEET.upper().replace("XL/", "xl/"), b"<worksheet/>")
    return out.getvalue()


def encrypted_entry(data: bytes) -> bytes:
    """The flag that a part needs a password."""
    changed = bytearray(data)
    at = changed.find(b"PK\x01\x02")
    changed[at + 8] |= 1
    return bytes(changed)


def old_excel(_: bytes) -> bytes:
    return bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 4_000


def with_password(_: bytes) -> bytes:
    return old_excel(_) + "EncryptedPackage".encode("utf-16-le") + b"\0" * 1_000


def other_book(_: bytes) -> bytes:
    made = Workbook()
    made["Sheet"]["A1"] = "投票者数"
    return typed_book.saved(made)


def open_document(_: bytes) -> bytes:
    """One cell that says it is there nine million times: 600 bytes, which the reading library makes a gigabyte of."""
    of = "urn:oasis:names:tc:opendocument:xmlns"
    cell = '<t:table-cell o:value-type="float" o:value="1" t:number-columns-repeated="3000"/>'
    row = f'<t:table-row t:number-rows-repeated="3000">{cell}</t:table-row>'
    table = f'<t:table t:name="A">{row}</t:table>'
    return packed(
        {
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": b"<manifest/>",
            "content.xml": (
                f'<o:document-content xmlns:o="{of}:office:1.0" xmlns:t="{of}:table:1.0"><o:body><o:spreadsheet>'
                f"{table}</o:spreadsheet></o:body></o:document-content>"
            ).encode(),
        }
    )


def entities(data: bytes) -> bytes:
    head = (
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    )
    parts = parts_of(data)
    return packed({**parts, "xl/workbook.xml": head + parts["xl/workbook.xml"].partition(b"?>")[2]})


def outside_entity(data: bytes) -> bytes:
    head = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    parts = parts_of(data)
    return packed({**parts, SHEET: head + parts[SHEET].partition(b"?>")[2]})


def moved(one: Any) -> None:
    one["B15"], one["B16"] = one["B16"].value, one["B15"].value


def exchanged(one: Any) -> None:
    """Men for women: the item is the same."""
    one["D13"], one["D14"] = one["D14"].value, one["D13"].value


def copied(opened: Workbook) -> None:
    opened.copy_worksheet(opened[opened.sheetnames[1]])


def dated(opened: Workbook) -> None:
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    opened.epoch = CALENDAR_MAC_1904


def date_of_1904(opened: Workbook) -> None:
    dated(opened)
    opened["001_11"][AT] = datetime(2026, 11, 28)


def hidden_sheet(opened: Workbook) -> None:
    opened[opened.sheetnames[1]].sheet_state = "hidden"


def hash_changed(opened: Workbook) -> None:
    held = opened["_reporting"]["A1"]
    held.value = held.value.replace('"base":""', '"base":"1"', 1)


def unplaced_formula(data: bytes) -> bytes:
    """A formula in a cell that does not say where it stands, as the format allows: it follows the cell before it."""
    return raw_cell("<c><f>50+50</f><v>777</v></c>")(data)


def other_workbook_part(data: bytes) -> bytes:
    """A second list of sheets in another folder, in which the sheet with the formula is a clean one."""
    parts = parts_of(raw_cell(f'<c r="{AT}"><f>50+50</f><v>777</v></c>')(data))
    clean = parts_of(data)
    return packed(
        {
            **{f"a/{name}": held for name, held in clean.items() if name.startswith("xl/")},
            **parts,
        }
    )


def heading_of_another(one: Any) -> None:
    one["A4"] = "地域12"


def column_put_in(one: Any) -> None:
    """Before the entries, which then stand under what was."""
    one.insert_cols(5)


def below_the_cells(one: Any) -> None:
    """A row of one's own under the last one."""
    row = max(cell.row for cell in one["B"] if cell.value) + 2
    one[f"B{row}"], one[f"E{row}"] = "丙党", 12


def named(opened: Workbook) -> None:
    from openpyxl.workbook.defined_name import DefinedName

    opened.defined_names["x"] = DefinedName("x", attr_text="cmd|'/c calc'!A1")


def validated(one: Any) -> None:
    from openpyxl.worksheet.datavalidation import DataValidation

    check = DataValidation(type="custom", formula1="[1]Sheet1!$A$1>0")
    check.add("P3")
    one.add_data_validation(check)


def furigana(data: bytes) -> bytes:
    """As a Japanese Excel writes what was typed with a kana keyboard: the reading stands with the text."""
    reading = '<rPh sb="0" eb="3"><t>ミホウコク</t></rPh><phoneticPr fontId="1"/>'
    return raw_cell(f'<c r="{AT}" t="inlineStr"><is><t>未報告</t>{reading}</is></c>')(data)


def unprotected(one: Any) -> None:
    one.protection.sheet = False


def pasted_over(one: Any) -> None:
    one["H15"], one["I15"] = 1, 100


def hidden_row(one: Any) -> None:
    one.row_dimensions[15].hidden = True


REFUSED: dict[str, tuple[Make, str]] = {
    "zip bomb": (bomb, "バイト以下"),
    "a million strings": (strings_bomb, "バイト以下"),
    "texts within the bytes": (strings_within, "欄以下"),
    "one cell over and over": (one_cell_over_and_over, "欄以下"),
    "corners far out in twenty sheets": (many_cells, "欄以下"),
    "one cell far out": (edited(SHEET, '<row r="11"', '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row><row r="11"'), "行 ×"),
    "nested zips": (with_part("xl/embeddings/inner.zip", packed({"a": b"1" * 1_000})), "埋め込み"),
    "an embedded program": (with_part("xl/embeddings/oleObject1.bin", b"MZ"), "埋め込み"),
    "macros": (with_part("xl/vbaProject.bin", b"\xd0\xcf"), "マクロ"),
    "macros of Excel 4": (with_part("xl/macrosheets/sheet1.xml", b"<a/>"), "マクロ"),
    "an external link": (with_part("xl/externalLinks/externalLink1.xml", b"<externalLink/>"), "外部リンク"),
    "a connection": (with_part("xl/connections.xml", b"<connections/>"), "外部リンク"),
    "DDE beside the cells": (sheet(lambda one: one.__setitem__("P3", "=cmd|'/c calc'!A1")), "プログラム"),
    "a formula on another file": (sheet(lambda one: one.__setitem__("P3", "=[1]Sheet1!A1")), "プログラム"),
    "a formula that fetches": (sheet(lambda one: one.__setitem__("P3", '=WEBSERVICE("http://x")')), "プログラム"),
    "DDE in the cell": (cell("=cmd|'/c calc'!A1"), "数式"),
    "entities": (entities, "宣言なし"),
    "an entity from outside": (outside_entity, "宣言なし"),
    "the old Excel, renamed": (old_excel, "古い形式"),
    "a password": (with_password, "パスワードなし"),
    "a part with a password": (encrypted_entry, "パスワードなし"),
    "OpenDocument": (open_document, "OpenDocument"),
    "OpenDocument beside Excel": (with_part("content.xml", b"<a/>"), "OpenDocument"),
    "the binary Excel": (lambda _: packed({"xl/workbook.bin": b"", "xl/worksheets/sheet1.bin": b""}), "xlsb"),
    "a zip of something else": (lambda _: packed({"a.txt": b"1"}), "Excel ではない"),
    "a CSV, renamed": (lambda _: "単位,投票者数\n11,100\n".encode("cp932"), "Excel ではない"),
    "nothing": (lambda _: b"", "Excel ではない"),
    "half of it": (lambda data: data[: len(data) // 2], "Excel ではない"),
    "another workbook": (other_book, "作ったブック"),
    "a part twice": (twice_in_zip, "2 回目"),
    "two sheets of one name": (edited("xl/workbook.xml", 'name="001_11"', 'name="_REPORTING"'), "2 回目"),
    "a copied sheet": (book(copied), "加えられたシート"),
    "a sheet that is gone": (book(lambda opened: opened.remove(opened["001_11"])), "このシート"),
    "a changed hash": (book(hash_changed), "書き換えられている"),
    "moved rows": (sheet(moved), "この行は"),
    "breakdowns exchanged": (sheet(exchanged), "この行は"),
    "a row put in": (sheet(lambda one: one.insert_rows(15)), "この行は"),
    "merged cells": (sheet(lambda one: one.merge_cells("E15:F15")), "結合"),
    "a formula": (cell("=50+50"), "数式"),
    "an error": (raw_cell(f'<c r="{AT}" t="e"><v>#REF!</v></c>'), "エラー値"),
    "true": (cell(True), "論理値"),
    "a date": (cell(datetime(2026, 11, 28)), "日付"),
    "a date of 1904": (book(date_of_1904), "日付"),
    "a very long text": (cell("1" * 32_000), "15 桁"),
    "control characters": (raw_cell(f'<c r="{AT}" t="inlineStr"><is><t>10_x0007_0</t></is></c>'), "数"),
    "a right-to-left mark": (cell("10\u202e0"), "数"),
    "circled": (cell("12①"), "丸数字"),
    "scientific, as text": (cell("1E2"), "数"),
    "too many digits": (cell(1e20), "15 桁"),
    "no number at all": (raw_cell(f'<c r="{AT}"><v>NaN</v></c>'), ""),
    "four decimals": (cell(100.1234), "小数は3桁まで"),
    "separators astray": (cell("1,00"), "3 桁ごと"),
    "a number beside the cells": (sheet(lambda one: one.__setitem__("E4", 5)), "欄のない行"),
    "a number under the cells": (sheet(below_the_cells), "欄のない行"),
    "a number in the next column": (sheet(lambda one: one.__setitem__("F15", 90)), "入力欄（E 列）"),
    "a number in the last column": (sheet(lambda one: one.__setitem__("G15", 90)), "入力欄（E 列）"),
    "a column put in": (sheet(column_put_in), "この列は"),
    "another unit's title": (sheet(heading_of_another), "このシートは"),
    "a formula without a place": (unplaced_formula, "数式"),
    "a cell twice": (raw_cell(f'<c r="{AT}"><v>100</v></c><c r="{AT}"><v>777</v></c>'), "2 回書かれて"),
    "a second list of sheets": (other_workbook_part, "数式"),
    "DDE behind a name": (book(named), "プログラム"),
    "a validation on another file": (sheet(validated), "プログラム"),
}  # fmt: skip
"""Name → how it is made, and what is told of it. Nothing of it is taken."""

READ: dict[str, tuple[Make, str]] = {
    "full-width digits": (cell("１，２３４"), "1234"),
    "thousands separators": (cell("1,234"), "1234"),
    "a triangle": (cell("△5"), "-5"),
    "negative zero": (cell(-0.0), "0"),
    "negative zero, as text": (cell("-0"), "0"),
    "scientific": (raw_cell(f'<c r="{AT}"><v>1E2</v></c>'), "100"),
    "a whole number as a float": (cell(100.0), "100"),
    "a sum of floats": (raw_cell(f'<c r="{AT}"><v>0.30000000000000004</v></c>'), "0.3"),
    "three decimals": (cell(100.125), "100.125"),
    "the calendar of 1904": (book(dated), "100"),
    "a blank of blanks": (cell("\u3000 "), ""),
    "absent": (cell(" 未報告 "), "!not_reported"),
    "a reading beside the text": (furigana, "!not_reported"),
    "a text in pieces": (
        raw_cell(f'<c r="{AT}" t="inlineStr"><is><r><t>1</t></r><r><rPr><b/></rPr><t>23</t></r></is></c>'),
        "123",
    ),
}
"""Name → how it is made, and what the voters' cell then says. (Whether a return can hold it is the desk's to say.)"""

TOLD: dict[str, tuple[Make, str]] = {
    "removed protection": (sheet(unprotected), "保護が外されて"),
    "pasted-over formulas": (sheet(pasted_over), "点検の式"),
    "a hidden row": (sheet(hidden_row), "見えない行"),
    "a hidden column": (
        sheet(lambda one: setattr(one.column_dimensions["E"], "hidden", True)),
        "見えない列があります（E）",
    ),
    "a hidden sheet": (book(hidden_sheet), "隠されて"),
}
"""Name → how it is made, and what is noted of it; its figures are taken as they stand."""

EVERY: dict[str, Make] = {name: make for each in (REFUSED, READ, TOLD) for name, (make, _) in each.items()}
