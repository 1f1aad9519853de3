"""Single-figure commands from 64 writers: our group append against the stock recorder of `eventsourcing`.

CPU seconds are told of the process and of the server each, and of ours what the writers cost by themselves: the same writers and the same
group append over a ledger that answers after a pause.

Both commit durably, both store the same bytes in a stream of the writer's own; ours also checks and stores the command
(who, from where, why), and that the definition and the registry it was decided on still stand. The peer runs with the library's default settings: one table-locking insert per command.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import cast
from uuid import UUID, uuid4

import psycopg
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresFactory
from eventsourcing.utils import Environment

from benchmarks import stage
from benchmarks.library import stock
from benchmarks.measure import alternate, own_seconds, percentile, server_seconds
from benchmarks.table import Row
from reporting.database.connect import Database
from reporting.domain.actor import Channel
from reporting.domain.events import FiguresEntered
from reporting.errors import ReportingError
from reporting.ledger import Appended, Command, GroupAppender, Ledger, NewEvent, Stands
from reporting.ledger.prepared import Prepared
from reporting.ledger.registry import encode
from reporting.ledger.stall import Stall

WRITERS = 64
TARGET = 15.0
PAUSE_S = 0.003


def run(server_url: str, quick: bool) -> list[Row]:
    seconds, rounds = (0.5, 1) if quick else (3.0, 5)
    with (
        stage.database(server_url, "bench_append") as database,
        _grouped(database) as appender,
        _recorder(database) as recorder,
        psycopg.connect(database.url, autocommit=True) as watch,
    ):
        waits: dict[str, list[float]] = {"ours": [], "peer": []}
        spent: dict[str, list[float]] = {"ours": [0.0, 0.0], "peer": [0.0, 0.0]}
        stands = _decided_on(appender)

        def ours(stream: UUID, version: int) -> None:
            _append(appender, stream, version, stands)

        def peer(stream: UUID, version: int) -> None:
            stored = StoredEvent(stream, version, FiguresEntered.type, encode(_event(version)))
            recorder.insert_events([stored])

        def rate(side: str, append: Callable[[UUID, int], None]) -> float:
            begun = own_seconds(), server_seconds(watch, 0)
            commands = _rate(append, seconds, waits[side])
            ended = own_seconds(), server_seconds(watch, 0)
            spent[side] = [
                used + after - before for used, before, after in zip(spent[side], begun, ended, strict=True)
            ]
            return commands

        _rate(ours, 0.3, [])
        _rate(peer, 0.3, [])
        found = alternate(rounds, lambda: rate("ours", ours), lambda: rate("peer", peer))
        writers = _writers(seconds)
    client, server = (1_000_000 * used / len(waits["ours"]) for used in spent["ours"])
    stock_client, stock_server = (1_000_000 * used / len(waits["peer"]) for used in spent["peer"])
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
        ),
        Row(
            "append: CPU of 1,000 such commands",
            f"{client:.0f} ms + server {server:.0f} ms",
            f"{stock_client:.0f} ms + server {stock_server:.0f} ms",
            f"{(stock_client + stock_server) / (client + server):.1f}×",
            "–",
            None,
            f"Of ours {writers:.0f} ms are {WRITERS} threads that hand over to one another: as much is taken by the same writers over a"
            f" ledger that answers a batch after {1_000 * PAUSE_S:.0f} ms and does nothing.",
        ),
    ]


class _Nothing:
    """A ledger that says yes after a pause."""

    def __init__(self) -> None:
        self.stall = Stall()

    def append_many(self, commands: Sequence[Command | Prepared]) -> list[Appended | ReportingError]:
        time.sleep(PAUSE_S)
        return [Appended(1, 1, datetime.now(UTC), repeated=False) for _ in commands]


def _writers(seconds: float) -> float:
    """CPU milliseconds of 1,000 commands that nobody appends."""
    appender, waits = GroupAppender(cast(Ledger, _Nothing())), list[float]()
    begun = own_seconds()
    _rate(lambda stream, version: _append(appender, stream, version, ()), seconds, waits)
    used = own_seconds() - begun
    appender.close()
    return 1_000_000 * used / len(waits)


def _append(appender: GroupAppender, stream: UUID, version: int, stands: tuple[Stands, ...]) -> None:
    new = (NewEvent(stream, version, _event(version)),)
    appender.append(Command(uuid4(), b"{}", stage.ACTOR, Channel.API, new, stands=stands))


def _decided_on(appender: GroupAppender) -> tuple[Stands, ...]:
    """Two streams that every command rests on, as figures do on their definition and its registry."""
    streams = (uuid4(), uuid4())
    for stream in streams:
        _append(appender, stream, 1, ())
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
