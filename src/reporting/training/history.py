"""What happened in a drill, read back from the ledger, with the minute of the night each thing happened in."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime

from reporting.domain.events import Event
from reporting.ledger import Ledger, draft_stream, released_stream, return_stream, slot_stream
from reporting.publication.release import CLOCK
from reporting.training.plan import DrillPlan

ROBOT = "robot-"
"""How the names of robots begin."""


@dataclass(frozen=True, slots=True)
class Noted:
    """One event of the drill. `minute`: of the night; `position`: in the ledger."""

    minute: float
    event: Event
    person: str
    office: str
    position: int = 0


def history(ledger: Ledger, sheet: DrillPlan) -> list[Noted]:
    """Every event of the sheet's returns, drafts and releases, by position."""
    streams = []
    for page in sheet.pages:
        place = (sheet.election, page.form, page.slot, page.unit)
        streams += [return_stream(*place), draft_stream(*place), released_stream(*place)]
    slots = sorted({(page.form, page.slot) for page in sheet.pages})
    streams += [slot_stream(sheet.election, form, slot) for form, slot in slots]
    return [
        Noted(
            minute_of(sheet, deed.recorded.position, deed.recorded.recorded_at, deed.person),
            deed.recorded.event,
            deed.person,
            deed.office,
            deed.recorded.position,
        )
        for deed in ledger.deeds(streams)
    ]


def minute_of(sheet: DrillPlan, position: int, recorded_at: datetime, person: str) -> float:
    """By the journal for what the drill did itself, however long the machine took over it; people's deeds by the drill's
    clock as their watch shows it, never before what the drill had done already."""
    last = bisect_right(sheet.journal, position, key=lambda entry: entry[0]) - 1
    noted = sheet.journal[last][1] if last >= 0 else 0.0
    if sheet.journal and (not sheet.played or is_drills_own(person)):
        return noted
    return max(noted, round(sheet.clock.minute(recorded_at), 2))


def is_drills_own(person: str) -> bool:
    """Whether a robot did it, or the clock that publishes."""
    return person.startswith(ROBOT) or person == CLOCK.person
