"""A table that a spreadsheet saved is the table that was opened in it: at every door that takes tables."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import tiny
from history import FIGURES, described
from saved_anew import SAVED, UNICODE_TEXT, Saved

from reporting.application.service import Reporting
from reporting.definitions.load import load_areas
from reporting.files.problems import FileRefused
from reporting.files.sheets import OLE2
from reporting.files.tables import read_stream, read_table
from reporting.importing import import_mapped, import_returns
from reporting.importing.history import read_history
from reporting.importing.shipped import mapping_of

TABLE = 'code,name,note\n１,中央区,\n2,"南区、\n旧南村",上\n'
ROWS = [{"code": "１", "name": "中央区", "note": ""}, {"code": "2", "name": "南区、\n旧南村", "note": "上"}]
every_saving = pytest.mark.parametrize("saved", SAVED.values(), ids=list(SAVED))


def plain(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{name: text.replace("\r\n", "\n") for name, text in row.items()} for row in rows]


@every_saving
def test_a_table_saved_by_a_spreadsheet_says_the_same(saved: Saved) -> None:
    rows = [row for _, row in read_table("t.csv", saved(TABLE), ("code", "name"), ("note",))]
    assert plain(rows) == ROWS


def test_excels_unicode_text_is_read() -> None:
    """It stands between tabs; the guide to forms of files names it for `utf-16`."""
    source = io.BytesIO(UNICODE_TEXT(TABLE))
    rows = [row for _, row in read_stream("t.txt", source, ("code", "name"), ("note",), "utf-16")]
    assert plain(rows) == ROWS


@pytest.mark.parametrize(
    ("text", "row", "found"),
    [
        ("code,name,\n1,a,\n2,b,,\n3,c,7\n", 4, "3 列 / 3 columns"),
        ("code,name\n1,a\n2\n", 3, "1 列 / 1 columns"),
        ("code,name\n1,a,　,x\n", 2, "4 列 / 4 columns"),
        ("code,,name\n1,,a\n", 1, ""),
    ],
)  # fmt: skip
def test_what_stands_behind_the_headings_or_is_cut_off_is_refused(text: str, row: int, found: str) -> None:
    with pytest.raises(FileRefused) as refused:
        list(read_table("t.csv", text.encode(), ("code", "name")))
    (problem,) = refused.value.problems
    assert (problem.row, problem.found) == (row, found)


def test_blanks_around_a_heading_are_none_of_it() -> None:
    """“ name” was refused with the very name as what is expected."""
    table = "code, name\N{IDEOGRAPHIC SPACE},\N{NO-BREAK SPACE}note\n1,a,\n"
    rows = [row for _, row in read_table("t.csv", table.encode(), ("code", "name"), ("note",))]
    assert rows == [{"code": "1", "name": "a", "note": ""}]
    with pytest.raises(FileRefused, match="twice"):
        list(read_table("t.csv", b"code,name ,name\n1,a,b\n", ("code", "name")))


def test_a_table_between_semicolons_is_told_as_that() -> None:
    """And not as columns that are missing. It is not read either: a comma in it may be one of decimals."""
    with pytest.raises(FileRefused) as refused:
        list(read_table("t.csv", b"code;name\n1;2,5\n", ("code", "name")))
    (problem,) = refused.value.problems
    assert "semicolons" in problem.found
    assert "commas or tabs" in problem.expected


@pytest.mark.parametrize("encoding", ["utf-8", "cp932"])
@pytest.mark.parametrize(
    ("data", "found"),
    [(b"", "an empty file"), (b"PK\x03\x04" + bytes(30), "an Excel workbook"), (OLE2 + bytes(600), "an Excel workbook")],
)  # fmt: skip
def test_what_is_no_table_is_told_as_what_it_is(data: bytes, found: str, encoding: str) -> None:
    """And not as seven columns that are missing, or as bytes of Shift_JIS."""
    with pytest.raises(FileRefused) as refused:
        list(read_table("t.csv", data, ("code", "name"), encoding=encoding))
    (problem,) = refused.value.problems
    assert problem.found.endswith(found)


HEAD = "election,form,slot,unit,contest,item,breakdown,choice,value,reason\n"
RETURNS = HEAD + "tiny,final,final,11,pr,electors,,,100,\ntiny,final,final,11,pr,votes,,a,12.345,\n"
WIDE = "町,有権者,備考\n11,100,\n12,90,晴れ\n"
MAPPING = """mapping = "ours"
label = { ja = "町の表", en = "A town's table" }
source = "町の集計 / the town's own"
unit = { column = "町" }
ignored = ["備考"]
[wide]
[[wide.columns]]
heading = "有権者"
cell = { contest = { value = "pr" }, item = { value = "electors" } }
"""
AREAS = "geography,code,level,name,parent,valid_from,valid_to\nadministrative,11,ward,中央区,,1970-01-01,\n"


@every_saving
def test_every_door_takes_it(service: Reporting, tmp_path: Path, saved: Saved) -> None:
    def written(name: str, text: str) -> Path:
        (tmp_path / name).write_bytes(saved(text))
        return tmp_path / name

    tiny.define(service)
    assert import_returns(written("r.csv", RETURNS), service, tiny.SYSTEM, dry_run=True).rows == 2
    (tmp_path / "ours.toml").write_text(MAPPING)
    mapping = mapping_of(str(tmp_path / "ours.toml"))
    table = written("w.csv", WIDE)
    wide = import_mapped(
        table,
        service,
        tiny.SYSTEM,
        mapping=mapping,
        dry_run=True,
        election="tiny",
        form="final",
        slot="final",
    )
    assert wide.rows == 2
    assert [area.code for area in load_areas(written("a.csv", AREAS))] == ["11"]
    described_in = tmp_path / "past"
    described_in.mkdir()
    description = described(described_in)
    there = read_history(description).rows
    (described_in / "figures.csv").write_bytes(saved(FIGURES.replace("RATE", "50.0")))
    assert read_history(description).rows == there
