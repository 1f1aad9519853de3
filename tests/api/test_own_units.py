"""A contest that names its own units: a proportional count made for a whole city that districts split.

The city 10 of tiny has the wards 11 (district D1) and 12 (district D2). It counts the proportional vote as one.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
import tiny
from tiny import Ask

from projections.rebuild import rebuild
from projections.runner import Projector
from projections.verify import verify
from reporting.application.own_units import OwnUnitsBroken
from reporting.application.service import Reporting
from reporting.application.taken_away import FiguresTakenAway
from reporting.database.connect import Database
from reporting.domain.areas import AreaRecord
from reporting.domain.returns import FiguresRefused
from reporting.errors import InvalidInput, UnknownReference

WHOLE = {"whole": ["10"]}
TOTALS = """query($contest: String!, $geography: String!, $areas: [String!], $asOf: AsOfInput) {
  election(code: "tiny", asOf: $asOf) { contest(code: $contest) { units { levels whole }
    totals(form: "final", slot: "final", geography: $geography, items: ["voters"], areas: $areas) {
      nodes { code value reported expected } unplaced { unit unitName areas } } } } }"""
SUMS = """query($areas: [String!], $asOf: AsOfInput) { election(code: "tiny", asOf: $asOf) { totals(form: "final", slot: "final",
  geography: "electoral", items: ["voters"], contestKind: "proportional", areas: $areas) {
    nodes { code value } unplaced { contest unit unitName areas } } } }"""
SERIES = """query($at: Int) { series(item: ["voters"], geography: "electoral", contest: "pr", includeTests: true,
  electionKind: ["general"], minPosition: $at) { nodes { area value obsStatus difference coverage } } }"""


def define(service: Reporting, **units: Any) -> None:
    service.declare_registry("tinyland", tiny.GEOGRAPHIES, tiny.AREAS, tiny.SYSTEM, uuid4())
    service.define_election(tiny.election(contests=tiny.contests(**units)), tiny.SYSTEM, uuid4())


FORMS = [form.model_copy(update={"slots": form.slots[:1]}) for form in tiny.election().forms]
"""With one slot, so that what stands in it is final."""


def change(service: Reporting, withdrawn: tuple[str, ...] = (), **units: Any) -> None:
    gone = [{"unit": unit, "on": "2024-10-27", "reason": "区ごとの開票"} for unit in withdrawn]
    levels = {"geography": "administrative", "levels": ["ward", "municipality"], "withdrawn": gone}
    changed = tiny.election(contests=tiny.contests(**units), units=levels, forms=FORMS)
    service.define_election(changed, tiny.SYSTEM, uuid4(), reason="開票区の変更")


@pytest.fixture
def projector(database: Database) -> Projector:
    made = Projector(database)
    return made


@pytest.fixture
def counted(ask: Ask, service: Reporting, projector: Projector) -> None:
    """The city's proportional vote as one, the districts' by ward."""
    change(service, pr=WHOLE)
    for unit, voters in (("10", 500), ("20", 20), ("31", 30), ("32", 40)):
        tiny.enter(service, unit, voters=voters)
    for unit, voters in (("11", 300), ("20", 21)):
        tiny.enter(service, unit, 1 if unit == "20" else 0, contest="d1", voters=voters)
    projector.catch_up()


def rows(answer: dict[str, Any]) -> dict[str, tuple[str | None, int, int]]:
    nodes = answer["data"]["election"]["contest"]["totals"]["nodes"]
    return {node["code"]: (node["value"], node["reported"], node["expected"]) for node in nodes}


@pytest.mark.usefixtures("counted")
@pytest.mark.parametrize("then", [False, True])
def test_one_contest_is_counted_by_city_and_another_by_ward_in_every_geography(
    ask: Ask, service: Reporting, then: bool
) -> None:
    """The districts that split the city count it in their N and say which unit they lack; what holds all of it has its
    votes."""
    at = {"asOf": {"position": service.ledger.position()}} if then else {}
    answer = ask(TOTALS, tiny.AUDITOR, contest="pr", geography="administrative", **at)
    assert rows(answer) == {
        "JP": ("590", 4, 4), "P1": ("520", 2, 2), "P2": ("70", 2, 2), "10": ("500", 1, 1), "20": ("20", 1, 1),
        "31": ("30", 1, 1), "32": ("40", 1, 1),
    }  # fmt: skip
    contest = answer["data"]["election"]["contest"]
    assert (contest["units"], contest["totals"]["unplaced"]) == ({"levels": [], "whole": ["10"]}, [])
    answer = ask(TOTALS, tiny.AUDITOR, contest="pr", geography="electoral", **at)
    assert rows(answer) == {
        "JP": ("590", 4, 4), "D1": ("20", 1, 2), "D2": ("70", 2, 3), "20": ("20", 1, 1), "31": ("30", 1, 1),
        "32": ("40", 1, 1),
    }  # fmt: skip
    lacking = [{"unit": "10", "unitName": "地域10", "areas": ["D1", "D2"]}]
    assert answer["data"]["election"]["contest"]["totals"]["unplaced"] == lacking
    for areas, told in ((["D1"], lacking), (["JP"], []), (["20"], [])):
        answer = ask(TOTALS, tiny.AUDITOR, contest="pr", geography="electoral", areas=areas, **at)
        assert answer["data"]["election"]["contest"]["totals"]["unplaced"] == told
        sums = ask(SUMS, tiny.AUDITOR, areas=areas, **at)["data"]["election"]["totals"]
        assert sums["unplaced"] == [{"contest": "pr", **unit} for unit in told]
    answer = ask(TOTALS, tiny.AUDITOR, contest="d1", geography="electoral", **at)
    assert rows(answer) == {
        "JP": ("321", 2, 2), "D1": ("321", 2, 2), "11": ("300", 1, 1), "20": ("21", 1, 1)
    }  # fmt: skip
    assert answer["data"]["election"]["contest"]["units"] is None
    answer = ask(TOTALS, tiny.AUDITOR, contest="d1", geography="administrative", areas=["10"], **at)
    assert rows(answer) == {"10": ("300", 1, 1)}


@pytest.mark.usefixtures("counted")
def test_a_district_that_lacks_the_city_is_incomplete_in_a_series(
    ask: Ask, service: Reporting, database: Database
) -> None:
    answer = ask(SERIES, tiny.AUDITOR, at=service.ledger.position())
    found = {
        node["area"]: (node["value"], node["obsStatus"], node["coverage"])
        for node in answer["data"]["series"]["nodes"]
    }
    assert found["JP"] == ("590", ["A"], "4/4")
    assert found["D1"] == ("20", ["P"], "1/2")
    assert found["D2"] == ("70", ["P"], "2/3")
    assert verify(database).differences == []
    rebuild(database)
    assert verify(database).differences == []


@pytest.mark.usefixtures("counted")
def test_only_the_units_of_a_contest_report_on_it(service: Reporting) -> None:
    for unit, contest in (("11", "pr"), ("10", "d1")):
        with pytest.raises((FiguresRefused, InvalidInput, UnknownReference)):
            tiny.enter(service, unit, 1, contest=contest, voters=1)
    with pytest.raises((FiguresRefused, InvalidInput, UnknownReference)):
        tiny.enter(service, "P1", voters=1)


def test_a_whole_is_divided_and_joined_on_the_night_for_one_contest_alone(
    ask: Ask, service: Reporting, projector: Projector, database: Database
) -> None:
    """What stands is never counted twice and never gone: the city's figure until all wards have reported, theirs then;
    joined again, theirs until the city has."""

    def nation(contest: str = "pr") -> tuple[str | None, int, int]:
        projector.catch_up()
        assert verify(database).differences == []
        return rows(ask(TOTALS, tiny.AUDITOR, contest=contest, geography="administrative"))["JP"]

    change(service, pr=WHOLE)
    tiny.enter(service, "10", voters=500)
    tiny.enter(service, "11", contest="d1", voters=300)
    assert nation() == ("500", 1, 4)
    with pytest.raises(FiguresTakenAway):
        change(service)
    change(service, ("10",))
    assert nation() == ("500", 2, 5)
    tiny.enter(service, "11", 1, voters=290)
    assert nation() == ("500", 2, 5)
    tiny.enter(service, "12", voters=220)
    assert nation() == ("510", 2, 5)
    assert nation("d1") == ("300", 1, 2)
    change(service, ("10",), pr={"whole": ["P1"]})  # the prefecture counts the city and the town 20
    assert nation() == ("510", 0, 3)
    tiny.enter(service, "P1", voters=555)
    assert nation() == ("555", 1, 3)
    assert nation("d1") == ("300", 1, 2)


@pytest.mark.parametrize(
    ("units", "field", "told"),
    [
        ({"pr": {"whole": ["10", "P1"]}}, "contests.pr.units.whole", "10"),
        ({"pr": {"levels": ["prefecture"], "whole": ["10"]}}, "contests.pr.units.whole", "10"),
        ({"pr": {"whole": ["20"]}}, "contests.pr.units.whole", "20"),
        ({"d1": {"whole": ["10"]}}, "contests.d1.units", "10"),
        ({"pr": {"levels": ["ward"]}}, "contests.pr.units.levels", "ward"),
        ({"pr": {"levels": ["wards"]}}, "contests.pr.units.levels", "wards"),
    ],
)
def test_units_in_one_another_half_outside_or_left_out_are_refused(
    service: Reporting, units: dict[str, Any], field: str, told: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        define(service, **units)
    assert (refused.value.facts["field"], refused.value.facts["found"]) == (field, told)


def moved(code: str, geography: str, **changes: Any) -> AreaRecord:
    """An area of tiny as it stands in a geography, otherwise."""
    standing = next(area for area in tiny.AREAS if (area.geography, area.code) == (geography, code))
    return standing.model_copy(update=changes)


@pytest.mark.parametrize(
    ("units", "area", "found"),
    [
        # the city, counted as one for the prefecture P1, gets a ward less: nothing is left below it
        ({"pr": WHOLE}, [moved(code, "administrative", parent="P1", level="municipality") for code in ("11", "12")], "10"),
        # the prefecture counts as one; of its towns one goes to a district that does not vote on the contest
        ({"d1": {"levels": ["municipality", "ward"]}, "pr": {"whole": ["P2"]}},
         [moved(code, "administrative", parent="P1") for code in ("31", "32")], "P2"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("dry_run", [True, False])
def test_a_registry_that_breaks_a_contests_own_units_is_refused(
    service: Reporting, units: dict[str, Any], area: list[AreaRecord], found: str, dry_run: bool
) -> None:
    define(service, **units)
    before = service.catalog.election("tiny").roster
    with pytest.raises(OwnUnitsBroken) as refused:
        service.declare_registry("tinyland", (), area, tiny.SYSTEM, uuid4(), reason="改編", dry_run=dry_run)
    assert (refused.value.facts["election"], refused.value.facts["found"]) == ("tiny", found)
    assert service.catalog.election("tiny").roster == before
    change(service)  # first the election: it names no units of its own any more
    assert service.declare_registry("tinyland", (), area, tiny.SYSTEM, uuid4(), reason="改編").events == 1


def test_a_registry_that_leaves_own_units_whole_is_taken(service: Reporting) -> None:
    define(service, pr=WHOLE)
    renamed = moved("12", "administrative", name="新しい名")
    assert (
        service.declare_registry("tinyland", (), [renamed], tiny.SYSTEM, uuid4(), reason="改称").events == 1
    )
    assert service.catalog.election("tiny").roster.contest_units["pr"] == ("10", "20", "31", "32")


def test_an_area_that_is_not_there_is_suggested(service: Reporting) -> None:
    with pytest.raises(UnknownReference, match="10"):
        define(service, pr={"whole": ["010"]})


def test_units_of_several_levels_hold_each_vote_once(service: Reporting) -> None:
    """Of the levels the lowest areas: the wards below the city count, unless the city is named whole; never both."""
    define(service, pr={"levels": ["city", "municipality"]})
    assert service.catalog.election("tiny").roster.contest_units["pr"] == ("10", "20", "31", "32")
    change(service, pr={"levels": ["city", "municipality"], "whole": ["P2"]})
    assert service.catalog.election("tiny").roster.contest_units["pr"] == ("10", "20", "P2")
    change(service, pr={"levels": ["nation", "prefecture"]})
    assert service.catalog.election("tiny").roster.contest_units["pr"] == ("P1", "P2")
