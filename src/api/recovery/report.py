"""What a drill found, and its report as a file for the folder of drills: Markdown, Japanese then English."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from api.recovery.messages import message
from reporting.words import Words

STEPS, VERDICTS, CHECKED = message.table("steps_of"), message.table("verdicts"), message.table("checked")


class Verdict(StrEnum):
    """GOOD: restores, and signed heads say that it is the log. OLDER: so, but events are missing. INCOMPLETE: the log restores, and
    documents that it names are missing or changed. UNPROVEN: no head was there to say so. BAD: it does not restore, or is not the
    log that was signed."""

    GOOD = "good"
    OLDER = "older"
    INCOMPLETE = "incomplete"
    UNPROVEN = "unproven"
    BAD = "bad"


@dataclass(slots=True)
class RestoreReport:
    """`steps`: name → seconds, as far as it came; `told`: what was found, in order; `said`: the tool's words where it refused;
    `lacking`: events, from the first that is missing or whose document is; `incomplete`: documents are."""

    backup: str
    size: int
    sha256: str
    steps: dict[str, float] = field(default_factory=dict)
    told: list[Words] = field(default_factory=list)
    said: str = ""
    position: int = 0
    lacking: int = 0
    incomplete: bool = False
    verdict: Verdict = Verdict.BAD

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.steps[name] = time.perf_counter() - began

    def lacks(self, text: Words, lacking: int) -> None:
        self.lacking = max(self.lacking, lacking)
        self.told.append(text)

    def judged(self, otherwise: Verdict) -> Verdict:
        """Of a log that restores; `otherwise`: where nothing is missing."""
        if self.incomplete:
            return Verdict.INCOMPLETE
        return Verdict.OLDER if self.lacking else otherwise


def verdict_of(report: RestoreReport) -> Words:
    return VERDICTS[report.verdict.value]


def markdown(report: RestoreReport, at: datetime) -> str:
    """`at`: when it was held, with its zone."""
    return "\n".join((*_half(report, at, 0), "", *_half(report, at, 1), ""))


def _half(report: RestoreReport, at: datetime, side: int) -> list[str]:
    """One language's: 0 Japanese, 1 English, as in `Words`."""
    said = message.words("backup", name=report.backup, size=f"{report.size:,}", sha256=report.sha256)
    lines = [
        f"# {message.words('title')[side]}",
        "",
        f"**{verdict_of(report)[side]}**",
        "",
        f"- {message.words('held_at', at=at.isoformat(timespec='seconds'))[side]}",
        f"- {said[side]}",
        "",
        f"## {message.words('steps')[side]}",
        *(f"- {STEPS[name][side]}: {seconds:.1f}" for name, seconds in report.steps.items()),
        "",
        f"## {message.words('found')[side]}",
        *(f"- {told[side]}" for told in report.told),
    ]
    if report.said:
        lines += [
            "",
            f"## {message.words('tool_said')[side]}",
            "",
            *(f"    {line}" for line in report.said.splitlines()),
        ]
    return lines
