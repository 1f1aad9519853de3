"""What may be asked of retention from outside: holds, and the two halves of a disposal whose period is over. Whose names go before
that, as a person asks or a court orders, is told at the command line alone: no name is typed into a request that servers keep."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from reporting.application.commands import Request, Text
from reporting.domain.labels import Code
from reporting.domain.retention_events import HeldKind


class OpenHold(Request):
    """`election` None: of everything; `record` None: every kind."""

    command_id: UUID
    election: Code | None = None
    record: HeldKind | None = None
    reason: Text


class LiftHold(Request):
    command_id: UUID
    hold: Code
    reason: Text


class ProposeDisposal(Request):
    """Of the names or the documents of an election whose period is over; None: of names that stand under no election and are old
    enough."""

    command_id: UUID
    election: Code | None = None
    record: Literal["names", "documents"] = "names"
    reason: Text


class ConfirmDisposal(Request):
    command_id: UUID
    disposal: Code
