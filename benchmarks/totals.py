"""Totals over 289 districts in one answer, and totals while a count is under way beside those of a whole one."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from benchmarks import product, stage
from benchmarks.load import post
from benchmarks.measure import compare
from benchmarks.table import Row
from projections.read import Sees, TotalsQuery, ViewReader
from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.database.sql import load
from reporting.domain.areas import AreaRecord, GeographyRecord
from reporting.domain.election import ElectionDefinition
from reporting.ledger import Ledger

SQL = load("benchmarks")
DISTRICTS, CANDIDATES = 289, 4
PARTIAL = {
    "onesided": "each tenth unit gave one part of the rate only",
    "lacking": "each tenth unit has not reported",
    "withheld": "each tenth unit withholds one part",
}
PARTIAL_TARGET, SUMS_TARGET = 1.5, 0.2
FIELDS = {name: name for name in ("code", "name", "item", "value", "reported", "expected", "withheld")}
SUM = """{ election(code: "t") { totals(form: "night", slot: "whole", geography: "dis", areas: ["JP"], contestKind: "district",
  items: ["votes"], first: %d) { nodes { choice value reported expected contestsReported contestsExpected } } } }"""
SINGLE = """{ election(code: "t") { contest(code: "d%d") { totals(form: "night", slot: "whole", geography: "dis", areas: ["JP"],
  items: ["votes"], first: %d) { nodes { choice value reported expected } } } } }"""


def run(server_url: str, quick: bool) -> list[Row]:
    with stage.database(server_url, "bench_totals") as database:
        _fill(database)
        rows = [_partial(database, slot, 5 if quick else 30) for slot in PARTIAL]
        with product.serve(database) as port:
            return [_sums(port, 2 if quick else 4), *rows]


def _sums(port: int, times: int) -> Row:
    connection = http.client.HTTPConnection("127.0.0.1", port)

    def ask(query: str) -> Any:
        return json.loads(post(connection, "/graphql", json.dumps({"query": query}).encode()))["data"][
            "election"
        ]

    pairs = []
    for place in range(times):
        together, one = _timed(lambda place=place: ask(SUM % (50 + place)))  # type: ignore[misc]
        single, all_of_them = _timed(
            lambda place=place: [ask(SINGLE % (number, 50 + place)) for number in range(DISTRICTS)]  # type: ignore[misc]
        )
        found = {node["choice"]: node["value"] for node in together["totals"]["nodes"]}
        by_hand = {
            f"P{number + 1}": str(
                sum(int(answer["contest"]["totals"]["nodes"][number]["value"]) for answer in single)
            )
            for number in range(CANDIDATES)
        }
        if found != by_hand:
            raise RuntimeError("the sum over contests is not the sum of their totals")
        pairs.append((one, all_of_them))
    connection.close()
    compared = compare(pairs)
    return Row(
        f"totals: {CANDIDATES} parties over {DISTRICTS} districts",
        f"{1000 * compared.ours:.0f} ms",
        f"{1000 * compared.peer:.0f} ms ({DISTRICTS} requests)",
        f"{compared.ratio:.3f}×",
        f"≤ {SUMS_TARGET}×",
        compared.ratio <= SUMS_TARGET,
        f"One request over one connection beside one for each district, added up by the reader; {stage.UNITS:,} units, no request"
        " twice; both say the same.",
    )


def _partial(database: Database, slot: str, times: int) -> Row:
    """The same statement on the slot and on the whole one, taking turns; every area of the country."""
    reader = ViewReader(database)
    pairs = []
    for place in range(times):
        with reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
            election = snapshot.election("t")

            def read(which: str, place: int = place) -> float:
                query = TotalsQuery(
                    "night", which, "c", "adm", ("electors", "voters", "turnout"), limit=3 * stage.UNITS + 500 + place
                )  # fmt: skip
                return _timed(lambda: snapshot.json_totals(election, query, FIELDS))[1]  # noqa: B023

            pairs.append((read(slot), read("whole")))
    reader.close()
    compared = compare(pairs)
    return Row(
        f"totals: {PARTIAL[slot]}",
        f"{1000 * compared.ours:.1f} ms",
        f"{1000 * compared.peer:.1f} ms (all reported)",
        f"{compared.ratio:.2f}×",
        f"≤ {PARTIAL_TARGET}×",
        compared.ratio <= PARTIAL_TARGET,
        f"Two counts and their rate over {stage.UNITS + stage.PREFECTURES + 1:,} areas, the statement alone on an open connection; coverage and"
        " the sums of a rate are made unit by unit where the counts do not prove them.",
    )


def _timed(call: Callable[[], Any]) -> tuple[Any, float]:
    begun = time.perf_counter()
    found = call()
    return found, time.perf_counter() - begun


def _fill(database: Database) -> None:
    stage.define(database, 0)
    ledger = Ledger(database)
    service = Reporting(ledger)
    levels = [{"code": code, "label": _label(code)} for code in ("nation", "district", "unit")]
    geography = GeographyRecord.model_validate({"code": "dis", "label": _label("dis"), "levels": levels})
    nation = [_area("JP", "nation", None)]
    districts = [_area(f"D{number}", "district", "JP") for number in range(DISTRICTS)]
    units = [_area(stage.unit(number), "unit", f"D{number % DISTRICTS}") for number in range(stage.UNITS)]
    service.declare_registry("land", (geography,), [*nation, *districts, *units], stage.ACTOR, uuid4())
    service.define_election(_election(), stage.ACTOR, uuid4())
    ledger.close()
    with database.connect(autocommit=True) as owner:
        owner.execute(SQL["totals_figures"], {"units": stage.UNITS, "districts": DISTRICTS})
        owner.execute(SQL["move_head"])
        projector = Projector(database)
        projector.create_if_missing()
        projector.catch_up()
        owner.execute("VACUUM (ANALYZE)")


def _label(text: str) -> dict[str, str]:
    return {"ja": text, "en": text}


def _area(code: str, level: str, parent: str | None) -> AreaRecord:
    values = {
        "geography": "dis",
        "code": code,
        "level": level,
        "name": code,
        "parent": parent,
        "valid_from": "2000-01-01",
    }
    return AreaRecord.model_validate(values)


def _election() -> ElectionDefinition:
    rate = {"kind": "rate", "numerator": "voters", "denominator": "electors", "decimals": 2}
    choices = [{"code": str(n), "name": str(n), "party": f"P{n}"} for n in range(1, CANDIDATES + 1)]
    return ElectionDefinition.model_validate(
        {
            "code": "t",
            "label": _label("t"),
            "kind": "general",
            "polling_date": "2024-01-01",
            "is_test": True,
            "registry": "land",
            "geographies": ["adm", "dis"],
            "units": {"geography": "adm", "levels": ["municipality"]},
            "items": [
                {"code": "electors", "label": _label("electors"), "kind": "count"},
                {"code": "voters", "label": _label("voters"), "kind": "count"},
                {"code": "turnout", "label": _label("turnout"), **rate},
                {"code": "votes", "label": _label("votes"), "kind": "votes", "by_choice": True},
            ],
            "contests": [
                {"code": "c", "label": _label("c"), "kind": "whole", "area": {"geography": "adm", "area": "JP"},
                 "choices": choices},
                *(
                    {"code": f"d{number}", "label": _label("d"), "kind": "district",
                     "area": {"geography": "dis", "area": f"D{number}"}, "choices": choices}
                    for number in range(DISTRICTS)
                ),
            ],
            "forms": [
                {
                    "code": "night",
                    "label": _label("night"),
                    "items": ["electors", "voters", "turnout", "votes"],
                    "slots": [{"code": code, "label": _label(code)} for code in ("whole", *PARTIAL)],
                }
            ],
        }
    )  # fmt: skip
