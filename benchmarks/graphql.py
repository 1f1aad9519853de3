"""The wide read over HTTP: 1,900 areas × 8 fields, with the product's server in a process of its own.

Against PostGraphile 5 over the same rows, ready in one flat table (ours joins areas, totals and coverage), and against
PostgreSQL's time for the same JSON from one statement over the same views.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from typing import Any

from benchmarks import postgraphile, product, stage
from benchmarks.load import load, post
from benchmarks.measure import alternate, compare
from benchmarks.table import Row, not_measured
from benchmarks.wide import FIELDS, THEIRS, body, query
from projections.read import Sees, ViewReader
from reporting.database.connect import Database
from reporting.database.sql import load as statements

CONNECTIONS = 4
PEER, OVER_SQL = 3.0, 1.25


def run(server_url: str, quick: bool) -> list[Row]:
    seconds, rounds = (1.0, 1) if quick else (5.0, 5)
    with stage.database(server_url, "bench_graphql") as database:
        product.fill(database)
        _flatten(database)
        with product.serve(database) as port:
            over_sql = _against_sql(database, port, 40 if quick else 400)
            try:
                other = product.free_port()
                with postgraphile.serve(database.url, other, install=not quick):
                    _same(port, other)
                    peers = list(_against_peer(port, other, seconds, rounds))
            except postgraphile.NotAvailable as why:
                peers = [not_measured("graphql: 1,900 areas × 8 fields, PostGraphile 5", "≥ 3×", str(why))]
    return [*peers, over_sql]


def _against_peer(port: int, other: int, seconds: float, rounds: int) -> Iterator[Row]:
    theirs = [json.dumps({"query": THEIRS}).encode()]
    for which, bodies, said in (
        ("the same request", [body()], "As readers of one page ask."),
        (
            "no request twice",
            [body(place) for place in range(404)],
            "Contest and page size change every time.",
        ),
    ):

        def ours(bodies: list[bytes] = bodies) -> float:
            return load(port, "/graphql", bodies, CONNECTIONS, seconds)

        found = alternate(rounds, ours, lambda: load(other, postgraphile.PATH, theirs, CONNECTIONS, seconds))
        yield Row(
            f"graphql: 1,900 areas × 8 fields, {which}",
            f"{found.ours:.0f} requests/s",
            f"{found.peer:.0f} requests/s (PostGraphile 5)",
            f"{found.ratio:.1f}×",
            f"≥ {PEER:.0f}×",
            found.ratio >= PEER,
            f"{CONNECTIONS} keep-alive connections, one server process each; {', '.join(postgraphile.PACKAGES)} with the Amber"
            " preset on a flat table of the same rows; both answer with the same values. " + said,
        )


def _against_sql(database: Database, port: int, times: int) -> Row:
    reader, connection = ViewReader(database), http.client.HTTPConnection("127.0.0.1", port)
    statement, pairs = statements("benchmarks")["wide_bare"], list[tuple[float, float]]()
    for place in range(times):
        begun = time.perf_counter()
        answer = post(connection, "/graphql", body(place))
        asked = time.perf_counter() - begun
        with reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
            values = {**json.loads(body(place))["variables"], "election_no": snapshot.election("e1").number}
            begun = time.perf_counter()
            ((made,),) = snapshot.fetch(statement, values, prepare=False)
            pairs.append((asked, time.perf_counter() - begun))
        if not place and json.loads(made) != _nodes(answer):
            raise RuntimeError("the statement makes something else")
    connection.close()
    reader.close()
    found = compare(pairs)
    return Row(
        "graphql: over the SQL that makes the same JSON",
        f"{1000 * found.ours:.1f} ms",
        f"{1000 * found.peer:.1f} ms",
        f"{found.ratio:.2f}×",
        f"≤ {OVER_SQL}×",
        found.ratio <= OVER_SQL,
        f"Median of {times} requests over one connection, no request twice, each beside one statement over the same views that makes the"
        " same JSON and nothing else, on an open connection (without a plan kept: with one it takes longer).",
    )


def _flatten(database: Database) -> None:
    """The answer's rows in the peer's table."""
    reader = ViewReader(database)
    with reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
        totals = snapshot.totals(snapshot.election("e1"), query())
    reader.close()
    rows = [[getattr(row, column) for column in FIELDS.values()] for row in totals]
    with database.connect(autocommit=True) as owner:
        owner.execute(statements("benchmarks")["area_total"])
        with owner.cursor() as cursor:
            cursor.executemany("INSERT INTO flat.area_total VALUES (%s, %s, %s, %s, %s, %s, %s, %s)", rows)
        owner.execute("ANALYZE flat.area_total")


def _same(ours: int, theirs: int) -> None:
    """Both servers must answer with the same rows."""

    def asked(port: int, body: bytes) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        answer = post(connection, "/graphql", body)
        connection.close()
        return answer

    mine = _nodes(asked(ours, body()))
    flat = json.loads(asked(theirs, json.dumps({"query": THEIRS}).encode()))["data"]["allAreaTotals"]["nodes"]
    if len(mine) != stage.UNITS or mine != sorted(flat, key=lambda row: row["code"]):
        raise RuntimeError("the two servers answer differently")


def _nodes(answer: bytes) -> list[Any]:
    nodes: list[Any] = json.loads(answer)["data"]["election"]["contest"]["totals"]["nodes"]
    return nodes
