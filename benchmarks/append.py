"""Single-figure commands from 64 writers: our group append against the stock recorder of `eventsourcing`.

Both commit durably, both store the same bytes in a stream of the writer's own; ours also checks and stores the command
(who, from where, why), and that the definition and the registry it was decided on still stand. The peer runs with the library's default settings: one table-locking insert per command.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresFactory
from eventsourcing.utils import Environment

from benchmarks import stage
from benchmarks.library import stock
from benchmarks.measure import alternate, percentile
from benchmarks.table import Row
from reporting.database.connect import Database
from reporting.domain.actor import Channel
from reporting.domain.events import FiguresEntered
from reporting.ledger import Command, GroupAppender, Ledger, NewEvent, Stands
from reporting.ledger.registry import encode

WRITERS = 64
TARGET = 8.0


def run(server_url: str, quick: bool) -> list[Row]:
    seconds, rounds = (0.5, 1) if quick else (3.0, 5)
    with (
        stage.database(server_url, "bench_append") as database,
        _grouped(database) as appender,
        _recorder(database) as recorder,
    ):
        waits: dict[str, list[float]] = {"ours": [], "peer": []}
        stands = _decided_on(appender)

        def ours(stream: UUID, version: int) -> None:
            event = _event(version)
            new = (NewEvent(stream, version, event),)
            appender.append(Command(uuid4(), b"{}", stage.ACTOR, Channel.API, new, stands=stands))

        def peer(stream: UUID, version: int) -> None:
            stored = StoredEvent(stream, version, FiguresEntered.type, encode(_event(version)))
            recorder.insert_events([stored])

        _rate(ours, 0.3, [])
        _rate(peer, 0.3, [])
        found = alternate(
            rounds, lambda: _rate(ours, seconds, waits["ours"]), lambda: _rate(peer, seconds, waits["peer"])
        )
    p99 = {side: 1000 * percentile(values, 99) for side, values in waits.items()}
    return [
        Row(
            "append: single-figure commands, 64 writers",
            f"{found.ours:,.0f}/s (p99 {p99['ours']:.0f} ms)",
            f"{found.peer:,.0f}/s (p99 {p99['peer']:.0f} ms)",
            f"{found.ratio:.1f}×",
            f"≥ {TARGET:.0f}×",
            found.ratio >= TARGET,
            "GroupAppender over the ledger against `eventsourcing.postgres`' application recorder in its default settings,"
            " same library version as the product's, both with fsync and synchronous_commit on.",
        )
    ]


def _decided_on(appender: GroupAppender) -> tuple[Stands, ...]:
    """Two streams that every command rests on, as figures do on their definition and its registry."""
    streams = (uuid4(), uuid4())
    for stream in streams:
        new = (NewEvent(stream, 1, _event(1)),)
        appender.append(Command(uuid4(), b"{}", stage.ACTOR, Channel.API, new))
    return tuple(Stands(stream, 1) for stream in streams)


def _event(number: int) -> FiguresEntered:
    return FiguresEntered(
        election="e1", form="night", slot="s1", unit="u0001", figures={"c1|voters||": str(number)}
    )


def _rate(append: Callable[[UUID, int], None], seconds: float, waits: list[float]) -> float:
    """Commands acknowledged per second, all writers together; each has one stream."""
    counts: list[int] = []
    start = threading.Barrier(WRITERS + 1)

    def write() -> None:
        stream, version, own = uuid4(), 0, []
        start.wait()
        deadline = time.perf_counter() + seconds
        while (begun := time.perf_counter()) < deadline:
            version += 1
            append(stream, version)
            own.append(time.perf_counter() - begun)
        counts.append(version)
        waits.extend(own)

    threads = [threading.Thread(target=write) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    start.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    if len(counts) != WRITERS:
        raise RuntimeError("a writer failed")
    return sum(counts) / (time.perf_counter() - begun)


@contextmanager
def _grouped(database: Database) -> Iterator[GroupAppender]:
    ledger = Ledger(database)
    appender = GroupAppender(ledger)
    yield appender
    appender.close()
    ledger.close()


@contextmanager
def _recorder(database: Database) -> Iterator[PostgresApplicationRecorder]:
    """The library's recorder as its own factory makes it, on the same server."""
    with PostgresFactory(Environment("stock", stock(database))) as factory:
        recorder = factory.application_recorder()
        assert isinstance(recorder, PostgresApplicationRecorder)
        yield recorder
