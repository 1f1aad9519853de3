"""From the acknowledgement of an entry until a reader sees it in the national total, at ten times the peak.

The peak is every unit's return within one minute; ten times that is 317 commands a second, sent on schedule whether or
not earlier ones were answered. Command service and group append are one process, as in `serve`; the projector is another, as
`deploy/` has it; the reader is a third that listens for announcements and then reads the total. Every total it read is checked
to the digit against the commands up to the position it stood at.
"""

from __future__ import annotations

import gc
import itertools
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import Queue, get_context
from multiprocessing.synchronize import Event
from typing import Any
from uuid import uuid4

from benchmarks import stage
from benchmarks.measure import percentile
from benchmarks.table import Row
from benchmarks.watch import Seen, Sent, waits, watch
from projections.keeper import Keeper
from projections.runner import Projector
from reporting.application.commands import CellInput, EnterFigures
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.ledger import GroupAppender, Ledger

TIMES_PEAK, WRITERS = 10, 24
RATE = TIMES_PEAK * stage.UNITS / 60
TARGET_MS = 25.0
LOST_AFTER_S = 30.0


def run(server_url: str, quick: bool) -> list[Row]:
    slots = 1 if quick else 5
    with stage.database(server_url, "bench_visible") as database:
        stage.define(database)
        with serving(database) as service:
            enter(service, 0, stage.SLOTS)  # connections and statements ready
            context = get_context("spawn")
            readings: Queue[Any] = context.Queue()
            watcher = context.Process(target=watch, args=(database.url, slots, readings), daemon=True)
            watcher.start()
            assert readings.get(timeout=LOST_AFTER_S) == "ready"
            begun = time.monotonic()
            sent = send(service, slots)
            taken = time.monotonic() - begun
            seen = [Seen(*reading) for reading in readings.get(timeout=LOST_AFTER_S)]
            watcher.join(10)
    taken_ms = waits(sent, seen)
    p50, p99 = percentile(taken_ms, 50), percentile(taken_ms, 99)
    return [
        Row(
            f"visible: entry → national total at {TIMES_PEAK}× the peak",
            f"p50 {p50:.0f} ms, p99 {p99:.0f} ms, max {max(taken_ms):.0f} ms",
            "–",
            "–",
            f"p99 ≤ {TARGET_MS:.0f} ms",
            p99 <= TARGET_MS,
            f"{len(sent):,} returns of four figures at {len(sent) / taken:.0f}/s through the command service; from its answer to"
            f" the reader's; all {len(seen):,} totals read were exact.",
        )
    ]


@contextmanager
def serving(database: Database) -> Iterator[Reporting]:
    """The command service with the projector beside it, each a process of its own as in `deploy/`."""
    with following(database):
        ledger = Ledger(database, max_connections=8)
        appender = GroupAppender(ledger)
        try:
            yield Reporting(ledger, appender)
        finally:
            appender.close()
            ledger.close()


@contextmanager
def following(database: Database) -> Iterator[None]:
    """A projector in a process of its own, which has caught up."""
    projector, context = Projector(database), get_context("spawn")
    projector.create_if_missing()
    projector.catch_up()
    up, stop = context.Event(), context.Event()
    follower = context.Process(target=follow, args=(database.url, up, stop), daemon=True)
    follower.start()
    if not up.wait(LOST_AFTER_S):
        raise RuntimeError("no projector")
    try:
        yield
    finally:
        stop.set()
        follower.join(LOST_AFTER_S)


def follow(url: str, up: Event, stop: Event) -> None:
    """What `reporting projections follow` runs."""
    gc.collect()
    gc.freeze()
    ends = threading.Event()
    thread = threading.Thread(target=Keeper(Database(url)).run, args=(ends,))
    thread.start()
    up.set()
    stop.wait()
    ends.set()
    thread.join()


def send(service: Reporting, slots: int, first: int = 1) -> list[Sent]:
    """All units' returns in `slots` slots from the `first` on, slot after slot, each at its time."""
    numbers = itertools.count()
    begun = time.monotonic() + 0.1

    def write(_: int) -> list[Sent]:
        done = []
        while (number := next(numbers)) < slots * stage.UNITS:
            time.sleep(max(0.0, begun + number / RATE - time.monotonic()))
            done.append(enter(service, number % stage.UNITS, number // stage.UNITS + first))
        return done

    with ThreadPoolExecutor(WRITERS) as writers:
        return [one for done in writers.map(write, range(WRITERS)) for one in done]


def enter(service: Reporting, number: int, slot: int) -> Sent:
    value = 50_000 + number
    request = EnterFigures(
        command_id=uuid4(),
        election="e1",
        form="night",
        slot=f"s{slot}",
        unit=stage.unit(number),
        expected_version=0,
        figures=tuple(CellInput(contest="c1", item=item, value=str(value)) for item in stage.ITEMS),
    )
    recorded = service.enter_figures(request, stage.ACTOR)
    return Sent(slot, recorded.position, value, time.monotonic())
