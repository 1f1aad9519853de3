"""What can be wrong with a lineage, and asking it something it cannot answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from reporting.domain.area_changes import AreaChange
from reporting.errors import ReportingError
from reporting.lineage.messages import message
from reporting.words import Words, in_both

WORDS = {
    "unknown_kind": message("unknown_kind"),
    "duplicate": message("duplicate"),
    "unknown_code": message("unknown_code"),
    "orphan": message("orphan"),
    "date_reversal": message("date_reversal"),
    "overlap": message("overlap"),
    "cycle": message("cycle"),
    "weights": message("weights"),
}


@dataclass(frozen=True, slots=True)
class LineageProblem:
    """One thing wrong with one change; `kind` is a key of WORDS, `rows` the file rows of the change."""

    change: str
    rows: tuple[int, ...]
    date: date
    kind: str
    detail: str

    def __str__(self) -> str:
        return f"{self.change}{self._rows} ({self.date}): {WORDS[self.kind]}: {self.detail}"

    def told(self) -> Words:
        """In Japanese and English."""
        rows, kind, detail = in_both(self._rows), in_both(WORDS[self.kind]), in_both(self.detail)
        return Words(
            f"{self.change}{rows.ja} ({self.date}): {kind.ja}: {detail.ja}",
            f"{self.change}{rows.en} ({self.date}): {kind.en}: {detail.en}",
        )

    @property
    def _rows(self) -> str:
        return message("rows", rows=", ".join(map(str, self.rows))) if self.rows else ""


def problem(change: AreaChange, kind: str, detail: str) -> LineageProblem:
    return LineageProblem(change.id, change.rows, change.date, kind, detail)


class LineageRefused(ReportingError):
    """The changes do not make a history. `problems`: every LineageProblem. facts: `problems`, `count`, `first_ja`,
    `first_en`."""

    code = "lineage_refused"
    template_ja = "地域の変遷に {count} 件の誤りがあり、何も取り込んでいません。最初: {first_ja}。直してから、もう一度取り込んでください。"
    template_en = "The area changes have {count} problems; nothing was taken. First: {first_en}. Correct them and import again."

    def __init__(self, problems: Iterable[LineageProblem]) -> None:
        self.problems = tuple(problems)
        ja, en = self.problems[0].told()
        super().__init__(
            problems=[str(problem) for problem in self.problems],
            count=len(self.problems),
            first_ja=ja,
            first_en=en,
        )


class NotAlive(ReportingError):
    """A known area outside its life. facts: `area`, `date`, `lives` (“from/to” texts, to excluded)."""

    code = "area_not_alive"
    template_ja = (
        "地域 {area} は {date} には存在しません（存続期間: {lives}）。日付かコードを確認してください。"
    )
    template_en = "Area {area} does not exist on {date} (it did in {lives}). Check the date or the code."
