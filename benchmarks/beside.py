"""A rebuild while editors work: what they wait for at the night's peak without one and beside one, and how long the switch holds the views.

The peak is every unit's return within one minute, sent on schedule to the command service as it runs in `serve`; the rebuild is a process of
its own. Both share the machine's cores.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from statistics import median
from uuid import uuid4

from benchmarks import stage
from benchmarks.measure import percentile
from benchmarks.rebuild import fill
from benchmarks.table import Row
from benchmarks.visible import serving
from projections.rebuild import rebuild
from reporting.application.commands import CellInput, EnterFigures
from reporting.application.service import Reporting
from reporting.database.connect import Database

RATE, WRITERS = stage.UNITS / 60, 8
EMPTY = f"e{stage.ELECTIONS}"
"""An election that the log before has nothing of."""
SLOWER, SWITCH_MS = 2.0, 100.0


def run(server_url: str, quick: bool) -> list[Row]:
    events, rounds, alone_s = (20_000, 1, 2.0) if quick else (250_000, 3, 20.0)
    alone: list[float] = []
    beside: list[float] = []
    switches: list[float] = []
    with stage.database(server_url, "bench_beside") as database:
        stage.define(database, stage.ELECTIONS)
        with database.connect(autocommit=True) as owner:
            fill(owner, "night", events)
        rebuild(database)
        with serving(database) as service:
            turn = itertools.count()
            with _editing(service, turn):
                time.sleep(alone_s / 4)  # connections and statements ready
            for _ in range(rounds):
                with _editing(service, turn) as taken:
                    time.sleep(alone_s)
                alone += taken
                with _editing(service, turn) as taken, get_context("spawn").Pool(1) as pool:
                    switches.append(pool.apply(_rebuild, (database.url,)))
                beside += taken
    (quiet50, quiet99), (busy50, busy99) = (
        [percentile(taken, percent) for percent in (50, 99)] for taken in (alone, beside)
    )
    switch = max(switches)
    return [
        Row(
            f"beside: entries at the peak, while {events:,} events are rebuilt",
            f"p50 {busy50:.0f} ms, p99 {busy99:.0f} ms",
            f"p50 {quiet50:.0f} ms, p99 {quiet99:.0f} ms (no rebuild)",
            f"{busy99 / quiet99:.1f}× its p99",
            f"≤ {SLOWER:.0f}×",
            busy99 <= SLOWER * quiet99,
            f"{len(beside):,} returns of four figures beside {rounds} rebuilds and {len(alone):,} without, {RATE:.0f}/s through the command service.",
        ),
        Row(
            "beside: the switch to the rebuilt views",
            f"{switch:.0f} ms (median {median(switches):.0f} ms)",
            "–",
            "–",
            f"≤ {SWITCH_MS:.0f} ms",
            switch <= SWITCH_MS,
            "From holding the live version's row until the new version is committed: so long nothing is projected, and readers read the"
            " version before. While the row is waited for, the projector that has it projects.",
        ),
    ]


@contextmanager
def _editing(service: Reporting, turn: Iterator[int]) -> Iterator[list[float]]:
    """Entries, each at its time, as long as this is open; how many ms each took from then, once it is over."""
    taken: list[float] = []
    over, first, begun = threading.Event(), next(turn), time.monotonic() + 0.1

    def edit(_: int) -> None:
        while not over.is_set():
            number = next(turn)
            due = begun + (number - first) / RATE
            if over.wait(max(0.0, due - time.monotonic())):
                return
            _enter(service, number)
            taken.append(1000 * (time.monotonic() - due))

    with ThreadPoolExecutor(WRITERS) as writers:
        edits = [writers.submit(edit, number) for number in range(WRITERS)]
        try:
            yield taken
        finally:
            over.set()
        for edited in edits:
            edited.result()


def _enter(service: Reporting, number: int) -> None:
    """Four figures of a unit and slot that nobody has entered."""
    slot, unit = divmod(number, stage.UNITS)
    figures = tuple(CellInput(contest="c1", item=item, value=str(50_000 + number)) for item in stage.ITEMS)
    request = EnterFigures(
        command_id=uuid4(),
        election=EMPTY,
        form="night",
        slot=f"s{slot + 1}",
        unit=stage.unit(unit),
        expected_version=0,
        figures=figures,
    )
    service.enter_figures(request, stage.ACTOR)


def _rebuild(url: str) -> float:
    """How many ms the switch took."""
    begun = 0.0

    def told(done: int, total: int, what: str) -> None:
        nonlocal begun
        if what == "switch":
            begun = time.perf_counter()

    rebuild(Database(url), told)
    return 1000 * (time.perf_counter() - begun)
