"""One restore drill: from a backup to views that are proved, each step timed, everything that does not fit named."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from api.recovery.copied_documents import hold_documents
from api.recovery.errors import (
    BackupDamaged,
    BackupUnreadable,
    NoRestoreTool,
    OtherVersion,
    SeveralLedgersInside,
    TablespacesInside,
    ToolNewer,
)
from api.recovery.from_base import Backups, Progress, brought_back
from api.recovery.messages import message
from api.recovery.report import RestoreReport, Verdict
from api.recovery.scratch import granted_roles, restore, scratch, server
from projections.independent import Agreement
from projections.rebuild import rebuild
from reporting.database.connect import READER, Database
from reporting.database.local_server import NoServerProgram
from reporting.database.migrate import migrate
from reporting.errors import ReportingError
from reporting.transparency.checkpoint import Checkpoint
from reporting.transparency.errors import LogDisagrees
from reporting.transparency.rehash import rehash
from reporting.words import Words

OF_THE_DRILL = (
    NoRestoreTool,
    NoServerProgram,
    OtherVersion,
    SeveralLedgersInside,
    TablespacesInside,
    ToolNewer,
)
"""Say nothing of the backup: the drill cannot be held here, or so."""


@dataclass(frozen=True, slots=True)
class Against:
    """What the backup is held against: `head`, signed and kept outside the database; `live`, the last position of the live log;
    `documents`: folder of the copies of what is attached to returns."""

    head: Checkpoint | None = None
    live: int | None = None
    documents: Path | None = None


def hold(
    backup: Path | Backups,
    against: Against = Against(),
    server_url: str | None = None,
    progress: Progress = lambda done, total, what: None,
    programs: Path | None = None,
) -> RestoreReport:
    """Of a dump (a file, by the tool in `programs` into a database of `server_url`) or of a base backup with its WAL. Nothing that is live is touched. What is
    wrong with the backup stands in the report; errors are of the drill itself (NoRestoreTool, ToolNewer, NoServerProgram, NoBaseBackup, OtherVersion,
    TablespacesInside, OSError for a file that cannot be read)."""
    if isinstance(backup, Backups):
        report = RestoreReport(backup.chosen().name, 0, "")
        with _told(report), brought_back(backup, report, progress) as database:
            _walk(database, _beside(backup, against), report, progress)
        return report
    with backup.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    report = RestoreReport(backup.name, backup.stat().st_size, digest)
    with (
        server(server_url) as url,
        granted_roles(backup, url, programs),
        scratch(url) as database,
        _told(report),
    ):
        with report.step("restore"):
            progress(0, 0, "restore")
            restore(backup, database, programs)
        _walk(database, against, report, progress)
    return report


def check(
    backups: Backups,
    against: Against = Against(),
    progress: Progress = lambda done, total, what: None,
) -> RestoreReport:
    """Every file of the newest base backup and of the WAL behind it, and the position that they really lead to: it is replayed, and
    nothing in it is read but that and which documents it names, which are held against their copies. What is wrong stands in the report, as in a drill."""
    report = RestoreReport(backups.chosen().name, 0, "")
    with _told(report), brought_back(backups, report, progress) as database:
        report.told.append(message.words("restorable", position=report.position))
        _lacking(against, report)
        hold_documents(database, _beside(backups, against).documents, report)
        report.verdict = report.judged(Verdict.GOOD)
    return report


def _beside(backups: Backups, against: Against) -> Against:
    """With the documents that are backed up beside base backups and WAL, where no other folder is named."""
    return replace(against, documents=against.documents or backups.documents())


@contextmanager
def _told(report: RestoreReport) -> Iterator[None]:
    """What is wrong with a backup becomes part of its report."""
    try:
        yield
    except OF_THE_DRILL:
        raise
    except ReportingError as wrong:  # damaged, another log, views that differ, tables of another build
        if isinstance(wrong, BackupUnreadable | BackupDamaged):
            report.said = wrong.said
        report.told.append(Words(wrong.message_ja, wrong.message_en))


def _walk(database: Database, against: Against, report: RestoreReport, progress: Progress) -> None:
    with report.step("migrate"):
        migrate(database)
    with report.step("hash"), database.connect(READER) as connection:
        wanted = (against.head.size,) if against.head else ()
        log = rehash(connection, wanted, lambda done, total, what: progress(done, total, "hash"))
    report.position = log.position
    report.told.append(message.words("last_event", position=log.position))
    if log.heads:
        report.told.append(message.words("signed_heads", heads=log.heads, signed=log.signed))
    else:
        report.told.append(message.words("no_signed_heads"))
    _lacking(against, report)
    hold_documents(database, against.documents, report)
    if (head := against.head) is not None and head.size <= log.position:
        if head.size and log.roots.get(head.size) != head.root:
            raise LogDisagrees(position=head.size, detail=message("not_this_head", size=head.size))
        report.told.append(message.words("head_fits", size=head.size))
    with report.step(
        "rebuild"
    ):  # held against an independent fold before they go live: nothing is proved a second time
        rebuild(database, progress, replace=True, proved=lambda held: _equal(held, report))
    report.verdict = report.judged(Verdict.GOOD if log.heads or against.head else Verdict.UNPROVEN)


def _equal(held: Agreement, report: RestoreReport) -> None:
    report.told.append(message.words("equal", figures=held.figures, totals=held.totals))


def _lacking(against: Against, report: RestoreReport) -> None:
    position = report.position
    if (head := against.head) is not None and head.size > position:
        lacking = head.size - position
        report.lacks(message.words("lacks", lacking=lacking, position=position, size=head.size), lacking)
    if (live := against.live) is not None and live > position:
        lacking = live - position
        report.lacks(message.words("live_lacks", lacking=lacking, position=position, size=live), lacking)
