"""The demo is a night with a workflow: submitted, sent back, approved, declared, published, corrected; views equal the log."""

from __future__ import annotations

from datetime import UTC, datetime

from click.testing import CliRunner

from api.cli.group import root
from api.demo.people import people_of
from api.demo.tally import WORDS, Tally, told, told_ja
from api.training.truth import new_drill
from projections.verify import verify
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Role
from reporting.training.copy import Clock


def test_a_night_has_everything_a_real_one_has(database: Database, service: Reporting) -> None:
    environment = {"REPORTING_DATABASE_URL": database.url}
    tally = Tally(service.ledger, "demo-drill-1")
    arguments = ["demo", "--speed", "100000", "--units", "30", "--once"]
    done = CliRunner().invoke(root, arguments, env=environment)
    assert done.exit_code == 0, done.output
    counts = tally.read()
    assert {name for name in WORDS if counts[name]} == set(WORDS), counts
    assert "試験 TEST" in done.output
    assert told(counts) in done.output
    assert "提出" in told_ja(counts)
    assert verify(database).differences == []


def test_people_stand_beside_the_robots_in_every_office(service: Reporting) -> None:
    clock = Clock(datetime.now(UTC), 1000)
    wishes = {
        "election": None,
        "area": "*",
        "units": 12,
        "speed": 1000.0,
        "errors": 0,
        "kinds": (),
        "seed": 1,
    }
    sheet = new_drill(service, clock, **wishes)  # type: ignore[arg-type]
    roster = service.catalog.election(sheet.election).roster
    people = people_of(sheet, roster)
    roles = [actor.role for actor in people]
    assert roles[:2] == [Role.MUNICIPALITY] * 2
    assert {Role.PREFECTURE, Role.MINISTRY, Role.AUDITOR, Role.ANALYST} <= set(roles)
    assert len({actor.person for actor in people}) == len(people)
    town, prefecture = people[0], next(one for one in people if one.role is Role.PREFECTURE)
    assert town.office == sheet.offices[town.jurisdiction]
    assert roster.covers(prefecture.jurisdiction, town.jurisdiction)
