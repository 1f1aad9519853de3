"""Electoral districts redrawn, imported like any lineage: breaks where they were redrawn, shares across it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import tiny
from click.testing import CliRunner
from starlette.testclient import TestClient
from tiny import SYSTEM, Ask

from api.cli.group import root
from reporting.application.lineage import lineage_record
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.files.problems import FileRefused
from reporting.importing import ImportReport, import_lineage

pytestmark = pytest.mark.begins.with_args(tiny.define)

DISTRICTS = "code,name,level\nD1,第1区,district\nD2,第2区,district\n"
HEAD = "id,date,kind,of,into,level,weight,method,share_source,source\n"
REDRAWN = f"""{HEAD}law-89,2022-12-28,redistricted,D1,D1,district,0.75,electors of 2021,census,令和4年法律第89号
law-89,2022-12-28,redistricted,D1,D2,district,0.25,electors of 2021,census,令和4年法律第89号
law-89,2022-12-28,redistricted,D2,D2,district,,,,令和4年法律第89号
"""
DAY = date(2017, 7, 16)
SERIES = """query($areas: [String!], $boundaries: String! = "AS_REPORTED", $at: Int) {
  series(item: ["electors"], geography: "electoral", level: ["district"], areas: $areas, boundaries: $boundaries,
         electionKind: ["districts"], contest: "pr", includeTests: true, minPosition: $at) {
    nodes { election area value obsStatus method preBreakValue citation }
    breaks { area cause change date before after bridge source } unplaced { area } } }"""
Take = Callable[..., ImportReport]


@pytest.fixture
def take(tmp_path: Path) -> Take:
    def go(service: Reporting, changes: str = REDRAWN, areas: str = DISTRICTS, **more: Any) -> ImportReport:
        files = (tmp_path / "districts.csv", tmp_path / "redrawn.csv")
        for file, text in zip(files, (areas, changes), strict=True):
            file.write_text(text, encoding="utf-8")
        given = {"actor": SYSTEM, "registry": "tinyland", "geography": "electoral", "day": DAY, **more}
        return import_lineage(*files, service, **given)

    return go


FIGURES = {2021: {"11": 100, "20": 60, "12": 40}, 2024: {"11": 80, "20": 40, "12": 80}}


def elections(
    service: Reporting, kind: str = "districts", figures: dict[int, dict[str, int]] = FIGURES
) -> None:
    for year, electors in figures.items():
        code = f"{kind}-{year}"
        forms = [form.model_copy(update={"slots": form.slots[:1]}) for form in tiny.election().forms]
        definition = tiny.election(code=code, kind=kind, polling_date=f"{year}-10-27", forms=forms)
        service.define_election(definition, SYSTEM, uuid4())
        for unit, value in electors.items():
            request = tiny.EnterFigures(
                command_id=uuid4(),
                election=code,
                form="final",
                slot="final",
                unit=unit,
                expected_version=0,
                figures=tiny.cells(electors=value),
            )
            service.enter_figures(request, SYSTEM)


@pytest.mark.begins(None)
def test_redistricting_is_a_lineage_like_any(ask: Ask, client: TestClient, take: Take) -> None:
    service: Reporting = client.app.state.service  # type: ignore[attr-defined]
    elections(service)
    at = take(service).position
    reported = ask(SERIES, at=at)["data"]["series"]
    assert [(one["area"], one["value"], one["obsStatus"]) for one in reported["nodes"]] == [
        ("D1", "160", ["A"]),
        ("D1", "120", ["B"]),
        ("D2", "40", ["P"]),
        ("D2", "80", ["B", "P"]),
    ]
    assert {(one["area"], one["cause"], one["change"], one["date"]) for one in reported["breaks"]} == {
        (area, "redistricting", "law-89", "2022-12-28") for area in ("D1", "D2")
    }
    assert {one["bridge"] for one in reported["breaks"]} == {
        "boundaries=2024-10-27 (electors of 2021)",
        "boundaries=2024-10-27",
    }
    rebased = ask(SERIES, at=at, boundaries="2024-10-27")["data"]["series"]
    assert [(one["area"], one["value"], one["obsStatus"], one["method"]) for one in rebased["nodes"]] == [
        ("D1", "120", ["E"], "electors of 2021"),
        ("D1", "120", ["B"], ""),
        ("D2", "80", ["E", "P"], "electors of 2021"),
        ("D2", "80", ["B", "P"], ""),
    ]
    assert rebased["unplaced"] == []
    (_, second) = ask(SERIES, at=at, boundaries="2024-10-27", areas=["D2"])["data"]["series"]["nodes"]
    assert second == rebased["nodes"][3]
    elections(service, "later", {2027: {"11": 1}})  # the same again, read from the log as of then
    for one in rebased["nodes"]:
        again = "query($c: String!) { observation(citation: $c) { value obsStatus preBreakValue citation } }"
        found = ask(again, c=one["citation"])["data"]["observation"]
        assert found == {name: one[name] for name in found}


PROGRESS = """query($boundaries: String! = "AS_REPORTED", $at: Int) {
  series(item: ["turnout"], geography: "electoral", level: ["district"], boundaries: $boundaries,
         electionKind: ["districts"], contest: "pr", includeTests: true, minPosition: $at) {
    nodes { area value obsStatus coverage } } }"""


@pytest.mark.begins(None)
@pytest.mark.parametrize(
    ("third", "shown"),
    [
        # D1: 159,997 of 160,000 counted; D2: one ballot of 240,000, then one unit silent.
        ("0", {"AS_REPORTED": ["99.99", "0.01"], "2024-10-27": ["99.99", "14.29"]}),
        (None, {"AS_REPORTED": ["99.99", None], "2024-10-27": ["99.99", None]}),
    ],
)
def test_a_progress_is_never_at_an_end_too_soon(
    ask: Ask, client: TestClient, take: Take, third: str | None, shown: dict[str, list[str | None]]
) -> None:
    """As reported and re-based alike: what is not done never reads 100, what has begun never 0, and an area some unit of
    which has said nothing has no progress."""
    service: Reporting = client.app.state.service  # type: ignore[attr-defined]
    items = [item.model_dump() for item in tiny.election().items]
    for item in items:
        item["progress"] = item["code"] == "turnout"
    forms = [form.model_copy(update={"slots": form.slots[:1]}) for form in tiny.election().forms]
    definition = tiny.election(
        code="one", kind="districts", polling_date="2021-10-27", forms=forms, items=items
    )
    service.define_election(definition, SYSTEM, uuid4())
    counted = {"11": "79997", "20": "80000", "12": "1", "31": "0", "32": third}
    for unit, voters in counted.items():
        if voters is not None:
            request = tiny.EnterFigures(
                command_id=uuid4(), election="one", form="final", slot="final", unit=unit, expected_version=0,
                figures=tiny.cells(voters=voters, electors="80000"),
            )  # fmt: skip
            service.enter_figures(request, SYSTEM)
    at = take(service).position
    for boundaries, values in shown.items():
        nodes = ask(PROGRESS, at=at, boundaries=boundaries)["data"]["series"]["nodes"]
        found = {node["area"]: node["value"] for node in nodes}
        assert [found.get("D1"), found.get("D2")] == values, (boundaries, nodes)


def test_it_leaves_the_lineage_of_other_areas_alone(service: Reporting, take: Take) -> None:
    assert take(service).events == 2
    assert take(service).events == 0
    assert lineage_record(service, "tinyland")[0] == 0
    assert lineage_record(service, "tinyland", "electoral")[0] == 2


@pytest.mark.parametrize(
    ("changes", "row", "told"),
    [
        (REDRAWN.replace("0.25", "0.3"), 2, "weights"),
        (REDRAWN.replace("D1,D2", "D9,D2"), 2, "unknown_code"),
        (REDRAWN.replace("2022-12-28", "2016-01-01"), 2, "date_reversal"),
        (REDRAWN.replace("redistricted", "conquered"), 2, "unknown_kind"),
        (f"{HEAD}x,2020-01-01,established,,D1,,,,,law\n", 2, "overlap"),
        (
            f"{HEAD}x,2020-01-01,merged,D1 D2,D3,,,,,law\n".replace("D1 D2", "D1")
            + "y,2021-01-01,absorbed,D1,D2,,,,,law\n",
            3,
            "orphan",
        ),
        (
            f"{HEAD}x,2020-01-01,status_change,D1,D2,,,,,law\ny,2020-01-01,status_change,D2,D1,,,,,law\n",
            2,
            "cycle",
        ),
    ],
)
@pytest.mark.unchanged
def test_a_bad_lineage_is_refused_with_its_rows(
    service: Reporting, take: Take, changes: str, row: int, told: str
) -> None:
    from reporting.lineage.problems import WORDS

    with pytest.raises(FileRefused) as refused:
        take(service, changes)
    assert (row, WORDS[told]) in {(one.row, one.expected) for one in refused.value.problems}


@pytest.mark.parametrize(
    ("changes", "row", "column"),
    [
        (
            REDRAWN.replace("law-89,2022-12-28,redistricted,D2", "law-89,2022-12-29,redistricted,D2"),
            4,
            "date",
        ),
        (REDRAWN.replace("2022-12-28", "28.12.2022"), 2, "date"),
        (REDRAWN.replace("0.25", "a quarter"), 2, "weight"),
        (REDRAWN.replace("electors of 2021", ""), 2, "method"),
    ],
)
@pytest.mark.unchanged
def test_a_bad_row_is_named(service: Reporting, take: Take, changes: str, row: int, column: str) -> None:
    with pytest.raises(FileRefused) as refused:
        take(service, changes)
    assert (row, column) in {(one.row, one.column) for one in refused.value.problems}


def test_the_command(
    service: Reporting, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPORTING_DATABASE_URL", database.url)
    (tmp_path / "a.csv").write_text(DISTRICTS, encoding="utf-8")
    (tmp_path / "b.csv").write_text(REDRAWN, encoding="utf-8")
    words = ["--registry", "tinyland", "--geography", "electoral", "--day", "2017-07-16"]
    done = CliRunner().invoke(
        root, ["import", "lineage", str(tmp_path / "a.csv"), str(tmp_path / "b.csv"), *words]
    )
    assert done.exit_code == 0, done.output
    assert lineage_record(service, "tinyland", "electoral")[1].start_date == DAY
