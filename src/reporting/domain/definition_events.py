"""Facts about changes of definitions and registries that wait for a second person."""

from __future__ import annotations

from typing import ClassVar

from reporting.domain.events import Event


class ChangeProposed(Event):
    """An event that touches figures of a live election, and is appended when another person confirms it. All that one
    command proposes belongs together. `subject`: election or registry, of that `code`; `based_on`: version of its stream
    that the proposal follows; `proposes`, `proposes_version`, `state`: the event as it would be stored."""

    type: ClassVar[str] = "ChangeProposed"
    subject: str
    code: str
    based_on: int
    proposes: str
    proposes_version: int
    state: str


DEFINITION_EVENTS: tuple[type[Event], ...] = (ChangeProposed,)
