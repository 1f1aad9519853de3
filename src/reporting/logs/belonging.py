"""To what an event belongs, by its type: an election, the registries that all logs share, or the log that recorded it. Pure."""

from __future__ import annotations

from typing import Any

from reporting.domain.access_events import ACCESS_EVENTS
from reporting.domain.definition_events import DEFINITION_EVENTS
from reporting.domain.delivery_events import DELIVERY_EVENTS
from reporting.domain.events import Event
from reporting.domain.lineage_events import LINEAGE_EVENTS
from reporting.domain.log_events import CheckpointNoted, ElectionPlaced, EventsCopied
from reporting.domain.office_events import OFFICE_EVENTS
from reporting.domain.retention_events import RETENTION_EVENTS

SHARED = frozenset({"GeographiesDeclared", "AreasRegistered", *(event.type for event in LINEAGE_EVENTS)})
"""Declared in every log alike; where they differ, the directory's count."""

_OF_THEIR_LOG: tuple[type[Event], ...] = (
    *OFFICE_EVENTS,
    *ACCESS_EVENTS,
    *RETENTION_EVENTS,
    *DELIVERY_EVENTS,
    *DEFINITION_EVENTS,
    ElectionPlaced,
    CheckpointNoted,
)
OWN = frozenset(event.type for event in _OF_THEIR_LOG)
"""Of the log that recorded them: they go nowhere, and readers of all logs see the directory's."""

NEVER = frozenset({EventsCopied.type})
"""Of copies in one log; another log's copies are other ones."""


def election_of(type_: str, state: Any) -> str:
    """Empty for what is of none."""
    if type_ in SHARED or type_ in OWN or type_ in NEVER:
        return ""
    return str(state["definition"]["code"] if type_ == "ElectionDefined" else state["election"])
