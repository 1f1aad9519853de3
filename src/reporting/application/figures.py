"""enterFigures and correctFigures: first and other values of single cells, in every election."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain

from reporting.application.commands import CorrectFigures, EnterFigures, FiguresRecorded
from reporting.application.desk import Desk
from reporting.application.desk_commands import Submit
from reporting.application.opened import OpenReturn
from reporting.application.service import Reporting, ReturnAtHand
from reporting.domain.actor import Actor
from reporting.domain.place import Place
from reporting.ledger import return_stream


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
        known = self._reporting.catalog.election(request.election)
        reading = None
        if known.definition.workflow is not None and request.unit in known.roster.units:
            opened = self._desk.returns.open(*place)
            if opened.case.certified:
                return self._resubmitted(request, actor)
            reading = self._reading(opened)
        if isinstance(request, CorrectFigures):
            return self._reporting.correct_figures(request, actor, request_id, reading)
        return self._reporting.enter_figures(request, actor, request_id, reading)

    def _reading(self, opened: OpenReturn) -> Callable[[], ReturnAtHand]:
        """The return as it was opened; when somebody wrote in between, opened again."""
        openings = chain([opened], iter(lambda: self._desk.returns.open(*opened.place), None))

        def at_hand() -> ReturnAtHand:
            now = next(openings)
            standing = {key: cell.text for key, cell in now.case.cells.items()}
            return ReturnAtHand(
                now.case,
                lambda texts: self._desk.origins(now, texts),
                lambda texts: self._desk.traces(now, {**standing, **texts}),
            )

        return at_hand

    def _resubmitted(self, request: EnterFigures | CorrectFigures, actor: Actor) -> FiguresRecorded:
        """As a submission of these cells."""
        done = self._desk.submit(
            Submit(
                **request.model_dump(
                    include={
                        "command_id", "election", "form", "slot", "unit", "channel", "on_behalf_of", "untouched",
                        "expected_version", "reason",
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
