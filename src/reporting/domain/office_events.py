"""Facts about offices, who works for them, and what was read there."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from reporting.domain.events import Event


class OfficeRegistered(Event):
    """An office and the area it answers for."""

    type: ClassVar[str] = "OfficeRegistered"
    office: str
    label_ja: str
    label_en: str | None = None
    role: str
    jurisdiction: str


class MembershipGranted(Event):
    """Somebody (a subject at the identity provider) works for an office, in their own right or for the subject `deputy_for`."""

    type: ClassVar[str] = "MembershipGranted"
    version: ClassVar[int] = 2  # 2: deputy_for
    office: str
    subject: str
    valid_from: date
    valid_to: date | None = None
    deputy_for: str | None = None


class MembershipEnded(Event):
    """Not any more, from this day."""

    type: ClassVar[str] = "MembershipEnded"
    office: str
    subject: str
    valid_to: date


class ReadsCounted(Event):
    """How far a server's log of reads before release is: `count` lines of its `chain`, the last with the hash `head` (SHA-256, hex).
    The lines stand outside the ledger; who reads what is told in them alone."""

    type: ClassVar[str] = "ReadsCounted"
    chain: str
    count: int
    head: str


OFFICE_EVENTS: tuple[type[Event], ...] = (
    OfficeRegistered,
    MembershipGranted,
    MembershipEnded,
    ReadsCounted,
)
