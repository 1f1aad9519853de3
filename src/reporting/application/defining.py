"""Definitions and registries: taken at once where no figure is touched, else with a reason and, in a live election, by two
people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from reporting.application.authority import authorise
from reporting.application.catalog import Catalog, KnownElection
from reporting.application.commands import DefinitionRecorded, Touched, require_words_if_any
from reporting.application.meant import require_meant
from reporting.application.own_units import require_own_units, require_own_units_kept
from reporting.application.proposals import (
    Foreseen,
    OwnProposal,
    Proposal,
    ReasonNeeded,
    proposals,
    require_open,
)
from reporting.application.taken_away import Comparison, Weighed, gone, require_reporters, weigh, weighed
from reporting.application.whole import (
    require_named,
    require_own_addresses,
    require_reasons,
    require_whole,
)
from reporting.domain.actor import Actor, Channel
from reporting.domain.areas import AreaRecord, GeographyRecord
from reporting.domain.case import ReturnCase
from reporting.domain.definition_events import ChangeProposed
from reporting.domain.election import ElectionDefinition
from reporting.domain.events import AreasRegistered, ElectionDefined, Event, GeographiesDeclared
from reporting.domain.expansion import expand, succeed
from reporting.errors import FiguresCame, ReportingError
from reporting.ledger import (
    Appended,
    Command,
    Ledger,
    NewEvent,
    Quiet,
    Recorded,
    Stands,
    election_stream,
    registry_stream,
)
from reporting.ledger.registry import canonical, encode
from reporting.ledger.streams import proposals_stream
from reporting.wording import is_in_words

AREAS_PER_EVENT = 500
"""Keeps one event's bytes well under a megabyte."""

WEIGHED = 5
"""So often is a change weighed again because of figures that it touches; then whoever sent it is told."""

QUIETLY = 50
"""So often is it sent again because of figures that it does not touch: between two of them a few milliseconds pass."""

READ = 1_000
"""Events in one read."""

Cases = Callable[[Sequence[UUID]], Mapping[UUID, ReturnCase]]


class MarkChanged(ReportingError):
    """facts: `election`. A test stays a test and a live election a live one, under any definition."""

    code = "test_mark_changed"
    template_ja = "{election} の試験の印（isTest）は変更できません。別のコードで定義してください。"
    template_en = "The test mark of {election} cannot be changed. Define it under another code."


class SurveyMarkChanged(ReportingError):
    """facts: `election`. An election stays one and a survey a survey, under any definition."""

    code = "survey_mark_changed"
    template_ja = (
        "{election} を調査に、また調査を選挙に変えることはできません。別のコードで定義してください。"
    )
    template_en = "{election} cannot become a survey, nor a survey an election. Define it under another code."


@dataclass(frozen=True, slots=True)
class Plan:
    """What a change comes to. `version`: of its stream, which it follows; `live`: it touches figures of an election that is
    no test; `weighed`: against which figures; `stands`: definitions or a registry that it was made on."""

    subject: str
    code: str
    stream: UUID
    version: int
    events: tuple[Event, ...]
    touched: tuple[Touched, ...] = ()
    removed: tuple[str, ...] = ()
    live: bool = False
    weighed: tuple[Weighed, ...] = ()
    stands: tuple[Stands, ...] = ()


class Definitions:
    """Every way to change what elections and areas are."""

    def __init__(
        self,
        ledger: Ledger,
        append: Callable[[Command], Appended],
        catalog: Catalog,
        clock: Callable[[], datetime],
        cases: Cases,
        require_here: Callable[[str, str], None],
    ) -> None:
        """`require_here`: refuses an election (on a registry) that another log of the installation holds, or none."""
        self._ledger, self._append, self._catalog = ledger, append, catalog
        self._clock, self._cases, self._require_here = clock, cases, require_here

    def declare(
        self,
        registry: str,
        geographies: Sequence[GeographyRecord],
        areas: Sequence[AreaRecord],
        command: Command,
        *,
        dry_run: bool,
    ) -> DefinitionRecorded:
        """Errors as for `Reporting.declare_registry`."""
        authorise("declare_registry", command.actor)
        if repeat := self._ledger.repeat_of(command.command_id, command.body_hash):
            return self._repeated(repeat)
        return self._weigh(lambda: self._of_registry(registry, geographies, areas), command, dry_run)

    def define(
        self, definition: ElectionDefinition, command: Command, *, dry_run: bool
    ) -> DefinitionRecorded:
        """Errors as for `Reporting.define_election`."""
        authorise("define_election", command.actor)
        if repeat := self._ledger.repeat_of(command.command_id, command.body_hash):
            return self._repeated(repeat)
        self._require_here(definition.code, definition.registry)
        return self._weigh(lambda: self._of_definition(definition), command, dry_run)

    def change(
        self,
        code: str,
        of: Callable[[KnownElection], ElectionDefinition],
        command: Command,
        *,
        dry_run: bool = False,
    ) -> DefinitionRecorded:
        """The next definition of an election, made of the one that stands; who may has been asked by the caller. VersionConflict
        where another definition came in between, and as for `define`."""
        if repeat := self._ledger.repeat_of(command.command_id, command.body_hash):
            return self._repeated(repeat)

        def plan() -> Plan:
            standing = self._catalog.election(code)
            return replace(self._of_definition(of(standing)), version=standing.versions[0])

        return self._weigh(plan, command, dry_run)

    def proposals(self) -> tuple[Proposal, ...]:
        """All there ever were, oldest first."""
        return proposals(self._ledger, self._clock())

    def foreseen(self, proposal: Proposal) -> Foreseen:
        """What it would do as things stand now; whoever lists proposals sees the others, whatever became of one."""
        try:
            return Foreseen(self._of(proposal).touched)
        except ReportingError as refused:
            return Foreseen(refused=refused)

    def confirm(
        self,
        code: str,
        number: int,
        actor: Actor,
        command_id: UUID,
        may: Callable[[Proposal | None], None] | None = None,
    ) -> DefinitionRecorded:
        """A second person stands behind a proposal, and it is carried out; what it would do is looked at again first. `may`: refuses
        who may not, where that is not whoever may define.
        OwnProposal, ProposalClosed, UnknownReference, and every error of the change itself."""
        body = canonical({"kind": "ConfirmChange", "code": code, "proposal": number})
        command = Command(command_id, body, actor, Channel.API, ())
        proposed = next((proposal for proposal in self.proposals() if proposal.number == number), None)
        registry = proposed is not None and proposed.subject == "registry"
        if may is not None:
            may(proposed)
        else:
            authorise("declare_registry" if registry else "define_election", actor)
        if repeat := self._ledger.repeat_of(command_id, command.body_hash):
            return self._repeated(repeat)
        proposal = require_open(self.proposals(), code, number)
        if proposal.person == actor.person:
            raise OwnProposal(person=actor.person, number=number)
        command = replace(command, reason=proposal.reason, cause=proposal.command_id)
        return self._weigh(
            lambda: replace(self._of(proposal), version=proposal.based_on, live=False), command, dry_run=False
        )

    def _of(self, proposal: Proposal) -> Plan:
        (first, *_) = proposal.events
        if isinstance(first, ElectionDefined):
            return self._of_definition(first.definition)
        geographies = [geography for event in proposal.events if isinstance(event, GeographiesDeclared) for geography in event.geographies]  # fmt: skip
        areas = [area for event in proposal.events if isinstance(event, AreasRegistered) for area in event.areas]  # fmt: skip
        return self._of_registry(proposal.code, geographies, areas)

    def _of_definition(self, definition: ElectionDefinition) -> Plan:
        since = self._ledger.position()
        registered, registry = self._catalog.registry(definition.registry)
        stands = (Stands(registry_stream(definition.registry), registered),)
        stream = election_stream(definition.code)
        version = self._ledger.stream_version(stream)
        defined = self._catalog.election(definition.code) if version else None
        snapshot = registry.at(definition.polling_date)
        roster = expand(definition, snapshot, defined.roster if defined else None)
        require_own_units(definition, snapshot, roster)
        names = snapshot.geographies[definition.units.geography].levels
        require_reporters(definition, roster, {level.code: level.label.ja for level in names})
        roster.require_offices()
        standing = None if defined is None else defined.definition
        if standing != definition:
            require_whole(definition, roster)
            require_own_addresses(definition, standing)
            require_reasons(definition, standing)
            require_meant(definition, standing, snapshot.geographies)
        if defined is None or standing is None:
            return Plan(
                "election", definition.code, stream, version, (ElectionDefined(definition=definition),), stands=stands
            )  # fmt: skip
        if standing.is_test != definition.is_test:
            raise MarkChanged(election=definition.code)
        if standing.survey != definition.survey:
            raise SurveyMarkChanged(election=definition.code)
        if standing == definition:
            return Plan("election", definition.code, stream, version, ())
        comparison = Comparison(defined, KnownElection(definition, roster, (version + 1, registered)))
        weight = weigh(comparison, self._cases)
        touched = tuple(
            Touched(definition.code, change, figures) for change, figures in weight.touched.items()
        )
        return Plan(
            "election", definition.code, stream, version, (ElectionDefined(definition=definition),), touched,
            gone(defined, definition, roster), bool(touched) and not definition.is_test,
            tuple(weighed(comparison, since)), (*stands, *weight.stands),
        )  # fmt: skip

    def _of_registry(
        self, registry: str, geographies: Sequence[GeographyRecord], areas: Sequence[AreaRecord]
    ) -> Plan:
        since = self._ledger.position()
        version, current = self._catalog.registry(registry)
        standing = set(current.records())
        fresh = [area for area in areas if area not in standing]
        changed = [
            geography for geography in geographies if current.geographies.get(geography.code) != geography
        ]
        require_named([(area.code, area.name) for area in fresh])
        merged = current.copy()
        merged.declare(changed)
        merged.register(fresh)
        merged.check()
        touched: list[Touched] = []
        removed: list[str] = []
        live = False
        against: list[Weighed] = []
        stands: list[Stands] = []
        for election in self._on(registry) if current.geographies else ():
            day = election.definition.polling_date
            if current.at(day) == merged.at(day):
                continue
            roster = succeed(election.roster, election.definition, merged.at(day))
            require_own_units_kept(
                election.definition, current.at(day), election.roster, merged.at(day), roster
            )
            comparison = Comparison(election, KnownElection(election.definition, roster, election.versions))
            against += weighed(comparison, since)
            stands.append(election.stands[0])
            weight = weigh(comparison, self._cases)
            here = [
                Touched(election.definition.code, change, figures)
                for change, figures in weight.touched.items()
            ]
            touched += here
            removed += [
                f"{election.definition.code}: {what}" for what in gone(election, election.definition, roster)
            ]
            live = live or (bool(here) and not election.definition.is_test)
        events: list[Event] = []
        if changed:
            events.append(GeographiesDeclared(registry=registry, geographies=tuple(changed)))
        events += (
            AreasRegistered(registry=registry, areas=tuple(fresh[start : start + AREAS_PER_EVENT]))
            for start in range(0, len(fresh), AREAS_PER_EVENT)
        )
        return Plan(
            "registry", registry, registry_stream(registry), version, tuple(events), tuple(touched), tuple(removed), live,
            tuple(against), tuple(stands),
        )  # fmt: skip

    def _on(self, registry: str) -> Iterator[KnownElection]:
        """Every election on a registry."""
        for recorded in self._ledger.first_definitions():
            assert isinstance(recorded.event, ElectionDefined)
            defined = self._catalog.election(recorded.event.definition.code)
            if defined.definition.registry == registry:
                yield defined

    def _weigh(self, make: Callable[[], Plan], command: Command, dry_run: bool) -> DefinitionRecorded:
        """Carried out as weighed: weighed again where figures that it touches came in between."""
        attempts = 0
        while True:
            try:
                return self._carry_out(make(), command, dry_run)
            except FiguresCame:
                attempts += 1
                if attempts >= WEIGHED:
                    raise

    def _append_as_weighed(self, plan: Plan, command: Command) -> Appended:
        """Appended with no figure between weighing and that which the change would touch (FiguresCame); figures that it does
        not touch come all night and hold up nothing."""
        since = plan.weighed[0].since if plan.weighed else 0
        attempts = 0
        while True:
            quiet = tuple(Quiet(change.election, since) for change in plan.weighed)
            try:
                return self._append(replace(command, quiet=quiet, stands=plan.stands))
            except FiguresCame:
                attempts += 1
                upto = self._ledger.position()
                if attempts >= QUIETLY or any(
                    change.touches(recorded.event)
                    for recorded in self._since(since, upto)
                    for change in plan.weighed
                ):
                    raise
                since = upto

    def _since(self, position: int, upto: int) -> Iterator[Recorded]:
        while position < upto:
            events = self._ledger.read(position, READ)
            yield from events
            position = events[-1].position

    def _carry_out(self, plan: Plan, command: Command, dry_run: bool) -> DefinitionRecorded:
        told = DefinitionRecorded(
            0, None, False, plan.touched, plan.removed, needs_second=plan.live and bool(plan.events)
        )
        if not plan.events:
            return told
        if dry_run:
            require_words_if_any("reason", command.reason)
            return told
        if plan.touched and not is_in_words(command.reason):
            raise ReasonNeeded(plan.code, plan.touched)
        require_words_if_any("reason", command.reason)
        if plan.live:
            return self._propose(plan, command, told)
        new = tuple(
            NewEvent(plan.stream, plan.version + place, event) for place, event in enumerate(plan.events, 1)
        )
        appended = self._append_as_weighed(plan, replace(command, events=new))
        return replace(told, events=len(new), position=appended.last_position, repeated=appended.repeated)

    def _propose(self, plan: Plan, command: Command, told: DefinitionRecorded) -> DefinitionRecorded:
        for proposal in self.proposals():
            if proposal.state == "open" and (proposal.subject, proposal.code, proposal.events) == (
                plan.subject,
                plan.code,
                plan.events,
            ):
                return replace(told, repeated=True, proposal=proposal.number)  # fmt: skip
        version = self._ledger.stream_version(proposals_stream())
        new = tuple(
            NewEvent(
                proposals_stream(), version + place,
                ChangeProposed(
                    subject=plan.subject, code=plan.code, based_on=plan.version, proposes=event.type,
                    proposes_version=event.version, state=encode(event).decode(),
                ),
            )
            for place, event in enumerate(plan.events, 1)
        )  # fmt: skip
        appended = self._append(replace(command, events=new))
        return replace(told, repeated=appended.repeated, proposal=appended.first_position)

    def _repeated(self, repeat: Appended) -> DefinitionRecorded:
        proposal = next(
            (proposal for proposal in self.proposals() if proposal.number == repeat.first_position), None
        )
        if proposal is not None:
            return DefinitionRecorded(0, None, True, proposal=proposal.number)
        return DefinitionRecorded(0, repeat.last_position, True)
