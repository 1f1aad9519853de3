"""Units that come in great numbers are counted at once: a board right after is planned for them, and not for a single one."""

from __future__ import annotations

import pytest
import tiny

from projections import versions
from projections.runner import Projector
from projections.views import rosters
from reporting.application.service import Reporting
from reporting.database.connect import PROJECTOR, Database


@pytest.mark.parametrize(("many", "counted"), [(len(tiny.UNITS), True), (1_000, False)])
def test_units_are_counted_when_they_come(
    database: Database, service: Reporting, monkeypatch: pytest.MonkeyPatch, many: int, counted: bool
) -> None:
    monkeypatch.setattr(rosters, "MANY", many)
    tiny.define(service)
    Projector(database).catch_up()
    with database.connect(PROJECTOR) as connection:
        live = versions.live(connection)
        assert live is not None
        versions.use(connection, live.number)
        for table in ("unit", "unit_node", "node"):
            told = connection.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table])
            there = connection.execute(f"SELECT count(*) FROM {table}".encode())
            assert (told.fetchone() == there.fetchone()) is counted
