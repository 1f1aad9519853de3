"""Eighty years of turnout through the product's importers: published rates, known differences, breaks, the command line."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from history import PrintedTurnout
from tiny import SYSTEM
from world import World

from api.cli.group import root
from reporting.database.connect import Database
from reporting.importing import import_history, shipped_history_file
from reporting.series.errata import ERRATA_COLUMNS, errata

SERIES = """query($item: [String!]!, $areas: [String!], $level: [String!], $contest: String, $breakdown: String! = "") {
  series(item: $item, areas: $areas, level: $level, contest: $contest, breakdown: $breakdown, electionKind: ["lower_house"],
         first: 20000) {
    nodes { election area value obsStatus preBreakValue previousElection previousValue difference source coverage numerator denominator }
    breaks { cause change before after bridge source } } }"""
Command = Callable[..., Result]


@pytest.fixture(scope="module")
def source(world: World, shared: Path) -> PrintedTurnout:
    tables = shared / "data" / "jp-visualizing-turnout"
    with shipped_history_file("shugiin-turnout") as file:
        report = import_history(file, world.service, SYSTEM, tables=tables)
    assert (report.rows, report.notes) == (752 * 6 + 28 * 6 + 9 * 6, ())
    world.projector.catch_up()
    return PrintedTurnout(tables)


@pytest.fixture
def command(source: PrintedTurnout, module_database: Database, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("REPORTING_DATABASE_URL", module_database.url)
    return lambda *words: CliRunner().invoke(root, ["series", *words], catch_exceptions=False)


def found(world: World, **asked: Any) -> dict[tuple[str, str], dict[str, Any]]:
    return {(node["election"], node["area"]): node for node in world.ask(SERIES, **asked)["series"]["nodes"]}


def test_national_rates_1946_to_2021_are_the_published_ones(world: World, source: PrintedTurnout) -> None:
    nodes = found(world, item="turnout", areas=["JP"], contest="smd")
    assert {
        f"shugiin-{row['election_no']}": f"{Decimal(row['turnout_pct']):.2f}" for row in source.nation
    } == {election: node["value"] for (election, _), node in nodes.items() if election < "shugiin-50"}
    fiftieth = nodes["shugiin-50", "JP"]
    assert (fiftieth["value"], fiftieth["coverage"]) == ("53.85", "47/47")
    assert fiftieth["obsStatus"] == ["P"]
    assert fiftieth["difference"] == str(Decimal("53.85") - Decimal("55.93"))


def test_prefecture_rates_2005_to_2026(world: World, source: PrintedTurnout) -> None:
    """376 of each contest, half up to two decimals of the reported persons."""
    for contest in ("smd", "pr"):
        nodes = found(world, item="turnout", level=["prefecture"], contest=contest)
        rows = [row for row in source.prefectures if row["contest"] == contest]
        assert len(nodes) == len(rows) == 8 * 47
        for row in rows:
            node = nodes[f"shugiin-{row['election_no']}", row["pref_code"]]
            electors, voters = (
                int(row[f"{what}_m"]) + int(row[f"{what}_f"]) for what in ("electors", "voters")
            )
            assert (node["numerator"], node["denominator"]) == (str(voters), str(electors))
            assert int(Decimal(node["value"]) * 100) == (2 * 10_000 * voters + electors) // (2 * electors)
            assert "imported" in node["source"]


def test_documented_differences_are_errata_and_not_silence(world: World, command: Command) -> None:
    told = [
        json.loads(
            command("check", "electors", "voters", "--kind", "lower_house", "--breakdown", f"sex={sex}", "--to", "2021-12-31",
                    "--whole", "JP", "--json").stdout
        )
        for sex in "mf"
    ]  # fmt: skip
    sums = [one for report in told for one in report["findings"] if one["check"] == "sum"]
    assert {one["evidence"]["erratum"] for one in sums} == {one.id for one in errata()}
    assert len(sums) == 13
    query = """{ series(item: ["electors", "voters"], electionKind: ["lower_house"], breakdown: "sex=%s", areas: ["JP", "13"],
      first: 500) {
      nodes { election area contest item erratum } errata { id published other difference source } } }"""
    asked = [world.ask(query % sex)["series"] for sex in "mf"]
    named = [node for answer in asked for node in answer["nodes"] if node["erratum"]]
    assert {node["erratum"] for node in named} == {one.id for one in errata()}
    assert {node["area"] for node in named} == {"JP"}
    listed = {one["id"]: one for answer in asked for one in answer["errata"]}
    assert {name: one["published"] for name, one in listed.items()} == {
        one.id: str(one.published) for one in errata()
    }
    text = command("check", "voters", "--kind", "lower_house", "--area", "JP").stdout
    assert "not run: unknown_code not_alive" in text
    table = list(csv.DictReader(StringIO(command("errata").stdout)))
    assert [one["id"] for one in table] == [one.id for one in errata()]


def test_breaks_carry_their_cause(world: World, source: PrintedTurnout, command: Command) -> None:
    answer = world.ask(SERIES, item="electors", areas=["JP"], contest="smd")["series"]
    marked = {node["election"]: node for node in answer["nodes"] if "B" in node["obsStatus"]}
    assert list(marked) == ["shugiin-33", "shugiin-41", "shugiin-45", "shugiin-48"]
    assert marked["shugiin-48"]["preBreakValue"] == "103962784"
    causes = {(one["cause"], one["change"], one["after"]) for one in answer["breaks"]}
    assert ("electorate", "voting-age-18", "shugiin-48") in causes
    assert {one["after"] for one in answer["breaks"] if not one["bridge"]} == set(marked)
    lines = list(
        csv.DictReader(StringIO(command("breaks", "electors", "--area", "JP", "--contest", "smd").stdout))
    )
    assert {(one["cause"], one["change"], one["after"]) for one in lines} == causes


@pytest.mark.parametrize("more", ["", 'form: "turnout", slot: "flash"', 'slot: "final", breakdown: "sex=m"'])
def test_a_citation_gives_what_stood_before_it_too(world: World, source: PrintedTurnout, more: str) -> None:
    """The previous value is that of the slots that were asked for."""
    fields = "value obsStatus previousElection previousValue difference preBreakValue citation"
    query = f"""{{ series(item: ["turnout"], areas: ["JP", "13"], includeTests: true, electionKind: ["lower_house"], {more})
      {{ nodes {{ {fields} }} }} }}"""
    nodes = world.ask(query)["series"]["nodes"]
    assert len(nodes) > 50
    for node in nodes[::5]:
        again = "query($c: String!) { observation(citation: $c) { " + fields + " } }"
        assert world.ask(again, c=node["citation"])["observation"] == node


def test_the_table_and_the_csv(world: World, command: Command) -> None:
    text = command("turnout", "--area", "JP", "--contest", "smd").stdout
    assert len(text.splitlines()) == 30
    assert "72.08" in text.splitlines()[0]
    rows = list(csv.DictReader(StringIO(command("turnout", "--area", "13", "--csv").stdout)))
    assert {row["contest"] for row in rows} == {"smd", "pr"}
    assert len(rows) == 16
    assert rows[0]["citation"].startswith("reporting:series?geography=administrative&area=13&")


def test_flash_against_final_is_a_list(world: World, command: Command) -> None:
    """The 50th has its flash; a final figure is made up for one prefecture and equal for another."""
    assert list(csv.DictReader(StringIO(command("flash", "shugiin-50").stdout))) == []
    told = {
        "election": "shugiin-50",
        "form": "turnout",
        "slot": "final",
        "contest": "smd",
        "item": "electors",
    }
    flash = {
        row["area"]: int(row["value"])
        for row in csv.DictReader(
            StringIO(
                command("electors", "--level", "prefecture", "--contest", "smd", "--from", "2024-01-01", "--to", "2024-12-31",
                        "--csv").stdout
            )
        )
    }  # fmt: skip
    finals = [
        {**told, "unit": "13", "value": str(flash["13"] - 3)},
        {**told, "unit": "14", "value": str(flash["14"])},
    ]
    world.take("finals", finals)
    (one,) = csv.DictReader(StringIO(command("flash", "shugiin-50").stdout))
    assert (one["unit"], one["flash"], one["final"], one["difference"], one["state"]) == (
        "13", str(flash["13"]), str(flash["13"] - 3), "-3", "open",
    )  # fmt: skip
    every = list(csv.DictReader(StringIO(command("flash", "shugiin-50", "--all").stdout)))
    assert [(row["unit"], row["state"]) for row in every] == [("13", "open"), ("14", "equal")]


@pytest.mark.parametrize("ending", ["svg", "png"])
def test_a_picture(command: Command, tmp_path: Path, ending: str) -> None:
    """The same bytes each time; where it breaks, the line does too."""
    files = [tmp_path / f"{number}.{ending}" for number in range(2)]
    for file in files:
        done = command("turnout", "electors", "--area", "JP", "--contest", "smd", "--plot", str(file))
        assert done.exit_code == 0, done.output
    first, second = (file.read_bytes() for file in files)
    assert first == second
    assert first.startswith(b"\x89PNG" if ending == "png" else b"<?xml")


def test_a_picture_of_many(command: Command, tmp_path: Path) -> None:
    """Words of a picture stay words, in whatever font there is."""
    assert command("turnout", "--level", "prefecture", "--plot", str(tmp_path / "all.svg")).exit_code == 0
    picture = (tmp_path / "all.svg").read_text(encoding="utf-8")
    assert "94 series" in picture
    assert "voting age lowered" in picture or "選挙権年齢" in picture


def test_what_cannot_be_drawn_says_so(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = command("turnout", "--area", "JP", "--plot", str(tmp_path / "a.pdf"))
    assert (refused.exit_code, "[invalid_input]" in refused.output) == (1, True)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    missing = command("turnout", "--area", "JP", "--plot", str(tmp_path / "a.svg"))
    assert (missing.exit_code, "[plot_unavailable]" in missing.output) == (1, True)
    assert "open-election-reporting[plot]" in missing.output


def test_an_operator_loads_it_by_one_command_and_again_without_effect(
    source: PrintedTurnout, shared: Path, command: Command
) -> None:
    tables = ["--tables", str(shared / "data" / "jp-visualizing-turnout")]
    taken = CliRunner().invoke(root, ["import", "history", "--shipped", "shugiin-turnout", *tables])
    assert (taken.exit_code, "already taken, nothing changed" in taken.output) == (0, True), taken.output
    listed = CliRunner().invoke(root, ["import", "history", "--list"]).output
    assert "shugiin-turnout: 衆議院議員総選挙の投票者数（1946年から） / Voters" in listed
    told = command(
        "turnout", "--area", "JP", "--contest", "smd", "--from", "2021-01-01", "--to", "2025-01-01"
    ).stdout
    assert [line.split()[5] for line in told.splitlines()] == ["55.93", "53.85"]


def test_an_office_adds_an_erratum_of_its_own(
    world: World, source: PrintedTurnout, command: Command, tmp_path: Path
) -> None:
    """The shipped ones of other elections stay; of one cell the office's word counts; the moment before says nothing of it."""
    row = "pref-13-2026,shugiin-51,2026-02-08,smd,13,voters,sex=f,県の年報,3100000,国の結果調,3099990,10,年報 12 頁,転記の誤り\n"
    file, position = tmp_path / "errata.csv", world.projector.catch_up()
    file.write_text(",".join(ERRATA_COLUMNS) + "\n" + row, encoding="utf-8")
    done = CliRunner().invoke(root, ["import", "errata", str(file)])
    assert (done.exit_code, "1 rows, 1 events" in done.output) == (0, True), done.output
    assert "stand already" in CliRunner().invoke(root, ["import", "errata", str(file)]).output
    world.projector.catch_up()
    query = """query($at: AsOfInput) { series(item: "voters", electionKind: ["lower_house"], breakdown: "sex=f", areas: ["13"],
      asOf: $at, first: 500) { nodes { election erratum } errata { id other } } }"""
    now = world.ask(query)["series"]
    assert [one for one in now["nodes"] if one["erratum"]] == [
        {"election": "shugiin-51", "erratum": "pref-13-2026"}
    ]
    assert now["errata"] == [{"id": "pref-13-2026", "other": "3099990"}]
    then = world.ask(query, at={"position": position})["series"]
    assert [one["erratum"] for one in then["nodes"]] == [""] * len(now["nodes"])


def test_an_unknown_item_or_lineage_is_named(command: Command) -> None:
    assert "[unknown_reference]" in command("nothing").output
    assert "lineage" in command("turnout", "--boundaries", "2024-01-01").output
