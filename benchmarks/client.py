"""The Python client beside `pandas.read_csv`: the same series of 11,280 observations over HTTP into a frame, each with all columns.

The client's frame holds exact decimals and its answer is of one position, page by page; `read_csv` guesses types, reads numbers as
floats and checks nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import pandas
from reporting_client import Client

from benchmarks import product, stage
from benchmarks.measure import compare
from benchmarks.series import ITEMS, OBSERVATIONS, fill
from benchmarks.table import Row

TARGET = 2.0
FAR = date(2100, 1, 1)
COLUMNS = (
    "election",
    "area",
    "item",
    "value",
    "obs_status",
    "coverage",
    "previous_value",
    "difference",
    "citation",
)
"""Compared cell by cell."""


def run(server_url: str, quick: bool) -> list[Row]:
    with stage.database(server_url, "bench_client") as database:
        fill(database)
        with product.serve(database) as port, Client(f"http://127.0.0.1:{port}") as client:
            pairs = [_round(client, port, place) for place in range(3 if quick else 6)][1:]
    measured = compare(pairs)
    return [
        Row(
            f"client: to_pandas of {OBSERVATIONS:,} observations",
            f"{1000 * measured.ours:.0f} ms",
            f"{1000 * measured.peer:.0f} ms (pandas.read_csv of /series.csv)",
            f"{measured.ratio:.2f}×",
            f"≤ {TARGET:.0f}×",
            measured.ratio <= TARGET,
            "All columns of the same observations, from the question to the frame, over HTTP from one server process, no request twice; the"
            " client's numbers are exact decimals, read_csv's floats.",
        )
    ]


def _round(client: Client, port: int, place: int) -> tuple[float, float]:
    until = FAR + timedelta(days=place)  # no request twice
    query = {
        "geography": "adm",
        "level": "prefecture",
        "item": ",".join(ITEMS),
        "to": until.isoformat(),
        "includeTests": "true",
    }
    address = f"http://127.0.0.1:{port}/series.csv?{urlencode(query)}"
    ways: list[Callable[[], Any]] = [
        lambda: client.series(
            *ITEMS, geography="adm", level="prefecture", until=until, include_tests=True
        ).to_pandas(),
        lambda: pandas.read_csv(address),
    ]
    timed = [_timed(way) for way in (ways if place % 2 else reversed(ways))]
    ours, peer = timed if place % 2 else reversed(timed)
    if place == 0:
        _same(ours[0], pandas.read_csv(address, dtype=str, keep_default_na=False))
    return ours[1], peer[1]


def _timed(way: Callable[[], Any]) -> tuple[Any, float]:
    begun = time.perf_counter()
    frame = way()
    return frame, time.perf_counter() - begun


def _same(ours: Any, texts: Any) -> None:
    if len(ours) != OBSERVATIONS or list(ours.columns) != list(texts.columns):
        raise RuntimeError("the two ways answer differently")
    for name in COLUMNS:
        told = ["" if value is None or value is pandas.NA else str(value) for value in ours[name]]
        if told != list(texts[name]):
            raise RuntimeError(f"the two ways answer differently: {name}")
