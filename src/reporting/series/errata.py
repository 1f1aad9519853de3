"""Errata of past publications: two official figures for the same thing, both kept, with where each is printed."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError, model_validator

from reporting.domain.labels import Code, Definition, Name
from reporting.domain.typed import Number
from reporting.files.problems import FileProblem, FileRefused, problems_of
from reporting.files.tables import read_table
from reporting.series.messages import message


class Erratum(Definition):
    """`published` in `publication`, but `other` in `other_publication`; `difference` = published − other. Neither is
    corrected by guessing: which one is right is not known unless `note` says so."""

    id: Code
    election: Code
    date: date
    contest: Code
    area: Code
    item: Code
    breakdown: str = ""
    publication: Name
    published: Number
    other_publication: Name
    other: Number
    difference: Number
    source: Name
    note: str = Field("", description="what is known about the cause")

    @model_validator(mode="after")
    def _difference_fits(self) -> Self:
        if self.published - self.other != self.difference or self.difference == 0:
            raise ValueError(message("a_difference_that_is_published_other"))
        return self

    @property
    def cell(self) -> tuple[str, str, str, str, str]:
        """(election, contest, area, item, breakdown)."""
        return (self.election, self.contest, self.area, self.item, self.breakdown)


ERRATA_COLUMNS = tuple(Erratum.model_fields)


@lru_cache(maxsize=4)
def errata(path: Path | None = None) -> tuple[Erratum, ...]:
    """Errata of a CSV with the columns of Erratum; the known ones of Japan's general elections when None.
    FileRefused naming row and column."""
    name = path.name if path else "errata.csv"
    data = path.read_bytes() if path else (files("reporting.series") / "data" / name).read_bytes()
    corrections: list[Erratum] = []
    problems: list[FileProblem] = []
    for row, fields in read_table(name, data, ERRATA_COLUMNS):
        try:
            one = Erratum.model_validate(fields)
        except ValidationError as wrong:
            problems += problems_of(name, row, wrong, fields)
        else:
            if any(one.id == other.id or one.cell == other.cell for other in corrections):
                problems.append(FileProblem(name, row, "id", one.id, message("once")))
            corrections.append(one)
    if problems:
        raise FileRefused(name, problems)
    return tuple(corrections)
