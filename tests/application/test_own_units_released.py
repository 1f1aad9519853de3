"""Files of a release where units report for each other: each vote once, and N as the totals have it; older layouts as they were."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
import tiny

from projections.read.stakes import stakes_of_release
from reporting.definitions.checks import check_workflow
from reporting.domain.election import ElectionDefinition
from reporting.domain.expansion import expand, succeed
from reporting.domain.registry import AreaRegistry
from reporting.domain.units import Roster
from reporting.domain.workflow_events import SlotReleased
from reporting.publication.package import BY_FORM, COUNTED_ONCE, LAYOUT, STANDS_WHERE, build

WHOLE = tiny.election(contests=tiny.contests(pr={"whole": ["10"]}))
DIVIDED = tiny.election(
    units={
        "geography": "administrative",
        "levels": ["ward", "municipality"],
        "withdrawn": [{"unit": "10", "on": "2024-10-27", "reason": "区ごとの開票"}],
    }
)


def rosters() -> tuple[Roster, Roster]:
    """The city as one, and divided on the night."""
    registry = AreaRegistry()
    registry.declare(tiny.GEOGRAPHIES)
    registry.register(tiny.AREAS)
    areas = registry.at(WHOLE.polling_date)
    whole = expand(WHOLE, areas)
    return whole, succeed(whole, DIVIDED, areas)


def totals(
    definition: ElectionDefinition, roster: Roster, voters: Mapping[str, str], layout: int = LAYOUT
) -> dict[str, tuple[str, str, str]]:
    """Area (of both geographies) → value, reported, expected."""
    head = SlotReleased(
        election="tiny", form="final", slot="final", release="r", number=1, upto=1, due=None, approved=1, expected=1,
        under_correction=(), units_changed=1, layout=layout,
    )  # fmt: skip
    public = {unit: {"pr|voters||": text} for unit, text in voters.items()}
    text = build(definition, roster, head, public, {}).files["totals.csv"].decode()
    rows: list[dict[str, Any]] = [*csv.DictReader(io.StringIO(text, newline=""))]
    return {
        f"{row['geography']}/{row['area']}": (row["value"], row["reported"], row["expected"])
        for row in rows
        if row["item"] == "voters"
    }


def test_a_district_that_holds_a_part_of_the_city_lacks_a_unit() -> None:
    whole, _ = rosters()
    found = totals(WHOLE, whole, {"10": "500", "20": "20", "31": "30", "32": "40"})
    assert found["electoral/JP"] == found["administrative/JP"] == ("590", "4", "4")
    assert found["electoral/D1"] == ("20", "1", "2")
    assert found["electoral/D2"] == ("70", "2", "3")


def test_a_divided_unit_and_its_parts_are_added_up_once() -> None:
    _, divided = rosters()
    some = totals(DIVIDED, divided, {"10": "500", "11": "290"})
    assert some["administrative/JP"] == ("500", "2", "5")
    every = totals(DIVIDED, divided, {"10": "500", "11": "290", "12": "220"})
    assert every["administrative/JP"] == ("510", "2", "5")
    before = totals(DIVIDED, divided, {"10": "500", "11": "290", "12": "220"}, COUNTED_ONCE - 1)
    assert before["administrative/JP"] == (
        "1010",
        "3",
        "6",
    )  # what was published then is made again as it was


def test_a_divided_unit_stands_for_its_parts_of_an_areas_n_alone() -> None:
    """A ward that was out of the registry, in another district, when the city was one."""
    registry = AreaRegistry()
    registry.declare(tiny.GEOGRAPHIES)
    without = [area for area in tiny.AREAS if area.code != "12"]
    registry.register(without)
    whole = expand(WHOLE, registry.at(WHOLE.polling_date))
    registry.register(tiny.AREAS)
    divided = succeed(whole, DIVIDED, registry.at(WHOLE.polling_date))
    voters = {"10": "500", "20": "20"}
    assert totals(DIVIDED, divided, voters)["electoral/D1"] == ("520", "2", "2")
    before = totals(DIVIDED, divided, voters, STANDS_WHERE - 1)
    assert before["electoral/D1"] == ("520", "3", "2")


def test_a_form_that_a_divided_unit_goes_on_reporting_counts_it_once() -> None:
    registry = AreaRegistry()
    registry.declare(tiny.GEOGRAPHIES)
    registry.register(tiny.AREAS)
    areas, before = registry.at(WHOLE.polling_date), tiny.election()
    parts = [{"code": f"20-{part}", "name": part} for part in "ab"]
    gone = {
        "unit": "20", "on": "2024-10-27", "reason": "離島", "level": "ward", "parts": parts, "keeps": ["final"],
    }  # fmt: skip
    units = {"geography": "administrative", "levels": ["ward", "municipality"], "withdrawn": [gone]}
    now = tiny.election(units=units)
    divided = succeed(expand(before, areas), now, areas)
    assert totals(now, divided, {"20": "20", "31": "30"})["administrative/JP"] == ("50", "2", "5")
    earlier = totals(now, divided, {"20": "20", "31": "30"}, BY_FORM - 1)
    assert earlier["administrative/JP"] == ("50", "3", "6")


def test_the_margin_of_a_release_counts_a_divided_unit_and_its_parts_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """a: 40 and 30, b: 60 and 5, of the parts; what the city said undivided is theirs already."""
    monkeypatch.setattr("projections.read.stakes.open_doubts", lambda *_: {})
    _, divided = rosters()
    (pr, d1) = DIVIDED.contests
    row: Any = SimpleNamespace(
        definition=DIVIDED.model_copy(update={"contests": (pr.model_copy(update={"seats": 1}), d1)})
    )
    votes = {"10": {"a": "50", "b": "90"}, "11": {"a": "40", "b": "60"}, "12": {"a": "30", "b": "5"}}
    figures = {unit: {f"pr|votes||{code}": text for code, text in by.items()} for unit, by in votes.items()}
    nobody: Any = None
    (stake,) = stakes_of_release(nobody, row, divided, "final", figures)
    assert (stake.leaders, stake.margin) == (["a"], 5)


def test_a_level_of_a_contests_own_units_may_manage_itself() -> None:
    workflow = {
        "geography": "administrative", "levels": ["city"], "publish_at_level": "city", "certify_at_level": "city",
        "self_managed": ["city"],
    }  # fmt: skip
    told: list[str] = []

    def say(number: str, *_: object) -> Any:
        told.append(number)
        return number

    for units in (None, {"levels": ["city", "municipality"]}, {"whole": ["10"]}):
        one = tiny.election(contests=tiny.contests(pr=units), workflow=workflow)
        check_workflow(say, one.workflow, one.units, one.contests)
    assert told == ["L16"]
