"""The only door to the log: append commands, read events back in order."""

from reporting.ledger.group import GroupAppender
from reporting.ledger.records import Appended, Command, CommandRecord, NewEvent, Recorded
from reporting.ledger.store import Ledger
from reporting.ledger.streams import election_stream, registry_stream, return_stream

__all__ = [
    "Appended",
    "Command",
    "CommandRecord",
    "GroupAppender",
    "Ledger",
    "NewEvent",
    "Recorded",
    "election_stream",
    "registry_stream",
    "return_stream",
]
