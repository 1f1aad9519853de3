"""A log goes on beyond the positions that fit two bytes and four: the driver sends a number as the smallest type that holds it, and
PostgreSQL adds two of these in that type."""

from __future__ import annotations

import pytest
import tiny

from projections.read import TotalsQuery, ViewReader
from projections.runner import BATCH, Projector
from reporting.application.service import Reporting
from reporting.database.connect import Database

FINAL = TotalsQuery("final", "final", "pr", "administrative", ("voters",), areas=("JP",))


@pytest.mark.begins.with_args(tiny.define)
@pytest.mark.parametrize("ends", [2**15, 2**31], ids=["two bytes", "four bytes"])
@pytest.mark.parametrize("before", [1, 2, BATCH - 1, BATCH])
def test_nothing_stops_where_a_type_of_numbers_ends(
    database: Database, service: Reporting, ends: int, before: int
) -> None:
    """`before`: so many events before it the views and the log stand when entries come, which go beyond it one by one and at once."""
    projector = Projector(database)
    projector.catch_up()
    with database.connect() as owner:
        at = {"at": ends - before}
        owner.execute("UPDATE ledger.head SET position = %(at)s", at)
        owner.execute("UPDATE ops.projection SET position = %(at)s", at)
    for voters, unit in enumerate(tiny.UNITS[:4], 1):
        tiny.enter(service, unit, voters=voters)
        if voters == 1:
            projector.catch_up()
    assert projector.catch_up() == ends - before + 4
    reader = ViewReader(database)
    with reader.snapshot() as snapshot:
        assert [row.value for row in snapshot.totals(snapshot.election("tiny"), FINAL)] == ["10"]
        assert snapshot.head == ends - before + 4
    reader.close()
