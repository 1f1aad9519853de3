"""What the description of past elections says: which elections, on which areas, and where in printed tables their figures stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from reporting.domain.election import ElectionDefinition
from reporting.domain.labels import Code, Day, Label
from reporting.errors import InvalidInput
from reporting.files.problems import FileProblem, FileRefused, problems_of
from reporting.files.structured import checked, read_file
from reporting.files.tables import read_table
from reporting.importing.mapping import MappingPart, Text, Texts
from reporting.importing.messages import message
from reporting.suggest import with_hint

FOLDER, DESCRIPTION = "reporting.importing.histories", "history.toml"

ELECTION_COLUMNS = ("code", "key", "date", "label", "slot")
ELECTION_OPTIONAL = ("label_en", "contests")


class PrintedWord(MappingPart):
    """The same in every row (`value`), or from a column."""

    value: Text | None = None
    column: Text | None = None

    @model_validator(mode="after")
    def _from_one_place(self) -> Self:
        if (self.value is None) == (self.column is None):
            raise ValueError(message("one_source", names="value, column"))
        return self

    def of(self, fields: Mapping[str, str]) -> str:
        return self.value if self.column is None else fields[self.column].strip()  # type: ignore[return-value]


class PrintedFigure(MappingPart):
    """One figure of each row: the number of its column, or the sum of several. `blank`: a row in which all of them are empty has
    no such figure (`passed_over`), or is refused."""

    contest: PrintedWord
    item: Code
    breakdown: str = ""
    choice: str = ""
    columns: Texts
    blank: Literal["refused", "passed_over"] = "refused"

    @model_validator(mode="after")
    def _adds_each_once(self) -> Self:
        if len(set(self.columns)) < len(self.columns):
            raise ValueError(message("columns_once"))
        return self


class PrintedRate(MappingPart):
    """A printed percentage: compared with 100 · `of` / `among`, half up to as many decimals as it is printed with, and never taken."""

    column: Text
    of: Texts
    among: Texts


class PrintedTable(MappingPart):
    """A table beside each other: one row is one election and unit. `election`: the column whose text is a `key` of the list of
    elections; `day`: one that must say its date; `short_rows`: what a row lacks at its end is empty. Every column is read, compared or `ignored`."""

    file: Text
    encoding: Literal["utf-8", "cp932", "utf-16"] = "utf-8"
    form: Code
    election: Text
    day: Text | None = None
    short_rows: bool = False
    unit: PrintedWord
    figures: Annotated[tuple[PrintedFigure, ...], Field(min_length=1)]
    rates: tuple[PrintedRate, ...] = ()
    ignored: tuple[Text, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that it has to have."""
        words = [self.unit, *(figure.contest for figure in self.figures)]
        named = [self.election, self.day, *(word.column for word in words), *self.ignored]
        named += [column for figure in self.figures for column in figure.columns]
        named += [column for rate in self.rates for column in (rate.column, *rate.of, *rate.among)]
        return tuple(dict.fromkeys(column for column in named if column is not None))


class PastElection(MappingPart):
    """A row of the list. `slot`: in which its figures stand, e.g. a flash that no final ever followed; `contests`: which of the
    common ones were held, none: all."""

    code: Code
    key: Text
    date: Day
    label: Text
    label_en: Text | None = None
    slot: Code
    contests: tuple[Code, ...] = ()


class HistoryFile(MappingPart):
    """A whole description. `election`: what the definitions have in common; code, label, date, registry and source come from the
    list and from here."""

    history: Code
    label: Label
    source: Text
    registry: Text
    elections: Text
    errata: Text | None = None
    election: Mapping[str, Any]
    tables: Annotated[tuple[PrintedTable, ...], Field(min_length=1)]


def load_history(path: Path) -> HistoryFile:
    """FileRefused naming every place that is wrong; OSError."""
    return checked(path.name, read_file(path), HistoryFile)


def shipped_histories() -> dict[str, Label]:
    """Names of the descriptions that come with the program, with what they are of."""
    with as_file(files(FOLDER)) as folder:
        return {
            file.parent.name: load_history(file).label for file in sorted(folder.glob(f"*/{DESCRIPTION}"))
        }


@contextmanager
def shipped_history_file(name: str) -> Iterator[Path]:
    """A shipped description, what it names beside it. InvalidInput, with what was meant, for another name."""
    names = tuple(shipped_histories())
    if name not in names:
        raise InvalidInput.at("--shipped", name, with_hint(", ".join(names), name, names))
    with as_file(files(FOLDER) / name) as folder:
        yield folder / DESCRIPTION


def load_elections(path: Path) -> tuple[PastElection, ...]:
    """The list of elections. FileRefused for rows that are wrong, and for a code or key that stands twice."""
    held: list[PastElection] = []
    problems: list[FileProblem] = []
    for row, fields in read_table(path.name, path.read_bytes(), ELECTION_COLUMNS, ELECTION_OPTIONAL):
        given: dict[str, Any] = {name: text.strip() for name, text in fields.items() if text.strip()}
        given["contests"] = tuple(fields.get("contests", "").split())
        try:
            past = PastElection.model_validate(given)
        except ValidationError as wrong:
            problems += problems_of(path.name, row, wrong, given)
            continue
        for column in ("code", "key"):
            if any(getattr(past, column) == getattr(other, column) for other in held):
                problems.append(
                    FileProblem(path.name, row, column, getattr(past, column), message("listed_once"))
                )
        held.append(past)
    if problems or not held:
        raise FileRefused(
            path.name, problems or [FileProblem(path.name, None, "", "", message("at_least_one_election"))]
        )
    return tuple(held)


def defined_as(history: HistoryFile, past: PastElection, registry: str, file: str) -> ElectionDefinition:
    """The election's definition: what all have in common, with what its row says. FileRefused."""
    common = dict(history.election)
    own = {
        "code": past.code,
        "label": {"ja": past.label, "en": past.label_en},
        "polling_date": past.date,
        "registry": registry,
        "source": f"{message('imported')}: {history.source}",
    }
    if both := own.keys() & common.keys():
        problem = FileProblem(file, None, f"election.{min(both)}", min(both), message("said_by_the_list"))
        raise FileRefused(file, [problem])
    if past.contests:
        there = common.get("contests", ())
        codes = {contest.get("code") for contest in there if isinstance(contest, dict)}
        if unknown := [code for code in past.contests if code not in codes]:
            raise FileRefused(
                history.elections,
                [FileProblem(history.elections, None, "contests", unknown[0], message("a_common_contest"))],
            )
        common["contests"] = [contest for contest in there if contest["code"] in past.contests]
    return checked(file, {**common, **own}, ElectionDefinition)
