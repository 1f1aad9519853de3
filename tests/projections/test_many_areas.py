"""What is read of many areas at once is what the statement of all totals says, whoever looks, and no area keeps an old name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
import released_night
import tiny

from projections.read import Sees, Snapshot, TotalsQuery, ViewReader, many_areas
from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.layer import RELEASED

ITEMS = ("electors", "voters", "votes", "not_deposited")
ALL = TotalsQuery("final", "final", "pr", "administrative", ITEMS, limit=1_000)
FIELDS = {
    name: name
    for name in (
        "value", "code", "official_code", "name", "reported", "name_en", "level", "geography", "item", "breakdown", "choice", "expected",
        "numerator", "denominator",
    )
} | {"again": "value"}  # fmt: skip
SHAPES = ({"n": "reported"}, {"c": "choice", "v": "value"}, {"g": "geography"}, {"a": "code"})


@pytest.fixture(params=[0, 1_000], ids=["texts of a page", "texts of all"])
def reader(
    request: pytest.FixtureRequest, database: Database, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ViewReader]:
    """To which two areas are many."""
    monkeypatch.setattr(many_areas, "FEW_AREAS", 1)
    monkeypatch.setattr(many_areas, "MAX_CELLS", request.param)
    reader = ViewReader(database)
    yield reader
    reader.close()


def both(snapshot: Snapshot, query: TotalsQuery, fields: dict[str, str] = FIELDS) -> Any:
    """As it is made of many areas; the same as row by row."""
    election = snapshot.election("tiny")
    made = many_areas.wide_json(snapshot, snapshot._listed, election, query, fields)
    assert made is not None
    rows = snapshot.totals(election, query)
    assert json.loads(made) == [
        {name: getattr(row, column) for name, column in fields.items()} for row in rows
    ]
    more, last = many_areas.page_end(snapshot, snapshot._listed, election, query) or (None, None)
    assert last == ((rows[-1].code, rows[-1].n) if rows else None)
    assert more is (len(snapshot.totals(election, replace(query, limit=query.limit + 1))) > len(rows))
    return json.loads(made)


@pytest.mark.begins.with_args(tiny.define)
def test_every_question_is_answered_alike_and_no_area_keeps_its_old_name(
    reader: ViewReader, database: Database, service: Reporting
) -> None:
    for unit, voters in zip(tiny.UNITS[:3], ("1", "0", "!none"), strict=True):
        tiny.enter(service, unit, voters=voters, votes_a="0.125", votes_b="!not_reported", electors_m=3)
    Projector(database).catch_up()
    questions = [
        replace(ALL, **change)
        for change in (
            {}, {"items": ("voters",)}, {"breakdown": "sex=m"}, {"choices": ("b",)}, {"slot": "inner"}, {"contest": "d1"},
            {"geography": "electoral"}, {"level": "ward"}, {"areas": ("11", "P1", "JP", "nowhere")}, {"limit": 1}, {"limit": 7},
            {"after": ("11", 2)}, {"after": ("11", 5), "limit": 2}, {"after": ("32", 5)}, {"after": ("JP", 5)}, {"layer": RELEASED},
        )
    ]  # fmt: skip
    with reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
        for question in questions:
            both(snapshot, question)
        for shape in SHAPES:
            both(snapshot, replace(ALL, after=("11", 2), limit=3), shape)
        parent = next(
            row.node_no for row in snapshot.totals(snapshot.election("tiny"), ALL) if row.code == "P2"
        )
        assert {row["code"] for row in both(snapshot, replace(ALL, parent_no=parent))} == {"31", "32"}
    renamed = [area.model_copy(update={"name": f"新{area.name}", "name_en": "100 %s"}) for area in tiny.AREAS]
    service.declare_registry(
        "tinyland", tiny.GEOGRAPHIES, tuple(renamed), tiny.SYSTEM, uuid4(), reason="改称"
    )
    Projector(database).catch_up()
    with reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
        assert {row["name"] for row in both(snapshot, replace(ALL, level="ward"))} == {"新地域11", "新地域12"}


@pytest.mark.begins.with_args(tiny.define)
def test_what_it_cannot_tell_is_made_row_by_row(
    reader: ViewReader, database: Database, service: Reporting
) -> None:
    tiny.enter(service, "11", voters="!suppressed", electors=5)
    Projector(database).catch_up()
    with reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
        election = snapshot.election("tiny")

        def made(fields: dict[str, str], **change: Any) -> bytes | None:
            query = replace(ALL, **{"items": ("voters",), **change})
            return many_areas.wide_json(snapshot, snapshot._listed, election, query, fields)

        withheld = {"code": "code", "w": "withheld"}
        assert made(withheld) is None
        told = json.loads(snapshot.json_totals(election, replace(ALL, items=("voters",)), withheld))
        assert {row["code"] for row in told if row["w"]} == {"JP", "P1", "10", "11"}
        assert both(snapshot, replace(ALL, items=("electors",)), withheld)
        assert made(FIELDS, items=("turnout",)) is None
        assert made({"r": "ratio_to_first"}, items=("votes",)) is None
        assert made(FIELDS, after=("nowhere", 1)) is None
        assert made(FIELDS, areas=("11",)) is None


def test_numbers_are_shown_to_those_who_may_see_them(
    reader: ViewReader, database: Database, service: Reporting
) -> None:
    """Names are kept for all; nothing that is not released is."""
    released_night.play(service)
    Projector(database).catch_up()
    entered = replace(ALL, items=("voters",))
    with reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
        assert any(row["value"] for row in both(snapshot, entered))
    with reader.snapshot() as snapshot:
        assert not any(row["value"] or row["reported"] for row in both(snapshot, entered))
        assert any(row["value"] for row in both(snapshot, replace(entered, layer=RELEASED)))
