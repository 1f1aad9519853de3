"""The clock of server, follower and signer jumps, PostgreSQL's stays right: theirs counts for tokens, and for nothing else."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from uuid import uuid4

import demo_land
from acknowledged import ENTER, Book, ask
from clock_steps import STAYS_S
from fault import Fault, MissingHere
from installation import Installation, begun, folder_for_all
from publication_missed import BESIDE, DOWN, IN_S, approved, office, releases
from tiny import SYSTEM
from waiting import until

from api.auth import LEEWAY_S, issue_token, load_key
from api.trial.false_clock import SEEN_AFTER_S, FalseClock, NoFalseClock, false_clock, library
from reporting.database import embedded
from reporting.domain.actor import Actor, Role
from reporting.domain.election import ElectionDefinition

STEP_S = 3_600
HALF = timedelta(seconds=STEP_S / 2)
"""Of a step: what is due then lies between the true time and the false one."""
WAITS = (
    "clock_nanosleep", "usleep", "alarm", "sem_timedwait", "pthread_cond_timedwait", "ppoll", "pselect", "epoll_wait", "epoll_pwait",
    "timerfd_settime", "timer_settime",
)  # fmt: skip
"""What the library (0.9.10) puts in the place of the system's own, and Python's waits end in an error by. Names that end like one of these
share its letters: `nanosleep`, `poll`, `select`."""
PROBE = Actor("時計の確認", "時計の確認", Role.SYSTEM, "*")


def clock_only(preload: str, folder: Path) -> str:
    """A copy of the library that tells the time and leaves all waiting to the system: under another name nobody finds the rest."""
    content = bytearray(Path(preload).read_bytes())
    for name in WAITS:
        if found := re.search(rb"\0" + name.encode() + rb"\0", content):
            content[found.end() - 2] = ord("_")
    (folder / "clock-only.so").write_bytes(content)
    return str(folder / "clock-only.so")


@contextmanager
def of_servers_with_a_clock() -> Iterator[Installation]:
    with folder_for_all() as folder, embedded.serve(folder / "pg", again=True) as url:
        try:
            with false_clock(folder):
                made = Installation(folder, url)
                made.environ["LD_PRELOAD"] = clock_only(library(), folder)
        except NoFalseClock:
            raise MissingHere("libfaketime") from None
        made.token = _token(made, SYSTEM, timedelta(seconds=-2 * STEP_S))
        with begun(made):
            yield made


def _token(at: Installation, actor: Actor, issued: timedelta, lasts: timedelta = timedelta(hours=12)) -> str:
    """`issued`: from the true time."""
    now = int(time.time() + issued.total_seconds())
    return issue_token(
        load_key(at.folder / "token.key"), actor, now=now, lifetime_s=int(lasts.total_seconds())
    )


def told_by(at: Installation) -> float:
    """Unix seconds, as the server sees them: of its answers' headers."""
    connection = http.client.HTTPConnection("127.0.0.1", at.port, timeout=5)
    try:
        connection.request("GET", "/ready")
        answer = connection.getresponse()
        answer.read()
        return parsedate_to_datetime(str(answer.getheader("Date"))).timestamp()
    finally:
        connection.close()


def _sees(at: Installation, step: int) -> bool:
    return abs(told_by(at) - time.time() - step) < 60


def counts(at: Installation, token: str) -> bool:
    """Whether the server takes it."""
    return bool((ask(at.port, token, "{ me { person } }", {}).get("data") or {}).get("me"))


def entered(at: Installation, slot: str) -> str:
    """What is answered to the first figures of that slot."""
    given = {
        "commandId": str(uuid4()), "election": "later", "form": "turnout", "slot": slot, "unit": demo_land.CODES[0],
        "expectedVersion": 0, "figures": [{"contest": "pr", "item": "voters", "value": "1"}],
    }  # fmt: skip
    answer = ask(at.port, _token(at, PROBE, timedelta(seconds=-2 * STEP_S)), ENTER, {"input": given})
    outcome = answer["data"]["enterFigures"]
    return str(outcome.get("code", outcome["__typename"]))


def later(now: datetime) -> ElectionDefinition:
    """No test: one slot has opened lately, the other opens soon."""
    held = demo_land.DEFINITION.model_dump(mode="python") | {"code": "later", "is_test": False}
    label = demo_land.DEFINITION.forms[0].slots[0].label
    held["forms"] = list(held["forms"])
    held["forms"][0] = held["forms"][0] | {
        "slots": [
            {"code": code, "label": label, "opens": now + opens}
            for code, opens in (("soon", HALF), ("open", -HALF))
        ]
    }
    return ElectionDefinition.model_validate(held)


@contextmanager
def steps(at: Installation, book: Book) -> Iterator[None]:
    """An hour ahead, then an hour behind. Nothing goes out or is taken before its time or after it, by the database's clock; a token is over,
    or not yet made, by the server's own."""
    clock, now = FalseClock(at.folder / "clock"), datetime.now(UTC)
    over, new = _token(at, PROBE, -HALF / 2, HALF), _token(at, PROBE, timedelta(0))
    try:
        with office(at) as service:
            service.define_election(later(now), SYSTEM, uuid4())
            approved(service, DOWN, now + HALF)
            for step, due, taken in ((STEP_S, over, new), (-STEP_S, new, at.token)):
                clock.put(step)
                time.sleep(SEEN_AFTER_S)
                until(partial(_sees, at, step), "the server's clock has moved", 10)
                began = time.monotonic()
                book.grows_by(12, began)
                assert (counts(at, due), counts(at, taken)) == (False, True)
                if step > 0:
                    assert entered(at, "soon") == "invalid_input"
                else:
                    assert entered(at, "open") == "FiguresRecorded"
                    approved(service, BESIDE, datetime.now(UTC) + timedelta(seconds=IN_S))
                    until(lambda: releases(service, BESIDE), "it is published at its time", 30)
                    assert releases(service, BESIDE) == [1]
                time.sleep(max(0.0, began + STAYS_S - time.monotonic()))
                assert releases(service, DOWN) == [], "published before its time"
            clock.put(0)
            until(lambda: counts(at, over) and counts(at, new), "both count again", 2 * LEEWAY_S)
            yield
    finally:
        clock.put(0)


FAULTS = (
    Fault(
        "server-clock-steps", "サーバ・更新係・署名係の時計が一時間進み、二時間戻る（データベースの時計は正しい）",
        "the clock of server, follower and signer jumps an hour ahead, then two back (the database's is right)", "製品が自分で",
        "the product by itself", steps, alone=of_servers_with_a_clock,
    ),
)  # fmt: skip
