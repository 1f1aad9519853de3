"""What was said of cells that wait for an answer: the words stand with the command in the ledger, and are shown where the
cell is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from uuid import UUID

import strawberry

from api.graphql.types import DeedTold, described
from projections.read.desk import WorkRow
from reporting.application.opened import OpenReturn
from reporting.application.work_then import WaitedThen
from reporting.domain.events import FiguresCorrected, FiguresEntered
from reporting.domain.place import Within
from reporting.domain.workflow_events import CellsConfirmed, CellsSentBack
from reporting.ledger import Deed, Ledger, return_stream

SENT_BACK, OBJECTED, EDITED_ABOVE = "sent_back", "objected", "edited_above"
SAYING = tuple(kind.type for kind in (CellsSentBack, CellsConfirmed, FiguresEntered, FiguresCorrected))
"""Types of the events that say something of cells."""


@strawberry.type(
    description="What was said when cells were sent back, objected to, or entered or changed from above, and nobody has "
    "answered yet."
)
class SaidOfCells(DeedTold):
    kind: str = described("sent_back, objected or edited_above")
    cells: list[str] = described("those of them that still wait, contest|item|breakdown|choice")
    reason_class: str | None = described("stable code of the reason")
    reason: str | None = described("the reason in words; null where none was given, (erased) where it was")
    level: str | None = described("level that sent them back")
    at: datetime = strawberry.field(
        description="when", deprecation_reason="recordedAt is the same, as of every Deed"
    )

    @classmethod
    def of(cls, kind: str, deed: Deed, cells: Collection[str]) -> SaidOfCells:
        event = deed.recorded.event
        return cls(
            **cls.facts(deed.facts),
            kind=kind,
            cells=sorted(cells),
            reason_class=getattr(event, "reason_class", None),
            level=getattr(event, "level", None),
            at=deed.recorded.recorded_at,
        )


def said_of(deeds: Iterable[Deed], waiting: Mapping[str, Collection[str]]) -> list[SaidOfCells]:
    """`deeds`: of one return, by position; `waiting`: kind → its cells that wait. Each cell by the last that spoke of it."""
    last: dict[tuple[str, str], Deed] = {}
    for deed in deeds:
        for kind, key in _named(deed):
            if key in waiting.get(kind, ()):
                last[kind, key] = deed
    told: dict[tuple[int, str], tuple[Deed, list[str]]] = {}
    for (kind, key), deed in last.items():
        told.setdefault((deed.recorded.position, kind), (deed, []))[1].append(key)
    return [SaidOfCells.of(place[1], *told[place]) for place in sorted(told)]


def of_return(ledger: Ledger, opened: OpenReturn) -> list[SaidOfCells]:
    """Of the cells that wait now; the log is read only where some do."""
    objected = [key for key, cell in opened.case.cells.items() if cell.objected]
    waits = {SENT_BACK: opened.case.sent_back(), OBJECTED: objected, EDITED_ABOVE: opened.case.unanswered()}
    return said_of(ledger.deeds([opened.stream], SAYING), waits) if any(waits.values()) else []


def of_rows(
    ledger: Ledger, election: str, rows: Iterable[WorkRow | WaitedThen], upto: int
) -> dict[Within, list[SaidOfCells]]:
    """Of what waits in each row of a work list that was read at position `upto`."""
    waits = {
        return_stream(election, row.form, row.slot, row.unit): (
            Within(row.form, row.slot, row.unit),
            {SENT_BACK: row.sent_back, OBJECTED: row.objected, EDITED_ABOVE: row.edited_above},
        )
        for row in rows
        if row.sent_back or row.objected or row.edited_above
    }
    deeds: dict[UUID, list[Deed]] = {}
    for deed in ledger.deeds(list(waits), SAYING) if waits else ():
        if deed.recorded.position <= upto:
            deeds.setdefault(deed.recorded.stream_id, []).append(deed)
    return {place: said_of(deeds.get(stream, ()), cells) for stream, (place, cells) in waits.items()}


def _named(deed: Deed) -> Iterator[tuple[str, str]]:
    match deed.recorded.event:
        case CellsSentBack(cells=cells):
            yield from ((SENT_BACK, key) for key in cells)
        case CellsConfirmed(agrees=False, cells=cells):
            yield from ((OBJECTED, key) for key in cells)
        case FiguresEntered(figures=figures) | FiguresCorrected(figures=figures):
            yield from ((EDITED_ABOVE, key) for key in figures)
