"""Like with like: over the units that reported both times, through mergers and splits, against a plain recomputation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from uuid import uuid4

import joint_land
import pytest
import tiny
from hypothesis import HealthCheck, given, settings
from merged_towns import ITEMS, NOW, REPORTS, THEN, UNITS, Compared, Story
from thorough import examples

from projections.read import Snapshot, ViewReader
from projections.runner import Projector
from projections.series.plan import SeriesQuery
from projections.series.read import SeriesReader
from projections.series.rows import SeriesRow
from reporting.application.commands import EnterFigures
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.layer import ENTERED
from reporting.ledger import Ledger


@pytest.fixture(scope="module")
def story(module_database: Database) -> Iterator[Story]:
    service = Reporting(Ledger(module_database))
    made = Story(module_database, service)
    yield made
    made.reader.close()
    service.ledger.close()


def rows(snapshot: Snapshot, boundaries: date | None = None, position: int | None = None) -> list[SeriesRow]:
    areas = (
        None if boundaries is None else ("P1", "P2", "JP", "10", "11", "33" if boundaries == NOW else "20")
    )
    query = SeriesQuery(
        ("voters", "turnout", "votes"), geography="administrative", areas=areas, boundaries=boundaries, position=position,
        comparable=True, limit=1_000,
    )  # fmt: skip
    found = SeriesReader(snapshot, query, lambda _: ENTERED).rows()
    return [row for row in found if row.choice in ("", "a")]


@settings(max_examples=examples(15), deadline=None, suppress_health_check=list(HealthCheck))
@given(REPORTS)
def test_like_with_like_equals_a_plain_recomputation(
    story: Story, reports: dict[tuple[str, str], dict[str, str]]
) -> None:
    with story.reader.snapshot() as snapshot:
        before, seen = snapshot.position, rows(snapshot)
    story.report(reports)
    with story.reader.snapshot() as snapshot:
        for boundaries in (None, NOW, THEN):
            checked = 0
            for row in rows(snapshot, boundaries):
                if row.election == "e2020" or row.previous_election is None:
                    assert Compared.of(row) == Compared(None, None, None, None)
                    continue
                assert Compared.of(row) == story.expected(row.area, row.item, boundaries), (boundaries, row)
                checked += 1
            assert checked >= 5 * len(ITEMS)
        if before < snapshot.position:
            past = rows(snapshot, position=before)
            assert [replace(row, position=0, citation="") for row in past] == [
                replace(row, position=0, citation="") for row in seen
            ]


def test_a_partial_night_is_compared_over_the_units_that_reported_both_times(story: Story) -> None:
    story.report({key: {"voters": "!not_reported"} for key in story.held})
    story.report({("e2020", unit): {"voters": "100"} for unit in UNITS["e2020"]})
    story.report(
        {
            ("e2024", "11"): {"voters": "90"},
            ("e2024", "33"): {"voters": "230"},
            ("e2024", "21"): {"voters": "7"},
        }
    )
    with story.reader.snapshot() as snapshot:
        query = SeriesQuery(("voters",), geography="administrative", areas=("JP",), comparable=True)
        reader = SeriesReader(snapshot, query, lambda _: ENTERED)
        last = reader.rows()[-1]
        units = reader.compared_units()
    assert (last.value, last.previous_value, last.difference) == ("327", "500", None)
    assert Compared.of(last) == Compared("2/5", "320", "300", "20")
    told = {(one.election, one.unit): one.why_not for one in units}
    assert told == {
        ("e2024", "11"): "", ("e2024", "12"): "lacks", ("e2024", "21"): "counterpart", ("e2024", "22"): "lacks",
        ("e2024", "33"): "", ("e2020", "11"): "", ("e2020", "12"): "counterpart", ("e2020", "20"): "counterpart",
        ("e2020", "31"): "", ("e2020", "32"): "",
    }  # fmt: skip
    assert {one.group for one in units if one.unit in ("31", "32", "33")} == {"then=31|then=32|now=33"}


def test_what_became_part_of_another_area_is_left_out_and_said_so(story: Story) -> None:
    story.report({key: {"voters": "10"} for key in story.held})
    with story.reader.snapshot() as snapshot:
        query = SeriesQuery(("voters",), geography="administrative", areas=("P1",), comparable=True)
        reader = SeriesReader(snapshot, query, lambda _: ENTERED)
        last = reader.rows()[-1]
        why = {(one.election, one.unit): one.why_not for one in reader.compared_units()}
    assert Compared.of(last) == Compared("2/3", "20", "20", "0")
    assert why["e2020", "20"] == why["e2024", "21"] == "elsewhere"


def test_a_unit_divided_on_the_night_is_compared_whole_until_its_parts_have_reported(
    database: Database, service: Reporting
) -> None:
    base = tiny.election()
    contests = base.contests[:1]
    service.declare_registry("tinyland", tiny.GEOGRAPHIES, tiny.AREAS, tiny.SYSTEM, uuid4())
    for code, day, voters in (("then", THEN, "80"), ("tiny", NOW, "85")):
        one = tiny.election(code=code, polling_date=day, contests=contests)
        service.define_election(one, tiny.SYSTEM, uuid4())
        figures = tiny.cells(voters=voters)
        where = {
            "command_id": uuid4(),
            "election": code,
            "form": "final",
            "slot": "final",
            "expected_version": 0,
        }
        service.enter_figures(EnterFigures(**where, unit="20", figures=figures), tiny.SYSTEM)
    gone = [{"unit": "20", "on": "2024-10-27", "reason": "離島は翌日開票"}]
    units = {"geography": "administrative", "levels": ["ward", "municipality"], "withdrawn": gone}
    divided = tiny.election(contests=contests, units=units)
    service.define_election(divided, tiny.SYSTEM, uuid4(), reason="離島")
    town = next(one for one in tiny.AREAS if (one.geography, one.code) == ("administrative", "20"))
    parts = [
        town.model_copy(
            update={"code": code, "level": "ward", "parent": "20", "valid_from": date(2024, 10, 1)}
        )
        for code in ("21", "22")
    ]
    service.declare_registry("tinyland", (), parts, tiny.SYSTEM, uuid4())
    projector, reader = Projector(database), ViewReader(database)
    told: list[tuple[Compared, Compared]] = []
    positions = []
    try:
        for part, reported in (("", 0), ("21", 40), ("22", 46)):
            if part:
                tiny.enter(service, part, voters=reported)
            projector.catch_up()
            with reader.snapshot() as snapshot:
                positions.append(snapshot.position)
                told.append(_above(snapshot, None))
        with reader.snapshot() as snapshot:
            assert [_above(snapshot, position) for position in positions] == told
    finally:
        reader.close()
    before = Compared("2/6", "85", "80", "5"), Compared("2/2", "85", "80", "5")
    after = Compared("2/6", "86", "80", "6"), Compared("2/2", "86", "80", "6")
    assert told == [before, before, after]


def test_units_merged_on_the_night_are_compared_as_one(database: Database, service: Reporting) -> None:
    contests = tiny.election().contests[:1]
    service.declare_registry("tinyland", tiny.GEOGRAPHIES, tiny.AREAS, tiny.SYSTEM, uuid4())
    for code, day, reported in (("then", THEN, {"31": 80, "32": 50}), ("tiny", NOW, {"31": 85})):
        defined = tiny.election(code=code, polling_date=day, contests=contests)
        service.define_election(defined, tiny.SYSTEM, uuid4())
        for unit, voters in reported.items():
            where = {"command_id": uuid4(), "election": code, "form": "final", "slot": "final", "unit": unit}
            sent = EnterFigures(**where, expected_version=0, figures=tiny.cells(voters=voters))
            service.enter_figures(sent, tiny.SYSTEM)
    joint_land.merge(service, keeps=())
    projector, reader = Projector(database), ViewReader(database)
    told, positions = [], []
    try:
        for together in (None, 140):
            if together is not None:
                tiny.enter(service, joint_land.JOINT, voters=together)
            projector.catch_up()
            with reader.snapshot() as snapshot:
                positions.append(snapshot.position)
                told.append(_above(snapshot, None, "P2"))
        with reader.snapshot() as snapshot:
            assert [_above(snapshot, position, "P2") for position in positions] == told
    finally:
        reader.close()
    before = Compared("0/5", None, None, None), Compared("0/2", None, None, None)
    after = Compared("2/5", "140", "130", "10"), Compared("2/2", "140", "130", "10")
    assert told == [before, after]


def _above(snapshot: Snapshot, position: int | None, area: str = "20") -> tuple[Compared, Compared]:
    """The nation, and the divided town or what the merged ones lie in."""
    query = SeriesQuery(
        ("voters",), geography="administrative", areas=("JP", area), position=position, slot="final", tests=True,
        comparable=True,
    )  # fmt: skip
    found = SeriesReader(snapshot, query, lambda _: ENTERED).rows()
    last = {row.area: Compared.of(row) for row in found if row.election == "tiny"}
    return last["JP"], last[area]
