"""What a slot has held, kept: the same as the log asked at each position, whatever is asked and in whatever order."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date

import pytest
import tiny
from thorough import TIMES
from told_night import LAYERS, go_on, play

from projections.read import Sees, Snapshot, TotalsQuery, ViewReader
from projections.read.asof import AsOfCache, KnownThen, election_at, totals_at
from projections.read.slot_past import REFUSED, nothing_yet
from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.figures import parse_value
from reporting.domain.layer import ENTERED, RELEASED
from reporting.kept import Kept
from reporting.ledger import Ledger

ASKED = 400
STEP = 3 if TIMES == 1 else 1
"""Every third position; all for whoever looks for faults."""
FINAL = TotalsQuery("final", "final", "pr", "administrative", ("voters", "electors"), limit=1_000)


class _Statements:
    """A snapshot that counts which statements as of a position it is asked."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot, self.head = snapshot, snapshot.head
        self.at_once = self.whole = 0

    def fetch(
        self, statement: str, values: dict[str, object], *, prepare: bool | None = None
    ) -> list[object]:
        self.at_once += "newest" in statement
        self.whole += "s.version" in statement
        return self._snapshot.fetch(statement, values, prepare=prepare)


@pytest.fixture(scope="module")
def story(module_database: Database) -> Iterator[tuple[Reporting, ViewReader]]:
    service = Reporting(Ledger(module_database))
    play(service)
    Projector(module_database).catch_up()
    reader = ViewReader(module_database)
    yield service, reader
    reader.close()
    service.ledger.close()


def _known(snapshot: Snapshot, position: int, cache: AsOfCache, day: date | None = None) -> KnownThen:
    return election_at(snapshot, "tiny", position, day, cache)


def _never_kept() -> AsOfCache:
    cache = AsOfCache()
    cache.pasts = Kept(0)
    return cache


def test_every_question_has_the_answer_of_the_log(story: tuple[Reporting, ViewReader]) -> None:
    _, reader = story
    dice, kept, asked = random.Random(11), AsOfCache(), _never_kept()
    rows_seen = 0
    with reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
        for _ in range(ASKED):
            form, slot, layer = dice.choice(LAYERS)
            position = dice.randint(12, snapshot.position)
            query = TotalsQuery(
                form,
                slot,
                "pr",
                dice.choice(("administrative", "electoral")),
                () if form == "flash" else dice.choice(((), ("voters", "electors"), ("turnout",))),
                level=dice.choice((None, "nation", "prefecture")),
                areas=dice.choice((None, ("JP",), ("P1", "20"))),
                limit=1_000,
                layer=layer,
            )
            day = dice.choice((None, date(2030, 1, 1)))
            wanted = totals_at(snapshot, _known(snapshot, position, asked, day), query, position)
            assert totals_at(snapshot, _known(snapshot, position, kept, day), query, position) == wanted
            rows_seen += sum(row.value is not None for row in wanted)
    assert rows_seen > ASKED


def test_the_log_is_asked_once_then_read_whole_then_left_alone(story: tuple[Reporting, ViewReader]) -> None:
    _, reader = story
    with reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
        known, counted = _known(snapshot, snapshot.position, AsOfCache()), _Statements(snapshot)
        asked = []
        for position in range(snapshot.position, 12, -1):
            totals_at(counted, known, FINAL, position)  # type: ignore[arg-type]
            asked.append((counted.at_once, counted.whole))
    assert asked[:3] == [(1, 0), (1, 1), (1, 1)]
    assert asked[-1] == (1, 1)


def test_layers_do_not_share_what_is_kept(story: tuple[Reporting, ViewReader]) -> None:
    """What nobody has released stays out of the public's answers, however often its own layer was asked for."""
    _, reader = story
    with reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
        known, asked = (
            _known(snapshot, snapshot.position, AsOfCache()),
            _known(snapshot, snapshot.position, _never_kept()),
        )
        for layer in (ENTERED, RELEASED) * 3:
            query = TotalsQuery("flash", "2200", "pr", "administrative", limit=1_000, layer=layer)
            for position in range(12, snapshot.position + 1, STEP):
                assert totals_at(snapshot, known, query, position) == totals_at(
                    snapshot, asked, query, position
                )


def test_what_comes_later_is_added(story: tuple[Reporting, ViewReader], module_database: Database) -> None:
    """Asked before and after the log grew, at each position of either: once grown, a past answers for those of before, too."""
    service, reader = story
    kept, asked = AsOfCache(), _never_kept()
    queries = [
        TotalsQuery(form, slot, "pr", "administrative", limit=1_000, layer=layer)
        for form, slot, layer in LAYERS
    ]
    moved: list[bool] = []
    for grown in (False, True):
        if grown:
            go_on(service)
            Projector(module_database).catch_up()
        with reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
            ends = [snapshot.position, *range(12, snapshot.position + 1, STEP)]
            for query in queries:
                rows = []
                for position in ends:
                    wanted = totals_at(snapshot, _known(snapshot, position, asked), query, position)
                    assert totals_at(snapshot, _known(snapshot, position, kept), query, position) == wanted
                    rows.append(repr(wanted))
                moved.append(len(set(rows)) > 1)
    assert all(moved)


def test_what_would_be_too_much_is_asked_of_the_log_each_time(story: tuple[Reporting, ViewReader]) -> None:
    _, reader = story
    cache = AsOfCache()
    cache.pasts = Kept(8 * nothing_yet(len(tiny.UNITS)).weight)
    with reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
        known, counted = _known(snapshot, snapshot.position, cache), _Statements(snapshot)
        rows = [totals_at(counted, known, FINAL, snapshot.position) for _ in range(4)]  # type: ignore[arg-type]
    assert rows[0]
    assert all(again == rows[0] for again in rows)
    assert (counted.at_once, counted.whole, REFUSED.refused) == (3, 1, True)


def test_numbers_of_any_kind_and_absences_are_kept_exactly() -> None:
    texts = [
        "0",
        "-3",
        "56.789",
        "999999999999999.999",
        "-999999999999999.999",
        "!none",
        "!suppressed",
        "!not_reported",
    ]
    changes = [(n, 1, 100 - n, text) for n, text in enumerate(texts, 1)]
    past = nothing_yet(len(texts)).later(["k"], changes, 100)
    values = past.values([f"u{n}" for n in range(len(texts))], 100)
    assert values == {(f"u{n}", "k"): (parse_value(text), 99 - n) for n, text in enumerate(texts)}
    total = past.sums({(0,): range(len(texts))}, 100)[0, "k"]
    assert (str(total.value), total.reported, total.counted, total.withheld, total.changed) == (
        "53.789",
        6,
        5,
        1,
        99,
    )
    assert past.sums({(0,): range(len(texts))}, 91) == {}
