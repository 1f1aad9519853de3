"""Clerks and approvers without people: what each does with a return, and how carefully.

Every decision is drawn from the drill's seed, the place and the return's version: the same drill again for the same seed.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID, uuid5

from reporting.application.commands import CellInput
from reporting.application.desk import Desk
from reporting.application.desk_commands import (
    Approve,
    CorrectedReturn,
    CorrectTogether,
    Remind,
    SendBack,
    Submit,
)
from reporting.application.findings import RulesRefused
from reporting.application.opened import OpenReturn
from reporting.application.together import Together
from reporting.domain.actor import Actor, Channel, Role
from reporting.domain.figures import Cell
from reporting.domain.four_eyes import FourEyes
from reporting.domain.status import NotNow
from reporting.errors import ReportingError, Unavailable
from reporting.rules.model import Finding
from reporting.training.evading import Evading, ReturnBeside, ReturnPeople
from reporting.training.history import ROBOT
from reporting.training.messages import message
from reporting.training.plan import DrillPlace, DrillPlan, PlannedReturn
from reporting.training.prepare import NAMESPACE

ROLES = {"prefecture": Role.PREFECTURE, "nation": Role.MINISTRY}
WHY = message("robot_of_drill")
TRIES = 5
Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Care:
    """Shares from 0 to 1. `clerk`: of refused figures, those compared with the record instead of declared away;
    `approver`: of wrong figures no rule sees, those found by reading back; `punctual`: of returns sent in time;
    `false_alarm`: of right returns sent back all the same; `evade`: of officials, those who would rather have a difference
    gone than say it, and approve without looking."""

    clerk: float = 0.8
    approver: float = 0.6
    punctual: float = 0.95
    false_alarm: float = 0.01
    evade: float = 0.0


@dataclass(frozen=True, slots=True)
class Next:
    """What has to happen later. `what`: say, together, approve, elsewhere; `level`: of the chain; `figures`: to say."""

    what: str
    page: PlannedReturn
    after: float
    level: int = 0
    figures: Mapping[str, str] | None = None


class Robots:
    """Each method is one step of one office and answers what follows from it."""

    def __init__(
        self,
        desk: Desk,
        together: Together,
        sheet: DrillPlan,
        care: Care,
        levels: tuple[str, ...],
        evading: Evading,
    ) -> None:
        """`levels`: those that approve before a release, lowest first."""
        self._desk, self._together, self._evading = desk, together, evading
        self._sheet, self._care, self._levels = sheet, care, levels
        self._pages = {page.place: page for page in sheet.pages}
        self._true = {mistake.place: mistake for mistake in sheet.injected if mistake.declare}
        self._standing: dict[DrillPlace, Mapping[str, str]] = {}
        self._tries: dict[DrillPlace, int] = {}
        self._number = 0
        self._evaded: set[tuple[DrillPlace, str]] = set()
        self._elsewhere: dict[DrillPlace, ReturnBeside] = {}
        self._unanswered: dict[Hashable, Any] = {}
        self.given_up: dict[DrillPlace, str] = {}

    def dice(self, page: PlannedReturn, *more: object) -> random.Random:
        return random.Random("/".join(map(str, (self._sheet.seed, *page.place, *more))))

    def open(self, page: PlannedReturn) -> OpenReturn:
        return self._desk.returns.open(self._sheet.election, page.form, page.slot, page.unit)

    def say(
        self, page: PlannedReturn, figures: Mapping[str, str], findings: Iterable[Finding] = ()
    ) -> list[Next]:
        """The clerk sends the return; `findings`: those to declare or explain with it."""
        request = Submit(
            **self._of(page),
            figures=tuple(_typed(key, text) for key, text in figures.items()),
            explanations={finding.key: WHY for finding in findings if not finding.waivable},
            declarations={finding.key: "recount" for finding in findings if finding.waivable},
            reason=WHY,
            reason_class="drill",
            channel=Channel.SIMULATION,
        )
        said = ("say", page.place, *sorted(figures.items()))
        try:
            done = self._sent(said, request, lambda again: self._desk.submit(again, self._clerk(page)))
        except RulesRefused as refused:
            if (evaded := self._evade(page, figures, refused, request.command_id)) is not None:
                return evaded
            return self._refused(page, figures, refused)
        except Unavailable:
            raise  # the drill sends it again
        except ReportingError as other:
            self.given_up[page.place] = str(other)
            return []
        self._standing[page.place] = dict(figures)
        return self._to_approve(page, done.version)

    def say_together(self, page: PlannedReturn, figures: Mapping[str, str]) -> list[Next]:
        """The clerk sends the return with what stands wrong beside it, each as the record has it: one after the other
        they would contradict each other. Refused all the same: one after the other."""
        others = self._wrong_beside(page)
        returns = {**{other.place: other.truth for other in others}, page.place: figures}
        request = CorrectTogether(
            command_id=UUID(str(self._of(page)["command_id"])),
            election=self._sheet.election,
            returns=tuple(
                CorrectedReturn(
                    form=planned.form, slot=planned.slot, unit=planned.unit,
                    figures=tuple(_typed(key, text) for key, text in returns[planned.place].items()),
                )
                for planned in (*others, page)
            ),
            reason=WHY,
            reason_class="drill",
            channel=Channel.SIMULATION,
        )  # fmt: skip
        said = ("together", page.place, *sorted(figures.items()))
        try:
            done = self._sent(said, request, lambda again: self._together.correct(again, self._clerk(page)))
        except RulesRefused:
            return [Next("say", planned, 1, figures=returns[planned.place]) for planned in (*others, page)]
        except Unavailable:
            raise  # the drill sends it again
        except ReportingError as other:
            self.given_up[page.place] = str(other)
            return []
        self._standing |= returns
        stands = {(of.form, of.slot, of.unit): of.version for of in done.returns}
        return [
            following
            for planned in (*others, page)
            for following in self._to_approve(planned, stands[planned.form, planned.slot, planned.unit])
        ]

    def approve(self, page: PlannedReturn, level: int) -> list[Next]:
        """The office at this level of the page's chain looks at it: approves, or sends cells back."""
        opened = self.open(page)
        chain = [pair for pair in opened.chain if pair[0] in self._levels]
        if level >= len(chain) or opened.case.submitted_by is None:
            return []
        name, area = chain[level]
        if (back := self._unanswered.get(("back", page.place, name))) is not None:
            return self._send_back(page, name, area, back.cells)
        waiting = opened.case.waiting_at(name)
        dice = self.dice(page, "look", name, opened.case.version)
        later = dice.uniform(2, 5)
        if not waiting:
            return [Next("approve", page, later, level + 1)] if opened.case.approved_by(name) else []
        officer = self.officer(name, area)
        if self._evading.evades(officer.person):
            if self._evading.approve(page, officer, waiting):
                return [Next("approve", page, later, level + 1)]
            self.given_up[page.place] = self._evading.tries[-1].refused
            return []
        wrong = [key for key in waiting if opened.case.cells[key].text != page.truth.get(key)]
        if wrong and dice.random() < self._care.approver:
            return self._send_back(page, name, area, wrong)
        if not wrong and dice.random() < self._care.false_alarm:
            return self._send_back(page, name, area, [dice.choice(sorted(waiting))])
        try:
            # Every cell was read back: they are named, differences and what is new among the neighbours in view.
            self._desk.approve(Approve(**self._of(page), cells=tuple(sorted(waiting))), officer)
        except RulesRefused as refused:
            cells = sorted({key for finding in refused.findings for key in finding.cells if key in waiting})
            return self._send_back(page, name, area, cells)
        except (NotNow, FourEyes) as not_now:
            self.given_up[page.place] = str(not_now)
            return []
        return [Next("approve", page, later, level + 1)]

    def answer(self, page: PlannedReturn) -> list[Next]:
        """The clerk compares what was sent back with the record and sends the return again."""
        self._tries[page.place] = 0
        clerk, held = self._clerk(page), self._standing.get(page.place, {})
        wrong = any(held.get(key) != text for key, text in page.truth.items())
        if wrong and self._once(page, "answer", clerk) and self._evading.answer_all(page, clerk):
            return self._to_approve(page, self.open(page).case.version)
        return self.say(page, page.truth)

    def elsewhere(self, page: PlannedReturn) -> list[Next]:
        """The clerk who said a difference openly has it gone through another return of the unit."""
        other = self._elsewhere[page.place]
        if not self._evading.elsewhere(other, self._clerk(page)):
            return []
        return self._to_approve(other.page, self.open(other.page).case.version)

    def remind(self, page: PlannedReturn) -> bool:
        """The last office of the chain reminds a unit of which nothing has come; whether it had to."""
        opened = self.open(page)
        chain = [pair for pair in opened.chain if pair[0] in self._levels]
        if opened.case.submitted_by is not None or not chain:
            return False
        self._desk.remind(Remind(**self._of(page)), self.officer(*chain[-1]))
        return True

    def officer(self, level: str, area: str) -> Actor:
        name = self._sheet.offices.get(area, area)
        return Actor(f"{ROBOT}{area}/{level}", name, ROLES.get(level, Role.MUNICIPALITY), area)

    def _evade(
        self, page: PlannedReturn, figures: Mapping[str, str], refused: RulesRefused, refused_id: UUID
    ) -> list[Next] | None:
        """A true difference, shown to a clerk who evades: made to go away, here or in another return; None where the clerk
        does not, or no way led there."""
        clerk = self._clerk(page)
        true = page.place in self._true and all(figures.get(key) == text for key, text in page.truth.items())
        if not true or not self._once(page, "mend", clerk):
            return None
        other = self._evading.found_elsewhere(page, self._sheet.pages, refused.findings)
        if other and self.dice(page, "evade", "which").random() < 0.5:
            self._elsewhere[page.place] = other
            after = self.dice(page, "evade", "elsewhere").uniform(12, 25)
            return [*self.say(page, figures, refused.findings), Next("elsewhere", page, after)]
        opened = self.open(page)
        people = ReturnPeople(clerk, self._clerk(page, "/2"), self.officer(*opened.chain[0]))
        mended = {**page.truth, **self._true[page.place].wrong}
        if not self._evading.mend(page, mended, people, refused_id):
            return None
        self._standing[page.place] = mended
        return self._to_approve(page, self.open(page).case.version)

    def _once(self, page: PlannedReturn, what: str, clerk: Actor) -> bool:
        """Whether this clerk evades, the first time only: who is caught does not try for ever."""
        if (page.place, what) in self._evaded or not self._evading.evades(clerk.person):
            return False
        self._evaded.add((page.place, what))
        return True

    def _to_approve(self, page: PlannedReturn, version: int) -> list[Next]:
        return [Next("approve", page, self.dice(page, "approve", version).uniform(2, 5))]

    def _sent(self, what: Hashable, request: Asked, send: Callable[[Asked], Answer]) -> Answer:
        """What was answered; where nobody answered before, it is the very request that is sent again: what came of it may stand already."""
        request = self._unanswered.pop(what, request)
        try:
            return send(request)
        except Unavailable:
            self._unanswered[what] = request
            raise

    def _refused(self, page: PlannedReturn, figures: Mapping[str, str], refused: RulesRefused) -> list[Next]:
        """Compare with the record, declare, alter something that balances (the careless), or give up."""
        tries = self._tries[page.place] = self._tries.get(page.place, 0) + 1
        if tries > TRIES:
            self.given_up[page.place] = str(refused)
            return []
        dice = self.dice(page, "refused", tries)
        careful, after = dice.random() < self._care.clerk, dice.uniform(3, 9)
        blocked = any(finding.severity == "error" and not finding.waivable for finding in refused.findings)
        if any(figures.get(key) != text for key, text in page.truth.items()):
            if careful or blocked:
                return [Next("say", page, after, figures=page.truth)]
        elif page.place in self._true and not careful:
            return [Next("say", page, after, figures={**page.truth, **self._true[page.place].wrong})]
        elif careful and self._wrong_beside(page):
            return [Next("together", page, after, figures=figures)]
        elif blocked:
            self.given_up[page.place] = str(refused)
            return []
        return self.say(page, figures, refused.findings)

    def _wrong_beside(self, page: PlannedReturn) -> list[PlannedReturn]:
        """Returns of the same unit that stand with something else than the record says."""
        return [
            self._pages[place]
            for place, held in sorted(self._standing.items())
            if place.unit == page.unit
            and place != page.place
            and any(held.get(key) != text for key, text in self._pages[place].truth.items())
        ]

    def _send_back(self, page: PlannedReturn, level: str, area: str, cells: Sequence[str]) -> list[Next]:
        request = SendBack(**self._of(page), cells=tuple(sorted(cells)), reason_class="query", reason=WHY)
        officer, sent = self.officer(level, area), ("back", page.place, level)
        try:
            done = self._sent(sent, request, lambda again: self._desk.send_back(again, officer))
        except Unavailable:
            raise
        except ReportingError as refused:
            self.given_up[page.place] = str(refused)
            return []
        return [Next("answer", page, self.dice(page, "answer", done.version).uniform(3, 9))]

    def _clerk(self, page: PlannedReturn, beside: str = "") -> Actor:
        return Actor(
            f"{ROBOT}{page.unit}{beside}", self._sheet.offices[page.unit], Role.MUNICIPALITY, page.unit
        )

    def _of(self, page: PlannedReturn) -> dict[str, str | UUID]:
        self._number += 1
        return {
            "command_id": uuid5(NAMESPACE, f"{self._sheet.election}/{self._sheet.starts_at}/{self._number}"),
            "election": self._sheet.election,
            "form": page.form,
            "slot": page.slot,
            "unit": page.unit,
        }


def _typed(key: str, text: str) -> CellInput:
    cell = Cell.from_key(key)
    return CellInput(
        contest=cell.contest, item=cell.item, breakdown=cell.breakdown, choice=cell.choice, value=text
    )
