"""Facts about polling places. As in `events`: field names are stored names. Beside the returns: no total is moved by them."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from reporting.domain.events import Event
from reporting.domain.polling_places import PollingPlace


class PollingPlacesRegistered(Event):
    """All polling places of a unit in an election; a later list replaces the former one whole."""

    type: ClassVar[str] = "PollingPlacesRegistered"
    election: str
    unit: str
    places: tuple[PollingPlace, ...]


class PlaceFiguresCaptured(Event):
    """What one polling place (`number`) counted, for a form and slot of its unit. `figures`: as in FiguresEntered, those that
    changed; `supersedes`: cell key → position of the event whose value is replaced, `reason_class` then says why."""

    type: ClassVar[str] = "PlaceFiguresCaptured"
    election: str
    form: str
    slot: str
    unit: str
    number: str
    figures: dict[str, str]
    supersedes: dict[str, int] = Field(default_factory=dict)
    reason_class: str | None = None


POLLING_PLACE_EVENTS: tuple[type[Event], ...] = (PollingPlacesRegistered, PlaceFiguresCaptured)
