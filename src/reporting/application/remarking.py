"""What is said of a return and moves nothing in it."""

from __future__ import annotations

from reporting.application.acting import Acting, Done, phase_of
from reporting.application.authority import (
    authorise,
)
from reporting.application.desk_commands import (
    Annotate,
    Remind,
)
from reporting.application.opened import (
    OpenReturn,
)
from reporting.domain.actor import Actor
from reporting.domain.events import Event
from reporting.domain.workflow_events import (
    ReminderSent,
    ReturnAnnotated,
)


class Remarking:
    def __init__(self, acting: Acting) -> None:
        self._acting = acting

    def annotate(self, request: Annotate, actor: Actor) -> Done:
        def decide(opened: OpenReturn) -> list[Event]:
            authorise("annotate", actor, opened.known.roster, request.unit, phase_of(opened))
            return [
                ReturnAnnotated(**opened.where, cells=tuple(request.cells), note_class=request.note_class)
            ]

        return self._acting.act(request, actor, request.note, decide)

    def remind(self, request: Remind, actor: Actor) -> Done:
        def decide(opened: OpenReturn) -> list[Event]:
            authorise("remind", actor, opened.known.roster, request.unit, phase_of(opened))
            return [ReminderSent(**opened.where, kind=request.kind)]

        return self._acting.act(request, actor, None, decide)
