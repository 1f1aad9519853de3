"""Reporting units of an election: what they vote on, and those that report no more."""

from __future__ import annotations

import strawberry

from api.graphql.types import Withdrawn, described
from reporting.domain.reporting_units import ReportingUnits
from reporting.domain.reporting_units import WithdrawnUnit as WithdrawnUnitRecord
from reporting.domain.units import Roster


@strawberry.type(description="A counting district that a unit was divided into, for this election alone.")
class UnitPart:
    code: str = described("code of the part: a reporting unit, and an area below the unit")
    name: str = described("its name")
    name_en: str | None = described("its name in English")


@strawberry.type(description="One unit that several were merged into, for this election alone.")
class MergedInto:
    code: str = described("its code: a reporting unit, and an area above those that were merged")
    name: str = described("its name")
    name_en: str | None = described("its name in English")


@strawberry.type(
    description="A reporting unit that was withdrawn openly: it reports no more, what it reported stands."
)
class WithdrawnUnit:
    unit: str = described("code of the reporting unit")
    withdrawn: Withdrawn = described("since when, and why")
    parts: list[UnitPart] = described("counting districts it was divided into for this election; empty: none")
    into: MergedInto | None = described(
        "what it was merged into with others for this election; null: nothing"
    )
    keeps: list[str] = described(
        "forms that it goes on reporting: its parts, or what it was merged into, are not asked them"
    )

    @classmethod
    def of(cls, unit: WithdrawnUnitRecord, units: ReportingUnits) -> WithdrawnUnit:
        into = next(
            (
                MergedInto(code=merged.code, name=merged.name, name_en=merged.name_en)
                for merged in units.merged
                if merged.code == unit.into
            ),
            None,
        )
        parts = [UnitPart(code=part.code, name=part.name, name_en=part.name_en) for part in unit.parts]
        return cls(
            unit=unit.unit, withdrawn=Withdrawn.said(unit), parts=parts, into=into, keeps=list(unit.keeps)
        )


@strawberry.type(
    description="The code that the authorities give an area on the polling day, where it is not the key."
)
class OfficialCode:
    area: str = described("the key: `unit`, `area` and `code` everywhere else")
    code: str = described("the authorities' code; every argument that takes a code of an area takes either")


@strawberry.type(description="A reporting unit of an election.")
class ReportingUnit:
    code: str = described("its code")
    name: str = described("its name")
    contests: list[str] = described("codes of the contests that it votes on")

    @classmethod
    def of(cls, unit: str, roster: Roster) -> ReportingUnit:
        contests = [contest for contest, units in roster.contest_units.items() if unit in units]
        return cls(code=unit, name=roster.units[unit].name, contests=contests)
