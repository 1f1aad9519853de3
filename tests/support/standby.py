"""A primary and a standby that follows it by streaming replication, both real servers of this machine."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from waiting import until

from reporting.database import embedded
from reporting.database.connect import Database
from reporting.database.migrate import migrate

QUICK = {"fsync": "off", "full_page_writes": "off", "wal_receiver_status_interval": "1"}


@dataclass(frozen=True, slots=True)
class Pair:
    """URLs of one database at both. `primary_data`: files of the primary."""

    primary: str
    standby: str
    primary_data: Path

    @property
    def both(self) -> str:
        """One URL that leads to whichever takes changes."""
        hosts = [conninfo_to_dict(url) for url in (self.primary, self.standby)]
        return make_conninfo(
            host=",".join(str(host["host"]) for host in hosts),
            port=",".join(str(host.get("port", 5432)) for host in hosts),
            user="postgres",
            dbname="postgres",
            target_session_attrs="read-write",
        )

    def promote(self) -> None:
        with psycopg.connect(self.standby, autocommit=True) as standby:
            standby.execute("SELECT pg_promote()")

    def level(self) -> None:
        """Returns when the standby has replayed all that stands in the primary's log now."""
        with (
            psycopg.connect(self.primary, autocommit=True) as primary,
            psycopg.connect(self.standby, autocommit=True) as standby,
        ):
            row = primary.execute("SELECT pg_current_wal_insert_lsn()::text").fetchone()
            replayed = "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn"
            until(lambda: standby.execute(replayed, row).fetchone() == (True,), "the standby is level")

    def pause(self, paused: bool) -> None:
        """The standby receives on, and what it has received is not seen."""
        with psycopg.connect(self.standby, autocommit=True) as standby:
            standby.execute(f"SELECT pg_wal_replay_{'pause' if paused else 'resume'}()")


@contextmanager
def pair() -> Iterator[Pair]:
    """A migrated database, copied to a standby by PostgreSQL's own pg_basebackup."""
    with tempfile.TemporaryDirectory(prefix="reporting-pair-") as name:
        Path(name).chmod(0o755)  # PostgreSQL runs as another user
        with _pair(Path(name)) as made:
            yield made


@contextmanager
def _pair(folder: Path) -> Iterator[Pair]:
    with embedded.serve(folder / "primary") as primary:
        with psycopg.connect(primary, autocommit=True) as owner:
            for setting, value in QUICK.items():
                owner.execute(f"ALTER SYSTEM SET {setting} = '{value}'")
            owner.execute("SELECT pg_reload_conf()")
        migrate(Database(primary))
        _copy(primary, folder / "primary", folder / "standby")
        with embedded.serve(folder / "standby") as standby:
            yield Pair(primary, standby, folder / "primary")


def _copy(primary: str, owned: Path, target: Path) -> None:
    command = embedded.program("pg_basebackup")
    assert command is not None
    owner = owned.stat()
    target.mkdir(mode=0o700)
    os.chown(target, owner.st_uid, owner.st_gid)
    subprocess.run(
        [command, "-d", primary, "-D", target, "-R", "-X", "stream", "-c", "fast"],
        check=True,
        capture_output=True,
        user=owner.st_uid if os.geteuid() == 0 else None,
        cwd="/",
    )
    for left in target.glob(".s.PGSQL.*"):  # the primary's, which this library keeps among its data
        left.unlink()
