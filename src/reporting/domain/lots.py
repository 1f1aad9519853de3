"""What was recorded of lots drawn between equal votes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from reporting.domain.events import Event
from reporting.domain.workflow_events import LotConfirmed, LotRecorded


@dataclass(frozen=True, slots=True)
class Lot:
    """`votes`: of each of `among`, as text. `position`: of the record; `confirmed_at`: of its confirmation."""

    election: str
    form: str
    slot: str
    contest: str
    item: str
    among: tuple[str, ...]
    winners: tuple[str, ...]
    votes: str
    source_class: str
    reference: str
    position: int
    confirmed_at: int | None = None


def lots_of(events: Iterable[tuple[int, Event]]) -> tuple[Lot, ...]:
    """Of (ledger position, event), as they follow each other in each stream: every record, by position."""
    lots: dict[int, Lot] = {}
    for position, event in events:
        if isinstance(event, LotRecorded):
            lots[position] = Lot(**event.model_dump(), position=position)
        elif isinstance(event, LotConfirmed):
            lots[event.recorded] = replace(lots[event.recorded], confirmed_at=position)
    return tuple(lots[position] for position in sorted(lots))


def in_force(lots: Sequence[Lot]) -> tuple[Lot, ...]:
    """Of each count the last that was confirmed, and what was recorded since."""
    last = {(one.form, one.slot, one.item): one.position for one in lots if one.confirmed_at is not None}
    return tuple(one for one in lots if one.position >= last.get((one.form, one.slot, one.item), 0))
