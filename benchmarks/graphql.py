"""The wide read over HTTP: 1,900 areas × 8 fields, with the product's server in a process of its own.

Against PostGraphile 5 over the same rows, ready in one flat table (ours joins areas, totals and coverage), and against
PostgreSQL's time for our own statement alone.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from typing import Any

from benchmarks import postgraphile, product, stage
from benchmarks.load import load, post
from benchmarks.measure import alternate, compare
from benchmarks.table import Row, not_measured
from projections.read import TotalsQuery, ViewReader
from reporting.database.connect import Database
from reporting.database.sql import load as statements

CONNECTIONS = 4
PEER, OVER_SQL = 3.0, 1.5
FIELDS = {
    "code": "code",
    "name": "name",
    "nameEn": "name_en",
    "level": "level",
    "geography": "geography",
    "item": "item",
    "value": "value",
    "reported": "reported",
}
OURS = (
    '{election(code:"e1"){contest(code:"c1"){totals(form:"night",slot:"s1",geography:"adm",level:"municipality",'
    f'items:["voters"],first:1900){{nodes{{{" ".join(FIELDS)}}}}}}}}}}}'
)
THEIRS = f"{{allAreaTotals{{nodes{{{' '.join(FIELDS)}}}}}}}"
QUERY = TotalsQuery("night", "s1", "c1", "adm", items=("voters",), level="municipality", limit=stage.UNITS)


def run(server_url: str, quick: bool) -> list[Row]:
    seconds, rounds = (1.0, 1) if quick else (5.0, 5)
    with stage.database(server_url, "bench_graphql") as database:
        product.fill(database)
        _flatten(database)
        with product.serve(database) as port:
            return [
                _against_peer(database, port, seconds, rounds),
                _against_sql(database, port, 50 if quick else 300),
            ]


def _flatten(database: Database) -> None:
    """The answer's rows in the peer's table."""
    reader = ViewReader(database)
    with reader.snapshot() as snapshot:
        totals = snapshot.totals(snapshot.election("e1"), QUERY)
    reader.close()
    rows = [[getattr(row, column) for column in FIELDS.values()] for row in totals]
    with database.connect(autocommit=True) as owner:
        owner.execute(statements("benchmarks")["area_total"])
        with owner.cursor() as cursor:
            cursor.executemany("INSERT INTO flat.area_total VALUES (%s, %s, %s, %s, %s, %s, %s, %s)", rows)
        owner.execute("ANALYZE flat.area_total")


def _against_peer(database: Database, port: int, seconds: float, rounds: int) -> Row:
    name, target = "graphql: 1,900 areas × 8 fields, PostGraphile 5", f"≥ {PEER:.0f}×"

    def rate(where: int, path: str, query: str) -> Callable[[], float]:
        body = json.dumps({"query": query}).encode()
        return lambda: load(where, path, body, CONNECTIONS, seconds).rate

    try:
        other = product.free_port()
        with postgraphile.serve(database.url, other):
            _same(port, other)
            found = alternate(rounds, rate(port, "/graphql", OURS), rate(other, postgraphile.PATH, THEIRS))
    except postgraphile.NotAvailable as why:
        return not_measured(name, target, str(why))
    return Row(
        name,
        f"{found.ours:.0f} requests/s",
        f"{found.peer:.0f} requests/s",
        f"{found.ratio:.1f}×",
        target,
        found.ratio >= PEER,
        f"{CONNECTIONS} keep-alive connections, one process each; {', '.join(postgraphile.PACKAGES)} with the Amber preset on"
        " a flat table of the same rows; both answers hold the same values.",
    )


def _against_sql(database: Database, port: int, times: int) -> Row:
    body = json.dumps({"query": OURS}).encode()
    reader, connection = ViewReader(database), http.client.HTTPConnection("127.0.0.1", port)
    pairs: list[tuple[float, float]] = []
    for _ in range(times):
        begun = time.perf_counter()
        post(connection, "/graphql", body)
        asked = time.perf_counter() - begun
        with reader.snapshot() as snapshot:
            election = snapshot.election("e1")
            begun = time.perf_counter()
            snapshot.json_totals(election, QUERY, FIELDS)
            pairs.append((asked, time.perf_counter() - begun))
    connection.close()
    reader.close()
    found = compare(pairs)
    return Row(
        "graphql: the same, the SQL statement alone",
        f"{1000 * found.ours:.1f} ms",
        f"{1000 * found.peer:.1f} ms",
        f"{found.ratio:.2f}×",
        f"≤ {OVER_SQL}×",
        found.ratio <= OVER_SQL,
        f"Median of {times} requests over one connection, against the one statement that makes the same JSON, on an open"
        " connection.",
    )


def _same(ours: int, theirs: int) -> None:
    """Both servers must answer with the same rows."""

    def rows(port: int, query: str, *path: str) -> list[Any]:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        found = json.loads(post(connection, "/graphql", json.dumps({"query": query}).encode()))["data"]
        for step in path:
            found = found[step]
        return sorted(found["nodes"], key=lambda row: row["code"])

    mine = rows(ours, OURS, "election", "contest", "totals")
    if len(mine) != stage.UNITS or mine != rows(theirs, THEIRS, "allAreaTotals"):
        raise RuntimeError("the two servers answer differently")
