"""A file that somebody brings: read, looked at or handed in, and kept for them until all of it is dealt with."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reporting.application.desk import Desk
from reporting.domain.actor import Actor
from reporting.files.sheets import MAX_BYTES
from reporting.kit.handing_in import ReturnOutcome, Said
from reporting.kit.pages import read_brought
from reporting.kit.reading import ReadBook
from reporting.uploads import Upload, Uploads
from reporting.uploads.store import NoRoomForFiles

SETTLED = ("submitted", "typed", "nothing")
Do = Callable[[Desk, ReadBook, Actor, Said], list[ReturnOutcome]]
"""`preview`, or `hand_in` under a command's id."""


def bring(
    desk: Desk,
    uploads: Uploads,
    name: str,
    content: bytes,
    actor: Actor,
    said: Said,
    do: Do,
    election: str | None = None,
) -> list[ReturnOutcome]:
    """Errors of `do`; TooManyWaiting. `election`: FileRefused where the workbook is of another one. What is refused, in conflict or
    only looked at stays with the sender; what is handed in whole does not."""
    kept = _kept(uploads, name, content, actor)
    book = read_brought(name, content)
    if election is not None:
        book.require_of(election)
    outcomes = do(desk, book, actor, said)
    if kept is not None and dealt_with(outcomes):
        uploads.remove(kept)
    return outcomes


def dealt_with(outcomes: Sequence[ReturnOutcome]) -> bool:
    """Nothing of the workbook is left to do."""
    return all(outcome.state in SETTLED for outcome in outcomes)


def _kept(uploads: Uploads, name: str, content: bytes, actor: Actor) -> Upload | None:
    """None of what is too large to be read; and where other senders' files leave no room, which is no reason to keep a return out."""
    if len(content) > MAX_BYTES:
        return None
    try:
        return uploads.keep_bytes(actor, "workbook", name, content)
    except NoRoomForFiles:
        return None
