"""A tidy table: one observation a row, one variable a column, every cell the canonical text of its value.

What the writers of all formats take, for a release as for a series: none of them knows where a table comes from. A cell is text
so that a number is the same digits everywhere: no writer makes a float of it. An empty text says that there is nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from reporting.words import Words


class Kind(StrEnum):
    """What the text of a cell is."""

    TEXT = "text"
    CODE = "code"
    DECIMAL = "decimal"  # `-12.345`: no exponent, at most DIGITS and PLACES; a rate has the places it is published with
    WHOLE = "whole"  # `1234`
    YES_NO = "yes_no"  # `true`, `false`
    DAY = "day"  # `2022-07-10`
    INSTANT = "instant"  # `2022-07-10T11:00:00Z`


DIGITS, PLACES = 21, 6
"""Of a decimal: figures have 15 and 3, sums and differences of them somewhat more, rates six places."""


class ColumnRole(StrEnum):
    """What a column is to an observation."""

    DIMENSION = "dimension"  # together they say which observation it is
    MEASURE = "measure"
    ATTRIBUTE = "attribute"  # says something about the measure
    NAME = "name"  # a dimension's or an attribute's code in words: nothing that the code does not say


@dataclass(frozen=True, slots=True)
class Column:
    """`codes`: the code list (`CodeList.code`) that a code is of; `within`: the column inside whose code this one's is unique, so
    that the list has `outer@inner`; `names`: the column whose code a name puts in words."""

    name: str
    kind: Kind
    role: ColumnRole
    label: Words
    codes: str = ""
    within: str = ""
    names: str = ""
    required: bool = False
    about: Words | None = None


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """A code with its names; `parent`: a code of the same list."""

    code: str
    label: Words
    parent: str = ""


@dataclass(frozen=True, slots=True)
class CodeList:
    """`code`: its name in file names and columns; `sdmx`: (id, version) of SDMX's own list that it is a part of, if it is one."""

    code: str
    label: Words
    entries: Sequence[CodeEntry]
    sdmx: SdmxList | None = None


@dataclass(frozen=True, slots=True)
class SdmxList:
    """A cross-domain code list of SDMX."""

    id: str
    version: str


@dataclass(frozen=True, slots=True)
class TidyTable:
    """`name`: of its files, without an ending. Rows in the order of their key."""

    name: str
    title: Words
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]

    @property
    def key(self) -> tuple[str, ...]:
        """Names of the columns that say which row it is."""
        return tuple(column.name for column in self.columns if column.role is ColumnRole.DIMENSION)

    @property
    def columns_by_name(self) -> dict[str, int]:
        """Name of a column → its place in a row."""
        return {column.name: place for place, column in enumerate(self.columns)}

    def at(self, name: str) -> int:
        """The place of a column. KeyError."""
        return self.columns_by_name[name]


@dataclass(frozen=True, slots=True)
class About:
    """What every format says of the whole: `id` is its one name, `code` a short one (letters, digits, `.`, `_`, `-`), `version` its number (1, 2 …), `made_at` when what it holds went
    public, never when files were written; `facts`: further names and texts, for formats that take any."""

    id: str
    code: str
    version: int
    title: Words
    publisher: Words
    licence: str
    made_at: datetime
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DataSet:
    """Tables that belong together, the observations first, with the code lists of their columns."""

    about: About
    tables: Sequence[TidyTable]
    codes: Sequence[CodeList]

    @property
    def observations(self) -> TidyTable:
        return self.tables[0]

    def code_list(self, code: str) -> CodeList:
        """KeyError for one that is not there."""
        return next(listed for listed in self.codes if listed.code == code)
