"""An invented country with five levels, by the command line alone, on a data directory of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from api.cli.group import root
from reporting.database.connect import Database
from reporting.database.migrate import migrate

ALDORIA = Path(__file__).parents[2] / "examples" / "aldoria"
QUERY = """{ election(code: "moot-1901") { isTest contest(code: "crown") {
  state: totals(form: "tally", slot: "dusk", geography: "state", items: ["enrolled", "attended", "attendance"], first: 200) {
    nodes { code level item value reported expected } }
  guild: totals(form: "tally", slot: "dusk", geography: "guild", level: "guild", items: ["stones"]) {
    nodes { code choice value } } } } }"""


def test_five_levels_without_a_line_of_code(
    empty_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(empty_database)
    monkeypatch.setenv("REPORTING_DATABASE_URL", empty_database.url)
    monkeypatch.setenv("REPORTING_DATA_DIR", str(tmp_path))

    def run(*words: str) -> str:
        result = CliRunner().invoke(root, words, prog_name="reporting", catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    run("import", "areas", str(ALDORIA / "aldoria.toml"))
    run("import", "election", str(ALDORIA / "moot.toml"))
    run("import", "returns", str(ALDORIA / "returns.csv"), "--dry-run")
    run("import", "returns", str(ALDORIA / "returns.csv"))
    assert "already taken" in run("import", "returns", str(ALDORIA / "returns.csv"))
    run("projections", "rebuild")
    contest = json.loads(run("query", QUERY))["data"]["election"]["contest"]
    levels = {node["level"] for node in contest["state"]["nodes"]}
    assert levels == {"realm", "march", "county", "commune", "hall"}
    found = {(node["code"], node["item"]): node for node in contest["state"]["nodes"]}
    assert found["ALD", "enrolled"]["value"] == str(sum(100 + n for n in range(16)))
    assert found["ALD", "attendance"]["value"] == "62.79"  # 1080 of 1720
    assert (found["South.2a", "attended"]["reported"], found["South.2a", "attended"]["expected"]) == (2, 2)
    guilds = {(node["code"], node["choice"]): node["value"] for node in contest["guild"]["nodes"]}
    assert guilds == {
        ("G-Millers", "owl"): "300",  # 8 halls: 30.5 + 32.5 + … + 44.5
        ("G-Millers", "stag"): "236",
        ("G-Weavers", "owl"): "308",
        ("G-Weavers", "stag"): "236",
    }
    run("projections", "verify")
    plain = [line.split() for line in run("series", "attendance", "--area", "ALD", "--tests").splitlines()]
    assert any("62.79" in line for line in plain), plain
    assert "geography=state" in run("series", "attendance", "--area", "ALD", "--tests", "--csv")
    query = '{ series(item: "attendance", areas: ["ALD"], includeTests: true) { nodes { value citation } } }'
    (node,) = json.loads(run("query", query))["data"]["series"]["nodes"]
    assert node["value"] == "62.79"
    assert "geography=state" in node["citation"]
    guild = '{ series(item: "attendance", geography: "guild", areas: ["G-Millers"], includeTests: true) { nodes { citation } } }'
    assert "geography=guild" in json.dumps(json.loads(run("query", guild)))


def test_a_rate_of_six_decimals_and_no_figure_of_more_than_three(
    empty_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Germany's open data publish six; totals, series and the database round alike."""
    migrate(empty_database)
    monkeypatch.setenv("REPORTING_DATABASE_URL", empty_database.url)
    monkeypatch.setenv("REPORTING_DATA_DIR", str(tmp_path))

    def run(*words: str) -> str:
        result = CliRunner().invoke(root, words, prog_name="reporting", catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    moot = (ALDORIA / "moot.toml").read_text(encoding="utf-8")
    (tmp_path / "moot.toml").write_text(moot.replace("decimals = 2", "decimals = 6"), encoding="utf-8")
    run("import", "areas", str(ALDORIA / "aldoria.toml"))
    run("import", "election", str(tmp_path / "moot.toml"))
    run("import", "returns", str(ALDORIA / "returns.csv"))
    run("projections", "rebuild")
    totals = """{ election(code: "moot-1901") { contest(code: "crown") { totals(form: "tally", slot: "dusk",
      geography: "state", areas: ["ALD"], items: ["attendance"]) { nodes { value } } } }
      series(item: "attendance", areas: ["ALD"], includeTests: true) { nodes { value } } }"""
    answer = json.loads(run("query", totals))["data"]
    assert answer["election"]["contest"]["totals"]["nodes"] == [{"value": "62.790698"}]  # 1080 of 1720
    assert answer["series"]["nodes"] == [{"value": "62.790698"}]
    (tmp_path / "moot.toml").write_text(moot.replace("decimals = 2", "decimals = 7"), encoding="utf-8")
    refused = CliRunner().invoke(root, ["import", "election", str(tmp_path / "moot.toml")])
    assert "6 以下の数" in refused.output
