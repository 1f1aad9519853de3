"""Lots drawn between equal votes (Public Offices Election Act, art. 95(2): くじ): what was recorded of them, and what became of
it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from reporting.domain.workflow_events import LotConfirmed, LotRecorded


class LotState(StrEnum):
    """Where a lot stands. Whoever wins by it wins only while it is confirmed or in force."""

    RECORDED = "recorded"  # waits for a second person
    CONFIRMED = "confirmed"  # the votes are equal as recorded; no release holds it yet
    IN_FORCE = "in_force"  # the same, and the last release holds it
    OVERTAKEN = "overtaken"  # the votes are not what they were, or another record took its place


@dataclass(frozen=True, slots=True)
class Lot:
    """`votes`: of each of `among`, as text. `position`: of the record, with whose command the words of its source stand;
    `confirmed_at`: of its confirmation; `override`: confirmed openly by an author of the votes or the recorder, `alone`:
    by the recorder; `replaced_at`: of the record or confirmation that took its place, for good; `broken_at`: since when
    the top's approved votes are not those of the record, None while they are."""

    election: str
    form: str
    slot: str
    contest: str
    item: str
    among: tuple[str, ...]
    winners: tuple[str, ...]
    votes: str
    source_class: str
    position: int
    confirmed_at: int | None = None
    override: bool = False
    alone: bool = False
    replaced_at: int | None = None
    broken_at: int | None = None

    @property
    def overtaken_at(self) -> int | None:
        """Position of what overtook it; None while it holds."""
        places = [at for at in (self.replaced_at, self.broken_at) if at is not None]
        return min(places, default=None)

    def state(self, in_release: bool) -> LotState:
        """`in_release`: the last release holds it as in force."""
        if self.overtaken_at is not None:
            return LotState.OVERTAKEN
        if self.confirmed_at is None:
            return LotState.RECORDED
        return LotState.IN_FORCE if in_release else LotState.CONFIRMED


def with_record(lots: dict[int, Lot], event: LotRecorded, position: int) -> None:
    """Takes a record into the lots of its count (by position); one of the same item that waited is not confirmed any more."""
    for at, lot in lots.items():
        if lot.item == event.item and lot.confirmed_at is None and lot.replaced_at is None:
            lots[at] = replace(lot, replaced_at=position)
    lots[position] = Lot(**event.model_dump(), position=position)


def with_confirmation(lots: dict[int, Lot], event: LotConfirmed, position: int) -> None:
    """Takes a confirmation in; what had been confirmed of the same item before is replaced."""
    for at, lot in lots.items():
        if lot.item == event.item and at != event.recorded and lot.replaced_at is None:
            lots[at] = replace(lot, replaced_at=position)
    confirmed = lots[event.recorded]
    lots[event.recorded] = replace(
        confirmed, confirmed_at=position, override=event.override, alone=event.alone
    )
