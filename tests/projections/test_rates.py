"""A rate is made of the units that gave both its parts: everywhere a rate is answered, against a plain fold over units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import uuid4

import pytest
import tiny
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from thorough import examples

from projections.read import Snapshot, TotalsQuery, ViewReader
from projections.read.asof import AsOfCache, cache_of, election_at, totals_at
from projections.read.preview import preview
from projections.runner import Projector
from projections.series.plan import SeriesQuery
from projections.series.read import SeriesReader
from projections.series.rows import SeriesRow
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.election import ElectionDefinition
from reporting.domain.figures import Cell, parse_value
from reporting.domain.layer import ENTERED
from reporting.domain.returns import FiguresRefused
from reporting.ledger import Ledger, return_stream

RATES = ("turnout", "share", "cut")
CELLS = ("voters", "electors", "votes_a", "votes_b")
TEXTS = st.integers(0, 900).map(str) | st.sampled_from(["!none", "!not_reported", "!suppressed", "0"])
REPORTS = st.dictionaries(
    st.sampled_from(tiny.UNITS), st.dictionaries(st.sampled_from(CELLS), TEXTS), min_size=1
)


def definition() -> ElectionDefinition:
    """`share`: votes of voters, by choice, though not declared so; `cut`: the same with three decimals cut off."""
    base = tiny.election()
    turnout = next(item for item in base.items if item.code == "turnout")
    share = turnout.model_copy(update={"code": "share", "numerator": "votes", "denominator": "voters"})
    cut = share.model_copy(update={"code": "cut", "decimals": 3, "rounding": "down"})
    only = base.forms[0]
    form = only.model_copy(update={"items": (*only.items, "share", "cut"), "slots": only.slots[:1]})
    return tiny.election(items=(*base.items, share, cut), forms=(form,))


@dataclass(frozen=True, slots=True)
class Expected:
    value: str | None
    reported: int
    withheld: int


class Story:
    """One election whose figures change from example to example."""

    def __init__(self, database: Database, service: Reporting) -> None:
        self.service, self.projector = service, Projector(database)
        service.declare_registry("tinyland", tiny.GEOGRAPHIES, tiny.AREAS, tiny.SYSTEM, uuid4())
        self.definition = definition()
        service.define_election(self.definition, tiny.SYSTEM, uuid4())
        self.projector.catch_up()
        self.reader = ViewReader(database)
        self.held: dict[str, dict[str, str]] = {unit: {} for unit in tiny.UNITS}
        self.roster = service.catalog.election("tiny").roster

    def report(self, reports: Mapping[str, Mapping[str, str]]) -> None:
        for unit, figures in reports.items():
            for name, text in figures.items():
                version = self.service.return_case(return_stream("tiny", "final", "final", unit)).version
                put = tiny.correct if name in self.held[unit] else tiny.enter
                try:
                    put(self.service, unit, version, **dict[str, Any]({name: text}))
                except FiguresRefused as refused:
                    assert refused.problems[0].kind == "unchanged"
                self.held[unit][name] = text
        self.projector.catch_up()

    def expected(self, geography: str, area: str, item: str, choice: str) -> Expected:
        """The plain fold: over units, with fractions."""
        names = ("voters", "electors") if item == "turnout" else (f"votes_{choice}", "voters")
        sums, both, withheld, numbers = [Fraction(0), Fraction(0)], 0, 0, [0, 0]
        for unit in tiny.UNITS:
            if area not in self.roster.places[unit][geography]:
                continue
            texts = [self.held[unit].get(name) for name in names]
            withheld += "!suppressed" in texts
            if any(text is None or text in ("!not_reported", "!suppressed") for text in texts):
                continue
            both += 1
            for side, text in enumerate(texts):
                if isinstance(value := parse_value(str(text)), Decimal):
                    sums[side] += Fraction(value)
                    numbers[side] += 1
        if not all(numbers) or not sums[1]:
            return Expected(None, both, withheld)
        decimals, exact = (3, 100 * sums[0] / sums[1]) if item == "cut" else (2, 100 * sums[0] / sums[1])
        whole = exact * 10**decimals // 1 if item == "cut" else (exact * 10**decimals + Fraction(1, 2)) // 1
        text = str(int(whole)).rjust(decimals + 1, "0")
        return Expected(f"{text[:-decimals]}.{text[-decimals:]}", both, withheld)


@pytest.fixture(scope="module")
def story(module_database: Database) -> Iterator[Story]:
    service = Reporting(Ledger(module_database))
    made = Story(module_database, service)
    yield made
    made.reader.close()
    service.ledger.close()


def _series(snapshot: Snapshot, geography: str, position: int | None = None) -> list[SeriesRow]:
    query = SeriesQuery(
        RATES, geography=geography, contest="pr", tests=True, limit=1_000, position=position, slot="final"
    )
    return SeriesReader(snapshot, query, lambda _: ENTERED).rows()


@settings(max_examples=examples(15), deadline=None, suppress_health_check=list(HealthCheck))
@given(REPORTS)
def test_totals_series_and_as_of_equal_a_fold_over_units(
    story: Story, reports: dict[str, dict[str, str]]
) -> None:
    with story.reader.snapshot() as snapshot:
        before = snapshot.position
        seen_before = {g: _series(snapshot, g) for g in ("administrative", "electoral")}
    story.report(reports)
    with story.reader.snapshot() as snapshot:
        election, cache = snapshot.election("tiny"), cache_of(story.reader)
        known = election_at(snapshot, "tiny", snapshot.position, None, cache)
        asked_of_the_log = election_at(snapshot, "tiny", snapshot.position, None, AsOfCache())
        for geography in ("administrative", "electoral"):
            query = TotalsQuery("final", "final", "pr", geography, items=RATES, limit=1_000)
            live = snapshot.totals(election, query)
            assert {row.choice for row in live if row.item == "share"} == {"a", "b"}
            for row in live:
                wanted = story.expected(geography, row.code, row.item, row.choice)
                assert Expected(row.value, row.reported, row.withheld) == wanted, row
            rows = [replace(row, node_no=0) for row in live]
            assert totals_at(snapshot, asked_of_the_log, query, snapshot.position) == rows
            for _ in range(2):  # what the slot has held is kept, and grows from example to example
                assert totals_at(snapshot, known, query, snapshot.position) == rows
            for observed in _series(snapshot, geography):
                wanted = story.expected(geography, observed.area, observed.item, observed.choice)
                assert (
                    Expected(observed.value, observed.coverage_reported, observed.coverage_withheld) == wanted
                ), observed
                assert ("Q" in observed.obs_status) == (wanted.withheld > 0)
                lacking = (
                    observed.value is not None
                    and observed.coverage_reported + wanted.withheld < observed.coverage_expected
                )
                assert ("P" in observed.obs_status) == lacking
            if before < snapshot.position:
                past = _series(snapshot, geography, before)
                assert [replace(observed, position=0, citation="") for observed in past] == [
                    replace(observed, position=0, citation="") for observed in seen_before[geography]
                ]


@settings(max_examples=examples(8), deadline=None, suppress_health_check=list(HealthCheck))
@given(REPORTS, st.sampled_from(tiny.UNITS), st.dictionaries(st.sampled_from(CELLS), TEXTS, min_size=1))
def test_a_preview_foretells_the_rates_that_then_stand(
    story: Story, reports: dict[str, dict[str, str]], unit: str, change: dict[str, str]
) -> None:
    story.report(reports)
    keys = {
        Cell(c.contest, c.item, c.breakdown, c.choice).key: parse_value(c.value) for c in tiny.cells(**change)
    }
    with story.reader.snapshot() as snapshot:
        told = preview(snapshot, snapshot.election("tiny"), "final", "final", unit, keys)
    rates = [one for one in told.totals if one.item in RATES]
    for one in rates:
        assert one.before == story.expected(one.geography, one.area, one.item, one.choice).value
    story.report({unit: change})
    for one in rates:
        assert one.after == story.expected(one.geography, one.area, one.item, one.choice).value
    touched = {one.item for one in rates}
    assert ("turnout" in touched) == bool({"voters", "electors"} & change.keys())
