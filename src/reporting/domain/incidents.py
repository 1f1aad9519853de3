"""Incidents of a unit (管理執行上問題となった事項): the fold of its stream, and where each case stands. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from reporting.domain.events import Event
from reporting.domain.figures import Absence, format_value, parse_value
from reporting.domain.incident_events import (
    IncidentCorrected,
    IncidentFacts,
    IncidentRecorded,
    IncidentReleased,
    IncidentReviewed,
)


class IncidentState(StrEnum):
    """Where the latest version of a case stands."""

    RECORDED = "recorded"  # no office above has looked at it
    IN_REVIEW = "in_review"  # accepted by some levels, not by all
    SENT_BACK = "sent_back"
    REVIEWED = "reviewed"  # accepted by every level; not public
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class IncidentVersion:
    """A case as it was told at a position. `person`: who told it."""

    position: int
    facts: IncidentFacts
    withdrawn: bool
    person: str


@dataclass(slots=True)
class Incident:
    """`accepted`: level → who accepted the latest version there; `sent_back`: level that sent it back; `released`: the version that
    everybody sees, which may be older than the latest; `position`: of its last event."""

    number: int
    versions: list[IncidentVersion]
    position: int
    accepted: dict[str, str] = field(default_factory=dict)
    sent_back: str | None = None
    released: IncidentVersion | None = None

    @property
    def latest(self) -> IncidentVersion:
        return self.versions[-1]

    @property
    def authors(self) -> frozenset[str]:
        """Whoever told any version of it."""
        return frozenset(version.person for version in self.versions)

    def next_level(self, levels: Sequence[str]) -> str | None:
        """Whose turn it is; None: every level has accepted the latest version."""
        return next((level for level in levels if level not in self.accepted), None)

    def state(self, levels: Sequence[str]) -> IncidentState:
        if self.released is not None and self.released.position == self.latest.position:
            return IncidentState.RELEASED
        if self.sent_back is not None:
            return IncidentState.SENT_BACK
        if self.next_level(levels) is None:
            return IncidentState.REVIEWED
        return IncidentState.IN_REVIEW if self.accepted else IncidentState.RECORDED


@dataclass(slots=True)
class UnitIncidents:
    """Every case of a unit in one election, by number. `version`: of the stream."""

    cases: dict[int, Incident] = field(default_factory=dict)
    version: int = 0

    def apply(self, event: Event, position: int, person: str) -> None:
        self.version += 1
        match event:
            case IncidentRecorded(number=number, facts=facts):
                told = IncidentVersion(position, facts, False, person)
                self.cases[number] = Incident(number, [told], position)
            case IncidentCorrected(number=number, facts=facts):
                case = self.cases[number]
                case.versions.append(IncidentVersion(position, facts, event.withdrawn, person))
                case.accepted, case.sent_back, case.position = {}, None, position
            case IncidentReviewed(number=number, level=level):
                case = self.cases[number]
                case.position = position
                if event.accepted:
                    case.accepted[level], case.sent_back = person, None
                else:
                    case.accepted, case.sent_back = {}, level
            case IncidentReleased(number=number):
                case = self.cases[number]
                case.position = position
                case.released = next(told for told in case.versions if told.position == event.released)


@dataclass(frozen=True, slots=True)
class CountedIncidents:
    """Cases that stand, of a contest and phase (None: of all phases). `ballots`: those touched, None while it is not known of one."""

    contest: str
    phase: str | None
    cases: int
    ballots: str | None
    positions: tuple[int, ...]


def counted(cases: Iterable[Incident], contests: Sequence[str]) -> list[CountedIncidents]:
    """For each contest, in all and by phase. A phase without a case is not counted: that nobody told one is no 0."""
    standing = [case.latest for case in cases if not case.latest.withdrawn]
    counts = []
    for contest in contests:
        mine = [told for told in standing if not told.facts.contests or contest in told.facts.contests]
        for phase in (None, *dict.fromkeys(told.facts.phase for told in mine)) if mine else ():
            part = [told for told in mine if phase in (None, told.facts.phase)]
            positions = tuple(told.position for told in part)
            counts.append(CountedIncidents(contest, phase, len(part), _ballots(part), positions))
    return counts


def _ballots(versions: Sequence[IncidentVersion]) -> str | None:
    values = [parse_value(told.facts.ballots) for told in versions]
    if Absence.NOT_REPORTED in values:
        return None
    numbers = [value for value in values if isinstance(value, Decimal)]
    return format_value(sum(numbers, Decimal(0))) if numbers else "!none"
