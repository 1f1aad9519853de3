"""Faults of the line between the server and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from acknowledged import Book
from fault import Fault
from installation import Installation
from line import Line
from stopped_processes import away

ONCE_WHOLE = ("線が戻れば自分で", "by itself once the line is back")
DELAY_S = 0.15


def broken(how: Callable[[Line], None]) -> Callable[[Installation, Book], AbstractContextManager[None]]:
    """Mended; what stood in between is reset then, as a firewall does that has forgotten it."""

    @contextmanager
    def happens(at: Installation, book: Book) -> Iterator[None]:
        how(at.line)
        try:
            yield
        finally:
            at.line.reset()
            at.line.mend()

    return happens


def cut_once(line: Line) -> None:
    line.reset()


FAULTS = (
    Fault(
        "line-reset", "接続が一斉に切れる", "every connection reset, once", "製品が自分で", "the product by itself",
        broken(cut_once), itself=True,
    ),
    Fault(
        "line-cut", "データベースへの線が切れる", "line to the database cut", *ONCE_WHOLE, broken(Line.cut), away, lasts_s=8
    ),
    Fault(
        "line-silent", "線が黙る（つながったまま何も通らない）", "line silent (half open)", *ONCE_WHOLE,
        broken(Line.fall_silent), away, lasts_s=8,
    ),
    Fault(
        "line-slow", "線が遅い（一片ごとに 150 ミリ秒）", "line slow (150 ms a piece)", *ONCE_WHOLE,
        broken(lambda line: line.slow(DELAY_S)), lasts_s=8,
    ),
)  # fmt: skip
