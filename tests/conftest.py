"""Fixtures every suite shares: a database of one's own per test, and the real data beside the project."""

from __future__ import annotations

import gc
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from reporting.application.service import Reporting
from reporting.database import embedded
from reporting.database.connect import Database
from reporting.database.migrate import migrate
from reporting.importing import checking
from reporting.ledger import Ledger

# Looking for cycles among all that a run has imported took a fifth of its time.
gc.set_threshold(50_000, 20, 100)
TEMPLATE = "reporting_template"
_numbers = itertools.count(1)


IN_MEMORY, ROOMY = (
    Path("/dev/shm"),
    4 << 30,
)  # bytes: several times what the databases of a session hold at once


@contextmanager
def reachable_directory(within: Path | None = None) -> Iterator[Path]:
    """A temporary directory other users may enter: initdb as root runs as another one. Not pytest's own, which the next
    session on the machine closes to others."""
    with tempfile.TemporaryDirectory(prefix="reporting-test-", dir=within) as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """The session's PostgreSQL: REPORTING_TEST_DATABASE_URL, or an embedded one in a temporary directory, in memory where that is."""
    given = os.environ.get("REPORTING_TEST_DATABASE_URL")
    if given:
        yield given
        return
    with reachable_directory(_memory()) as directory, embedded.serve(directory / "data") as url:
        with psycopg.connect(url, autocommit=True) as connection:
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                connection.execute(f"ALTER SYSTEM SET {setting} = off")
            connection.execute("SELECT pg_reload_conf()")
        yield url


def _memory() -> Path | None:
    """Where a database made for each test is no work for a disk; None where there is little room or none."""
    roomy = IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free >= ROOMY
    return IN_MEMORY if roomy and os.access(IN_MEMORY, os.W_OK) else None


@pytest.fixture(scope="session")
def template(server_url: str) -> str:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {TEMPLATE}")
        connection.execute(f"CREATE DATABASE {TEMPLATE}")
    migrate(Database(make_conninfo(server_url, dbname=TEMPLATE)))
    return TEMPLATE


def _fresh(server_url: str, template: str) -> Iterator[Database]:
    name = f"test_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        yield Database(make_conninfo(server_url, dbname=name))
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(server_url: str, template: str) -> Iterator[Database]:
    """A migrated database nobody else uses."""
    yield from _fresh(server_url, template)


@pytest.fixture(scope="module")
def module_database(server_url: str, template: str) -> Iterator[Database]:
    """A migrated database for all tests of one module."""
    yield from _fresh(server_url, template)


@pytest.fixture
def empty_database(server_url: str) -> Iterator[Database]:
    """A database without any of our tables."""
    yield from _fresh(server_url, "template0")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real election data beside the project; tests that need it are skipped where it is not there."""
    for parent in Path(__file__).resolve().parents:
        if (parent.parent / "shared" / "data").is_dir():
            return parent.parent / "shared"
    pytest.skip("no ../shared beside the project")


@pytest.fixture
def service(database: Database) -> Iterator[Reporting]:
    """The command service over a fresh database; nothing defined yet."""
    ledger = Ledger(database)
    yield Reporting(ledger)
    ledger.close()


@pytest.fixture(params=[1, checking.TOGETHER], ids=["unit by unit", "at once"])
def parts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What holds for a file of figures holds however it is taken."""
    monkeypatch.setattr(checking, "TOGETHER", request.param)
