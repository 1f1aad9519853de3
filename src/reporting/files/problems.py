"""What is wrong with a file, cell by cell, so that a clerk can put a finger on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from pydantic import ValidationError

from reporting.errors import ReportingError
from reporting.files.messages import message
from reporting.wording import faults
from reporting.words import Words, in_both

SHOWN = 200
"""Messages listed at once; `count` says how many there are."""

KEPT = 10_000
"""Causes of one file that are held."""


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
        return f"{self._where} {self.found or message('blank')} → {self.expected}{self._more}"

    @property
    def stands(self) -> Words:
        """What is there, in Japanese and English."""
        return in_both(self.found or message("blank"))

    def told(self) -> Words:
        """In Japanese and English."""
        stands, expected, more = self.stands, in_both(self.expected), in_both(self._more)
        return Words(
            f"{self._where} {stands.ja} → {expected.ja}{more.ja}",
            f"{self._where} {stands.en} → {expected.en}{more.en}",
        )

    @property
    def _more(self) -> str:
        return message("more_rows", count=self.more) if self.more else ""

    @property
    def _where(self) -> str:
        place = (
            self.file
            + (f":{self.row}" if self.row is not None else "")
            + (f"+{self.more:,}" if self.more else "")
        )
        return f"{place} [{self.column or '—'}]"


class Problems:
    """What is wrong with a file of any length, as it is found: one for each cause (column, what was found, what was
    expected), at its first row, with how many rows have it. Of more than KEPT causes nothing more is read."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._first: dict[tuple[str, str, str], FileProblem] = {}
        self._times: Counter[tuple[str, str, str]] = Counter()

    def __bool__(self) -> bool:
        return bool(self._first)

    def add(self, problem: FileProblem) -> None:
        """FileRefused when there are too many causes to go on."""
        cause = (problem.column, problem.found, problem.expected)
        self._times[cause] += 1
        before = self._first.get(cause)
        if before is None or (problem.row or 0) < (before.row or 0):
            self._first[cause] = problem
        if len(self._first) >= KEPT:
            told = message("too_many_causes", causes=KEPT)
            self._first["", "", told] = FileProblem(
                self._file, problem.row, "", told, message("table_in_order")
            )
            self.refuse()

    def told(self) -> list[FileProblem]:
        """In the order of their rows."""
        every = [
            replace(problem, more=max(self._times[cause] - 1, 0)) for cause, problem in self._first.items()
        ]
        return sorted(every, key=lambda problem: problem.row or 0)

    def refuse(self) -> None:
        """FileRefused when anything is wrong."""
        if self._first:
            raise FileRefused(self._file, self.told())


def problems_of(file: str, row: int | None, wrong: ValidationError, given: object) -> list[FileProblem]:
    """What is wrong with one row or file that a model refused, in our words."""
    return [
        FileProblem(file, row, fault.field, fault.found or message("missing"), fault.expected)
        for fault in faults(wrong, given)
    ]


def not_readable(file: str, text: str, kind: str, row: int | None, column: int | None) -> FileRefused:
    """A file that is no JSON, TOML or CSV at all: the place where reading ended, as it stands there."""
    lines = text.splitlines()
    line = lines[row - 1] if row is not None and 0 < row <= len(lines) else ""
    rest = shown(line[max(0, (column or 1) - 1) :]) or message("end")
    told = message("syntax", kind=kind)
    return FileRefused(file, [FileProblem(file, row, str(column or ""), rest, told)])


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
        super().__init__(
            file=file, count=len(self.problems), first_ja=first.told().ja, first_en=first.told().en
        )


def shown(text: object) -> str:
    """A value as it may be printed in a message: one line, not endless."""
    line = " ".join(str(text).split())
    return line if len(line) <= 80 else line[:79] + "…"
