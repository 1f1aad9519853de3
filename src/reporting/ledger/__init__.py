"""The only door to the log: append commands, read events back in order.

Takes commands with their events, gives positions; takes positions or streams, gives decoded events.
"""

from reporting.ledger.group import GroupAppender
from reporting.ledger.records import (
    Appended,
    Beforehand,
    Command,
    CommandRecord,
    Deed,
    DeedFacts,
    NewEvent,
    Quiet,
    Recorded,
    Stands,
)
from reporting.ledger.store import Ledger
from reporting.ledger.streams import (
    command_stream,
    draft_stream,
    election_stream,
    offices_stream,
    registry_stream,
    released_stream,
    return_stream,
    slot_stream,
)

__all__ = [
    "Appended",
    "Beforehand",
    "Command",
    "CommandRecord",
    "Deed",
    "DeedFacts",
    "GroupAppender",
    "Ledger",
    "NewEvent",
    "Quiet",
    "Recorded",
    "Stands",
    "command_stream",
    "draft_stream",
    "election_stream",
    "offices_stream",
    "registry_stream",
    "released_stream",
    "return_stream",
    "slot_stream",
]
