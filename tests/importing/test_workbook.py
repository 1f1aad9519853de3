"""Workbooks: hostile ones are refused before anything is allocated; names and totals are checked, never repaired."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from random import Random
from uuid import uuid4

import openpyxl
import pytest
import tiny
from odd_books import open_document
from pydantic import ValidationError

from reporting.application.service import Reporting
from reporting.domain.events import FiguresEntered
from reporting.files.problems import FileRefused
from reporting.files.sheets import sheets
from reporting.importing import ImportReport, import_workbook
from reporting.importing.mapping import TotalRowWords
from reporting.ledger import return_stream

pytestmark = pytest.mark.begins.with_args(tiny.define)

Rows = list[list[object]]

GOOD: Rows = [
    ["令和６年１０月２７日執行"],
    ["小選挙（比例代表）"],
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
    assert (report.rows, report.events) == (6, 3)
    assert [note.split(":")[0] for note in report.notes] == ["比例", "リスト"]
    state = service.return_case(return_stream("tiny", "final", "final", "12"))
    assert {key: format_value(held.value) for key, held in state.cells.items()} == {
        "pr|votes||a": "3",
        "pr|votes||b": "2.001",
    }
    dash = service.return_case(return_stream("tiny", "final", "final", "20"))
    assert {key: format_value(held.value) for key, held in dash.cells.items()} == {
        "pr|votes||a": "!none",  # a dash states that there is nothing, here as everywhere
        "pr|votes||b": "1",
    }
    assert take(book(GOOD, more=[["甲党"]])).events == 0


def test_a_wrong_published_total_is_told_and_nothing_is_repaired(take: Take) -> None:
    report = take(book(changed(7, 1, 13)))
    assert report.events == 3
    assert [note.split(":")[0] for note in report.notes if "≠" in note] == ["比例!B8"]
    assert any("比例!D5" in note for note in take(book(changed(4, 3, 99)), slot="inner").notes)


@pytest.mark.parametrize("value", [None, "  ", "=4+6.5", "#REF!"])
def test_a_vote_that_is_not_there_is_told_with_its_cell(take: Take, value: object) -> None:
    """A blank, a formula that was never computed and an error look alike to a reader; with no total row nothing else shows it."""
    report = take(book(changed(4, 1, value)[:7]))
    assert report.rows == 5
    (told,) = (note for note in report.notes if "空のセル" in note)
    assert told.startswith("比例: 得票が空のセル 1: B5（")
    assert not any("空のセル" in note for note in take(book(GOOD), slot="inner").notes)  # a dash says: none


def test_votes_below_one_merged_cell_are_told(take: Take) -> None:
    made = openpyxl.load_workbook(io.BytesIO(book(GOOD)))
    made.active.merge_cells("B5:C5")
    out = io.BytesIO()
    made.save(out)
    assert any("得票が空のセル 1: C5（" in note for note in take(out.getvalue()).notes)


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
@pytest.mark.unchanged
def test_what_is_not_understood_is_named(
    take: Take, service: Reporting, row: int, column: int, value: object, place: str
) -> None:
    before = service.ledger.position()
    with pytest.raises(FileRefused) as caught:
        take(book(changed(row, column, value)))
    assert {problem.column for problem in caught.value.problems} == {place}
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


HOSTILE: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "torn": lambda: b"PK\x03\x04 not a zip",
    "old-xls": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    "far": lambda: _with_part("xl/worksheets/sheet1.xml", FAR.encode()),
    "far-prefixed": lambda: _with_part(
        "xl/worksheets/sheet1.xml",
        FAR.replace("<c ", "<x:c xmlns:x='http://schemas.openxmlformats.org/spreadsheetml/2006/main' ")
        .replace("</c>", "</x:c>")
        .encode(),
    ),
    "far-utf16": lambda: _with_part("xl/worksheets/sheet1.xml", FAR.encode("utf-16")),
    "far-row": lambda: _with_part("xl/worksheets/sheet1.xml", SHEET.format('<row r="99999999"/>').encode()),
    "doctype": lambda: _with_part("xl/worksheets/sheet1.xml", b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"),
    "broken": lambda: _with_part("xl/worksheets/sheet1.xml", b"<worksheet"),
    "open-document": lambda: open_document(b""),
    "macro": lambda: _with_part("xl/vbaProject.bin", b"x"),
    "bomb": lambda: _with_part("xl/media/big.bin", bytes(210 * 1024 * 1024)),
}
"""Each made by the test that opens it: every process that runs tests reads this file."""


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_workbooks_are_refused(kind: str) -> None:
    with pytest.raises(FileRefused):
        list(sheets("b.xlsx", HOSTILE[kind]()))


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


def with_rows(*units: list[object]) -> bytes:
    """The good head with other rows below it."""
    return book([*GOOD[:4], *units])


def refused(take: Take, workbook: bytes, **options: object) -> list[tuple[str, str]]:
    with pytest.raises(FileRefused) as caught:
        take(workbook, **options)
    return [(problem.column, problem.found) for problem in caught.value.problems]


def differences(report: ImportReport) -> list[str]:
    return [note.split(":")[0] for note in report.notes if "≠" in note]


def test_a_row_under_a_merged_unit_cell_is_refused(take: Take, service: Reporting) -> None:
    """The reading library gives a merged cell's text once; the votes below it belong to nobody."""
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = "比例"
    for row in [*GOOD[:4], ["地域11", 1, 1, 2], ["地域12", 5, 6, 11], ["地域20", 2, 2, 4]]:
        sheet.append(row)
    sheet.merge_cells("A5:A6")
    out = io.BytesIO()
    made.save(out)
    before = service.ledger.position()
    assert refused(take, out.getvalue()) == [("比例!B6", "5.0")]
    assert service.ledger.position() == before


@pytest.mark.parametrize("column", [1, 2, 3])
@pytest.mark.parametrize("label", ["", None, "　"])
@pytest.mark.unchanged
def test_no_number_without_a_unit_is_passed_over(take: Take, column: int, label: str | None) -> None:
    row: list[object] = [label, "", "", ""]
    row[column] = "１，２３４" if column == 2 else 7
    assert [place for place, _ in refused(take, with_rows(GOOD[4], row))] == [f"比例!{'ABCD'[column]}6"]


def test_a_number_under_no_choice_is_refused(take: Take) -> None:
    rows = changed(3, 2, "")
    assert [place for place, _ in refused(take, book(rows))] == ["比例!C5", "比例!C6", "比例!C7"]
    assert refused(take, with_rows(GOOD[4], ["地域11", 1, 1, 2])) == [("比例!A6", "地域11")]


def test_total_rows_are_compared_wherever_they_stand(take: Take, service: Reporting, tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["合計", "１３．５", "7.001", "20.501"],
        ["P1計", 13.5, 7.001, 20.501],
        *GOOD[4:7],
        ["小計", 13.5, 7.001, 20.501],
        ["市計", "", 0, 0],
        ["町村合計", 0, 0, 0],
        ["某郡計", 13.5, 7.001, 20.501],
    ]
    with pytest.raises(FileRefused) as caught:  # P1 is called 地域P1
        take(with_rows(*rows))
    assert [problem.column for problem in caught.value.problems] == ["比例!A6"]
    rows[1][0] = "地域P1　計"
    report = take(with_rows(*rows), dry_run=True)
    assert (report.rows, differences(report)) == (6, [])
    for row, word in enumerate([str(cells[0]) for cells in rows]):
        if not word.startswith("地域1") and not word.startswith("地域（") and word != "地域20":
            wrong = [list(cells) for cells in rows]
            wrong[row][2] = "99.5"
            assert differences(take(with_rows(*wrong), dry_run=True)) == [f"比例!C{row + 5}"], word


def test_text_totals_are_read_as_numbers_are_and_unreadable_ones_told(take: Take) -> None:
    assert differences(take(book(changed(7, 1, "１３")), dry_run=True)) == ["比例!B8"]
    notes = take(book(changed(7, 1, "13.5①")), dry_run=True).notes
    assert [note.split(":")[0] for note in notes if "照合していない" in note] == ["比例!B8"]


def test_more_words_of_totals_are_data(take: Take, tmp_path: Path) -> None:
    rows = [*GOOD[4:7], ["支庁管内", 13.5, 7, 20.5]]
    assert refused(take, with_rows(*rows)) == [("比例!A8", "支庁管内")]
    table = tmp_path / "words.csv"
    table.write_text("word,sums,of\n支庁管内,sheet,\n", encoding="utf-8")
    assert differences(take(with_rows(*rows), totals=table, dry_run=True)) == ["比例!C8", "比例!D8"]
    for sums in ("everything", "row|row", "row|sheet", "sheet|sheet"):
        table.write_text(f"word,sums,of\n支庁管内,{sums},\n", encoding="utf-8")
        assert refused(take, with_rows(*rows), totals=table) == [("sums", sums)]


@pytest.mark.parametrize(
    "given",
    [
        {"words": ["計"], "sums": ["row", "row"]},
        {"words": ["計"], "sums": ["row", "sheet"]},
        {"words": ["市計"], "sums": ["ending"]},
        {"words": ["計"], "sums": ["sheet"], "of": ["市"]},
        {"words": [" "], "sums": ["sheet"]},
    ],
)
def test_a_mapping_says_what_its_total_rows_sum_as_a_table_does(given: dict[str, list[str]]) -> None:
    with pytest.raises(ValidationError, match="row by itself"):
        TotalRowWords.model_validate(given)


def test_notes_are_told_and_units_without_a_row_named(take: Take) -> None:
    report = take(with_rows(*GOOD[4:7], ["※ 按分の端数を含む"], ["", "", "注: 速報"], GOOD[7]), dry_run=True)
    places = [note.split(":")[0] for note in report.notes]
    assert places == ["比例!A8", "比例!A9", "比例"]
    assert "開票区 3/5" in report.notes[-1]
    assert "地域31" in report.notes[-1]


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("平成３０年", "平成30年"),
        ("平成三十年十月二十七日執行", "平成三十年十月二十七日"),
        ("令和元年10月27日執行", "令和元年10月27日"),
        ("Ｒ６．１０．２８", "R6.10.28"),
        ("2023/10/27", "2023/10/27"),
        ("令和6年10月26日（土）執行", "令和6年10月26日"),
        ("令和6年10月27日執行 大選挙", "大選挙"),
        ("令和6年10月27日執行 小補欠選挙", "小補欠選挙"),
    ],
)
@pytest.mark.unchanged
def test_a_title_of_another_election_is_refused_until_confirmed_by_its_words(
    take: Take, title: str, said: str
) -> None:
    workbook = book(changed(0, 0, title))
    assert ("比例!A1", said) in refused(take, workbook)
    assert "--confirm-title" in [place for place, _ in refused(take, workbook, confirm_title=["平成29年"])]
    assert take(workbook, confirm_title=[said], dry_run=True).rows == 6


@pytest.mark.parametrize(
    "title",
    [
        "Ｒ６．１０．２７",
        "2024年10月27日",
        "令和六年十月二十七日執行",
        "令和6年10月27日執行 令和6年11月8日現在 第50回小選挙",
    ],
)
@pytest.mark.unchanged
def test_days_of_the_election_are_understood_and_other_days_are_not_taken_for_it(
    take: Take, title: str
) -> None:
    assert take(book(changed(0, 0, title)), dry_run=True).rows == 6


def test_a_title_that_says_nothing_is_confirmed_too(take: Take) -> None:
    workbook = book(changed(0, 0, "10月27日執行"))
    assert [found for _, found in refused(take, workbook)] == ["無記載 / not stated"]
    assert take(workbook, confirm_title=["無記載"], dry_run=True).rows == 6
    dated = book(changed(0, 0, datetime(2018, 10, 27)))
    assert ("比例!A1", "2018-10-27") in refused(take, dated)


def test_title_and_sheet_name_speak_of_one_contest(take: Take) -> None:
    assert [place for place, _ in refused(take, book(GOOD, name="第1区"))] == ["第1区!A3"]
    rows = changed(2, 0, "第1区")
    rows[2].append("比例代表")
    assert [place for place, _ in refused(take, book(rows))] == ["比例!A3"]


def test_a_row_names_its_unit_by_the_authorities_code(service: Reporting, tmp_path: Path, take: Take) -> None:
    """003 is 20's: its row is taken as the one under its name, and another's code is nobody's."""
    coded = [
        area.model_copy(update={"official_code": "003"}) if area.code == "20" else area for area in tiny.AREAS
    ]
    service.declare_registry("tinyland", tiny.GEOGRAPHIES, coded, tiny.SYSTEM, uuid4(), reason="公式コード")
    with pytest.raises(FileRefused):
        take(book(changed(6, 0, "004")))
    assert take(book(changed(6, 0, "００３"))).events == 3
    again = take(book(GOOD))
    assert again.rows == again.unchanged  # the same returns, by name
    by_code = service.ledger.stream(return_stream("tiny", "final", "final", "20"))
    entered = [recorded.event for recorded in by_code]
    assert [event.figures["pr|votes||b"] for event in entered if isinstance(event, FiguresEntered)] == ["1"]
