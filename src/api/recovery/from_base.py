"""From the folder of an installation's backups to a running copy, told step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from api.recovery.base_backup import ARCHIVE, BaseBackup, base_backups, verified, written
from api.recovery.errors import NoBaseBackup
from api.recovery.messages import message
from api.recovery.recovered import recovered
from api.recovery.report import RestoreReport, Verdict
from api.recovery.wal_archive import Reach, reach
from reporting.database.connect import Database
from reporting.transparency.log import SQL
from reporting.words import Words

DOCUMENTS = "documents"
"""Beside `base` and `wal`: copies of the documents attached to returns."""
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Backups:
    """`folder`: with base backups in `base/` and archived WAL in `wal/`, or one base backup. `archive`: where the WAL is instead;
    `name`: of another base backup than the newest; `programs`: folder of PostgreSQL's programs of their version;
    `database`: which, where several of the server hold a ledger."""

    folder: Path
    archive: Path | None = None
    name: str | None = None
    programs: Path | None = None
    database: str | None = None

    def chosen(self) -> BaseBackup:
        """NoBaseBackup."""
        for backup in base_backups(self.folder):
            if self.name in (None, backup.name):
                return backup
        raise NoBaseBackup(folder=self.folder / str(self.name))

    def documents(self) -> Path | None:
        beside = self.folder / DOCUMENTS
        return beside if beside.is_dir() else None

    def wal(self) -> Path | None:
        beside = self.folder / ARCHIVE
        return self.archive or (beside if beside.is_dir() else None)


@contextmanager
def brought_back(backups: Backups, report: RestoreReport, progress: Progress) -> Iterator[Database]:
    """Files first, then PostgreSQL's recovery. Whatever damages the backup is raised; what is wrong with the WAL behind it is told,
    and it is replayed up to there: the report is BAD then, however well the rest goes."""
    backup = backups.chosen()
    with report.step("check"):
        progress(0, 0, "check")
        whole = verified(backup, backups.wal(), backups.programs)
        report.size, report.sha256 = whole.size, whole.sha256
        leads = reach(backup.folder, whole, backups.wal(), backups.programs)
    report.told.append(message.words("base_whole", name=backup.name, started=backup.started))
    _tell(leads, report)
    with ExitStack() as stack:
        with report.step("restore"):
            database = stack.enter_context(
                recovered(backup, leads, backups.programs, progress, backups.database)
            )
        with database.connect() as connection:
            report.position = int(connection.execute(SQL["head"]).fetchall()[0][0])
        yield database
    if leads.stopped_by is not None:
        report.verdict = Verdict.BAD


def _tell(leads: Reach, report: RestoreReport) -> None:
    report.told.append(
        message.words("wal_leads", files=len(leads.files), end=written(leads.end))
        if leads.last_change is None
        else message.words(
            "wal_leads_to_change", files=len(leads.files), end=written(leads.end), at=leads.last_change
        )
    )
    if (wrong := leads.stopped_by) is not None:
        report.told.append(Words(wrong.message_ja, wrong.message_en))
        report.said = str(getattr(wrong, "said", ""))
