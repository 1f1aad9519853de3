"""What waited for whom at a moment, from the log itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from reporting.application.service import Reporting
from reporting.domain.case import ReturnCase
from reporting.domain.status import Status
from reporting.ledger import return_stream

UNSENT = (Status.MISSING, Status.ENTERED, Status.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class WaitedThen:
    """One return. `next_area`: whose office it waited for; `changed_at`: when something was last done to it by then, None:
    nothing; cells as keys; `differing`: rules of its declared differences that were open."""

    unit: str
    unit_name: str
    form: str
    slot: str
    status: Status
    next_level: str | None = None
    next_area: str | None = None
    submitted_by: str | None = None
    changed_at: datetime | None = None
    sent_back: tuple[str, ...] = ()
    edited_above: tuple[str, ...] = ()
    objected: tuple[str, ...] = ()
    method: str = "full"
    places: int | None = None
    of_places: int | None = None
    differing: tuple[str, ...] = ()

    def kinds(self, area: str | None) -> list[str]:
        """As the work list of now names them; `area`: what the reader's office answers for, None: everything."""
        waits = self.next_level is not None if area is None else self.next_area == area
        told = {
            "missing": self.status in UNSENT,
            "sent_back": self.status is Status.SENT_BACK,
            "awaiting_approval": waits,
            "edited_above": bool(self.edited_above),
            "objected": bool(self.objected),
        }
        return [kind for kind, there in told.items() if there]


def work_then(
    reporting: Reporting, election: str, slots: Iterable[tuple[str, str]], units: Collection[str] | None
) -> list[WaitedThen]:
    """`reporting`: as of the moment (`Reporting.as_of`); `slots`: (form, slot); `units`: None: all. Every return that was asked
    then, by unit, form and slot. UnknownReference where the election, a form or a slot was not defined by then."""
    defined = reporting.catalog.election(election)
    roster = defined.roster
    places = []
    for form, slot in slots:
        defined.shape(form, slot)
        places += [
            (unit, form, slot)
            for unit in roster.units
            if (units is None or unit in units) and defined.reports(form, slot, unit)
        ]
    streams = {return_stream(election, form, slot, unit): (unit, form, slot) for unit, form, slot in places}
    cases = {stream: ReturnCase() for stream in streams}
    last: dict[tuple[str, str, str], datetime] = {}
    for deed in reporting.ledger.deeds(list(streams)):
        stream = deed.recorded.stream_id
        cases[stream].apply(deed.recorded.event, deed.recorded.position, deed.by)
        last[streams[stream]] = deed.recorded.recorded_at
    told = [
        _stood(
            cases[stream],
            place,
            roster.units[place[0]].name,
            roster.chains.get(place[0], ()),
            last.get(place),
        )
        for stream, place in streams.items()
    ]
    told = [
        waited
        for waited in told
        if waited.changed_at is not None or waited.unit not in defined.reports_no_more(waited.form)
    ]
    return sorted(told, key=lambda waited: (waited.unit, waited.form, waited.slot))


def _stood(
    case: ReturnCase,
    place: tuple[str, str, str],
    name: str,
    chain: Iterable[tuple[str, str]],
    changed_at: datetime | None,
) -> WaitedThen:
    areas = dict(chain)
    unit, form, slot = place
    next_level = case.next_level(tuple(areas)) if case.submitted_by else None
    rests = case.rests_at(None)
    return WaitedThen(
        unit, name, form, slot, case.status(tuple(areas)),
        next_level=next_level,
        next_area=areas.get(next_level) if next_level else None,
        submitted_by=case.submitted_by.office if case.submitted_by else None,
        changed_at=changed_at,
        sent_back=tuple(sorted(case.sent_back())),
        edited_above=tuple(sorted(case.unanswered())),
        objected=tuple(sorted(key for key, cell in case.cells.items() if cell.objected)),
        method=rests.method, places=rests.places, of_places=rests.of_places,
        differing=tuple(sorted({told.rule for told in case.discrepancies.values() if told.closed_at is None})),
    )  # fmt: skip
