"""enterFigures and correctFigures: first and other values of single cells, in every election."""

from __future__ import annotations

from collections.abc import Sequence

from reporting.application.commands import CorrectFigures, EnterFigures, FiguresRecorded
from reporting.application.desk import Desk
from reporting.application.desk_commands import Submit
from reporting.application.once import looks, once_on
from reporting.application.opened import OpenReturn
from reporting.application.service import Reporting, command_of, deciding, place_of
from reporting.application.typed_twice import require_entry
from reporting.domain.actor import Actor
from reporting.domain.events import Event, FiguresCorrected, FiguresEntered
from reporting.ledger import Beforehand, Command, return_stream


class FigureDoor:
    """Leads each request to where it is decided: a certified return's to the desk, like every other correction of it."""

    def __init__(self, reporting: Reporting, desk: Desk) -> None:
        self._reporting, self._desk = reporting, desk

    def record(
        self, request: EnterFigures | CorrectFigures, actor: Actor, request_id: str | None = None
    ) -> FiguresRecorded:
        """Errors: NotAuthorised, UnknownReference, FiguresRefused, VersionConflict, CommandIdReused, Unavailable; of an
        election with a workflow also InvalidInput (receipt, owner), and RulesRefused after certification."""
        place, command = place_of(request), command_of(request, actor, request_id)
        seen = self._reporting.look(command, place)
        defined = self._reporting.catalog.election(request.election, seen.versions)
        if defined.definition.workflow is None or request.unit not in defined.roster.units:
            return self._reporting.record(request, actor, request_id, seen)
        opened = self._desk.returns.open_seen(place, seen)
        if opened.case.certified:
            return self._resubmitted(request, actor)
        return self._on_its_way(request, actor, command, seen, opened)

    def _on_its_way(
        self,
        request: EnterFigures | CorrectFigures,
        actor: Actor,
        command: Command,
        first: Beforehand,
        opened: OpenReturn,
    ) -> FiguresRecorded:
        """Decided on the return as it was opened, at the first look; when somebody wrote in between, opened again."""
        returns = self._desk.returns
        look = looks(lambda: returns.look(command, opened.place), first)

        def decide(seen: Beforehand) -> list[Command]:
            now = opened if seen is first else returns.open_seen(opened.place, seen)
            if now.typed_twice:
                require_entry(now, [cell.cell().cell.key for cell in request.figures])
            events = self._reporting.figures(request, now.defined, now.case, actor)
            return deciding(command, request, now.defined, now.case, self._remembered(now, events))

        appended, version = once_on(
            self._reporting.ledger, opened.stream, command, look, decide, self._reporting.append_together
        )
        return self._reporting.recorded(request, actor, appended, version)

    def _remembered(self, opened: OpenReturn, events: Sequence[Event]) -> list[Event]:
        """Each figure with whoever had typed it before, and what all of them leave in the register."""
        remembered: list[Event] = []
        after = opened.case.texts
        for event in events:
            if isinstance(event, FiguresEntered | FiguresCorrected):
                after |= event.figures
                if before := self._desk.origins(opened, event.figures):
                    event = event.model_copy(update={"typed_at": dict(sorted(before.items()))})
            remembered.append(event)
        return [*remembered, *self._desk.traces(opened, after)]

    def _resubmitted(self, request: EnterFigures | CorrectFigures, actor: Actor) -> FiguresRecorded:
        """As a submission of these cells."""
        done = self._desk.submit(
            Submit(
                **request.model_dump(
                    include={
                        "command_id", "election", "form", "slot", "unit", "channel", "on_behalf_of", "untouched",
                        "expected_version", "reason", "seen_at",
                    }
                ),
                figures=request.figures,
                receipt=request.receipt,
                take_draft=False,
                reasons=request.reasons if isinstance(request, CorrectFigures) else (),
                reason_class=request.reason_class if isinstance(request, CorrectFigures) else "resubmission",
            ),
            actor,
            request.body(),
        )  # fmt: skip
        stream = return_stream(request.election, request.form, request.slot, request.unit)
        record = self._reporting.ledger.command(request.command_id)
        assert record is not None
        return FiguresRecorded(
            stream, request.unit, done.version, done.position, record.recorded_at, done.repeated
        )
