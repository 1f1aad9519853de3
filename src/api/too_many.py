"""Why somebody has to wait, or to close something: they have had their share."""

from __future__ import annotations

from reporting.errors import ReportingError


class TooManyRequests(ReportingError):
    """facts: `wait` (seconds)."""

    code = "too_many_requests"
    template_ja = (
        "短い時間に多くの要求が送られました。{wait} 秒待ってから、同じ操作番号のまま送信し直してください。"
    )
    template_en = (
        "Too many requests in a short time. Wait {wait} seconds and send it again with the same command id."
    )


class TooManySockets(ReportingError):
    """facts: `most`."""

    code = "too_many_sockets"
    template_ja = "同じ人の接続が多すぎます（{most} まで）。使っていない画面を閉じてください。"
    template_en = "Too many connections of one person (at most {most}). Close those that are not used."
