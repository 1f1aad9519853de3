"""A return as it stood at a moment, with what the rules of then and those of now say of it."""

from __future__ import annotations

from dataclasses import dataclass

from reporting.application.findings import Findings
from reporting.application.opened import OpenReturn, ReturnReader
from reporting.application.service import Reporting
from reporting.domain.place import Place
from reporting.domain.workflow import RuleUse
from reporting.rules import editions
from reporting.rules.editions import RulesEdition
from reporting.rules.model import Finding


@dataclass(frozen=True, slots=True)
class ReturnThen:
    """`passed`: the edition of the rules that its last submission, approval or certification by then passed, None where that
    is not noted or there was none; `judged_by`: the edition that `findings` are of; `findings_now`: what the rules in force
    now say of the same figures beside the same others."""

    opened: OpenReturn
    position: int
    passed: RulesEdition | None
    judged_by: RulesEdition
    findings: tuple[Finding, ...]
    findings_now: tuple[Finding, ...]

    @property
    def in_force(self) -> tuple[RuleUse, ...]:
        """Rules that the election had in force then, as its definition names them."""
        return self.opened.defined.definition.rules


def return_then(reporting: Reporting, place: Place, position: int) -> ReturnThen:
    """UnknownReference where the election, form, slot or unit was not defined by then, or for an edition that only a later
    program knows."""
    kept, then = editions.shipped_editions(), reporting.as_of(position)
    opened = ReturnReader(then).open(*place)
    passed = None if opened.case.edition is None else kept.edition(opened.case.edition)
    judged_by = passed or kept.record.editions[0]
    if not opened.case.cells:
        return ReturnThen(opened, position, passed, judged_by, (), ())
    return ReturnThen(
        opened,
        position,
        passed,
        judged_by,
        Findings(then, kept.rules(judged_by.number)).of(opened),
        Findings(then, kept.rules(kept.current.number)).of(opened),
    )
