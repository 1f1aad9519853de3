"""A whole series of a million observations over HTTP, its pages, and a position of the past: what each costs beside the plainest way.

The stream beside `COPY … TO STDOUT` of the same statement, whole, on an open connection; all pages of 1,000 beside one answer of
the same rows; a past position beside now.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from multiprocessing import active_children
from pathlib import Path
from typing import Any

from benchmarks import product, series, stage
from benchmarks.load import post
from benchmarks.measure import compare, process_seconds, server_seconds
from benchmarks.table import Row
from projections.read import Sees, ViewReader
from projections.series.chunks import Chunk
from projections.series.plan import SeriesQuery
from projections.series.read import SeriesReader
from projections.series.rows import COLUMNS
from reporting.database.connect import Database
from reporting.domain.layer import ENTERED

ELECTIONS, FEW = 65, 6
ITEMS = series.ITEMS
SHARE, TURNED, SMALL = 0.3, 2.0, 3.0
"""Rows a second of COPY's; all pages against the whole; a past position against now."""
FLAT = 1.15
PAGE, WHOLE = 1_000, 19_000
AREAS = 1 + stage.PREFECTURES + stage.UNITS


def run(server_url: str, quick: bool) -> list[Row]:
    elections = FEW if quick else ELECTIONS
    with stage.database(server_url, "bench_stream") as database:
        series.fill(database, elections)
        with product.process(database) as served:
            return [
                *_streamed(database, served.port, elections),
                _paged(database, served, 2 if quick else 3),
                *_then(database, served.port, 2 if quick else 5, elections),
            ]


def _streamed(database: Database, port: int, elections: int) -> Iterator[Row]:
    (server,) = active_children()
    last = elections // 10 + 1
    _taken(port, f"to={2000 + last}-12-31")
    before = _peak(server.pid)
    rows, took = _taken(port, "")
    after = _peak(server.pid)
    copied, plain = _copied(database)
    if rows != copied or rows != AREAS * elections * len(ITEMS):
        raise RuntimeError(f"{rows} rows were streamed, {copied} copied")
    ours, peer = rows / took, rows / plain
    yield Row(
        f"stream: {rows:,} observations as NDJSON", f"{ours:,.0f} rows/s", f"{peer:,.0f} rows/s (COPY)",
        f"{ours / peer:.2f}×", f"≥ {SHARE}×", ours / peer >= SHARE,
        f"`GET /series.ndjson` over one connection, every field and citation, {took:.0f} s; beside `COPY (…) TO STDOUT` of the"
        f" statement of the whole series on an open connection, {plain:.0f} s.",
    )  # fmt: skip
    yield Row(
        f"stream: peak memory of the server, {AREAS * last * len(ITEMS):,} → {rows:,} observations", f"{after:.0f} MB",
        f"{before:.0f} MB", f"{after / before:.2f}×", f"constant (≤ {FLAT}×)", after / before <= FLAT,
        "Resident set of the server's process at its highest, after the shorter stream and after the longer.",
    )  # fmt: skip


def _taken(port: int, narrowed: str) -> tuple[int, float]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    begun = time.perf_counter()
    asked = f"item={','.join(ITEMS)}&geography=adm&includeTests=true&{narrowed}".rstrip("&")
    connection.request("GET", f"/series.ndjson?{asked}")
    answer, rows = connection.getresponse(), 0
    if answer.status != 200:
        raise RuntimeError(answer.read(500))
    while part := answer.read(1 << 16):
        rows += part.count(b"\n")
    connection.close()
    return rows, time.perf_counter() - begun


def _peak(process: int | None) -> float:
    """MB."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1_000


def _copied(database: Database) -> tuple[int, float]:
    reader = ViewReader(database)
    with reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
        query = SeriesQuery(ITEMS, "adm", tests=True, limit=10**9)
        every = SeriesReader(snapshot, query, lambda definition: ENTERED)
        statement, values = every.statement(
            "answer_lines", {name: name for name in COLUMNS[:-1]}, _all(every), 10**9
        )
        connection = snapshot.connection
        connection.execute("SET LOCAL statement_timeout = 0")
        connection.execute("SET LOCAL enable_nestloop = off; SET LOCAL enable_mergejoin = off")
        begun, rows = time.perf_counter(), 0
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY ({statement.strip().rstrip(';')}) TO STDOUT".encode(), values) as copied,
        ):
            for part in copied:
                rows += bytes(part).count(b"\n")
        took = time.perf_counter() - begun
    reader.close()
    return rows, took


def _all(reader: SeriesReader) -> Chunk:
    return Chunk(tuple(range(len(reader.wanted))), None, 0)


PAGES = """query P($first: Int!, $after: String) { series(item: ["a"], geography: "adm", level: "municipality",
  from: "2001-01-01", to: "%s", includeTests: true, first: $first, after: $after) {
  nodes { election area value obsStatus previousValue difference citation } pageInfo { hasNextPage endCursor } } }"""


def _paged(database: Database, served: product.Served, times: int) -> Row:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=600)
    document = PAGES % "2010-12-31"
    pairs: list[tuple[float, float]] = []
    with database.connect(autocommit=True) as looking:

        def spent() -> float:
            return process_seconds(served.pid) + server_seconds(looking, 0)

        for turn in range(times + 1):
            begun = spent()
            whole = _nodes(connection, document, 19_900 + turn, None)
            took, begun = spent() - begun, spent()
            nodes, after = [], None
            while True:
                page = _nodes(connection, document, PAGE, after)
                nodes += page["nodes"]
                after = page["pageInfo"]["endCursor"]
                if not page["pageInfo"]["hasNextPage"]:
                    break
            if turn:
                pairs.append((spent() - begun, took))
            if nodes != whole["nodes"]:
                raise RuntimeError("pages are not the whole")
    connection.close()
    times_of = compare(pairs)
    return Row(
        f"stream: {len(nodes):,} observations in pages of {PAGE:,}", f"{times_of.ours:.2f} CPU-s",
        f"{times_of.peer:.2f} CPU-s (one answer)", f"{times_of.ratio:.2f}×", f"≤ {TURNED}×", times_of.ratio <= TURNED,
        f"All pages of GraphQL's `series` over one connection beside one answer of the same observations;"
        f" CPU seconds of the product's server and of PostgreSQL, {times} rounds.",
    )  # fmt: skip


def _nodes(
    connection: http.client.HTTPConnection, document: str, first: int, after: str | None
) -> dict[str, Any]:
    body = json.dumps({"query": document, "variables": {"first": first, "after": after}}).encode()
    answer: dict[str, Any] = json.loads(post(connection, "/graphql", body))["data"]["series"]
    return answer


THEN = """query T($first: Int!, $asOf: AsOfInput) { series(item: %s, geography: "adm", level: "prefecture", includeTests: true,
  first: $first, asOf: $asOf, from: "2001-01-01", to: "2030-12-31") {
  nodes { election area item value obsStatus coverage previousValue difference citation } } }"""


def _then(database: Database, port: int, times: int, elections: int) -> Iterator[Row]:
    with database.connect() as owner:
        row = owner.execute("SELECT position FROM ledger.head").fetchone()
    assert row is not None
    head = int(row[0])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    document = THEN % json.dumps(list(ITEMS))
    figures = min(elections, 30) * stage.UNITS * 7
    for name, position in (
        ("one event back", head - 1),
        ("half of the log back", head - elections * stage.UNITS // 2),
    ):
        pairs = []
        for turn in range(times + 1):
            took = [_asked(connection, document, 19_900 - turn, at) for at in ({"position": position}, None)]
            if turn:
                pairs.append((took[0], took[1]))
        found = compare(pairs)
        yield Row(
            f"stream: a series as of {name}, {figures:,} figures", f"{found.ours:.2f} s", f"{found.peer:.2f} s (now)",
            f"{found.ratio:.2f}×", f"≤ {SMALL:.0f}×", found.ratio <= SMALL,
            f"47 prefectures × {min(elections, 30)} elections × 8 items over HTTP, as of that position beside now; {times} rounds.",
        )  # fmt: skip
    connection.close()


def _asked(
    connection: http.client.HTTPConnection, document: str, first: int, position: dict[str, int] | None
) -> float:
    begun = time.perf_counter()
    post(
        connection,
        "/graphql",
        json.dumps({"query": document, "variables": {"first": first, "asOf": position}}).encode(),
    )
    return time.perf_counter() - begun
