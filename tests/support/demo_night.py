"""A drill of the demo's election on Japan's real areas, played by robots to its end; every figure is invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from api.demo.people import people_of
from api.training.truth import new_drill, source_of
from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor
from reporting.ledger import Ledger
from reporting.training.drill import Drill
from reporting.training.prepare import already_over


@dataclass(frozen=True, slots=True)
class Night:
    """`people`: a town's two clerks first, then the offices above it, audit and analysis."""

    election: str
    people: tuple[Actor, ...]


def demo_night(database: Database, units: int, errors: int = 6) -> Night:
    ledger = Ledger(database)
    service = Reporting(ledger)
    clock = already_over(source_of(service, None), datetime.now(UTC), 1000)
    sheet = new_drill(
        service, clock, election=None, area="*", units=units, speed=1000, errors=errors, kinds=(), seed=1
    )
    Drill(service, sheet).run()
    people = people_of(sheet, service.catalog.election(sheet.election).roster)
    projector = Projector(database)
    projector.catch_up()
    ledger.close()
    return Night(sheet.election, people)
