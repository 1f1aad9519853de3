"""A series over HTTP: 47 prefectures × 30 elections × 8 items, with the product's server in a process of its own.

Against the product's own statement alone on an open connection, and against bare SQL for the same values.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any
from uuid import uuid4

from benchmarks import product, stage
from benchmarks.load import post
from benchmarks.measure import compare
from benchmarks.table import Row
from projections.read import Sees, ViewReader
from projections.runner import Projector
from projections.series.plan import SeriesQuery
from projections.series.read import SeriesReader
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.database.sql import load
from reporting.domain.election import ElectionDefinition
from reporting.domain.layer import ENTERED
from reporting.ledger import Ledger

SQL = load("benchmarks")
ELECTIONS, ITEMS = 30, ("a", "b", "c", "d", "e", "electors", "voters", "turnout")
OBSERVATIONS = stage.PREFECTURES * ELECTIONS * len(ITEMS)
TARGET = 2.0
PLAIN = ("election", "area", "item", "value", "coverage")
"""What the plain SQL gives."""
FIELDS = {
    "election": "election",
    "area": "area",
    "item": "item",
    "value": "value",
    "obsStatus": "obs_status",
    "coverage": "coverage",
    "previousValue": "previous_value",
    "difference": "difference",
    "citation": "citation",
}


def asked(fields: Iterable[str], limit: int) -> bytes:
    query = (
        'query Series($item: [String!]!, $first: Int!) { series(item: $item, geography: "adm", level: "prefecture",'
        f" includeTests: true, first: $first) {{ nodes {{ {' '.join(fields)} }} }} }}"
    )
    return json.dumps({"query": query, "variables": {"item": ITEMS, "first": limit}}).encode()


def run(server_url: str, quick: bool) -> list[Row]:
    with stage.database(server_url, "bench_series") as database:
        fill(database)
        with product.serve(database) as port:
            own, bare = _measured(database, port, 3 if quick else 40)
    size = f"{stage.PREFECTURES} prefectures × {ELECTIONS} elections × {len(ITEMS)} items"
    return [
        _row(f"series: {size}, with flags and citations", own, "its SQL alone",
             f"{OBSERVATIONS:,} observations with {', '.join(FIELDS)} in one answer over HTTP, beside the one statement that makes"
             f" the same JSON, on an open connection; {stage.UNITS:,} units lie below the prefectures."),
        _row(f"series: {size}, values", bare, "bare SQL",
             f"The same observations with {', '.join(PLAIN)} over HTTP, beside the shortest SQL that makes JSON of the same values and"
             " knows nothing of breaks, slots, embargoes or re-basing."),
    ]  # fmt: skip


def _row(name: str, pairs: list[tuple[float, float]], what: str, note: str) -> Row:
    found = compare(pairs)
    return Row(
        name,
        f"{1000 * found.ours:.0f} ms",
        f"{1000 * found.peer:.0f} ms ({what})",
        f"{found.ratio:.2f}×",
        f"≤ {TARGET:.0f}×",
        found.ratio <= TARGET,
        note,
    )


Pairs = list[tuple[float, float]]


def _measured(database: Database, port: int, times: int) -> tuple[Pairs, Pairs]:
    reader, connection = ViewReader(database), http.client.HTTPConnection("127.0.0.1", port)
    own: Pairs = []
    bare: Pairs = []
    for place in range(times + 1):
        limit = OBSERVATIONS + place  # no request twice
        answer, full = _timed(lambda limit=limit: post(connection, "/graphql", asked(FIELDS, limit)))  # type: ignore[misc]
        _, values = _timed(lambda limit=limit: post(connection, "/graphql", asked(PLAIN, limit)))  # type: ignore[misc]
        with reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
            query = SeriesQuery(ITEMS, "adm", levels=("prefecture",), tests=True, limit=limit)
            one = SeriesReader(snapshot, query, lambda definition: ENTERED)
            made, alone = _timed(lambda one=one: one.json(FIELDS).array)  # type: ignore[misc]
            plain, shortest = _timed(lambda: snapshot.connection.execute(SQL["series_bare"]).fetchone())
        if place == 0:
            _same(json.loads(answer)["data"]["series"]["nodes"], json.loads(made), json.loads(plain[0]))
            continue
        own.append((full, alone))
        bare.append((values, shortest))
    connection.close()
    reader.close()
    return own, bare


def _timed(call: Callable[[], Any]) -> tuple[Any, float]:
    begun = time.perf_counter()
    found = call()
    return found, time.perf_counter() - begun


def _same(answer: list[Any], made: list[Any], plain: list[Any]) -> None:
    """All three must say the same."""

    def values(rows: list[Any]) -> list[tuple[str, ...]]:
        return sorted((row["election"], row["area"], row["item"], row["value"]) for row in rows)

    if len(answer) != OBSERVATIONS or answer != made or values(made) != values(plain):
        raise RuntimeError("the three ways answer differently")


def fill(database: Database, elections: int = ELECTIONS) -> None:
    stage.define(database, 0)
    ledger = Ledger(database)
    service = Reporting(ledger)
    for number in range(1, elections + 1):
        service.define_election(_election(number), stage.ACTOR, uuid4())
    ledger.close()
    with database.connect(autocommit=True) as owner:
        owner.execute(SQL["series_figures"], {"elections": elections, "units": stage.UNITS})
        owner.execute(SQL["move_head"])
        projector = Projector(database)
        projector.create_if_missing()
        projector.catch_up()
        owner.execute("VACUUM (ANALYZE)")


def _election(number: int) -> ElectionDefinition:
    def label(text: str) -> dict[str, str]:
        return {"ja": text, "en": text}

    rate = {"kind": "rate", "numerator": "voters", "denominator": "electors", "decimals": 2}
    return ElectionDefinition.model_validate(
        {
            "code": f"h{number:02d}",
            "label": label(f"h{number}"),
            "kind": "general",
            "polling_date": date(2000 + number, 1, 1),
            "is_test": True,
            "registry": "land",
            "geographies": ["adm"],
            "units": {"geography": "adm", "levels": ["municipality"]},
            "items": [
                {"code": code, "label": label(code), **(rate if code == "turnout" else {"kind": "count"})}
                for code in ITEMS
            ],
            "contests": [
                {"code": "c", "label": label("c"), "kind": "any", "area": {"geography": "adm", "area": "JP"}}
            ],
            "forms": [
                {
                    "code": "result",
                    "label": label("result"),
                    "items": list(ITEMS),
                    "slots": [{"code": "final", "label": label("final")}],
                }
            ],
        }
    )
