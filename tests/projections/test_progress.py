"""How far a count is: never 100 before the end, never 0 after the start, and of an area only with all its units."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import tiny
from hypothesis import given
from hypothesis import strategies as st

from projections.read import TotalsQuery, ViewReader
from projections.read.asof import AsOfCache, election_at, totals_at
from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.figures import rate

COUNTED: dict[str, tuple[int, int]] = {
    "11": (79_997, 80_000),
    "12": (1, 80_000),
    "20": (0, 10),
    "31": (10, 10),
}
"""Unit → counted, to count; of the fifth unit nothing is known yet."""


@given(st.integers(0, 10**7), st.integers(1, 10**7), st.integers(0, 6))
def test_only_what_is_done_is_at_an_end(done: int, whole: int, decimals: int) -> None:
    done = min(done, whole)
    shown = rate(Decimal(done), Decimal(whole), decimals, progress=True)
    assert shown is not None
    assert (shown == 100) == (done == whole)
    assert (shown == 0) == (done == 0)


def _election(service: Reporting) -> None:
    items: list[dict[str, Any]] = [item.model_dump() for item in tiny.election().items]
    for item in items:
        if item["code"] == "turnout":
            item["progress"] = True
    service.declare_registry("tinyland", tiny.GEOGRAPHIES, tiny.AREAS, tiny.SYSTEM, uuid4())
    service.define_election(tiny.election(items=items), tiny.SYSTEM, uuid4())


def _shown(database: Database) -> dict[str, str | None]:
    """By area; asserted to be the same as of the log's end."""
    projector = Projector(database)
    projector.catch_up()
    reader = ViewReader(database)
    query = TotalsQuery("final", "final", "pr", "administrative", ("turnout",))
    with reader.snapshot() as snapshot:
        rows = snapshot.totals(snapshot.election("tiny"), query)
        known = election_at(snapshot, "tiny", snapshot.position, None, AsOfCache())
        then = totals_at(snapshot, known, query, snapshot.position)
    reader.close()
    assert [(row.code, row.value) for row in then] == [(row.code, row.value) for row in rows]
    return {row.code: row.value for row in rows}


def test_the_ends_and_the_area(database: Database, service: Reporting) -> None:
    _election(service)
    for unit, (done, whole) in COUNTED.items():
        tiny.enter(service, unit, voters=done, electors=whole)
    shown = _shown(database)
    assert [shown[unit] for unit in COUNTED] == ["99.99", "0.01", "0.00", "100.00"]
    assert shown["P2"] is None  # 31 is done, 32 has said nothing: 100.00 would be of one of two
    assert shown["JP"] is None
    tiny.enter(service, "32", voters=0, electors=10)
    assert _shown(database)["P2"] == "50.00"


@pytest.mark.parametrize("progress", [False, True])
def test_turnout_rounds_half_up_as_ever(progress: bool) -> None:
    assert rate(Decimal(79_997), Decimal(80_000), progress=progress) == Decimal(
        "99.99" if progress else "100.00"
    )
