"""Workbooks: hostile ones are refused before anything is allocated; names and totals are checked, never repaired."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random

import openpyxl
import pytest
import tiny

from reporting.application.service import Reporting
from reporting.definitions.problems import FileRefused
from reporting.importing import ImportReport, import_workbook
from reporting.importing.sheets import sheets

Rows = list[list[object]]

GOOD: Rows = [
    ["令和６年１０月２７日執行"],
    ["衆議院議員総選挙（比例代表）"],
    ["比例代表"],
    ["市区町村名＼政党名", "甲　党", "乙党", "得票数計"],
    ["地域11", 10.5, 4, 14.5],
    ["地域（12）", 3, 2.001, 5.001],
    ["地域20", "－", 1, 1],
    ["比例代表 合計", 13.5, 7.001, 20.501],
]


def book(rows: Rows, name: str = "比例", more: Rows | None = None) -> bytes:
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = name
    for row in rows:
        sheet.append(row)
    if more is not None:
        other = made.create_sheet("リスト")
        for row in more:
            other.append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


Take = Callable[..., ImportReport]


@pytest.fixture
def take(service: Reporting, tmp_path: Path) -> Take:
    tiny.define(service)

    def go(data: bytes, **options: object) -> ImportReport:
        path = tmp_path / "b.xlsx"
        path.write_bytes(data)
        given = {"election": "tiny", "form": "final", "slot": "final", **options}
        return import_workbook(path, service, tiny.SYSTEM, **given)  # type: ignore[arg-type]

    return go


def changed(row: int, column: int, value: object) -> Rows:
    rows = [list(cells) for cells in GOOD]
    rows[row][column] = value
    return rows


def test_votes_are_exact_and_other_sheets_are_told(take: Take, service: Reporting) -> None:
    from reporting.domain.figures import format_value
    from reporting.ledger import return_stream

    report = take(book(GOOD, more=[["甲党"]]))
    assert (report.rows, report.events) == (5, 3)
    assert [note.split(":")[0] for note in report.notes] == ["リスト"]
    state = service.return_state(return_stream("tiny", "final", "final", "12"))
    assert {key: format_value(held.value) for key, held in state.cells.items()} == {
        "pr|votes||a": "3",
        "pr|votes||b": "2.001",
    }
    assert take(book(GOOD, more=[["甲党"]])).events == 0


def test_a_wrong_published_total_is_told_and_nothing_is_repaired(take: Take) -> None:
    report = take(book(changed(7, 1, 13)))
    assert report.events == 3
    assert [note.split(":")[0] for note in report.notes] == ["比例!B8"]
    assert any("比例!D5" in note for note in take(book(changed(4, 3, 99)), slot="inner").notes)


@pytest.mark.parametrize(
    ("row", "column", "value", "place"),
    [
        (2, 0, "別の選挙", "比例!A3"),
        (3, 2, "丙党", "比例!C4"),
        (4, 0, "地域99", "比例!A5"),
        (4, 1, "many", "比例!B5"),
        (4, 1, -1, "比例!B5"),
        (4, 1, 1.2345, "比例!B5"),
        (4, 1, True, "比例!B5"),
    ],
)
def test_what_is_not_understood_is_named(
    take: Take, service: Reporting, row: int, column: int, value: object, place: str
) -> None:
    before = service.ledger.position()
    with pytest.raises(FileRefused) as caught:
        take(book(changed(row, column, value)))
    assert [problem.column for problem in caught.value.problems] == [place]
    assert service.ledger.position() == before


def test_aliases_stand_for_misprints(take: Take, tmp_path: Path) -> None:
    aliases = tmp_path / "aliases.csv"
    aliases.write_text("found,meant\n地城11,地域11\n甲等,甲党\n", encoding="utf-8")
    rows = changed(4, 0, "地城11")
    rows[3][1] = "甲等"
    assert take(book(rows), aliases=aliases).events == 3


def test_a_workbook_without_a_table_is_refused(take: Take) -> None:
    with pytest.raises(FileRefused):
        take(book([["なにもない"]]))


def _with_part(name: str, content: bytes, base: bytes | None = None) -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(base or book(GOOD))) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for part in source.namelist():
            if part != name:
                made.writestr(part, source.read(part))
        made.writestr(name, content)
    return out.getvalue()


SHEET = '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
FAR = SHEET.format('<row r="1048576"><c r="XFD1048576" t="n"><v>1</v></c></row>')


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04 not a zip",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        _with_part("xl/worksheets/sheet1.xml", FAR.encode()),
        _with_part(
            "xl/worksheets/sheet1.xml",
            FAR.replace("<c ", "<x:c xmlns:x='http://schemas.openxmlformats.org/spreadsheetml/2006/main' ")
            .replace("</c>", "</x:c>")
            .encode(),
        ),
        _with_part("xl/worksheets/sheet1.xml", FAR.encode("utf-16")),
        _with_part("xl/worksheets/sheet1.xml", SHEET.format('<row r="99999999"/>').encode()),
        _with_part("xl/worksheets/sheet1.xml", b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"),
        _with_part("xl/worksheets/sheet1.xml", b"<worksheet"),
        _with_part("xl/vbaProject.bin", b"x"),
        _with_part("xl/media/big.bin", bytes(210 * 1024 * 1024)),
    ],
    ids=[
        "empty",
        "torn",
        "old-xls",
        "far",
        "far-prefixed",
        "far-utf16",
        "far-row",
        "doctype",
        "broken",
        "macro",
        "bomb",
    ],
)
def test_hostile_workbooks_are_refused(data: bytes) -> None:
    with pytest.raises(FileRefused):
        list(sheets("b.xlsx", data))


@pytest.mark.parametrize("ending", ["dat", "png", "XML"])
def test_a_sheet_under_another_ending_is_measured_or_refused(ending: str) -> None:
    """The reading library goes where the relationships say, whatever a part is called."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(_with_part("xl/worksheets/sheet1.xml", FAR.encode()))) as source,
        zipfile.ZipFile(out, "w") as made,
    ):
        for part in source.namelist():
            content = source.read(part).replace(b"sheet1.xml", f"sheet1.{ending}".encode())
            made.writestr(part.replace("sheet1.xml", f"sheet1.{ending}"), content)
    with pytest.raises(FileRefused):
        list(sheets("b.xlsx", out.getvalue()))


def test_a_damaged_workbook_is_refused_and_no_fault_of_the_program() -> None:
    whole = book(GOOD)
    refused = 0
    for seed in range(40):
        random, damaged = Random(seed), bytearray(whole)
        for _ in range(5):
            damaged[random.randrange(len(damaged))] = random.randrange(256)
        try:
            list(sheets("b.xlsx", bytes(damaged)))
        except FileRefused:
            refused += 1
    assert refused > 30  # some places nobody reads
