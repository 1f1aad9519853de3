"""One restore drill: from a backup to views that are proved, each step timed, everything that does not fit named."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from api.recovery.errors import BackupUnreadable
from api.recovery.messages import message
from api.recovery.scratch import restore, scratch, server
from projections.errors import ViewsDiffer
from projections.rebuild import rebuild
from projections.verify import verify
from reporting.database.connect import READER, Database
from reporting.database.migrate import migrate
from reporting.errors import ReportingError
from reporting.transparency.checkpoint import Checkpoint
from reporting.transparency.errors import LogDisagrees
from reporting.transparency.rehash import rehash
from reporting.words import Words

Progress = Callable[[int, int, str], None]


class Verdict(StrEnum):
    """GOOD: restores, and signed heads say that it is the log. OLDER: so, but events are missing. UNPROVEN: no head was there to
    say so. BAD: it does not restore, or is not the log that was signed."""

    GOOD = "good"
    OLDER = "older"
    UNPROVEN = "unproven"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Against:
    """What the backup is held against: `head`, signed and kept outside the database; `live`, the last position of the live log."""

    head: Checkpoint | None = None
    live: int | None = None


@dataclass(slots=True)
class RestoreReport:
    """`steps`: name → seconds, as far as it came; `told`: what was found, in order; `said`: the tool's words where it refused."""

    backup: str
    size: int
    sha256: str
    steps: dict[str, float] = field(default_factory=dict)
    told: list[Words] = field(default_factory=list)
    said: str = ""
    position: int = 0
    lacking: int = 0
    verdict: Verdict = Verdict.BAD

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.steps[name] = time.perf_counter() - began


def hold(
    backup: Path,
    against: Against = Against(),
    server_url: str | None = None,
    progress: Progress = lambda done, total, what: None,
) -> RestoreReport:
    """Nothing that is live is touched. What is wrong with the backup stands in the report; errors are of the drill itself
    (NoRestoreTool, OSError for a file that cannot be read)."""
    with backup.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    report = RestoreReport(backup.name, backup.stat().st_size, digest)
    with server(server_url) as url, scratch(url) as database:
        try:
            _walk(backup, database, against, report, progress)
        except BackupUnreadable as unreadable:
            report.said = unreadable.said
            report.told.append(Words(unreadable.message_ja, unreadable.message_en))
        except ReportingError as wrong:  # another log, views that differ, tables of another build
            report.told.append(Words(wrong.message_ja, wrong.message_en))
    return report


def _walk(
    backup: Path, database: Database, against: Against, report: RestoreReport, progress: Progress
) -> None:
    with report.step("restore"):
        progress(0, 0, "restore")
        restore(backup, database)
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
    if against.head is not None:
        _hold_against(against.head, log.roots.get(against.head.size), report)
    if against.live is not None and against.live > log.position:
        report.lacking = max(report.lacking, against.live - log.position)
        report.told.append(
            message.words(
                "live_lacks", lacking=against.live - log.position, position=log.position, size=against.live
            )
        )
    with report.step("rebuild"):
        rebuild(database, progress, replace=True)
    with report.step("verify"):
        proved = verify(database, progress)
    if not proved.equal:
        raise ViewsDiffer(detail="; ".join(proved.differences[:3]))
    report.told.append(message.words("equal", figures=proved.figures, totals=proved.totals))
    if report.lacking:
        report.verdict = Verdict.OLDER
    else:
        report.verdict = Verdict.GOOD if log.heads or against.head else Verdict.UNPROVEN


def _hold_against(head: Checkpoint, root: bytes | None, report: RestoreReport) -> None:
    """LogDisagrees where the backup holds other events than were signed."""
    if head.size > report.position:
        report.lacking = head.size - report.position
        report.told.append(
            message.words("lacks", lacking=report.lacking, position=report.position, size=head.size)
        )
    elif head.size and root != head.root:
        raise LogDisagrees(position=head.size, detail=message("not_this_head", size=head.size))
    else:
        report.told.append(message.words("head_fits", size=head.size))
