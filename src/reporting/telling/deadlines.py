"""Deadlines are told: who has not submitted is reminded before a slot's cut-off and once it has passed, each once, as an event.

The reminder is the very one that an office above sends (`ReminderSent`), so that history, work list and whoever is told know one kind of
asking. Its command's id follows from slot, cut-off and kind: however many tellers run, and die, it stands once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid5

from reporting.application.acting import Done
from reporting.application.desk import Desk
from reporting.application.desk_commands import RemindAll
from reporting.application.service import Reporting
from reporting.domain.status import Status
from reporting.ledger import return_stream
from reporting.ledger.streams import NAMESPACE
from reporting.telling.telling import TELLER

LEAD = timedelta(minutes=30)
"""Before the cut-off."""
STALE = timedelta(hours=6)
"""A teller that was away for so long after a cut-off asks nobody for it any more."""
NOT_SUBMITTED = frozenset((Status.MISSING, Status.ENTERED, Status.WITHDRAWN))
Kind = Literal["due", "overdue"]


@dataclass(frozen=True, slots=True)
class Deadline:
    """A slot whose cut-off is near (`due`) or has passed (`overdue`)."""

    election: str
    form: str
    slot: str
    cut_off: datetime
    kind: Kind

    @property
    def command_id(self) -> UUID:
        told = (self.election, self.form, self.slot, self.cut_off.isoformat(), self.kind)
        return uuid5(NAMESPACE, "\x1f".join(("deadline", *told)))


class Deadlines:
    """One teller's. It remembers what it has asked for; what another has is found in the log."""

    def __init__(self, service: Reporting, lead: timedelta = LEAD) -> None:
        self._service, self._desk, self._lead = service, Desk(service), lead
        self._asked: set[Deadline] = set()

    def remind(self) -> int:
        """Everybody who is to be asked now; how many were, by this teller or another."""
        number = 0
        for deadline in self._near(self._service.clock()):
            if deadline not in self._asked:
                number += self._ask(deadline)
                self._asked.add(deadline)
        return number

    def waiting(self, election: str, form: str, slot: str) -> list[str]:
        """Units that have not submitted, by code. UnknownReference; InvalidInput for a slot that the form does not have."""
        held = self._service.catalog.election(election)
        held.shape(form, slot)
        streams = {unit: return_stream(election, form, slot, unit) for unit in held.waited_for(form, slot)}
        cases = self._service.return_cases(list(streams.values()))
        return sorted(
            unit
            for unit, stream in streams.items()
            if stream not in cases or cases[stream].status(()) in NOT_SUBMITTED
        )

    def _near(self, now: datetime) -> Iterator[Deadline]:
        elsewhere = self._service.ledger.elsewhere()  # their log's tellers remind of them
        for code in sorted(self._service.catalog.codes() - elsewhere) if "*" not in elsewhere else ():
            definition = self._service.catalog.election(code).definition
            if definition.workflow is None:
                continue
            for form in definition.forms:
                for slot in form.slots:
                    if slot.cut_off is not None and slot.cut_off - self._lead <= now < slot.cut_off + STALE:
                        kind: Kind = "due" if now < slot.cut_off else "overdue"
                        yield Deadline(code, form.code, slot.code, slot.cut_off, kind)

    def _ask(self, deadline: Deadline) -> int:
        units = self.waiting(deadline.election, deadline.form, deadline.slot)
        if not units:
            return 0
        asked = RemindAll(
            command_id=deadline.command_id, election=deadline.election, form=deadline.form, slot=deadline.slot,
            units=tuple(units), kind=deadline.kind,
        )  # fmt: skip
        return sum(isinstance(outcome, Done) for _, outcome in self._desk.remind_all(asked, TELLER))
