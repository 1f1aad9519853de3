"""A drill's report as a file for the folder of drills: Markdown, Japanese then English."""

from __future__ import annotations

from datetime import datetime

from api.recovery.drill import RestoreReport
from api.recovery.messages import message
from reporting.words import Words

STEPS, VERDICTS = message.table("steps_of"), message.table("verdicts")


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
