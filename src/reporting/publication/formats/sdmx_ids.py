"""What codes and columns are called in SDMX, whose ids have no `.` and no `+`, and whose dimensions are never empty."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from reporting.publication.formats.table import About, Column, ColumnRole, DataSet, Kind, TidyTable

AGENCY = "ELECTION_REPORTING"
TOTAL, NOT_APPLICABLE = "_T", "_Z"
"""SDMX's own words for "all of them" and "there is none here"."""


def sdmx_id(code: str) -> str:
    """`$2E` for `.`, `$2B` for `+`, which no SDMX id may have; `$` is in no code, so that this can be undone."""
    return code.replace(".", "$2E").replace("+", "$2B")


def structure_id(code: str) -> str:
    """As ids of structures are, which have even fewer signs: `_` for any other."""
    return re.sub("[^A-Za-z0-9_-]", "_", code)


def blank_of(column: Column) -> str:
    """What an empty dimension is in SDMX."""
    return TOTAL if column.name.startswith("by_") else NOT_APPLICABLE


@dataclass(frozen=True, slots=True)
class Component:
    """A column of the table under its SDMX id."""

    id: str
    column: Column
    place: int


@dataclass(frozen=True, slots=True)
class Components:
    """Of a table of observations, names in words left out. `time`: the dimension that says when, if there is one."""

    dimensions: tuple[Component, ...]
    time: Component | None
    measures: tuple[Component, ...]
    attributes: tuple[Component, ...]

    @classmethod
    def of(cls, table: TidyTable) -> Components:
        time = next(
            (column for column in table.columns
             if column.role is ColumnRole.DIMENSION and column.kind is Kind.DAY), None,
        )  # fmt: skip

        def of_role(role: ColumnRole) -> tuple[Component, ...]:
            return tuple(
                Component(component_id(column), column, place)
                for place, column in enumerate(table.columns)
                if column.role is role and column is not time
            )

        when = None if time is None else Component("TIME_PERIOD", time, table.at(time.name))
        roles = (ColumnRole.DIMENSION, ColumnRole.MEASURE, ColumnRole.ATTRIBUTE)
        dimensions, measures, attributes = map(of_role, roles)
        return cls(dimensions, when, measures, attributes)

    @property
    def every(self) -> Sequence[Component]:
        """As SDMX-CSV has them: dimensions, time, measures, attributes."""
        return (*self.dimensions, *((self.time,) if self.time else ()), *self.measures, *self.attributes)


def component_id(column: Column) -> str:
    return "OBS_VALUE" if column.name == "value" else column.name.upper()


def version_of(about: About) -> str:
    """Of structures and lists: the release's number, since a later one may have other areas and names."""
    return f"{about.version}.0.0"


def dataflow_of(made: DataSet) -> str:
    """Its id, agency and version: `AGENCY:DF_hr51_final_final(1.0.0)`."""
    return f"{AGENCY}:DF_{structure_id(made.about.code)}({version_of(made.about)})"
