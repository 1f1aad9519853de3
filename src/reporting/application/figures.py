"""enterFigures and correctFigures: first and other values of single cells, in every election."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from reporting.application.commands import CorrectFigures, EnterFigures, FiguresRecorded
from reporting.application.desk import Desk
from reporting.application.desk_commands import Submit
from reporting.application.once import once_on
from reporting.application.opened import OpenReturn
from reporting.application.service import Reporting, command_of, deciding
from reporting.application.typed_twice import require_entry
from reporting.domain.actor import Actor
from reporting.domain.events import Event, FiguresCorrected, FiguresEntered
from reporting.domain.place import Place
from reporting.ledger import Command, return_stream


class FigureDoor:
    """Leads each request to where it is decided: a certified return's to the desk, like every other correction of it."""

    def __init__(self, reporting: Reporting, desk: Desk) -> None:
        self._reporting, self._desk = reporting, desk

    def record(
        self, request: EnterFigures | CorrectFigures, actor: Actor, request_id: str | None = None
    ) -> FiguresRecorded:
        """Errors: NotAuthorised, UnknownReference, FiguresRefused, VersionConflict, CommandIdReused, Unavailable; of an
        election with a workflow also InvalidInput (receipt, owner), and RulesRefused after certification."""
        place = Place(request.election, request.form, request.slot, request.unit)
        defined = self._reporting.catalog.election(request.election)
        if defined.definition.workflow is not None and request.unit in defined.roster.units:
            opened = self._desk.returns.open(*place)
            if opened.case.certified:
                return self._resubmitted(request, actor)
            return self._on_its_way(request, actor, request_id, opened)
        if isinstance(request, CorrectFigures):
            return self._reporting.correct_figures(request, actor, request_id)
        return self._reporting.enter_figures(request, actor, request_id)

    def _on_its_way(
        self,
        request: EnterFigures | CorrectFigures,
        actor: Actor,
        request_id: str | None,
        opened: OpenReturn,
    ) -> FiguresRecorded:
        """Decided on the return as it was opened; when somebody wrote in between, opened again."""
        command = command_of(request, actor, request_id)
        openings = chain([opened], iter(lambda: self._desk.returns.open(*opened.place), None))

        def decide() -> list[Command]:
            now = next(openings)
            if now.typed_twice:
                require_entry(now, [cell.cell().cell.key for cell in request.figures])
            events = self._reporting.figures(request, now.defined, now.case, actor)
            return deciding(command, request, now.defined, now.case, self._remembered(now, events))

        appended, version = once_on(
            self._reporting.ledger, opened.stream, command, decide, self._reporting.append_together
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
