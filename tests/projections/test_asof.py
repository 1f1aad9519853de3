"""As of any position and instant, at every level: equal to a plain fold of the events recorded until then."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import tiny
from thorough import TIMES
from told_night import LAYERS, play

from projections.independent import IndependentFold
from projections.read import Sees, Snapshot, TotalsQuery, ViewReader
from projections.read.asof import AsOfCache, cells_at, election_at, totals_at
from projections.read.moment import position_at
from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.figures import format_value
from reporting.domain.layer import ENTERED, Layer
from reporting.errors import InvalidInput, UnknownReference
from reporting.kept import Kept
from reporting.ledger import Ledger

INSTANTS = 1_000


@pytest.fixture(scope="module")
def story(module_database: Database) -> Iterator[tuple[Reporting, ViewReader]]:
    """Entries, corrections, approvals, a release, a redefinition and an area that moves."""
    service = Reporting(Ledger(module_database))
    play(service)
    projector = Projector(module_database)
    projector.catch_up()
    reader = ViewReader(module_database)
    yield service, reader
    reader.close()
    service.ledger.close()


def expected_totals(
    fold: IndependentFold, form: str, slot: str, layer: Layer
) -> dict[tuple[str, str], tuple[str | None, int]]:
    """(geography/area, cell key) → (value or None, reported)."""
    found: dict[tuple[str, str], tuple[str | None, int]] = {}
    for row in fold.total_rows():
        if (row.form, row.slot, row.layer) == (form, slot, layer.code):
            reported, counted = row.counts.split("/")
            total = format_value(row.value) if int(counted) else None
            found[row.area, row.key] = (total, int(reported))
    return found


@pytest.mark.parametrize("kept", [False, True])
def test_a_thousand_instants_equal_the_fold_at_every_level(
    story: tuple[Reporting, ViewReader], kept: bool
) -> None:
    """The fold goes on from instant to instant; each is asked of one form and slot, layers included, at every area of
    every geography, and of one unit's return. `kept`: what slots have held is kept from the second time on; else the log is asked at
    each instant, of which a third are enough where nobody looks for faults."""
    service, reader = story
    events, dice, cache = service.ledger.read(0, 10_000), random.Random(3), AsOfCache()
    if not kept:
        cache.pasts = Kept(0)
    begin, span = events[3].recorded_at, events[-1].recorded_at - events[3].recorded_at
    asked = INSTANTS if kept or TIMES > 1 else INSTANTS // 3
    instants = sorted(begin + span * dice.random() * 1.05 for _ in range(asked))
    done, seen, compared = 0, set(), 0
    with reader.snapshot(sees=Sees.EVERYTHING) as snapshot, IndependentFold() as fold:
        for instant in instants:
            while done < len(events) and events[done].recorded_at <= instant:
                fold.apply(events[done])
                done += 1
            position = position_at(snapshot, instant)
            assert position == events[done - 1].position
            form, slot, layer = dice.choice(LAYERS)
            seen.add((position, slot, layer))
            wanted = expected_totals(fold, form, slot, layer)
            known = election_at(snapshot, "tiny", position, None, cache)
            for geography in ("administrative", "electoral"):
                items = ("votes",) if form == "flash" else ("voters", "electors")
                query = TotalsQuery(form, slot, "pr", geography, items, limit=1_000, layer=layer)
                rows = totals_at(snapshot, known, query, position)
                assert len(rows) == (9 if geography == "administrative" else 8) * 2
                for row in rows:
                    key = f"pr|{row.item}||{row.choice}"
                    value = wanted.get((f"{geography}/{row.code}", key), (None, 0))
                    assert (row.value, row.reported) == value, (position, slot, layer, row)
                    compared += value[1]
            unit = dice.choice(tiny.UNITS)
            mine = {
                row.key: (f"!{row.absence}" if row.value is None else format_value(row.value), row.position)
                for row in fold.figure_rows()
                if (row.election, row.form, row.slot, row.layer, row.unit)
                == ("tiny", form, slot, layer.code, unit)
            }
            if layer == ENTERED:
                assert cells_at(snapshot, "tiny", form, slot, unit, position) == mine
    assert compared > 10 * asked
    assert len(seen) > 100
    assert bool(len(cache.pasts)) is kept


def test_now_is_what_the_views_say(story: tuple[Reporting, ViewReader]) -> None:
    _, reader = story
    with reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
        known = election_at(snapshot, "tiny", snapshot.position, None, AsOfCache())
        query = TotalsQuery("final", "final", "pr", "administrative", limit=1_000)
        then = totals_at(snapshot, known, query, snapshot.position)
        now = snapshot.totals(snapshot.election("tiny"), query)
    strip = [
        (r.code, r.item, r.choice, r.value, r.reported, r.expected, r.numerator, r.denominator) for r in now
    ]
    assert [
        (r.code, r.item, r.choice, r.value, r.reported, r.expected, r.numerator, r.denominator) for r in then
    ] == strip


def test_instants_are_positions(story: tuple[Reporting, ViewReader]) -> None:
    service, reader = story
    events = service.ledger.read(0, 10_000)
    with reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
        assert position_at(snapshot, datetime.now(UTC)) == events[-1].position
        assert position_at(snapshot, events[0].recorded_at - timedelta(microseconds=1)) == 0
        for one in events[::7]:
            last = max(e.position for e in events if e.recorded_at <= one.recorded_at)
            assert position_at(snapshot, one.recorded_at) == last
        with pytest.raises(InvalidInput):
            position_at(snapshot, datetime(2024, 1, 1))


def test_areas_of_another_day_and_elections_not_yet_there(story: tuple[Reporting, ViewReader]) -> None:
    _, reader = story
    with reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
        with pytest.raises(UnknownReference):
            election_at(snapshot, "tiny", 1, None, AsOfCache())
        early = election_at(snapshot, "tiny", 5, None, AsOfCache())
        late = election_at(snapshot, "tiny", snapshot.position, date(2030, 1, 1), AsOfCache())
    assert early.roster.places["20"]["administrative"] == ("20", "P1", "JP")
    assert late.roster.places["20"]["administrative"] == ("20", "P2", "JP")


def test_a_return_as_it_was(story: tuple[Reporting, ViewReader]) -> None:
    service, reader = story
    with reader.snapshot(sees=Sees.EVERYTHING) as snapshot, IndependentFold() as fold:
        for position in range(3, 30, 5):
            for recorded in service.ledger.read(max(0, position - 5), 3 if position == 3 else 5):
                fold.apply(recorded)
            mine = {
                row.key: (f"!{row.absence}" if row.value is None else format_value(row.value), row.position)
                for row in fold.figure_rows()
                if (row.election, row.form, row.slot, row.layer, row.unit)
                == ("tiny", "flash", "2200", "", "11")
            }
            assert cells_at(snapshot, "tiny", "flash", "2200", "11", position) == mine
    assert isinstance(snapshot, Snapshot)
