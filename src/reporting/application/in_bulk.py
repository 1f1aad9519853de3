"""A whole slot at once: what is green is approved or certified, exceptions are told first."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from reporting.application.acting import Acting, Done, out_of_reach
from reporting.application.approving import Approving
from reporting.application.authority import (
    require_office_of_chain,
    require_reach,
)
from reporting.application.catalog import NOTHING_SEEN, KnownElection
from reporting.application.desk_commands import (
    ApproveGreen,
    CertifyGreen,
)
from reporting.application.doubts import Doubt
from reporting.application.drafting import Drafting
from reporting.application.findings import (
    RulesRefused,
)
from reporting.application.opened import (
    OpenReturn,
)
from reporting.application.seen import came_since, require_seen
from reporting.application.service import Reporting
from reporting.domain.actor import Actor, Channel
from reporting.domain.events import Event
from reporting.domain.four_eyes import FourEyes
from reporting.domain.place import Place
from reporting.domain.returns import FiguresRefused
from reporting.domain.status import NotNow
from reporting.domain.workflow_events import (
    SlotCommandTaken,
)
from reporting.errors import (
    CommandIdReused,
    InvalidInput,
    NotAuthorised,
    ReportingError,
    UnknownReference,
    VersionConflict,
)
from reporting.ledger import (
    Appended,
    Beforehand,
    Command,
    NewEvent,
    Stands,
    command_stream,
    draft_stream,
    return_stream,
)
from reporting.ledger.rows import MANY


@dataclass(frozen=True, slots=True)
class _Green:
    """Of a bulk approval: by unit, why not; and (unit, command, return) of each approval to append. `refused`: returns that
    the rules stand in the way of, by unit."""

    outcomes: dict[str, Done | ReportingError]
    commands: list[tuple[str, Command, OpenReturn]]
    refused: dict[str, OpenReturn]


@dataclass(frozen=True, slots=True)
class _SlotAsKnown:
    """Units whose returns of a slot an office decides on, and the streams of these and their drafts, by an election as it was last looked
    up: whoever finds that it is still that one may take them."""

    defined: KnownElection
    units: list[str]
    streams: list[UUID]


def _slot_as_known(
    defined: KnownElection | None, request: ApproveGreen | CertifyGreen, actor: Actor
) -> _SlotAsKnown | None:
    """None where it was never looked up, or is asked for what it does not have; or of so many units that whole tables are read for them."""
    if defined is None or not defined.roster.units.keys() >= {*(request.units or ())}:
        return None
    try:
        units = _units(defined, request, actor)
    except ReportingError:
        return None
    if 2 * len(units) > MANY:
        return None
    places = [Place(request.election, request.form, request.slot, unit) for unit in units]
    streams = [stream for place in places for stream in (return_stream(*place), draft_stream(*place))]
    return _SlotAsKnown(defined, units, streams)


def _units(defined: KnownElection, request: ApproveGreen | CertifyGreen, actor: Actor) -> list[str]:
    """Of a slot, below the office or named by it."""
    covered = defined.roster.covered(actor.jurisdiction, request.units)
    return [unit for unit in covered if defined.reports(request.form, request.slot, unit)]


class InBulk:
    """Each return is decided as by itself."""

    def __init__(self, acting: Acting, drafting: Drafting, approving: Approving) -> None:
        self._acting, self._drafting, self._approving = acting, drafting, approving

    @classmethod
    def on(cls, reporting: Reporting) -> InBulk:
        acting = Acting(reporting)
        drafting = Drafting(acting)
        return cls(acting, drafting, Approving(acting, drafting))

    def approve_green(self, request: ApproveGreen, actor: Actor) -> list[tuple[str, Done | ReportingError]]:
        """Every unit below the actor's office that waits there or is sent back, each approved or told why not:
        exceptions first. Sent again, or broken off halfway: decided on the log as it stood the first time, so what was
        done then is answered, and what was not is done now. CommandIdReused also for somebody else's id."""
        return self._in_bulk(request, "ApproveGreen", actor)

    def certify_green(self, request: CertifyGreen, actor: Actor) -> list[tuple[str, Done | ReportingError]]:
        """Every return below the actor's office that has figures and is not certified, each made final or told why not,
        as `approve_green` does: not approved by all levels, not whole, the actor's own, or something the rules find now
        that nobody has explained or declared."""
        return self._in_bulk(request, "CertifyGreen", actor)

    def _in_bulk(
        self, request: ApproveGreen | CertifyGreen, kind: str, actor: Actor
    ) -> list[tuple[str, Done | ReportingError]]:
        ledger, catalog = self._acting.reporting.ledger, self._acting.reporting.catalog
        stream = command_stream(request.command_id)
        note = Command(request.command_id, request.body(), actor, Channel.API, ())
        slot = _slot_as_known(catalog.kept(request.election), request, actor)
        seen = ledger.beforehand(note, catalog.rests_on(request.election), slot.streams if slot else ())
        if seen.answered is None:
            then = self.on(self._acting.reporting.as_of(seen.position, catalog))
            # What is decided goes in with the note of when, or not at all: sent twice at once, the other's holds.
            decided = then.decided_green(request, actor, (Stands(stream, 0),), seen, slot)
            taken = SlotCommandTaken(
                kind=kind, election=request.election, form=request.form, slot=request.slot, upto=seen.position
            )
            noting = note.deciding([NewEvent(stream, 1, taken)])
            noted, *answers = ledger.append_many([noting, *(command for _, command, _ in decided.commands)])
            if isinstance(noted, ReportingError):
                raise noted
            if noted.repeated:
                return self._in_bulk(request, kind, actor)
            return self._told(decided, answers, actor)
        by, (first,) = ledger.command(request.command_id), ledger.stream(stream)
        assert by is not None
        assert isinstance(first.event, SlotCommandTaken)
        if (by.person, by.office) != (actor.person, actor.office):
            raise CommandIdReused(command_id=str(request.command_id))
        then = self.on(self._acting.reporting.as_of(first.event.upto))
        decided = then.decided_green(request, actor)
        commands = [command for _, command, _ in decided.commands]
        return self._told(decided, ledger.append_many(commands) if commands else (), actor)

    def decided_green(
        self,
        request: ApproveGreen | CertifyGreen,
        actor: Actor,
        stands: tuple[Stands, ...] = (),
        seen: Beforehand | None = None,
        slot: _SlotAsKnown | None = None,
    ) -> _Green:
        """What can be approved, or certified, as it stands, and what cannot. `stands`: what the commands rest on besides; `seen`: a look at the
        log that this is decided on, with the deeds of the `slot`, as far as its election was known."""
        certifies = isinstance(request, CertifyGreen)
        operation = "certify" if certifies else "approve"
        defined = self._acting.reporting.catalog.election(
            request.election, NOTHING_SEEN if seen is None else seen.versions
        )
        if defined.definition.workflow is None:
            raise UnknownReference(kind="workflow", found=request.election)
        for unit in request.units or ():
            defined.roster.require_unit(unit)
        require_reach(operation, actor, defined.roster)
        still = slot if slot is not None and slot.defined is defined else None
        units = _units(defined, request, actor) if still is None else still.units
        looking = (area for unit in units for _, area in defined.roster.chains[unit])
        if units and actor.jurisdiction not in ("*", *looking):
            require_office_of_chain(operation, actor, defined.roster, units[0])
        refused = [no for unit in units if (no := out_of_reach(operation, actor, defined.roster, unit))]
        if units and len(refused) == len(
            units
        ):  # an office that may nowhere is told so, though nothing waits
            raise refused[0]
        outcomes: dict[str, Done | ReportingError] = {
            unit: no
            for unit in request.units or ()
            if not defined.roster.covers(actor.jurisdiction, unit)
            and (no := out_of_reach(operation, actor, defined.roster, unit))
        }
        commands: list[tuple[str, Command, OpenReturn]] = []
        body, rest_on = request.body(), (*defined.stands, *stands)
        by_rules: dict[str, OpenReturn] = {}
        deeds = None if still is None or seen is None else seen.deeds
        open_ = self._acting.returns.open_all_of(defined, request.form, request.slot, units, deeds=deeds)
        standing = self._acting.findings.standing(open_)
        lost = {} if certifies else self._lost(open_, actor, request.level)
        for opened in open_:
            unit = opened.place.unit
            if not opened.case.cells:
                continue
            try:
                level, _ = self._acting.level(operation, opened, actor, request.level)
                waits = opened.case.waiting_at(level) or opened.case.sent_back()
                if opened.case.certified if certifies else not waits:
                    continue  # done already: nothing to look at
                self._require_seen_at(opened, request.seen_at)
                if request.seen_at is not None:
                    self._acting.require_called_so(opened, opened.case.cells, request.seen_at)
                event: Event = (
                    self._approving.certification_unseen(
                        opened, actor, request.level, standing[opened.stream]
                    )
                    if certifies
                    else self._approving.approval(
                        opened,
                        actor,
                        request.level,
                        None,
                        None,
                        standing[opened.stream],
                        lost.get(opened.stream, ()),
                    )
                )
            except (
                NotNow,
                FourEyes,
                RulesRefused,
                InvalidInput,
                NotAuthorised,
                VersionConflict,
                FiguresRefused,
            ) as not_green:
                outcomes[unit] = not_green
                if isinstance(not_green, RulesRefused):
                    by_rules[unit] = opened
                continue
            command_id = uuid5(request.command_id, unit)
            also = self._drafting.settled(opened, keep_cells=False) if certifies else []
            events = [NewEvent(opened.stream, opened.case.version + 1, event), *also]
            command = Command(command_id, body, actor, Channel.API, tuple(events), stands=rest_on)
            commands.append((unit, command, opened))
        return _Green(outcomes, commands, by_rules)

    def _require_seen_at(self, opened: OpenReturn, position: int | None) -> None:
        """VersionConflict for a return with figures after the position at which the sender saw the slot."""
        if position is not None and came_since(opened, position):
            version = self._acting.reporting.ledger.version_at(opened.stream, position)
            require_seen(opened, version, opened.case.cells, whole=True)

    def _lost(
        self, returns: Sequence[OpenReturn], actor: Actor, level: str | None
    ) -> dict[UUID, list[Doubt]]:
        """By stream, what was lost elsewhere by values that wait at the level the actor's office is of, for each return."""
        at: dict[str, list[OpenReturn]] = {}
        for return_ in returns:
            with contextlib.suppress(NotAuthorised, InvalidInput):  # told when its turn comes
                own, _ = self._acting.level("approve", return_, actor, level)
                if return_.case.waiting_at(own):
                    at.setdefault(own, []).append(return_)
        lost: dict[UUID, list[Doubt]] = {}
        for own, waiting in at.items():
            lost |= self._acting.elsewhere.standing(waiting, own)
        return lost

    def _told(
        self, green: _Green, answers: Sequence[Appended | ReportingError], actor: Actor
    ) -> list[tuple[str, Done | ReportingError]]:
        """By unit, exceptions first. `answers`: the log's, to each of the commands."""
        outcomes, commands = green.outcomes, green.commands
        for unit, opened in green.refused.items():
            if isinstance(shown := outcomes[unit], RulesRefused):
                self._drafting.remember_refused(opened, shown, actor, "approval")
        for (unit, command, opened), answer in zip(commands, answers, strict=True):
            if isinstance(answer, ReportingError):
                outcomes[unit] = answer
                continue
            by = actor.by
            opened.case.apply(command.events[0].event, answer.last_position, by)
            outcomes[unit] = Done(
                unit, opened.status, opened.case.version, answer.last_position, answer.repeated
            )
        return sorted(outcomes.items(), key=lambda pair: (isinstance(pair[1], Done), pair[0]))
