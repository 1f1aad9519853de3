"""A practice copy of a return for one person: asked and answered, kept nowhere."""

from __future__ import annotations

from typing import Annotated

import strawberry

from api.graphql.access import UNIT_IN_REACH, readable
from api.graphql.arguments import ElectionCode, FormCode, SlotCode, UnitCode
from api.graphql.context import Info
from api.graphql.desk.asks import AskedForm
from api.graphql.desk.findings import Finding
from api.graphql.mutations import CellInput, CellProblem
from api.graphql.types import Label, described
from reporting.application.practising import WouldBe, practice_check, practice_copy

MOST = 5_000

strawberry.enum(WouldBe, name="WouldBe", description="What a submission of these figures would come to.")
OUTCOMES = {
    WouldBe.SUBMITTED: "it would be submitted",
    WouldBe.NEEDS_WORDS: "it would be submitted once warnings are explained and differences declared",
    WouldBe.REFUSED: "it would be refused: there are problems, or errors that nobody may declare",
}
for _value in WouldBe.__strawberry_definition__.values:  # type: ignore[attr-defined]
    _value.description = OUTCOMES[WouldBe(_value.value)]


@strawberry.type(description="A figure of the election before, to practise with.")
class PracticeCell:
    key: str = described("contest|item|breakdown|choice")
    value: str = described("canonical text")


@strawberry.type(
    description="A practice copy of a return: the form as it is asked, with the figures of the election before."
)
class PracticeReturn:
    asks: AskedForm = described("what the form asks of the unit")
    cells: list[PracticeCell] = described("figures of the election before, where it has them")
    previous_named: Label = described("which election that is, and over which areas of then")


@strawberry.type(description="What would be said of figures if they were a return. Nothing is recorded.")
class PracticeChecked:
    would_be: WouldBe = described("what a submission would come to")
    problems: list[CellProblem] = described(
        "cells that cannot hold what was typed, and candidates without a figure"
    )
    findings: list[Finding] = described("what the rules find, with what to do")


@strawberry.type(description="Practice at any hour.")
class PracticeQueries:
    @readable(
        UNIT_IN_REACH, "a practice copy of a return of one's own area, for oneself alone; nothing is recorded"
    )
    def practice_return(
        self, info: Info, election: ElectionCode, form: FormCode, slot: SlotCode, unit: UnitCode
    ) -> PracticeReturn:
        desk = info.context.desk
        opened = desk.returns.open(election, form, slot, unit)
        copied = practice_copy(desk.findings, opened)
        return PracticeReturn(
            asks=AskedForm.of(opened),
            cells=[PracticeCell(key=key, value=value) for key, value in copied.previous.items()],
            previous_named=Label(ja=copied.previous_named.ja, en=copied.previous_named.en),
        )

    @readable(UNIT_IN_REACH, "what would be said of figures typed into a practice copy; nothing is recorded")
    def practice_checked(
        self,
        info: Info,
        election: ElectionCode,
        form: FormCode,
        slot: SlotCode,
        unit: UnitCode,
        figures: Annotated[list[CellInput], strawberry.argument(description="what was typed")],
    ) -> PracticeChecked:
        desk = info.context.desk
        opened = desk.returns.open(election, form, slot, unit)
        checked = practice_check(desk.findings, opened, [cell.typed() for cell in figures[:MOST]])
        return PracticeChecked(
            would_be=checked.would_be,
            problems=[CellProblem.of(problem) for problem in checked.problems],
            findings=[Finding.of(finding) for finding in checked.findings],
        )
