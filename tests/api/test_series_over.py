"""A party goes on from election to election over all districts of a kind, whatever these are called and however drawn."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import tiny
from click.testing import CliRunner
from starlette.testclient import TestClient
from tiny import AUDITOR, SYSTEM, Ask

from api.cli.group import root
from reporting.application.service import Reporting
from reporting.database.connect import Database

SERIES = """query($at: Int, $over: SumBy! = PARTY, $more: Boolean! = false) {
  series(item: ["votes", "share"], areas: ["JP"], electionKind: ["party"], contestKind: "single_member", includeTests: true,
         minPosition: $at, over: $over, comparable: $more) {
    nodes { election contest item choice identity value previousElection previousValue difference coverage obsStatus citation } } }"""
AGAIN = (
    "query($c: String!) { observation(citation: $c) { value previousValue difference coverage citation } }"
)


def elections(service: Reporting) -> int:
    """2020 in districts a (11, 20) and b; 2024 in one district of all. 甲党 is not on the ballot of b."""
    base = tiny.election()
    turnout = next(item for item in base.items if item.code == "turnout")
    share = turnout.model_copy(update={"code": "share", "numerator": "votes", "denominator": "voters"})
    form = base.forms[0].model_copy(
        update={"items": ("voters", "votes", "share"), "slots": base.forms[0].slots[:1]}
    )

    def district(code: str, geography: str, area: str, *parties: str) -> dict[str, Any]:
        choices = [
            {"code": str(n), "name": f"{code}{n}", "party": party, "identity": f"p.{len(party)}"}
            for n, party in enumerate(parties)
        ]
        where = {"geography": geography, "area": area}
        return {
            "code": code,
            "label": tiny.label(code),
            "kind": "single_member",
            "area": where,
            "choices": choices,
        }

    for year, districts in (
        (
            2020,
            [district("a", "electoral", "D1", "甲党,新", "乙党"), district("b", "electoral", "D2", "乙党")],
        ),
        (2024, [district("all", "administrative", "JP", "乙党", "甲党,新")]),
    ):
        code = f"party-{year}"
        definition = tiny.election(
            code=code, kind="party", polling_date=f"{year}-10-27", forms=(form,), items=(*base.items, share), contests=districts
        )  # fmt: skip
        service.define_election(definition, SYSTEM, uuid4())
        roster = service.catalog.election(code).roster
        for one in definition.contests:
            for unit in roster.contest_units[one.code]:
                votes = [
                    tiny.CellInput(
                        contest=one.code,
                        item="votes",
                        choice=choice.code,
                        value=str(year - 2000 + len(choice.party or "")),
                    )
                    for choice in one.choices
                ]
                request = tiny.EnterFigures(
                    command_id=uuid4(), election=code, form="final", slot="final", unit=unit, expected_version=0,
                    figures=[*votes, tiny.CellInput(contest=one.code, item="voters", value="100")],
                )  # fmt: skip
                position = service.enter_figures(request, SYSTEM).position
    return position


@pytest.mark.parametrize("over", ["PARTY", "IDENTITY"])
def test_a_party_over_redrawn_districts(ask: Ask, client: TestClient, over: str) -> None:
    at = elections(client.app.state.service)  # type: ignore[attr-defined]
    found = ask(SERIES, None, at=at, over=over)["data"]["series"]["nodes"]
    names = ("甲党,新", "乙党") if over == "PARTY" else ("p.4", "p.2")
    told = {
        (one["item"], one["choice"]): (
            one["value"],
            one["previousElection"],
            one["previousValue"],
            one["difference"],
        )
        for one in found
        if one["election"] == "party-2024"
    }
    assert told == {
        ("votes", names[0]): ("140", "party-2020", "48", "92"),  # 2020: in a only
        ("votes", names[1]): ("130", "party-2020", "110", "20"),
        ("share", names[0]): ("28.00", "party-2020", "9.60", "18.40"),  # of all voters, those of b too
        ("share", names[1]): ("26.00", "party-2020", "22.00", "4.00"),
    }
    assert {one["contest"] for one in found} == {"single_member"}
    assert {one["coverage"] for one in found if one["item"] == "share"} == {"5/5"}
    for one in found:
        again = ask(AGAIN, None, c=one["citation"])["data"]["observation"]
        assert again == {name: one[name] for name in again}


def test_csv_and_the_command_line_add_up_the_same(
    ask: Ask, client: TestClient, database: Database, tmp_path: Path
) -> None:
    at = elections(client.app.state.service)  # type: ignore[attr-defined]
    names = ("election", "item", "choice", "value", "difference")
    wanted = {
        tuple(one[name] or "" for name in names)
        for one in ask(SERIES, None, at=at)["data"]["series"]["nodes"]
    }
    given = {
        "electionKind": "party",
        "areas": "JP",
        "contestKind": "single_member",
        "includeTests": "true",
        "over": "party",
    }
    answer = client.get("/series.csv", params={**given, "item": "votes,share", "minPosition": at})
    rows = list(csv.DictReader(StringIO(answer.text)))
    assert {tuple(row[name] for name in names) for row in rows} == wanted
    words = ["series", "votes", "share", "--area", "JP", "--kind", "party", "--contest-kind", "single_member"]
    env = {"REPORTING_DATABASE_URL": database.url, "REPORTING_DATA_DIR": str(tmp_path)}
    done = CliRunner().invoke(root, [*words, "--tests", "--over", "party", "--csv"], env=env)
    assert done.exit_code == 0, done.output
    assert {tuple(row[name] for name in names) for row in csv.DictReader(StringIO(done.stdout))} == wanted


def test_what_cannot_be_added_up_is_refused(ask: Ask, client: TestClient) -> None:
    at = elections(client.app.state.service)  # type: ignore[attr-defined]
    both = ask(SERIES, AUDITOR, at=at, more=True)["errors"][0]["extensions"]
    assert (both["code"], both["facts"]["field"]) == ("INVALID_INPUT", "over")
    assert "name one contest" in both["facts"]["expected"]
    without = SERIES.replace('contestKind: "single_member", ', "")
    assert ask(without, AUDITOR, at=at)["errors"][0]["extensions"]["code"] == "INVALID_INPUT"
    unknown = SERIES.replace("minPosition", 'choice: "丙党", minPosition')
    assert ask(unknown, AUDITOR, at=at)["errors"][0]["extensions"]["code"] == "UNKNOWN_REFERENCE"
    answer = client.get(
        "/series.csv", params={"item": "votes", "contestKind": "single_member", "over": "parties"}
    )
    assert answer.status_code == 400
