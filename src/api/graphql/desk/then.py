"""A return as it stood at a moment: which rules it had passed, what they said, and what those of now say of the same."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import strawberry

from api.graphql.desk.findings import Finding
from api.graphql.types import described
from reporting.application.then import ReturnThen as ReturnThenRecord
from reporting.domain.workflow import RuleUse
from reporting.rules.editions import RulesEdition
from reporting.rules.model import Finding as FindingRecord


@strawberry.type(description="A rule in one of its versions.")
class RuleVersion:
    code: str = described("rule id, e.g. J11")
    version: int = described("rises with every change that can make a finding come out otherwise")


@strawberry.type(description="Which version of each rule is in force together.")
class RuleEdition:
    number: int = described("as submissions, approvals and certifications name it")
    since: date = described("day from which the program has it")
    rules: list[RuleVersion] = described(
        "the rules that the election had in force, in their versions of then"
    )

    @classmethod
    def of(cls, edition: RulesEdition, in_force: Iterable[RuleUse]) -> RuleEdition:
        """Of an edition, what an election had in force."""
        rules = [
            RuleVersion(code=use.code, version=edition.rules[use.code])
            for use in in_force
            if use.code in edition.rules
        ]
        return cls(number=edition.number, since=edition.since, rules=rules)


@strawberry.type(description="A cell as it stood at a moment.")
class CellThen:
    key: str = described("contest|item|breakdown|choice")
    value: str = described("canonical text")


@strawberry.type(
    description="A return as it stood at a moment, judged by the rules of then and by those of now."
)
class ReturnThen:
    position: int = described("ledger position of that moment")
    status: str = described("where it stood")
    next_level: str | None = described("level it waited for; null: it waited for none")
    cells: list[CellThen] = described("what stood")
    passed: RuleEdition | None = described(
        "rules that its last submission, approval or certification by then had passed; null where there was none, or from "
        "before that was noted"
    )
    judged_by: RuleEdition = described("rules that `findings` are of: those passed, else the first edition")
    findings: list[Finding] = described(
        "what they say of what stood then, beside what the other returns held then"
    )
    findings_now: list[Finding] = described("what the rules in force now say of the very same")

    @classmethod
    def of(cls, then: ReturnThenRecord) -> ReturnThen:
        opened, explanations = then.opened, then.opened.case.explanations
        in_force = then.in_force

        def told(findings: Iterable[FindingRecord]) -> list[Finding]:
            return [Finding.of(finding, explanations) for finding in findings]

        return cls(
            position=then.position,
            status=opened.status.value,
            next_level=opened.next_level,
            cells=[CellThen(key=key, value=text) for key, text in sorted(opened.case.texts.items())],
            passed=None if then.passed is None else RuleEdition.of(then.passed, in_force),
            judged_by=RuleEdition.of(then.judged_by, in_force),
            findings=told(then.findings),
            findings_now=told(then.findings_now),
        )
