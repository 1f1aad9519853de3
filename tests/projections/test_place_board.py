"""The board of polling places: by unit, who is missing as the list names them, and which units have no list."""

from __future__ import annotations

import pytest
from night import NATION
from polling_land import capture, define, place, register

from projections.read import Sees, ViewReader, polling_places
from projections.read.polling_places import PlaceBoardRow, place_board
from projections.runner import Projector
from reporting.application.rolling_up import day_of, kinds_asked
from reporting.application.service import Reporting
from reporting.database.connect import Database

UNITS = ("12", "20", "11")


@pytest.mark.parametrize("few", [0, 100], ids=["a stretch with strangers", "one by one"])
def test_the_missing_stand_as_listed_and_a_place_that_moved_is_one(
    database: Database, service: Reporting, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(polling_places, "FEW", few)
    define(service)
    register(
        service,
        place("3"),
        place("1"),
        place("2", valid_to="2024-01-01"),
        place("2", valid_from="2024-01-01"),
    )
    register(service, place("7", valid_to="2020-01-01"), place("9"), unit="12", actor=NATION)
    register(service, place("1", valid_to="2020-01-01"), unit="20", actor=NATION)
    capture(service, "1", voters_polling_day=5)
    projector, reader = Projector(database), ViewReader(database)
    projector.create_if_missing()
    projector.catch_up()
    defined = service.catalog.election("tiny")
    try:
        with reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
            told = place_board(
                snapshot, snapshot.election("tiny"), ("turnout", "t1400"), kinds_asked(defined, "turnout", "t1400"),
                day_of(defined.definition, "turnout", "t1400"), (*UNITS, "31"),
            )  # fmt: skip
            less = place_board(
                snapshot, snapshot.election("tiny"), ("turnout", "t1400"), kinds_asked(defined, "turnout", "t1400"),
                day_of(defined.definition, "turnout", "t1400"), ("11", "31"),
            )  # fmt: skip
    finally:
        reader.close()
    assert [(row.unit, row.expected, row.arrived, row.missing) for row in told.rows] == [
        ("11", 3, 1, ["3", "2"]),
        ("12", 1, 0, ["9"]),
    ]
    assert told.rows[1] == PlaceBoardRow("12", 1, 0, ["9"], None)
    assert told.rows[0].position == service.ledger.position()
    assert told.without_list == ["31"], "20 has a list, of which nothing is expected"
    assert [row.unit for row in less.rows] == ["11"], "12 and 20 lie between and are not asked for"
    assert less.without_list == ["31"]
