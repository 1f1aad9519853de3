"""Files of other systems through their mappings: every cell where it belongs, totals compared, and what is not understood named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import germany
import pytest
import tiny
from click.testing import CliRunner, Result

from api.cli.group import root
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.figures import format_value
from reporting.errors import InvalidInput, UnknownReference
from reporting.files.problems import FileProblem, FileRefused
from reporting.importing import ImportReport, import_mapped, mapping_of, shipped_mappings
from reporting.importing.shipped import read_mapping
from reporting.ledger import Ledger, return_stream

PLACE = {"election": "bundestag-2021", "form": "result", "slot": "final"}


@pytest.fixture(scope="module")
def bundestag(module_database: Database) -> Iterator[Reporting]:
    ledger = Ledger(module_database)
    service = Reporting(ledger)
    germany.define(service)
    yield service
    ledger.close()


@pytest.fixture(scope="module")
def kerg2() -> str:
    return germany.kerg2()


@pytest.fixture(scope="module")
def land(kerg2: str) -> str:
    """Its first Land alone."""
    lines = kerg2.splitlines(keepends=True)
    head = lines.index(f"{germany.HEAD}\n") + 1
    return "".join(
        lines[:head] + [line for line in lines[head:] if ";Land;01;" in line or ";LAND;01;" in line]
    )


def take(service: Reporting, folder: Path, content: str | bytes, mapping: str, **more: Any) -> ImportReport:
    path = folder / "file.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return import_mapped(path, service, tiny.SYSTEM, mapping=mapping_of(mapping), **more)


def problems(
    service: Reporting, folder: Path, content: str | bytes, mapping: str, **more: Any
) -> list[FileProblem]:
    before = service.ledger.position()
    with pytest.raises(FileRefused) as refused:
        take(service, folder, content, mapping, **more)
    assert service.ledger.position() == before
    return list(refused.value.problems)


def held(service: Reporting, election: str, form: str, unit: str) -> dict[str, str]:
    case = service.return_case(return_stream(election, form, "final", unit))
    return {key: format_value(cell.value) for key, cell in case.cells.items()}


def test_kerg2_of_all_constituencies_is_taken_without_code(
    bundestag: Reporting, kerg2: str, tmp_path: Path
) -> None:
    done = take(bundestag, tmp_path, kerg2, "kerg2", **PLACE)
    places = {
        return_stream("bundestag-2021", form, "final", f"{n:03}"): (form, f"{n:03}")
        for form in ("result", "turnout")
        for n in range(1, 300)
    }
    cases = {places[stream]: case.texts for stream, case in bundestag.return_cases(list(places)).items()}
    figures = 0
    for number in range(1, 300):
        counts, land = germany.counted(number).counts, germany.land_of(number)
        unit, district, list_ = f"{number:03}", f"wk{number:03}", f"list{land}"
        expected = {f"{district}|valid_votes||": str(counts["Gültige", "1"])}
        expected[f"{list_}|valid_votes||"] = str(counts["Gültige", "2"])
        expected[f"{district}|invalid_votes||"] = str(counts["Ungültige", "1"])
        expected[f"{list_}|invalid_votes||"] = str(counts["Ungültige", "2"])
        for vote, contest in ((1, district), (2, list_)):
            for party in germany.parties_of(number, vote):
                code = f"c{germany.PARTIES.index(party) + 1}" if party in germany.PARTIES else "eb"
                expected[f"{contest}|votes||{code}"] = str(counts[party, str(vote)])
        turnout = {"bt|electors||": counts["Wahlberechtigte", ""], "bt|voters||": counts["Wählende", ""]}
        assert cases["result", unit] == expected
        assert cases["turnout", unit] == {key: str(n) for key, n in turnout.items()}
        figures += len(expected) + 2
    assert done.rows == figures
    assert "0 of which differ" in done.notes[-1]
    assert not [note for note in done.notes if "≠" in note]
    again = take(bundestag, tmp_path, kerg2, "kerg2", **PLACE)
    assert (again.repeated, again.events) == (True, 0)
    record = bundestag.ledger.command(next(iter(bundestag.ledger.stream(
        return_stream("bundestag-2021", "result", "final", "001")))).command_id)  # fmt: skip
    assert record is not None
    assert "kerg2 sha256:" in str(record.reason)


def test_totals_of_kerg2_are_compared_and_never_taken(
    bundestag: Reporting, kerg2: str, tmp_path: Path
) -> None:
    lines = kerg2.splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if ";Land;09;" in line and ";CSU;" in line and ";2;" in line)
    cells = lines[at].split(";")
    cells[11] = "1"
    changed = "".join([*lines[:at], ";".join(cells), *lines[at + 1 :]])
    report = take(bundestag, tmp_path, changed, "kerg2", dry_run=True, **PLACE)
    (told,) = [note for note in report.notes if "≠" in note]
    assert told.startswith(f"file.csv:{at + 1} 09 list votes CSU 1 ≠ ")


@pytest.mark.parametrize(
    ("old", "new", "heading", "found"),
    [
        (";Wahlkreis;007;", ";Wahlkreis;777;", "Gebietsnummer", "777"),
        ("LAND;01;Partei;SPD;", "LAND;01;Partei;SPDX;", "Gruppenname", "SPDX"),
        ("BT;26.09.2021;Wahlkreis;007;", "BT;24.09.2017;Wahlkreis;007;", "Wahltag", "24.09.2017"),
        ("BT;26.09.2021;Wahlkreis;007;", "EW;26.09.2021;Wahlkreis;007;", "Wahlart", "EW"),
        (";Wahlkreis;007;", ";Kreis;007;", "Gebietsart", "Kreis"),
        ("System-Gruppe;Ungültige;", "System-Gruppe;Verworfene;", "Gruppenname", "System-Gruppe Verworfene"),
        (";Land;01;", ";Land;55;", "Gebietsnummer", "55"),
    ],
)
def test_what_no_rule_of_the_mapping_understands_is_named(
    bundestag: Reporting, land: str, tmp_path: Path, old: str, new: str, heading: str, found: str
) -> None:
    first = problems(bundestag, tmp_path, land.replace(old, new), "kerg2", **PLACE)[0]
    line = 1 + next(n for n, text in enumerate(land.splitlines()) if old in text)
    assert (first.row, first.column, first.found) == (line, heading, found)


def test_a_column_that_the_mapping_does_not_know_is_refused(
    bundestag: Reporting, land: str, tmp_path: Path
) -> None:
    more = land.replace(germany.HEAD, germany.HEAD.replace("Bemerkung", "Briefwahl"))
    assert [one.found for one in problems(bundestag, tmp_path, more, "kerg2", **PLACE)] == ["Briefwahl"]
    less = land.replace(";Stimme;", ";Votum;")
    assert {one.column for one in problems(bundestag, tmp_path, less, "kerg2", **PLACE)} == {
        "Stimme",
        "Votum",
    }


def test_where_figures_belong_is_said_once(bundestag: Reporting, land: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="--slot"):
        take(bundestag, tmp_path, land, "kerg2", election="bundestag-2021", form="result")
    with pytest.raises(InvalidInput, match="--election"):
        take(bundestag, tmp_path, "election\n", "tidy", election="bundestag-2021")
    with pytest.raises(UnknownReference, match="bundestag-2021"):
        take(bundestag, tmp_path, land, "kerg2", **{**PLACE, "election": "bundestag-2012"})
    with pytest.raises(InvalidInput, match="kerg2"):
        mapping_of("kerg")


WIDE = """令和６年１０月２７日執行　小選挙,,,,,,,,,,,
団体コード,市区町村名,当日有権者数,,,投票者数,,,投票率,甲党,乙党,得票数計
,,男,女,計,男,女,計,,,,
011002,札幌市,"１，０００",900,"1,900",500,400,900,47.37,"５００．５","△0",500.5
131041,新宿区,10,20,30,5,5,10,33.33,－,4,4
…,,,,,,,,,,,
計,,1010,920,1930,505,405,910,47.15,500.5,4,504.5
"""


@pytest.fixture
def towns(service: Reporting) -> Reporting:
    """A tiny country whose two units have Japan's codes."""
    from uuid import uuid4

    areas = [
        area.model_copy(update={"code": {"11": "01100", "12": "13104"}.get(area.code, area.code)})
        for area in tiny.AREAS
        if area.code not in ("20", "31", "32", "P2")
    ]
    service.declare_registry("tinyland", tiny.GEOGRAPHIES, tuple(areas), tiny.SYSTEM, uuid4())
    service.define_election(tiny.election(), tiny.SYSTEM, uuid4())
    return service


JAPAN = {"election": "tiny", "form": "final", "slot": "final"}
TOWNS = WIDE.replace("…,,,,,,,,,,,\n", "")


def test_a_wide_table_in_shift_jis_is_taken(towns: Reporting, tmp_path: Path) -> None:
    done = take(towns, tmp_path, TOWNS.encode("cp932"), "municipality-wide", **JAPAN)
    assert (done.rows, done.events) == (16, 2)
    assert held(towns, "tiny", "final", "01100") == {
        "pr|electors|sex=m|": "1000", "pr|electors|sex=f|": "900", "pr|electors||": "1900",
        "pr|voters|sex=m|": "500", "pr|voters|sex=f|": "400", "pr|voters||": "900",
        "pr|votes||a": "500.5", "pr|votes||b": "0",
    }  # fmt: skip
    assert held(towns, "tiny", "final", "13104")["pr|votes||a"] == "!none"
    assert done.notes == ()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (",1930,", ",1931,", "当日有権者数/計: 公表の合計 1931 ≠ 内訳の合計 1930"),
        (",504.5\n", ",505\n", "得票数計: 公表の合計 505 ≠ 内訳の合計 504.5"),
        (",4,4\n", ",4,5\n", "得票数計: 公表の合計 5 ≠ 内訳の合計 4"),
    ],
)
def test_totals_of_a_wide_table_are_told(
    towns: Reporting, tmp_path: Path, old: str, new: str, told: str
) -> None:
    report = take(
        towns, tmp_path, TOWNS.replace(old, new).encode("cp932"), "municipality-wide", dry_run=True, **JAPAN
    )
    assert told in [note.partition(" / ")[0] for note in report.notes]


@pytest.mark.parametrize(
    ("old", "new", "row", "column"),
    [
        ("令和６年", "令和５年", 1, "A"),
        ("131041", "131042", 5, "団体コード"),  # its check digit
        ("131041", "131059", 5, "団体コード"),  # a code that is none of the election's
        ("乙党", "丙党", 2, "K"),
        ("投票者数", "投票総数", 2, "F"),
        (",4,4\n", ",4票,4\n", 5, "乙党"),
        ("計,,1010", "その他,,1010", 6, "団体コード"),
        ("011002,", ",", 4, "当日有権者数/男"),
        ("131041", "011002", 5, "団体コード"),
    ],
)
def test_what_is_wrong_in_a_wide_table_is_named_by_row_and_heading(
    towns: Reporting, tmp_path: Path, old: str, new: str, row: int, column: str
) -> None:
    wrong = TOWNS.replace(old, new, 1)
    told = problems(towns, tmp_path, wrong.encode("cp932"), "municipality-wide", **JAPAN)
    assert (row, column) in {(one.row, one.column) for one in told}


def test_all_that_is_wrong_is_one_report(towns: Reporting, tmp_path: Path) -> None:
    """Of the reader and of the form: a heading, a unit, a number, and a fraction where persons are counted."""
    wrong = TOWNS.replace("131041", "131042").replace('"△0"', "x").replace(',900,"1', ',0.5,"1')
    told = problems(towns, tmp_path, wrong.encode("cp932"), "municipality-wide", **JAPAN)
    assert [(one.row, one.column) for one in told] == [
        (4, "当日有権者数/女"), (4, "乙党"), (5, "団体コード")
    ]  # fmt: skip


def test_bytes_that_are_not_of_the_encoding_are_told(towns: Reporting, tmp_path: Path) -> None:
    (one,) = problems(towns, tmp_path, TOWNS, "municipality-wide", **JAPAN)
    assert "cp932" in one.expected or "団体コード" in one.expected
    assert (
        take(towns, tmp_path, TOWNS, "municipality-wide", encoding="utf-8", dry_run=True, **JAPAN).rows == 16
    )
    assert (
        take(
            towns,
            tmp_path,
            TOWNS.encode("utf-16"),
            "municipality-wide",
            encoding="utf-16",
            dry_run=True,
            **JAPAN,
        ).rows
        == 16
    )
    (torn,) = problems(
        towns, tmp_path, TOWNS.encode("utf-16-le"), "municipality-wide", encoding="utf-16", **JAPAN
    )
    assert "UTF-16" in torn.expected


def test_shipped_mappings_are_read_and_named() -> None:
    assert {"tidy", "kerg2", "ministry-votes", "municipality-wide"} <= set(shipped_mappings())
    for name in shipped_mappings():
        assert mapping_of(name).mapping.mapping == name


MAPPING = """mapping = "ours"
label = { ja = "当市の表", en = "Our table" }
source = "市の集計システム"
unit = { column = "団体コード" }

[file]
encoding = "cp932"

[wide]
[[wide.columns]]
heading = "投票者数"
cell = { contest = { value = "pr" }, item = { value = "voters" } }
"""


@pytest.mark.parametrize(
    ("old", "new", "row", "field", "expected"),
    [
        ('mapping = "ours"', 'mappings = "ours"', 1, "mappings", "mapping という名前"),
        ("encoding", "encodeing", 7, "file.encodeing", "encoding という名前"),
        ('"cp932"', '"sjis"', 7, "file.encoding", "utf-8、cp932、utf-16 のいずれか"),
        ("heading", "headings", 11, "wide.columns.0.headings", "heading という名前"),
        ('value = "pr"', 'valeu = "pr"', 12, "wide.columns.0.cell.contest.valeu", "value という名前"),
        ('value = "pr"', 'value = "pr", kind = "x"', 12, "wide.columns.0.cell.contest", "ちょうど一つ"),
        ("[wide]", "[long]", 9, "long.value", "省略できません"),
        ('{ column = "団体コード" }', '{ column = "団体コード", table = "codes" }', None, "", "ない: codes"),
        ('{ column = "団体コード" }', '{ value = "11" }', None, "", "報告単位の column"),
        ("[file]", "[file", 6, "6", "TOML の書き方"),
    ],
)
def test_what_is_wrong_in_a_mapping_is_named_with_its_line(
    old: str, new: str, row: int | None, field: str, expected: str
) -> None:
    with pytest.raises(FileRefused) as refused:
        read_mapping("ours.toml", MAPPING.replace(old, new, 1).encode())
    fitting = [one for one in refused.value.problems if one.column == field]
    assert fitting, refused.value.problems
    assert fitting[0].row == row
    assert expected in fitting[0].told().ja
    assert fitting[0].told().ja != fitting[0].told().en


def test_a_mapping_is_a_text_in_utf_8() -> None:
    with pytest.raises(FileRefused, match="UTF-8"):
        read_mapping("ours.toml", MAPPING.encode("cp932"))
    assert read_mapping("ours.toml", MAPPING.encode()).mapping.mapping == "ours"


def test_at_the_terminal(database: Database, towns: Reporting, tmp_path: Path) -> None:
    file = tmp_path / "集計.csv"
    file.write_bytes(TOWNS.encode("cp932"))
    environment = {"REPORTING_DATABASE_URL": database.url, "REPORTING_DATA_DIR": str(tmp_path)}

    def run(*words: str) -> Result:
        return CliRunner().invoke(root, ["import", "mapped", *words], env=environment)

    assert "kerg2: " in run("--list").stdout
    assert run(str(file)).exit_code == 2
    place = [f"--{name}={code}" for name, code in JAPAN.items()]
    misspelt = run(str(file), "--mapping", "municipality-wid", *place)
    assert (misspelt.exit_code, "municipality-wide" in misspelt.output) == (1, True)
    dry = run(str(file), "--mapping", "municipality-wide", *place, "--dry-run")
    assert (dry.exit_code, held(towns, "tiny", "final", "01100")) == (0, {}), dry.output
    done = run(str(file), "--mapping", "municipality-wide", *place)
    assert "16 rows, 2 events" in done.stdout
    assert held(towns, "tiny", "final", "01100")["pr|electors||"] == "1900"
