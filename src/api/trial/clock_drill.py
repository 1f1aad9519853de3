"""One drill of clock steps: PostgreSQL's time, which is that of everything recorded, is put an hour ahead under load, and back."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from api.recovery.scratch import scratch, server
from api.trial.accounts import ACKNOWLEDGED, Account, Took, account, took
from api.trial.false_clock import SEEN_AFTER_S, FalseClock, false_clock
from api.trial.load import KINDS, machine, served
from api.trial.messages import message
from api.trial.pair import SQL
from api.trial.report import TrialReport, told_of
from api.trial.sender import Reply
from api.trial.sending import Sending
from api.trial.stage import staged
from projections.verify import Verification, verify
from reporting.database.connect import Database
from reporting.database.migrate import migrate

SEEN_WITHIN_S, NEAR_S = 15.0, 30.0
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class TimeWishes:
    """`rate`: returns a second, and as many looks at the totals; `seconds`: for so long; the clock is put `step_s` ahead after a third
    of them, and back after two; `units`: of the demo's election."""

    rate: float = 5.0
    seconds: float = 30.0
    step_s: int = 3_600
    units: int = 30


@dataclass(frozen=True, slots=True)
class TimeReport:
    """`moved_s`: how far the database's clock was seen to be ahead, and after it was put back (None: everything was answered before);
    `recorded_ahead`: commands at times that are still to come; `backwards`: events that are recorded
    earlier than the one before; `ahead_s`: how far the last event stands ahead of the true time, since none may."""

    wishes: TimeWishes
    rows: tuple[Took, ...]
    account: Account
    moved_s: tuple[float, float] | None
    recorded_ahead: int
    backwards: int
    ahead_s: float
    views: Verification

    @property
    def good(self) -> bool:
        if self.moved_s is None:
            return False
        ahead, back = self.moved_s
        return (
            self.account.kept
            and not self.account.unanswered
            and self.recorded_ahead > 0
            and abs(ahead - self.wishes.step_s) < self.wishes.step_s / 2
            and abs(back) < self.wishes.step_s / 2
            and not self.backwards
            and self.views.equal
        )

    def sheet(self) -> TrialReport:
        told = [
            message.words("time_wish", rate=f"{self.wishes.rate:g}", seconds=f"{self.wishes.seconds:g}", step=self.wishes.step_s),
            machine(),
            message.words("time_not_moved")
            if self.moved_s is None
            else message.words("time_moved", ahead=round(self.moved_s[0]), back=round(self.moved_s[1]), number=self.recorded_ahead),
            *told_of(self.account),
            message.words("time_recorded", backwards=self.backwards, ahead=f"{self.ahead_s:.0f}"),
            message.table("views")["equal" if self.views.equal else "differ"],
        ]  # fmt: skip
        verdict = message.table("time_verdict")["good" if self.good else "bad"]
        return TrialReport(message.words("time_title"), verdict, told, self.rows)


def hold(
    wishes: TimeWishes = TimeWishes(), progress: Progress = lambda done, total, what: None
) -> TimeReport:
    """On a PostgreSQL of its own. NoFalseClock, ProgramEnded."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="reporting-time-")))
        folder.chmod(0o711)  # PostgreSQL runs as another user and reads the clock
        progress(0, 0, "start")
        with false_clock(folder) as clock:
            own = stack.enter_context(server(None))
        database = stack.enter_context(scratch(own))
        migrate(database)
        progress(0, 0, "prepare")
        night = staged(database, folder / "token.key", round(wishes.rate * wishes.seconds), wishes.units)
        addresses = stack.enter_context(served(database, folder, 1))
        sending = Sending(folder, addresses, night.wishes(wishes.rate, wishes.seconds, 1.0))
        return _run(wishes, clock, database, sending, progress)


def _run(
    wishes: TimeWishes, clock: FalseClock, database: Database, sending: Sending, progress: Progress
) -> TimeReport:
    moved = list[float]()
    sending.start()
    try:
        began = time.monotonic()
        while sending.runs():
            answers = sending.answers()
            progress(len(answers), len(sending.wishes), "send")
            due = time.monotonic() - began > (len(moved) + 1) * wishes.seconds / 3
            if (
                len(moved) < 2
                and due
                and (_ahead(database, wishes.step_s) if moved else _acknowledged(answers))
            ):
                step_s = 0 if moved else wishes.step_s
                clock.put(step_s)
                moved.append(_seen(database, step_s))
            time.sleep(0.1)
        answers = sending.finish()
    finally:
        sending.stop()
    clock.put(0)
    progress(0, 0, "verify")
    with database.connect(autocommit=True) as connection:
        ((backwards, last),) = connection.execute(SQL["backwards"]).fetchall()
    return TimeReport(
        wishes=wishes,
        rows=tuple(took(kind, answers) for kind in KINDS),
        account=account(database, answers),
        moved_s=(moved[0], moved[1]) if len(moved) == 2 else None,
        recorded_ahead=_ahead(database, wishes.step_s),
        backwards=int(backwards),
        ahead_s=float(last) - time.time(),
        views=verify(database),
    )


def _seen(database: Database, step_s: int) -> float:
    """How far ahead the database is, as soon as it is where it was put, or after SEEN_WITHIN_S."""
    deadline = time.monotonic() + SEEN_WITHIN_S
    while True:
        time.sleep(SEEN_AFTER_S)
        ahead = _now(database) - time.time()
        if abs(ahead - step_s) < NEAR_S or time.monotonic() > deadline:
            return ahead


def _now(database: Database) -> float:
    """Unix seconds, as PostgreSQL has them."""
    with database.connect(autocommit=True) as connection:
        return float(connection.execute(SQL["now"]).fetchall()[0][0])


def _ahead(database: Database, step_s: int) -> int:
    """Commands recorded while the clock was ahead, and after them, since recorded times never run back."""
    with database.connect(autocommit=True) as connection:
        rows = connection.execute(SQL["recorded_ahead"], (time.time() + step_s / 2,)).fetchall()
    return int(rows[0][0])


def _acknowledged(answers: Sequence[Reply]) -> bool:
    return any(answer.command and answer.outcome in ACKNOWLEDGED for answer in answers)
