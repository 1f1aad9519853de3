"""A base backup and its WAL brought back to life in a folder of their own, by PostgreSQL's own recovery."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from api.recovery.base_backup import BaseBackup
from api.recovery.errors import BackupUnreadable, NoLedgerInside, SeveralLedgersInside
from api.recovery.wal_archive import SEGMENT, Reach
from reporting.database.connect import Database
from reporting.database.local_server import DoesNotStart, LocalServer, give
from reporting.database.sql import load

SQL = load(__package__)
ALONE = {
    "hot_standby": "off",  # else it asks for as many connections as the server had that it is of
    "archive_mode": "off",  # never into the archive that it comes from
    "recovery_target_timeline": "latest",
    "synchronous_standby_names": "",
}
OF_ITS_PLACE = ("postgresql.auto.conf", "standby.signal", "postmaster.pid")
"""Files that say what the server was to do where it stood."""


@contextmanager
def recovered(
    backup: BaseBackup,
    reach: Reach,
    programs: Path | None = None,
    progress: Callable[[int, int, str], None] = lambda done, total, what: None,
    wanted: str | None = None,
) -> Iterator[Database]:
    """The database with the ledger (of several: `wanted`), replayed as far as the files lead; nobody else reaches it, and it is gone
    afterwards. BackupUnreadable, NoLedgerInside, SeveralLedgersInside."""
    with tempfile.TemporaryDirectory(prefix="reporting-drill-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        total = sum(bool(SEGMENT.fullmatch(file)) for file in reach.files)
        progress(0, total, "restore")
        server = _laid_out(backup, reach, folder, programs)
        try:
            server.start(wait=False)
            server.wait(lambda: progress(server.words().count('restored log file "0'), total, "restore"))
            yield _with_ledger(backup, server, wanted)
        except DoesNotStart as failed:
            raise BackupUnreadable(backup.name, str(failed.facts["said"])) from None
        finally:
            server.stop()


def _laid_out(backup: BaseBackup, reach: Reach, folder: Path, programs: Path | None) -> LocalServer:
    data, wal = folder / "data", folder / "wal"
    shutil.copytree(backup.folder, data, symlinks=True)
    for name in OF_ITS_PLACE:
        (data / name).unlink(missing_ok=True)
    for name in ("postgresql.auto.conf", "pg_ident.conf", "recovery.signal"):
        (data / name).touch()
    wal.mkdir(mode=0o700)
    for asked, source in reach.files.items():
        shutil.copyfile(source, wal / asked)
    data.chmod(0o700)
    for root in (data, wal):
        give(root, *(Path(at) / inside for at, dirs, files in os.walk(root) for inside in (*dirs, *files)))
    settings = ALONE | {"restore_command": f'cp "{wal}/%f" "%p"'}
    return LocalServer(data, folder / "server", settings, programs)


def _with_ledger(backup: BaseBackup, server: LocalServer, wanted: str | None) -> Database:
    with Database(server.url()).connect(autocommit=True) as connection:
        names = [row[0] for row in connection.execute(SQL["databases"])]
    holding = {}
    for name in names:
        database = Database(server.url(name))
        with database.connect(autocommit=True) as connection:
            if connection.execute(SQL["holds_ledger"]).fetchone() == (True,):
                holding[name] = database
    if not holding:
        raise NoLedgerInside(name=backup.name)
    chosen = next(iter(holding)) if wanted is None and len(holding) == 1 else wanted
    if chosen not in holding:
        raise SeveralLedgersInside(name=backup.name, databases=", ".join(holding))
    return holding[chosen]
