"""Incidents as they stand, in plain Python beside the fold of the views: last events of each kind, no line shared with `domain.incidents`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from reporting.domain.incident_events import (
    IncidentCorrected,
    IncidentFacts,
    IncidentRecorded,
    IncidentReleased,
    IncidentReviewed,
)
from reporting.ledger import Recorded

IncidentEvent = IncidentRecorded | IncidentCorrected | IncidentReviewed | IncidentReleased
Told = IncidentRecorded | IncidentCorrected


@dataclass
class IndependentIncidents:
    """Every event of every case: there are some hundred in a national election."""

    events: dict[tuple[str, str, int], list[tuple[int, IncidentEvent]]] = field(default_factory=dict)

    def apply(self, stored: Recorded) -> None:
        event = stored.event
        if isinstance(event, IncidentEvent):
            where = event.election, event.unit, event.number
            self.events.setdefault(where, []).append((stored.position, event))

    def rows(self) -> Iterator[tuple[object, ...]]:
        """As `compare.sql` has them."""
        for where, events in sorted(self.events.items()):
            told = {at: event for at, event in events if isinstance(event, Told)}
            last = max(told)
            reviews = [event for at, event in events if at > last and isinstance(event, IncidentReviewed)]
            back = [at for at, review in enumerate(reviews) if not review.accepted]
            standing = reviews[back[-1] + 1 :] if back else reviews
            sent_back = reviews[-1].level if reviews and not reviews[-1].accepted else "-"
            public = [event.released for _, event in events if isinstance(event, IncidentReleased)]
            shown = (0, "-", "-")
            if public:
                version = told[public[-1]]
                shown = (public[-1], _json(version.facts), _truth(version))
            accepted = ",".join(sorted({review.level for review in standing}))
            rest = "/".join(map(str, (accepted, sent_back, *shown)))
            yield *where, events[-1][0], last, _truth(told[last]), _json(told[last].facts), rest


def _truth(told: Told) -> str:
    return "true" if isinstance(told, IncidentCorrected) and told.withdrawn else "false"


def _json(facts: IncidentFacts) -> str:
    """As PostgreSQL prints a jsonb: keys by length, then by letters."""
    return _printed(facts.model_dump(mode="json"))


def _printed(value: object) -> str:
    match value:
        case dict():
            keys = sorted(value, key=lambda key: (len(key.encode()), key))
            return "{" + ", ".join(f"{_printed(key)}: {_printed(value[key])}" for key in keys) + "}"
        case list():
            return "[" + ", ".join(map(_printed, value)) + "]"
        case None:
            return "null"
    return json.dumps(value, ensure_ascii=False)
