"""Why a drill cannot be held."""

from __future__ import annotations

from reporting.errors import ReportingError


class BackupUnreadable(ReportingError):
    """facts: `name`. `said`: the tool's own words, for the report."""

    code = "backup_unreadable"
    template_ja = "バックアップ {name} を復元できません。壊れているか、pg_dump -Fc で作られたものではありません。別の世代で試してください。"
    template_en = (
        "The backup {name} does not restore: it is damaged, or not made by pg_dump -Fc. Try another one."
    )

    def __init__(self, name: str, said: str) -> None:
        super().__init__(name=name)
        self.said = said


class NoRestoreTool(ReportingError):
    """facts: `name`."""

    code = "no_restore_tool"
    template_ja = "{name} が見つかりません。PostgreSQL のクライアントを入れるか、同梱の PostgreSQL の入ったパッケージで実行してください。"
    template_en = "{name} is not there. Install PostgreSQL's client programs, or run this from the package with the embedded PostgreSQL."
