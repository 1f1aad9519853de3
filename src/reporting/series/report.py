"""What the continuity checks found, for people and for programs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from reporting.domain.figures import Value, format_value
from reporting.series.messages import message


class ContinuityCheck(StrEnum):
    UNKNOWN_CODE = "unknown_code"
    NOT_ALIVE = "not_alive"
    GAP = "gap"
    OVERLAP = "overlap"
    SUM = "sum"
    JUMP = "jump"
    REPEAT = "repeat"


WORDS = message.table("finding")
"""By the value of ContinuityCheck."""


@dataclass(frozen=True, slots=True)
class ContinuityFinding:
    """One thing to look at. `evidence`: the numbers it rests on, as text; it may name the `erratum` that explains it."""

    check: ContinuityCheck
    geography: str
    area: str
    contest: str
    item: str
    breakdown: str
    election: str
    evidence: Mapping[str, str]

    def __str__(self) -> str:
        where = " ".join(
            part for part in (self.election, self.contest, self.item, self.breakdown, self.area) if part
        )
        facts = ", ".join(f"{name}={value}" for name, value in self.evidence.items())
        return f"{where}: {WORDS[self.check]}: {facts}"


@dataclass(frozen=True, slots=True)
class ContinuityReport:
    """`examined`: how many observations were looked at; `ran`: the checks that ran (some need a lineage, expected
    areas or parents)."""

    examined: int
    ran: tuple[ContinuityCheck, ...]
    findings: tuple[ContinuityFinding, ...]

    def counts(self) -> dict[str, int]:
        by_check = Counter(finding.check for finding in self.findings)
        return {check.value: by_check[check] for check in self.ran}

    def to_text(self) -> str:
        """A head line, a count for each check, then one line for each finding."""
        lines = [message("examined", examined=self.examined, findings=len(self.findings))]
        lines += [f"  {check.value:<13}{self.counts()[check.value]:>6}  {WORDS[check]}" for check in self.ran]
        not_run = [check.value for check in ContinuityCheck if check not in self.ran]
        if not_run:
            lines.append("  " + message("not_run", checks=" ".join(not_run)))
        return "\n".join([*lines, *map(str, self.findings)]) + "\n"

    def to_json(self) -> str:
        """{examined, counts, findings: [{check, geography, area, contest, item, breakdown, election, evidence}]}"""
        return json.dumps(
            {
                "examined": self.examined,
                "counts": self.counts(),
                "findings": [
                    {
                        "check": finding.check.value,
                        "geography": finding.geography,
                        "area": finding.area,
                        "contest": finding.contest,
                        "item": finding.item,
                        "breakdown": finding.breakdown,
                        "election": finding.election,
                        "evidence": dict(finding.evidence),
                    }
                    for finding in self.findings
                ],
            },
            ensure_ascii=False,
            indent=1,
        )


def shown_value(value: Value | None) -> str:
    return "—" if value is None else format_value(value)
