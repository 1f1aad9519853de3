"""What a file says of its cells besides figures: why what the rules ask about is in order, or stands openly. Pure.

A file cannot name findings, which are worked out when it comes in; it speaks of cells, and its words go with what is found of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reporting.application.desk_commands import Submit
from reporting.rules.model import Finding

MOST_REASON = 1_600
"""Characters of a reason that leave room for the file's name, hash and mapping."""


@dataclass(frozen=True, slots=True)
class RowWords:
    """`explanation`: in words; `reason_class`: of a difference that is declared, empty for none."""

    explanation: str
    reason_class: str = ""


@dataclass(frozen=True, slots=True)
class ReturnWords:
    """By cell key, of one return."""

    cells: Mapping[str, RowWords] = field(default_factory=dict)

    def of(self, finding: Finding) -> RowWords | None:
        """Words with which the finding may pass: of the first of its cells that has such words."""
        for key in finding.cells:
            words = self.cells.get(key)
            if words is None:
                continue
            if finding.waivable and words.reason_class:
                return words
            if finding.severity == "warning" and words.explanation:
                return words
        return None

    def added_to(self, request: Submit, findings: Sequence[Finding]) -> Submit:
        """The request with what the file says of these findings; the same where it says nothing of them."""
        explanations, declarations, reasons = (
            dict(request.explanations),
            dict(request.declarations),
            list[str](),
        )
        for finding in findings:
            words = self.of(finding)
            if words is None or finding.key in explanations or finding.key in declarations:
                continue
            if finding.waivable and words.reason_class:
                declarations[finding.key] = words.reason_class
                reasons += [words.explanation] if words.explanation else []
            else:
                explanations[finding.key] = words.explanation
        said = "; ".join(dict.fromkeys(reasons))[:MOST_REASON]
        reason = " ".join(filter(None, [said, request.reason]))
        return request.model_copy(
            update={"explanations": explanations, "declarations": declarations, "reason": reason or None}
        )


NO_WORDS = ReturnWords()
