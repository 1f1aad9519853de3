"""Facts about several logs of one installation: which of them holds an election, what each was seen to hold, and an election's way
from one to another. As in `events`: field names are stored names."""

from __future__ import annotations

from typing import ClassVar

from reporting.domain.events import Event


class ElectionPlaced(Event):
    """In the directory: `log` holds the election from here on."""

    type: ClassVar[str] = "ElectionPlaced"
    election: str
    log: str


class CheckpointNoted(Event):
    """In the directory: a signed head of a log, which every later one continues. `note`: as the log signed it."""

    type: ClassVar[str] = "CheckpointNoted"
    log: str
    size: int
    root: str
    note: str


class ElectionMovedAway(Event):
    """The last event of the election here: `to_log` holds it, and `address` is where it is written."""

    type: ClassVar[str] = "ElectionMovedAway"
    election: str
    from_log: str
    to_log: str
    address: str


class ElectionTakenIn(Event):
    """The election has come whole from `from_log`, whose log says at `left` that it left: it goes on here. `events`: of it, that one
    included."""

    type: ClassVar[str] = "ElectionTakenIn"
    election: str
    from_log: str
    to_log: str
    left: int
    events: int


class EventsCopied(Event):
    """The next `count` events were recorded in other logs and are copied from `from_log`: their times are of there. `digest`: SHA-256,
    hex, over the leaf hashes that they have where they were recorded."""

    type: ClassVar[str] = "EventsCopied"
    election: str
    from_log: str
    count: int
    digest: str


LOG_EVENTS: tuple[type[Event], ...] = (
    ElectionPlaced,
    CheckpointNoted,
    ElectionMovedAway,
    ElectionTakenIn,
    EventsCopied,
)
