"""A town assembly election with two items of its own, from definition files to certified totals; no line of code knows it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner

from api.cli.group import root
from projections.runner import Projector
from projections.verify import verify
from reporting.application import desk_commands as desks
from reporting.application.commands import CellInput
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor, Role
from reporting.domain.four_eyes import FourEyes
from reporting.domain.status import Status
from reporting.errors import NotAuthorised
from reporting.publication.release import Publication

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "local-assembly" / "election.toml"
JAPAN = ROOT / "src" / "reporting" / "definitions" / "data" / "japan" / "japan.json"
CODE, UNIT = "harima-assembly-2027", "28382"
TOWN = Actor("中村", "播磨町選管", Role.MUNICIPALITY, UNIT)
TOWN_2 = Actor("石井", "播磨町選管", Role.MUNICIPALITY, UNIT)
PREFECTURE = Actor("岡田", "兵庫県選管", Role.PREFECTURE, "28")
OWN = ("bus_riders", "children_along")

VOTING = {
    "electors": "28000",
    "voters": "14000",
    "abstentions": "14000",
    "voters_polling_day": "9500",
    "voters_early": "4200",
    "voters_absentee": "300",
    "children_along": "512",
    "polling_places_reported": "12",
}
COUNT = {
    "voters": "14000",
    "ballots_counted": "13990",
    "valid_votes": "13800",
    "invalid_votes": "190",
    "ballots_not_deposited": "10",
    "votes||1": "5000",
    "votes||2": "4000",
    "votes||3": "2999.5",
    "votes||4": "1800.499",
    "votes_truncated": "0.001",
    "invalid_blank": "190",
}
BUS = {"bus_riders": "83", "bus_riders|bus_route=north": "50", "bus_riders|bus_route=south": "33"}
TOTALS = """query($form: String!, $items: [String!]) { election(code: "harima-assembly-2027") { isTest
  contest(code: "assembly") { totals(form: $form, slot: "final", geography: "administrative", areas: ["28382", "28"],
  items: $items) { nodes { code item breakdown choice value reported expected } } } } }"""

BOARD = """{ statusBoard(election: "harima-assembly-2027", form: "final_count", slot: "final", geography: "administrative",
  level: "prefecture", areas: ["28"]) { area units missing certified } }"""

Run = Callable[..., str]


@pytest.fixture
def run(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("REPORTING_DATABASE_URL", database.url)
    monkeypatch.setenv("REPORTING_DATA_DIR", str(tmp_path))

    def invoke(*words: str) -> str:
        result = CliRunner().invoke(root, words, prog_name="reporting", catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    return invoke


@pytest.fixture
def desk(run: Run, service: Reporting, tmp_path: Path) -> Desk:
    """The shipped registry and the composed election, both imported by the command line."""
    composed = tmp_path / "election.json"
    composed.write_text(run("definitions", "compose", str(EXAMPLE)), encoding="utf-8")
    run("import", "areas", str(JAPAN))
    run("import", "election", str(composed))
    return Desk(service)


def cells(values: dict[str, str]) -> tuple[CellInput, ...]:
    found = []
    for name, value in values.items():
        item, breakdown, choice = (*name.split("|"), "", "")[:3]
        found.append(
            CellInput(contest="assembly", item=item, breakdown=breakdown, choice=choice, value=value)
        )
    return tuple(found)


def of(form: str) -> dict[str, Any]:
    return {"command_id": uuid4(), "election": CODE, "form": form, "slot": "final", "unit": UNIT}


def test_from_definition_files_to_certified_totals(
    run: Run, desk: Desk, service: Reporting, database: Database
) -> None:
    filled = {"final_voting": VOTING, "final_count": COUNT, "bus_survey": BUS}
    for form, values in filled.items():
        before = desk.returns.prefill(CODE, form, "final", UNIT)
        given = {key.split("|", 1)[1].rstrip("|"): held.text for key, held in before.items()} | values
        request = desks.Submit(**of(form), figures=cells(given))
        assert desk.submit(request, TOWN).status is Status.SUBMITTED
        if form == "bus_survey":
            assert set(given) - set(values) == {"children_along", "voters"}  # typed once, for the turnout
        with pytest.raises(FourEyes):
            desk.approve(desks.Approve(**of(form)), TOWN)
        with pytest.raises(NotAuthorised):  # the town's commission manages it
            desk.approve(desks.Approve(**of(form)), PREFECTURE)
        desk.approve(desks.Approve(**of(form)), TOWN_2)
        assert desk.certify(desks.Certify(**of(form)), TOWN_2).status is Status.CERTIFIED

    run("projections", "rebuild")

    def totals(form: str, *items: str) -> dict[tuple[str, ...], tuple[str | None, int, int]]:
        answer = json.loads(run("query", TOTALS, "--variables", json.dumps({"form": form, "items": items})))
        return {
            (node["code"], node["item"], node["breakdown"], node["choice"]): (
                node["value"], node["reported"], node["expected"],
            )
            for node in answer["data"]["election"]["contest"]["totals"]["nodes"]
        }  # fmt: skip

    hidden = totals("final_count", "votes")
    assert {value for value, _, _ in hidden.values()} <= {None}  # nothing is public before its release
    clock = Publication(service, desk)
    for form in filled:
        with pytest.raises(NotAuthorised):
            clock.release(CODE, form, "final", datetime(2027, 4, 26, tzinfo=UTC), PREFECTURE)
        release = clock.release(CODE, form, "final", datetime(2027, 4, 26, tzinfo=UTC), TOWN)
        assert release is not None
        assert (release.approved, release.expected) == (1, 1)  # one town votes, not 1,900 units
    Projector(database).catch_up()
    votes = totals("final_count", "votes")
    for area in (UNIT, "28"):
        found = {choice: value for (code, _, _, choice), (value, _, _) in votes.items() if code == area}
        assert {choice: Decimal(value or 0) for choice, value in found.items()} == {
            "1": 5000, "2": 4000, "3": Decimal("2999.5"), "4": Decimal("1800.499"),
        }  # fmt: skip
    assert totals("final_voting", "turnout")[UNIT, "turnout", "", ""] == ("50.00", 1, 1)
    assert totals("bus_survey", "children_along")[UNIT, "children_along", "", ""] == ("512", 1, 1)
    assert totals("bus_survey", "bus_riders")[UNIT, "bus_riders", "", ""] == ("83", 1, 1)
    token = run(
        "token", "--person", "岡田", "--office", "県選管", "--role", "prefecture", "--jurisdiction", "28"
    )
    board = json.loads(run("query", BOARD, "--token", token.strip()))["data"]["statusBoard"]
    assert board == [{"area": "28", "units": 1, "missing": 0, "certified": 1}]
    assert verify(database).differences == []


def test_its_own_items_stay_out_of_the_national_export(run: Run) -> None:
    whole = json.loads(run("definitions", "compose", str(EXAMPLE)))
    national = json.loads(run("definitions", "compose", str(EXAMPLE), "--national"))
    assert {item["code"] for item in whole["items"]} - {item["code"] for item in national["items"]} == set(
        OWN
    )
    assert {form["code"] for form in whole["forms"]} - {form["code"] for form in national["forms"]} == {
        "bus_survey"
    }
    assert not any(own in json.dumps(national) for own in (*OWN, "bus_route"))


def test_another_town_is_not_asked(desk: Desk) -> None:
    """The items are this town's: elsewhere they are no cells of the form."""
    known = desk.reporting.catalog.election(CODE)
    assert known.reporting_units("bus_survey", "final") == (UNIT,)
    assert known.reporting_units("final_voting", "final") == (UNIT,)
