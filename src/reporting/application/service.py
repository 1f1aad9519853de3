"""The commands of the system: check, decide, append. Store and ids come from outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol
from uuid import UUID

from reporting.application.catalog import Catalog, KnownElection
from reporting.application.commands import CorrectFigures, DefinitionRecorded, EnterFigures, FiguresRecorded
from reporting.domain.actor import Actor, Channel
from reporting.domain.areas import AreaRecord, GeographyRecord
from reporting.domain.election import ElectionDefinition
from reporting.domain.events import (
    AreasRegistered,
    ElectionDefined,
    Event,
    FiguresCorrected,
    FiguresEntered,
    GeographiesDeclared,
)
from reporting.domain.returns import ReturnState, decide_correction, decide_entry
from reporting.domain.units import expand
from reporting.errors import NotAuthorised, UnknownReference, VersionConflict
from reporting.ledger import (
    Appended,
    Command,
    Ledger,
    NewEvent,
    election_stream,
    registry_stream,
    return_stream,
)
from reporting.ledger.registry import canonical

AREAS_PER_EVENT = 500
"""Keeps one event's bytes well under a megabyte."""


class Appender(Protocol):
    def append(self, command: Command) -> Appended: ...


class Reporting:
    """Every way to change what the system holds. `appender` is the ledger itself or a group appender over it."""

    def __init__(self, ledger: Ledger, appender: Appender | None = None) -> None:
        self.ledger = ledger
        self.appender: Appender = appender or ledger
        self.catalog = Catalog(ledger)

    def enter_figures(
        self, request: EnterFigures, actor: Actor, request_id: str | None = None
    ) -> FiguresRecorded:
        """Errors: NotAuthorised, UnknownReference, FiguresRefused, VersionConflict, CommandIdReused, Unavailable."""
        return self._record(request, actor, request_id)

    def correct_figures(
        self, request: CorrectFigures, actor: Actor, request_id: str | None = None
    ) -> FiguresRecorded:
        """Errors as for enter_figures."""
        return self._record(request, actor, request_id)

    def _record(
        self, request: EnterFigures | CorrectFigures, actor: Actor, request_id: str | None
    ) -> FiguresRecorded:
        correcting = isinstance(request, CorrectFigures)
        self._authorise(actor, "correct_figures" if correcting else "enter_figures")
        known = self.catalog.election(request.election)
        shape = known.shape(request.form, request.slot)
        if request.unit not in known.roster.units:
            raise UnknownReference(kind="unit", found=request.unit)
        self._authorise_unit(actor, known, request.unit)
        stream_id = return_stream(request.election, request.form, request.slot, request.unit)
        command = Command(
            request.command_id,
            request.body(),
            actor,
            request.channel,
            (),
            reason=request.reason,
            on_behalf_of=request.on_behalf_of,
            request_id=request_id,
        )
        # A repeat is answered before deciding: by now the return has moved on, and that is no conflict.
        appended = self.ledger.repeat_of(command.command_id, command.body_hash)
        if appended is None:
            state = self.return_state(stream_id)
            if state.version != request.expected_version:
                raise self._conflict(stream_id, request.expected_version, state.version)
            given = [cell.cell() for cell in request.figures]
            contests = known.contests_of_unit[request.unit]
            where = {
                "election": request.election,
                "form": request.form,
                "slot": request.slot,
                "unit": request.unit,
            }
            event: Event
            if isinstance(request, CorrectFigures):
                figures, supersedes = decide_correction(state, shape, contests, given)
                event = FiguresCorrected(
                    **where, figures=figures, supersedes=supersedes, reason_class=request.reason_class
                )
            else:
                event = FiguresEntered(**where, figures=decide_entry(state, shape, contests, given))
            appended = self.appender.append(
                _with_events(command, [NewEvent(stream_id, request.expected_version + 1, event)])
            )
        return FiguresRecorded(
            stream_id,
            request.unit,
            request.expected_version + 1,
            appended.last_position,
            appended.recorded_at,
            appended.repeated,
        )

    def return_state(self, stream_id: UUID) -> ReturnState:
        state = ReturnState()
        for recorded in self.ledger.stream(stream_id):
            assert isinstance(recorded.event, FiguresEntered | FiguresCorrected)
            state.apply(recorded.event, recorded.position)
        return state

    def return_states(self, streams: Sequence[UUID]) -> dict[UUID, ReturnState]:
        """States of those returns that hold anything, in one read."""
        found: dict[UUID, ReturnState] = {}
        for recorded in self.ledger.streams(streams):
            assert isinstance(recorded.event, FiguresEntered | FiguresCorrected)
            found.setdefault(recorded.stream_id, ReturnState()).apply(recorded.event, recorded.position)
        return found

    def authorise_write(self, actor: Actor, election: str, unit: str) -> None:
        """NotAuthorised unless the actor may write this unit's figures."""
        self._authorise(actor, "import")
        if actor.jurisdiction != "*":
            self._authorise_unit(actor, self.catalog.election(election), unit)

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
    ) -> DefinitionRecorded:
        """Add or restate geographies and areas; what already stands so is left out. RegistryRefused if the whole
        would not hold together."""
        self._authorise(actor, "declare_registry", everywhere=True)
        body = canonical(
            {
                "kind": "DeclareRegistry",
                "registry": registry,
                "geographies": [one.model_dump(mode="json") for one in geographies],
                "areas": [one.model_dump(mode="json") for one in areas],
            }
        )
        command = Command(command_id, body, actor, channel, ())
        if repeat := self.ledger.repeat_of(command_id, command.body_hash):
            return DefinitionRecorded(0, repeat.last_position, True)
        version, current = self.catalog.registry(registry)
        known = set(current.records())
        fresh = [area for area in areas if area not in known]
        changed = [one for one in geographies if current.geographies.get(one.code) != one]
        merged = current.copy()
        merged.declare(changed)
        merged.register(fresh)
        merged.check()
        events: list[Event] = []
        if changed:
            events.append(GeographiesDeclared(registry=registry, geographies=tuple(changed)))
        for start in range(0, len(fresh), AREAS_PER_EVENT):
            events.append(
                AreasRegistered(registry=registry, areas=tuple(fresh[start : start + AREAS_PER_EVENT]))
            )
        return self._define(command, registry_stream(registry), version, events, dry_run)

    def define_election(
        self,
        definition: ElectionDefinition,
        actor: Actor,
        command_id: UUID,
        *,
        dry_run: bool = False,
        channel: Channel = Channel.IMPORT,
    ) -> DefinitionRecorded:
        """Define an election, or replace its definition whole. UnknownReference for areas that are not there."""
        self._authorise(actor, "define_election", everywhere=True)
        body = canonical({"kind": "DefineElection", "definition": definition.model_dump(mode="json")})
        command = Command(command_id, body, actor, channel, ())
        if repeat := self.ledger.repeat_of(command_id, command.body_hash):
            return DefinitionRecorded(0, repeat.last_position, True)
        expand(definition, self.catalog.registry(definition.registry)[1].at(definition.polling_date))
        stream = election_stream(definition.code)
        version = self.ledger.stream_version(stream)
        if version and self.catalog.election(definition.code).definition == definition:
            return DefinitionRecorded(0, None, False)
        return self._define(command, stream, version, [ElectionDefined(definition=definition)], dry_run)

    def _define(
        self, command: Command, stream: UUID, version: int, events: Sequence[Event], dry_run: bool
    ) -> DefinitionRecorded:
        if not events or dry_run:
            return DefinitionRecorded(0, None, False)
        new = [NewEvent(stream, version + place, event) for place, event in enumerate(events, 1)]
        appended = self.appender.append(_with_events(command, new))
        return DefinitionRecorded(len(events), appended.last_position, appended.repeated)

    def _authorise(self, actor: Actor, operation: str, *, everywhere: bool = False) -> None:
        if not actor.role.may_write or (everywhere and actor.jurisdiction != "*"):
            raise NotAuthorised(
                operation=operation, office=actor.office, needed="上位の選挙管理委員会 / the level above"
            )

    def _authorise_unit(self, actor: Actor, known: KnownElection, unit: str) -> None:
        if not known.roster.covers(actor.jurisdiction, unit):
            raise NotAuthorised(
                operation=f"write:{unit}", office=actor.office, needed=known.roster.units[unit].name
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


def _with_events(command: Command, events: Sequence[NewEvent]) -> Command:
    return replace(command, events=tuple(events))
