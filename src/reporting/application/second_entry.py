"""A form that two people type: the second without seeing the first's values; afterwards only the cells that differ."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from reporting.application.acting import Acting, phase_of
from reporting.application.authority import authorise
from reporting.application.called_otherwise import require_called_so
from reporting.application.commands import CellInput
from reporting.application.desk_commands import SaveSecondEntry, SettleEntry
from reporting.application.drafted import draft_moved
from reporting.application.messages import message
from reporting.application.once import once_on
from reporting.application.opened import OpenReturn
from reporting.application.typed_twice import named, not_now
from reporting.domain.actor import Actor
from reporting.domain.events import Event
from reporting.domain.figures import Cell
from reporting.domain.four_eyes import SameTypist
from reporting.domain.place import Place
from reporting.domain.workflow_events import EntrySettled, SecondEntrySaved
from reporting.ledger import Beforehand, Command, NewEvent, draft_stream


class SecondEntry:
    """Kept beside the draft, in its stream. Errors: NotNow for a form that one person types, and out of turn; SameTypist."""

    def __init__(self, acting: Acting) -> None:
        self._acting = acting

    def save(self, request: SaveSecondEntry, actor: Actor) -> int:
        """The draft's version now. Anything may be typed; nothing of it counts."""
        cells = _texts(request.cells)

        def decide(opened: OpenReturn) -> Event:
            if any(cells.values()):
                opened.require_reporter()
            return second_entry_of(opened, actor, cells, done=request.done)

        return self._append(request, actor, decide)

    def settle(self, request: SettleEntry, actor: Actor) -> int:
        """The draft's version now. DraftMoved where either entry moved after the version the sender has seen."""
        cells = _texts(request.cells)

        def decide(opened: OpenReturn) -> Event:
            draft, seen = opened.draft, request.draft_version
            if not draft.compared:
                raise not_now(
                    opened,
                    "compare",
                    message.words("second_entry_is_not_done"),
                )
            moved = [
                key
                for key in cells
                for entry in (draft.typed, draft.second)
                if seen is not None and key in entry and entry[key].version > seen
            ]
            if moved or (seen is not None and seen > draft.version):
                raise draft_moved(opened, draft, [key for key in moved if key in draft.typed], seen)
            return EntrySettled(**opened.where, cells=cells)

        return self._append(request, actor, decide)

    def _append(
        self,
        request: SaveSecondEntry | SettleEntry,
        actor: Actor,
        decide: Callable[[OpenReturn], Event],
    ) -> int:
        place = Place(request.election, request.form, request.slot, request.unit)
        command, stream = self._acting.command(request, actor, None), draft_stream(*place)
        ledger, returns = self._acting.reporting.ledger, self._acting.returns

        def decided(seen: Beforehand) -> list[Command]:
            opened = returns.open_seen(place, seen)
            authorise("save_draft", actor, opened.defined.roster, request.unit, phase_of(opened))
            if not opened.typed_twice:
                raise not_now(
                    opened,
                    "enter a second time",
                    message.words("form_is_typed_by_one"),
                )
            event = decide(opened)
            renamed, texts = self._acting.reporting.renamed, _texts(request.cells)
            require_called_so(renamed, opened.shape, place, texts, request.seen_at)
            return [command.deciding([NewEvent(stream, opened.draft.version + 1, event)], opened.stands)]

        _, version = once_on(
            ledger, stream, command, lambda: returns.look(command, place), decided,
            lambda made: ledger.append(*made),
        )  # fmt: skip
        return version


def second_entry_of(
    opened: OpenReturn, actor: Actor, cells: Mapping[str, str], *, done: bool
) -> SecondEntrySaved:
    """These cells added to the second entry. Errors as in SecondEntry."""
    draft = opened.draft
    if draft.compared:
        raise not_now(opened, "enter a second time", message.words("entries_are_being_compared"))
    if actor.person in draft.typists_of(draft.typed):
        raise SameTypist(person=actor.person)
    if done:
        _require_both(opened, {key: held.text for key, held in draft.second.items()} | dict(cells))
    return SecondEntrySaved(**opened.where, cells=dict(cells), done=done)


def _require_both(opened: OpenReturn, second: Mapping[str, str]) -> None:
    missing = sorted(key for key, text in second.items() if text and not opened.draft.cells.get(key))
    if missing or not any(second.values()):
        ja, en = named(opened, missing)
        raise not_now(
            opened,
            "compare",
            message.words("first_entry_is_not_done", cells_ja=ja, cells_en=en)
            if missing
            else message.words("no_second_entry"),
        )


def _texts(cells: Collection[CellInput]) -> dict[str, str]:
    return {Cell(cell.contest, cell.item, cell.breakdown, cell.choice).key: cell.value for cell in cells}
