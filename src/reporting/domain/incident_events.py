"""Facts about incidents in running an election (管理執行上問題となった事項). As in `events`: field names are stored names. Beside the
returns: no figure is moved by them. What happened, in words, stands with the command, where it can be erased."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from reporting.domain.events import Event
from reporting.domain.labels import Code, Definition
from reporting.domain.polling_places import PlaceNumber


class IncidentLink(Definition):
    """What a case has to do with a return of its unit: cells of it, and a difference declared there."""

    form: Code
    slot: Code
    cells: tuple[str, ...] = Field((), max_length=100)
    discrepancy: str | None = Field(None, max_length=400, description="key of a difference of that return")


class IncidentFacts(Definition):
    """`kind`, `phase`, `site`, `validity`: codes of `incident_codes`. `place`: number of the polling place, where the site is one.
    `contests`: those concerned; none: all of the unit. `ballots`: those touched, as a figure: a number, `!none` where there is none,
    `!not_reported` while nobody knows."""

    kind: Code
    phase: Code
    site: Code
    place: PlaceNumber | None = None
    contests: tuple[Code, ...] = Field((), max_length=50)
    ballots: str = Field("!not_reported", max_length=40)
    validity: Code
    links: tuple[IncidentLink, ...] = ()


class IncidentRecorded(Event):
    """Case `number` of a unit, from 1."""

    type: ClassVar[str] = "IncidentRecorded"
    election: str
    unit: str
    number: int
    facts: IncidentFacts


class IncidentCorrected(Event):
    """Takes the place of what stood at position `supersedes`, whole. `withdrawn`: it turned out to be no case."""

    type: ClassVar[str] = "IncidentCorrected"
    election: str
    unit: str
    number: int
    facts: IncidentFacts
    supersedes: int
    reason_class: str
    withdrawn: bool = False


class IncidentReviewed(Event):
    """The office of a level looked at the case as it stood at position `reviewed`. `accepted`: else it was sent back, for `reason_class`."""

    type: ClassVar[str] = "IncidentReviewed"
    election: str
    unit: str
    number: int
    reviewed: int
    level: str
    area: str
    accepted: bool
    reason_class: str | None = None


class IncidentReleased(Event):
    """The last level made the case public as it stood at position `released`."""

    type: ClassVar[str] = "IncidentReleased"
    election: str
    unit: str
    number: int
    released: int


INCIDENT_EVENTS: tuple[type[Event], ...] = (
    IncidentRecorded,
    IncidentCorrected,
    IncidentReviewed,
    IncidentReleased,
)
