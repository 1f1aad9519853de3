"""Where a return stands on its way through the offices, and what is not possible there."""

from __future__ import annotations

from enum import StrEnum

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


STATUS_JA = {
    "missing": "未入力",
    "entered": "入力のみ（未提出）",
    "submitted": "提出済み",
    "sent_back": "差し戻し中",
    "approved": "承認済み",
    "certified": "確定",
    "withdrawn": "取り下げ",
}
OPERATION_JA = {
    "read together": "読み合わせの記録",
    "submit": "提出",
    "compare": "二度目の入力の照合",
    "enter a second time": "二度目の入力",
    "approve": "承認",
    "send back": "差し戻し",
    "answer": "回答",
    "certify": "確定",
    "withdraw": "取り下げ",
    "enter figures without submitting": "提出を伴わない入力",
}


class NotNow(ReportingError):
    """facts: `operation`, `status`, `detail_ja`, `detail_en`."""

    code = "not_now"
    template_ja = "この報告は「{status_ja}」の状態のため、{operation_ja}はできません。{detail_ja}"
    template_en = "This return is {status}: it is not possible to {operation} now. {detail_en}"

    def __init__(self, operation: str, status: str, detail_ja: str, detail_en: str) -> None:
        super().__init__(
            operation=operation, status=status, detail_ja=detail_ja, detail_en=detail_en,
            status_ja=STATUS_JA[status], operation_ja=OPERATION_JA[operation],
        )  # fmt: skip
