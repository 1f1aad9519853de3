"""Time travel on long logs, a figure's history, and the offline verifier on a million events.

The two sizes of one row are measured in one run, in turns. Every sample is another random instant of the log and another
slot; what is timed runs from the instant as text to the national totals as rows.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks import stage
from benchmarks.measure import percentile
from benchmarks.table import Row
from benchmarks.verifier import verify
from projections.read import Sees, TotalsQuery, ViewReader, asof
from projections.read.moment import position_at
from projections.runner import Projector
from reporting.database.connect import Database
from reporting.database.sql import load
from reporting.domain.figures import Cell
from reporting.ledger import return_stream

SQL = load("benchmarks")
TURNS, MINE, ROUND = 48, 6, 100
START = datetime(2024, 1, 1, 11, tzinfo=UTC)
AS_OF_MS, HISTORY_MS, TIMES = 20.0, 5.0, 2.0


def run(server_url: str, quick: bool) -> list[Row]:
    sizes, samples = ((100_000, 200_000), 100) if quick else ((100_000, 10_000_000), 1_000)
    with ExitStack() as open_ones:
        logs = [open_ones.enter_context(stage.database(server_url, f"bench_audit_{size}")) for size in sizes]
        for log, size in zip(logs, sizes, strict=True):
            _fill(log, size)
        readers = [ViewReader(log) for log in logs]
        try:
            as_of = _taken(readers, sizes, samples, _national)
            history = _taken(readers, sizes, samples, _history)
        finally:
            for reader in readers:
                reader.close()
    return [
        _row("national totals as of any instant", sizes, as_of, AS_OF_MS,
             f"{samples:,} random instants × slots in each log, taking turns: instant → position → four items' totals over"
             f" {stage.UNITS:,} units, each entered and corrected, from the log alone. The asked election's events are spread"
             " evenly over the log. What a slot and contest held is kept from the second question on (ADR 51): the 100 that warm up"
             " hold most of the first questions, which read the log, and of the second ones, which read all of the slot."),
        _row("a figure's history", sizes, history, HISTORY_MS,
             f"{samples:,} random figures in each log, taking turns; the two values it held, with who set them."),
        verify(server_url, 20_000 if quick else 1_000_000),
    ]  # fmt: skip


def _row(what: str, sizes: tuple[int, int], ms: list[list[float]], target: float, note: str) -> Row:
    small, large = (percentile(one, 99) for one in ms)
    middle = [percentile(one, 50) for one in ms]
    return Row(
        f"audit: {what}, {sizes[1]:,} events",
        f"p50 {middle[1]:.1f} ms, p99 {large:.1f} ms",
        f"p50 {middle[0]:.1f} ms, p99 {small:.1f} ms ({sizes[0]:,} events)",
        f"{large / small:.2f}×",
        f"p99 ≤ {target:.0f} ms, ≤ {TIMES:.0f}×",
        large <= target and large <= TIMES * small,
        note,
    )


def _taken(
    readers: list[ViewReader],
    sizes: tuple[int, int],
    samples: int,
    ask: Callable[[ViewReader, int, random.Random], None],
) -> list[list[float]]:
    """Milliseconds of each sample in each log, in rounds that alternate."""
    dice, found = random.Random(4), [list[float]() for _ in readers]
    for done in range(0, samples + ROUND, ROUND):
        for place, reader in enumerate(readers):
            for _ in range(min(ROUND, samples)):
                begun = time.perf_counter()
                ask(reader, sizes[place], dice)
                if done:  # the first round warms up
                    found[place].append(1000 * (time.perf_counter() - begun))
    return found


def _national(reader: ViewReader, size: int, dice: random.Random) -> None:
    instant = START + timedelta(milliseconds=dice.randrange(size))
    query = TotalsQuery(
        "night", f"s{dice.randrange(MINE) + 1}", dice.choice(stage.CONTESTS), "adm", areas=("JP",)
    )
    with reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
        position = position_at(snapshot, instant)
        known = asof.election_at(snapshot, "e1", position, None, asof.cache_of(reader))
        rows = asof.totals_at(snapshot, known, query, position)
    assert len(rows) == len(stage.ITEMS)


def _history(reader: ViewReader, size: int, dice: random.Random) -> None:
    unit, slot = stage.unit(dice.randrange(stage.UNITS)), f"s{dice.randrange(MINE) + 1}"
    key = Cell(dice.choice(stage.CONTESTS), dice.choice(stage.ITEMS), "", "").key
    with reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
        rows = snapshot.history(return_stream("e1", "night", slot, unit), key, None, 20)
    assert len(rows) == 2


def _fill(log: Database, events: int) -> None:
    """A log of about `events` events; the views are empty but said to stand at its end."""
    stage.define(log)
    streams = [
        return_stream("e1", "night", f"s{slot + 1}", stage.unit(unit))
        for slot in range(MINE)
        for unit in range(stage.UNITS)
    ]
    events -= events % (stage.UNITS * TURNS)
    values: dict[str, Any] = {"events": events, "units": stage.UNITS, "streams": streams}
    Projector(log).create_if_missing()
    Projector(log).catch_up()
    with log.connect(autocommit=True) as owner:
        ((after,),) = owner.execute("SELECT position FROM ledger.head").fetchall()
        # The definitions stand before everything else in time, too.
        owner.execute("ALTER TABLE ledger.event DISABLE TRIGGER append_only")
        owner.execute("UPDATE ledger.event SET recorded_at = '2024-01-01 19:00+09'")
        owner.execute("ALTER TABLE ledger.event ENABLE ALWAYS TRIGGER append_only")
        owner.execute(SQL["bulk_index"])
        owner.execute(SQL["history"], values)
        owner.execute(SQL["bulk_index_again"])
        owner.execute(SQL["commands"], {"after": after})
        owner.execute(SQL["move_head"])
        owner.execute("UPDATE ops.projection SET position = (SELECT position FROM ledger.head)")
        owner.execute("VACUUM (ANALYZE) ledger.event")
        owner.execute("VACUUM (ANALYZE) ledger.command")
        owner.execute("CHECKPOINT")
