"""Polling places and captures that come in great numbers are counted at once: a board right after groups them, and does not sort all."""

from __future__ import annotations

import pytest
from polling_land import capture, define, place, register

from projections import versions
from projections.runner import Projector
from projections.views import polling_places
from reporting.application.service import Reporting
from reporting.database.connect import PROJECTOR, Database


@pytest.mark.parametrize(("many", "counted"), [(2, 2.0), (3, -1.0)])
def test_places_are_counted_when_they_come(
    database: Database, service: Reporting, monkeypatch: pytest.MonkeyPatch, many: int, counted: float
) -> None:
    monkeypatch.setattr(polling_places, "MANY", many)
    define(service)
    Projector(database).catch_up()
    register(service, place("1"), place("2"))
    Projector(database).catch_up()
    for number in ("1", "2"):
        capture(service, number, voters_polling_day=5)
    Projector(database).catch_up()
    with database.connect(PROJECTOR) as connection:
        live = versions.live(connection)
        assert live is not None
        versions.use(connection, live.number)
        for table in ("polling_place", "place_capture"):
            told = connection.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table])
            assert told.fetchone() == (counted,), table
