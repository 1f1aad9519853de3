"""Breaks and item versions that are known beforehand, as data."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from pydantic import Field, ValidationError

from reporting.domain.labels import Definition
from reporting.files.problems import FileRefused, problems_of
from reporting.files.tables import read_table
from reporting.series.messages import message
from reporting.series.model import SeriesKey


class Cause(StrEnum):
    AREA = "area"
    ITEM_DEFINITION = "item_definition"
    ELECTORATE = "electorate"
    REDISTRICTING = "redistricting"


class DeclaredBreak(Definition):
    """A break known beforehand; an empty field means any, `item` may name several, `area` may be a pattern (`13-*`).
    `bridge`: how to compare across it, where one can. `source`: the act; `checked`: where its day and number were
    looked up, and what could not be."""

    id: str = Field(min_length=1)
    cause: Cause
    geography: str = ""
    contest: str = ""
    item: str = ""
    area: str = ""
    date: date
    ja: str = Field(min_length=1)
    en: str = Field(min_length=1)
    bridge: str = ""
    source: str = Field(min_length=1)
    checked: str = Field(min_length=1)

    def concerns(self, key: SeriesKey) -> bool:
        return (
            fnmatchcase(key.area, self.area or "*")
            and (not self.item or key.item in self.item.split())
            and self.geography in ("", key.geography)
            and self.contest in ("", key.contest)
        )

    @property
    def origin(self) -> str:
        """Act, and how far it was checked."""
        return f"{self.source}; {message('checked', checked=self.checked)}"


class ItemVersion(Definition):
    """One version of an item's definition; `bridge` says how figures of the version before compare (empty: a break)."""

    item: str
    version: int = Field(ge=1)
    ja: str
    en: str
    bridge: str = ""
    source: str = ""


BREAK_COLUMNS = tuple(DeclaredBreak.model_fields)


@lru_cache(maxsize=4)
def declared_breaks(path: Path | None = None) -> tuple[DeclaredBreak, ...]:
    """Breaks of a CSV with the columns of DeclaredBreak; Japan's national elections, as shipped, when None."""
    name = path.name if path else "breaks.csv"
    data = path.read_bytes() if path else (files("reporting.series") / "data" / name).read_bytes()
    breaks, problems = [], []
    for row, fields in read_table(name, data, BREAK_COLUMNS):
        try:
            breaks.append(DeclaredBreak.model_validate(fields))
        except ValidationError as wrong:
            problems += problems_of(name, row, wrong, fields)
    if problems:
        raise FileRefused(name, problems)
    return tuple(breaks)
