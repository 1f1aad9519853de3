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


class ToolNewer(ReportingError):
    """facts: `name`, `tool`, `server`: versions. What a newer tool says at the start an older server does not know, whatever the backup is."""

    code = "restore_tool_newer"
    template_ja = "{name} {tool} では PostgreSQL {server} に復元できません（バックアップの良否とは関係ありません）。--programs で {server} のプログラムのフォルダーを指定するか、--server を付けずに実行してください。"
    template_en = "{name} {tool} cannot restore into a PostgreSQL {server}, which says nothing of the backup. Name the folder of the programs of {server} with --programs, or leave --server out."


class NoBaseBackup(ReportingError):
    """facts: `folder`."""

    code = "no_base_backup"
    template_ja = "{folder} にベースバックアップ（pg_basebackup、backup_manifest のあるフォルダー）がありません。場所を確認してください。"
    template_en = "There is no base backup (pg_basebackup; a folder with a backup_manifest) in {folder}. Check the place."


class BackupDamaged(ReportingError):
    """facts: `name`, `files`. `said`: the tool's own words, for the report."""

    code = "backup_damaged"
    template_ja = "ベースバックアップ {name} が壊れています（{files}）。このバックアップは使わず、別の世代で試し、新しく取り直してください。"
    template_en = (
        "The base backup {name} is damaged ({files}). Do not use it: try another one, and take a new one."
    )

    def __init__(self, name: str, files: str, said: str) -> None:
        super().__init__(name=name, files=files)
        self.said = said


class OtherVersion(ReportingError):
    """facts: `name`, `made_by`, `here`: versions of PostgreSQL."""

    code = "backup_of_another_version"
    template_ja = "ベースバックアップ {name} は PostgreSQL {made_by} のもので、ここのプログラムは {here} です。--programs で {made_by} のプログラムのフォルダーを指定してください。"
    template_en = "The base backup {name} is of PostgreSQL {made_by}, the programs here are of {here}. Name the folder of those of {made_by} with --programs."


class TablespacesInside(ReportingError):
    """facts: `name`."""

    code = "tablespaces_inside"
    template_ja = "ベースバックアップ {name} にはテーブル空間があり、訓練では元の場所を壊さずに戻せません。手で復元してください。"
    template_en = "The base backup {name} has tablespaces; a drill cannot restore it without touching where they were. Restore it by hand."


class WalMissing(ReportingError):
    """facts: `name`."""

    code = "wal_missing"
    template_ja = "WAL {name} がありません。それより後の記録は、このバックアップからは戻せません。保管先を探すか、今すぐ新しいバックアップを取ってください。"
    template_en = "The WAL file {name} is missing: nothing after it can be restored from this backup. Look for it, or take a new backup now."


class WalDamaged(ReportingError):
    """facts: `name`, `at`: the place in the WAL. `said`: the tool's own words, for the report."""

    code = "wal_damaged"
    template_ja = "WAL {name} が {at} から壊れているか、途中で切れています。それより後の記録は、このバックアップからは戻せません。今すぐ新しいバックアップを取ってください。"
    template_en = "The WAL file {name} is damaged or cut off from {at} on: nothing after that can be restored from this backup. Take a new backup now."

    def __init__(self, name: str, at: str, said: str) -> None:
        super().__init__(name=name, at=at)
        self.said = said


class WalForeign(ReportingError):
    """facts: `name`."""

    code = "wal_of_another_server"
    template_ja = (
        "WAL {name} は別のデータベースサーバーのものか、名前が付け替えられています。保管先を分けてください。"
    )
    template_en = "The WAL file {name} is another server's, or has another one's name. Give each server an archive of its own."


class NoLedgerInside(ReportingError):
    """facts: `name`."""

    code = "no_ledger_inside"
    template_ja = "バックアップ {name} には開票報告のデータベースがありません。別のサーバーのバックアップではないか確認してください。"
    template_en = "The backup {name} holds no database of this system. Check whether it is another server's."


class SeveralLedgersInside(ReportingError):
    """facts: `name`, `databases`."""

    code = "several_ledgers_inside"
    template_ja = "バックアップ {name} には次の台帳のデータベースがあります: {databases}。どれを調べるかを --database で指定してください。"
    template_en = "The backup {name} holds these databases with a ledger: {databases}. Say with --database which is meant."
