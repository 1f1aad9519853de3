"""A wide table, one row a polling station: imported through the command line, beside COPY of the very same rows.

Two tables of the same stations: the second has five times as many columns, and must not take more memory for it.
"""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import file, stage
from benchmarks.measure import own_seconds, server_seconds, timed_program
from benchmarks.table import Row
from reporting.database.connect import Database

TARGET, SAME_MEMORY = 0.3, 1.15
MAPPING = """
mapping = "across"
label = { ja = "投票所の横持ちの表", en = "Polling stations, choices across" }
source = "made for this benchmark"
unit = { column = "unit", by = "code" }
[file]
encoding = "utf-8"
head = "unit"
[numbers]
blank = "refused"
[wide]
head_rows = 1
totals = []
[wide.choices]
contest = { value = "pr" }
item = "votes"
"""


def run(server_url: str, quick: bool) -> list[Row]:
    stations = 400 if quick else 20_000
    with tempfile.TemporaryDirectory() as name, stage.database(server_url, "bench_across") as database:
        folder = Path(name)
        (folder / "across.toml").write_text(MAPPING, encoding="utf-8")
        file.define(database, stations)
        file.write(folder / "tall.csv", stations)
        copied = _cpu_seconds(database, lambda: file.copy_seconds(database, folder / "tall.csv"))
        _, few = _imported(database, folder, stations, file.CHOICES // 5)
        # a file that repeats what stands would be no work: the whole table goes into a database of its own
        with stage.database(server_url, "bench_across_whole") as whole:
            file.define(whole, stations)
            taken, peak = _imported(whole, folder, stations, file.CHOICES)
    cells = stations * file.CHOICES
    return [
        Row(
            f"across: import of a wide table of {cells:,} cells",
            f"{taken:.1f} CPU-s",
            f"{copied:.1f} CPU-s (COPY)",
            f"{copied / taken:.2f}×",
            f"≥ {TARGET}×",
            copied / taken >= TARGET,
            f"`reporting import mapped`: {stations:,} stations × {file.CHOICES} choices, every cell named, read, checked, compared with"
            " what stands and appended in one durable transaction, a process of its own; COPY of the same rows, tall, into a flat"
            " table with a primary key. CPU seconds of the process and of the server.",
        ),
        Row(
            f"across: peak memory of the process, {cells // 5:,} → {cells:,} cells",
            f"{peak:.0f} MB",
            f"{few:.0f} MB",
            f"{peak / few:.2f}×",
            f"constant (≤ {SAME_MEMORY}×)",
            peak / few <= SAME_MEMORY,
            "Resident memory at its highest; the same stations, a fifth of the columns.",
        ),
    ]


def _imported(database: Database, folder: Path, stations: int, choices: int) -> tuple[float, float]:
    path = folder / f"across-{choices}.csv"
    with path.open("w", newline="", encoding="utf-8") as given:
        rows = csv.writer(given)
        rows.writerow(("unit", *(f"候補{n}" for n in range(choices))))
        rows.writerows(
            (file.station(n), *(file.votes(n, choice) for choice in range(choices))) for n in range(stations)
        )
    place = ("--election", "file", "--form", "count", "--slot", "final")
    words = ("import", "mapped", str(path), "--mapping", str(folder / "across.toml"), *place)
    environment = {**os.environ, "REPORTING_DATABASE_URL": database.url}
    peaks: list[float] = []
    taken = _cpu_seconds(database, lambda: peaks.append(timed_program(file.PROGRAM, words, environment)[1]))
    return taken, peaks[0]


def _cpu_seconds(database: Database, work: Callable[[], object]) -> float:
    """Of this process, those that it waits for and the server, whose sessions may end meanwhile."""
    with database.connect(autocommit=True) as connection:
        begun = own_seconds() + server_seconds(connection)
        work()
        return own_seconds() + server_seconds(connection) - begun
