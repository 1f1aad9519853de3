from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import tiny

from projections.errors import NotYetProjected
from projections.read import Snapshot, TotalsQuery, ViewReader, many_areas
from projections.runner import Projector
from projections.series.plan import SeriesQuery
from projections.series.read import SeriesReader
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.layer import ENTERED
from reporting.errors import UnknownReference
from reporting.ledger import return_stream

pytestmark = pytest.mark.begins.with_args(tiny.define)

ALL = TotalsQuery("final", "final", "pr", "administrative", ("voters", "electors", "turnout"))


@pytest.fixture
def snapshot(database: Database, service: Reporting) -> Iterator[Snapshot]:
    for unit, voters in zip(tiny.UNITS[:4], (1, 2, 3, 4), strict=True):
        tiny.enter(service, unit, voters=voters, electors=8, votes_a="0.125")
    tiny.correct(service, "11", 1, tiny.CITY_CLERK, voters=5)
    projector = Projector(database)
    projector.catch_up()
    reader = ViewReader(database)
    with reader.snapshot() as one:
        yield one
    reader.close()


def test_totals_carry_value_coverage_and_rate(snapshot: Snapshot) -> None:
    rows = snapshot.totals(snapshot.election("tiny"), ALL)
    found = {(row.code, row.item): (row.value, row.reported, row.expected) for row in rows}
    assert found["JP", "voters"] == ("14", 4, 5)
    assert found["JP", "turnout"] == ("43.75", 4, 5)
    assert found["P2", "turnout"] == ("50.00", 1, 2)
    assert found["32", "voters"] == (None, 0, 1)
    assert found["32", "turnout"] == (None, 0, 1)
    (jp,) = [row for row in rows if (row.code, row.item) == ("JP", "turnout")]
    assert (jp.numerator, jp.denominator) == ("14", "32")


def test_paging_by_key_gives_each_row_once(snapshot: Snapshot) -> None:
    election = snapshot.election("tiny")
    whole = snapshot.totals(election, ALL)
    paged: list[tuple[str, int]] = []
    after = None
    while rows := snapshot.totals(election, TotalsQuery(**{**_fields(ALL), "after": after, "limit": 4})):
        paged += [(row.code, row.n) for row in rows]
        after = paged[-1]
    assert paged == [(row.code, row.n) for row in whole]


def _fields(query: TotalsQuery) -> dict[str, Any]:
    return {name: getattr(query, name) for name in TotalsQuery.__dataclass_fields__}


def test_ready_made_json_equals_the_rows(snapshot: Snapshot) -> None:
    election = snapshot.election("tiny")
    made = json.loads(snapshot.json_totals(election, ALL, {"a": "code", "v": "value", "n": "reported"}))
    assert made == [{"a": r.code, "v": r.value, "n": r.reported} for r in snapshot.totals(election, ALL)]


def test_a_rate_is_made_of_the_units_that_gave_both_parts(database: Database, service: Reporting) -> None:
    tiny.enter(service, "11", voters=5, electors=10)
    tiny.enter(service, "12", electors=90)
    projector = Projector(database)
    projector.catch_up()
    reader = ViewReader(database)
    with reader.snapshot() as snapshot:
        rows = snapshot.totals(snapshot.election("tiny"), ALL)
    reader.close()
    found = {(row.code, row.item): row for row in rows}
    assert found["11", "turnout"].value == "50.00"
    city = found["10", "turnout"]
    assert (city.value, city.numerator, city.denominator, city.reported, city.expected) == (
        "50.00",
        "5",
        "10",
        1,
        2,
    )
    assert found["10", "electors"].value == "100"


def test_history_names_both_values_and_both_people(snapshot: Snapshot) -> None:
    rows = snapshot.history(return_stream("tiny", "final", "final", "11"), "pr|voters||", None, 10)
    assert [(row.before, row.after, row.person, row.office) for row in rows] == [
        ("1", "5", tiny.CITY_CLERK.person, tiny.CITY_CLERK.office),
        (None, "1", tiny.SYSTEM.person, tiny.SYSTEM.office),
    ]
    assert rows[0].supersedes == rows[1].position
    assert (rows[0].reason_class, rows[0].reason) == ("typing_error", "転記誤り")
    assert snapshot.event(rows[0].position).type == "FiguresCorrected"


def test_unknown_things_are_named(snapshot: Snapshot) -> None:
    election = snapshot.election("tiny")
    for change in (
        {"contest": "x"},
        {"items": ("x",)},
        {"slot": "x"},
        {"geography": "x"},
        {"items": ("votes",), "choices": ("x",)},
    ):
        with pytest.raises(UnknownReference):
            snapshot.totals(election, TotalsQuery(**{**_fields(ALL), **change}))
    with pytest.raises(UnknownReference):
        snapshot.election("nowhere")


def test_waiting_for_a_position_that_does_not_come_says_so(database: Database, snapshot: Snapshot) -> None:
    reader = ViewReader(database)
    with pytest.raises(NotYetProjected), reader.snapshot(snapshot.position + 1, wait_s=0.02):
        pass
    reader.close()


@pytest.mark.parametrize("few", [{"areas": ("JP",)}, {"level": "nation"}])
def test_what_reads_many_areas_is_planned_for_what_is_asked(
    database: Database, service: Reporting, monkeypatch: pytest.MonkeyPatch, few: dict[str, Any]
) -> None:
    """However often the same is asked: a plan made once for any arrays joined thousands of areas row by row (5 s, not 0.1). Few, by their
    codes or as all of a level, are read by one plan: to make it takes several times what it does."""
    monkeypatch.setattr(many_areas, "FEW_AREAS", 1)
    projector, reader = Projector(database), ViewReader(database, max_connections=1)
    projector.catch_up()
    wide = TotalsQuery("final", "final", "pr", "administrative", items=("electors", "turnout"))

    def prepared(query: TotalsQuery) -> list[str]:
        """What the connection keeps plans of, once the same was asked a dozen times."""
        for place in range(12):
            with reader.snapshot() as snapshot:
                election = snapshot.election("tiny")
                snapshot.totals(election, replace(query, limit=100 + place))
                asked = SeriesQuery(("voters",), geography="administrative", tests=True, limit=100 + place)
                SeriesReader(snapshot, asked, lambda _: ENTERED).rows()
        with reader.snapshot() as snapshot:
            return [text for (text,) in snapshot.fetch("SELECT statement FROM pg_prepared_statements", {})]

    try:
        after_wide = prepared(wide)
        after_few = prepared(replace(wide, **few))
    finally:
        reader.close()
    assert not any("one_sided" in text or "declared" in text for text in after_wide)
    assert any("one_sided" in text for text in after_few)
    assert not any("declared AS MATERIALIZED" in text for text in after_few)


def test_a_connection_that_was_lost_meanwhile_is_found_by_the_first_statement(database: Database) -> None:
    """None is looked at before it is used, so soon after it answered."""
    reader = ViewReader(database, max_connections=1)
    Projector(database).catch_up()

    def process() -> int:
        with reader.snapshot() as snapshot:
            return snapshot.connection.info.backend_pid

    try:
        first = process()
        with database.connect(autocommit=True) as owner:
            owner.execute("SELECT pg_terminate_backend(%s, 5000)", (first,))
        assert process() != first
    finally:
        reader.close()
