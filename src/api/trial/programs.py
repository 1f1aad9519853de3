"""The product's own commands as processes beside us, as an installation runs them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from api.trial.errors import ProgramEnded

PROGRAM = "from api.cli import main; main()"
READY_WITHIN_S, STOP_WITHIN_S, PAUSE_S = 60.0, 20.0, 0.05
LINES = 8
"""Of a log, that are told where a program does not start."""


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@dataclass(slots=True)
class Program:
    """`words`: of `reporting`; `settings`: its environment beside ours, of which nothing of `REPORTING_…` is left; `log`: what it says."""

    words: tuple[str, ...]
    settings: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    _told: bool = False

    def start(self) -> None:
        ours = {name: value for name, value in os.environ.items() if not name.startswith("REPORTING_")}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, *self.words],
                env=ours | dict(self.settings),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # an interrupt at the terminal is ours to pass on
            )

    def wait_ready(self, address: str) -> None:
        """Until it answers 200 there. ProgramEnded."""
        deadline = time.monotonic() + READY_WITHIN_S
        while self.runs() and time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(address, timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(PAUSE_S)
        raise self.ended()

    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def ended(self) -> ProgramEnded:
        said = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-LINES:]
        return ProgramEnded(program=" ".join(self.words), said="\n".join(said))

    def tell_to_stop(self) -> None:
        if self.process is not None and self.runs():
            self.process.send_signal(signal.SIGTERM)
        self._told = True

    def stop(self) -> None:
        """Told, and waited for. Told twice it would be interrupted in its stopping."""
        if self.process is None:
            return
        if not self._told:
            self.tell_to_stop()
        try:
            self.process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
