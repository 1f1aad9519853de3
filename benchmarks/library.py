"""The `eventsourcing` library's own projection runner over the same figures: in memory, its fastest setting."""

from __future__ import annotations

import time
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from eventsourcing.application import Application
from eventsourcing.domain import DomainEvent
from eventsourcing.persistence import Tracking
from eventsourcing.popo import POPOTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner

from benchmarks import stage

WITHIN_S = 600.0


@dataclass(frozen=True)
class Figures(DomainEvent):
    """FiguresEntered as the library declares an event."""

    election: str
    form: str
    slot: str
    unit: str
    figures: dict[str, str]


@dataclass(slots=True)
class Sum:
    value: Decimal = Decimal(0)
    reported: int = 0


class View(POPOTrackingRecorder):
    """Current figures and totals in dictionaries."""

    def __init__(self) -> None:
        super().__init__()
        self.figures: dict[tuple[str, ...], Decimal] = {}
        self.totals: dict[tuple[str, ...], Sum] = {}

    def put(self, event: Figures, tracking: Tracking) -> None:
        nodes = (event.unit, f"p{(int(event.unit[1:]) - 1) % stage.PREFECTURES:02d}", "JP")
        with self._database_lock:
            self._assert_tracking_uniqueness(tracking)
            for key, text in event.figures.items():
                cell = (event.election, event.form, event.slot, key)
                value, old = Decimal(text), self.figures.get((*cell, event.unit))
                self.figures[(*cell, event.unit)] = value
                for node in nodes:
                    total = self.totals.setdefault((*cell, node), Sum())
                    total.value += value - (old or 0)
                    total.reported += old is None
            self._insert_tracking(tracking)


class Totals(Projection[View]):
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        self.view.put(domain_event, tracking)


class Log(Application[Any]):
    pass


def runner_rate(events: int) -> float:
    """Events per second the runner projects; they are recorded before the clock starts."""
    with ProjectionRunner(application_class=Log, projection_class=Totals, view_class=View) as runner:
        stored = [runner.app.mapper.to_stored_event(_event(number)) for number in range(events)]
        begun = time.perf_counter()
        recordings = runner.app.recorder.insert_events(stored)
        assert recordings
        runner.wait(recordings[-1], WITHIN_S)
        return events / (time.perf_counter() - begun)


def _event(number: int) -> Figures:
    turn, unit = divmod(number, stage.UNITS)
    return Figures(
        originator_id=uuid5(NAMESPACE_URL, f"{turn // 4}/{unit}"),
        originator_version=turn % 4 + 1,
        timestamp=DomainEvent.create_timestamp(),
        election="e1",
        form="night",
        slot=f"s{turn // 4 + 1}",
        unit=stage.unit(unit),
        figures={f"c{turn % 4 + 1}|{item}||": str(40_000 + number % 6007) for item in stage.ITEMS},
    )
