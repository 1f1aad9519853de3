"""deploy/postgresql: on one machine the kernel says who asks, and each user is one login of the database; tried with the shipped files."""

from __future__ import annotations

import os
import pwd
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from reporting.database import embedded
from reporting.database.connect import WRITER, Database

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
HBA, IDENT = DEPLOY / "postgresql" / "pg_hba.conf", DEPLOY / "postgresql" / "pg_ident.conf"
LOGINS = ("reporting_app", "reporting_migrator", "reporting_notary", "reporting_auditor", "reporting_carrier")
NOT_LET_IN = "Peer authentication failed|rejects connection"


@dataclass(frozen=True)
class PeerServer:
    """A server of the shipped files; `url`: its superuser's, in the database `reporting`."""

    url: str
    folder: Path

    def let_in(self, ident: str) -> None:
        """`ident`: the whole of pg_ident.conf from now on."""
        (self.folder / "pg_ident.conf").write_text(ident, encoding="utf-8")
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("SELECT pg_reload_conf()")
            wrong = "SELECT error FROM pg_ident_file_mappings WHERE error IS NOT NULL"
            assert connection.execute(wrong).fetchall() == []

    def as_login(self, login: str, database: str = "reporting") -> Database:
        return Database(make_conninfo(self.url, user=login, password="", dbname=database))


@pytest.fixture(scope="module")
def installed() -> Iterator[PeerServer]:
    with tempfile.TemporaryDirectory(prefix="reporting-pg-") as short:  # a socket's path is short
        folder = Path(short) / "pg"
        with embedded.serve(folder) as url:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("CREATE DATABASE reporting")
            inside = make_conninfo(url, dbname="reporting")
            with psycopg.connect(inside, autocommit=True) as connection:
                connection.execute((DEPLOY / "roles.sql").read_bytes())
                lines = folder / "pg_hba.conf"
                lines.write_text(
                    HBA.read_text(encoding="utf-8") + lines.read_text(encoding="utf-8"), encoding="utf-8"
                )
                connection.execute("SELECT pg_reload_conf()")
                wrong = "SELECT error FROM pg_hba_file_rules WHERE error IS NOT NULL"
                assert connection.execute(wrong).fetchall() == []
            yield PeerServer(inside, folder)


@pytest.fixture
def shipped(installed: PeerServer) -> PeerServer:
    installed.let_in(IDENT.read_text(encoding="utf-8"))
    return installed


@pytest.mark.parametrize("login", LOGINS)
def test_whom_the_files_do_not_name_is_no_login(shipped: PeerServer, login: str) -> None:
    assert pwd.getpwuid(os.getuid()).pw_name not in ("reporting", "reporting-migrator", "reporting-auditor")
    with pytest.raises(psycopg.OperationalError, match=NOT_LET_IN), shipped.as_login(login).connect():
        pass


def test_the_services_user_is_the_service_and_nothing_else(shipped: PeerServer) -> None:
    me = pwd.getpwuid(os.getuid()).pw_name
    shipped.let_in(re.sub(r"(?m)^(reporting +)reporting ", rf"\1{me} ", IDENT.read_text(encoding="utf-8")))
    with shipped.as_login("reporting_app").connect(WRITER) as connection:
        assert connection.execute("SELECT session_user, current_user").fetchone() == (
            "reporting_app",
            WRITER,
        )
    for other in set(LOGINS) - {"reporting_app"}:
        with pytest.raises(psycopg.OperationalError, match=NOT_LET_IN), shipped.as_login(other).connect():
            pass
    elsewhere = shipped.as_login("reporting_app", "postgres")
    with pytest.raises(psycopg.OperationalError, match=NOT_LET_IN), elsewhere.connect():
        pass


def test_every_login_stands_in_the_lines() -> None:
    """One that `roles.sql` makes anew must not come in by a line further down."""
    made = set(re.findall(r"(?m)^ALTER ROLE (\w+) LOGIN", (DEPLOY / "roles.sql").read_text("utf-8")))
    assert made == set(LOGINS)
    lines = [line.split() for line in HBA.read_text("utf-8").splitlines() if not line.startswith("#")]
    refused = {kind: set(users.split(",")) for kind, _, users, *_, last in lines if last == "reject"}
    assert refused == {"local": made, "host": made}
