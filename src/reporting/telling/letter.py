"""What one recipient is told, as every channel gets it: what happened and where, with a link, never a figure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID

from reporting.errors import ReportingError
from reporting.telling.messages import message
from reporting.telling.rules import KINDS


@dataclass(frozen=True, slots=True)
class Letter:
    """`delivery_id` stays the same however often it is sent. `unit` is empty for a whole slot; `link`: base address of the
    console, where the recipient looks with their own login."""

    delivery_id: UUID
    position: int
    kind: str
    election: str
    form: str
    slot: str
    unit: str
    office: str
    address: str
    secret: str | None = None
    link: str = ""
    is_test: bool = False
    """Of an election that is practised: every message says so first."""

    @property
    def place(self) -> str:
        return " / ".join(part for part in (self.election, self.form, self.slot, self.unit) if part)

    @property
    def host(self) -> str:
        """Of a webhook, with its port; empty for other channels."""
        return urlsplit(self.address).netloc.lower()

    @property
    def look(self) -> str:
        """Where to look: a return's history, or the election's page of what is public. Empty without a link."""
        if not self.link:
            return ""
        page, *parts = ("results", self.election)
        if self.unit:
            page, *parts = ("history", self.election, self.form, self.slot, self.unit)
        return "/".join((self.link.rstrip("/"), page, *(quote(part, safe="") for part in parts)))

    def told(self) -> dict[str, Any]:
        words = KINDS[self.kind]
        ja, en = message.words("of_a_test", told_ja=words.ja, told_en=words.en) if self.is_test else words
        return {
            "id": str(self.delivery_id), "kind": self.kind, "ja": ja, "en": en, "position": self.position,
            "election": self.election, "form": self.form, "slot": self.slot, "unit": self.unit or None,
            "office": self.office, "link": self.look or None, "isTest": self.is_test,
        }  # fmt: skip


class NotDelivered(ReportingError):
    """facts: `detail`. `final`: trying again is of no use; `all_of_channel`: nobody is reached this way now; `silent`: the time for an
    answer has gone by, and it would for whatever else is for this host."""

    code = "not_delivered"
    template_ja = "通知を届けられませんでした。{detail}。宛先と相手のサーバーを確かめ、`reporting tell again` で送り直してください。"
    template_en = "It could not be delivered: {detail}. Check the address and the server there; `reporting tell again` sends it again."

    def __init__(
        self,
        detail: str,
        *,
        final: bool = False,
        all_of_channel: bool = False,
        silent: bool = False,
        said: str = "",
    ) -> None:
        super().__init__(detail=detail, said=said)
        self.final, self.all_of_channel, self.silent = final, all_of_channel, silent


Sender = Callable[[Letter], None]
"""NotDelivered unless it was taken."""
