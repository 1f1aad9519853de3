"""A sum over contests shows what the contests' own totals show to the same reader, and not a vote more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import product
from typing import Any
from uuid import uuid4

import night
import pytest
import tiny
from kept import Kept
from night import NATION, PREFECTURE, TOWN
from starlette.testclient import TestClient
from tiny import Ask

from api.app import create_app
from api.settings import Settings
from projections.runner import Projector
from reporting.application.desk import Desk
from reporting.application.desk_commands import Approve, Submit
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor, Role
from reporting.publication.release import Publication

SUMS = """query($l: String, $a: [String!], $by: SumBy! = PARTY, $items: [String!] = ["votes"], $at: Int = 0) {
  election(code: "tiny", minPosition: $at) { totals(form: "final", slot: "final", geography: "electoral", contestKind: "single_member",
    items: $items, areas: $a, layer: $l, by: $by, first: 200) {
      asOfPosition nodes { code choice choiceName identity value reported expected withheld contestsReported contestsExpected } } } }"""
SINGLE = """query($c: String!, $l: String, $a: [String!]) { election(code: "tiny") { contest(code: $c) {
  totals(form: "final", slot: "final", geography: "electoral", items: ["votes"], areas: $a, layer: $l) {
    nodes { choice value } } } } }"""
DISTRICTS = {"d1": "D1", "d2": "D2"}


def contest(code: str) -> dict[str, Any]:
    return {
        "code": code, "label": tiny.label(code), "kind": "single_member", "seats": 1,
        "area": {"geography": "electoral", "area": DISTRICTS[code]},
        "choices": [{"code": "1", "name": f"{code}甲", "party": "甲党"}, {"code": "2", "name": f"{code}乙", "party": "乙党",
                                                                      "identity": "p.z"}],
    }  # fmt: skip


def figures(code: str, first: int, second: int) -> tuple[tiny.CellInput, ...]:
    values = {"electors": 200, "voters": 100, "ballots_counted": 100, "valid_votes": first + second}
    values |= {"invalid_votes": 100 - first - second, "ballots_not_deposited": 0}
    cells = [tiny.CellInput(contest=code, item=item, value=str(value)) for item, value in values.items()]
    votes = (("1", first), ("2", second))
    return (
        *cells,
        *(tiny.CellInput(contest=code, item="votes", choice=one, value=str(n)) for one, n in votes),
    )


def counted(service: Reporting) -> None:
    """District 1 is approved whole and public, of district 2 town 31 is approved after that and 32 only entered."""
    desk = night.define(service, contests=[contest(code) for code in DISTRICTS])
    for code, unit, votes in (("d1", "11", (60, 38)), ("d1", "20", (50, 41))):
        _submit(desk, code, unit, votes)
        _approve(desk, unit)
    Publication(service, desk).tick("tiny", datetime.fromisoformat(night.ELEVEN))
    _submit(desk, "d2", "31", (7, 90))
    _approve(desk, "31")
    _submit(desk, "d2", "32", (1, 97))


pytestmark = pytest.mark.begins.with_args(counted)


@pytest.fixture
def client(request: pytest.FixtureRequest, settings: Settings, kept: Kept) -> Iterator[TestClient]:
    calm = replace(settings, publication=False)
    with kept.given(request, ("client", settings.database_url), lambda: TestClient(create_app(calm))) as made:
        yield made


def _submit(desk: Desk, code: str, unit: str, votes: tuple[int, int]) -> None:
    actor = night.OWNERS.get(unit) or Actor("町", "町選管", Role.MUNICIPALITY, unit)
    desk.submit(Submit(**night.of(unit), figures=figures(code, *votes)), actor)


def _approve(desk: Desk, unit: str) -> None:
    one = desk.returns.open("tiny", "final", "final", unit)
    for _, area in one.chain[: 2 if unit == "11" else 1]:
        role = Role.MUNICIPALITY if area == "10" else Role.PREFECTURE
        desk.approve(Approve(**night.of(unit)), Actor(f"承認 {area}", "選管", role, area))


def told(answer: Any) -> dict[tuple[str, str], tuple[Any, ...]]:
    assert "errors" not in answer, answer
    names = ("value", "reported", "expected", "contestsReported", "contestsExpected")
    nodes = answer["data"]["election"]["totals"]["nodes"]
    return {(one["code"], one["choice"]): tuple(one[name] for name in names) for one in nodes}


@pytest.mark.unchanged
def test_an_unreleased_contest_counts_as_not_reported(ask: Ask) -> None:
    public = told(ask(SUMS, None, a=["JP"]))
    assert public == {
        ("JP", "甲党"): ("110", 2, 5, 1, 2),
        ("JP", "乙党"): ("79", 2, 5, 1, 2),
    }
    assert told(ask(SUMS, None, a=["D2"])) == {
        ("D2", "甲党"): (None, 0, 3, 0, 1),
        ("D2", "乙党"): (None, 0, 3, 0, 1),
    }
    entered = told(ask(SUMS, tiny.AUDITOR, l="entered", a=["JP"]))
    assert entered["JP", "甲党"] == ("118", 4, 5, 1, 2)
    approved = told(ask(SUMS, tiny.AUDITOR, l="prefecture", a=["JP"]))
    assert approved["JP", "甲党"] == ("117", 3, 5, 1, 2)


@pytest.mark.unchanged
def test_who_may_not_see_the_contests_may_not_see_their_sum(ask: Ask) -> None:
    """For every reader, layer and area: refused for the same reason as each contest's own totals; else nothing but their sum."""
    seen = set()
    for actor, layer, areas in product(
        [None, TOWN, PREFECTURE, NATION, tiny.AUDITOR],
        [None, "released", "entered", "prefecture"],
        [None, ["JP"], ["20"], ["31"]],
    ):
        whole = ask(SUMS, actor, l=layer, a=areas)
        single = [ask(SINGLE, actor, c=code, l=layer, a=areas) for code in DISTRICTS]
        refused = {one["errors"][0]["extensions"]["code"] for one in single if "errors" in one}
        seen |= refused or {"shown"}
        if refused:
            assert {whole["errors"][0]["extensions"]["code"]} == refused
            continue
        parts = [
            [int(node["value"] or 0) for node in one["data"]["election"]["contest"]["totals"]["nodes"]]
            for one in single
        ]
        shown = {one["value"] for one in whole["data"]["election"]["totals"]["nodes"]} - {None}
        assert shown <= {str(a + b) for a in [*parts[0], 0] for b in [*parts[1], 0]}
    assert seen == {"shown", "NOT_AUTHENTICATED", "NOT_AUTHORISED"}


@pytest.mark.unchanged
def test_as_of_a_position_and_by_identity(ask: Ask) -> None:
    now = ask(SUMS, tiny.AUDITOR, l="entered", a=["JP"], by="IDENTITY", items=["votes", "turnout"])
    at = now["data"]["election"]["totals"]["asOfPosition"]
    then = SUMS.replace("minPosition: $at", "minPosition: $at, asOf: {position: 100000}").replace(
        "100000", str(at)
    )
    assert ask(then, tiny.AUDITOR, l="entered", a=["JP"], by="IDENTITY", items=["votes", "turnout"]) == now
    assert told(now) == {
        ("JP", "d1/1"): ("110", 2, 2, 1, 1),
        ("JP", "p.z"): ("266", 4, 5, 1, 2),
        ("JP", "d2/1"): ("8", 2, 3, 0, 1),
        ("JP", ""): ("50.00", 4, 5, 1, 2),
    }


@pytest.mark.begins(None)
def test_a_list_counts_by_its_own_votes_else_by_its_peoples(service: Reporting, database: Database) -> None:
    """An open list: the party's total and its people's votes are one item for one of the two, never both."""
    from projections.read import ViewReader
    from projections.read.contests import SumsQuery, sums

    def block(code: str, area: str) -> dict[str, Any]:
        choices = [
            {"code": "L", "name": "甲党"}, {"code": "L1", "name": "一郎", "on_list": "L"},
            {"code": "L2", "name": "二郎", "party": "甲党", "on_list": "L"},
        ]  # fmt: skip
        where = {"geography": "electoral", "area": area}
        return {"code": code, "label": tiny.label(code), "kind": "block", "area": where, "choices": choices}

    service.declare_registry("tinyland", tiny.GEOGRAPHIES, tiny.AREAS, tiny.SYSTEM, uuid4())
    form = tiny.election().forms[0]
    named = tiny.election().items[3].model_copy(update={"code": "named_votes"})
    form = form.model_copy(update={"items": ("votes", "named_votes"), "slots": form.slots[:1]})
    service.define_election(
        tiny.election(
            contests=[block("b1", "D1"), block("b2", "D2")],
            forms=(form,),
            items=(*tiny.election().items, named),
        ),
        tiny.SYSTEM,
        uuid4(),
    )
    for code, unit in (("b1", "11"), ("b2", "12")):
        cells = [
            tiny.CellInput(contest=code, item=item, choice=choice, value=value)
            for item, choice, value in (
                ("votes", "L", "30"),
                ("named_votes", "L1", "4"),
                ("named_votes", "L2", "5"),
            )
        ]
        request = tiny.EnterFigures(
            command_id=uuid4(), election="tiny", form="final", slot="final", unit=unit, expected_version=0, figures=cells
        )  # fmt: skip
        service.enter_figures(request, tiny.SYSTEM)
    projector = Projector(database)
    projector.catch_up()
    reader = ViewReader(database)
    try:
        with reader.snapshot() as snapshot:
            asked = SumsQuery("final", "final", "electoral", contest_kind="block", areas=("JP",))
            rows = sums(snapshot, snapshot.election("tiny"), asked)
    finally:
        reader.close()
    found = {(row.item, row.choice): (row.value, row.reported, row.expected) for row in rows}
    assert found == {("votes", "甲党"): ("60", 2, 5), ("named_votes", "甲党"): ("18", 2, 5)}
