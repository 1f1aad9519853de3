"""What offices and the nation say to each other of an item: whether it is worth its burden; and the mark of those that may go."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from reporting.application.authority import allowed, authorise, reach_of
from reporting.application.catalog import KnownElection
from reporting.application.commands import Request, Text
from reporting.application.messages import message
from reporting.application.once import once
from reporting.application.service import Reporting
from reporting.domain.actor import Actor, Channel
from reporting.domain.burden import ItemBurden, TypedDraft, burdens
from reporting.domain.events import Event
from reporting.domain.item_events import ItemFlagged, ItemRemarked, Wish
from reporting.domain.items import Item
from reporting.domain.labels import Code
from reporting.domain.workflow_events import DraftSaved
from reporting.errors import InvalidInput, UnknownReference
from reporting.ledger import Command, Deed, NewEvent
from reporting.ledger.streams import draft_stream, item_stream

Deciding = Callable[[KnownElection, Item], Event]

AT_ONCE = 20
"""So many offices may write of an item at the same moment before one of them is told to send again."""


class RemarkItem(Request):
    """`unit`: whose office speaks; `answers`: position of the remark that is answered."""

    command_id: UUID
    election: Code
    item: Code
    unit: Code
    wish: Wish = "none"
    text: Text
    answers: int | None = None


class FlagItem(Request):
    """`candidate`: for removal; False takes the mark back."""

    command_id: UUID
    election: Code
    item: Code
    candidate: bool
    reason: Text


@dataclass(frozen=True, slots=True)
class RemarkDone:
    """`position` of the remark, by which it is answered."""

    item: str
    position: int
    repeated: bool


@dataclass(frozen=True, slots=True)
class Thread:
    """What stands of an item of an election. `deeds`: remarks and marks, oldest first."""

    item: str
    deeds: tuple[Deed, ...]

    @property
    def candidate(self) -> bool:
        marks = [deed.recorded.event for deed in self.deeds if isinstance(deed.recorded.event, ItemFlagged)]
        return bool(marks) and marks[-1].candidate

    @property
    def wishes(self) -> dict[str, Wish]:
        """Unit → what its office wished last; who only remarks has not changed it."""
        said: dict[str, Wish] = {}
        for deed in self.deeds:
            event = deed.recorded.event
            if isinstance(event, ItemRemarked) and event.wish != "none":
                said[event.unit] = event.wish
        return said


class ItemRemarks:
    def __init__(self, reporting: Reporting) -> None:
        self._reporting = reporting

    def remark(self, request: RemarkItem, actor: Actor) -> RemarkDone:
        """NotAuthorised for who does not answer for the unit; UnknownReference; InvalidInput for an answer to what is no remark of
        the item."""

        def event(defined: KnownElection, item: Item) -> ItemRemarked:
            defined.roster.require_unit(request.unit)
            authorise("remark_item", actor, defined.roster, request.unit)
            if request.answers is not None and request.answers not in {
                deed.recorded.position for deed in self.thread(request.election, item.code).deeds
            }:
                raise InvalidInput.at("answers", request.answers, message("remark_of_this_item"))
            return ItemRemarked(
                election=request.election, item=item.code, item_version=item.version, unit=request.unit,
                wish=request.wish, answers=request.answers,
            )  # fmt: skip

        return self._append(request, actor, request.text, event)

    def flag(self, request: FlagItem, actor: Actor) -> RemarkDone:
        """NotAuthorised for an office whose election it is not; InvalidInput where the mark stands so already."""

        def event(defined: KnownElection, item: Item) -> ItemFlagged:
            for unit in _asked(defined):
                authorise("flag_item", actor, defined.roster, unit)
            if self.thread(request.election, item.code).candidate == request.candidate:
                raise InvalidInput.at("candidate", request.candidate, message("mark_that_changes"))
            return ItemFlagged(
                election=request.election, item=item.code, item_version=item.version, candidate=request.candidate
            )  # fmt: skip

        return self._append(request, actor, request.reason, event)

    def may_flag(self, defined: KnownElection, actor: Actor) -> bool:
        roster = defined.roster
        return all(allowed("flag_item", actor, reach_of(actor, roster, unit)) for unit in _asked(defined))

    def may_remark(self, defined: KnownElection, actor: Actor) -> list[str]:
        """Units for whose office somebody may speak."""
        roster = defined.roster
        return [unit for unit in roster.units if allowed("remark_item", actor, reach_of(actor, roster, unit))]

    def thread(self, election: str, item: str) -> Thread:
        return self.threads(election, (item,))[item]

    def threads(self, election: str, items: Iterable[str]) -> dict[str, Thread]:
        """Of every item asked for, in one read."""
        streams = {item_stream(election, item): item for item in items}
        said: dict[str, list[Deed]] = {item: [] for item in streams.values()}
        for deed in self._reporting.ledger.deeds(list(streams)):
            said[streams[deed.recorded.stream_id]].append(deed)
        return {item: Thread(item, tuple(deeds)) for item, deeds in said.items()}

    def burdens(self, election: str, form: str, units: Iterable[str]) -> dict[str, ItemBurden]:
        """Of the items of a form, over its slots and these units. UnknownReference for a form that is none."""
        definition = self._reporting.catalog.election(election).definition
        slots = definition.form(form).slots
        places = {
            draft_stream(election, form, slot.code, unit): (unit, slot.code)
            for unit in units
            for slot in slots
        }
        drafts = []
        for deed in self._reporting.ledger.deeds(list(places), [DraftSaved.type]):
            event = deed.recorded.event
            assert isinstance(event, DraftSaved)
            unit, slot_code = places[deed.recorded.stream_id]
            drafts.append(
                TypedDraft(unit, form, slot_code, deed.person, deed.recorded.recorded_at, tuple(event.cells))
            )
        return burdens(drafts)

    def _append(
        self, request: RemarkItem | FlagItem, actor: Actor, words: str, event: Deciding
    ) -> RemarkDone:
        ledger = self._reporting.ledger
        command = Command(request.command_id, request.body(), actor, Channel.API, (), reason=words)

        def decided() -> Command:
            defined = self._reporting.catalog.election(request.election)
            item = item_of(defined, request.item)
            stream = item_stream(request.election, item.code)
            version = ledger.stream_version(stream)
            return command.deciding([NewEvent(stream, version + 1, event(defined, item))], defined.stands)

        appended = once(ledger, command, decided, self._reporting.appender.append, AT_ONCE)
        return RemarkDone(request.item, appended.last_position, appended.repeated)


def _asked(defined: KnownElection) -> list[str]:
    """Units that report on some contest: whose election it is stands above each of them."""
    return sorted({unit for units in defined.roster.contest_units.values() for unit in units})


def item_of(defined: KnownElection, code: str) -> Item:
    """UnknownReference for an item that the election does not ask."""
    items = {item.code: item for item in defined.definition.items}
    if code not in items:
        among = {item.code: item.label.ja for item in items.values()}
        raise UnknownReference(kind="item", found=code, among=among, within=defined.definition.code)
    return items[code]
