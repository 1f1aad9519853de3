"""What is wrong with a file, cell by cell, so that a clerk can put a finger on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from pydantic import ValidationError

from reporting.errors import ReportingError, bilingual
from reporting.wording import faults

SHOWN = 200
"""Messages listed at once; `count` says how many there are."""


@dataclass(frozen=True, slots=True)
class FileProblem:
    """One thing wrong at one place. `row` counts from 1 with the header as row 1; None: the file as a whole.
    `column` is a header name, or a path inside a JSON or TOML file. `more`: so many further rows have the same cause."""

    file: str
    row: int | None
    column: str
    found: str
    expected: str
    more: int = 0

    def __str__(self) -> str:
        more = f"（同じ誤りがほか {self.more:,} 行 / and {self.more:,} more rows）" if self.more else ""
        return f"{self._where} {self.found or '（空 / empty）'} → {self.expected}{more}"

    @property
    def ja(self) -> str:
        more = f"（同じ誤りがほか {self.more:,} 行）" if self.more else ""
        return f"{self._where} {_half(self.found, 0) or '（空欄）'} → {_half(self.expected, 0)}{more}"

    @property
    def en(self) -> str:
        more = f" (and {self.more:,} more rows of the same)" if self.more else ""
        return f"{self._where} {_half(self.found, 1) or '(blank)'} → {_half(self.expected, 1)}{more}"

    @property
    def _where(self) -> str:
        place = (
            self.file
            + (f":{self.row}" if self.row is not None else "")
            + (f"+{self.more:,}" if self.more else "")
        )
        return f"{place} [{self.column or '—'}]"


def by_cause(problems: Iterable[FileProblem]) -> list[FileProblem]:
    """One for each cause (column, what was found, what was expected), at its first row, in the order of the rows."""
    first: dict[tuple[str, str, str], FileProblem] = {}
    times: Counter[tuple[str, str, str]] = Counter()
    for one in sorted(problems, key=lambda problem: problem.row or 0):
        cause = (one.column, one.found, one.expected)
        first.setdefault(cause, one)
        times[cause] += 1
    return [replace(one, more=times[cause] - 1) for cause, one in first.items()]


def _half(text: str, language: int) -> str:
    both = bilingual(text)
    return text if both is None else both[language]


def problems_of(file: str, row: int | None, wrong: ValidationError, given: object) -> list[FileProblem]:
    """What is wrong with one row or file that a model refused, in our words."""
    return [
        FileProblem(file, row, one.field, one.found or "なし / missing", one.expected)
        for one in faults(wrong, given)
    ]


def not_readable(file: str, text: str, kind: str, row: int | None, column: int | None) -> FileRefused:
    """A file that is no JSON, TOML or CSV at all: the place where reading ended, as it stands there."""
    lines = text.splitlines()
    line = lines[row - 1] if row is not None and 0 < row <= len(lines) else ""
    found = shown(line[max(0, (column or 1) - 1) :]) or "末尾 / the end"
    told = f"{kind} の書き方 / the syntax of {kind}"
    return FileRefused(file, [FileProblem(file, row, str(column or ""), found, told)])


class FileRefused(ReportingError):
    """Nothing of the file was taken. `problems`: every FileProblem found. facts: `file`, `count`, `first_ja`,
    `first_en`."""

    code = "file_refused"
    template_ja = "{file} に {count} 件の誤りがあり、何も取り込んでいません。直してからもう一度実行してください。最初: {first_ja}"
    template_en = (
        "{file} has {count} problems; nothing was taken. Correct them and run again. First: {first_en}"
    )

    def __init__(self, file: str, problems: Iterable[FileProblem]) -> None:
        self.problems = tuple(problems)
        first = self.problems[0]
        super().__init__(file=file, count=len(self.problems), first_ja=first.ja, first_en=first.en)


def shown(text: object) -> str:
    """A value as it may be printed in a message: one line, not endless."""
    line = " ".join(str(text).split())
    return line if len(line) <= 80 else line[:79] + "…"
