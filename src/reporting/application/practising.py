"""A practice copy of a return: tonight's form and rules with last election's figures, for one person, kept by nobody.

Nothing of the night is read into it: not what the return holds, nor other forms, nor the units beside it; nothing is written. What the
rules say of the figures is what they would say of a return that holds them alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from reporting.application.asked import asked_contests
from reporting.application.findings import Findings, still_open
from reporting.application.messages import message
from reporting.application.opened import OpenReturn
from reporting.domain.case import ReturnCase
from reporting.domain.figures import Value, format_value
from reporting.domain.returns import CellProblem, TypedCell
from reporting.rules.context import Context
from reporting.rules.engine import check, load_rules
from reporting.rules.model import Finding
from reporting.words import Words


class WouldBe(StrEnum):
    """What a submission of these figures would come to."""

    SUBMITTED = "submitted"
    NEEDS_WORDS = "needs_words"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class PracticeCopy:
    """`previous`: cell key → canonical text of the election before, over the areas of then, numbers alone; `previous_named`: which that is."""

    previous: Mapping[str, str]
    previous_named: Words


@dataclass(frozen=True, slots=True)
class PracticeCheck:
    problems: tuple[CellProblem, ...]
    findings: tuple[Finding, ...]
    would_be: WouldBe


def practice_copy(findings: Findings, opened: OpenReturn) -> PracticeCopy:
    context = _alone(findings, opened)
    asked = [cell.key for contest in asked_contests(opened) for cell in contest.cells]
    held = {key: context.previous_slot.get(key, context.previous.get(key)) for key in asked}
    previous = {key: format_value(value) for key, value in held.items() if isinstance(value, Decimal)}
    return PracticeCopy(previous, context.previous_named)


def practice_check(findings: Findings, opened: OpenReturn, given: Sequence[TypedCell]) -> PracticeCheck:
    """Of figures that somebody typed, each cell once: a second value of one is a problem, as at the desk."""
    alone = _alone(findings, opened)
    figures: dict[str, Value] = {}
    problems: list[CellProblem] = []
    for typed in given:
        judged = opened.shape.problem(typed, alone.contests)
        if isinstance(judged, CellProblem):
            problems.append(judged)
        elif typed.cell.key in figures:
            told = message.words("cell_once", key=typed.cell.key)
            problems.append(
                CellProblem(typed.cell, "twice", typed.text, *told, opened.shape.named(typed.cell))
            )
        else:
            figures[typed.cell.key] = judged
    problems += opened.shape.left_out(figures)
    of_rules = check(alone.definition.rules, replace(alone, figures=figures), load_rules()) if figures else ()
    return PracticeCheck(tuple(problems), of_rules, _would_be(problems, of_rules, bool(figures)))


def _would_be(problems: Sequence[CellProblem], findings: Sequence[Finding], holds_any: bool) -> WouldBe:
    left = still_open(findings, {})
    if (
        problems
        or not holds_any
        or any(finding.severity == "error" and not finding.waivable for finding in left)
    ):
        return WouldBe.REFUSED
    return WouldBe.NEEDS_WORDS if left else WouldBe.SUBMITTED


def _alone(findings: Findings, opened: OpenReturn) -> Context:
    """The return as if nobody had typed anything, here or anywhere else tonight."""
    blank = replace(opened, case=ReturnCase())
    context = findings.contexts([blank])[opened.stream]
    return replace(
        context, figures={}, earlier={}, other_forms={}, neighbours={}, inside={}, names={}, declared=frozenset(), divisions={}
    )  # fmt: skip
