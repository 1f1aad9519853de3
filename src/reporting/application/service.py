"""The commands of the system: check, decide, append. Store and ids come from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Protocol
from uuid import UUID

from reporting.application.authority import Phase, authorise
from reporting.application.called_otherwise import require_called_so
from reporting.application.catalog import Catalog, KnownElection
from reporting.application.commands import (
    CorrectFigures,
    DefinitionRecorded,
    EnterFigures,
    FiguresRecorded,
    require_untouched,
)
from reporting.application.defining import Definitions, MarkChanged
from reporting.application.directory_kept import KeptDirectory
from reporting.application.entry import received, require_begun, require_owner, require_receipt
from reporting.application.messages import message
from reporting.application.once import looks, once_on
from reporting.application.reasons import by_reason, require_changed, told_apart
from reporting.application.renamed import RenamedFigures
from reporting.database.clock import DatabaseClock
from reporting.domain.actor import Actor, Channel
from reporting.domain.areas import AreaRecord, GeographyRecord
from reporting.domain.case import ReturnCase
from reporting.domain.directory import Directory
from reporting.domain.election import ElectionDefinition
from reporting.domain.events import (
    Event,
    FiguresCorrected,
    FiguresEntered,
)
from reporting.domain.place import Place, Within
from reporting.domain.returns import decide_correction, decide_entry
from reporting.domain.status import NotNow
from reporting.errors import NotDefinedYet, ReportingError, VersionConflict
from reporting.ledger import (
    Appended,
    Beforehand,
    Command,
    Deed,
    Ledger,
    NewEvent,
    draft_stream,
    election_stream,
    return_stream,
)
from reporting.ledger.registry import canonical

__all__ = ["Appender", "MarkChanged", "Reporting"]


class Appender(Protocol):
    def append(self, command: Command) -> Appended: ...


class Placements(Protocol):
    """Of an installation with several logs: which of them holds an election."""

    def elsewhere(self, election: str) -> ReportingError | None:
        """Why an election that is not here is written elsewhere; None where it is not."""

    def require_here(self, election: str, registry: str) -> None:
        """Refuses an election that this log does not hold; one of the practice room is held from here on. `registry`: of its areas."""

    def version_there(self, election: str, stream: UUID) -> int | None:
        """Of a stream in another log that holds the election; None where none does, or it cannot be asked."""


FIGURES = (FiguresEntered, FiguresCorrected)


class Reporting:
    """Every way to change what the system holds. `appender` is the ledger itself or a group appender over it."""

    def __init__(
        self,
        ledger: Ledger,
        appender: Appender | None = None,
        clock: Callable[[], datetime] | None = None,
        placements: Placements | None = None,
    ) -> None:
        """`clock`: an aware time; it decides what cannot have happened yet, and whose access counts. None: the database's. `placements`: None where the installation has this log
        alone."""
        self.ledger = ledger
        self.clock = clock or DatabaseClock(ledger.time)
        self.appender: Appender = appender or ledger
        self._placements = placements
        self._offices = KeptDirectory(ledger)
        self.catalog = Catalog(ledger, placements.elsewhere if placements else None)
        self.renamed = RenamedFigures(ledger, self.catalog)

    def as_of(self, position: int, catalog: Catalog | None = None) -> Reporting:
        """All of it as it stood at a position, to read only. `catalog`: one that is known to have said the same then."""
        then = Reporting(self.ledger.as_of(position), clock=self.clock)
        then.catalog = catalog or Catalog(then.ledger, partial(self._not_yet, position))
        then.renamed = RenamedFigures(then.ledger, then.catalog)
        return then

    def _not_yet(self, position: int, election: str) -> NotDefinedYet | None:
        """Why an election was not there at a position; None where it is not there now."""
        first = next(iter(self.ledger.stream(election_stream(election))), None)
        return first and NotDefinedYet(election, position, first.position)

    def is_taken(self, election: str) -> bool:
        """Whether an election has this code, here or in another log of the installation. Unavailable."""
        if self.ledger.stream_version(election_stream(election)) > 0:
            return True
        return self._placements is not None and self._placements.elsewhere(election) is not None

    def version_of(self, election: str, stream: UUID) -> int:
        """Of a stream of an election, in whichever log holds that now."""
        here = self.ledger.stream_version(stream)
        if self._placements is None or election not in self.ledger.elsewhere():
            return here
        return max(here, self._placements.version_there(election, stream) or 0)

    def append_together(self, commands: Sequence[Command]) -> Appended:
        """All or none of them, in one transaction; the last one's answer."""
        if len(commands) == 1:
            return self.appender.append(commands[0])
        return self.ledger.append_all(commands)[-1]

    def directory(self) -> Directory:
        """Offices and their people, as registered: to look at, never to change."""
        return self._offices.read()

    def enter_figures(
        self, request: EnterFigures, actor: Actor, request_id: str | None = None
    ) -> FiguresRecorded:
        """Errors: NotAuthorised, UnknownReference, FiguresRefused, VersionConflict, CommandIdReused, Unavailable."""
        return self.record(request, actor, request_id)

    def correct_figures(
        self, request: CorrectFigures, actor: Actor, request_id: str | None = None
    ) -> FiguresRecorded:
        """Errors as for enter_figures."""
        return self.record(request, actor, request_id)

    def record(
        self,
        request: EnterFigures | CorrectFigures,
        actor: Actor,
        request_id: str | None = None,
        first: Beforehand | None = None,
    ) -> FiguresRecorded:
        """Errors as for enter_figures. `first`: a look at the log for this very command that was just taken."""
        command, stream = command_of(request, actor, request_id), stream_of(request)
        look = looks(lambda: self.look(command, place_of(request)), first)

        def decide(seen: Beforehand) -> list[Command]:
            defined = self.reporting_on(request, seen)
            case = cases_of(seen.deeds).get(stream, ReturnCase())
            return deciding(command, request, defined, case, self.figures(request, defined, case, actor))

        appended, version = once_on(self.ledger, stream, command, look, decide, self.append_together)
        return self.recorded(request, actor, appended, version)

    def recorded(
        self,
        request: EnterFigures | CorrectFigures,
        actor: Actor,
        appended: Appended,
        version: int,
    ) -> FiguresRecorded:
        """What is answered. NotAuthorised for a repeat by whom the return is none of their business any more."""
        if appended.repeated:
            authorise("read_unreleased", actor, self.reporting_on(request).roster, request.unit)
        return FiguresRecorded(
            stream_of(request),
            request.unit,
            version,
            appended.last_position,
            appended.recorded_at,
            appended.repeated,
        )

    def look(self, command: Command | None, place: Place) -> Beforehand:
        """What a command on a return is decided on, as of one moment: whether it was carried out, the definition's and the registry's
        versions, the deeds of the return and its draft. None: of none, by who only looks. CommandIdReused."""
        about = return_stream(*place), draft_stream(*place)
        return self.ledger.beforehand(command, self.catalog.rests_on(place.election), about)

    def reporting_on(
        self, request: EnterFigures | CorrectFigures, seen: Beforehand | None = None
    ) -> KnownElection:
        """The election as it is defined now, or was at a look at the log. UnknownReference for a form, slot or unit that it does not have."""
        election = self.catalog.election(request.election, {} if seen is None else seen.versions)
        election.shape(request.form, request.slot)
        election.roster.require_unit(request.unit)
        return election

    def figures(
        self,
        request: EnterFigures | CorrectFigures,
        defined: KnownElection,
        case: ReturnCase,
        actor: Actor,
    ) -> list[Event]:
        """What a request becomes of the return as it stands: the figures, and where they came from. NotNow for a certified return: that takes a submission."""
        operation = "correct_figures" if isinstance(request, CorrectFigures) else "enter_figures"
        phase: Phase = "certified" if case.certified else "open"
        authorise(
            "correct_certified" if case.certified else operation, actor, defined.roster, request.unit, phase
        )
        require_begun(defined, request.form, request.slot, self.clock())
        if not case.cells:
            defined.require_reporter(request.form, request.unit)
        figures = self._decide(request, defined, case)
        if defined.definition.workflow is None:
            return list(figures)
        if case.certified:
            raise NotNow(
                operation="enter figures without submitting", status="certified",
                **message.words("correct_it_with_a_reason").named("detail"),
            )  # fmt: skip
        require_receipt(defined, request, self.clock())
        if request.on_behalf_of is not None:
            require_owner(defined, request.unit, request.on_behalf_of, case.owner_office, self.directory())
        where = request.model_dump(include={"election", "form", "slot", "unit"})
        named = [key for figure in figures for key in figure.figures]
        return [*figures, *received(defined.roster, where, case, actor, named, request.receipt)]

    def _decide(
        self, request: EnterFigures | CorrectFigures, defined: KnownElection, case: ReturnCase
    ) -> Sequence[FiguresEntered | FiguresCorrected]:
        """One event for each reason. VersionConflict when a cell of the request changed after the version the sender has seen; other cells
        merge, so two editors of one return never lose each other's work."""
        given = [cell.cell() for cell in request.figures]
        if request.expected_version > case.version or (
            {typed.cell.key for typed in given} & case.changed_since(request.expected_version)
        ):
            raise self._conflict(stream_of(request), request.expected_version, case.version)
        named = {typed.cell.key for typed in given}
        others = {key: cell.text for key, cell in case.cells.items() if key not in named}
        within = Within(request.form, request.slot, request.unit)
        require_untouched(request.untouched, others, within)
        shape, contests = (
            defined.shape(request.form, request.slot, request.unit),
            defined.contests_of_unit[request.unit],
        )
        place = place_of(request)
        texts = {typed.cell.key: typed.text for typed in given}
        require_called_so(self.renamed, shape, place, texts, request.seen_at)
        where: dict[str, Any] = request.model_dump(include={"election", "form", "slot", "unit"})
        if isinstance(request, CorrectFigures):
            figures, supersedes = decide_correction(case, shape, contests, given)
            require_changed(request.reasons, figures)
            return [
                FiguresCorrected(
                    **where, figures=because.texts, supersedes={key: supersedes[key] for key in because.texts},
                    reason_class=because.own.reason_class if because.own else request.reason_class,
                )
                for because in by_reason(figures, request.reasons)
            ]  # fmt: skip
        return [FiguresEntered(**where, figures=decide_entry(case, shape, contests, given))]

    def return_case(self, stream_id: UUID) -> ReturnCase:
        """The return as it stands; one that holds nothing is empty."""
        return self.return_cases([stream_id]).get(stream_id, ReturnCase())

    def return_cases(self, streams: Sequence[UUID]) -> dict[UUID, ReturnCase]:
        """Those of the returns that hold anything, in one read."""
        return cases_of(self.ledger.deeds(streams))

    def return_texts(self, streams: Sequence[UUID]) -> dict[UUID, dict[str, str]]:
        """Of those that hold anything, cell key → text as it stands (`ReturnCase.texts`), without their way through the offices."""
        texts: dict[UUID, dict[str, str]] = {}
        for recorded in self.ledger.of_types(streams, [event.type for event in FIGURES]):
            if isinstance(recorded.event, FIGURES):
                texts.setdefault(recorded.stream_id, {}).update(recorded.event.figures)
        return texts

    def declare_registry(
        self,
        registry: str,
        geographies: Sequence[GeographyRecord],
        areas: Sequence[AreaRecord],
        actor: Actor,
        command_id: UUID,
        *,
        dry_run: bool = False,
        channel: Channel = Channel.IMPORT,
        reason: str | None = None,
    ) -> DefinitionRecorded:
        """Add or restate geographies and areas; what already stands so is left out. What calls figures that stand something
        else, or counts them elsewhere, needs a reason, and in an election that is no test it only becomes a proposal, which
        another person confirms (`definitions.confirm`).

        RegistryRefused if the whole would not hold together; FiguresTakenAway where a unit that reported would be gone
        (ended, divided) from an election that does not withdraw it; ReasonNeeded."""
        command = Command(
            command_id,
            canonical(
                {
                    "kind": "DeclareRegistry",
                    "registry": registry,
                    "geographies": [geography.model_dump(mode="json") for geography in geographies],
                    "areas": [area.model_dump(mode="json") for area in areas],
                }
            ),
            actor,
            channel,
            (),
            reason=reason,
        )
        return self.definitions.declare(registry, geographies, areas, command, dry_run=dry_run)

    def define_election(
        self,
        definition: ElectionDefinition,
        actor: Actor,
        command_id: UUID,
        *,
        dry_run: bool = False,
        channel: Channel = Channel.IMPORT,
        reason: str | None = None,
    ) -> DefinitionRecorded:
        """Define an election, or replace its definition whole; what touches figures as for a registry. UnknownReference for
        areas that are not there; InvalidInput for a workflow that leaves a unit without an office, and for an election that
        nobody reports on; FiguresTakenAway, ReasonNeeded."""
        body = canonical({"kind": "DefineElection", "definition": definition.model_dump(mode="json")})
        command = Command(command_id, body, actor, channel, (), reason=reason)
        return self.definitions.define(definition, command, dry_run=dry_run)

    @property
    def definitions(self) -> Definitions:
        """Proposals and their confirmation, besides what defines."""
        return Definitions(
            self.ledger,
            lambda command: self.appender.append(command),
            self.catalog,
            self.clock,
            self.return_cases,
            self._placements.require_here if self._placements else lambda election, registry: None,
        )

    def _conflict(self, stream_id: UUID, expected: int, actual: int) -> VersionConflict:
        last = self.ledger.stream(stream_id, max(actual - 1, 0))[-1:] if actual else []
        record = self.ledger.command(last[0].command_id) if last else None
        return VersionConflict(
            stream_id=str(stream_id),
            expected=expected,
            actual=actual,
            changed_by=record.office if record else None,
            changed_person=record.person if record else None,
            changed_at=record.recorded_at.isoformat() if record else None,
        )


def cases_of(deeds: Iterable[Deed]) -> dict[UUID, ReturnCase]:
    """Stream → the return that its deeds, by position, have made."""
    cases: dict[UUID, ReturnCase] = {}
    for deed in deeds:
        if (case := cases.get(deed.recorded.stream_id)) is None:  # 25 fields: not made for each deed
            case = cases[deed.recorded.stream_id] = ReturnCase()
        case.apply(deed.recorded.event, deed.recorded.position, deed.by)
    return cases


def place_of(request: EnterFigures | CorrectFigures) -> Place:
    return Place(request.election, request.form, request.slot, request.unit)


def stream_of(request: EnterFigures | CorrectFigures) -> UUID:
    return return_stream(*place_of(request))


def command_of(
    request: EnterFigures | CorrectFigures, actor: Actor, request_id: str | None = None
) -> Command:
    return Command(
        request.command_id,
        request.body(),
        actor,
        request.channel,
        (),
        reason=request.reason,
        on_behalf_of=request.on_behalf_of,
        request_id=request_id,
    )


def deciding(
    command: Command,
    request: EnterFigures | CorrectFigures,
    defined: KnownElection,
    case: ReturnCase,
    events: Sequence[Event],
) -> list[Command]:
    """What is to be appended: cells with a reason of their own as commands of their own."""
    new = [NewEvent(stream_of(request), case.version + n, event) for n, event in enumerate(events, 1)]
    reasons = request.reasons if isinstance(request, CorrectFigures) else ()
    return told_apart(command.deciding(new, defined.stands), reasons)
