"""Rebuild all views from a log of a million events of four figures.

Against PostgreSQL merely unpacking the same figures (parse, walk, count: the floor for whatever reads this log) and
against the `eventsourcing` library's projection runner on a sample. Every rebuild runs in a process of its own, whose
peak memory is reported: it must not grow with the log.
"""

from __future__ import annotations

import resource
import sys
import time
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import stage
from benchmarks.library import in_memory_rate, in_postgres_rate
from benchmarks.measure import Compared, alternate
from benchmarks.table import Row
from projections.rebuild import rebuild
from reporting.database.connect import Database
from reporting.database.sql import load

SQL = load("benchmarks")
FLOOR, UNPACK, LIBRARY = 200_000, 2.5, 5.0


def run(server_url: str, quick: bool) -> list[Row]:
    sizes, rounds = ((5_000, 20_000), 1) if quick else ((250_000, 1_000_000), 3)
    small, large = (_measured(server_url, size, rounds) for size in sizes)
    memory_sample, durable_sample = (2_000, 200) if quick else (20_000, 3_000)
    in_memory = median(in_memory_rate(memory_sample) for _ in range(rounds))
    in_postgres = median(_durable(server_url, durable_sample) for _ in range(rounds))
    (found, memory), events = large, sizes[-1]
    rate, times_unpack = events / found.ours, found.ratio
    grown = memory - small[1]
    return [
        Row(
            f"rebuild: {events:,} events × 4 figures",
            f"{rate:,.0f} events/s",
            f"{events / found.peer:,.0f} events/s (unpack only)",
            f"{times_unpack:.2f}× its time",
            f"≥ {FLOOR:,}/s or ≤ {UNPACK}×",
            rate >= FLOOR or times_unpack <= UNPACK,
            "`projections.rebuild` from nothing to live views: figures, totals of every area, keys, switch; against `SELECT"
            " count(*)` over every figure of the log as PostgreSQL plans it by itself.",
        ),
        _library(
            "durable views", rate, in_postgres, durable_sample, "Durable tables on either side.", LIBRARY
        ),
        _library(
            "views in memory",
            rate,
            in_memory,
            memory_sample,
            "Dictionaries that are gone when the process ends: a bound for whatever is built on it, beside durable tables.",
        ),
        Row(
            f"rebuild: peak memory of the process, {sizes[0]:,} → {events:,} events",
            f"{memory:.0f} MB",
            f"{small[1]:.0f} MB",
            f"{memory / small[1]:.2f}×",
            "constant (≤ 1.1×)",
            memory <= 1.1 * small[1],
            f"Resident set of the process that rebuilds; {grown:+.1f} MB for {events // sizes[0]} times the events.",
        ),
    ]


def _library(
    views: str, rate: float, peer: float, sample: int, what: str, target: float | None = None
) -> Row:
    return Row(
        f"rebuild: the library's projection runner, {views}",
        f"{rate:,.0f} events/s",
        f"{peer:,.0f} events/s",
        f"{rate / peer:.1f}×",
        f"≥ {target:.0f}×" if target else "–",
        rate / peer >= target if target else None,
        f"`ProjectionRunner` on a sample of {sample:,} such events out of memory, same figures and totals; its rate does not"
        f" depend on their number. {what}",
    )


def _durable(server_url: str, sample: int) -> float:
    with stage.database(server_url, "bench_library") as database:
        return in_postgres_rate(sample, database)


def _measured(server_url: str, events: int, rounds: int) -> tuple[Compared, float]:
    """Seconds of (rebuild, unpack), and the rebuilding process' peak memory in MB."""
    with stage.database(server_url, f"bench_rebuild_{events}") as database:
        stage.define(database, stage.ELECTIONS)
        with database.connect(autocommit=True) as owner:
            with owner.transaction():
                bounds = {"events": events, "units": stage.UNITS, "slots": stage.SLOTS}
                owner.execute(SQL["figures"], bounds)
                owner.execute(SQL["move_head"])
            owner.execute("VACUUM (ANALYZE) ledger.event")
            peaks = []

            def ours() -> float:
                for (name,) in owner.execute(SQL["view_schemas"]).fetchall():
                    owner.execute(f"DROP SCHEMA {name} CASCADE".encode())
                owner.execute(SQL["forget_views"])
                owner.execute("CHECKPOINT")
                with get_context("spawn").Pool(1) as pool:
                    seconds, peak = pool.apply(_rebuild, (database.url,))
                peaks.append(peak)
                return seconds

            def unpack() -> float:
                begun = time.perf_counter()
                counted = owner.execute(SQL["unpack"]).fetchone()
                assert counted == (4 * events,)
                return time.perf_counter() - begun

            return alternate(rounds, ours, unpack), max(peaks)


def _rebuild(url: str) -> tuple[float, float]:
    begun = time.perf_counter()
    rebuild(Database(url))
    return time.perf_counter() - begun, _peak_mb()


def _peak_mb() -> float:
    status = Path("/proc/self/status")
    if status.exists():  # ru_maxrss would remember the parent this process was forked from
        values: dict[str, Any] = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(values["VmHWM"].split()[0]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
