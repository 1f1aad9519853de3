"""Where a return stands on its way through the offices, and what is not possible there."""

from __future__ import annotations

from enum import StrEnum

from reporting.domain.messages import message
from reporting.errors import ReportingError


class Status(StrEnum):
    """Where a return stands; `approved` may be by some levels of its chain or all."""

    MISSING = "missing"
    ENTERED = "entered"  # figures stand, nobody has vouched for them
    SUBMITTED = "submitted"
    SENT_BACK = "sent_back"
    APPROVED = "approved"
    CERTIFIED = "certified"
    WITHDRAWN = "withdrawn"


STATUS_WORDS = message.table("status")
OPERATIONS = message.table("operation")


class NotNow(ReportingError):
    """facts: `operation`, `status`, `detail_ja`, `detail_en`."""

    code = "not_now"
    template_ja = "この報告は「{status_ja}」の状態のため、{operation_ja}はできません。{detail_ja}"
    template_en = "This return is {status}: it is not possible to {operation} now. {detail_en}"

    def __init__(self, operation: str, status: str, detail_ja: str, detail_en: str) -> None:
        super().__init__(
            operation=operation, status=status, detail_ja=detail_ja, detail_en=detail_en,
            status_ja=STATUS_WORDS[status].ja, operation_ja=OPERATIONS[operation].ja,
        )  # fmt: skip
