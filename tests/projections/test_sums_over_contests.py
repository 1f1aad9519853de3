"""Sums over contests, now and as of a position, against a plain fold over units; of whole contests the single totals' sum."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from districts import CELLS, CHOICES, REPORTS, UNITS, Expected, Story
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from thorough import examples

from projections.read import Snapshot, TotalsQuery
from projections.read.asof import AsOfCache, election_at
from projections.read.contests import SameBy, SumRow, SumsQuery, sums
from projections.read.contests_then import sums_at
from projections.series.plan import SeriesQuery
from projections.series.read import SeriesReader
from projections.series.rows import SeriesRow
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.layer import ENTERED
from reporting.errors import InvalidInput, UnknownReference
from reporting.ledger import Ledger


@pytest.fixture(scope="module")
def story(module_database: Database) -> Iterator[Story]:
    service = Reporting(Ledger(module_database))
    made = Story(module_database, service)
    yield made
    made.reader.close()
    service.ledger.close()


def query(geography: str, by: SameBy, **more: Any) -> SumsQuery:
    return SumsQuery("final", "final", geography, contest_kind="single_member", by=by, limit=2_000, **more)


def then(snapshot: Snapshot, asked: SumsQuery, position: int) -> list[SumRow]:
    return sums_at(snapshot, election_at(snapshot, "tiny", position, None, AsOfCache()), asked, position)


@settings(max_examples=examples(25), deadline=None, suppress_health_check=list(HealthCheck))
@given(REPORTS, st.sampled_from(SameBy))
def test_sums_equal_a_plain_fold_now_and_then(
    story: Story, reports: list[tuple[tuple[str, str, str], int, str]], by: SameBy
) -> None:
    asked = {geography: query(geography, by) for geography in ("administrative", "electoral")}
    with story.reader.snapshot() as snapshot:
        before = snapshot.position
        seen = {name: sums(snapshot, snapshot.election("tiny"), one) for name, one in asked.items()}
    story.report(reports)
    same = story.same(by)
    with story.reader.snapshot() as snapshot:
        for geography, one in asked.items():
            rows = sums(snapshot, snapshot.election("tiny"), one)
            found = {(row.code, row.item, row.choice): row for row in rows}
            areas = {code for name, code in story.roster.nodes if name == geography}
            for area in areas:
                for item in ("electors", "voters", "turnout", "votes", "share"):
                    groups = dict(same) if item in ("votes", "share") else {"": None}
                    for key, those in groups.items():
                        if item == "share" and those is not None and by is SameBy.IDENTITY and "/" in key:
                            continue  # nobody elsewhere: below
                        row = found.get((area, item, key))
                        wanted = story.expected(geography, area, item, those)
                        assert (None if row is None else Expected.of(row)) == wanted, (area, item, key)
            assert then(snapshot, one, snapshot.position) == rows
            assert then(snapshot, one, before) == seen[geography]


def test_of_whole_contests_it_is_the_sum_of_the_single_totals(story: Story) -> None:
    every = [(cell, place, str(10 * n + place)) for n, cell in enumerate(CELLS) for place in range(3)]
    story.report(every)
    with story.reader.snapshot() as snapshot:
        election = snapshot.election("tiny")
        single: dict[tuple[str, str], Decimal] = {}
        for code in UNITS:
            asked = TotalsQuery(
                "final", "final", code, "administrative", items=("votes", "voters"), limit=1_000
            )
            parties = {one: party or f"{code}-{one}" for one, party, _ in CHOICES[code]}
            for row in snapshot.totals(election, asked):
                key = row.code, parties.get(row.choice, "")
                single[key] = single.get(key, Decimal(0)) + Decimal(row.value or 0)
        rows = sums(snapshot, election, query("administrative", SameBy.PARTY, items=("votes", "voters")))
    assert {(row.code, row.choice): Decimal(row.value or "-1") for row in rows} == single
    assert {row.contests_reported == row.contests_expected for row in rows} == {True}


def test_a_partys_share_counts_the_contests_in_which_it_does_not_stand(story: Story) -> None:
    story.report(
        [(cell, place, "100" if cell[1] == "voters" else "10") for cell in CELLS for place in range(3)]
    )
    with story.reader.snapshot() as snapshot:
        asked = query("administrative", SameBy.PARTY, items=("share",), choices=("乙党",), areas=("JP",))
        (row,) = sums(snapshot, snapshot.election("tiny"), asked)
        mine = query("administrative", SameBy.IDENTITY, items=("share",), choices=("d1/2",), areas=("JP",))
        (local,) = sums(snapshot, snapshot.election("tiny"), mine)
    assert (row.numerator, row.denominator, row.value) == ("50", "800", "6.25")  # d2 had no candidate of it
    assert (local.numerator, local.denominator, local.contests_expected) == (
        "20",
        "200",
        1,
    )  # nobody elsewhere


def test_pages_go_on_where_the_last_one_ended(story: Story) -> None:
    story.report([(cell, place, "3") for cell in CELLS for place in range(3)])
    with story.reader.snapshot() as snapshot:
        election = snapshot.election("tiny")
        whole = sums(snapshot, election, query("administrative", SameBy.PARTY))
        after, pages = None, []
        while True:
            asked = SumsQuery(
                "final", "final", "administrative", contest_kind="single_member", after=after, limit=7
            )
            rows = sums(snapshot, election, asked)
            assert then(snapshot, asked, snapshot.position) == rows
            pages += rows
            if len(rows) < 7:
                break
            after = (rows[-1].code, rows[-1].n)
    assert pages == whole


ITEMS = ("electors", "voters", "turnout", "votes", "share")


def series(snapshot: Snapshot, geography: str, by: SameBy, position: int | None = None) -> list[SeriesRow]:
    asked = SeriesQuery(
        ITEMS,
        geography=geography,
        contest_kind="single_member",
        over=by,
        tests=True,
        position=position,
        limit=5_000,
    )
    return SeriesReader(snapshot, asked, lambda _: ENTERED).rows()


@settings(max_examples=examples(10), deadline=None, suppress_health_check=list(HealthCheck))
@given(REPORTS, st.sampled_from(SameBy), st.sampled_from(["administrative", "electoral"]))
def test_a_series_over_contests_says_what_their_totals_say_now_and_then(
    story: Story, reports: list[tuple[tuple[str, str, str], int, str]], by: SameBy, geography: str
) -> None:
    with story.reader.snapshot() as snapshot:
        before, seen = snapshot.position, series(snapshot, geography, by)
    story.report(reports)
    with story.reader.snapshot() as snapshot:
        found = {
            (row.area, row.item, row.choice): (
                row.value, row.coverage_reported, row.coverage_expected, row.coverage_withheld, row.numerator, row.denominator,
                row.choice_name if row.choice else "", row.contest,
            )
            for row in series(snapshot, geography, by)
        }  # fmt: skip
        totals = sums(snapshot, snapshot.election("tiny"), query(geography, by))
        if before < snapshot.position:
            past = series(snapshot, geography, by, before)
            assert [replace(row, position=0, citation="") for row in past] == [
                replace(row, position=0, citation="") for row in seen
            ]
    assert found == {
        (row.code, row.item, row.choice): (
            row.value, row.reported, row.expected, row.withheld, row.numerator, row.denominator, row.choice_name, "single_member",
        )
        for row in totals
    }  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ({}, InvalidInput),
        ({"contests": ("d1",), "contest_kind": "single_member"}, InvalidInput),
        ({"contests": ("d1", "pr")}, InvalidInput),
        ({"contests": ("d9",)}, UnknownReference),
        ({"contest_kind": "mayor"}, UnknownReference),
        ({"contest_kind": "single_member", "choices": ("丙党",)}, UnknownReference),
        ({"contest_kind": "single_member", "items": ("nothing",)}, UnknownReference),
    ],
)
def test_what_cannot_be_summed_is_refused_by_name(story: Story, asked: dict[str, Any], wrong: type) -> None:
    with story.reader.snapshot() as snapshot, pytest.raises(wrong):
        sums(snapshot, snapshot.election("tiny"), SumsQuery("final", "final", "administrative", **asked))
