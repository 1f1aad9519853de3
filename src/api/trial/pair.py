"""Two PostgreSQL servers of this machine: a primary, and a standby that every acknowledgement waits for. Who leads is changed by
hand, here by the drill: no home-made consensus. On real machines Patroni does it (`deploy/cluster`, ADR 21)."""

from __future__ import annotations

import shutil
import time
from contextlib import suppress
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from api.trial.errors import StandbyLags
from reporting.database.connect import Database
from reporting.database.local_server import OWNER, LocalServer, give, required, run_as_owner
from reporting.database.sql import load

SQL = load(__package__)
DATABASE = "reporting"
FOLLOWS_WITHIN_S, PAUSE_S = 60.0, 0.05
WATCHED_S, MISSES = 0.5, 3
"""How often it is looked whether the primary answers, and how often it may not before it counts as gone."""
BOTH = {
    "hot_standby_feedback": "on",
    "wal_keep_size": "512MB",  # a standby that was away for a while finds what it missed
    "wal_receiver_status_interval": "1s",
    "wal_retrieve_retry_interval": "200ms",
}


class PrimaryAndStandby:
    """`leads` takes changes, `follows` replays them; after a failover they are the other way round, once the old one is back."""

    def __init__(self, folder: Path) -> None:
        self.leads, self.follows = (
            LocalServer(folder / name / "data", folder / name / "run", BOTH) for name in ("a", "b")
        )
        folder.chmod(0o711)
        for name in ("a", "b"):
            (folder / name).mkdir(mode=0o711)

    @property
    def url(self) -> str:
        """One that leads to whichever takes changes."""
        return make_conninfo(
            host=",".join(str(server.socket) for server in sorted((self.leads, self.follows), key=str)),
            port="5432,5432",
            user=OWNER,
            dbname=DATABASE,
            target_session_attrs="read-write",
        )

    @property
    def database(self) -> Database:
        return Database(self.url)

    def start(self) -> None:
        """Both, made anew. StandbyLags."""
        self.leads.make()
        self.leads.start()
        with Database(self.leads.url()).connect(autocommit=True) as owner:
            owner.execute(f"CREATE DATABASE {DATABASE}")
        self._copy()
        self._follow()

    def stop(self) -> None:
        self.follows.stop()
        self.leads.stop()

    def notice(self) -> float:
        """Returns when the primary has not answered several times in a row; seconds that took."""
        began, misses = time.monotonic(), 0
        while misses < MISSES:
            try:
                Database(self.leads.url(connect_timeout="1")).connect().close()
                misses = 0
            except psycopg.OperationalError:
                misses += 1
            if misses < MISSES:
                time.sleep(WATCHED_S)
        return time.monotonic() - began

    def promote(self) -> None:
        """The standby leads. The old primary must be gone: nothing here looks after that."""
        with Database(self.follows.url()).connect(autocommit=True) as standby:
            standby.execute(SQL["promote"])
        self.leads, self.follows = self.follows, self.leads

    def rejoin(self) -> None:
        """The old primary comes back as the standby, its files made anew: what it had and nobody else was told of must not come
        back. (Patroni winds it back with pg_rewind where it can, which is quicker for large databases.) StandbyLags."""
        shutil.rmtree(self.follows.data)
        self._copy()
        self._follow()

    def _copy(self) -> None:
        self.follows.data.mkdir(mode=0o700)
        give(self.follows.data)
        command = [required("pg_basebackup"), "-d", self.leads.url(), "-D", str(self.follows.data)]
        run_as_owner([*command, "-X", "stream", "-c", "fast"])

    def _follow(self) -> None:
        """The standby starts; once it has caught up, acknowledgements wait for it."""
        signal = self.follows.data / "standby.signal"
        signal.touch()
        give(signal)
        self.follows.change(
            primary_conninfo=f"host={self.leads.socket} user={OWNER} application_name=standby",
            recovery_target_timeline="latest",
            synchronous_standby_names="",
        )
        self.follows.start()
        self.leads.change(synchronous_standby_names="standby")
        deadline = time.monotonic() + FOLLOWS_WITHIN_S
        while not self.synchronous():
            if time.monotonic() > deadline:
                raise StandbyLags(seconds=round(FOLLOWS_WITHIN_S))
            time.sleep(PAUSE_S)

    def synchronous(self) -> bool:
        """Whether acknowledgements wait for a standby that is there."""
        with suppress(psycopg.OperationalError), Database(self.leads.url()).connect(autocommit=True) as leads:
            return leads.execute(SQL["synchronous"]).fetchone() == (1,)
        return False
