"""What was acknowledged held against what the log holds: nothing lost, nothing doubled; and how long it took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from api.trial.sender import Reply
from reporting.database.connect import Database
from reporting.database.sql import load

SQL = load(__package__)
ACKNOWLEDGED = ("done", "repeated")


@dataclass(frozen=True, slots=True)
class Account:
    """`lost`: acknowledged, and not in the log where they were said to be; `doubled`: returns that were handed in twice; `holes`:
    positions without an event; `again`: acknowledged at a second attempt or later; `refused`: code → how many."""

    sent: int
    acknowledged: int
    again: int
    lost: int
    doubled: int
    holes: int
    unanswered: int
    refused: Mapping[str, int]

    @property
    def kept(self) -> bool:
        return not (self.lost or self.doubled or self.holes)


def account(database: Database, answers: Sequence[Reply]) -> Account:
    """Of what changes something, after all of it was answered or given up."""
    changes = [answer for answer in answers if answer.command]
    told = {answer.command: answer for answer in changes if answer.outcome in ACKNOWLEDGED}
    commands = [answer.command for answer in changes]
    with database.connect(autocommit=True) as connection:
        recorded = dict(connection.execute(SQL["recorded"], (commands,)).fetchall())
        doubled = int(connection.execute(SQL["handed_in_twice"], (commands,)).fetchall()[0][0])
        holes = int(connection.execute(SQL["holes"]).fetchall()[0][0])
    refused = Counter(
        answer.outcome for answer in changes if answer.outcome not in (*ACKNOWLEDGED, "given_up")
    )
    return Account(
        sent=len(changes),
        acknowledged=len(told),
        again=sum(answer.tries > 1 for answer in told.values()),
        lost=sum(recorded.get(command) != answer.position for command, answer in told.items()),
        doubled=doubled,
        holes=holes,
        unanswered=sum(answer.outcome == "given_up" for answer in changes),
        refused=dict(refused),
    )


@dataclass(frozen=True, slots=True)
class Took:
    """Milliseconds from when requests were due to their answers; `rate`: answers a second."""

    kind: str
    number: int
    rate: float
    p50: float
    p99: float
    longest: float


def took(kind: str, answers: Iterable[Reply]) -> Took:
    """Of everything of one kind that was done."""
    done = [answer for answer in answers if answer.kind == kind and answer.outcome in ACKNOWLEDGED]
    if not done:
        return Took(kind, 0, 0.0, 0.0, 0.0, 0.0)
    waits = sorted(1000 * (answer.answered - answer.due) for answer in done)
    lasted = max(answer.answered for answer in done) - min(answer.due for answer in done)
    return Took(
        kind,
        len(done),
        len(done) / max(lasted, 0.001),
        percentile(waits, 50),
        percentile(waits, 99),
        waits[-1],
    )


def percentile(ordered: Sequence[float], percent: int) -> float:
    """The smallest that at least so many percent are not above."""
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
