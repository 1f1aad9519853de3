"""The election before is that of the same kind of contest over the same area, and is named."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import tiny
from starlette.testclient import TestClient
from tiny import SYSTEM, Ask

from reporting.application.lineage import register_lineage
from reporting.application.service import Reporting
from reporting.domain.area_changes import AreaChange, AreaName

SERIES = """query($areas: [String!]!, $kind: [String!]!, $at: Int, $boundaries: String! = "AS_REPORTED") {
  series(item: ["voters"], areas: $areas, electionKind: $kind, includeTests: true, minPosition: $at,
         boundaries: $boundaries) {
    nodes { election area value previousElection previousContest previousAreas previousValue difference obsStatus } } }"""
ONE_SLOT = [form.model_copy(update={"slots": form.slots[:1]}) for form in tiny.election().forms]


def mayor(
    service: Reporting, code: str, kind: str, town: str, day: str, voters: int, contest: str = "mayor"
) -> int:
    """A contest over one town alone, with its voters; the ledger's position."""
    told = tiny.election().contests[0].model_dump() | {
        "code": contest,
        "kind": "mayor",
        "area": {"geography": "administrative", "area": town},
    }
    definition = tiny.election(code=code, kind=kind, polling_date=day, forms=ONE_SLOT, contests=[told])
    service.define_election(definition, SYSTEM, uuid4())
    request = tiny.EnterFigures(
        command_id=uuid4(), election=code, form="final", slot="final", unit=town, expected_version=0,
        figures=[tiny.CellInput(contest=contest, item="voters", value=str(voters))],
    )  # fmt: skip
    return service.enter_figures(request, SYSTEM).position


def compared(answer: Any) -> list[tuple[Any, ...]]:
    names = (
        "election",
        "previousElection",
        "previousContest",
        "previousAreas",
        "previousValue",
        "difference",
    )
    return [tuple(one[name] for name in names) for one in answer["data"]["series"]["nodes"]]


def test_another_towns_election_is_not_the_previous_one_above_both(ask: Ask, client: TestClient) -> None:
    service: Reporting = client.app.state.service  # type: ignore[attr-defined]
    mayor(service, "kobe-23", "towns", "32", "2023-04-09", 900)
    mayor(service, "sapporo-19", "towns", "20", "2019-04-07", 500)
    mayor(service, "kobe-21", "towns", "32", "2021-10-31", 800)
    at = mayor(service, "sapporo-23", "towns", "20", "2023-04-09", 510)
    assert compared(ask(SERIES, areas=["JP"], kind=["towns"], at=at)) == [
        ("sapporo-19", None, None, None, None, None),
        ("kobe-21", None, None, None, None, None),
        ("kobe-23", "kobe-21", "mayor", "JP", "800", "100"),
        ("sapporo-23", "sapporo-19", "mayor", "JP", "500", "10"),
    ]


def test_a_contest_of_another_code_over_the_same_town_goes_on(ask: Ask, client: TestClient) -> None:
    service: Reporting = client.app.state.service  # type: ignore[attr-defined]
    mayor(service, "then", "codes", "20", "2019-04-07", 500, "m1")
    mayor(service, "beside", "codes", "32", "2019-04-07", 70, "m1")
    at = mayor(service, "now", "codes", "20", "2023-04-09", 510)
    told = compared(ask(SERIES, areas=["20"], kind=["codes"], at=at))
    assert ("now", "then", "m1", "20", "500", "10") in told


def test_a_contest_goes_on_over_the_area_that_its_own_became(ask: Ask, client: TestClient) -> None:
    """20 became 32 on a day between; 12, whose contest was held as well, did not."""
    service: Reporting = client.app.state.service  # type: ignore[attr-defined]
    mayor(service, "before", "moved", "20", "2019-04-07", 500)
    mayor(service, "other", "moved", "12", "2020-04-07", 30)
    at = mayor(service, "after", "moved", "32", "2023-04-09", 510)
    start = {code: AreaName(code=code, name=f"地域{code}") for code in ("JP", *tiny.UNITS) if code != "32"}
    became = AreaChange(
        id="m", date=date(2022, 4, 1), kind="status_change", source="test",
        from_areas=(start["20"],), to_areas=(AreaName(code="32", name="新市"),),
    )  # fmt: skip
    at = register_lineage(service, "tinyland", date(2000, 1, 1), start, [became], SYSTEM, uuid4()).position
    above = compared(ask(SERIES, areas=["JP"], kind=["moved"], at=at))
    assert above[-1] == ("after", "before", "mayor", "JP", "500", "10")
    rebased = compared(ask(SERIES, areas=["32"], kind=["moved"], at=at, boundaries="2023-04-09"))
    assert ("after", "before", "mayor", "20", "500", "10") in rebased
