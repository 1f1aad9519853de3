"""Polling places as their offices and those above see them: the list, the board of arrived and missing, the sum of how many."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import polling_land
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from night import CITY, NATION, OTHER_WARD, PREFECTURE, TOWN, WARD
from polling_land import capture, place, register
from starlette.testclient import TestClient
from thorough import examples
from tiny import AUDITOR, Ask

from api.app import create_app
from api.settings import Settings
from projections.runner import Projector
from reporting.application.polling_places import PollingPlaces
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor, Role

SLOT = {"election": "tiny", "form": "turnout", "slot": "t1400"}
UNIT = """query($unit: String!) { unitPlaces(election: "tiny", form: "turnout", slot: "t1400", unit: $unit) {
  unit name listedAt expected arrived missing
  places { number kind name district closes validFrom expected arrived seen figures { key value } }
  sums { key total reported expected missing unlisted value } } }"""
BOARD = """query($only: Boolean, $first: Int, $after: String, $at: Int) {
  placeBoard(election: "tiny", form: "turnout", slot: "t1400", onlyMissing: $only, first: $first, after: $after, minPosition: $at) {
    nodes { unit name expected arrived missing position } expected arrived unitsWithoutList asOfPosition
    pageInfo { hasNextPage endCursor } } }"""
CAPTURE = """mutation($i: CapturePlaceInput!) { done: capturePlace(input: $i) { __typename
  ... on Refusal { code messageJa messageEn } ... on FiguresRefused { problems { kind expectedJa } }
  ... on UnknownReference { suggestions } ... on VersionConflict { expected actual }
  ... on PlaceCaptured { number position repeated } } }"""
VOTERS = "pr|voters_polling_day||"
RESEARCH = Actor("森", "研究所", Role.ANALYST, "*")


@pytest.fixture
def client(database: Database, settings: Settings, service: Reporting) -> Iterator[TestClient]:
    polling_land.define(service)
    projector = Projector(database)
    projector.catch_up()
    with TestClient(create_app(settings)) as serving:
        yield serving


def sent(ask: Ask, actor: Actor, number: str, **more: Any) -> Any:
    """The answer to a capture of 14:00."""
    given = {**SLOT, "commandId": str(uuid4()), "unit": "11", "number": number, **more}
    return ask(CAPTURE, actor, i=given)["data"]["done"]


def voters(value: Any) -> list[dict[str, str]]:
    return [{"contest": "pr", "item": "voters_polling_day", "value": str(value)}]


def test_a_clerk_at_a_place_sends_and_the_unit_sees_who_is_missing(
    ask: Ask, service: Reporting, client: TestClient
) -> None:
    register(service, place("1", district="1", closes="20:00"), place("2"), place("E1", kind="early"))
    first = sent(ask, WARD, "1", figures=voters(120))
    assert first["__typename"] == "PlaceCaptured"
    told = ask(UNIT, WARD, unit="11")["data"]["unitPlaces"]
    assert (told["expected"], told["arrived"], told["missing"]) == (2, 1, ["2"])
    (total,) = told["sums"]
    assert total == {
        "key": VOTERS, "total": "120", "reported": 1, "expected": 2, "missing": ["2"], "unlisted": [], "value": None,
    }  # fmt: skip
    one, two, early = told["places"]
    assert one["figures"] == [{"key": VOTERS, "value": "120"}]
    assert (one["seen"], one["kind"], one["closes"], one["arrived"]) == (
        first["position"],
        "POLLING",
        "20:00",
        True,
    )
    assert (two["seen"], two["arrived"], two["expected"], early["expected"]) == (0, False, True, False)
    sent(ask, WARD, "2", figures=voters(0))
    (total,) = ask(UNIT, WARD, unit="11")["data"]["unitPlaces"]["sums"]
    assert (total["value"], total["reported"], total["missing"]) == ("120", 2, [])
    prefill = ask(
        '{ desk(election: "tiny", form: "turnout", slot: "t1400", unit: "11") { status cells { key } prefill { key value places form slot } } }',
        WARD,
    )["data"]["desk"]
    assert (prefill["status"], prefill["cells"]) == ("missing", []), "nothing entered the return by itself"
    assert prefill["prefill"] == [
        {"key": VOTERS, "value": "120", "places": 2, "form": "turnout", "slot": "t1400"}
    ]


def test_refusals_say_what_to_do(ask: Ask, service: Reporting, client: TestClient) -> None:
    register(service, place("1"), place("1002"))
    assert sent(ask, OTHER_WARD, "1", figures=voters(1))["__typename"] == "NotAuthorised"
    unknown = sent(ask, WARD, "1003", figures=voters(1))
    assert (unknown["__typename"], unknown["suggestions"]) == ("UnknownReference", ["1002"])
    assert "投票所の番号 1003" in unknown["messageJa"]
    wrong = sent(ask, WARD, "1", figures=voters("12o"))
    assert (wrong["__typename"], [problem["kind"] for problem in wrong["problems"]]) == (
        "FiguresRefused",
        ["value"],
    )
    done = sent(ask, WARD, "1", figures=voters(5))
    late = sent(ask, WARD, "1", figures=voters(6))
    assert (late["__typename"], late["expected"], late["actual"]) == ("VersionConflict", 0, done["position"])
    bare = sent(ask, WARD, "1", figures=voters(6), seen=done["position"])
    assert (bare["__typename"], "理由" in bare["messageJa"]) == ("InvalidRequest", True)
    told = {"seen": done["position"], "reasonClass": "typing_error", "reason": "誤記"}
    assert sent(ask, WARD, "1", figures=voters(6), **told)["__typename"] == "PlaceCaptured"
    assert ask(CAPTURE, None, i={**SLOT, "commandId": str(uuid4()), "unit": "11", "number": "1", "figures": voters(1)})[
        "data"
    ]["done"]["__typename"] == "NotAuthenticated"  # fmt: skip


@pytest.mark.parametrize(
    ("actor", "units"),
    [(WARD, ["11"]), (CITY, ["11"]), (PREFECTURE, ["11", "20"]), (NATION, ["11", "20"]), (TOWN, ["20"])],
)
def test_everybody_sees_the_board_of_their_own_reach(
    ask: Ask, service: Reporting, client: TestClient, actor: Actor, units: list[str]
) -> None:
    register(service, place("1"), place("2"), place("3", valid_to="2024-10-27"))
    register(service, place("1"), unit="20", actor=TOWN)
    done = sent(ask, WARD, "2", figures=voters(120))
    board = ask(BOARD, actor, at=done["position"])["data"]["placeBoard"]
    assert [row["unit"] for row in board["nodes"]] == units
    rows = {row["unit"]: row for row in board["nodes"]}
    if "11" in units:
        eleven = rows["11"]
        assert (eleven["expected"], eleven["arrived"], eleven["missing"]) == (2, 1, ["1"])
        assert eleven["position"] == done["position"]
    assert (board["expected"], board["arrived"]) == (
        2 * ("11" in units) + ("20" in units), int("11" in units),
    )  # fmt: skip
    assert board["unitsWithoutList"] == {WARD: 0, CITY: 1, PREFECTURE: 1, NATION: 3, TOWN: 0}[actor]
    for beyond in ({"11", "20"} - set(units)) if actor is not CITY else {"20"}:
        refused = ask(UNIT, actor, unit=beyond)
        assert refused["errors"][0]["extensions"]["code"] == "NOT_AUTHORISED"


def test_places_are_for_offices_alone(ask: Ask, service: Reporting, client: TestClient) -> None:
    register(service, place("1"))
    for actor in (None, RESEARCH):
        for query in (UNIT, BOARD):
            assert "errors" in ask(query, actor, **({"unit": "11"} if query is UNIT else {}))
    assert ask(UNIT, AUDITOR, unit="11")["data"]["unitPlaces"]["expected"] == 1


def test_the_board_is_turned_page_by_page(ask: Ask, service: Reporting, client: TestClient) -> None:
    for unit in ("11", "12", "20", "31"):
        register(service, place("1"), place("2"), unit=unit, actor=NATION)
    for number in "12":
        done = capture(service, number, unit="12", actor=NATION, voters_polling_day=1)
    first = ask(BOARD, NATION, first=2, at=done.position)["data"]["placeBoard"]
    assert [row["unit"] for row in first["nodes"]] == ["11", "12"]
    assert (first["expected"], first["arrived"], first["pageInfo"]["hasNextPage"]) == (8, 2, True)
    rest = ask(BOARD, NATION, first=2, after=first["pageInfo"]["endCursor"])["data"]["placeBoard"]
    assert [row["unit"] for row in rest["nodes"]] == ["20", "31"]
    assert (rest["expected"], rest["pageInfo"]["hasNextPage"]) == (8, False)
    missing = ask(BOARD, NATION, only=True)["data"]["placeBoard"]
    assert [row["unit"] for row in missing["nodes"]] == ["11", "20", "31"]
    for wrong in ({"first": 0}, {"first": 501}, {"after": "x"}):
        assert ask(BOARD, NATION, **wrong)["errors"][0]["extensions"]["code"] == "INVALID_INPUT"


SENT = st.dictionaries(st.sampled_from("12345"), st.sampled_from(["0", "4", "!none"]), max_size=5)


@given(st.lists(SENT, min_size=2, max_size=2))
@settings(max_examples=examples(12), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_roll_up_says_of_how_many_and_holds_no_zero_for_who_is_missing(
    ask: Ask, service: Reporting, client: TestClient, database: Database, figures: list[dict[str, str]]
) -> None:
    """Whatever arrives from whichever places of two units: sum, board and offer say the same, and a unit is offered a value when and
    only when each of its places has said something."""
    for unit, values in zip(("11", "12"), figures, strict=True):
        wiped(service, unit)
        for number, value in values.items():
            page = ask(UNIT, NATION, unit=unit)["data"]["unitPlaces"]
            seen = next(each["seen"] for each in page["places"] if each["number"] == number)
            capture(
                service,
                number,
                unit=unit,
                actor=NATION,
                seen=seen,
                because="数え直し",
                voters_polling_day=value,
            )
    board = ask(BOARD, NATION, at=service.ledger.position())["data"]["placeBoard"]
    rows = {row["unit"]: row for row in board["nodes"]}
    for unit, values in zip(("11", "12"), figures, strict=True):
        page = ask(UNIT, NATION, unit=unit)["data"]["unitPlaces"]
        missing = [number for number in "12345" if number not in values]
        assert page["missing"] == rows[unit]["missing"] == missing
        assert (page["arrived"], rows[unit]["arrived"], page["expected"]) == (len(values), len(values), 5)
        sums = {each["key"]: each for each in page["sums"]}
        numbers = [int(value) for value in values.values() if value != "!none"]
        if VOTERS in sums:
            total = sums[VOTERS]
            assert (total["total"], total["reported"], total["expected"]) == (
                str(sum(numbers)),
                len(values),
                5,
            )
            assert total["missing"] == missing
            whole = str(sum(numbers)) if numbers else "!none"
            assert total["value"] == (whole if len(values) == 5 else None)
        desk = ask(
            "query($u: String!) { desk(election: \"tiny\", form: \"turnout\", slot: \"t1400\", unit: $u) { prefill { key value places } } }",
            NATION, u=unit,
        )["data"]["desk"]  # fmt: skip
        offered = {each["key"]: each["places"] for each in desk["prefill"]}
        assert offered == ({VOTERS: 5} if len(values) == 5 else {})


def wiped(service: Reporting, unit: str) -> None:
    """Five places without a figure, whatever an example before left."""
    register(service, *(place(number) for number in "12345"), unit=unit, actor=NATION)
    page = PollingPlaces(service).page("tiny", "turnout", "t1400", unit)
    for number in page.arrival.arrived:
        seen = page.unit.captured_at["turnout", "t1400", number]
        capture(
            service,
            number,
            unit=unit,
            actor=NATION,
            seen=seen,
            because="白紙に戻す",
            voters_polling_day="!not_reported",
        )
