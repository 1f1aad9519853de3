"""The one table all benchmarks fill, and the facts of the machine it was measured on."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any, LiteralString

import psycopg
from psycopg import Connection

HEADINGS = ("benchmark", "ours", "peer", "ratio", "target", "met")

MET = {None: "–", True: "yes", False: "no"}


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison. `met` None: there is no target, or it could not be measured."""

    benchmark: str
    ours: str
    peer: str
    ratio: str
    target: str
    met: bool | None
    note: str = ""

    @property
    def name(self) -> str:
        """Of the benchmark the row comes from."""
        return self.benchmark.partition(":")[0]

    def cells(self) -> tuple[str, ...]:
        return self.benchmark, self.ours, self.peer, self.ratio, self.target, MET[self.met]


def not_measured(benchmark: str, target: str, why: str) -> Row:
    return Row(benchmark, "–", "–", "not measured", target, None, why)


def facts(url: str) -> list[str]:
    """What the numbers depend on; nothing that names the machine."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(
            "SELECT current_setting('server_version'), current_setting('fsync'),"
            " current_setting('synchronous_commit'), current_setting('shared_buffers')"
        ).fetchone()
        connection.execute("CREATE TABLE commit_cost (n int)")
        commits = [_timed(connection, "INSERT INTO commit_cost VALUES (1)") for _ in range(100)]
        connection.execute("DROP TABLE commit_cost")
    assert row is not None
    return [
        f"{os.cpu_count()} cores ({platform.machine()}), shared by load, server and database",
        f"PostgreSQL {row[0]}: fsync {row[1]}, synchronous_commit {row[2]}, shared_buffers {row[3]}",
        f"one durable commit of one row: {1000 * median(commits):.2f} ms (group append gains more where this is slower)",
        f"Python {platform.python_version()}",
        f"{datetime.now(UTC):%Y-%m-%d}",
    ]


def _timed(connection: Connection[Any], statement: LiteralString) -> float:
    begun = time.perf_counter()
    connection.execute(statement)
    return time.perf_counter() - begun


def markdown(rows: Sequence[Row]) -> str:
    cells = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(HEADINGS))]

    def line(parts: Sequence[str]) -> str:
        padded = (part.ljust(width) for part, width in zip(parts, widths, strict=True))
        return f"| {' | '.join(padded)} |"

    rule = f"|{'|'.join('-' * (width + 2) for width in widths)}|"
    return "\n".join([line(HEADINGS), rule, *(line(one) for one in cells[1:])])


def rows_of(text: str) -> list[Row]:
    """The rows of a document written before."""
    lines = text.splitlines()
    notes = dict(line[4:].split("**: ", 1) for line in lines if line.startswith("- **"))
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("| ")]
    met = {shown: value for value, shown in MET.items()}
    return [Row(*row[:5], met[row[5]], notes.get(row[0], "")) for row in cells if tuple(row) != HEADINGS]


def document(rows: Sequence[Row], machine: Sequence[str]) -> str:
    """The whole of docs/benchmarks.md."""
    parts = [
        "# Benchmarks",
        "",
        "Written by `python3 do.py bench`; do not edit. Ours and the peer take turns within one run and the ratio is the",
        "median of the rounds' ratios (the library's projection runner alone runs after ours, on a sample): compare ratios, not",
        "absolute numbers, between machines.",
        "",
        *(f"- {fact}" for fact in machine),
        "",
        markdown(rows),
        "",
    ]
    if notes := [f"- **{row.benchmark}**: {row.note}" for row in rows if row.note]:
        parts += ["## What was measured", "", *notes, ""]
    return "\n".join(parts)
