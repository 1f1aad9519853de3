"""What the processes take while nobody does anything: `reporting demo --serve` once its night is over, console and API, projector and
outbox in one process; against PostgreSQL with nobody connected, in the same run."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from api.demo.messages import message
from benchmarks import stage
from benchmarks.measure import process_seconds, server_seconds
from benchmarks.product import free_port
from benchmarks.table import Row

UNITS = 12
SETTLE_S = 10.0
"""After the night: views, notices and the server's own writing come to rest."""

SHARE = 1.0
"""Percent of a core."""


def run(server_url: str, quick: bool) -> list[Row]:
    speed, settle, seconds = (50_000, 1.0, 2.0) if quick else (2_000, SETTLE_S, 60.0)
    with (
        stage.database(server_url, "bench_idle") as database,
        psycopg.connect(database.url, autocommit=True) as watch,
    ):
        with _after_the_night(database.url, speed) as pid:
            time.sleep(settle)
            begun = process_seconds(pid), server_seconds(watch, 0)
            time.sleep(seconds)
            process, server = (
                100 * (after - before) / seconds
                for before, after in zip(begun, (process_seconds(pid), server_seconds(watch, 0)), strict=True)
            )
        alone = server_seconds(watch)
        time.sleep(seconds)
        nobody = 100 * (server_seconds(watch, 0) - alone) / seconds
    whole = process + server
    return [
        Row(
            "idle: console, API, projector and database after a night",
            f"{whole:.2f} % of a core",
            f"{nobody:.2f} % (the database, nobody there)",
            f"{whole / nobody:.0f}×" if nobody else "–",
            f"≤ {SHARE:.0f} %",
            whole <= SHARE,
            f"`reporting demo --serve` of {UNITS} units, {settle:.0f} s after its night, over {seconds:.0f} s: {process:.2f} % of the process,"
            f" {server:.2f} % of the server. What the machine counts in is a hundredth of a second.",
        )
    ]


@contextmanager
def _after_the_night(url: str, speed: int) -> Iterator[int]:
    """The process of a demo that goes on serving."""
    with tempfile.TemporaryDirectory() as directory:
        environment = {**os.environ, "REPORTING_DATABASE_URL": url, "REPORTING_DATA_DIR": directory}
        words = ["demo", "--serve", "--units", str(UNITS), "--speed", str(speed), "--port", str(free_port())]
        with subprocess.Popen(
            [sys.executable, "-c", "from api.cli import main; main()", *words],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as demo:
            try:
                assert demo.stderr is not None
                over, said = message("the_night_is_over_still_serving"), list[str]()
                for line in demo.stderr:
                    said.append(line)
                    if over in line:
                        break
                else:
                    raise RuntimeError("".join(said))
                yield demo.pid
            finally:
                demo.terminate()
