"""What a file holds of a form that two people type is an entry, the first or the second, as if it were typed at the desk."""

from __future__ import annotations

from collections.abc import Mapping

from reporting.application.acting import Acting, phase_of
from reporting.application.authority import authorise
from reporting.application.drafted import require_not_overwritten
from reporting.application.messages import message
from reporting.application.once import once
from reporting.application.opened import OpenReturn
from reporting.application.second_entry import second_entry_of
from reporting.application.typed_twice import not_now
from reporting.domain.actor import Actor
from reporting.domain.place import Place
from reporting.domain.workflow_events import DraftSaved, SecondEntrySaved
from reporting.ledger import Appended, Command, NewEvent, draft_stream


def entry_of(opened: OpenReturn, actor: Actor, cells: Mapping[str, str]) -> DraftSaved | SecondEntrySaved:
    """The first entry's where nobody else has begun it, else the second's, done once it holds the cells that the first does.
    Errors: NotNow while the two are compared, SameTypist, DraftMoved."""
    draft = opened.draft
    if draft.compared:
        raise not_now(opened, "enter a second time", message.words("entries_are_being_compared"))
    first, second = draft.typists_of(draft.typed), draft.typists_of(draft.second)
    if actor.person in first or (not first and actor.person not in second):
        require_not_overwritten(opened, draft, cells, None, actor)
        return DraftSaved(**opened.where, cells=dict(cells))
    held = {key: typed.text for key, typed in draft.second.items()} | dict(cells)
    whole = {key for key, text in held.items() if text} == {key for key, text in draft.cells.items() if text}
    return second_entry_of(opened, actor, cells, done=whole)


class TypedIn:
    """Of workbooks; an import does it for many returns at once (`batch`)."""

    def __init__(self, acting: Acting) -> None:
        self._acting = acting

    def keep(self, place: Place, cells: Mapping[str, str], command: Command) -> Appended:
        """By the authority of a draft. `command`: without events; sent again it is answered as it was."""
        ledger, stream = self._acting.reporting.ledger, draft_stream(*place)

        def decide() -> Command:
            opened = self._acting.returns.open(*place)
            self.require(opened, command.actor)
            event = entry_of(opened, command.actor, cells)
            return command.deciding([NewEvent(stream, opened.draft.version + 1, event)], opened.stands)

        return once(ledger, command, decide, ledger.append)

    def require(self, opened: OpenReturn, actor: Actor) -> None:
        authorise("save_draft", actor, opened.roster, opened.place.unit, phase_of(opened))
