"""A cluster for trials in somebody's hands: it serves, its primary is killed by a key, and it serves on."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from backed_up import reachable
from waiting import until

from api.trial.programs import PROGRAM, free_port

HEARS_CTRL_C = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
"""Whoever runs the tests in the background has switched it off for all they start."""


def ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready/changes", timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture
def folder() -> Iterator[Path]:
    with reachable() as made:
        yield made


def test_enter_kills_the_primary_and_the_servers_go_on(folder: Path) -> None:
    ports = (free_port(), free_port())
    keyboard, terminal = pty.openpty()
    said = folder / "said"
    with said.open("wb") as log:
        running = subprocess.Popen(
            [
                sys.executable,
                "-c",
                f"{HEARS_CTRL_C}; {PROGRAM}",
                "drill",
                "cluster",
                "--port",
                *map(str, ports),
            ],
            stdin=terminal,
            stdout=log,
            stderr=log,
            env={**os.environ, "TMPDIR": str(folder)},
        )
    try:
        until(lambda: "Enter kills the primary" in said.read_text("utf-8"), "it is up", 90)
        assert all(map(ready, ports))
        os.write(keyboard, b"\n")
        until(lambda: "The standby leads now" in said.read_text("utf-8"), "the standby leads", 60)
        until(lambda: all(map(ready, ports)), "both servers take changes again", 60)
        until(lambda: "acknowledgements wait for it" in said.read_text("utf-8"), "there are two again", 90)
        assert running.poll() is None
    finally:
        running.send_signal(signal.SIGINT)
        code = running.wait(60)
        os.close(keyboard)
        os.close(terminal)
    assert code == 130, said.read_text("utf-8")
    assert not list(folder.glob("reporting-cluster-*")), "nothing is left behind"
