"""The restore drill on the backup of a long night, and what is said of four backups that are not whole.

The server archives its WAL and is backed up by the scripts that are shipped for it. Nine tenths of the log stand in the base backup, signed; the last
tenth comes in through the ledger's own door afterwards, is in the WAL alone, and signed heads reach to its end.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from api.recovery.drill import Against, check, hold
from api.recovery.from_base import Backups
from api.recovery.report import RestoreReport, Verdict
from benchmarks import stage
from benchmarks.rebuild import fill
from benchmarks.table import Row
from benchmarks.verifier import enter
from reporting.database.connect import Database
from reporting.database.local_server import LocalServer, give, required, run_as_owner
from reporting.database.migrate import migrate
from reporting.transparency.checkpoint import Checkpoint
from reporting.transparency.note import SignerKey
from reporting.transparency.signer import Signer

SCRIPTS = Path(__file__).resolve().parent.parent / "deploy" / "backup"
ARCHIVED_WITHIN_S = 120.0
FIRST_ELECTION = 6
"""Of the last tenth: the night before ends in the fourth."""


@dataclass(frozen=True, slots=True)
class Night:
    """`head`: the last that was signed; `took`: seconds of each step of the making, by its name."""

    backups: Path
    head: Checkpoint
    took: dict[str, float]

    def copy(self, into: Path) -> Path:
        """To be damaged: files are shared until `replaced`."""
        return Path(shutil.copytree(self.backups, into, copy_function=os.link))

    def archived(self) -> list[Path]:
        return sorted(file for file in (self.backups / "wal").iterdir() if len(file.name) == 24)


def run(server_url: str, quick: bool) -> list[Row]:
    """`server_url` is not used: the server must archive."""
    events = 20_000 if quick else 1_000_000
    with tempfile.TemporaryDirectory(prefix="bench-restore-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        night = _made(folder, events, segment=1 if quick else 16)
        return [_whole(night, events), *_damaged(night, folder, events)]


def _made(folder: Path, events: int, segment: int) -> Night:
    backups, wal = folder / "backups", folder / "backups" / "wal"
    for made in (backups, wal):
        made.mkdir(mode=0o700)
        give(made)
    took: dict[str, float] = {}
    with _server(folder, wal, segment) as server:
        with Database(server.url()).connect(autocommit=True) as owner:
            owner.execute("CREATE DATABASE night")
        log = Database(server.url("night"))
        migrate(log)
        stage.define(log, stage.ELECTIONS)
        signer = Signer(log, SignerKey.generate("ledger.example.jp/bench"), folder / "signer.json")
        with closing(signer):
            with _timed(took, "fill"), log.connect(autocommit=True) as connection:
                fill(connection, "night", events * 9 // 10)
            with _timed(took, "sign"):
                while signer.step():
                    pass
            with _timed(took, "base backup"):
                _back_up(folder, server, backups)
            enter(log, events // 10, FIRST_ELECTION)
            head = None
            while signed := signer.step():
                head = signed
        assert head is not None
        with Database(server.url()).connect(autocommit=True) as owner:
            ((last,),) = owner.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchall()
        _until((wal / last).exists)
    return Night(backups, head, took)


@contextmanager
def _server(folder: Path, wal: Path, segment: int) -> Iterator[LocalServer]:
    """`segment`: MB of a file of WAL."""
    for script in ("archive-wal", "base-backup"):
        shutil.copy(SCRIPTS / script, folder)
    archive = f"{folder / 'archive-wal'} %p %f {wal}"
    server = LocalServer(
        folder / "data", folder / "server", {"archive_mode": "on", "archive_command": archive}
    )
    server.make(f"--wal-segsize={segment}")
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _back_up(folder: Path, server: LocalServer, backups: Path) -> None:
    """By the script that the timer runs."""
    path = f"PATH={Path(required('pg_basebackup')).parent}:/usr/bin:/bin"
    run_as_owner(["env", path, str(folder / "base-backup"), str(backups), server.url()])


@contextmanager
def _timed(took: dict[str, float], step: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    took[step] = time.perf_counter() - began


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + ARCHIVED_WITHIN_S
    while not holds():
        assert time.monotonic() < deadline, "the WAL is not archived"
        time.sleep(0.1)


def _whole(night: Night, events: int) -> Row:
    began = time.perf_counter()
    report = hold(Backups(night.backups), Against(night.head))
    seconds = time.perf_counter() - began
    steps = ", ".join(f"{name} {took:.0f} s" for name, took in report.steps.items())
    made = ", ".join(f"{name} {took:.0f} s" for name, took in night.took.items())
    good = report.verdict is Verdict.GOOD and report.position == night.head.size
    return Row(
        f"restore: drill on {events:,} events",
        f"{seconds:.0f} s, {report.verdict.name}",
        "–",
        "–",
        "GOOD, every event",
        good,
        f"`reporting drill restore` of a base backup of {report.size / 1e6:,.0f} MB and {len(night.archived())} archived files of WAL, against the"
        f" last signed head: {steps}. Made before that: {made}.",
    )


def _damaged(night: Night, folder: Path, events: int) -> Iterator[Row]:
    wal = night.archived()
    middle = wal[len(wal) // 2].name
    for what, damage, says, verdict in (
        ("one byte of the base backup changed", _byte_of_the_base, None, Verdict.BAD),
        ("one byte of the WAL changed", lambda copied: _flip(copied / "wal" / middle), middle, Verdict.BAD),
        ("a file of WAL missing", lambda copied: _without(copied, [middle]), middle, Verdict.BAD),
        ("older than the last signed head", lambda copied: _without(copied, [file.name for file in wal[len(wal) // 2 :]]),
         f"{night.head.size}", Verdict.OLDER),
    ):  # fmt: skip
        copied = night.copy(folder / "damaged")
        named = damage(copied) or says
        began = time.perf_counter()
        report = check(Backups(copied), Against(night.head))
        yield _named(
            f"restore: {what}, {events:,} events", report, time.perf_counter() - began, named, verdict, night
        )
        shutil.rmtree(copied)


def _named(
    what: str, report: RestoreReport, seconds: float, named: str, verdict: Verdict, night: Night
) -> Row:
    """Met where the report says by name what is wrong, with this verdict, and how many events are lacking."""
    told = "\n".join(map(str, report.told))
    reached = report.position > 0
    counted = not reached or report.lacking == night.head.size - report.position
    return Row(
        what,
        f"{seconds:.0f} s, {report.verdict.name}, names {named}",
        "–",
        "–",
        f"{verdict.name}, by name",
        report.verdict is verdict and named in told and counted,
        "`reporting backup check`: every file held against its checksum"
        + (f", the WAL read record by record, both replayed: {report.position:,} events restore, {report.lacking:,} are missing." if reached else "; nothing is replayed."),
    )  # fmt: skip


def _byte_of_the_base(copied: Path) -> str:
    """In the largest file; its name."""
    largest = max(copied.glob("base/*/base/*/*"), key=lambda file: file.stat().st_size)
    _flip(largest)
    return largest.name


def _flip(file: Path) -> None:
    """One bit of a byte in the middle of what is written there: behind that there may be only zeros. The file stands in two folders and
    is changed in this one."""
    content = bytearray(file.read_bytes())
    content[len(content.rstrip(b"\x00")) // 2] ^= 1
    file.unlink()
    file.write_bytes(content)


def _without(copied: Path, names: Iterable[str]) -> None:
    for name in names:
        (copied / "wal" / name).unlink()
