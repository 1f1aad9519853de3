"""What the rules say of a return, and where they could say nothing."""

from __future__ import annotations

from collections.abc import Mapping

import strawberry

from api.graphql.access import HELD, readable
from api.graphql.context import Info
from api.graphql.types import Label, described
from reporting.domain.figures import format_value
from reporting.rules.model import Finding as FindingRecord
from reporting.rules.model import Instruction
from reporting.rules.model import Unchecked as UncheckedRecord


@strawberry.type(description="What a rule found in a return.")
class Finding:
    key: str = described("stable key: explanations and declarations name it")
    rule: str = described("rule id, e.g. J11")
    version: int = described("version of the rule")
    severity: str = described("error blocks submission; warning needs an explanation")
    contest: str = described("contest")
    cells: list[str] = described("cells involved, contest|item|breakdown|choice")
    expected: str | None = described("what the rule expects, where it is a number")
    actual: str | None = described("what stands there")
    difference: str | None = described("actual minus expected")
    message_ja: str = described("what to do, in Japanese")
    message_en: str = described("what to do, in English")
    waivable: bool = described("whether it may be declared as a difference")
    declared: bool = described("whether its office has said so openly; an approver looks at it by itself")
    explanation: str | None = described("why a warning is in order, as its office said")
    instruction: strawberry.Private[Instruction]

    @readable(
        HELD,
        "what somebody of the reader's own role does about it; null for roles that enter and approve nothing",
    )
    def what_to_do(self, info: Info) -> Label | None:
        said = getattr(self.instruction, info.context.require_actor().role.value, None)
        return None if said is None else Label(ja=said.ja, en=said.en)

    @classmethod
    def of(cls, finding: FindingRecord, explanations: Mapping[str, str] | None = None) -> Finding:
        numbers = {
            name: None if (value := getattr(finding, name)) is None else format_value(value)
            for name in ("expected", "actual", "difference")
        }
        return cls(
            key=finding.key,
            rule=finding.rule,
            version=finding.version,
            severity=finding.severity,
            contest=finding.contest,
            cells=list(finding.cells),
            message_ja=finding.message_ja,
            message_en=finding.message_en,
            waivable=finding.waivable,
            declared=finding.declared,
            explanation=(explanations or {}).get(finding.key),
            instruction=finding.instruction,
            **numbers,
        )


@strawberry.type(description="A rule that could say nothing: what it compares is not there.")
class Unchecked:
    rule: str = described("rule id, e.g. J19")
    contest: str = described("contest")
    cells: list[str] = described(
        "cells that hold no number, contest|item|breakdown|choice; some of other forms"
    )

    @classmethod
    def of(cls, silent: UncheckedRecord) -> Unchecked:
        return cls(rule=silent.rule, contest=silent.contest, cells=list(silent.cells))
