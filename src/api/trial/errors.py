"""Why a trial cannot be held."""

from __future__ import annotations

from reporting.errors import ReportingError


class ProgramEnded(ReportingError):
    """facts: `program`: words of `reporting`, `said`: the last lines of its log."""

    code = "program_ended"
    template_ja = "コマンド {program} が起動しないか、途中で終わりました。下の記録を確認してください。"
    template_en = "reporting {program} did not start, or ended. See its log below."


class StandbyLags(ReportingError):
    """facts: `seconds`."""

    code = "standby_lags"
    template_ja = (
        "待機系が {seconds} 秒たっても主系に追いつきません。機械の負荷とディスクの空きを確認してください。"
    )
    template_en = "The standby has not caught up with the primary after {seconds} s. Check the machine's load and disk space."
