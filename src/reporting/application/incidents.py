"""The register of incidents (管理執行上問題となった事項): told by who answers for the unit, reviewed level by level, made public by
the last. No figure of a return moves by it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from reporting.application.authority import authorise, require_office_of_chain
from reporting.application.catalog import KnownElection
from reporting.application.incident_commands import (
    CorrectIncident,
    IncidentNotNow,
    OfUnit,
    OwnIncident,
    RecordIncident,
    ReleaseIncident,
    ReviewIncident,
)
from reporting.application.incident_facts import checked_facts
from reporting.application.messages import message
from reporting.application.once import once
from reporting.application.service import Reporting
from reporting.domain.actor import Actor, Channel
from reporting.domain.events import Event
from reporting.domain.incident_events import (
    IncidentCorrected,
    IncidentRecorded,
    IncidentReleased,
    IncidentReviewed,
)
from reporting.domain.incident_words import IncidentWords, require_marking, require_writable, words_of
from reporting.domain.incidents import Incident, IncidentVersion, UnitIncidents
from reporting.errors import InvalidInput, UnknownReference, VersionConflict
from reporting.ledger import Command, Deed, NewEvent
from reporting.ledger.streams import incidents_stream


@dataclass(frozen=True, slots=True)
class IncidentDone:
    """`number` of the case in its unit; `position` of this command's event."""

    number: int
    position: int
    repeated: bool


@dataclass(slots=True)
class IncidentFile:
    """The cases of a unit with everything said of them. `deeds`: of its stream, by position; `levels`: that review, lowest first."""

    unit: str
    levels: tuple[str, ...]
    folded: UnitIncidents
    deeds: dict[int, Deed]

    def words(self, version: IncidentVersion) -> IncidentWords | None:
        """None where they were erased."""
        return words_of(self.deeds[version.position].reason)

    def of_case(self, number: int) -> Iterator[Deed]:
        """Everything done to a case, in order."""
        return (deed for deed in self.deeds.values() if getattr(deed.recorded.event, "number", 0) == number)

    def for_everybody(self, case: Incident) -> IncidentWords | None:
        """What everybody may read of the released version: without any word that was ever marked as personal in the case. None
        before its release, and where words of the case were erased: what was marked in them is not known any more."""
        if case.released is None:
            return None
        told = [self.words(version) for version in case.versions]
        kept = [words for words in told if words is not None]
        if len(kept) != len(told):
            return None
        marked = [word for words in kept for word in words.personal]
        return kept[case.versions.index(case.released)].without_persons(marked)


class Incidents:
    def __init__(self, reporting: Reporting) -> None:
        self._reporting = reporting

    def files(self, election: str, units: Iterable[str]) -> dict[str, IncidentFile]:
        """By unit, in one read, also of units that are none any more; UnknownReference."""
        defined = self._defined(election)
        files = {}
        for unit in dict.fromkeys(units):
            if unit not in defined.roster.retired:
                defined.roster.require_unit(unit)
            files[unit] = IncidentFile(unit, levels_of(defined, unit), UnitIncidents(), {})
        of_stream = {incidents_stream(election, unit): file for unit, file in files.items()}
        for deed in self._reporting.ledger.deeds(list(of_stream)):
            file, position = of_stream[deed.recorded.stream_id], deed.recorded.position
            file.deeds[position] = deed
            file.folded.apply(deed.recorded.event, position, deed.person)
        return files

    def record(self, request: RecordIncident, actor: Actor) -> IncidentDone:
        """NotAuthorised, UnknownReference; InvalidInput naming what no case is told without, and for what another case of the unit says
        word for word: somebody went back in the browser and sent it again."""

        def decide(defined: KnownElection, file: IncidentFile) -> IncidentRecorded:
            authorise("record_incident", actor, defined.roster, request.unit)
            facts = checked_facts(self._reporting, defined, request.unit, request.facts)
            require_marking(request.words())
            for number, case in file.folded.cases.items():
                latest = case.latest
                same = latest.facts == facts and _says_the_same(request.words(), file.words(latest))
                if same and not latest.withdrawn:
                    raise InvalidInput.at("account", number, message("incident_not_told_yet", number=number))
            number = max(file.folded.cases, default=0) + 1
            return IncidentRecorded(election=request.election, unit=request.unit, number=number, facts=facts)

        return self._told(request, actor, decide)

    def correct(self, request: CorrectIncident, actor: Actor) -> IncidentDone:
        """As `record`; VersionConflict where it is not the latest version that the sender saw; InvalidInput where nothing changes."""

        def decide(defined: KnownElection, file: IncidentFile) -> IncidentCorrected:
            authorise("record_incident", actor, defined.roster, request.unit)
            case = _seen(request, file)
            latest, before = case.latest, [file.words(version) for version in case.versions]
            facts = checked_facts(self._reporting, defined, request.unit, request.facts)
            require_marking(request.words(), [word for words in before if words for word in words.personal])
            if (facts, request.withdrawn) == (latest.facts, latest.withdrawn) and _says_the_same(
                request.words(), file.words(latest)
            ):
                raise InvalidInput.at("facts", "", message("something_of_incident_that_changes"))
            return IncidentCorrected(
                election=request.election, unit=request.unit, number=request.number, facts=facts,
                supersedes=latest.position, reason_class=request.reason_class, withdrawn=request.withdrawn,
            )  # fmt: skip

        return self._told(request, actor, decide)

    def review(self, request: ReviewIncident, actor: Actor) -> IncidentDone:
        """NotAuthorised, OwnIncident; IncidentNotNow where it is another level's turn, or the version is public; VersionConflict."""

        def decide(defined: KnownElection, file: IncidentFile) -> IncidentReviewed:
            authorise("review_incident", actor, defined.roster, request.unit)
            require_office_of_chain("review_incident", actor, defined.roster, request.unit)
            case = _seen(request, file)
            level, area = _turn(request, defined, file, case, actor)
            others = {person for at, person in case.accepted.items() if at != level}
            if actor.person in case.authors | others:
                raise OwnIncident(person=actor.person)
            if not request.accepted and (request.reason is None or request.reason_class is None):
                raise InvalidInput.at("reason", "", message("reason_for_sending_incident_back"))
            return IncidentReviewed(
                election=request.election, unit=request.unit, number=request.number, reviewed=request.seen,
                level=level, area=area, accepted=request.accepted, reason_class=request.reason_class,
            )  # fmt: skip

        return self._append(request, actor, request.reason, decide)

    def release(self, request: ReleaseIncident, actor: Actor) -> IncidentDone:
        """NotAuthorised, OwnIncident; IncidentNotNow before every level has accepted this version; VersionConflict."""

        def decide(defined: KnownElection, file: IncidentFile) -> IncidentReleased:
            authorise("release_incident", actor, defined.roster, request.unit)
            case = _seen(request, file)
            state = case.state(file.levels)
            if case.released is not None and case.released.position == case.latest.position:
                raise IncidentNotNow(state, "is_public")
            if (waiting := case.next_level(file.levels)) is not None:
                raise IncidentNotNow(state, "waits_for_level", level=waiting)
            if actor.person in case.authors:
                raise OwnIncident(person=actor.person)
            return IncidentReleased(
                election=request.election, unit=request.unit, number=request.number, released=request.seen
            )

        return self._append(request, actor, None, decide)

    def _told(
        self, request: RecordIncident, actor: Actor, decide: Callable[[KnownElection, IncidentFile], Event]
    ) -> IncidentDone:
        words = request.words()
        require_writable(words)
        return self._append(request, actor, words.text(), decide)

    def _append(
        self,
        request: OfUnit,
        actor: Actor,
        words: str | None,
        decide: Callable[[KnownElection, IncidentFile], Event],
    ) -> IncidentDone:
        ledger = self._reporting.ledger
        command = Command(request.command_id, request.body(), actor, Channel.API, (), reason=words)
        stream = incidents_stream(request.election, request.unit)

        def decided() -> Command:
            defined = self._defined(request.election)
            defined.roster.require_unit(request.unit)
            file = self.files(request.election, (request.unit,))[request.unit]
            event = decide(defined, file)
            return command.deciding([NewEvent(stream, file.folded.version + 1, event)], defined.stands)

        appended = once(ledger, command, decided, self._reporting.appender.append)
        (event,) = (
            recorded.event
            for recorded in ledger.stream(stream)
            if recorded.position == appended.last_position
        )
        number: int = getattr(event, "number", 0)
        return IncidentDone(number, appended.last_position, appended.repeated)

    def _defined(self, election: str) -> KnownElection:
        """UnknownReference for an election whose returns nobody reviews: nobody would review a case either."""
        defined = self._reporting.catalog.election(election)
        if defined.definition.workflow is None:
            raise UnknownReference(kind="workflow", found=election)
        return defined


def levels_of(defined: KnownElection, unit: str) -> tuple[str, ...]:
    """That review the cases of a unit: as its returns, up to the one that ends them."""
    return tuple(_chain(defined, unit))


def _chain(defined: KnownElection, unit: str) -> Mapping[str, str]:
    """Level → area."""
    workflow = defined.definition.workflow
    assert workflow is not None
    chain = defined.roster.chains.get(unit, ())
    if not chain:
        return {}
    return dict(chain[: workflow.certifying([level for level, _ in chain]) + 1])


def _seen(request: CorrectIncident | ReviewIncident | ReleaseIncident, file: IncidentFile) -> Incident:
    """The case; UnknownReference; VersionConflict where another version is the latest."""
    case = file.folded.cases.get(request.number)
    if case is None:
        among = [str(number) for number in file.folded.cases]
        raise UnknownReference(kind="incident", found=str(request.number), among=among, within=request.unit)
    if case.latest.position != request.seen:
        raise VersionConflict(
            stream_id=str(incidents_stream(request.election, request.unit)),
            expected=request.seen, actual=case.latest.position, unit=request.unit,
        )  # fmt: skip
    return case


def _turn(
    request: ReviewIncident, defined: KnownElection, file: IncidentFile, case: Incident, actor: Actor
) -> tuple[str, str]:
    """(level, area) for which the actor speaks: whose turn it is; who accepted last, or anybody above, may still send back."""
    chain, state, turn = _chain(defined, request.unit), case.state(file.levels), case.next_level(file.levels)
    if case.released is not None and case.released.position == case.latest.position:
        raise IncidentNotNow(state, "is_public")
    if case.sent_back is not None:
        raise IncidentNotNow(state, "was_sent_back")
    if actor.jurisdiction == "*":
        level = request.level or turn or file.levels[-1]
    else:
        level = next((at for at, area in chain.items() if area == actor.jurisdiction), "")
    if level not in chain:
        raise InvalidInput.at(
            "level", request.level or "", message("level_that_looks_at_unit", told=", ".join(chain))
        )
    done = len(case.accepted)
    may = level == turn if request.accepted else file.levels.index(level) >= done - 1
    if not may:
        raise IncidentNotNow(state, "waits_for_level" if turn else "is_reviewed", level=turn or "")
    return level, chain[level]


def _says_the_same(told: IncidentWords, before: IncidentWords | None) -> bool:
    return before is not None and (told.account, told.measure, told.prevention, told.personal) == (
        before.account, before.measure, before.prevention, before.personal,
    )  # fmt: skip
