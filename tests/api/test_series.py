"""Series of an election with a workflow: the released by default, more only for those who may see it; and their flags."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import night
import pytest
from test_desk import ANALYST, RELEASE, approve, client, figures, mutate, submit
from tiny import AUDITOR, SYSTEM, Ask

pytestmark = pytest.mark.begins.with_args(night.define)

__all__ = ["client"]

SERIES = """query($item: [String!]!, $areas: [String!], $layer: String, $at: Int, $boundaries: String! = "AS_REPORTED",
    $form: String, $slot: String, $tests: Boolean! = true, $first: Int! = 100, $after: String, $level: [String!]) {
  series(item: $item, areas: $areas, layer: $layer, minPosition: $at, boundaries: $boundaries, form: $form, slot: $slot,
         includeTests: $tests, contest: "pr", first: $first, after: $after, level: $level) {
    nodes { area choice value obsStatus confStatus coverage citation } } }"""


def nodes(ask: Ask, actor: Any, **asked: Any) -> list[dict[str, Any]]:
    answer = ask(SERIES, actor, **asked)
    assert "errors" not in answer, answer
    return list(answer["data"]["series"]["nodes"])


def code(ask: Ask, actor: Any, **asked: Any) -> str:
    return str(ask(SERIES, actor, **asked)["errors"][0]["extensions"]["code"])


def test_nothing_before_release_and_the_released_after(ask: Ask) -> None:
    submit(ask)
    approve(ask, night.CITY)
    last = approve(ask, night.PREFECTURE)["position"]
    for actor in (None, ANALYST, AUDITOR, night.WARD):
        (nation,) = nodes(ask, actor, item="voters", areas=["JP"], at=last)
        assert (nation["value"], nation["obsStatus"], nation["coverage"]) == (None, ["O"], "0/5"), actor
    released = ask(RELEASE, SYSTEM, i={"election": "tiny", "form": "final", "slot": "final"})["data"]
    at = released["releaseSlot"]["release"]["position"]
    (nation,) = nodes(ask, None, item="voters", areas=["JP"], at=at)
    assert (nation["value"], nation["obsStatus"], nation["confStatus"]) == ("100", ["P"], "F")
    assert nation["coverage"] == "1/5"
    again = ask(
        "query($c: String!) { observation(citation: $c) { value citation } }", None, c=nation["citation"]
    )
    assert again["data"]["observation"] == {"value": "100", "citation": nation["citation"]}


def test_the_entered_is_for_those_who_reach_it(ask: Ask) -> None:
    at = submit(ask)["position"]
    asked: dict[str, Any] = {"item": "voters", "layer": "entered", "at": at}
    (ward,) = nodes(ask, night.WARD, areas=["11"], **asked)
    assert (ward["value"], ward["confStatus"]) == ("100", "N")
    assert {one["area"] for one in nodes(ask, AUDITOR, **asked)} >= {"JP", "11", "12"}
    assert code(ask, None, areas=["11"], **asked) == "NOT_AUTHENTICATED"
    for actor, areas in (
        (ANALYST, ["11"]),
        (night.OTHER_WARD, ["11"]),
        (night.WARD, ["10"]),
        (night.WARD, None),
    ):
        assert code(ask, actor, areas=areas, **asked) == "NOT_AUTHORISED", actor
    observation = "query($c: String!) { observation(citation: $c) { value } }"
    assert ask(observation, night.WARD, c=ward["citation"])["data"]["observation"] == {"value": "100"}
    for outsider in (None, ANALYST, night.OTHER_WARD):
        assert ask(observation, outsider, c=ward["citation"])["errors"], outsider


def test_a_flash_is_provisional_and_the_last_slot_with_figures_is_taken(ask: Ask) -> None:
    flash = figures(votes_a=60, votes_b=38)
    given = {"unit": "11", "form": "flash", "figures": flash}
    at = mutate(ask, night.WARD, "submitReturn", "SubmitInput", slot="2200", **given)["position"]
    asked: dict[str, Any] = {"item": "votes", "form": "flash", "layer": "entered", "areas": ["11"]}
    found = nodes(ask, night.WARD, at=at, **asked)
    assert [(one["choice"], one["value"], one["obsStatus"]) for one in found] == [
        ("a", "60", ["P"]),
        ("b", "38", ["P"]),
    ]
    assert all(one["citation"].endswith("&slot=flash%2F2200&asked=flash%2F") for one in found)
    assert [one["obsStatus"] for one in nodes(ask, night.WARD, at=at, **asked | {"slot": "2300"})] == [
        ["O"],
        ["O"],
    ]


def test_a_declared_discrepancy_is_u(ask: Ask) -> None:
    wrong = figures(**{**night.BALANCED, "ballots_counted": 118, "valid_votes": 116, "votes_a": 78})
    finding = next(one for one in submit(ask, figures=wrong)["findings"] if one["rule"] == "J11")
    declared = [{"key": finding["key"], "reasonClass": "recount"}]
    at = submit(ask, figures=wrong, declarations=declared, reason="再点検でも一致せず")["position"]
    asked: dict[str, Any] = {"item": "voters", "layer": "entered", "areas": ["11", "12", "P1"], "at": at}
    assert {one["area"]: one["obsStatus"] for one in nodes(ask, AUDITOR, **asked)} == {
        "11": ["U"],
        "12": ["O"],
        "P1": ["P", "U"],
    }


@pytest.mark.unchanged
def test_pages_follow_each_other(ask: Ask) -> None:
    whole = nodes(ask, AUDITOR, item=["voters", "turnout"])
    seen: list[dict[str, Any]] = []
    after = None
    query = SERIES.replace("nodes {", "pageInfo { hasNextPage endCursor } nodes {")
    for _ in range(20):
        page = ask(query, AUDITOR, item=["voters", "turnout"], first=7, after=after)["data"]["series"]
        seen += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == whole
    walked = ask(
        SERIES.replace("nodes {", "edges { node {").replace("} } }", "} } } }"),
        AUDITOR,
        item=["voters", "turnout"],
    )
    assert [edge["node"] for edge in walked["data"]["series"]["edges"]] == whole
    assert len(whole) == 18


@pytest.mark.unchanged
@pytest.mark.parametrize(
    "other",
    [
        {"item": ["turnout"]},
        {"item": ["electors", "voters"], "areas": ["12"]},
        {"item": ["voters"], "form": "final", "slot": "final", "areas": ["P2"]},
    ],
)
def test_the_cursor_of_another_question_is_no_place_in_this_one(ask: Ask, other: dict[str, Any]) -> None:
    """It gave what comes behind that row in another order of things: an empty answer, or a part of one, and nobody said so."""
    query = SERIES.replace("nodes {", "pageInfo { endCursor } nodes {")
    page = ask(query, AUDITOR, item=["voters"], areas=["JP", "11"], first=2)["data"]["series"]
    after = page["pageInfo"]["endCursor"]
    (error,) = ask(SERIES, AUDITOR, after=after, **other)["errors"]
    refused = error["extensions"]
    assert (refused["code"], refused["facts"]["field"]) == ("INVALID_INPUT", "after")
    assert "同じ問い合わせ" in refused["ja"]
    assert "start from its first page" in refused["en"]
    assert "errors" not in ask(SERIES, AUDITOR, item=["voters"], areas=["JP", "11"], after=after)


def test_all_pages_are_of_the_first_ones_position(ask: Ask) -> None:
    """Whatever is entered while somebody turns the pages."""
    at = submit(ask)["position"]
    query = SERIES.replace("nodes {", "asOfPosition pageInfo { hasNextPage endCursor } nodes {")
    asked: dict[str, Any] = {"item": ["voters", "turnout"], "layer": "entered", "at": at}
    whole = nodes(ask, AUDITOR, **asked)
    first = ask(query, AUDITOR, first=5, **asked)["data"]["series"]
    again = submit(ask, unit="11", figures=figures(**{**night.BALANCED, "electors": 4000}), reason="x")[
        "position"
    ]
    moved = nodes(ask, AUDITOR, **asked | {"at": again})
    assert moved != whole
    seen, page = first["nodes"], first
    while page["pageInfo"]["hasNextPage"]:
        page = ask(query, AUDITOR, first=5, after=page["pageInfo"]["endCursor"], **asked)["data"]["series"]
        assert page["asOfPosition"] == first["asOfPosition"]
        seen += page["nodes"]
    assert seen == whole
    other = ask(
        SERIES.replace("first: $first", f"first: $first, asOf: {{position: {at - 1}}}"),
        AUDITOR, after=first["pageInfo"]["endCursor"], **asked,
    )  # fmt: skip
    assert other["errors"][0]["extensions"]["facts"]["field"] == "asOf"


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ({"item": "nothing"}, "UNKNOWN_REFERENCE"),
        ({"item": []}, "INVALID_INPUT"),
        ({"item": "voters", "boundaries": "yesterday"}, "INVALID_INPUT"),
        ({"item": "voters", "boundaries": "2024-01-01"}, "UNKNOWN_REFERENCE"),
        ({"item": "voters", "after": "x"}, "INVALID_INPUT"),
        ({"item": "voters", "first": 50_000}, "INVALID_INPUT"),
        ({"item": "voters", "areas": ["11", "99"]}, "UNKNOWN_REFERENCE"),
        ({"item": "voters", "level": ["parish"]}, "UNKNOWN_REFERENCE"),
    ],
)
@pytest.mark.unchanged
def test_what_cannot_be_answered_is_named(ask: Ask, asked: dict[str, Any], wrong: str) -> None:
    assert code(ask, AUDITOR, **asked) == wrong


@pytest.mark.unchanged
@pytest.mark.parametrize(
    ("asked", "meant"),
    [({"level": ["wards"]}, "ward"), ({"level": ["WARD"]}, "ward"), ({"areas": ["jp"]}, "JP")],
)
def test_a_level_or_area_that_is_none_is_told_with_the_one_that_was_meant(
    ask: Ask, asked: dict[str, Any], meant: str
) -> None:
    """Without a lineage, too: what the elections asked about have."""
    (error,) = ask(SERIES, AUDITOR, item="voters", **asked)["errors"]
    assert meant in error["extensions"]["facts"]["suggestions"]
    assert meant in error["message"]


@pytest.mark.unchanged
def test_a_missing_lineage_says_what_to_import(ask: Ask) -> None:
    (error,) = ask(SERIES, AUDITOR, item="voters", areas=["JP"], boundaries="2024-01-01")["errors"]
    assert error["extensions"]["code"] == "UNKNOWN_REFERENCE"
    assert "tinyland" in error["message"]
    assert "reporting import lineage" in error["message"]


@pytest.mark.unchanged
def test_tests_are_left_out_unless_asked_for(ask: Ask) -> None:
    (error,) = ask(SERIES, AUDITOR, item="voters", tests=False)["errors"]
    assert (error["extensions"]["code"], error["extensions"]["facts"]) == (
        "ONLY_TESTS",
        {"elections": "tiny"},
    )


@pytest.mark.unchanged
def test_a_made_up_citation_is_refused(ask: Ask) -> None:
    query = "query($c: String!) { observation(citation: $c) { value } }"
    for text in ("x", "reporting:series?area=1"):
        assert ask(query, None, c=text)["errors"][0]["extensions"]["code"] == "INVALID_INPUT"
    (one, *_) = nodes(ask, AUDITOR, item="voters", areas=["11"])
    other = one["citation"].replace("area=11", "area=99")
    assert ask(query, None, c=other)["errors"][0]["extensions"]["code"] == "UNKNOWN_REFERENCE"
    assert ask(query, None, c=other.replace("election=tiny", f"election=x{uuid4().hex}"))["errors"]


def test_a_party_that_changed_its_name_goes_on_in_one_series(ask: Ask, client: Any) -> None:
    """Blue was choice `a` in 2024 and is `z`, under another name, in 2028."""
    import tiny

    service = client.app.state.service
    later = []
    for code, year, blue, other in (("then", 2024, "a", "b"), ("now", 2028, "z", "b")):
        choices = [
            {"code": blue, "name": f"青の党{year}", "identity": "party.blue"},
            {"code": other, "name": "赤の党", "identity": "party.red"},
        ]
        contest = {
            "code": "pr",
            "label": tiny.label("比例"),
            "kind": "proportional",
            "area": {"geography": "administrative", "area": "JP"},
            "choices": choices,
        }
        definition = tiny.election(
            code=code, polling_date=f"{year}-10-27", contests=[contest], kind="renamed"
        )
        service.define_election(definition, SYSTEM, uuid4())
        request = tiny.EnterFigures(
            command_id=uuid4(),
            election=code,
            form="final",
            slot="final",
            unit="11",
            expected_version=0,
            figures=[
                tiny.CellInput(contest="pr", item="votes", choice=blue, value=str(year)),
                tiny.CellInput(contest="pr", item="votes", choice=other, value="7"),
            ],
        )
        later.append(service.enter_figures(request, SYSTEM).position)
    query = """query($at: Int) { series(item: ["votes"], areas: ["11"], includeTests: true, electionKind: ["renamed"],
      identity: "party.blue", minPosition: $at) { nodes { election choice choiceName identity value previousValue difference } } }"""
    found = ask(query, AUDITOR, at=later[-1])["data"]["series"]["nodes"]
    assert [
        (
            one["election"],
            one["choice"],
            one["choiceName"],
            one["identity"],
            one["value"],
            one["previousValue"],
            one["difference"],
        )
        for one in found
    ] == [
        ("then", "a", "青の党2024", "party.blue", "2024", None, None),
        ("now", "z", "青の党2028", "party.blue", "2028", "2024", "4"),
    ]


@pytest.mark.unchanged
def test_a_list_of_breaks_is_whole_or_refused(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    query = """{ series(item: ["voters"], includeTests: true, first: 2) { breaks { area } } }"""
    assert ask(query, AUDITOR)["data"]["series"]["breaks"] == []
    monkeypatch.setattr("api.graphql.series.types.MAX_SERIES", 3)
    assert ask(query, AUDITOR)["errors"][0]["extensions"]["facts"]["field"] == "breaks"
