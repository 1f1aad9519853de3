"""Released figures that stand in a course or beside each other: a turnout slot by slot, a flash and the final count."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

import night
import tiny
from tiny import SYSTEM, label

from projections.runner import Projector
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.publication.live_or_training import Publications

SLOTS = [
    {"code": "t11", "label": label("11時"), "cut_off": "2024-10-27T11:00:00+09:00"},
    {"code": "t16", "label": label("16時"), "cut_off": "2024-10-27T16:00:00+09:00"},
    {"code": "final", "label": label("確定")},
    {"code": "inner", "label": label("内部"), "public": False},
]
COURSE = "/results/hours/pr/turnout/final/administrative"
BESIDE = "/reconciled/tiny/final/final"


def day(service: Reporting, database: Database) -> None:
    """Of 400 electors in wards 11 and 12: 41 and then 120 by 16:00; at the end ward 11 alone has reported."""
    form = {
        "code": "turnout",
        "label": label("投票"),
        "items": ["electors", "voters", "turnout"],
        "slots": SLOTS,
    }
    service.define_election(tiny.election(code="hours", forms=[form]), SYSTEM, uuid4())
    for slot, voters in (("t11", (20, 21)), ("t16", (60, 60)), ("final", (101,)), ("inner", (177, 177))):
        for unit, number in zip(("11", "12"), voters, strict=False):
            request = tiny.EnterFigures(
                command_id=uuid4(), election="hours", form="turnout", slot=slot, unit=unit, expected_version=0,
                figures=tiny.cells(electors=200, voters=number),
            )  # fmt: skip
            service.enter_figures(request, SYSTEM)
    Projector(database).catch_up()


def counted(service: Reporting, database: Database) -> None:
    """The flash of 23:00 said 60 and 36 for ward 11, the final count of that night 60 and 38; both are released."""
    desk = Desk(service)
    night.submit(desk, "11", form="flash", slot="2300", values={"votes_a": 60, "votes_b": 36})
    for form, slot in (("flash", "2300"), ("final", "final")):
        for approver in (night.CITY, night.PREFECTURE, night.NATION):
            night.approve(desk, approver, "11", form, slot)
        assert Publications(service, desk).release("tiny", form, slot, datetime.now().astimezone())
    Projector(database).catch_up()
