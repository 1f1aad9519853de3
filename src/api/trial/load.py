"""One load drill: a night's peak times a factor, over HTTP, from another process, on this machine's database and servers."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from api.recovery.scratch import scratch, server
from api.trial.accounts import Account, Took, account, took
from api.trial.messages import message
from api.trial.picture import OneSecond, by_second, svg
from api.trial.programs import Program, free_port
from api.trial.report import TrialReport, told_of
from api.trial.sending import Sending
from api.trial.stage import Night, staged
from projections import versions
from reporting.database.connect import READER, Database
from reporting.database.migrate import migrate
from reporting.ledger import Ledger
from reporting.words import Words

PEAK_UNITS, PEAK_S = 1_900, 60
"""The peak of a nation's night: a return of every reporting unit within one minute."""
KINDS = ("returns", "totals")
LEVEL_WITHIN_S, TAKEN = 30.0, 0.95
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class LoadWishes:
    """`factor`: times the peak; `seconds`: for so long; `reads`: looks at the totals for each return; `servers`: API processes;
    `within_ms`: what 99 of 100 returns must be answered in; `units`: of the demo's election, None for all."""

    factor: float = 1.0
    seconds: float = 30.0
    reads: float = 1.0
    servers: int = 1
    within_ms: float = 1_000.0
    units: int | None = None

    @property
    def rate(self) -> float:
        """Returns a second."""
        return self.factor * PEAK_UNITS / PEAK_S


@dataclass(frozen=True, slots=True)
class LoadReport:
    """`curves`: how long each second's answers took, by kind. `level_s`: from the last answer until the views held everything; None: not within half a minute."""

    wishes: LoadWishes
    rows: tuple[Took, ...]
    account: Account
    level_s: float | None
    curves: Mapping[str, Sequence[OneSecond]] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        """A refusal by the rules is an answer like any other, as long as nearly everything is taken."""
        return (
            self.account.kept
            and not self.account.unanswered
            and self.account.acknowledged >= TAKEN * self.account.sent > 0
            and self.rows[0].p99 <= self.wishes.within_ms
            and self.level_s is not None
        )

    def sheet(self) -> TrialReport:
        wishes = self.wishes
        asked = message.words(
            "load_wish", factor=f"{wishes.factor:g}", rate=f"{wishes.rate:.1f}", seconds=f"{wishes.seconds:g}",
            reads=f"{wishes.reads:g}", servers=wishes.servers,
        )  # fmt: skip
        level = (
            message.words("not_level", seconds=f"{LEVEL_WITHIN_S:.0f}")
            if self.level_s is None
            else message.words("level", seconds=f"{self.level_s:.1f}")
        )
        verdict = message.table("load_verdict")["good" if self.good else "bad"]
        told = [asked, machine(), *told_of(self.account), level]
        return TrialReport(message.words("load_title"), verdict, told, self.rows, svg(self.curves))


def machine() -> Words:
    """What it was measured on: without that a number says nothing."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 0
    return message.words("machine", cores=os.cpu_count(), memory=round(memory / 2**30))


def hold(
    wishes: LoadWishes,
    server_url: str | None = None,
    progress: Progress = lambda done, total, what: None,
) -> LoadReport:
    """On a database of its own at `server_url`, or at a PostgreSQL of its own. ProgramEnded."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="reporting-load-")))
        url = stack.enter_context(server(server_url))
        database = stack.enter_context(scratch(url))
        migrate(database)
        progress(0, 0, "prepare")
        number = round(wishes.rate * wishes.seconds)
        night = staged(database, folder / "token.key", number, wishes.units)
        addresses = stack.enter_context(served(database, folder, wishes.servers))
        return _run(wishes, night, database, addresses, folder, progress)


@contextmanager
def served(database: Database, folder: Path, servers: int) -> Iterator[list[str]]:
    """Addresses of API processes with a follower beside them, as an installation runs them."""
    settings = {
        "REPORTING_DATABASE_URL": database.url,
        "REPORTING_TOKEN_KEY": str(folder / "token.key"),
        "REPORTING_PROJECTOR": "no",
    }
    with ExitStack() as stack:
        addresses = []
        for number in range(servers):
            port = free_port()
            own = {"REPORTING_DATA_DIR": str(folder / f"api-{number}"), "REPORTING_PORT": str(port)}
            own["REPORTING_PUBLICATION"] = "yes" if number == 0 else "no"
            program = Program(("serve",), settings | own, folder / f"api-{number}.log")
            program.start()
            stack.callback(program.stop)
            addresses.append((program, f"http://127.0.0.1:{port}"))
        follower = Program(("projections", "follow"), settings, folder / "follow.log")
        follower.start()
        stack.callback(follower.stop)
        for program, address in addresses:
            program.wait_ready(f"{address}/ready")
        yield [address for _, address in addresses]


def _run(
    wishes: LoadWishes,
    night: Night,
    database: Database,
    addresses: list[str],
    folder: Path,
    progress: Progress,
) -> LoadReport:
    sending = Sending(folder, addresses, night.wishes(wishes.rate, wishes.seconds, wishes.reads))
    sending.start()
    try:
        while sending.runs():
            progress(len(sending.answers()), len(sending.wishes), "send")
            time.sleep(0.5)
        answers = sending.finish()
    finally:
        sending.stop()
    level_s = _level(database)
    rows = tuple(took(kind, answers) for kind in KINDS)
    curves = {kind: by_second(answers, kind) for kind in KINDS}
    return LoadReport(wishes, rows, account(database, answers), level_s, curves)


def _level(database: Database) -> float | None:
    ledger = Ledger(database)
    try:
        head, began = ledger.position(), time.monotonic()
    finally:
        ledger.close()
    with database.connect(READER, autocommit=True) as connection:
        while time.monotonic() - began < LEVEL_WITHIN_S:
            live = versions.live(connection)
            if live is not None and live.position >= head:
                return time.monotonic() - began
            time.sleep(0.05)
    return None
