"""deploy/postgresql, between machines: both sides show a certificate, and each certificate is one login of the database.

The PostgreSQL that comes with the product knows no TLS: this takes one of the system (Debian's), and is skipped where there is none."""

from __future__ import annotations

import re
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from glob import glob
from pathlib import Path

import psycopg
import pytest
from certificates import Authority
from psycopg.conninfo import make_conninfo
from waiting import until

from reporting.database.connect import WRITER, Database
from reporting.database.local_server import LocalServer, give

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
FILES = DEPLOY / "postgresql"
HERE = "127.0.0.1"
APP = "reporting-app.example.lg.jp"
LOGINS = ("reporting_app", "reporting_migrator", "reporting_notary", "reporting_auditor", "reporting_carrier")
Certificate = tuple[Path, Path]


def programs() -> Path | None:
    """Of the newest PostgreSQL of the system that we work with."""
    there = {int(Path(one).parent.name): Path(one) for one in glob("/usr/lib/postgresql/*/bin")}
    return there[max(there)] if there and max(there) >= 15 else None


@dataclass(frozen=True)
class Guarded:
    """`house`: signs the services' certificates; `server`: the one that the database's own is of."""

    folder: Path
    port: str
    house: Authority
    server: Authority

    def as_login(self, login: str, shown: Certificate | None, *, trusts: Authority | None = None) -> Database:
        given = {
            "host": HERE,
            "port": self.port,
            "user": login,
            "dbname": "reporting",
            "sslmode": "verify-full",
        }
        given["sslrootcert"] = str((trusts or self.server).certificate)
        if shown is not None:
            given |= {"sslcert": str(shown[0]), "sslkey": str(shown[1])}
        else:
            given["sslcert"] = str(self.folder / "none.crt")
        return Database(make_conninfo(**given))


@pytest.fixture(scope="module")
def guarded() -> Iterator[Guarded]:
    """A server with the shipped files; nothing else of it is reached over the network."""
    if (found := programs()) is None:
        pytest.skip("no PostgreSQL of the system, and the packaged one knows no TLS")
    with tempfile.TemporaryDirectory(prefix="reporting-tls-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with socket.create_server((HERE, 0)) as free:
            port = str(free.getsockname()[1])
        server, house = Authority(folder, "server-ca"), Authority(folder, "house-ca")
        certificate, key = server.issue("db", HERE)
        give(certificate, key)
        told = dict(re.findall(r"(?m)^(ssl\w*) = '?([^'#\s]+)", (FILES / "tls.conf").read_text("utf-8")))
        told |= {
            "ssl_cert_file": str(certificate), "ssl_key_file": str(key), "ssl_ca_file": str(house.certificate),
            "listen_addresses": HERE, "port": port,
        }  # fmt: skip
        local = LocalServer(folder / "data", folder / "run", told, found)
        local.make()
        try:
            local.start(wait=False)
            _until_up(local, port)
            _shipped(local, port)
            yield Guarded(folder, port, house, server)
        finally:
            local.stop()


def _until_up(local: LocalServer, port: str) -> None:
    def up() -> bool:
        assert not local.ended(), local.last_words()
        try:
            psycopg.connect(local.url(port=port)).close()
        except psycopg.OperationalError:
            return False
        return True

    until(up, "the server is up")


def _shipped(local: LocalServer, port: str) -> None:
    with psycopg.connect(local.url(port=port), autocommit=True) as owner:
        owner.execute("CREATE DATABASE reporting")
        (local.data / "pg_ident.conf").write_bytes((FILES / "pg_ident.tls.conf").read_bytes())
        lines = local.socket / "pg_hba.conf"
        lines.write_text((FILES / "pg_hba.tls.conf").read_text("utf-8") + lines.read_text("utf-8"), "utf-8")
        owner.execute("SELECT pg_reload_conf()")
        for wrong in ("pg_hba_file_rules", "pg_ident_file_mappings"):
            asked = f"SELECT error FROM {wrong} WHERE error IS NOT NULL"
            assert owner.execute(asked.encode()).fetchall() == []
    with psycopg.connect(local.url("reporting", port=port), autocommit=True) as inside:
        inside.execute((DEPLOY / "roles.sql").read_bytes())


def test_a_service_is_the_login_of_its_certificate_and_no_other(guarded: Guarded) -> None:
    shown = guarded.house.issue(APP)
    with guarded.as_login("reporting_app", shown).connect(WRITER) as connection:
        assert connection.execute("SELECT session_user, current_user").fetchone() == ("reporting_app", WRITER)
        assert connection.pgconn.ssl_in_use
    for other in set(LOGINS) - {"reporting_app"}:
        with pytest.raises(psycopg.OperationalError, match="certificate authentication failed"):
            guarded.as_login(other, shown).connect()


def test_without_a_certificate_of_the_house_nobody_comes_in(guarded: Guarded) -> None:
    forged = Authority(guarded.folder, "forged-ca").issue(APP)
    for shown in (None, forged):
        with pytest.raises(psycopg.OperationalError, match=r"certificate|unknown ca"):
            guarded.as_login("reporting_app", shown).connect()
    plain = {
        "host": HERE,
        "port": guarded.port,
        "user": "reporting_app",
        "dbname": "reporting",
        "sslmode": "disable",
    }
    with pytest.raises(psycopg.OperationalError, match="rejects connection"):
        Database(make_conninfo(**plain)).connect()


def test_a_server_with_another_certificate_is_not_spoken_to(guarded: Guarded) -> None:
    shown, elsewhere = guarded.house.issue(APP), Authority(guarded.folder, "elsewhere-ca")
    with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
        guarded.as_login("reporting_app", shown, trusts=elsewhere).connect()
