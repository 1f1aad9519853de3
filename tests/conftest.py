"""Fixtures every suite shares: a database of one's own per test, and the real data beside the project."""

from __future__ import annotations

import faulthandler
import gc
import logging
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
import structlog
from databases import Databases
from hypothesis import settings
from kept import Kept
from psycopg.conninfo import make_conninfo

from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database import embedded
from reporting.database.connect import Database
from reporting.database.migrate import migrate
from reporting.importing import checking
from reporting.ledger import Ledger

# Looking for cycles among all that a run has imported took a fifth of its time: nothing is looked at while tests are collected,
# and what is there then is never looked at again.
gc.set_threshold(50_000, 20, 100)
gc.disable()
# How long an example takes says more of the machine than of the product: the run's own time limit ends what hangs.
settings.register_profile("tests", deadline=None)
settings.load_profile("tests")
TEMPLATE = "reporting_template"


IN_MEMORY, ROOMY = (
    Path("/dev/shm"),
    4 << 30,
)  # bytes: several times what the databases of a session hold at once


LONG = (
    "trial/test_cluster.py", "console/test_japan_in_browser.py", "trial/test_failover_drill.py", "console/test_night.py",
    "console/test_published_and_practised.py", "console/test_every_page_is_light.py", "faults/test_short.py", "trial/test_load_drill.py",
)  # fmt: skip
"""Files that take longest, and stand late by their names: begun last, each would be waited for alone."""


LONG_LOOKS = (
    "acceptance/test_benchmarks.py::test_a_quick_run_gives_its_rows",
    "console/test_figures_by_keyboard.py",
    "console/test_in_browser.py::test_public_pages_are_for_everybody[dark-en]",
    "console/test_japan_in_browser.py",
    "console/test_night.py::test_pages_of_offices_are_for_everybody[en]",
    "console/test_published_and_practised.py",
    "console/test_reading_page.py::test_one_row_at_a_time_by_keyboard_in_large_type[en]",
    "console/test_reflow.py::test_every_page_is_read_downwards_at_four_hundred_percent",
    "database/test_started_again.py::test_under_a_running_server",
    "faults/test_judged.py::test_what_was_acknowledged_and_is_not_there_is_lost",
    "logs/test_moving.py::test_a_process_that_moves_is_killed_at_any_moment_and_said_again",
    "trial/test_cluster.py::test_enter_kills_the_primary_and_the_servers_go_on",
    "trial/test_failover_drill.py::test_nothing_acknowledged_is_lost_when_the_primary_is_killed",
    "trial/test_failover_drill.py::test_what_did_not_wait_for_the_standby_is_found_to_be_lost",
    "trial/test_load_drill.py::test_a_small_night_is_carried_and_kept_as_a_file",
)
"""Minutes of waiting and walking whose kind a shorter test looks at, too: with THOROUGH=2, so that every change has its answer soon."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.path.as_posix().endswith(LONG))
    for item in items if int(os.environ.get("THOROUGH", "1")) == 1 else ():
        if any(f"tests/{look}" in item.nodeid for look in LONG_LOOKS):
            item.add_marker(pytest.mark.skip(reason="a long look: THOROUGH=2"))


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


ENDS_S = 60
"""What a test leaves behind ends sooner on any machine."""


def _stands(*_: object) -> None:
    faulthandler.dump_traceback(2)
    raise TimeoutError(f"{ENDS_S} s, and an end still waits")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """pytest-timeout takes its limit away from a test that has failed, for who looks at it with a debugger: what its fixtures' ends wait
    for, as a thread that the failure left in the middle, would be waited for without one. Of several each may wait."""
    if item.config.option.usepdb:
        return (yield)
    signal.signal(signal.SIGALRM, _stands)
    signal.setitimer(signal.ITIMER_REAL, ENDS_S, ENDS_S)
    try:
        return (yield)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


@pytest.hookimpl(tryfirst=True)
def pytest_unconfigure() -> None:
    """All is told; a thread that never ends would keep the process. First: what the failed left open is a warning then, which ends this."""
    faulthandler.dump_traceback_later(ENDS_S, exit=True, file=2)


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
    """Migrated, with views of nothing yet, as a server leaves it that has been started once."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {TEMPLATE}")
        connection.execute(f"CREATE DATABASE {TEMPLATE}")
    database = Database(make_conninfo(server_url, dbname=TEMPLATE))
    migrate(database)
    Projector(database).create_if_missing()
    return TEMPLATE


@pytest.fixture(scope="session")
def databases(server_url: str) -> Iterator[Databases]:
    made = Databases(server_url)
    yield made
    made.close()


@pytest.fixture(scope="module")
def kept() -> Iterator[Kept]:
    with closing(Kept()) as made:
        yield made


@pytest.fixture
def database(
    request: pytest.FixtureRequest, databases: Databases, template: str, kept: Kept
) -> Iterator[Database]:
    """A migrated database nobody else uses, with what it `begins` with."""
    begins = databases.begun(template, request)
    with (
        kept.given(request, ("database", begins), lambda: databases.fresh(begins)) as made,
        kept.looked_after(request, made),
    ):
        yield made


@pytest.fixture(scope="module")
def module_database(databases: Databases, template: str) -> Iterator[Database]:
    """A migrated database for all tests of one module."""
    with databases.fresh(template) as made:
        yield made


@pytest.fixture
def empty_database(databases: Databases) -> Iterator[Database]:
    """A database without any of our tables."""
    with databases.fresh("template0") as made:
        yield made


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real election data beside the project; tests that need it are skipped where it is not there."""
    for parent in Path(__file__).resolve().parents:
        if (parent.parent / "shared" / "data").is_dir():
            return parent.parent / "shared"
    pytest.skip("no ../shared beside the project")


@pytest.fixture
def service(request: pytest.FixtureRequest, database: Database, kept: Kept) -> Iterator[Reporting]:
    """The command service over a fresh database; nothing defined yet."""
    with kept.given(request, ("service", database.url), lambda: closing(Ledger(database))) as ledger:
        yield Reporting(ledger)


@pytest.fixture(autouse=True)
def own_logs() -> Iterator[None]:
    """A command run within the tests sets up its process's logs, which is everybody's: the next test would see no line below its level.
    As in a process of its own no line of the logs stands among a command's answers."""
    handlers, level = logging.root.handlers[:], logging.root.level
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    yield
    structlog.reset_defaults()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


@pytest.fixture(params=[1, checking.TOGETHER], ids=["unit by unit", "at once"])
def parts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What holds for a file of figures holds however it is taken."""
    monkeypatch.setattr(checking, "TOGETHER", request.param)
