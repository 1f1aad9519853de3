"""A night that is no test: a final count released and corrected, a flash that is not out yet, and a practice election beside it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import night
from night import CITY, PREFECTURE, WARD
from tiny import SYSTEM

from projections.runner import Projector
from reporting.application.desk import Desk
from reporting.application.desk_commands import Approve, Submit
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.publication.live_or_training import Publications

LATE = datetime.fromisoformat(night.ELEVEN) + timedelta(hours=1)
HIDDEN = "77713"
"""A figure that stands entered and is not out."""
PRACTICE = "trial-run"


def played(service: Reporting, database: Database) -> Desk:
    desk = night.define(service, is_test=False, geographies=["administrative"])
    night.submit(desk)
    release(service, desk)
    night.submit(desk, "12", form="flash", slot="2300", values={"votes_a": HIDDEN, "votes_b": 1})
    service.define_election(night.election(code=PRACTICE), SYSTEM, uuid4())
    place = {**night.of("11"), "election": PRACTICE}
    desk.submit(Submit(**place, figures=night.cells(**night.BALANCED)), WARD)
    for actor in (CITY, PREFECTURE):
        desk.approve(Approve(**{**place, "command_id": uuid4()}), actor)
    assert Publications(service, desk).release(PRACTICE, "final", "final", LATE) is not None
    projector = Projector(database)
    projector.catch_up()
    return desk


def release(service: Reporting, desk: Desk) -> None:
    for actor in (CITY, PREFECTURE):
        night.approve(desk, actor)
    assert Publications(service, desk).release("tiny", "final", "final", LATE) is not None


def correct(service: Reporting, desk: Desk, database: Database) -> None:
    fix = night.cells(votes_a=61, votes_b=37)
    desk.submit(Submit(**night.of("11"), figures=fix, reason="読み違い", reason_class="typing_error"), WARD)
    release(service, desk)
    Projector(database).catch_up()
