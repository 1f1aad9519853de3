"""Area registry records: effective-dated areas in parallel geographies."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from reporting.domain.labels import Code, Day, Definition, Label, Name
from reporting.domain.messages import message


class LevelRecord(Definition):
    """One level of a geography, e.g. prefecture. Which levels exist is data, never code."""

    code: Code
    label: Label


class GeographyRecord(Definition):
    """One way of arranging areas (administrative, electoral …). `levels` run from the top down; a parent's level
    stands before its child's, and levels may be skipped (a ward under a city, a town straight under a prefecture)."""

    code: Code
    label: Label
    levels: tuple[LevelRecord, ...] = Field(min_length=1)


class AreaRecord(Definition):
    """One area's place in one geography for a span of time: `valid_from` ≤ day < `valid_to`.

    The same code may stand in several geographies: a counting district has a municipality as parent in one and an
    electoral district in another. The code is the key, for good; where the authorities use a number again for another area
    (after a merger), theirs stands beside it as `official_code`, for the span of this record.
    """

    geography: Code
    code: Code
    level: Code
    name: Name
    name_en: Name | None = None
    kana: Name | None = None
    parent: Code | None = Field(None, description="code of the parent in the same geography; none at the top")
    valid_from: Day
    valid_to: Day | None = Field(None, description="first day it is no longer valid; none while it is")
    official_code: Code | None = Field(
        None,
        description="code that the authorities give it in this span, where it is not the key; of a day no two areas of a "
        "geography have the same, but it may come to another area later",
    )

    @model_validator(mode="after")
    def _dates_in_order(self) -> Self:
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            raise ValueError(message("a_valid_to_after_valid"))
        return self


class AreaRegistryDefinition(Definition):
    """A whole registry file: geographies, then areas (which may instead come from a tidy CSV)."""

    registry: Code
    source: str = Field(description="where the facts come from, with licence")
    geographies: tuple[GeographyRecord, ...]
    areas: tuple[AreaRecord, ...] = ()
