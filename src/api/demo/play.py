"""Sends a night's arrivals through the application service, like any clerk's, at the speed of a clock."""

from __future__ import annotations

import queue
import threading
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID, uuid5

from api.demo.night import Arrival
from reporting.application.commands import CellInput, CorrectFigures, EnterFigures
from reporting.application.service import Reporting
from reporting.domain.actor import Actor, Channel, Role
from reporting.errors import ReportingError

NAMESPACE = UUID("6f1d3a52-1f0f-5a0c-9c7e-0d5f7c1b2a90")
CLERKS = 16  # senders at a time; a unit always has the same one, so that its messages stay in order


@dataclass(slots=True)
class Tally:
    """What has been sent so far."""

    entered: int = 0
    corrected: int = 0
    refused: int = 0
    last_refusal: str = ""

    @property
    def sent(self) -> int:
        return self.entered + self.corrected + self.refused


class Clock:
    """The night's time: `speed` minutes of it pass in a real minute."""

    def __init__(self, begins: float, speed: float) -> None:
        self._begins, self._speed, self._started = begins, speed, time.monotonic()

    def minute(self) -> float:
        return self._begins + (time.monotonic() - self._started) * self._speed / 60

    def wait_until(self, minute: float, stop: threading.Event) -> bool:
        """True when `minute` has come, False when `stop` was set first."""
        return not stop.wait(max(0.0, (minute - self.minute()) * 60 / self._speed))


class Player:
    """Plays arrivals of one election; `tally` may be read at any time."""

    def __init__(self, service: Reporting, election: str, seed: int) -> None:
        self._service, self._election, self._seed = service, election, seed
        self._queues: list[queue.SimpleQueue[Arrival | None]] = [queue.SimpleQueue() for _ in range(CLERKS)]
        self._versions: dict[tuple[str, str, str], int] = {}
        self._lock = threading.Lock()
        self.tally = Tally()

    def play(
        self,
        arrivals: list[Arrival],
        clock: Clock,
        stop: threading.Event,
        arrived: Callable[[], None] = lambda: None,
    ) -> None:
        """Send all arrivals when their minute comes; returns when every one is answered or `stop` is set."""
        clerks = [threading.Thread(target=self._clerk, args=(box,), name="clerk") for box in self._queues]
        for clerk in clerks:
            clerk.start()
        try:
            for arrival in arrivals:
                if not clock.wait_until(arrival.minute, stop):
                    break
                self._queues[zlib.crc32(arrival.unit.encode()) % CLERKS].put(arrival)
                arrived()
        finally:
            for box in self._queues:
                box.put(None)
            for clerk in clerks:
                clerk.join()

    def _clerk(self, box: queue.SimpleQueue[Arrival | None]) -> None:
        while (arrival := box.get()) is not None:
            try:
                self._send(arrival)
            except ReportingError as refusal:
                with self._lock:
                    self.tally.refused += 1
                    self.tally.last_refusal = str(refusal)

    def _send(self, arrival: Arrival) -> None:
        place = (arrival.unit, arrival.form, arrival.slot)
        actor = Actor(f"demo-{arrival.unit}", f"開票所 {arrival.unit}", Role.MUNICIPALITY, arrival.unit)
        given = {
            "command_id": uuid5(NAMESPACE, f"{self._election}/{self._seed}/{arrival.key}"),
            "election": self._election,
            "form": arrival.form,
            "slot": arrival.slot,
            "unit": arrival.unit,
            "expected_version": self._versions.get(place, 0),
            "figures": [
                CellInput(
                    contest=c.contest, item=c.item, breakdown=c.breakdown, choice=c.choice, value=str(value)
                )
                for c, value in arrival.figures.items()
            ],
            "channel": Channel.SIMULATION,
        }
        if arrival.slip is None:
            recorded = self._service.enter_figures(EnterFigures(**given), actor)
        else:
            reason_class, reason = arrival.slip
            command = CorrectFigures(**given, reason_class=reason_class, reason=reason)
            recorded = self._service.correct_figures(command, actor)
        self._versions[place] = recorded.version
        with self._lock:
            if arrival.slip is None:
                self.tally.entered += 1
            else:
                self.tally.corrected += 1
