"""Two standbys that serve, while returns come in at ten times the night's peak: how far behind their views are, and what reads cost there.

Behind: from the acknowledgement at the primary until a standby's views stand at that position, so that what the projector needs at the
primary is in it. What reads cost is counted in CPU seconds, of the server's process and of all its PostgreSQL does: two cores that primary,
standbys, servers and load share cannot show by the clock what a core more gives.
"""

from __future__ import annotations

import itertools
import os
import tempfile
import threading
import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from multiprocessing import Queue, get_context
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from api.trial.pair import BOTH
from benchmarks import product, stage
from benchmarks.load import load, post
from benchmarks.measure import Compared, alternate, percentile, process_seconds, server_seconds
from benchmarks.table import Row
from benchmarks.visible import LOST_AFTER_S, RATE, TIMES_PEAK, send, serving
from benchmarks.watch import Sent
from benchmarks.wide import body
from projections.versions import SQL
from reporting.database.connect import READER, Database
from reporting.database.local_server import LocalServer, give, required, run_as_owner
from reporting.database.sql import load as statements

STANDBYS, CONNECTIONS, BODIES = 2, 4, 404
LOOK_S = 0.01
NOT_YET = 2**62
TARGET_MS, TARGET_THROUGHPUT = 500.0, 1.7


class Place(NamedTuple):
    """A server of the product and the database it asks; `owner`: an open connection there."""

    served: product.Served
    url: str
    owner: psycopg.Connection[Any]

    def seconds(self) -> float:
        """CPU seconds of the server's process and of all of its PostgreSQL."""
        return process_seconds(self.served.pid) + server_seconds(self.owner, 0)

    def following(self) -> float:
        """CPU seconds of what follows the primary alone."""
        pids = self.owner.execute(statements("benchmarks")["follows"]).fetchall()
        assert len(pids) == 2, "it does not follow"
        return sum(process_seconds(pid) for (pid,) in pids)


class Behind(NamedTuple):
    """`rate`: returns a second; `waits`: milliseconds of each, at the primary and at every standby; `reads`: answers a second of all
    standbys, 0 where nobody asks; `following`: cores that a standby needs to follow, in the mean; `loaded`: load average of the machine."""

    rate: float
    waits: list[list[float]]
    reads: float
    following: float
    loaded: float


def run(server_url: str, quick: bool) -> list[Row]:
    slots, rounds, bodies = (1, 1, 40) if quick else (5, 3, BODIES)
    load_before = os.getloadavg()[0]
    with stage.database(server_url, "bench_replicas") as database, ExitStack() as stack:
        product.fill(database)
        servers = [stack.enter_context(_standby(server_url)) for _ in range(STANDBYS)]
        standbys = [stack.enter_context(_place(server.url("bench_replicas"))) for server in servers]
        with _place(database.url) as primary:
            cost = alternate(
                rounds, lambda: _per_second(standbys, bodies), lambda: _per_second([primary], bodies)
            )
        behind = [
            _behind(database, standbys, slots, first=2, read=False),
            _behind(database, standbys, slots, first=2 + slots, read=True),
        ]
    loads = load_before, os.getloadavg()[0]
    return [*map(_lag, behind), _reads(cost, behind[0].following, rounds * bodies, loads)]


@contextmanager
def _standby(primary: str) -> Iterator[LocalServer]:
    with tempfile.TemporaryDirectory(prefix="bench-standby-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        server = LocalServer(folder / "data", folder / "run", BOTH)
        server.data.mkdir(mode=0o700)
        give(server.data)
        command = [required("pg_basebackup"), "-d", primary, "-D", str(server.data)]
        run_as_owner([*command, "-R", "-X", "stream", "-c", "fast"])
        try:
            server.start()
            yield server
        finally:
            server.stop()


@contextmanager
def _place(url: str) -> Iterator[Place]:
    with product.process(Database(url)) as served, psycopg.connect(url, autocommit=True) as owner:
        yield Place(served, url, owner)


def _per_second(places: Sequence[Place], number: int) -> float:
    """Queries per CPU second: as many connections in all however many places there are, and whoever is free asks the next."""
    bodies, turn = [body(place) for place in range(number)], itertools.count()

    def ask(place: Place) -> None:
        connection = HTTPConnection("127.0.0.1", place.served.port, timeout=LOST_AFTER_S)
        while (mine := next(turn)) < number:
            post(connection, "/graphql", bodies[mine])
        connection.close()

    begun = [place.seconds() for place in places]
    with ThreadPoolExecutor(CONNECTIONS) as readers:
        list(readers.map(ask, itertools.islice(itertools.cycle(places), CONNECTIONS)))
    return number / sum(place.seconds() - before for place, before in zip(places, begun, strict=True))


def _behind(database: Database, standbys: Sequence[Place], slots: int, first: int, *, read: bool) -> Behind:
    """Of `slots` slots from the `first` on. `read`: while one reader asks each standby, one request after the other."""
    context = get_context("spawn")
    last, told = context.Value("q", NOT_YET), context.Queue()
    urls = [database.url, *(place.url for place in standbys)]
    watcher = context.Process(target=_look, args=(urls, last, told), daemon=True)
    bodies, seconds = [body(place) for place in range(BODIES)], slots * stage.UNITS / RATE
    with serving(database) as service, ThreadPoolExecutor(len(standbys)) as readers:
        watcher.start()
        assert told.get(timeout=LOST_AFTER_S) == "ready"
        asked = standbys if read else ()
        reading = [readers.submit(load, place.served.port, "/graphql", bodies, 1, seconds) for place in asked]
        before, begun = [place.following() for place in standbys], time.monotonic()
        sent = send(service, slots, first)
        taken = time.monotonic() - begun
        used = sum(place.following() - start for place, start in zip(standbys, before, strict=True))
        last.value = max(command.position for command in sent)
        looks = told.get(timeout=LOST_AFTER_S)
        reads = sum(reader.result() for reader in reading)
    watcher.join(10)
    waits = [_waits(sent, seen) for seen in looks]
    return Behind(len(sent) / taken, waits, reads, used / len(standbys) / taken, os.getloadavg()[0])


def _look(urls: Sequence[str], last: Synchronized[int], told: Queue[Any]) -> None:
    """A process of its own: the positions that each place's views came to, and when, until all stand at the `last`."""
    ready = threading.Barrier(len(urls) + 1)

    def look(url: str) -> list[tuple[int, float]]:
        seen = [(0, 0.0)]
        with Database(url).connect(READER, autocommit=True) as connection:
            ready.wait(LOST_AFTER_S)
            while seen[-1][0] < last.value:
                ((_, _, position, *_),) = connection.execute(SQL["live"]).fetchall()
                if position > seen[-1][0]:
                    seen.append((position, time.monotonic()))
                time.sleep(LOOK_S)
        return seen

    with ThreadPoolExecutor(len(urls)) as looking:
        looks = [looking.submit(look, url) for url in urls]
        ready.wait(LOST_AFTER_S)
        told.put("ready")
        told.put([place.result() for place in looks])


def _waits(sent: Sequence[Sent], seen: Sequence[tuple[int, float]]) -> list[float]:
    """Milliseconds from each answer to the first look that stands at its position or later, in the order of `sent`."""
    positions = [position for position, _ in seen]
    looks = [seen[bisect_left(positions, command.position)][1] for command in sent]
    return [1000 * max(0.0, at - command.at) for at, command in zip(looks, sent, strict=True)]


def _lag(behind: Behind) -> Row:
    """The standbys' returns together."""
    here, *there = behind.waits
    lag = [wait for waits in there for wait in waits]
    more = [wait - own for waits in there for wait, own in zip(waits, here, strict=True)]
    p99 = percentile(lag, 99)
    asked = f"one reader of each without a pause ({behind.reads:.0f} requests/s in all)"
    return Row(
        f"replicas: entry → views of two standbys at {TIMES_PEAK}× the peak{', which are read' if behind.reads else ''}",
        f"p50 {percentile(lag, 50):.0f} ms, p99 {p99:.0f} ms, max {max(lag):.0f} ms",
        f"p50 {percentile(here, 50):.0f} ms, p99 {percentile(here, 99):.0f} ms (the primary's views)",
        f"{p99 / percentile(here, 99):.1f}×",
        f"p99 ≤ {TARGET_MS:.0f} ms",
        p99 <= TARGET_MS,
        f"{len(here):,} returns of four figures at {behind.rate:.0f}/s through the command service, two standbys by streaming replication"
        f" (asynchronous) with a server at each, {asked if behind.reads else 'nobody reading'}; from the primary's answer to the first look, one in"
        f" {1000 * LOOK_S:.0f} ms, that finds the views at its position. Behind the primary's own views: p50 {percentile(more, 50):.0f} ms, p99"
        f" {percentile(more, 99):.0f} ms. Following took {100 * behind.following:.1f} % of a core. Load average"
        f" of the machine {behind.loaded:.0f}.",
    )


def _reads(cost: Compared, following: float, requests: int, loads: tuple[float, float]) -> Row:
    two = STANDBYS * cost.ratio
    return Row(
        "replicas: 1,900 areas × 8 fields over two replicas, no request twice",
        f"{cost.ours:.1f} queries/CPU-s",
        f"{cost.peer:.1f} queries/CPU-s (one server at the primary)",
        f"{cost.ratio:.2f}×",
        f"≥ {TARGET_THROUGHPUT / STANDBYS:.2f}× ({TARGET_THROUGHPUT}× with a core each)",
        two >= TARGET_THROUGHPUT,
        f"{requests:,} requests over {CONNECTIONS} connections on either side, the log at rest; CPU seconds of server processes and of all their PostgreSQL does. The"
        f" {TARGET_THROUGHPUT}× itself cannot be shown by the clock on two cores, which primary, standbys, servers and load share: computed, two replicas with a core each"
        f" give {two:.2f}× of one server with one, and {two * (1 - following):.2f}× at {TIMES_PEAK}× the peak, when following takes {100 * following:.1f} % of a core."
        f" Load average of the machine {loads[0]:.0f} when it began, {loads[1]:.0f} when it ended.",
    )
