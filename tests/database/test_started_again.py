"""The embedded PostgreSQL that dies under those who use it is there again a moment later, with all that was committed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import frozen
import psutil
import psycopg
import pytest
from waiting import until

from reporting.database import embedded


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Near the root, for a socket's path is short."""
    with tempfile.TemporaryDirectory(prefix="reporting-pg-") as name:
        Path(name).chmod(0o755)  # PostgreSQL runs as another user
        yield Path(name)


def answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.mark.parametrize("how", [frozen.kill, psutil.Process.kill], ids=["with its sessions", "alone"])
def test_killed_it_is_started_again_and_what_was_committed_is_there(folder: Path, how: object) -> None:
    with embedded.serve(folder / "pg", again=True) as url:
        with psycopg.connect(url, autocommit=True) as one:
            one.execute("CREATE TABLE IF NOT EXISTS kept AS SELECT 1 AS number")
        killed = frozen.postmaster_of(folder / "pg")
        assert callable(how)
        how(killed)
        until(lambda: answers(url), "it answers again")
        with psycopg.connect(url) as one:
            assert one.execute("SELECT number FROM kept").fetchall() == [(1,)]
        again = frozen.postmaster_of(folder / "pg")
        assert again.pid != killed.pid
    assert not again.is_running() or again.status() == psutil.STATUS_ZOMBIE


def test_nobody_starts_it_again_unasked(folder: Path) -> None:
    with embedded.serve(folder / "pg") as url:
        frozen.kill(frozen.postmaster_of(folder / "pg"))
        with pytest.raises(AssertionError):
            until(lambda: answers(url), "it answers again", 4 * embedded.LOOK_S)


def health(port: int) -> int:
    """Its status; 0 where nothing listens."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as answer:
        return answer.code
    except OSError:
        return 0


def test_under_a_running_server(folder: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {**os.environ, "REPORTING_DATA_DIR": str(folder), "REPORTING_PORT": str(port)}
    env.pop("REPORTING_DATABASE_URL", None)
    words = [sys.executable, "-c", "from api.cli import main; main()", "serve"]
    with subprocess.Popen(
        words, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        try:
            until(lambda: health(port) == 200, "it serves", 60)
            killed = frozen.postmaster_of(folder / "postgres")
            frozen.kill(killed)
            assert health(port) in (200, 503)  # the first where it is back before the answer is due
            until(lambda: health(port) == 200, "it serves again")
            again = frozen.postmaster_of(folder / "postgres")
            assert again.pid != killed.pid
        finally:
            server.send_signal(signal.SIGTERM)
            told, _ = server.communicate(timeout=30)
    assert "embedded_database_started_again" in told
    until(
        lambda: not again.is_running() or again.status() == psutil.STATUS_ZOMBIE,
        "it was stopped with the server",
    )
