"""One failover drill: the primary of a trial cluster is killed under load, the standby promoted, and what was acknowledged is held
against what the new primary has."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from api.trial.accounts import ACKNOWLEDGED, Account, Took, account, took
from api.trial.cluster import Cluster, cluster
from api.trial.load import KINDS, machine
from api.trial.messages import message
from api.trial.report import TrialReport, told_of
from api.trial.sender import Reply
from api.trial.sending import Sending
from api.trial.stage import staged
from projections.verify import Verification, verify
from reporting.database.connect import READER, Database
from reporting.transparency.log import SQL
from reporting.transparency.rehash import rehash

SIGNED_WITHIN_S = 30.0
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class FailoverWishes:
    """`rate`: returns a second, and as many looks at the totals; `seconds`: for so long, the primary is killed after a third;
    `away_s`: how long nobody promotes, as whoever does it for real would take to be sure; `within_s`: for the first accepted
    change after the kill; `units`: of the demo's election."""

    rate: float = 10.0
    seconds: float = 30.0
    away_s: float = 5.0
    within_s: float = 15.0
    units: int = 60


@dataclass(frozen=True, slots=True)
class FailoverReport:
    """Seconds from the kill: `noticed_s`, `promoted_s`, and `first_s` to the first change accepted by the new primary (None: none
    was). `before`: acknowledged before the kill. `again_s`: from the old one's restart as the standby until acknowledgements wait for it.
    `signed`: how many events the signer, which went on by itself, has signed of `position`; `heads`: signed heads that hold."""

    wishes: FailoverWishes
    rows: tuple[Took, ...]
    account: Account
    before: int
    noticed_s: float
    promoted_s: float
    first_s: float | None
    again_s: float
    position: int
    signed: int
    heads: int
    views: Verification
    ended: tuple[str, ...]

    @property
    def good(self) -> bool:
        return (
            self.account.kept
            and not self.account.unanswered
            and 0 < self.before < self.account.acknowledged
            and self.first_s is not None
            and self.first_s <= self.wishes.within_s
            and self.signed == self.position
            and self.views.equal
            and not self.ended
        )

    def sheet(self) -> TrialReport:
        told = [
            message.words("failover_wish", rate=f"{self.wishes.rate:g}", seconds=f"{self.wishes.seconds:g}"),
            machine(),
            message.words("by_hand", noticed=f"{self.noticed_s:.1f}", promoted=f"{self.promoted_s:.1f}"),
            message.words("no_first", within=f"{self.wishes.within_s:g}")
            if self.first_s is None
            else message.words(
                "first", seconds=f"{self.first_s:.1f}", within=f"{self.wishes.within_s:g}", before=self.before
            ),
            *told_of(self.account),
            message.words("signed", heads=self.heads, signed=self.signed, position=self.position),
            message.table("views")["equal" if self.views.equal else "differ"],
            message.words("again", seconds=f"{self.again_s:.1f}"),
            *(message.words("program_gone", program=program) for program in self.ended),
        ]
        verdict = message.table("failover_verdict")["good" if self.good else "bad"]
        return TrialReport(message.words("failover_title"), verdict, told, self.rows)


def hold(
    wishes: FailoverWishes = FailoverWishes(), progress: Progress = lambda done, total, what: None
) -> FailoverReport:
    """On a cluster of its own. ProgramEnded, StandbyLags."""
    with TemporaryDirectory(prefix="reporting-failover-") as name:
        progress(0, 0, "start")
        with cluster(Path(name)) as tried:
            return _run(tried, wishes, progress)


def _run(tried: Cluster, wishes: FailoverWishes, progress: Progress) -> FailoverReport:
    pair = tried.pair
    night = staged(pair.database, tried.token_key, round(wishes.rate * wishes.seconds), wishes.units)
    sending = Sending(tried.folder, tried.addresses, night.wishes(wishes.rate, wishes.seconds, 1.0))
    sending.start()
    try:
        kills_at = time.monotonic() + wishes.seconds / 3
        while time.monotonic() < kills_at or not _acknowledged(sending.answers()):
            progress(len(sending.answers()), len(sending.wishes), "send")
            time.sleep(0.1)
        killed = time.monotonic()
        pair.leads.kill()
        pair.notice()
        noticed = time.monotonic()
        time.sleep(max(0.0, killed + wishes.away_s - noticed))
        pair.promote()
        promoted = time.monotonic()
        while sending.runs():
            progress(len(sending.answers()), len(sending.wishes), "send")
            time.sleep(0.1)
        answers = sending.finish()
    finally:
        sending.stop()
    back = time.monotonic()
    pair.rejoin()
    again_s = time.monotonic() - back
    progress(0, 0, "verify")
    changes = _acknowledged(answers)
    # an answer on its way when the primary was killed is none of the new one's
    first = min((answer.answered for answer in changes if answer.answered > noticed), default=None)
    position, signed, heads = _signed(pair.database)
    return FailoverReport(
        wishes=wishes,
        rows=tuple(took(kind, answers) for kind in KINDS),
        account=account(pair.database, answers),
        before=sum(answer.answered <= noticed for answer in changes),
        noticed_s=noticed - killed,
        promoted_s=promoted - killed,
        first_s=None if first is None else first - killed,
        again_s=again_s,
        position=position,
        signed=signed,
        heads=heads,
        views=verify(pair.database),
        ended=tuple(" ".join(program.words) for program in tried.ended()),
    )


def _acknowledged(answers: list[Reply]) -> list[Reply]:
    return [answer for answer in answers if answer.command and answer.outcome in ACKNOWLEDGED]


def _signed(database: Database) -> tuple[int, int, int]:
    """(the log's end, events under the last signed head, heads that hold), once the signer has caught up. LogDisagrees."""
    deadline = time.monotonic() + SIGNED_WITHIN_S
    with database.connect(READER, autocommit=True) as connection:
        while time.monotonic() < deadline:
            (position,) = connection.execute(SQL["head"]).fetchall()[0]
            last = connection.execute(SQL["last_checkpoint"]).fetchone()
            if last is not None and last[0] == position:
                break
            time.sleep(0.2)
    with database.connect(READER) as connection:
        log = rehash(connection)
    return log.position, log.signed, log.heads
