"""Who reports, as an election's definition says it: areas of some levels, units that no longer do, and what took their place."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from reporting.domain.labels import Code, Day, Definition, Name
from reporting.domain.messages import message


class Withdrawal(Definition):
    """Why something that may hold figures no longer stands for election or reports, and since when. Its figures stand."""

    on: Day
    reason: Name


class CountingPart(Definition):
    """One of the units that a unit is divided into for this election alone (開票区). No area of the registry: it lies where
    its whole lies."""

    code: Code
    name: Name
    name_en: Name | None = None


class MergedUnit(Definition):
    """One unit that several units are merged into for this election alone (開票区). No area of the registry: it lies where its
    units lie, above them."""

    code: Code
    name: Name
    name_en: Name | None = None
    level: Code = Field(description="its level: that of its units, or below")
    seat: Code = Field(description="the one of its units whose office counts and reports for all of them")


class WithdrawnUnit(Withdrawal):
    """A unit that reports no more: divided or merged on the night, or ended. What it reported stands until parts of it have, or
    what it was merged into."""

    unit: Code
    parts: tuple[CountingPart, ...] = Field(
        (), description="units that report in its place; at least two, or none"
    )
    level: Code | None = Field(None, description="level of the parts, below the unit's own")
    into: Code | None = Field(
        None, description="the merged unit that reports in its place, and in that of others"
    )
    keeps: tuple[Code, ...] = Field(
        (),
        description="forms that the unit goes on reporting; its parts, or what it was merged into, are not asked them (turnout)",
    )

    @model_validator(mode="after")
    def _parts_are_several(self) -> Self:
        if len(self.parts) == 1 or bool(self.parts) != (self.level is not None):
            raise ValueError(message("two_parts_and_their_level"))
        if self.parts and self.into is not None:
            raise ValueError(message("parts_or_merged"))
        if self.keeps and not self.parts and self.into is None:
            raise ValueError(message("keeps_beside_parts"))
        return self


class ReportingUnits(Definition):
    """Which areas report: the areas of these levels in `geography` that are valid on the polling date and have no
    child there. `withdrawn`: units that did, and whose figures are kept openly; `merged`: what some of them were merged into."""

    geography: Code
    levels: tuple[Code, ...] = Field(min_length=1)
    withdrawn: tuple[WithdrawnUnit, ...] = ()
    merged: tuple[MergedUnit, ...] = ()

    @model_validator(mode="after")
    def _each_unit_once(self) -> Self:
        named = [
            code
            for gone in self.withdrawn
            if gone.parts or gone.into is not None
            for code in (gone.unit, *(part.code for part in gone.parts))
        ]
        named += [merged.code for merged in self.merged]
        if len(named) != len(set(named)):
            twice = ", ".join(sorted({code for code in named if named.count(code) > 1}))
            raise ValueError(message("each_part_once", twice=twice))
        return self

    @property
    def whole_of(self) -> dict[str, str]:
        """Part → the unit that was divided into it."""
        return {part.code: gone.unit for gone in self.withdrawn for part in gone.parts}

    @property
    def keeping(self) -> dict[str, dict[str, str | None]]:
        """Form → units that go on reporting it though they are withdrawn → what they were merged into, None for divided ones."""
        forms = dict.fromkeys(form for gone in self.withdrawn for form in gone.keeps)
        return {
            form: {gone.unit: gone.into for gone in self.withdrawn if form in gone.keeps} for form in forms
        }

    def kept(self, form: str) -> str:
        """The form, where withdrawn units go on reporting it; "" for all others, of which the same units are N."""
        return form if form in self.keeping else ""

    @model_validator(mode="after")
    def _merged_of_several(self) -> Self:
        """Whoever is merged is so with others, whose office one of them is, and all keep the same forms."""
        for merged in self.merged:
            of = [gone for gone in self.withdrawn if gone.into == merged.code]
            if len(of) < 2 or merged.seat not in {gone.unit for gone in of}:
                raise ValueError(message("merged_of_two_and_seat", merged=merged.code))
            if len({gone.keeps for gone in of}) > 1:
                raise ValueError(message("merged_keep_alike", merged=merged.code))
        if lost := {gone.into for gone in self.withdrawn} - {None, *(merged.code for merged in self.merged)}:
            raise ValueError(message("merged_that_is_there", lost=", ".join(sorted(map(str, lost)))))
        return self

    @property
    def merged_from(self) -> dict[str, tuple[str, ...]]:
        """Merged unit → the units that were merged into it."""
        return {
            merged.code: tuple(gone.unit for gone in self.withdrawn if gone.into == merged.code)
            for merged in self.merged
        }
