"""Rehearsals of several logs: opened where people are, by nobody's leave, and gathered with all else."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest
import tiny
from several_logs import BALANCED, EAST, WEST, SeveralLogs, enter
from tiny import SYSTEM

from reporting.application.service import Reporting
from reporting.logs.directory import told_by
from reporting.logs.errors import AreasDiffer
from reporting.training.copy import Clock
from reporting.training.plan import Wishes
from reporting.training.prepare import LEADER, prepare, truth_in_ledger


def opened(service: Reporting) -> str:
    """Code of a rehearsal, opened as in the browser and at the terminal."""
    source, truth = (
        service.catalog.election("tiny").definition,
        truth_in_ledger(service, "tiny", ("20",)),
    )
    clock = Clock(datetime(2026, 11, 1, tzinfo=UTC), 60)
    return prepare(service, source, truth, clock, Wishes(1, 0, ()), LEADER).election


def test_one_is_opened_in_any_log_without_an_operator(
    logs: SeveralLogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    east, west = logs.services[EAST], logs.services[WEST]
    west.declare_registry("practiceland", tiny.GEOGRAPHIES, tiny.AREAS, SYSTEM, uuid4())
    logs.begin("tiny", WEST, registry="practiceland")
    enter(west, "tiny", "20", **BALANCED)
    assert logs.gather().waits is not None  # for areas that the directory has not got
    assert opened(west) == "tiny-drill-1"
    assert logs.gather().waits is None
    logs.move("tiny", EAST)
    assert opened(east) == "tiny-drill-2"  # the other log has the first

    really, asked = Reporting.is_taken, list[str]()

    def behind(service: Reporting, election: str) -> bool:
        asked.append(election)
        return len(asked) != 2 and really(service, election)  # tiny-drill-2 is not taken yet when it is asked

    monkeypatch.setattr(Reporting, "is_taken", behind)
    assert opened(west) == "tiny-drill-3"
    assert asked[:2] == ["tiny-drill-1", "tiny-drill-2"]
    placed = told_by(logs.installation).placed
    assert [placed[f"tiny-drill-{number}"] for number in (1, 2, 3)] == [WEST, EAST, WEST]
    logs.gather()
    assert not logs.verify().findings

    for service, code in ((east, "97"), (west, "98")):
        area = tiny.AREAS[0].model_copy(update={"code": code})
        service.declare_registry("practiceland", (), (area,), SYSTEM, uuid4())
    with pytest.raises(AreasDiffer):
        opened(west)
