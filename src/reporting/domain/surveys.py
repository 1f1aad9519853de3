"""A questionnaire without an election: forms, who answers, and by when. Nothing is voted on, so it names no contest.

Its returns, boards, reminders, history and series are those of every other return: a return's place is (code, form, slot, unit), and the
cells of a survey belong to the survey itself (`ASKED`), which stands where a contest stands in a cell's key."""

from __future__ import annotations

from pydantic import Field

from reporting.domain.election import AreaRef, Contest, ElectionDefinition, Form
from reporting.domain.items import Dimension, Item
from reporting.domain.labels import Code, Day, Definition, Label
from reporting.domain.reporting_units import ReportingUnits
from reporting.domain.workflow import Workflow

ASKED = "asked"
KIND = "survey"


class SurveyDefinition(Definition):
    """A whole survey, as its file says it. `asked`: the area whose units answer; `without`: areas within that do not."""

    survey: Code
    label: Label
    reference_date: Day = Field(
        description="day that the answers are about; units and areas are those of this day"
    )
    is_test: bool = False
    source: str | None = None
    registry: Code
    geographies: tuple[Code, ...] = Field(
        (), description="geographies of its totals; none: that of the units"
    )
    units: ReportingUnits
    asked: AreaRef
    without: tuple[Code, ...] = ()
    dimensions: tuple[Dimension, ...] = ()
    items: tuple[Item, ...] = Field(min_length=1)
    forms: tuple[Form, ...] = Field(min_length=1)
    workflow: Workflow | None = None
    previous: Code | None = Field(None, description="the survey values are compared with")

    def definition(self) -> ElectionDefinition:
        """As it is kept and asked everywhere. ValidationError where its parts do not fit each other."""
        asked = Contest(code=ASKED, label=self.label, kind=KIND, area=self.asked, without=self.without)
        kept = self.model_dump(exclude={"survey", "reference_date", "asked", "without"})
        return ElectionDefinition.model_validate(
            {
                **kept,
                "code": self.survey,
                "kind": KIND,
                "survey": True,
                "polling_date": self.reference_date,
                "geographies": self.geographies or (self.units.geography,),
                "contests": (asked,),
            }
        )
