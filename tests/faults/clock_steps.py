"""PostgreSQL's clock jumps, which says when everything was recorded and is due: libfaketime, told by a file while it runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

from acknowledged import Book
from fault import Fault, MissingHere
from installation import Installation, begun, folder_for_all
from line import line_to

from api.trial.false_clock import SEEN_AFTER_S, FalseClock, NoFalseClock, false_clock
from reporting.database import embedded

STAYS_S = 6.0
BACKWARDS = """SELECT count(*) FROM (
  SELECT recorded_at, lag(recorded_at) OVER (ORDER BY position) AS before FROM ledger.event) AS e WHERE recorded_at < before"""


@contextmanager
def of_a_clock() -> Iterator[Installation]:
    with folder_for_all() as folder, ExitStack() as stack:
        try:
            with false_clock(folder):
                url = stack.enter_context(embedded.serve(folder / "pg", again=True))
        except NoFalseClock:
            raise MissingHere("libfaketime") from None
        line = stack.enter_context(line_to(url))
        made = stack.enter_context(begun(Installation(folder, url, line)))
        yield made


def told_by(at: Installation) -> float:
    """Unix seconds, as PostgreSQL sees them."""
    with at.database.connect() as connection:
        return float(connection.execute("SELECT extract(epoch FROM clock_timestamp())").fetchall()[0][0])


def steps(*seconds: int) -> Callable[[Installation, Book], AbstractContextManager[None]]:
    """One after the other, from the true time, while the clerks go on; then the true time again. What is recorded never runs
    backwards."""

    @contextmanager
    def happens(at: Installation, book: Book) -> Iterator[None]:
        clock = FalseClock(at.folder / "clock")
        try:
            for step in seconds:
                clock.put(step)
                time.sleep(SEEN_AFTER_S)
                assert abs(told_by(at) - time.time() - step) < 60, "the clock has not moved"
                began = time.monotonic()
                book.grows_by(12, began)
                time.sleep(max(0.0, began + STAYS_S - time.monotonic()))
            yield
        finally:
            clock.put(0)
        with at.database.connect() as connection:
            assert connection.execute(BACKWARDS).fetchall() == [(0,)]

    return happens


FAULTS = (
    Fault(
        "clock-steps", "データベースの時計が一時間進み、二時間戻る", "the database's clock jumps an hour ahead, then two back", "製品が自分で",
        "the product by itself", steps(3_600, -3_600), alone=of_a_clock,
    ),
)  # fmt: skip
