"""What is wrong with a file, cell by cell, so that a clerk can put a finger on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reporting.errors import ReportingError

SHOWN = 200
"""Messages listed at once; `count` says how many there are."""


@dataclass(frozen=True, slots=True)
class FileProblem:
    """One thing wrong at one place. `row` counts from 1 with the header as row 1; None: the file as a whole.
    `column` is a header name, or a path inside a JSON or TOML file."""

    file: str
    row: int | None
    column: str
    found: str
    expected: str

    def __str__(self) -> str:
        where = self.file + (f":{self.row}" if self.row is not None else "")
        return f"{where} [{self.column or '—'}] {self.found or '（空 / empty）'} → {self.expected}"


class FileRefused(ReportingError):
    """Nothing of the file was taken. `problems`: every FileProblem found. facts: `file`, `count`, `first`."""

    code = "file_refused"
    template_ja = "{file} に {count} 件の誤りがあり、何も取り込んでいません。直してからもう一度実行してください。最初: {first}"
    template_en = "{file} has {count} problems; nothing was taken. Correct them and run again. First: {first}"

    def __init__(self, file: str, problems: Iterable[FileProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__(file=file, count=len(self.problems), first=str(self.problems[0]))


def shown(text: object) -> str:
    """A value as it may be printed in a message: one line, not endless."""
    line = " ".join(str(text).split())
    return line if len(line) <= 80 else line[:79] + "…"
