"""Rebuild all views from a log of a million events of four figures: a night that was corrected and approved.

Against PostgreSQL merely unpacking the same figures (parse, walk, count: the floor for whatever reads this log) and
against the `eventsourcing` library's projection runner on a sample. Every rebuild runs in a process of its own, whose
peak memory, its workers' with it, is reported: it must not grow with the log.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from multiprocessing import get_context
from statistics import median

import psycopg

from benchmarks import stage
from benchmarks.library import in_memory_rate, in_postgres_rate
from benchmarks.measure import Resident, own_seconds, server_seconds
from benchmarks.table import Row
from projections.rebuild import rebuild
from reporting.database.connect import Database
from reporting.database.sql import load

SQL = load("benchmarks")
FLOOR, UNPACK, LIBRARY = 200_000, 3.0, 5.0
WHAT = "`projections.rebuild` from nothing to live views: figures, totals of every area, keys, switch"


@dataclass(frozen=True, slots=True)
class Took:
    """Medians of the rounds: seconds by the clock, and CPU seconds of ours and of the server together. `peak`: MB."""

    seconds: float
    cpu: float
    unpack: float
    unpack_cpu: float
    peak: float


def run(server_url: str, quick: bool) -> list[Row]:
    sizes, rounds = ((5_000, 20_000), 1) if quick else ((250_000, 1_000_000), 3)
    events = sizes[-1]
    small, large = (measured(server_url, "night", size, rounds) for size in sizes)
    whole = measured(server_url, "offices", sizes[0], rounds)
    plain = measured(server_url, "figures", events, rounds)
    memory_sample, durable_sample = (2_000, 200) if quick else (20_000, 3_000)
    in_memory = median(in_memory_rate(memory_sample) for _ in range(rounds))
    in_postgres = median(_durable(server_url, durable_sample) for _ in range(rounds))
    rate = events / large.seconds
    return [
        _row(
            f"rebuild: {events:,} events × 4 figures, 9 % corrections, two levels of approval",
            large,
            events,
            WHAT,
        ),
        _row(
            f"rebuild: {sizes[0]:,} such events of elections with offices",
            whole,
            sizes[0],
            f"{WHAT}, and where each return stands, folded in Python event by event",
            judged=False,
        ),
        _row(f"rebuild: {events:,} events × 4 figures, none corrected or approved", plain, events, WHAT),
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
            f"rebuild: peak memory of all its processes, {sizes[0]:,} → {events:,} events",
            f"{large.peak:.0f} MB",
            f"{small.peak:.0f} MB",
            f"{large.peak / small.peak:.2f}×",
            "constant (≤ 1.1×)",
            large.peak <= 1.1 * small.peak,
            f"Resident sets of the process that rebuilds and of its workers, summed; {large.peak - small.peak:+.1f} MB for"
            f" {events // sizes[0]} times the events.",
        ),
    ]


def _row(what: str, took: Took, events: int, note: str, *, judged: bool = True) -> Row:
    rate, times = events / took.seconds, took.cpu / took.unpack_cpu
    return Row(
        what,
        f"{rate:,.0f} events/s, {took.cpu:.1f} CPU-s",
        f"{events / took.unpack:,.0f} events/s, {took.unpack_cpu:.1f} CPU-s (unpack only)",
        f"{times:.2f}× its CPU",
        f"≥ {FLOOR:,}/s and ≤ {UNPACK:.0f}×" if judged else "–",
        rate >= FLOOR and times <= UNPACK if judged else None,
        f"{note}; against `SELECT count(*)` over every figure of the log as PostgreSQL plans it by itself. CPU seconds of client,"
        " workers and server together.",
    )


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


def measured(server_url: str, log: str, events: int, rounds: int, elections: int = stage.ELECTIONS) -> Took:
    """`log`: `figures`, `night`, or `offices` (a night of elections with a workflow)."""
    with stage.database(server_url, f"bench_rebuild_{events}") as database:
        stage.define(database, elections, offices=log == "offices")
        with database.connect(autocommit=True) as owner:
            owner.execute(SQL["bulk_index"])
            fill(owner, log, events)
            owner.execute(SQL["bulk_index_again"])
            rebuilt, unpacked = [], []
            for _ in range(rounds):
                rebuilt.append(_rebuilt(owner, database))
                before, begun = server_seconds(owner), time.perf_counter()
                counted = owner.execute(SQL["unpack"]).fetchone()
                assert counted == (4 * events,)
                unpacked.append((time.perf_counter() - begun, server_seconds(owner) - before))
    (seconds, cpu, peak), (unpack, unpack_cpu) = (
        map(median, zip(*of, strict=True)) for of in (rebuilt, unpacked)
    )
    return Took(seconds, cpu, unpack, unpack_cpu, peak)


def fill(owner: psycopg.Connection[object], log: str, events: int) -> None:
    """`log`: `figures` or `night`, into a log without returns."""
    ((after,),) = owner.execute("SELECT position FROM ledger.head").fetchall()
    with owner.transaction():
        bounds = {"events": events, "units": stage.UNITS, "slots": stage.SLOTS}
        owner.execute(SQL["figures" if log == "figures" else "night"], bounds)
        owner.execute(SQL["night_commands"], {"after": after})
        owner.execute(SQL["move_head"])
    owner.execute("VACUUM (ANALYZE) ledger.event")
    owner.execute("VACUUM (ANALYZE) ledger.command")


def _rebuilt(owner: psycopg.Connection[object], database: Database) -> tuple[float, float, float]:
    """Seconds, CPU seconds and MB of one rebuild from nothing."""
    for (name,) in owner.execute(SQL["view_schemas"]).fetchall():
        owner.execute(f"DROP SCHEMA {name} CASCADE".encode())
    owner.execute(SQL["forget_views"])
    owner.execute("CHECKPOINT")
    before = server_seconds(owner)
    with get_context("spawn").Pool(1) as pool:
        seconds, cpu, peak = pool.apply(_rebuild, (database.url,))
    return seconds, cpu + server_seconds(owner) - before, peak


def _rebuild(url: str) -> tuple[float, float, float]:
    used, begun = own_seconds(), time.perf_counter()
    with Resident() as memory:
        rebuild(Database(url))
        seconds = time.perf_counter() - begun
    return seconds, own_seconds() - used - memory.cpu, memory.peak
