"""A series over HTTP: 47 prefectures × 30 elections × 8 items, with the product's server in a process of its own.

Against the product's own statement alone on an open connection, and against plain SQL for the same values that says
nothing about them: no flags, no election before, no citation.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

from benchmarks import product, stage
from benchmarks.load import post
from benchmarks.measure import Compared, compare
from benchmarks.table import Row
from projections.read import ViewReader
from projections.runner import Projector
from projections.series.plan import SeriesQuery
from projections.series.read import SeriesReader
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.database.sql import load
from reporting.domain.election import ElectionDefinition
from reporting.ledger import Ledger

SQL = load("benchmarks")
ELECTIONS, ITEMS = 30, ("a", "b", "c", "d", "e", "electors", "voters", "turnout")
OBSERVATIONS = stage.PREFECTURES * ELECTIONS * len(ITEMS)
TARGET = 2.0
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
ASKED = (
    "query Series($item: [String!]!, $first: Int!) { series(item: $item, geography: \"adm\", level: \"prefecture\","
    f" includeTests: true, first: $first) {{ nodes {{ {' '.join(FIELDS)} }} }} }}"
)  # fmt: skip


def run(server_url: str, quick: bool) -> list[Row]:
    with stage.database(server_url, "bench_series") as database:
        _fill(database)
        with product.serve(database) as port:
            ours, own, bare = _measured(database, port, 3 if quick else 40)
    size = f"{stage.PREFECTURES} prefectures × {ELECTIONS} elections × {len(ITEMS)} items"
    return [
        _row(f"series: {size}", ours, own, "its SQL alone", TARGET,
             f"{OBSERVATIONS:,} observations with {', '.join(FIELDS)} in one answer over HTTP, beside the one statement that makes"
             f" the same JSON, on an open connection; {stage.UNITS:,} units lie below the prefectures."),
        _row(f"series: {size}, over plain SQL", ours, bare, "plain SQL", None,
             "The same request beside the shortest SQL that gives election, area, item, value and coverage: no flags, no election"
             " before, no difference, no citation."),
    ]  # fmt: skip


def _row(name: str, ours: list[float], peer: list[float], what: str, target: float | None, note: str) -> Row:
    found: Compared = compare(list(zip(ours, peer, strict=True)))
    return Row(
        name,
        f"{1000 * found.ours:.0f} ms",
        f"{1000 * found.peer:.0f} ms ({what})",
        f"{found.ratio:.2f}×",
        f"≤ {target:.0f}×" if target else "–",
        found.ratio <= target if target else None,
        note,
    )


def _measured(database: Database, port: int, times: int) -> tuple[list[float], list[float], list[float]]:
    reader, connection = ViewReader(database), http.client.HTTPConnection("127.0.0.1", port)
    ours, own, bare = [], [], []
    for place in range(times + 1):
        limit = OBSERVATIONS + place  # no request twice
        body = json.dumps({"query": ASKED, "variables": {"item": ITEMS, "first": limit}}).encode()
        answer, asked = _timed(lambda body=body: post(connection, "/graphql", body))  # type: ignore[misc]
        with reader.snapshot() as snapshot:
            query = SeriesQuery(ITEMS, "adm", levels=("prefecture",), tests=True, limit=limit)
            one = SeriesReader(snapshot, query, lambda definition: "")
            made, alone = _timed(lambda one=one: one.json(FIELDS))  # type: ignore[misc]
            plain, shortest = _timed(lambda: snapshot.connection.execute(SQL["series_bare"]).fetchone())
        if place == 0:
            _same(json.loads(answer)["data"]["series"]["nodes"], json.loads(made), json.loads(plain[0]))
            continue
        ours.append(asked)
        own.append(alone)
        bare.append(shortest)
    connection.close()
    reader.close()
    return ours, own, bare


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


def _fill(database: Database) -> None:
    stage.define(database, 0)
    ledger = Ledger(database)
    service = Reporting(ledger)
    for number in range(1, ELECTIONS + 1):
        service.define_election(_election(number), stage.ACTOR, uuid4())
    ledger.close()
    with database.connect(autocommit=True) as owner:
        owner.execute(SQL["series_figures"], {"elections": ELECTIONS, "units": stage.UNITS})
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
