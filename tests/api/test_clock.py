"""The clock of a process: on time, once, and never stopped by one election's trouble."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import night
from night import CITY, PREFECTURE, WARD

from api.clock import PublicationClock
from projections.read import ViewReader
from projections.runner import Projector
from reporting.application.desk_commands import Submit
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.workflow_events import SlotReleased
from reporting.ledger import slot_stream

FLASH: dict[str, Any] = {"form": "flash", "slot": "2200"}


def test_it_publishes_on_time_and_again_only_for_corrections(database: Database, service: Reporting) -> None:
    desk = night.define(service)
    projector, reader = Projector(database), ViewReader(database)
    projector.create_if_missing()
    now = [datetime.fromisoformat(night.TEN) - timedelta(minutes=1)]
    clock = PublicationClock(service, reader, lambda: now[0])

    def tick() -> int:
        projector.catch_up()
        return clock.tick()

    night.submit(desk, **FLASH)
    night.approve(desk, CITY, **FLASH)
    night.approve(desk, PREFECTURE, **FLASH)
    assert tick() == 0
    now[0] += timedelta(minutes=1)
    assert [tick(), tick()] == [1, 0]
    desk.submit(Submit(**night.of("11", **FLASH), figures=night.cells(votes_a=59), reason="読み違い"), WARD)
    assert tick() == 0
    night.approve(desk, CITY, **FLASH)
    night.approve(desk, PREFECTURE, **FLASH)
    assert [tick(), tick()] == [1, 0]
    notices = [one.event for one in service.ledger.stream(slot_stream("tiny", "flash", "2200"))]
    assert [notice.number for notice in notices if isinstance(notice, SlotReleased)] == [1, 2]
    reader.close()
