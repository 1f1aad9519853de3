"""惜敗率 in totals, series and as of a position, against a plain fold; the law's worked case by hand."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

import pytest
from districts import CHOICES, UNITS, Story
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from thorough import examples

from projections.read import Snapshot, TotalsQuery
from projections.read.asof import AsOfCache, election_at, totals_at
from projections.series.plan import SeriesQuery
from projections.series.read import SeriesReader
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.figures import ratio_to_first
from reporting.domain.layer import ENTERED
from reporting.ledger import Ledger

VOTES = [(contest, "votes", choice) for contest, choices in CHOICES.items() for choice, *_ in choices]
TEXTS = st.integers(0, 30).map(str) | st.sampled_from(["!none", "!not_reported", "99999", "100000"])
REPORTS = st.lists(st.tuples(st.sampled_from(VOTES), st.integers(0, 2), TEXTS), min_size=1, max_size=20)


@pytest.fixture(scope="module")
def story(module_database: Database) -> Iterator[Story]:
    service = Reporting(Ledger(module_database))
    made = Story(module_database, service)
    yield made
    made.reader.close()
    service.ledger.close()


def expected(story: Story, contest: str, area: str, choice: str) -> str | None:
    """Over the whole contest, all of it reported; exact, rounded once, never 100 for fewer votes."""
    units = [unit for unit in UNITS[contest] if area in story.roster.places[unit]["electoral"]]
    sums: dict[str, Fraction | None] = {}
    for code, *_ in CHOICES[contest]:
        texts = [story.held.get((unit, contest, "votes", code)) for unit in units]
        if len(units) < len(UNITS[contest]) or any(text in (None, "!not_reported") for text in texts):
            return None
        numbers = [Fraction(text) for text in texts if text and not text.startswith("!")]
        sums[code] = sum(numbers, Fraction(0)) if numbers else None
    own, first = sums[choice], max(value or Fraction(0) for value in sums.values())
    alone = [value or Fraction(0) for value in sums.values()].count(first) == 1
    if own is None or not first or (own == first and alone):
        return None
    thousandths = (100_000 * own / first + Fraction(1, 2)) // 1
    if 0 < own < first:
        thousandths = min(max(thousandths, 1), 99_999)
    return f"{thousandths // 1000}.{thousandths % 1000:03d}"


def by_series(
    snapshot: Snapshot, position: int | None = None, **more: str
) -> dict[tuple[str, str, str], str | None]:
    query = SeriesQuery(("votes",), geography="electoral", tests=True, limit=1_000, position=position, **more)  # type: ignore[arg-type]
    rows = SeriesReader(snapshot, query, lambda _: ENTERED).rows()
    return {(row.contest, row.area, row.choice): row.ratio_to_first for row in rows if row.contest in UNITS}


@settings(max_examples=examples(15), deadline=None, suppress_health_check=list(HealthCheck))
@given(REPORTS)
def test_the_ratio_to_the_first_equals_a_plain_fold_everywhere(
    story: Story, reports: list[tuple[tuple[str, str, str], int, str]]
) -> None:
    with story.reader.snapshot() as snapshot:
        before, seen = snapshot.position, by_series(snapshot)
    story.report(reports)
    with story.reader.snapshot() as snapshot:
        election = snapshot.election("tiny")
        known = election_at(snapshot, "tiny", snapshot.position, None, AsOfCache())
        found: dict[tuple[str, str, str], str | None] = {}
        for contest in UNITS:
            asked = TotalsQuery("final", "final", contest, "electoral", items=("votes",), limit=1_000)
            live = snapshot.totals(election, asked)
            assert [row.ratio_to_first for row in totals_at(snapshot, known, asked, snapshot.position)] == [
                row.ratio_to_first for row in live
            ]
            one = TotalsQuery(
                "final", "final", contest, "electoral", items=("votes",), choices=("1",), limit=1_000
            )
            for rows in (snapshot.totals(election, one), totals_at(snapshot, known, one, snapshot.position)):
                assert [row.ratio_to_first for row in rows] == [
                    row.ratio_to_first for row in live if row.choice == "1"
                ]
            found |= {(contest, row.code, row.choice): row.ratio_to_first for row in live}
        wanted = {key: expected(story, *key) for key in found}
        assert found == wanted
        assert by_series(snapshot) == wanted
        assert by_series(snapshot, choice="1") == {key: v for key, v in wanted.items() if key[2] == "1"}
        if before < snapshot.position:
            assert by_series(snapshot, before) == seen
        mine = {("d1", "1"), ("d2", "2")}
        assert by_series(snapshot, identity="p.x") == {
            k: v for k, v in wanted.items() if (k[0], k[2]) in mine
        }


def test_of_one_seat_alone_and_of_nobody_who_won(story: Story) -> None:
    story.report([(cell, place, "0") for cell in VOTES for place in range(3)])
    story.report([(("d1", "votes", "1"), 0, "46000"), (("d1", "votes", "2"), 0, "44987")])
    with story.reader.snapshot() as snapshot:
        found = by_series(snapshot)
    assert (found["d1", "D1", "1"], found["d1", "D1", "2"], found["d1", "JP", "2"]) == (
        None,
        "97.798",
        "97.798",
    )
    assert found["d1", "11", "2"] is None  # a part of the district


@pytest.mark.parametrize(
    ("votes", "first", "ratio"),
    [("44987", "46000", "97.798"), ("99999.999", "100000", "99.999"), ("5", "5", "100.000"), ("0", "7", "0.000"), ("0", "0", None)],
)  # fmt: skip
def test_who_has_fewer_votes_never_reads_100(votes: str, first: str, ratio: str | None) -> None:
    found = ratio_to_first(Decimal(votes), Decimal(first))
    assert (None if found is None else str(found)) == ratio
