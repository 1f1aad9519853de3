"""After a return moved the views ask which offices look at it, and not at the rest of the country."""

from __future__ import annotations

import night
import pytest

from projections.runner import Projector
from projections.verify import verify
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.workflow import Workflow


def test_a_step_reads_the_offices_of_the_units_that_moved(
    service: Reporting, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    chain = Workflow.chain

    def counted(workflow: Workflow, unit: str, path: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        asked.append(unit)
        return chain(workflow, unit, path)

    desk = night.define(service)
    projector = Projector(database)
    for unit in ("11", "12", "20"):
        night.submit(desk, unit)
    projector.catch_up()
    night.approve(desk, night.CITY)
    with monkeypatch.context() as patched:
        patched.setattr(Workflow, "chain", counted)
        projector.catch_up()
    assert asked == ["11"]
    assert verify(database).differences == []
