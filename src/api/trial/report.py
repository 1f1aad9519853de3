"""A trial's report as a file for the folder of drills: Markdown, Japanese then English; and the same for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from api.trial.accounts import Account, Took
from api.trial.messages import message
from reporting.words import Words

KIND, HEADINGS = message.table("kind"), message.table("heading")


@dataclass(frozen=True, slots=True)
class TrialReport:
    """`told`: what was found, in order; `rows`: how long requests took; `picture`: an SVG of it, kept beside the report."""

    title: Words
    verdict: Words
    told: Sequence[Words]
    rows: Sequence[Took]
    picture: str | None = None

    def markdown(self, at: datetime, picture: str | None = None) -> str:
        """`at`: when it was held, with its zone; `picture`: its file's name."""
        shown = () if picture is None else (f"![{message.words('picture_title')}]({picture})", "")
        return "\n".join((*self._half(at, 0), "", *shown, *self._half(at, 1), ""))

    def terminal(self) -> str:
        return "\n".join((*map(str, self.told), *self._table(None), str(self.verdict)))

    def _half(self, at: datetime, side: int) -> list[str]:
        """One language's: 0 Japanese, 1 English, as in `Words`."""
        held = message.words("held_at", at=at.isoformat(timespec="seconds"))
        return [
            f"# {self.title[side]}",
            "",
            f"**{self.verdict[side]}**",
            "",
            f"- {held[side]}",
            *(f"- {told[side]}" for told in self.told),
            "",
            *self._table(side),
        ]

    def _table(self, side: int | None) -> list[str]:
        def said(words: Words) -> str:
            return str(words) if side is None else words[side]

        rows = [
            f"| {said(KIND[row.kind])} | {row.number:,} | {row.rate:.1f} | {row.p50:.0f} | {row.p99:.0f} | {row.longest:.0f} |"
            for row in self.rows
        ]
        heads = " | ".join(
            said(HEADINGS[name]) for name in ("what", "number", "rate", "p50", "p99", "longest")
        )
        return [f"| {heads} |", "|---|---|---|---|---|---|", *rows]


def told_of(account: Account) -> list[Words]:
    """What was acknowledged against what is there."""
    counts = message.words(
        "counts", sent=account.sent, acknowledged=account.acknowledged, again=account.again, unanswered=account.unanswered
    )  # fmt: skip
    kept = message.words("kept", lost=account.lost, doubled=account.doubled, holes=account.holes)
    refused = ", ".join(f"{code} {number}" for code, number in sorted(account.refused.items()))
    return [counts, kept, *([message.words("refused", refused=refused)] if refused else [])]


def keep(sheet: TrialReport, name: str, at: datetime, folder: Path) -> Path:
    """The file it stands in from now on."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{name}-{at:%Y%m%dT%H%M%SZ}.md"
    beside = target.with_suffix(".svg")
    if sheet.picture is not None:
        beside.write_text(sheet.picture, encoding="utf-8")
    target.write_text(sheet.markdown(at, beside.name if sheet.picture else None), encoding="utf-8")
    return target
