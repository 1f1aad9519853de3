"""Where the returns of a slot stood at a moment, from the log itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from reporting.application.service import Reporting
from reporting.domain.case import ReturnCase
from reporting.domain.status import Status
from reporting.ledger import return_stream


@dataclass(frozen=True, slots=True)
class StoodThen:
    """One return. `changed_at`: when something was last done to it by then."""

    unit: str
    status: Status
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class AreaThen:
    """Returns under one area by status; one that counts for parts below it stands for each part that has sent nothing."""

    area: str
    returns: tuple[StoodThen, ...]

    def of(self, status: Status) -> int:
        return sum(stood.status is status for stood in self.returns)

    @property
    def changed_at(self) -> datetime | None:
        return max((stood.changed_at for stood in self.returns if stood.changed_at), default=None)


def board_then(
    reporting: Reporting, election: str, form: str, slot: str, geography: str, areas: Iterable[str]
) -> list[AreaThen]:
    """`reporting`: as of the moment (`Reporting.as_of`). Areas without a unit that the slot asked then are left out.
    UnknownReference where the election, form or slot was not defined by then."""
    defined = reporting.catalog.election(election)
    defined.shape(form, slot)
    roster, divided = defined.roster, defined.divided(form)
    asked = [unit for unit in defined.reporting_units(form, slot) if unit not in divided]
    streams = {return_stream(election, form, slot, unit): unit for unit in (*asked, *divided)}
    cases = {stream: ReturnCase() for stream in streams}
    last: dict[str, datetime] = {}
    for deed in reporting.ledger.deeds(list(streams)):
        stream = deed.recorded.stream_id
        cases[stream].apply(deed.recorded.event, deed.recorded.position, deed.by)
        last[streams[stream]] = deed.recorded.recorded_at
    stood = {}
    for stream, unit in streams.items():
        levels = tuple(level for level, _ in roster.chains.get(unit, ()))
        stood[unit] = StoodThen(unit, cases[stream].status(levels), last.get(unit))
    wholes = {part: whole for whole, parts in divided.items() for part in parts}
    told = []
    for area in areas:
        returns = tuple(
            stood[wholes[unit]] if unit in wholes and stood[unit].status is Status.MISSING else stood[unit]
            for unit in asked
            if area in roster.places[unit].get(geography, ())
        )
        if returns:
            told.append(AreaThen(area, returns))
    return told
