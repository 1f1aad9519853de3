"""Commands that come twice and late."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from acknowledged import NO_ANSWER, Book, Sent
from fault import Fault
from installation import Installation

COPIES = 4
LATE = 60
"""So many of the commands that were acknowledged longest ago."""
BY_ITSELF = ("製品が自分で", "the product by itself")


@contextmanager
def sent_again(at: Installation, book: Book) -> Iterator[None]:
    """All at once, while the clerks go on; each copy is answered as the first was, whatever became of the return since."""
    late, wrong = book.sent[:LATE], list[str]()
    threads = [
        threading.Thread(target=_send, args=(at, book, late, wrong), daemon=True) for _ in range(COPIES)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    yield


def _send(at: Installation, book: Book, late: list[Sent], wrong: list[str]) -> None:
    for one in late:
        try:
            answer = one.ask(at.port, at.token)
        except NO_ANSWER as failed:
            answer = repr(failed)
        if answer != {"__typename": "FiguresRecorded", "position": book.positions[one.command]}:
            wrong.append(f"{one}: {answer}")


FAULTS = (
    Fault(
        "commands-again", "受け付けた操作が遅れてもう四度届く", "acknowledged commands arrive four times more, late", *BY_ITSELF,
        sent_again, itself=True,
    ),
)  # fmt: skip
