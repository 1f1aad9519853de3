"""A nation's polling stations in one file: imported and verified through the command line, each a process of its own.

The import beside PostgreSQL taking the same file into one flat table; the verification beside the rebuild it contains.
What matters most is the memory of the process: it must not grow with the file or the log."""

from __future__ import annotations

import csv
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

from benchmarks import stage
from benchmarks.measure import timed_program
from benchmarks.table import Row
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.database.sql import load
from reporting.domain.areas import AreaRecord, GeographyRecord
from reporting.domain.election import ElectionDefinition
from reporting.ledger import Ledger

SQL = load("benchmarks")
PROGRAM = Path(sys.executable).with_name("reporting")
MEGABYTES = 200.0
CHOICES = 50
MUNICIPALITIES = 1_900


def run(server_url: str, quick: bool) -> list[Row]:
    stations = 400 if quick else 20_000
    cells = stations * CHOICES
    with tempfile.TemporaryDirectory() as name, stage.database(server_url, "bench_file") as database:
        path = Path(name) / "returns.csv"
        define(database, stations)
        write(path, stations)
        copied = copy_seconds(database, path)
        taken, import_peak = _cli(database, "import", "returns", str(path))
        rebuilt, _ = _cli(database, "projections", "rebuild")
        verified, verify_peak = _cli(database, "projections", "verify")
    target = f"≤ {MEGABYTES:.0f} MB"
    return [
        Row(
            f"file: import of {cells:,} cells",
            f"{taken:.1f} s, {import_peak:.0f} MB",
            f"{copied:.1f} s (COPY)",
            f"{taken / copied:.1f}× its time",
            target,
            import_peak <= MEGABYTES,
            f"`reporting import returns` of {stations:,} stations × {CHOICES} choices: every row checked, compared with what stands,"
            " appended in one durable transaction; against COPY of the same rows into a flat table. Resident memory at its"
            " highest.",
        ),
        Row(
            f"file: verify of {cells:,} cells",
            f"{verified:.1f} s, {verify_peak:.0f} MB",
            f"{rebuilt:.1f} s (rebuild)",
            f"{verified / rebuilt:.1f}× its time",
            target,
            verify_peak <= MEGABYTES,
            "`reporting projections verify`: a rebuild beside the live views, both compared, and the log's meaning in plain Python"
            " compared row for row; against `reporting projections rebuild`. Resident memory at its highest.",
        ),
    ]


def _cli(database: Database, *words: str) -> tuple[float, float]:
    return timed_program(PROGRAM, words, {**os.environ, "REPORTING_DATABASE_URL": database.url})


def copy_seconds(database: Database, path: Path) -> float:
    """Seconds to COPY the very file into a table, with its primary key."""
    with database.connect(autocommit=True) as connection:
        connection.execute(SQL["flat_file"])
        begun = time.perf_counter()
        with connection.cursor() as cursor, cursor.copy(SQL["copy_file"].encode()) as into:
            into.write(path.read_bytes())
        return time.perf_counter() - begun


def station(number: int) -> str:
    return f"s{number:05d}"


def votes(number: int, choice: int) -> int:
    return (number * 7919 + choice * 101) % 9973


def write(path: Path, stations: int) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("election", "form", "slot", "unit", "contest", "item", "choice", "value"))
        for number in range(stations):
            for choice in range(CHOICES):
                rows.writerow(
                    (
                        "file",
                        "count",
                        "final",
                        station(number),
                        "pr",
                        "votes",
                        f"c{choice:02d}",
                        votes(number, choice),
                    )
                )


def define(target: Database, stations: int) -> None:
    ledger = Ledger(target)
    try:
        service = Reporting(ledger)
        levels = ("nation", "prefecture", "municipality", "station")
        geography = GeographyRecord.model_validate(
            {
                "code": "adm",
                "label": stage.label("adm"),
                "levels": [{"code": code, "label": stage.label(code)} for code in levels],
            }
        )
        service.declare_registry("stations", (geography,), tuple(_areas(stations)), stage.ACTOR, uuid4())
        service.define_election(_election(), stage.ACTOR, uuid4())
    finally:
        ledger.close()


def _areas(stations: int) -> Iterator[AreaRecord]:
    def area(code: str, level: str, parent: str | None) -> AreaRecord:
        return AreaRecord(
            geography="adm",
            code=code,
            level=level,
            name=f"地域{code}",
            parent=parent,
            valid_from=date(2000, 1, 1),
        )

    yield area("JP", "nation", None)
    yield from (area(f"p{n:02d}", "prefecture", "JP") for n in range(stage.PREFECTURES))
    for number in range(MUNICIPALITIES):
        yield area(f"m{number:04d}", "municipality", f"p{number % stage.PREFECTURES:02d}")
    yield from (area(station(n), "station", f"m{n % MUNICIPALITIES:04d}") for n in range(stations))


def _election() -> ElectionDefinition:
    values: dict[str, Any] = {
        "code": "file",
        "label": stage.label("file"),
        "kind": "general",
        "polling_date": date(2024, 1, 1),
        "is_test": True,
        "registry": "stations",
        "geographies": ["adm"],
        "units": {"geography": "adm", "levels": ["station"]},
        "items": [{"code": "votes", "label": stage.label("votes"), "kind": "count", "by_choice": True}],
        "contests": [
            {
                "code": "pr",
                "label": stage.label("pr"),
                "kind": "any",
                "area": {"geography": "adm", "area": "JP"},
                "choices": [{"code": f"c{n:02d}", "name": f"候補{n}"} for n in range(CHOICES)],
            }
        ],
        "forms": [
            {
                "code": "count",
                "label": stage.label("count"),
                "items": ["votes"],
                "slots": [{"code": "final", "label": stage.label("final")}],
            }
        ],
    }
    return ElectionDefinition.model_validate(values)
