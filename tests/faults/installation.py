"""A whole installation of this machine that can be hurt: PostgreSQL, a line to it, a server, a follower and a signer, each a process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import demo_land
import frozen
import psutil
from asked_health import ask_once
from line import Line, line_to
from tiny import SYSTEM
from waiting import until

from api.auth import issue_token, load_key
from api.cli.evidence import write_key
from reporting.application.service import Reporting
from reporting.database import embedded
from reporting.database.connect import Database
from reporting.database.migrate import migrate
from reporting.ledger import Ledger
from reporting.transparency.note import ED25519, SignerKey

COMMAND = (sys.executable, "-c", "from api.cli import main; main()")
SERVER, FOLLOWER, SIGNER = "server", "follower", "signer"
STARTED_WITHIN_S, ENDED_WITHIN_S = 180.0, 180.0


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Installation:
    """The server reaches PostgreSQL over `line`, where there is one; follower, signer and whoever judges go straight to it.
    `environ`: more of it for each process."""

    def __init__(
        self, folder: Path, url: str, line: Line | None = None, environ: Mapping[str, str] | None = None
    ) -> None:
        self.folder, self.url, self._line = folder, url, line
        self.database, self.port = Database(url), free_port()
        self.key, self.state = folder / "signer.key", folder / "signer.json"
        self.environ = {**os.environ, "REPORTING_DATA_DIR": str(folder), "REPORTING_PORT": str(self.port)}
        self.environ |= environ or {}
        self._words = {
            SERVER: ("serve", "--no-projector"),
            FOLLOWER: ("projections", "follow"),
            SIGNER: (
                "audit",
                "sign",
                "--key",
                str(self.key),
                "--state",
                str(self.state),
                "--interval",
                "0.5",
            ),
        }
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.token = issue_token(load_key(folder / "token.key"), SYSTEM, now=int(time.time()))

    @property
    def line(self) -> Line:
        assert self._line is not None
        return self._line

    @property
    def postmaster(self) -> psutil.Process:
        return frozen.postmaster_of(self.folder / "pg")

    def start(self, name: str) -> None:
        url = self.line.url if name == SERVER and self._line is not None else self.url
        self._running[name] = self._begun((*COMMAND, *self._words[name]), url, subprocess.DEVNULL)

    def run(self, *words: str, url: str | None = None) -> subprocess.CompletedProcess[bytes]:
        """A command to its end."""
        process = self.begin(*words, url=url)
        told, said = process.communicate(timeout=ENDED_WITHIN_S)
        return subprocess.CompletedProcess(words, process.returncode, told, said)

    def begin(self, *words: str, url: str | None = None) -> subprocess.Popen[bytes]:
        return self.begin_program((*COMMAND, *words), url)

    def begin_program(self, program: tuple[str, ...], url: str | None = None) -> subprocess.Popen[bytes]:
        """Any, set up as ours are; what it says is kept."""
        return self._begun(program, url or self.url, subprocess.PIPE)

    def _begun(self, program: tuple[str, ...], url: str, out: int) -> subprocess.Popen[bytes]:
        environ = {**self.environ, "REPORTING_DATABASE_URL": url}
        return subprocess.Popen(program, env=environ, stdout=out, stderr=out)

    def kill(self, name: str) -> None:
        """−9."""
        self._running[name].kill()
        self._running[name].wait()

    def stop(self, name: str) -> None:
        """SIGSTOP; `go_on` is its end."""
        self._running[name].send_signal(signal.SIGSTOP)

    def go_on(self, name: str) -> None:
        self._running[name].send_signal(signal.SIGCONT)

    def ended(self, name: str) -> int:
        """The exit code of a process that ends by itself."""
        return self._running[name].wait(ENDED_WITHIN_S)

    def sessions(self, role: str) -> list[int]:
        """Processes of PostgreSQL that serve this role, besides the one asked."""
        asked = "SELECT pid FROM pg_stat_activity WHERE application_name = %s AND pid <> pg_backend_pid()"
        with self.database.connect() as connection:
            return [int(row[0]) for row in connection.execute(asked, (role,)).fetchall()]

    def close(self) -> None:
        for process in self._running.values():
            process.kill()
            process.wait()


def listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def installed(environ: Mapping[str, str] | None = None) -> Iterator[Installation]:
    with folder_for_all() as folder, installed_in(folder, environ=environ) as made:
        yield made


@contextmanager
def installed_in(
    folder: Path, data: str = "pg", environ: Mapping[str, str] | None = None
) -> Iterator[Installation]:
    """PostgreSQL is kept running by the product's own hand. `data`: its files, below the folder."""
    with (
        embedded.serve(folder / data, again=True) as url,
        line_to(url) as line,
        begun(Installation(folder, url, line, environ)) as made,
    ):
        yield made


@contextmanager
def folder_for_all() -> Iterator[Path]:
    """PostgreSQL runs as another user."""
    with tempfile.TemporaryDirectory(prefix="reporting-faults-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@contextmanager
def begun(made: Installation) -> Iterator[Installation]:
    """With an election of 200 units, nothing entered yet; all of it up."""
    migrate(made.database)
    ledger = Ledger(made.database)
    service = Reporting(ledger)
    service.declare_registry("r", (demo_land.GEOGRAPHY,), demo_land.AREAS, SYSTEM, uuid4())
    service.define_election(demo_land.DEFINITION, SYSTEM, uuid4())
    ledger.close()
    write_key(made.key, SignerKey.generate("faults.example/test", ED25519))
    try:
        for name in (SERVER, FOLLOWER, SIGNER):
            made.start(name)
        until(lambda: ask_once(made.port).well, "the server is well", STARTED_WITHIN_S)
        yield made
    finally:
        made.close()
