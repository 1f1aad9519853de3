"""What somebody in a rehearsal should have done once, by what they are in it; the log tells which of it they did.

Missions give no points and say nothing of where a mistake is: they are there while the night is played.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from reporting.domain.actor import By
from reporting.domain.workflow_events import CellsSentBack, DiscrepancyDeclared, ReminderSent, ReturnApproved
from reporting.ledger import Ledger, return_stream
from reporting.training.plan import DrillPlan

OF_A_SEAT = ("approve", "send_back", "corrected", "difference", "remind")
"""Of an office that looks at returns: approve one, send cells back, approve those once they were answered, approve a return
whose difference was declared, remind an office that is late."""
OF_THE_LEADER = ("telephone", "score")
"""Of who opened it: answer the telephone from the records, go through the score with those who played."""
OF_AN_AUDITOR = ("who_changed", "register")
"""Of who audits: find who changed a figure and why, read the differences that were declared."""
TYPES = (CellsSentBack, DiscrepancyDeclared, ReminderSent, ReturnApproved)


@dataclass(frozen=True, slots=True)
class Mission:
    """`done`: whether the log holds it; None of what is only looked at, which leaves no event."""

    code: str
    done: bool | None


def missions(
    ledger: Ledger, sheet: DrillPlan, by: By, *, seated: bool, leads: bool, audits: bool
) -> list[Mission]:
    """Of somebody who sits on a seat, leads the rehearsal, or audits; several of that at once, or none."""
    did = done_by(ledger, sheet, by) if seated else frozenset()
    watched = [Mission(code, code in did) for code in OF_A_SEAT if seated]
    looked_at = [*(OF_THE_LEADER if leads else ()), *(OF_AN_AUDITOR if audits else ())]
    return [*watched, *(Mission(code, None) for code in looked_at)]


def done_by(ledger: Ledger, sheet: DrillPlan, by: By) -> frozenset[str]:
    """Those of `OF_A_SEAT` that one person has done for their office."""
    streams = [return_stream(sheet.election, page.form, page.slot, page.unit) for page in sheet.pages]
    did: set[str] = set()
    back: dict[UUID, set[str]] = {}
    declared: set[UUID] = set()
    for deed in ledger.deeds(streams, [event.type for event in TYPES]):
        event, stream = deed.recorded.event, deed.recorded.stream_id
        if isinstance(event, DiscrepancyDeclared):
            declared.add(stream)
        if (deed.person, deed.office) != (by.person, by.office):
            continue
        if isinstance(event, CellsSentBack):
            did.add("send_back")
            back.setdefault(stream, set()).update(event.cells)
        elif isinstance(event, ReminderSent):
            did.add("remind")
        elif isinstance(event, ReturnApproved):
            did.add("approve")
            if not back.get(stream, set()).isdisjoint(event.figures):
                did.add("corrected")
            if stream in declared:
                did.add("difference")
    return frozenset(did)
