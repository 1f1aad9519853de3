"""The machine's clock jumps, for PostgreSQL and every process of ours: libfaketime, told by a file while they run."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from glob import glob
from pathlib import Path

from acknowledged import Book
from fault import Fault, MissingHere
from installation import Installation, folder_for_all, installed_in
from tiny import SYSTEM

from api.auth import issue_token, load_key

PLACES = ("/usr/lib/*/faketime/libfaketime.so.1", "/usr/lib/faketime/libfaketime.so.1")
NAMED = "LIBFAKETIME"
"""The library's file, where it is none of those."""
STAYS_S = 6.0
SEEN_AFTER_S = 1.5
"""The file is read once a second."""
TOKEN_AGE_S = 2 * 3_600
"""Older than any step back: a token of the future is none, whoever's clock is wrong."""
BACKWARDS = """SELECT count(*) FROM (
  SELECT recorded_at, lag(recorded_at) OVER (ORDER BY position) AS before FROM ledger.event) AS e WHERE recorded_at < before"""


def library() -> str:
    for place in (os.environ.get(NAMED, ""), *PLACES):
        for found in glob(place):
            return found
    raise MissingHere("libfaketime")


@contextmanager
def of_a_clock() -> Iterator[Installation]:
    preload = library()
    with folder_for_all() as folder:
        clock = folder / "clock"
        _set(clock, 0)
        clock.chmod(0o644)
        told = {
            "LD_PRELOAD": preload, "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1",
        }  # fmt: skip
        before = {name: os.environ.get(name) for name in told}
        os.environ.update(told)
        try:
            with installed_in(folder) as made:
                made.token = issue_token(
                    load_key(folder / "token.key"), SYSTEM, now=int(time.time()) - TOKEN_AGE_S
                )
                yield made
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})


def _set(clock: Path, seconds: int) -> None:
    """Whole at once: it is read all the time."""
    new = clock.with_suffix(".new")
    new.write_text(f"{seconds:+d}\n", "utf-8")
    new.chmod(0o644)
    new.replace(clock)


def told_by(at: Installation) -> float:
    """Unix seconds, as PostgreSQL sees them."""
    with at.database.connect() as connection:
        return float(connection.execute("SELECT extract(epoch FROM clock_timestamp())").fetchall()[0][0])


def steps(*seconds: int) -> Callable[[Installation, Book], AbstractContextManager[None]]:
    """One after the other, from the true time, while the clerks go on; then the true time again. What is recorded never runs
    backwards."""

    @contextmanager
    def happens(at: Installation, book: Book) -> Iterator[None]:
        clock = at.folder / "clock"
        try:
            for step in seconds:
                _set(clock, step)
                time.sleep(SEEN_AFTER_S)
                assert abs(told_by(at) - time.time() - step) < 60, "the clock has not moved"
                began = time.monotonic()
                book.grows_by(12, began)
                time.sleep(max(0.0, began + STAYS_S - time.monotonic()))
            yield
        finally:
            _set(clock, 0)
        with at.database.connect() as connection:
            assert connection.execute(BACKWARDS).fetchall() == [(0,)]

    return happens


FAULTS = (
    Fault(
        "clock-steps", "時計が一時間進み、二時間戻る", "the clock jumps an hour ahead, then two back", "製品が自分で",
        "the product by itself", steps(3_600, -3_600), alone=of_a_clock,
    ),
)  # fmt: skip
