"""Elections of which one is long past, one is over in five years and one later; people who dispose, and the hands of both clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import tiny

from reporting.application.commands import EnterFigures
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor, Role
from reporting.transparency.erasure import OWNER

ONE, OTHER = Actor("高橋", "総務省", Role.SYSTEM, "*"), Actor("伊藤", "総務省", Role.SYSTEM, "*")
POLLED = datetime(2024, 10, 27, 3, 0, tzinfo=UTC)
LAST = datetime(2029, 10, 27, 3, 0, tzinfo=UTC)
"""The last day on which the names of a lower house election of 2024 are kept: four years and one of margin."""


class Clock:
    """Of the program and of the database at once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.move(POLLED)

    def move(self, now: datetime) -> None:
        self.now = now
        with self._database.connect(OWNER) as connection:
            connection.execute(
                "CREATE OR REPLACE FUNCTION ledger.retention_today_v1() RETURNS date LANGUAGE sql STABLE"
                f" SET search_path = pg_catalog, pg_temp RETURN date '{(now + timedelta(hours=9)).date()}'"
            )

    def __call__(self) -> datetime:
        return self.now


ELECTIONS = {"past": "2014-12-14", "tiny": "2024-10-27", "later": "2026-02-08"}
KEPT = {"past": datetime(2019, 12, 14, tzinfo=UTC), "tiny": LAST, "later": datetime(2031, 2, 8, tzinfo=UTC)}
"""Until which day, reckoned by hand."""
CLERKS = {code: f"担当{code}" for code in ELECTIONS}


def elections_of_three_years(service: Reporting, database: Database) -> Clock:
    """Elections with the figures of one clerk each."""
    service.declare_registry("tinyland", tiny.GEOGRAPHIES, tiny.AREAS, tiny.SYSTEM, uuid4())
    for code, polled in ELECTIONS.items():
        defined = tiny.election(code=code, kind="lower_house", polling_date=polled)
        service.define_election(defined, tiny.SYSTEM, uuid4())
        request = EnterFigures(
            command_id=uuid4(), election=code, form="final", slot="final", unit="11", expected_version=0,
            figures=tiny.cells(voters=3),
        )  # fmt: skip
        service.enter_figures(request, Actor(CLERKS[code], "中央区選管", Role.WARD, "11"))
    made = Clock(database)
    service.clock = made
    return made
