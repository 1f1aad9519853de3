"""Facts about offices and who works for them."""

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


OFFICE_EVENTS: tuple[type[Event], ...] = (OfficeRegistered, MembershipGranted, MembershipEnded)
