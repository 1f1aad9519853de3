"""The wide read as both servers are asked for it."""

from __future__ import annotations

import json

from benchmarks import stage
from projections.read import TotalsQuery

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
    'query Wide($contest: String!, $first: Int!) {election(code:"e1"){contest(code:$contest){totals(form:"night",'
    'slot:"s1",geography:"adm",level:"municipality",items:["voters"],first:$first)'
    f"{{nodes{{{' '.join(FIELDS)}}}}}}}}}}}"
)
THEIRS = f"{{allAreaTotals{{nodes{{{' '.join(FIELDS)}}}}}}}"
"""PostGraphile's words for the same rows of its flat table."""


def body(place: int = 0) -> bytes:
    """One of 404 requests for as many rows, no two alike: what is kept ready for one does not serve another."""
    variables = {"contest": stage.CONTESTS[place % 4], "first": stage.UNITS + place // 4 % 101}
    return json.dumps({"query": OURS, "variables": variables}).encode()


def query(place: int = 0) -> TotalsQuery:
    contest, limit = stage.CONTESTS[place % 4], stage.UNITS + place // 4 % 101
    return TotalsQuery("night", "s1", contest, "adm", ("voters",), level="municipality", limit=limit)
