"""Like with like is asked for in the same words everywhere, and shows no more than the series does."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any
from uuid import uuid4

import night
import tiny
from click.testing import CliRunner
from starlette.testclient import TestClient
from tiny import AUDITOR, SYSTEM, Ask

from api.cli.group import root
from reporting.application.service import Reporting
from reporting.database.connect import Database

SERIES = """query($at: Int, $comparable: Boolean! = true) {
  series(item: ["voters"], areas: ["JP"], electionKind: ["alike"], contest: "pr", includeTests: true, minPosition: $at,
         comparable: $comparable) {
    nodes { election value previousValue difference coverage compared comparedValue comparedPreviousValue comparedDifference
            citation } } }"""
AGAIN = """query($c: String!) { observation(citation: $c, comparable: true) { compared comparedDifference }
  comparedUnits(citation: $c) { election unit name group now compared whyNot } }"""
ONE_SLOT = [form.model_copy(update={"slots": form.slots[:1]}) for form in tiny.election().forms]


def two_elections(service: Reporting, **changes: Any) -> int:
    """2020: 11 and 12 reported; 2024: 11 and 31 did."""
    for year, units in ((2020, ("11", "12")), (2024, ("11", "31"))):
        code = f"alike-{year}"
        definition = tiny.election(
            code=code, kind="alike", polling_date=f"{year}-10-27", forms=ONE_SLOT, **changes
        )
        service.define_election(definition, SYSTEM, uuid4())
        for place, unit in enumerate(units):
            request = tiny.EnterFigures(
                command_id=uuid4(), election=code, form="final", slot="final", unit=unit, expected_version=0,
                figures=tiny.cells(voters=year % 100 + place),
            )  # fmt: skip
            position = service.enter_figures(request, SYSTEM).position
    return position


def test_graphql_csv_and_the_command_line_say_the_same(
    ask: Ask, client: TestClient, database: Database, tmp_path: Any
) -> None:
    at = two_elections(client.app.state.service)  # type: ignore[attr-defined]
    found = ask(SERIES, None, at=at)["data"]["series"]["nodes"][-1]
    citation = found.pop("citation")
    assert found == {
        "election": "alike-2024", "value": "49", "previousValue": "41", "difference": None, "coverage": "2/5",
        "compared": "1/5", "comparedValue": "24", "comparedPreviousValue": "20", "comparedDifference": "4",
    }  # fmt: skip
    plain = ask(SERIES, None, at=at, comparable=False)["data"]["series"]["nodes"][-1]
    assert {plain[name] for name in plain if name.startswith("compared")} == {None}
    again = ask(AGAIN, None, c=citation)["data"]
    assert again["observation"] == {"compared": "1/5", "comparedDifference": "4"}
    units = {(one["election"], one["unit"]): one["whyNot"] for one in again["comparedUnits"]}
    assert len(units) == 10
    assert {key: why for key, why in units.items() if key[1] in ("11", "12", "31")} == {
        ("alike-2024", "11"): "", ("alike-2020", "11"): "", ("alike-2024", "12"): "lacks", ("alike-2020", "12"): "counterpart",
        ("alike-2024", "31"): "counterpart", ("alike-2020", "31"): "lacks",
    }  # fmt: skip
    given: dict[str, Any] = {
        "item": "voters",
        "areas": "JP",
        "electionKind": "alike",
        "contest": "pr",
        "includeTests": "true",
        "minPosition": at,
    }
    names = ("compared", "compared_value", "compared_previous_value", "compared_difference")
    answer = client.get("/series.csv", params={**given, "comparable": "true"})
    over_http = list(csv.DictReader(StringIO(answer.text)))[-1]
    assert [over_http[name] for name in names] == ["1/5", "24", "20", "4"]
    env = {"REPORTING_DATABASE_URL": database.url, "REPORTING_DATA_DIR": str(tmp_path)}

    def run(*words: str) -> list[dict[str, str]]:
        done = CliRunner().invoke(root, words, prog_name="reporting", env=env)
        assert done.exit_code == 0, done.output
        return list(csv.DictReader(StringIO(done.stdout)))

    shown = run(
        "series", "voters", "--area", "JP", "--kind", "alike", "--contest", "pr", "--tests", "--comparable", "--csv"
    )[-1]  # fmt: skip
    assert [shown[name] for name in names] == ["1/5", "24", "20", "4"]
    listed = run("series", "compared", shown["citation"])
    assert {(one["election"], one["unit"]): one["why_not"] for one in listed} == units


def test_what_is_not_released_is_compared_for_nobody(ask: Ask, client: TestClient) -> None:
    """Entered and not released, by office: neither election lends its figures to a comparison, nor says who reported."""
    service = client.app.state.service  # type: ignore[attr-defined]
    workflow = night.election().workflow
    at = two_elections(service, workflow=workflow)
    hidden = ask(SERIES, None, at=at)["data"]["series"]["nodes"]
    assert [one["compared"] for one in hidden] == [None, "0/5"]
    assert {one["comparedValue"] for one in hidden} == {None}
    (_, last) = hidden
    units = ask(AGAIN, None, c=last["citation"])["data"]["comparedUnits"]
    assert {one["whyNot"] for one in units} == {"lacks"}
    layer = SERIES.replace("includeTests", 'layer: "entered", includeTests')
    assert ask(layer, None, at=at)["errors"][0]["extensions"]["code"] == "NOT_AUTHENTICATED"
    assert ask(layer, AUDITOR, at=at)["data"]["series"]["nodes"][-1]["compared"] == "1/5"
