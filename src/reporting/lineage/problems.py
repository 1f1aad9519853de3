"""What can be wrong with a lineage, and asking it something it cannot answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from reporting.domain.area_changes import AreaChange
from reporting.errors import ReportingError
from reporting.words import Words, in_both

WORDS = {
    "unknown_kind": "変更の種類が未定義 / no such kind of change",
    "duplicate": "同じ変更番号が 2 回 / the change id stands twice",
    "unknown_code": "どこにもないコード / a code that never existed",
    "orphan": "その日には既にない地域 / the area had ended before",
    "date_reversal": "日付が逆 / the dates run backwards",
    "overlap": "既にある地域を作っている / an area is made that exists already",
    "cycle": "同じ日の変更が互いを待っている / changes of one day wait for each other",
    "weights": "按分率が合わない / shares that do not fit",
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
        where = f" 行/rows {', '.join(map(str, self.rows))}" if self.rows else ""
        return f"{self.change}{where} ({self.date}): {WORDS[self.kind]}: {self.detail}"

    def told(self) -> Words:
        """In Japanese and English."""
        rows = ", ".join(map(str, self.rows))
        kinds = in_both(WORDS[self.kind])
        details = in_both(self.detail)
        ja, en = (f"{kind}: {detail}" for kind, detail in zip(kinds, details, strict=True))
        at_ja, at_en = (f" {rows} 行", f" rows {rows}") if rows else ("", "")
        return Words(f"{self.change}{at_ja} ({self.date}): {ja}", f"{self.change}{at_en} ({self.date}): {en}")


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
            problems=[str(one) for one in self.problems],
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
