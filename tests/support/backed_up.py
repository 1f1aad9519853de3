"""A small night on a server that archives its WAL and is backed up by the scripts that are shipped for it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import tiny
from waiting import until

from reporting.application.documents import AttachDocument, AttachedDocuments
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.database.local_server import LocalServer, give, required, run_as_owner
from reporting.database.migrate import migrate
from reporting.documents import Documents
from reporting.ledger import Ledger
from reporting.transparency.checkpoint import Checkpoint
from reporting.transparency.note import SignerKey
from reporting.transparency.signer import Signer

SCRIPTS = Path(__file__).resolve().parents[2] / "deploy" / "backup"


class BackedUp:
    """`backups`: the folder of its base backups and WAL; `kept`: each head that was signed, by its size."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.backups = folder, folder / "backups"
        self.wal = self.backups / "wal"
        for made in (self.backups, self.wal):
            made.mkdir(mode=0o700)
            give(made)
        for script in ("archive-wal", "base-backup"):
            shutil.copy(SCRIPTS / script, folder)
        archive = f"{folder / 'archive-wal'} %p %f {self.wal}"
        self.server = LocalServer(
            folder / "data",
            folder / "server",
            {"archive_mode": "on", "archive_command": archive, "fsync": "off"},
        )
        self.server.make("--wal-segsize=1")  # MB: sixteen times less to copy
        self.server.start()
        with psycopg.connect(self.server.url(), autocommit=True) as owner:
            owner.execute("CREATE DATABASE night")
        self.database = Database(self.server.url("night"))
        migrate(self.database)
        self.key = SignerKey.generate("ledger.example.jp/live")
        self.ledger = Ledger(self.database)
        self.service = Reporting(self.ledger)
        self.signer = Signer(self.database, self.key, folder / "signer.json")
        tiny.define(self.service)

    def enter(self, unit: str, slot: str = "final") -> None:
        tiny.enter(self.service, unit, slot=slot, voters=10, electors=20)

    def attach(self, content: bytes) -> str:
        """A document of a return, kept where the backups are; its SHA-256."""
        asked = AttachDocument(
            command_id=uuid4(), election="tiny", form="final", slot="final", unit="11", upload=uuid4(), title="開票録"
        )  # fmt: skip
        attached = AttachedDocuments(self.service, Documents(self.backups / "documents"))
        return attached.attach(asked, tiny.WARD_CLERK, lambda: content).document

    def sign(self) -> Checkpoint:
        head = self.signer.step()
        assert head is not None
        return head

    def back_up(self, keep: int = 7) -> Path:
        """By the script that the timer runs."""
        path = Path(required("pg_basebackup")).parent
        before = set(self.backups.glob("base/*"))
        run_as_owner(
            [
                *("env", f"PATH={path}:/usr/bin:/bin", f"KEEP={keep}"),
                *(str(self.folder / "base-backup"), str(self.backups), self.server.url()),
            ]
        )
        (made,) = set(self.backups.glob("base/*")) - before
        return made

    def archive(self) -> str:
        """Everything up to now stands in the archive; the name of the last file."""
        with psycopg.connect(self.server.url(), autocommit=True) as owner:
            row = owner.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
        assert row is not None
        until(lambda: (self.wal / row[0]).exists(), "the WAL is archived")
        return str(row[0])

    def promoted(self) -> None:
        """On a timeline of its own from here on, as after a failover."""
        self.server.stop()
        signal = self.folder / "data" / "recovery.signal"
        signal.touch()
        give(signal)
        self.server.settings = {**self.server.settings, "restore_command": "false"}
        self.server.start()

    def copy(self, into: Path) -> Path:
        """Of the backups, to be damaged."""
        shutil.copytree(self.backups, into)
        return into

    def close(self) -> None:
        self.signer.close()
        self.ledger.close()
        self.server.stop()


@contextmanager
def reachable(within: Path | None = None) -> Iterator[Path]:
    """A temporary folder that PostgreSQL's user, who is another one, can go through."""
    with tempfile.TemporaryDirectory(prefix="reporting-servers-", dir=within) as name:
        Path(name).chmod(0o711)
        yield Path(name)


@contextmanager
def backed_up(within: Path | None) -> Iterator[BackedUp]:
    with reachable(within) as folder:
        made = BackedUp(folder)
        try:
            yield made
        finally:
            made.close()
