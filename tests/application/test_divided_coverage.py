"""n of N where units were divided or merged on the night: in a release, on the board and in series they count once."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

import joint_land
import night
import pytest
import tiny
from night import PREFECTURE

from projections.read import Sees, ViewReader
from projections.read import desk as rows
from projections.runner import Projector
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.publication.release import Publication

FLASH: dict[str, Any] = {"form": "flash", "slot": "2200"}
GONE = {"unit": "20", "on": "2024-10-27", "reason": "離島は翌日開票"}


@pytest.fixture
def divided(service: Reporting) -> Desk:
    """Town 20 was approved whole, then divided into 21 and 22, neither of which has reported; nobody else has either."""
    desk = night.define(service)
    night.submit(desk, "20", **FLASH)
    night.approve(desk, PREFECTURE, "20", **FLASH)
    units = {"geography": "administrative", "levels": ["ward", "municipality"], "withdrawn": [GONE]}
    service.define_election(night.election(units=units), tiny.SYSTEM, uuid4(), reason="離島")
    town = next(one for one in tiny.AREAS if (one.geography, one.code) == ("administrative", "20"))
    parts = [town.model_copy(update={"code": code, "level": "ward", "parent": "20"}) for code in ("21", "22")]
    service.declare_registry("tinyland", (), parts, tiny.SYSTEM, uuid4())
    return desk


def test_a_release_counts_the_whole_for_its_parts(service: Reporting, divided: Desk) -> None:
    (release,) = Publication(service, divided).tick("tiny", datetime.fromisoformat(night.TEN))
    assert (release.approved, release.expected) == (2, 6)  # 21 and 22 stand in 20; 11, 12, 31, 32 are missing


def test_a_release_counts_merged_units_once_and_what_it_holds_of_them(service: Reporting) -> None:
    """31 was approved before; the merged unit has not reported: its return is missing, and the figure is in the totals."""
    desk = night.define(service)
    night.submit(desk, "31", night.HARBOUR, **FLASH)
    night.approve(desk, joint_land.PREFECTURE, "31", **FLASH)
    joint_land.merge(service, tiny.SYSTEM)
    (release,) = Publication(service, desk).tick("tiny", datetime.fromisoformat(night.TEN))
    assert (release.approved, release.expected) == (0, 4)
    _, package = Publication(service, desk).package("tiny", "flash", "2200", release.number)
    lines = package.files["totals.csv"].decode().splitlines()
    assert [line for line in lines if ",a,60," in line and not line.startswith("electoral")] == [
        "administrative,municipality,31,地域31,pr,votes,,a,60,1,1,0",
        "administrative,nation,JP,地域JP,pr,votes,,a,60,1,5,0",
        "administrative,prefecture,P2,地域P2,pr,votes,,a,60,1,2,0",
        "administrative,ward,3132,港山,pr,votes,,a,60,1,2,0",
    ]


def test_the_board_counts_the_parts_by_their_own_return_or_the_wholes(
    database: Database, service: Reporting, divided: Desk
) -> None:
    def board() -> tuple[int, int, int, int]:
        projector.catch_up()
        with reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
            known = service.catalog.election("tiny")
            asked, divided = (
                known.reporting_units("flash", "2200"),
                known.divided("flash"),
            )
            (row,) = rows.board(
                snapshot,
                snapshot.election("tiny"),
                "flash",
                "2200",
                "administrative",
                "nation",
                None,
                asked,
                divided,
            )
            return row.units, row.missing, row.submitted, row.approved  # fmt: skip

    projector = Projector(database)
    reader = ViewReader(database)
    try:
        assert board() == (6, 4, 0, 2)
        night.submit(divided, "21", actor=tiny.SYSTEM, **FLASH)
        assert board() == (6, 4, 1, 1)
    finally:
        reader.close()
