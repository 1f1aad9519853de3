"""A series in pages and chunks of any size, now and as of any position: the same rows as in one statement, and as from the log alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from merged_towns import CELLS, NOW, REPORTS, UNITS, Story
from thorough import examples
from told_night import LAYERS, go_on, play

from projections.read import Sees, Snapshot, ViewReader
from projections.read.asof import AsOfCache
from projections.runner import Projector
from projections.series import chunks
from projections.series.chunks import Chunk, RowKey
from projections.series.plan import SeriesQuery
from projections.series.read import EVERY, SeriesReader
from projections.series.rows import COLUMNS, SeriesRow
from projections.series.statement import Rare
from projections.series.then import StillStanding
from projections.series.values import SeriesValues
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.layer import ENTERED, Layer
from reporting.ledger import Ledger

RELEASED_PAGE = LAYERS[3]
DAY = date(2024, 1, 1)


@pytest.fixture(scope="module")
def story(module_database: Database) -> Iterator[Story]:
    service = Reporting(Ledger(module_database))
    made = Story(module_database, service)
    yield made
    made.reader.close()
    service.ledger.close()


def at_once(snapshot: Snapshot, query: SeriesQuery, layer: Layer = ENTERED) -> list[SeriesRow]:
    """By one statement, and all of it from the log where the position is not the last: nothing of chunks, keys, what stands or what
    is told beforehand."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StillStanding, "stands", lambda self, *_: not self.is_past)
        patch.setattr(SeriesReader, "_few", lambda self, *_: None)
        patch.setattr(SeriesValues, "rare", lambda self, _: Rare(True, True, True, True, 0))
        reader = SeriesReader(snapshot, query, lambda definition: layer)
        every = Chunk(tuple(place for place, one in enumerate(reader.wanted) if one.wished), None, 0)
        if not every.places:
            return []
        return [SeriesRow(*row) for row in reader.fetch("answer_rows", EVERY, every, 10**6)]


def in_pages(
    snapshot: Snapshot,
    query: SeriesQuery,
    size: int,
    fewest: int,
    layer: Layer = ENTERED,
    cache: AsOfCache | None = None,
) -> list[SeriesRow]:
    """`fewest`: rows a chunk aims at."""
    found: list[SeriesRow] = []
    cache = cache or AsOfCache()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunks, "FEWEST", fewest)
        patch.setattr(chunks, "MOST", max(fewest, 7))
        while True:
            page = replace(query, limit=size)
            rows = SeriesReader(snapshot, page, lambda definition: layer, cache=cache).rows()
            found += rows
            if len(rows) < size:
                return found
            last = rows[-1]
            query = replace(query, after=(last.series, last.area, last.date.isoformat(), last.election))


@settings(
    max_examples=examples(4), deadline=None, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(
    reports=REPORTS,
    size=st.sampled_from([5, 13, 50]),
    fewest=st.sampled_from([1, 6, 300]),
    back=st.integers(0, 12),
    boundaries=st.sampled_from([None, DAY, date(2021, 1, 1)]),
    comparable=st.booleans(),
    narrowed=st.sampled_from([{}, {"levels": ("prefecture",)}, {"areas": ("33", "JP", "20")}]),
    columns=st.sets(st.sampled_from(COLUMNS), min_size=1, max_size=3),
)
def test_pages_are_the_whole_now_and_then(
    story: Story, reports: Any, size: int, fewest: int, back: int, boundaries: date | None, comparable: bool,
    narrowed: dict[str, Any], columns: set[str],
) -> None:  # fmt: skip
    story.report(reports)
    if "20" in narrowed.get("areas", ()) and boundaries is not None:
        narrowed = {"areas": ("JP", "P1")}
    with story.reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
        query = SeriesQuery(
            ("votes", "turnout", "voters"), "administrative", boundaries=boundaries, comparable=comparable, limit=10**6,
            position=max(story.defined, snapshot.position - back) if back else None, **narrowed,
        )  # fmt: skip
        whole = at_once(snapshot, query)
        assert in_pages(snapshot, query, size, fewest) == whole
        ends_where_it_says(snapshot, query, whole, fewest)
        says_the_same_alone(snapshot, query, whole, columns)


def says_the_same_alone(
    snapshot: Snapshot, query: SeriesQuery, whole: list[SeriesRow], columns: set[str]
) -> None:
    """What is not asked for is not worked out, and what is asked for says what it says beside all the rest."""
    page = SeriesReader(snapshot, query, lambda definition: ENTERED).json({name: name for name in columns})
    beside = [{name: getattr(row, name) for name in columns} for row in whole]
    assert json.loads(page.array) == json.loads(json.dumps(beside, default=str)), columns


def test_each_column_alone_says_what_it_says_beside_the_others(story: Story) -> None:
    story.report(
        {(election, unit): {"voters": "1"} for election in ("e2020", "e2024") for unit in ("11", "12")}
    )
    with story.reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
        query = SeriesQuery(("votes", "turnout", "voters"), "administrative", comparable=True, limit=10**6)
        whole = at_once(snapshot, query)
        for column in COLUMNS:
            says_the_same_alone(snapshot, query, whole, {column})
    assert {"previous_election", "previous_contest", "difference"} <= {
        column for column in COLUMNS if any(getattr(row, column) is not None for row in whole)
    }


def ends_where_it_says(snapshot: Snapshot, query: SeriesQuery, whole: list[SeriesRow], fewest: int) -> None:
    """Pages made by PostgreSQL: shorter than all of it, just all of it, and longer."""
    for size in {1, 2, fewest, len(whole) - 1, len(whole), len(whole) + 1} - {0, -1}:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(chunks, "FEWEST", fewest)
            patch.setattr(chunks, "MOST", max(fewest, 7))
            page = SeriesReader(snapshot, replace(query, limit=size), lambda definition: ENTERED).json(
                {"value": "value"}
            )
        shown = whole[:size]
        assert [node["value"] for node in json.loads(page.array)] == [row.value for row in shown]
        assert page.more == (size < len(whole)), size
        last = shown[-1] if shown else None
        assert page.last == (last and RowKey(last.series, last.area, last.date.isoformat(), last.election))


def test_of_any_position_what_stands_is_what_the_log_says(database: Database) -> None:
    """Through releases, corrections, an area that moves and a definition that changes; positions amid a command, too."""
    service = Reporting(Ledger(database))
    play(service)
    defined = service.ledger.read(0, 10_000)[-1].position
    go_on(service)
    last = Projector(database).catch_up()
    service.ledger.close()
    reader, seen, cache = ViewReader(database), set(), AsOfCache()
    with closing(reader), reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
        before = [(position, LAYERS[position % len(LAYERS)]) for position in range(3, defined, 17)]
        after = [
            (position, page)
            for position in range(defined, last + 1)
            for page in {RELEASED_PAGE, LAYERS[position % len(LAYERS)]}
        ]
        for position, (form, slot, layer) in (*before, *after):
            query = SeriesQuery(
                ("turnout", "votes"), "administrative", tests=True, form=form, slot=slot, position=position,
                limit=10**6,
            )  # fmt: skip
            whole = at_once(snapshot, query, layer)
            assert in_pages(snapshot, query, 40, 25, layer, cache) == whole, (position, layer)
            seen |= {row.value for row in whole}
    assert len(seen) > 20


def answering(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that make an answer, as they come to be asked."""
    statements: list[str] = []
    real = Snapshot.fetch

    def fetch(self: Snapshot, statement: str, *given: Any, **options: Any) -> list[Any]:
        if "json_agg" in statement:
            statements.append(statement)
        return real(self, statement, *given, **options)

    monkeypatch.setattr(Snapshot, "fetch", fetch)
    return statements


def test_a_page_is_one_statement_and_plans_nothing_of_rates_that_nobody_asked_for(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a page begins amid a series: whether anything follows it is told by its own statement."""
    story.report({("e2024", unit): {"voters": "1"} for unit in ("11", "12", "21", "22", "33")})
    statements = answering(monkeypatch)
    monkeypatch.setattr(chunks, "FEWEST", 1)
    with story.reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
        query = SeriesQuery(("voters",), "administrative", since=NOW, limit=3)
        after: RowKey | None = None
        pages, more = 0, True
        while more:
            key = None if after is None else (after.series, after.area, after.day, after.election)
            page = SeriesReader(snapshot, replace(query, after=key), lambda definition: ENTERED).json(
                {"value": "value"}
            )
            after, more, pages = page.last, page.more, pages + 1
        assert len(statements) == pages == 3
        assert not any("lone AS" in statement for statement in statements)
        SeriesReader(snapshot, replace(query, items=("turnout",)), lambda definition: ENTERED).json(
            {"value": "value"}
        )
        assert "lone AS" in statements[-1]


def test_what_no_figure_can_meet_is_left_out_and_comes_back_with_the_first(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One-sided parts of rates, what is withheld, areas of all elections, and the election before where nobody asks for it."""
    story.report(
        {(election, unit): dict.fromkeys(CELLS, "7") for election, units in UNITS.items() for unit in units}
    )
    statements = answering(monkeypatch)
    query = SeriesQuery(("turnout", "voters"), "administrative", limit=10**6)

    def asked(*columns: str) -> str:
        with story.reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
            whole = at_once(snapshot, query)
            assert "100.00" in {row.value for row in whole}
            says_the_same_alone(snapshot, query, whole, set(columns))
        return statements[-1]

    told = asked("value", "coverage")
    parts = ("lone AS", "withheld AS MATERIALIZED", "past AS", "discrepancy", "JOIN node n ON")
    assert not [part for part in parts if part in told]
    story.report({("e2020", "11"): {"electors": "!suppressed"}})
    told = asked("value", "coverage_withheld", "obs_status")
    assert all(part in told for part in ("lone AS", "withheld AS MATERIALIZED", "past AS"))
    assert "discrepancy" not in told
