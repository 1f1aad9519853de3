"""The election before is that of the same kind of contest over the same area, and is named."""

from __future__ import annotations

import json
from datetime import date
from typing import Any
from uuid import uuid4

import kinds
import pytest
import tiny
from click.testing import CliRunner
from starlette.testclient import TestClient
from tiny import SYSTEM, Ask

from api.cli.group import root
from reporting.application.lineage import register_lineage
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.definitions.catalogue import shipped_catalogue
from reporting.definitions.compose import compose
from reporting.definitions.load import shipped_registry
from reporting.definitions.templates import ElectionFacts
from reporting.domain.area_changes import AreaChange, AreaName
from reporting.domain.election import Contest

SERIES = """query($areas: [String!]!, $kind: [String!]!, $at: Int, $boundaries: String! = "AS_REPORTED") {
  series(item: ["voters"], areas: $areas, electionKind: $kind, includeTests: true, minPosition: $at,
         boundaries: $boundaries) {
    nodes { election area value previousElection previousContest previousAreas previousValue difference obsStatus } } }"""
ONE_SLOT = [form.model_copy(update={"slots": form.slots[:1]}) for form in tiny.election().forms]


def mayor(
    service: Reporting,
    code: str,
    kind: str,
    town: str,
    day: str,
    voters: int,
    contest: str = "mayor",
    is_test: bool = True,
) -> int:
    """A contest over one town alone, with its voters; the ledger's position."""
    told = tiny.election().contests[0].model_dump() | {
        "code": contest,
        "kind": "mayor",
        "area": {"geography": "administrative", "area": town},
    }
    definition = tiny.election(
        code=code, kind=kind, polling_date=day, forms=ONE_SLOT, contests=[told], is_test=is_test
    )
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


def test_no_election_that_was_held_follows_a_test(ask: Ask, client: TestClient) -> None:
    """Drills in between, before it and on its own day: each follows what was before it, whatever that was."""
    service: Reporting = client.app.state.service  # type: ignore[attr-defined]
    for code, day, voters, is_test in (
        ("held-19", "2019-04-07", 500, False),
        ("drill-21", "2021-04-04", 9, True),
        ("held-23", "2023-04-09", 510, False),
        ("drill-23", "2023-04-09", 8, True),
    ):
        at = mayor(service, code, "drilled", "20", day, voters, is_test=is_test)
    for area in ("20", "JP"):
        assert compared(ask(SERIES, areas=[area], kind=["drilled"], at=at))[1:] == [
            ("drill-21", "held-19", "mayor", area, "500", "-491"),
            ("drill-23", "drill-21", "mayor", area, "9", "-1"),
            ("held-23", "held-19", "mayor", area, "500", "10"),
        ]
    live = ask(SERIES.replace("includeTests: true", "includeTests: false"), areas=["20"], kind=["drilled"])
    assert compared(live)[-1] == ("held-23", "held-19", "mayor", "20", "500", "10")


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
    merged = register_lineage(
        service, "tinyland", date(2000, 1, 1), start, [became], SYSTEM, uuid4()
    ).position
    above = compared(ask(SERIES, areas=["JP"], kind=["moved"], at=merged))
    assert above[-1] == ("after", "before", "mayor", "JP", "500", "10")
    rebased = compared(ask(SERIES, areas=["32"], kind=["moved"], at=at, boundaries="2023-04-09"))
    assert ("after", "before", "mayor", "20", "500", "10") in rebased


def joined(*codes: str, into: str, day: date = date(2022, 4, 1)) -> AreaChange:
    return AreaChange(
        id=f"{'+'.join(codes)}-{into}", date=day, kind="merged", source="test",
        from_areas=tuple(AreaName(code=code, name=f"地域{code}") for code in codes),
        to_areas=(AreaName(code=into, name="新市", level="municipality"),),
    )  # fmt: skip


def register(service: Reporting, *changes: AreaChange, without: str = "") -> int:
    start = {
        code: AreaName(code=code, name=f"地域{code}")
        for code in ("JP", *tiny.UNITS)
        if code not in without.split()
    }
    given = register_lineage(service, "tinyland", date(2000, 1, 1), start, list(changes), SYSTEM, uuid4())
    assert given.position is not None
    return given.position


def test_what_several_areas_became_is_compared_with_the_sum_of_their_contests(
    ask: Ask, client: TestClient
) -> None:
    """20 and 12, whose elections were on different days, became 32; nothing was compared, or one of them only."""
    service: Reporting = client.app.state.service  # type: ignore[attr-defined]
    mayor(service, "a", "joined", "20", "2019-04-07", 500)
    mayor(service, "b", "joined", "12", "2021-10-31", 30, "m2")
    mayor(service, "c", "joined", "32", "2023-04-09", 540)
    mayor(service, "d", "joined", "32", "2027-04-11", 545)
    at = register(service, joined("20", "12", into="32"), without="32")
    above = compared(ask(SERIES, areas=["JP"], kind=["joined"], at=at))
    above.sort()
    assert [(one[0], one[4], one[5]) for one in above] == [
        ("a", None, None),
        ("b", None, None),
        ("c", "530", "10"),
        ("d", "540", "5"),
    ]
    assert above[2] == ("c", "a;b", "mayor;m2", "JP", "530", "10")
    reported = ask(SERIES, areas=["32"], kind=["joined"], at=at)
    assert compared(reported) == [
        ("c", "a;b", "mayor;m2", "12;20", "530", "10"),
        ("d", "c", "mayor", "32", "540", "5"),
    ]
    assert [one["obsStatus"] for one in reported["data"]["series"]["nodes"]] == [["B"], ["A"]]
    rebased = compared(ask(SERIES, areas=["32"], kind=["joined"], at=at, boundaries="2023-04-09"))
    assert ("c", "a;b", "mayor;m2", "12;20", "530", "10") in rebased
    past = ask(BASIS, areas=["32"], kind=["joined"], at=at)["data"]["series"]
    assert [(one["previousBasis"], one["predecessors"]) for one in past["nodes"]] == [
        ("rebased", "12;20"),
        ("reported", None),
    ]
    assert [(one["before"], one["after"], one["date"], one["bridge"]) for one in past["breaks"]] == [
        ("a;b", "c", "2022-04-01", "boundaries=2023-04-09")
    ]


VALUES = """query($areas: [String!]!, $kind: [String!]!, $at: Int, $contest: String) {
  series(item: ["voters"], areas: $areas, electionKind: $kind, includeTests: true, minPosition: $at, contest: $contest) {
    nodes { election value previousElection previousValue difference obsStatus preBreakValue citation } } }"""
BASIS = """query($areas: [String!]!, $kind: [String!]!, $at: Int, $contest: String, $choice: String) {
  series(item: ["voters"], areas: $areas, electionKind: $kind, includeTests: true, minPosition: $at, contest: $contest,
         choice: $choice) {
    nodes { election area previousElection previousContest previousAreas previousValue previousBasis previousMethod difference obsStatus
            preBreakValue predecessors citation }
    breaks { area before after date bridge } } }"""


def test_a_sum_that_lacks_one_of_the_contests_is_not_compared(ask: Ask, client: TestClient) -> None:
    service: Reporting = client.app.state.service  # type: ignore[attr-defined]
    mayor(service, "only", "lacking", "20", "2019-04-07", 500)
    mayor(service, "then", "lacking", "32", "2023-04-09", 540)
    at = register(service, joined("20", "12", into="32"), without="32")
    for area in ("JP", "32"):
        told = compared(ask(SERIES, areas=[area], kind=["lacking"], at=at))
        assert told[-1][:1] + told[-1][4:] == ("then", None, None), area


def test_what_absorbed_another_is_compared_with_both(ask: Ask, client: TestClient) -> None:
    """20 took in 12: the contest of 20 alone was over another area."""
    service: Reporting = client.app.state.service  # type: ignore[attr-defined]
    mayor(service, "big-19", "took-in", "20", "2019-04-07", 500)
    mayor(service, "small-20", "took-in", "12", "2020-04-07", 30)
    mayor(service, "big-23", "took-in", "20", "2023-04-09", 540)
    change = joined("12", into="20").model_copy(update={"kind": "absorbed"})
    at = register(service, change)
    for area, areas in (("JP", "JP"), ("20", "12;20")):
        (*_, last) = compared(ask(SERIES, areas=[area], kind=["took-in"], at=at))
        assert last == ("big-23", "big-19;small-20", "mayor;mayor", areas, "530", "10")
    (*_, last) = ask(BASIS, areas=["20"], kind=["took-in"], at=at)["data"]["series"]["nodes"]
    assert (last["obsStatus"], last["preBreakValue"], last["predecessors"]) == (["B"], "500", None)


def test_a_nations_merged_town_is_compared_as_reported(ask: Ask, client: TestClient) -> None:
    """One contest over the country: the town's own code had no figure, or that of another extent."""
    service: Reporting = client.app.state.service  # type: ignore[attr-defined]
    for code, day, figures in (
        ("n-19", "2019-07-21", {"20": 100, "12": 40, "31": 7}),
        ("n-23", "2023-07-21", {"32": 150, "31": 9}),
    ):
        nation(service, code, "country", day, figures)
    at = register(service, joined("20", "12", into="32"), without="32")
    told = ask(SERIES, areas=["32", "31"], kind=["country"], at=at)
    by_area = {one[0]: one for one in compared(told) if one[0] == "n-23"}
    assert len(by_area) == 1
    nodes = {one["area"]: one for one in told["data"]["series"]["nodes"] if one["election"] == "n-23"}
    assert (nodes["32"]["previousValue"], nodes["32"]["difference"]) == ("140", "10")
    assert nodes["32"]["obsStatus"] == ["B"]
    assert nodes["32"]["previousAreas"] == "12;20"
    assert (nodes["31"]["previousValue"], nodes["31"]["difference"]) == ("7", "2")
    assert nodes["31"]["obsStatus"] == ["A"]
    (only,) = ask(BASIS, areas=["32"], kind=["country"], at=at)["data"]["series"]["nodes"][-1:]
    assert (only["previousValue"], only["previousBasis"]) == ("140", "rebased")
    again = "query($c: String!) { observation(citation: $c) { previousElection previousValue difference obsStatus } }"
    cited = ask(again, c=only["citation"])["data"]["observation"]
    assert cited == {name: only[name] for name in cited}


@pytest.mark.parametrize(
    ("weights", "basis", "value", "difference"),
    [(None, "unknown_share", None, None), ("0.3", "estimated", "30", "5")],
)
def test_a_part_is_compared_by_its_share_or_not_at_all(
    ask: Ask, client: TestClient, weights: str | None, basis: str, value: str | None, difference: str | None
) -> None:
    """20 gave part of itself to a new town, 32: a break, told with where it came from."""
    service: Reporting = client.app.state.service  # type: ignore[attr-defined]
    kind = f"parted-{basis}"
    nation(service, f"{kind}-19", kind, "2019-07-21", {"20": 100})
    nation(service, f"{kind}-23", kind, "2023-07-21", {"20": 64, "32": 35})
    shares = (
        {"of": "20", "into": "32", "weight": weights, "method": "roll", "source": "census"},
        {"of": "20", "into": "20", "weight": "0.7", "method": "roll", "source": "census"},
    )
    parted = AreaChange.model_validate(
        {
            "id": "p", "date": "2022-04-01", "kind": "separated", "source": "test",
            "from_areas": [{"code": "20", "name": "旧"}], "to_areas": [{"code": "32", "name": "新町"}],
            "weights": shares if weights else (),
        }
    )  # fmt: skip
    at = register(service, parted, without="32")
    old = ask(VALUES, areas=["20"], kind=[kind], at=at)["data"]["series"]["nodes"][-1]
    assert (old["previousValue"], old["preBreakValue"], old["obsStatus"]) == (
        "70" if weights else None,
        "100",
        ["B"],
    )
    nodes = ask(BASIS, areas=["32"], kind=[kind], at=at)["data"]["series"]["nodes"]
    new = next(one for one in nodes if one["election"] == f"{kind}-23")
    assert (new["previousValue"], new["difference"]) == (value, difference)
    assert (new["previousBasis"], new["previousAreas"], new["predecessors"]) == (basis, "20", "20")
    assert new["previousMethod"] == ("roll" if weights else None)
    assert new["obsStatus"] == ["B"]


def nation(service: Reporting, code: str, kind: str, day: str, figures: dict[str, int]) -> None:
    definition = tiny.election(code=code, kind=kind, polling_date=day, forms=ONE_SLOT)
    service.define_election(definition, SYSTEM, uuid4())
    for unit, voters in figures.items():
        request = tiny.EnterFigures(
            command_id=uuid4(), election=code, form="final", slot="final", unit=unit, expected_version=0,
            figures=tiny.cells(voters=voters),
        )  # fmt: skip
        service.enter_figures(request, SYSTEM)


def test_asking_for_one_contest_hides_nothing_that_it_follows(ask: Ask, client: TestClient) -> None:
    """By the contest's code of today alone: the election before was told as none. Nor does its citation lose it."""
    service: Reporting = client.app.state.service  # type: ignore[attr-defined]
    mayor(service, "r-19", "renamed", "20", "2019-04-07", 500, "m1")
    at = mayor(service, "r-23", "renamed", "20", "2023-04-09", 510, "m2")
    nodes = ask(VALUES, areas=["20"], kind=["renamed"], contest="m2", at=at)["data"]["series"]["nodes"]
    assert [(one["election"], one["previousValue"]) for one in nodes] == [("r-23", "500")]
    again = "query($c: String!) { observation(citation: $c) { previousElection previousValue difference } }"
    assert ask(again, c=nodes[0]["citation"])["data"]["observation"] == {
        "previousElection": "r-19",
        "previousValue": "500",
        "difference": "10",
    }


def test_sapporo_is_not_compared_with_kobe(ask: Ask, client: TestClient) -> None:
    """Both by the shipped template, whose contest has one code in every town: 472,660 − 500,000 was told as −27,340."""
    service: Reporting = client.app.state.service  # type: ignore[attr-defined]
    registry = shipped_registry()
    service.declare_registry(registry.registry, registry.geographies, registry.areas, SYSTEM, uuid4())
    at = 0
    for code, city, ward, day, voters in (
        ("kobe-2021", "28100", "28102", "2021-10-31", 500_000),
        ("sapporo-2023", "01100", "01101", "2023-04-09", 472_660),
    ):
        facts = ElectionFacts(
            template="mayor", code=code, label=tiny.label(code), polling_date=date.fromisoformat(day), is_test=True,
            contests=(
                Contest.model_validate({
                    "code": "mayor", "label": tiny.label("市長"), "kind": "mayor",
                    "area": {"geography": "administrative", "area": city}, "choices": kinds.TWO,
                }),
            ),
        )  # fmt: skip
        composed = compose(shipped_catalogue(), "mayor", facts)
        form = next(form for form in composed.forms if "voters" in form.items)
        unkept = {"publish_at": None, "publish": None}
        forms = tuple(
            each.model_copy(update={"slots": tuple(slot.model_copy(update=unkept) for slot in each.slots)})
            for each in composed.forms
        )
        quiet = composed.model_copy(update={"workflow": None, "rules": (), "forms": forms})
        service.define_election(quiet, SYSTEM, uuid4())
        request = tiny.EnterFigures(
            command_id=uuid4(), election=code, form=form.code, slot=form.slots[-1].code, unit=ward, expected_version=0,
            figures=[tiny.CellInput(contest="mayor", item="voters", value=str(voters))],
        )  # fmt: skip
        at = service.enter_figures(request, SYSTEM).position
    asked = VALUES.replace('item: ["voters"]', f'item: ["voters"], form: "{form.code}"')
    nodes = ask(asked, areas=["JP"], kind=[quiet.kind], at=at)["data"]["series"]["nodes"]
    assert [(one["election"], one["previousElection"], one["previousValue"]) for one in nodes] == [
        ("kobe-2021", None, None),
        ("sapporo-2023", None, None),
    ]
    assert [one["value"] for one in nodes] == ["500000", "472660"]


def test_a_jump_is_looked_for_among_towns_whose_contests_have_codes_of_their_own(
    ask: Ask, client: TestClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five mayors on the same two days, each an election and a contest by itself; one of them moves against the others."""
    service: Reporting = client.app.state.service  # type: ignore[attr-defined]
    at = 0
    for number, town in enumerate(tiny.UNITS):
        for year, day, value in ((19, "2019-04-07", 5000), (23, "2023-04-09", 5050 + number)):
            jump = 4000 if (town, year) == ("32", 23) else 0
            at = mayor(service, f"m{town}-{year}", "many", town, day, value + jump, f"c{town}")
    ask(SERIES, areas=["JP"], kind=["many"], at=at)
    monkeypatch.setenv("REPORTING_DATABASE_URL", database.url)
    words = ["series", "check", "voters", "--kind", "many", "--tests", "--json"]
    done = CliRunner().invoke(root, words)
    assert done.exit_code == 0, done.output
    jumps = [one for one in json.loads(done.output)["findings"] if one["check"] == "jump"]
    assert {(one["election"], one["evidence"]["among"]) for one in jumps} == {("m32-23", "areas")}
    assert "32" in {one["area"] for one in jumps}


def test_checks_compare_the_same_contest_over_the_same_town(
    ask: Ask, client: TestClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By code, Kobe's and Sapporo's equal figures were a repeat, and a contest under a new code had nothing before it."""
    service: Reporting = client.app.state.service  # type: ignore[attr-defined]
    mayor(service, "town-19", "checked", "20", "2019-04-07", 5000, "m1")
    mayor(service, "other-21", "checked", "32", "2021-10-31", 7000, "m2")
    at = mayor(service, "town-23", "checked", "20", "2023-04-09", 7000, "m2")
    ask(SERIES, areas=["JP"], kind=["checked"], at=at)
    monkeypatch.setenv("REPORTING_DATABASE_URL", database.url)
    words = ["series", "check", "voters", "--kind", "checked", "--area", "JP", "--tests", "--json"]
    done = CliRunner().invoke(root, words)
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["counts"]["repeat"] == 0
    at = mayor(service, "town-27", "checked", "20", "2027-04-11", 7000, "m3")
    ask(SERIES, areas=["JP"], kind=["checked"], at=at)
    found = json.loads(CliRunner().invoke(root, words).output)["findings"]
    assert [(one["check"], one["election"], one["evidence"]["previous"]) for one in found] == [
        ("repeat", "town-27", "town-23")
    ]
