"""A file that somebody brings: read, looked at or handed in, and kept for them until all of it is dealt with."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from reporting.application.desk import Desk
from reporting.domain.actor import Actor
from reporting.kit.handing_in import ReturnOutcome, Said
from reporting.kit.reading import ReadBook, read_book
from reporting.kit.sent import SentBooks

SETTLED = ("submitted", "nothing")
Do = Callable[[Desk, ReadBook, Actor, Said], list[ReturnOutcome]]
"""`preview`, or `hand_in` under a command's id."""


def bring(
    desk: Desk,
    sent: SentBooks,
    name: str,
    data: bytes,
    actor: Actor,
    said: Said,
    do: Do,
    election: str | None = None,
) -> list[ReturnOutcome]:
    """Errors of `do`. `election`: FileRefused where the workbook is of another one. What is refused, in conflict or only looked at
    stays with the sender; what is handed in whole does not."""
    sent.keep(actor, name, data)
    book = read_book(name, data)
    if election is not None:
        book.require_of(election)
    outcomes = do(desk, book, actor, said)
    if dealt_with(outcomes):
        sent.settle(actor, hashlib.sha256(data).hexdigest())
    return outcomes


def dealt_with(outcomes: Sequence[ReturnOutcome]) -> bool:
    """Nothing of the workbook is left to do."""
    return all(outcome.state in SETTLED for outcome in outcomes)
