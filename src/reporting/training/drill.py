"""Plays a drill: messages arrive when their minute comes, offices look at them, the clock publishes what is due.

The drill's clock is its own: a minute has passed when all that happens in it is done, however long the machine takes. With
robots everywhere the night takes no time; with people a minute waits for the real clock, but never the other way round.
"""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import count
from typing import Protocol

from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.application.together import Together
from reporting.errors import ReportingError, Unavailable
from reporting.publication.kinds import training
from reporting.publication.live_or_training import TrainingPublication
from reporting.training.copy import Clock
from reporting.training.evading import Evading
from reporting.training.history import history
from reporting.training.plan import DrillPlan, PlannedReturn
from reporting.training.robots import Care, Next, Robots
from reporting.training.score import Score, score

POLL_S = 2.0
"""Seconds between two looks at what people sent back."""

FOLLOW_S = 10.0
"""Seconds between two looks at what people approved after its slot was released."""

REMIND = 9.0
"""Minutes before publication: who has not sent anything is reminded."""

SLACK = 0.01
"""Minutes: a release comes after its time, never in the rounding before it."""

AGAIN = 0.5
"""Minutes after which is tried again what the database was away for, and a publication that failed."""

Progress = Callable[[int, int, str], None]


class Pace(Protocol):
    """How the night's minutes come."""

    def reach(self, minute: float) -> bool:
        """True when the minute has come; False when the drill was stopped first."""


class AtOnce:
    """For robots."""

    def reach(self, minute: float) -> bool:
        return True


class OnClock:
    """For people: waits on the drill's clock until `stop` is set."""

    def __init__(self, clock: Clock, stop: threading.Event) -> None:
        self._clock, self._stop = clock, stop

    def reach(self, minute: float) -> bool:
        left = (self._clock.moment(minute) - datetime.now(UTC)).total_seconds()
        return not self._stop.wait(max(0.0, left))


class Drill:
    """One performance of a sheet. `people`: levels where people approve; robots play the others and all units.
    `trouble`: (minute, what) of steps that were refused."""

    def __init__(
        self, reporting: Reporting, sheet: DrillPlan, care: Care | None = None, people: Iterable[str] = ()
    ) -> None:
        self._reporting, self._care = reporting, care or Care()
        self._election = training(reporting, sheet.election)
        workflow = self._election.definition.workflow
        assert workflow is not None
        upto = workflow.levels[: workflow.levels.index(workflow.publish_at_level) + 1]
        self._people = frozenset(people)
        self._sheet = sheet.model_copy(update={"played": self._played(sheet)})
        self._desk = Desk(reporting)
        self._publication = TrainingPublication(reporting, self._desk)
        self._evading = Evading(reporting, self._desk, self._sheet, self._care.evade)
        self.robots = Robots(
            self._desk, Together(reporting, self._desk), self._sheet, self._care, upto, self._evading
        )
        self._queue: list[tuple[float, int, Callable[[float], None]]] = []
        self._numbers = count()
        self._journal: list[tuple[int, float]] = []
        self._answered: dict[tuple[str, str, str], int] = {}
        self.trouble: list[tuple[float, str]] = []

    def run(self, pace: Pace | None = None, progress: Progress = lambda done, total, what: None) -> DrillPlan:
        """Until the night is over or stopped. Answers the sheet with the journal."""
        self._schedule()
        whole = int(self._sheet.ends)
        pace = pace or AtOnce()
        position = self._reporting.ledger.position()
        while self._queue:
            minute, _, act = heapq.heappop(self._queue)
            if minute > self._sheet.ends or not pace.reach(minute):
                break
            try:
                act(minute)
            except Unavailable as away:
                self.trouble.append((round(minute, 2), str(away)))
                if act not in (self._publish, self._follow_up, self._poll):  # those come again by themselves
                    self._at(minute + AGAIN, act)
            except ReportingError as refused:  # somebody was faster: the night goes on
                self.trouble.append((round(minute, 2), str(refused)))
            after = self._reached(position)
            if after > position:
                self._journal.append((position + 1, round(minute, 2)))
            position = after
            progress(int(minute), whole, f"{self._sheet.election}")
        progress(whole, whole, f"{self._sheet.election}")
        return self._sheet.model_copy(
            update={
                "journal": tuple(self._journal),
                "tries": tuple(self._evading.tries),
                "unnamed": tuple(sorted(self._evading.unnamed)),
            }
        )

    def _reached(self, before: int) -> int:
        """Where the log stands; `before` while nobody can say, and the next step's journal holds what came meanwhile."""
        try:
            return self._reporting.ledger.position()
        except Unavailable:
            return before

    @property
    def sheet(self) -> DrillPlan:
        """With what people play."""
        return self._sheet

    def _played(self, sheet: DrillPlan) -> tuple[str, ...]:
        """Areas whose offices people play."""
        election = self._reporting.catalog.election(sheet.election)
        chains = (election.roster.chains[unit] for unit in {page.unit for page in sheet.pages})
        return tuple(sorted({area for chain in chains for level, area in chain if level in self._people}))

    def _schedule(self) -> None:
        for page in self._sheet.pages:
            dice = self.robots.dice(page, "arrive")
            late = 0.0 if dice.random() < self._care.punctual else dice.uniform(25, 90)
            self._at(page.arrives + late, self._saying(page, page.first))
            if page.late and page.late_at is not None:
                self._at(page.late_at + late, self._saying(page, {**page.truth, **page.late}))
            self._at(page.due - REMIND, lambda minute, page=page: self._remind(minute, page))  # type: ignore[misc]
        dues = {(page.due, page.form, page.slot) for page in self._sheet.pages}
        for due, _, _ in sorted(dues):
            self._at(due + SLACK, self._publish)
        self._at(self._sheet.ends - SLACK, self._publish)
        if self._people:
            self._at(0, self._poll)
            self._at(FOLLOW_S / 60 * self._sheet.speed, self._follow_up)

    def _at(self, minute: float, act: Callable[[float], None]) -> None:
        heapq.heappush(self._queue, (max(0.0, minute), next(self._numbers), act))

    def _saying(self, page: PlannedReturn, figures: dict[str, str]) -> Callable[[float], None]:
        return lambda minute: self._follow(minute, self.robots.say(page, figures))

    def _follow(self, minute: float, steps: Iterable[Next]) -> None:
        for step in steps:
            self._at(minute + step.after, lambda now, step=step: self._step(now, step))  # type: ignore[misc]

    def _step(self, minute: float, step: Next) -> None:
        if step.what == "say" and step.figures is not None:
            self._follow(minute, self.robots.say(step.page, step.figures))
        elif step.what == "together" and step.figures is not None:
            self._follow(minute, self.robots.say_together(step.page, step.figures))
        elif step.what == "elsewhere":
            self._follow(minute, self.robots.elsewhere(step.page))
        elif step.what == "answer":
            self._follow(minute, self.robots.answer(step.page))
        elif not self._waits_for_people(step):
            self._follow(minute, self.robots.approve(step.page, step.level))

    def _waits_for_people(self, step: Next) -> bool:
        """Whether the office that looks next is one of people; what follows is then theirs to begin."""
        if not self._people:
            return False
        chain = [level for level, _ in self.robots.open(step.page).chain]
        return step.level < len(chain) and chain[step.level] in self._people

    def _remind(self, minute: float, page: PlannedReturn) -> None:
        if not self._people:
            self.robots.remind(page)

    def _publish(self, minute: float) -> None:
        try:
            self._publication.tick(self._election, self._sheet.clock.moment(minute))
        except ReportingError:
            if minute + AGAIN < self._sheet.ends:
                self._at(minute + AGAIN, self._publish)
            raise

    def _follow_up(self, minute: float) -> None:
        """Corrections that people approved after a release go out without waiting for the next slot."""
        self._at(minute + FOLLOW_S / 60 * self._sheet.speed, self._follow_up)
        self._publish(minute)

    def _poll(self, minute: float) -> None:
        """The units' robots answer what people have sent back since the last look."""
        self._at(minute + POLL_S / 60 * self._sheet.speed, self._poll)
        slots: dict[tuple[str, str], list[PlannedReturn]] = {}
        for page in self._sheet.pages:
            if page.arrives <= minute:
                slots.setdefault((page.form, page.slot), []).append(page)
        for (form, slot), pages in slots.items():
            by_unit = {page.unit: page for page in pages}
            for opened in self._desk.returns.open_all(self._sheet.election, form, slot, sorted(by_unit)):
                page, version = by_unit[opened.place.unit], opened.case.version
                if opened.case.sent_back() and self._answered.get(page.place, -1) < version:
                    self._answered[page.place] = version
                    after = self.robots.dice(page, "answer", version).uniform(3, 9)
                    self._follow(minute, [Next("answer", page, after)])


def scored(reporting: Reporting, sheet: DrillPlan) -> Score:
    """The score of a drill as it stands in the ledger now."""
    return score(sheet, history(reporting.ledger, sheet))
