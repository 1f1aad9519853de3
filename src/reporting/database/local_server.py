"""A PostgreSQL server of this machine that is started for a while: over a folder of its files, on a socket of its own, with the
settings it is given and none of those that came with the files."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from psycopg.conninfo import make_conninfo
from psycopg.pq import PGconn, Ping

from reporting.database import embedded
from reporting.errors import ReportingError

OWNER = "postgres"
"""The superuser of a server that we make; the usual one of every other."""
STOP_WITHIN_S, PAUSE_S = 30.0, 0.05
LINES = 8
"""Of its log, that are told where it does not start."""


class NoServerProgram(ReportingError):
    """facts: `name`."""

    code = "no_server_program"
    template_ja = "PostgreSQL のプログラム {name} が見つかりません。PostgreSQL を入れるか、同梱の PostgreSQL の入ったパッケージで実行してください。"
    template_en = "PostgreSQL's program {name} is not there. Install PostgreSQL, or run this from the package with the embedded one."


class DoesNotStart(ReportingError):
    """facts: `folder`, `said`: the last lines of its log."""

    code = "server_does_not_start"
    template_ja = "{folder} の PostgreSQL が起動しません。下の記録を確認してください。"
    template_en = "The PostgreSQL over {folder} does not start. See its log below."


class ProgramRefused(ReportingError):
    """facts: `name`, `said`: its own words."""

    code = "server_program_refused"
    template_ja = "PostgreSQL のプログラム {name} が失敗しました。下の記録を確認してください。"
    template_en = "PostgreSQL's program {name} failed. See its own words below."


def required(name: str, programs: Path | None = None) -> str:
    """The path of one of PostgreSQL's programs; `programs`: the folder to take it from. NoServerProgram."""
    if (path := embedded.program(name, programs)) is None:
        raise NoServerProgram(name=name)
    return path


def version_of(program: str) -> str:
    """The major version that one of PostgreSQL's programs says of itself; what it says, where that has no number."""
    told = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    number = re.search(r"\d+", told)
    return number.group() if number else told[:20]


def run_as_owner(command: list[str]) -> str:
    """What it says. In the root folder: the user that is changed to may not be allowed to look at ours. ProgramRefused."""
    user, group = embedded.unprivileged() or (None, None)
    done = subprocess.run(
        command, capture_output=True, text=True, errors="replace", user=user, group=group, cwd="/"
    )
    if done.returncode:
        raise ProgramRefused(name=Path(command[0]).name, said=done.stderr.strip() or done.stdout.strip())
    return done.stdout


def give(*paths: Path) -> None:
    """Files and folders that PostgreSQL's user works on."""
    if (owner := embedded.unprivileged()) is not None:
        for path in paths:
            os.chown(path, *owner)


@dataclass(slots=True)
class LocalServer:
    """`data`: its files; `socket`: the folder of its socket, which nobody else may enter; `settings`: beside those that keep it to
    itself. Its own `postgresql.conf` is not read: what stands there is of the place the files come from."""

    data: Path
    socket: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    programs: Path | None = None
    process: subprocess.Popen[bytes] | None = None

    @property
    def config(self) -> Path:
        return self.socket / "postgresql.conf"

    @property
    def log(self) -> Path:
        return self.socket / "log"

    def url(self, dbname: str = OWNER, **more: str) -> str:
        return make_conninfo(host=str(self.socket), user=OWNER, dbname=dbname, **more)

    def make(self, *options: str) -> None:
        """New files, with more options of initdb. Who reaches the socket is let in, and nobody else does."""
        give(self._folder(self.data))
        command = [required("initdb", self.programs), "-D", str(self.data), "-U", OWNER]
        run_as_owner([*command, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", *options])

    def start(self, wait: bool = True) -> None:
        """Returns when it takes connections, or at once. DoesNotStart."""
        self._folder(self.socket)
        self.config.write_text(self._written(), encoding="utf-8")
        (self.socket / "pg_hba.conf").write_text(
            "local all all trust\nlocal replication all trust\n", encoding="utf-8"
        )
        give(self.socket, self.config, self.socket / "pg_hba.conf")
        user, group = embedded.unprivileged() or (None, None)
        command = [required("postgres", self.programs), "-D", str(self.data)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "-c", f"config_file={self.config}"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=user,
                group=group,
                cwd="/",
                start_new_session=True,  # an interrupt at the terminal is ours to pass on
            )
        if wait:
            self.wait()

    def wait(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Until it takes connections, as long as it runs: a recovery takes as long as it takes. DoesNotStart."""
        asked = self.url(connect_timeout="3").encode()
        while not self.ended():
            if PGconn.ping(asked) == Ping.OK:
                return
            meanwhile()
            time.sleep(PAUSE_S)
        raise DoesNotStart(folder=self.data, said=self.last_words())

    def change(self, **settings: str) -> None:
        """Settings from now on; a running server takes over those that it can without a restart."""
        self.settings = {**self.settings, **settings}
        if self.process is not None and not self.ended():
            self.config.write_text(self._written(), encoding="utf-8")
            self.process.send_signal(signal.SIGHUP)

    def ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def words(self) -> str:
        """Its log."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def last_words(self) -> str:
        return "\n".join(self.words().splitlines()[-LINES:])

    def stop(self) -> None:
        """In order; its clients are cut off."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(STOP_WITHIN_S)

    def kill(self) -> None:
        """As a machine goes that loses its power: all its processes at once, and nothing is told to anybody."""
        import psutil  # comes with the wheel's library

        if self.process is None:
            return
        self.process.send_signal(signal.SIGSTOP)  # else it would start others for those that are killed
        with suppress(psutil.NoSuchProcess):
            for child in psutil.Process(self.process.pid).children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    child.kill()
        self.process.kill()
        self.process.wait()

    def _folder(self, folder: Path) -> Path:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    def _written(self) -> str:
        settings = {
            "listen_addresses": "",
            "port": "5432",
            "unix_socket_directories": str(self.socket),
            "unix_socket_permissions": "0700",
            "hba_file": str(self.socket / "pg_hba.conf"),
            "ident_file": str(self.data / "pg_ident.conf"),
            "external_pid_file": "",
            "logging_collector": "off",
            "lc_messages": "C",  # we look for its words
            "ssl": "off",
        } | dict(self.settings)
        return "".join(
            f"{name} = '{value.replace(chr(39), chr(39) * 2)}'\n" for name, value in settings.items()
        )
