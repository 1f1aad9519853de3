"""deploy/roles.sql: separate logins that can do their own work and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import signed
from psycopg.conninfo import make_conninfo

from reporting.application.service import Reporting
from reporting.database.connect import PROJECTOR, READER, WRITER, Database
from reporting.database.migrate import migrate
from reporting.ledger import Ledger
from reporting.transparency.note import SignerKey
from reporting.transparency.signer import SIGNER, Signer

ROLES = Path(__file__).resolve().parents[2] / "deploy" / "roles.sql"
LOGINS = ("reporting_migrator", "reporting_app", "reporting_notary", "reporting_auditor")


@pytest.fixture
def installed(empty_database: Database) -> Iterator[Database]:
    """A database set up as the operator's guide says."""
    with empty_database.connect(autocommit=True) as connection:
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
        "SELECT ledger.erase_v1('x', NULL, 'y', 'z')",
    ):
        with notary.connect(SIGNER) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)
    for role in (WRITER, PROJECTOR, READER):
        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            notary.connect(role)
    app = _as(installed, "reporting_app")
    with app.connect() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SET ROLE reporting_signer")
