"""Why there is no number, and what a new version of an item's definition does to a series."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import tiny
from starlette.testclient import TestClient
from tiny import SYSTEM, Ask

from reporting.application.service import Reporting

SERIES = """query($item: [String!]!, $areas: [String!], $kind: [String!], $at: Int, $identity: String) {
  series(item: $item, areas: $areas, electionKind: $kind, includeTests: true, contest: "pr", minPosition: $at,
         identity: $identity) {
    nodes { election area item value absence obsStatus confStatus coverage previousValue difference preBreakValue citation definition }
    breaks { area cause change before after breakdown bridge source ja } } }"""
ONE_SLOT = [form.model_copy(update={"slots": form.slots[:1]}) for form in tiny.election().forms]
OBSERVATION = "query($c: String!) { observation(citation: $c) { obsStatus value previousValue preBreakValue citation } }"


def elections(service: Reporting, kind: str, changes: dict[int, dict[str, Any]], **values: Any) -> int:
    """One for each year, each with figures of unit 11; `changes`: what is told of the item `voters`."""
    for year, told in changes.items():
        items = [
            item.model_copy(update=told) if item.code == "voters" else item for item in tiny.election().items
        ]
        code = f"{kind}-{year}"
        definition = tiny.election(
            code=code, kind=kind, polling_date=f"{year}-10-27", items=items, forms=ONE_SLOT
        )
        service.define_election(definition, SYSTEM, uuid4())
        figures = tiny.cells(**{"electors": 200, "voters": year % 100, **values})
        request = tiny.EnterFigures(
            command_id=uuid4(),
            election=code,
            form="final",
            slot="final",
            unit="11",
            expected_version=0,
            figures=figures,
        )
        position = service.enter_figures(request, SYSTEM).position
    return position


def test_a_new_version_breaks_and_a_bridged_one_only_differs(ask: Ask, client: TestClient) -> None:
    """`turnout` itself keeps its version: it breaks with the count above its line."""
    at = elections(
        client.app.state.service,  # type: ignore[attr-defined]
        "versions",
        {
            2012: {},
            2016: {"version": 2, "bridge": "plus voters_overseas", "basis": "法44"},
            2020: {"version": 2, "bridge": "plus voters_overseas"},
            2024: {"version": 3},
        },
    )
    asked: dict[str, Any] = {"item": ["voters", "turnout"], "areas": ["11"], "kind": ["versions"], "at": at}
    answer = ask(SERIES, **asked)["data"]["series"]
    for item in ("voters", "turnout"):
        nodes = [one for one in answer["nodes"] if one["item"] == item]
        assert [one["obsStatus"] for one in nodes] == [["A"], ["D"], ["A"], ["B"]], item
        assert [one["preBreakValue"] for one in nodes[:3]] == [None] * 3
        assert nodes[3]["preBreakValue"] == nodes[2]["value"]
        for one in nodes:
            again = ask(OBSERVATION, c=one["citation"])["data"]["observation"]
            assert again == {name: one[name] for name in again}
    assert {(one["cause"], one["change"], one["after"], one["bridge"]) for one in answer["breaks"]} == {
        ("item_definition", "voters-2", "versions-2016", "plus voters_overseas"),
        ("item_definition", "voters-3", "versions-2024", ""),
    }
    assert {one["source"] for one in answer["breaks"] if one["change"] == "voters-2"} == {"法44"}


def test_a_version_that_was_passed_over_still_needs_its_bridge(ask: Ask, client: TestClient) -> None:
    told = {2016: {}, 2020: {"version": 3, "bridge": "as version 2"}}
    at = elections(client.app.state.service, "skipped", told)  # type: ignore[attr-defined]
    answer = ask(SERIES, item=["voters"], areas=["11"], kind=["skipped"], at=at)["data"]["series"]
    assert [one["obsStatus"] for one in answer["nodes"]] == [["A"], ["B"]]
    assert [one["bridge"] for one in answer["breaks"]] == [""]


WITHOUT = [
    ("!none", "200", ["M"], ["M"]),
    ("!not_reported", "200", ["L"], ["O"]),
    ("!suppressed", "200", ["Q"], ["Q"]),
    ("0", "0", ["A"], ["M"]),
    ("0", "200", ["A"], ["A"]),
]


def test_each_way_of_having_no_number_has_its_code(ask: Ask, client: TestClient) -> None:
    service = client.app.state.service  # type: ignore[attr-defined]
    for place, (voters, electors, count, rate) in enumerate(WITHOUT):
        kind = f"absent{place}"
        at = elections(service, kind, {2024: {}}, voters=voters, electors=electors)
        answer = ask(SERIES, item=["voters", "turnout"], areas=["11", "12"], kind=[kind], at=at)
        found = {(one["item"], one["area"]): one["obsStatus"] for one in answer["data"]["series"]["nodes"]}
        assert (found["voters", "11"], found["turnout", "11"]) == (count, rate), voters
        hidden = {one["confStatus"] for one in answer["data"]["series"]["nodes"] if "Q" in one["obsStatus"]}
        assert hidden == ({"N"} if voters == "!suppressed" else set())
        assert found["voters", "12"] == found["turnout", "12"] == ["O"]


def test_a_break_is_listed_across_a_change_of_name(ask: Ask, client: TestClient) -> None:
    """Flag and list agree where the choice has another code on the other side."""
    service = client.app.state.service  # type: ignore[attr-defined]
    for year, blue in ((2024, "a"), (2028, "z")):
        told = {"version": 1 + (year == 2028)}
        items = [
            item.model_copy(update=told) if item.code == "votes" else item for item in tiny.election().items
        ]
        contest = tiny.election().contests[0]
        choices = [{"code": blue, "name": f"青の党{year}", "identity": "party.blue"}]
        definition = tiny.election(
            code=f"blue-{year}",
            kind="blue",
            forms=ONE_SLOT,
            polling_date=f"{year}-10-27",
            items=items,
            contests=[contest.model_copy(update={"choices": ()}).model_dump() | {"choices": choices}],
        )
        service.define_election(definition, SYSTEM, uuid4())
        request = tiny.EnterFigures(
            command_id=uuid4(),
            election=f"blue-{year}",
            form="final",
            slot="final",
            unit="11",
            expected_version=0,
            figures=[tiny.CellInput(contest="pr", item="votes", choice=blue, value="7")],
        )
        at = service.enter_figures(request, SYSTEM).position
    answer = ask(SERIES, item=["votes"], areas=["JP"], kind=["blue"], at=at, identity="party.blue")["data"][
        "series"
    ]
    assert [one["obsStatus"] for one in answer["nodes"]] == [["P"], ["B", "P"]]  # one of five units reported
    assert [(one["change"], one["after"], one["breakdown"]) for one in answer["breaks"]] == [
        ("votes-2", "blue-2028", "choice=z")
    ]
    for one in answer["nodes"]:
        again = ask(OBSERVATION, c=one["citation"])["data"]["observation"]
        assert again == {name: one[name] for name in again}
