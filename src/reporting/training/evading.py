"""Robots who evade: what officials try who would rather have a difference gone than say it openly.

Every try is one of the product's own ways in, by somebody whose office it is; what is refused is counted and the next one
tried. Dice of their own: who evades moves nobody else's.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID, uuid5

from reporting.application.batch import BatchPart, ComparedReturn, ImportedFile, ReturnFigures, record_batch
from reporting.application.commands import CellInput, CorrectFigures, EnterFigures
from reporting.application.desk import Desk
from reporting.application.desk_commands import (
    Answer,
    Approve,
    ApproveGreen,
    CorrectedReturn,
    CorrectTogether,
    SaveDraft,
    Submit,
    Withdraw,
)
from reporting.application.figures import FigureDoor
from reporting.application.service import Reporting
from reporting.application.together import Together
from reporting.domain.actor import Actor, Channel
from reporting.domain.figures import Cell, format_value, parse_value
from reporting.errors import ReportingError, Unavailable
from reporting.ledger import return_stream
from reporting.rules.model import Finding
from reporting.training.messages import message
from reporting.training.plan import DrillPlan, PlannedReturn, Try
from reporting.training.prepare import NAMESPACE

WORDS = message("evading_robot_of_drill")


@dataclass(frozen=True, slots=True)
class ReturnPeople:
    """Who acts for a return: its clerk, the clerk beside, and the officer who looks at it first."""

    clerk: Actor
    beside: Actor
    officer: Actor


@dataclass(frozen=True, slots=True)
class ReturnBeside:
    """Another return of the unit, and the cells of it (the whole, and a part of it on each way of dividing it) with which a
    difference goes away."""

    page: PlannedReturn
    figures: Mapping[str, str]


class Evading:
    """`tries`: all of them, in order; `unnamed`: ledger positions of approvals that named no cell."""

    def __init__(self, reporting: Reporting, desk: Desk, sheet: DrillPlan, share: float) -> None:
        """`share` of officials who evade."""
        self._reporting, self._desk, self._sheet, self._share = reporting, desk, sheet, share
        self._door, self._together = FigureDoor(reporting, desk), Together(reporting, desk)
        self._number = self._mended = 0
        self.tries: list[Try] = []
        self.unnamed: set[int] = set()

    def evades(self, person: str) -> bool:
        return self._share > 0 and self._dice("who", person).random() < self._share

    def mend(
        self, page: PlannedReturn, mended: Mapping[str, str], people: ReturnPeople, refused_id: UUID
    ) -> bool:
        """One way after the other until the figures stand as they look well; whether they do."""
        ways: list[tuple[str, Callable[[], object]]] = [
            ("draft", lambda: self._through_the_draft(page, mended, people.clerk, people.beside)),
            ("typed_by_approver", lambda: self._through_the_draft(page, mended, people.officer, people.clerk)),
            ("single_figures", lambda: self._single_figures(page, mended, people)),
            ("import", lambda: self._import(page, mended, people.officer)),
            ("in_anothers_name", lambda: self._submit(page, mended, people.officer, words=True)),
            ("together", lambda: self._jointly(page, mended, people.clerk)),
            ("withdraw", lambda: self._withdraw(page, mended, people)),
            ("same_id", lambda: self._submit(page, mended, people.clerk, words=True, command_id=refused_id)),
        ]  # fmt: skip
        self._dice("ways").shuffle(ways)
        self._mended += 1
        ways = (
            ways[self._mended % len(ways) :] + ways[: self._mended % len(ways)]
        )  # each comes first in its turn
        first = ("without_words", lambda: self._submit(page, mended, people.clerk, words=False))
        return any(self._try(page, people.clerk, trick, way) for trick, way in (first, *ways))

    def approve(self, page: PlannedReturn, officer: Actor, waiting: Iterable[str]) -> bool:
        """In bulk, plainly, and only then by naming the cells; at last by an override. Whether it was approved."""
        cells = tuple(sorted(waiting))
        return (
            self._approve(page, officer, "approve_in_bulk", lambda: self._in_bulk(page, officer))
            or self._approve(page, officer, "approve_plainly", lambda: self._plainly(page, officer))
            or self._approve(page, officer, "approve_unread", lambda: self._by_name(page, officer, cells))
            or self._approve(page, officer, "override", lambda: self._by_name(page, officer, cells, WORDS))
        )

    def answer_all(self, page: PlannedReturn, clerk: Actor) -> bool:
        """Says of all that was sent back that it is right."""
        back = tuple(sorted(self._desk.returns.open(*self._at(page)).case.sent_back()))
        request = Answer(**self._of(page), cells=back or ("-",), agrees=True, reason=WORDS)
        return self._try(page, clerk, "answer_all", lambda: self._desk.answer(request, clerk))

    def elsewhere(self, other: ReturnBeside, clerk: Actor) -> bool:
        """Changes another return of the unit so that the difference in this one is gone."""
        return self._try(
            other.page,
            clerk,
            "another_form",
            lambda: self._submit(other.page, other.figures, clerk, words=True),
        )

    @staticmethod
    def found_elsewhere(
        page: PlannedReturn, pages: Iterable[PlannedReturn], findings: Iterable[Finding]
    ) -> ReturnBeside | None:
        """The cell of another return with which one of the findings goes away."""
        for finding in findings:
            if finding.difference is None or not finding.waivable:
                continue
            for key in finding.cells:
                for other in pages:
                    if other.unit == page.unit and key not in page.truth and key in other.truth:
                        return ReturnBeside(other, _more(other, key, finding.difference))
        return None

    def _approve(self, page: PlannedReturn, officer: Actor, trick: str, way: Callable[[], int]) -> bool:
        positions: list[int] = []
        done = self._try(page, officer, trick, lambda: positions.append(way()))
        if done and trick in ("approve_in_bulk", "approve_plainly"):
            self.unnamed.update(positions)
        return done

    def _in_bulk(self, page: PlannedReturn, officer: Actor) -> int:
        request = ApproveGreen(
            command_id=self._next_id(), election=self._sheet.election, form=page.form, slot=page.slot,
            units=(page.unit,),
        )  # fmt: skip
        ((_, outcome),) = self._desk.approve_green(request, officer)
        if isinstance(outcome, ReportingError):
            raise outcome
        return outcome.position

    def _plainly(self, page: PlannedReturn, officer: Actor) -> int:
        return self._desk.approve(Approve(**self._of(page)), officer).position

    def _by_name(
        self, page: PlannedReturn, officer: Actor, cells: tuple[str, ...], override: str | None = None
    ) -> int:
        return self._desk.approve(Approve(**self._of(page), cells=cells, override=override), officer).position

    def _submit(
        self,
        page: PlannedReturn,
        figures: Mapping[str, str],
        by: Actor,
        *,
        words: bool,
        command_id: UUID | None = None,
        declarations: Mapping[str, str] | None = None,
    ) -> None:
        of = self._of(page) | ({"command_id": command_id} if command_id else {})
        self._desk.submit(
            Submit(
                **of,
                figures=_inputs(figures),
                reason=WORDS if words else None,
                declarations=dict(declarations or {}),
                explanations=self._explained(page, figures),
                channel=Channel.SIMULATION,
                take_draft=False,
            ),
            by,
        )

    def _explained(self, page: PlannedReturn, figures: Mapping[str, str]) -> dict[str, str]:
        """Words for every warning: they cost an evader nothing."""
        opened = self._desk.returns.open(*self._at(page))
        texts = opened.case.texts | dict(figures)
        warnings = self._desk.findings.of(opened, texts) if texts else ()
        return {finding.key: WORDS for finding in warnings if finding.severity == "warning"}

    def _through_the_draft(
        self, page: PlannedReturn, figures: Mapping[str, str], typist: Actor, sender: Actor
    ) -> None:
        cells = tuple(_inputs(figures))
        version = self._desk.save_draft(SaveDraft(**self._of(page), cells=cells), typist)
        request = Submit(
            **self._of(page), reason=WORDS, draft_version=version, channel=Channel.SIMULATION,
            explanations=self._explained(page, figures),
        )  # fmt: skip
        self._desk.submit(request, sender)

    def _single_figures(self, page: PlannedReturn, figures: Mapping[str, str], people: ReturnPeople) -> None:
        """Cell by cell instead of handing the return in; then somebody hands in what stands."""
        case = self._desk.returns.open(*self._at(page)).case
        fresh = {key: text for key, text in figures.items() if key not in case.cells}
        moved = {
            key: text for key, text in figures.items() if key in case.cells and case.cells[key].text != text
        }
        where = {**self._of(page), "expected_version": case.version, "channel": Channel.SIMULATION}
        if fresh:
            self._door.record(EnterFigures(**where, figures=_inputs(fresh)), people.clerk)
        elif moved:
            request = CorrectFigures(**where, figures=_inputs(moved), reason_class="drill", reason=WORDS)
            self._door.record(request, people.clerk)
        self._submit(page, {}, people.beside, words=True)

    def _import(self, page: PlannedReturn, figures: Mapping[str, str], by: Actor) -> None:
        stream = return_stream(*self._at(page))
        case = self._reporting.return_case(stream)
        values = {
            key: format_value(parse_value(text)) for key, text in figures.items() if key not in case.cells
        }
        part = ReturnFigures(stream, *self._at(page), values)
        source = ImportedFile("drill", "evading.csv", self._next_id().hex * 2, self._next_id())
        whole = BatchPart([part], {stream: ComparedReturn.of(case)})
        record_batch(self._reporting, source, [whole], by)
        self._submit(page, {}, by, words=True)

    def _jointly(self, page: PlannedReturn, figures: Mapping[str, str], by: Actor) -> None:
        part = CorrectedReturn(
            form=page.form, slot=page.slot, unit=page.unit, figures=_inputs(figures),
            explanations=self._explained(page, figures),
        )  # fmt: skip
        request = CorrectTogether(
            command_id=self._next_id(), election=self._sheet.election, returns=(part,), reason=WORDS,
            channel=Channel.SIMULATION,
        )  # fmt: skip
        self._together.correct(request, by)

    def _withdraw(self, page: PlannedReturn, figures: Mapping[str, str], people: ReturnPeople) -> None:
        """Says it openly, takes the return back, and begins anew as if there had been nothing."""
        opened = self._desk.returns.open(*self._at(page))
        findings = self._desk.findings.of(opened, page.truth)
        declared = {finding.key: "recount" for finding in findings if finding.waivable}
        self._submit(page, page.truth, people.clerk, words=True, declarations=declared)
        self._desk.withdraw(Withdraw(**self._of(page), reason=WORDS), people.clerk)
        self._submit(page, figures, people.beside, words=True)

    def _try(self, page: PlannedReturn, by: Actor, trick: str, way: Callable[[], object]) -> bool:
        try:
            way()
        except Unavailable:
            raise  # nobody refused it: the drill tries it again
        except ReportingError as refused:
            self.tries.append(
                Try(place=page.place, office=by.jurisdiction, trick=trick, refused=refused.code)
            )
            return False
        self.tries.append(Try(place=page.place, office=by.jurisdiction, trick=trick))
        return True

    def _dice(self, *more: object) -> random.Random:
        return random.Random("/".join(map(str, (self._sheet.seed, "evade", *more))))

    def _at(self, page: PlannedReturn) -> tuple[str, str, str, str]:
        return self._sheet.election, page.form, page.slot, page.unit

    def _of(self, page: PlannedReturn) -> dict[str, str | UUID]:
        return {
            "command_id": self._next_id(), "election": self._sheet.election, "form": page.form, "slot": page.slot,
            "unit": page.unit,
        }  # fmt: skip

    def _next_id(self) -> UUID:
        self._number += 1
        return uuid5(NAMESPACE, f"{self._sheet.election}/{self._sheet.starts_at}/evade/{self._number}")


def _more(page: PlannedReturn, whole: str, more: Decimal) -> dict[str, str]:
    """The whole and the first of its parts on each way of dividing it, so many more: nothing within the return differs."""
    cell, changed = Cell.from_key(whole), {whole: page.truth[whole]}
    for key, text in page.truth.items():
        part = Cell.from_key(key)
        same = (part.contest, part.item, part.choice) == (cell.contest, cell.item, cell.choice)
        dimensions = [Cell.from_key(changed_key).breakdown.partition("=")[0] for changed_key in changed]
        if same and "," not in part.breakdown and part.breakdown.partition("=")[0] not in dimensions:
            changed[key] = text
    return {
        key: format_value(Decimal(text) + more) for key, text in changed.items() if not text.startswith("!")
    }


def _inputs(figures: Mapping[str, str]) -> tuple[CellInput, ...]:
    return tuple(
        CellInput(contest=c.contest, item=c.item, breakdown=c.breakdown, choice=c.choice, value=text)
        for c, text in ((Cell.from_key(key), text) for key, text in figures.items())
    )
