"""A series over elections as a data set: every table, every format, the same bytes at the same position, at an address for ever."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import uuid4

import duckdb
import pytest
import read_back
import tiny
from click.testing import CliRunner, Result
from json_schemas import without_grammar
from pysdmx.io import read_sdmx
from starlette.testclient import TestClient
from tiny import SYSTEM

from api.app import create_app
from api.cli.group import root
from api.settings import Settings
from projections.runner import Projector
from reporting.application.commands import EnterFigures
from reporting.application.lineage import register_lineage
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.area_changes import AreaChange, AreaName
from reporting.ledger import Ledger

ITEMS = ("turnout", "voters", "votes")
HIDDEN = "97713"


@pytest.fixture(scope="module")
def database(module_database: Database) -> Database:
    """Two elections four years apart, a practice one beside them, and two wards that became one after both."""
    ledger = Ledger(module_database)
    service = Reporting(ledger)
    service.declare_registry("tinyland", tiny.GEOGRAPHIES, tiny.AREAS, SYSTEM, uuid4())
    for code, day, is_test, voters in (
        ("then", "2020-10-25", False, 60),
        ("now", "2024-10-27", False, 70),
        ("trial-run", "2024-10-27", True, HIDDEN),
    ):
        items = [item.model_dump() for item in tiny.election().items]
        for item in items:
            if item["code"] == "voters" and code == "now":
                item["version"] = 2
        service.define_election(
            tiny.election(code=code, polling_date=day, is_test=is_test, items=items), SYSTEM, uuid4()
        )
        for unit in tiny.UNITS:
            figures = tiny.cells(
                electors=100_000,
                voters=voters,
                electors_m=50_000,
                voters_m=30,
                votes_a="12.125",
                votes_b="!none",
            )
            place = {"election": code, "form": "final", "slot": "final", "unit": unit}
            service.enter_figures(
                EnterFigures(command_id=uuid4(), expected_version=0, figures=figures, **place), SYSTEM
            )
    for code in ("then", "now"):  # collected, and nobody's to see
        inner = {"election": code, "form": "final", "slot": "inner", "unit": "11"}
        figures = tiny.cells(voters=HIDDEN, electors=100_000)
        service.enter_figures(
            EnterFigures(command_id=uuid4(), expected_version=0, figures=figures, **inner), SYSTEM
        )
    start = {unit: AreaName(code=unit, name=f"地域{unit}", level="ward") for unit in tiny.UNITS}
    merged = AreaChange(
        id="m", date=date(2025, 4, 1), kind="merged", source="告示", from_areas=(start["11"], start["12"]),
        to_areas=(AreaName(code="13", name="新|区", level="ward"),),
    )  # fmt: skip
    register_lineage(service, "tinyland", date(2000, 1, 1), start, [merged], SYSTEM, uuid4())
    projector = Projector(module_database)
    projector.catch_up()
    ledger.close()
    return module_database


def package(database: Database, folder: Path, *words: str) -> Result:
    env = {"REPORTING_DATABASE_URL": database.url, "REPORTING_DATA_DIR": str(folder)}
    return CliRunner().invoke(root, ["series", "package", *words], env=env, prog_name="reporting")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("installation")


@pytest.fixture(scope="module")
def reported(database: Database, folder: Path) -> Path:
    result = package(database, folder, *ITEMS, "--name", "everything")
    assert result.exit_code == 0, result.output
    (made,) = (folder / "series/everything").iterdir()
    return made


def table(made: Path, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((made / f"{name}.csv").read_text(encoding="utf-8"))))


def test_the_observations_are_those_that_anybody_is_shown(reported: Path, client: TestClient) -> None:
    """A slot that is collected and not published holds other figures: they are in no file."""
    shown = client.get("/series.csv", params={"item": list(ITEMS)})
    rows = list(csv.DictReader(io.StringIO(shown.text)))
    made = table(reported, "observations")
    key = ("date", "election", "area", "contest", "item", "choice")
    told = {tuple(row[name] for name in key): row for row in rows}
    assert len(made) == len(told) == len(rows) > 50
    for row in made:
        shown_as = told[tuple(row[name] for name in key)]
        for name in (
            "value",
            "difference",
            "previous_value",
            "absence",
            "coverage_reported",
            "numerator",
            "position",
        ):
            assert row[name] == shown_as[name], (name, row)
    flags = {(*(row[name] for name in key), row["flag"]) for row in table(reported, "flags")}
    assert flags == {(*place, flag) for place, row in told.items() for flag in row["obs_status"]}
    citations = {tuple(row[name] for name in key): row["citation"] for row in table(reported, "citations")}
    assert citations == {place: row["citation"] for place, row in told.items()}
    for file in reported.rglob("*.*"):
        assert HIDDEN.encode() not in file.read_bytes(), file
    assert {row["election"] for row in table(reported, "elections")} == {"then", "now"}
    assert {
        (row["item"], row["before"], row["after"], row["cause"]) for row in table(reported, "breaks")
    } == {(item, "then", "now", "item_definition") for item in ("voters", "turnout")}


def test_every_format_says_the_same(reported: Path) -> None:
    rows = [tuple(row.values()) for row in table(reported, "observations")]
    kinds = duckdb.execute(f"DESCRIBE SELECT * FROM '{reported}/observations.parquet'").fetchall()
    assert dict(kind[:2] for kind in kinds)["value"].startswith("DECIMAL")
    stored = duckdb.execute(f"SELECT * FROM '{reported}/observations.parquet'").fetchall()
    place = list(table(reported, "observations")[0]).index("value")
    values = [None if row[place] is None else f"{row[place].normalize():f}" for row in stored]
    assert len(stored) == len(rows)
    assert values == [f"{float(row[place]):g}" if row[place] else None for row in rows]
    with without_grammar():
        from csvw import CSVW  # not of every process that collects tests

    described = CSVW(str(reported / "csv-metadata.json"))
    assert {str(part.url) for part in described.tables} >= {"observations.csv", "flags.csv", "codebook.csv"}
    for part in described.tables:
        list(part.iterdicts(strict=True))
    assert read_sdmx(reported / "sdmx-structure.xml", validate=True).structures


def test_the_codebook_tells_items_columns_and_flags_in_both_languages(reported: Path) -> None:
    items = {row["item"]: row for row in table(reported, "codebook")}
    assert items.keys() == {"turnout", "voters", "votes", "electors"}, "with what a rate is made of"
    assert (items["turnout"]["numerator"], items["turnout"]["decimals"]) == ("voters", "2")
    versions = {(row["item"], row["version"]): row["elections"] for row in table(reported, "codebook")}
    assert (versions["voters", "1"], versions["voters", "2"]) == ("then", "now")
    words, page = (reported / f"codebook.{ending}" for ending in ("md", "html"))
    for text in (words.read_text(encoding="utf-8"), page.read_text(encoding="utf-8")):
        for told in (
            "投票率",
            "Observation status",
            "断絶の後の最初 / First after a break",
            "observations.csv",
            "creativecommons.org",
        ):
            assert told in text
        assert "<script" not in text


def test_on_the_boundaries_of_a_day_with_the_lineage(database: Database, folder: Path) -> None:
    result = package(
        database, folder, "voters", "--name", "rebased", "--boundaries", "2025-06-01", "--area", "13", "--area", "31"
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    (made,) = (folder / "series/rebased").iterdir()
    by_area = {(row["election"], row["area"]): row for row in table(made, "observations")}
    assert by_area["now", "13"]["value"] == "140"
    assert by_area["now", "13"]["boundaries"] == "2025-06-01"
    assert [(row["of"], row["into"], row["share"], row["exact"]) for row in table(made, "lineage")] == [
        ("11", "13", "1", "true"),
        ("12", "13", "1", "true"),
    ]
    assert (made / "codebook.md").read_text(encoding="utf-8").count("新|区") == 0


def test_made_elsewhere_it_is_the_same_bytes(reported: Path, database: Database, tmp_path: Path) -> None:
    """In another process, with another hash seed and time zone."""
    env = {
        "REPORTING_DATABASE_URL": database.url,
        "REPORTING_DATA_DIR": str(tmp_path),
        "PYTHONHASHSEED": "7",
        "TZ": "America/Lima",
        "PGTZ": "Asia/Tokyo",
    }
    made = "from api.cli.group import root; root(prog_name='reporting')"
    subprocess.run(
        [sys.executable, "-c", made, "series", "package", *ITEMS, "--name", "everything"],
        env=env,
        check=True,
        timeout=60,
    )
    other = tmp_path / "series/everything" / reported.name
    names = {path.relative_to(reported) for path in reported.rglob("*") if path.is_file()}
    assert names == {path.relative_to(other) for path in other.rglob("*") if path.is_file()}
    assert [name for name in names if (reported / name).read_bytes() != (other / name).read_bytes()] == []


@pytest.fixture(scope="module")
def client(database: Database, folder: Path, reported: Path) -> Iterator[TestClient]:
    settings = Settings(
        database_url=database.url, data_dir=folder, token_key=folder / "token.key", publication=False
    )
    with TestClient(create_app(settings), follow_redirects=False) as client:
        yield client


def test_it_stands_at_an_address_for_ever(client: TestClient, reported: Path) -> None:
    at = f"/data/series/everything/{reported.name}"
    told = client.get(f"{at}/data-set.json").json()
    for file in told["files"]:
        answer = client.get(f"{at}/{file['name']}", headers={"accept-encoding": "identity"})
        assert hashlib.sha256(answer.content).hexdigest() == file["sha256"]
        assert answer.headers["cache-control"].endswith("immutable")
        assert answer.headers["content-type"] == file["mediaType"]
    for address, onward in (
        ("everything", "data-set.json"), ("everything/latest", "data-set.json"), (f"everything/{reported.name}", "data-set.json"),
        ("everything/latest/codebook.html", "codebook.html"), ("everything/latest/excel/flags.csv", "excel/flags.csv"),
    ):  # fmt: skip
        assert client.get(f"/data/series/{address}").headers["location"] == f"{at}/{onward}"
    for wrong, nearest in (
        (f"everything/{reported.name}/observation.csv", f"{at}/observations.csv"),
        ("everything/999999/observations.csv", "/data/series/everything/latest"),
        (f"everything/0{reported.name}/observations.csv", "/data/series/everything/latest"),
        (f"everything/{reported.name}/.index.json", f"{at}/"),
        ("..%2f..%2ftoken.key/1/x", "/data/catalog.jsonld"),
    ):
        answer = client.get(f"/data/series/{wrong}")
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["facts"]["nearest"]) == (
            404,
            nearest,
        )
    page = client.get("/open-data").text
    assert f'href="{at}/codebook.html"' in page
    assert told["title"]["ja"] in page
    listed = {entry["@id"] for entry in client.get("/data/catalog.jsonld").json()["dcat:dataset"]}
    assert f"series/everything/{reported.name}/" in listed


def test_it_stands_in_the_site_as_a_folder(
    reported: Path, database: Database, folder: Path, tmp_path: Path
) -> None:
    """The very bytes; its name and `latest` lead to the newest, and the catalogue beside it names every file."""
    env = {"REPORTING_DATABASE_URL": database.url, "REPORTING_DATA_DIR": str(folder)}
    words = ["publish", "--to", str(tmp_path / "site"), "--data-only"]
    done = CliRunner().invoke(root, words, env=env, prog_name="reporting")
    assert done.exit_code == 0, done.output
    site = tmp_path / "site/data/series/everything"
    names = [file["name"] for file in json.loads((reported / "data-set.json").read_text())["files"]]
    for name in [*names, "data-set.json"]:
        assert (site / reported.name / name).read_bytes() == (reported / name).read_bytes(), name
    assert not list(site.rglob(".index.json"))
    for leading in (site, site / "latest", site / reported.name):
        (to,) = set(re.findall(r'href="([^"]+)"', (leading / "index.html").read_text()))
        assert (leading / to).resolve() == (site / reported.name / "data-set.json").resolve()
    listed = (tmp_path / "site/data/catalog.jsonld").read_text()
    assert all(f"series/everything/{reported.name}/{name}" in listed for name in names)


@pytest.mark.shared
def test_both_its_descriptions_fit_the_shapes_of_dcat_ap(
    client: TestClient, reported: Path, shared: Path
) -> None:
    for content in (client.get("/data/catalog.jsonld").content, (reported / "dcat.jsonld").read_bytes()):
        assert read_back.against_dcat_ap(content, shared) == ""


def test_what_does_not_belong_in_it_is_refused(reported: Path, database: Database, folder: Path) -> None:
    for words, code in (
        (("voters", "--name", "everything"), "series_set_differs"),
        (("voters", "--name", "../evil"), "invalid_input"),
        (("voters", "--name", "x", "--tests"), "released"),
        (("voters", "--name", "x", "--layer", "entered"), "released"),
        (("voter", "--name", "x"), "unknown_reference"),
        (("voters", "--name", "x", "--form", "final", "--slot", "inner"), "nothing_in_series"),
        (("voters", "--name", "x", "--without", "xlxs"), "invalid_input"),
        (("voters", "--name", "x", "--from", "2030-01-01"), "nothing_in_series"),
    ):
        result = package(database, folder, *words)
        assert result.exit_code in (1, 2), words
        assert code in result.output, (words, result.output)
    assert not (folder / "series/x").exists()
    assert json.loads((reported / "data-set.json").read_text())["observations"] == len(
        table(reported, "observations")
    )
