"""Lists of polling places and what they counted, in plain Python beside the fold of the views: one unit in memory at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from psycopg import Connection

from projections.versions import SQL
from reporting.domain.polling_place_events import PlaceFiguresCaptured, PollingPlacesRegistered
from reporting.ledger import Recorded
from reporting.ledger.registry import recorded
from reporting.ledger.streams import polling_places_stream

SILENT = ("!not_reported", "!suppressed")
Page = tuple[str, str]


@dataclass
class IndependentPlaces:
    """Which units have polling places; their events are read again for one after the other."""

    units: set[tuple[str, str]] = field(default_factory=set)

    def apply(self, stored: Recorded) -> None:
        event = stored.event
        if isinstance(event, PollingPlacesRegistered | PlaceFiguresCaptured):
            self.units.add((event.election, event.unit))

    def rows(
        self, connection: Connection[Any], position: int
    ) -> tuple[set[tuple[object, ...]], set[tuple[object, ...]]]:
        """Of both tables, as `compare.sql` has them."""
        places: set[tuple[object, ...]] = set()
        captures: set[tuple[object, ...]] = set()
        for election, unit in sorted(self.units):
            stream = polling_places_stream(election, unit)
            events = connection.execute(SQL["events_of"], ([stream], position)).fetchall()
            held = _Held()
            for row in events:
                held.take(recorded(row))
            places.update(held.places(election, unit))
            captures.update(held.captures(election, unit))
        return places, captures


@dataclass
class _Held:
    listed: tuple[int, PollingPlacesRegistered] | None = None
    cells: dict[Page, dict[str, dict[str, str]]] = field(default_factory=dict)
    moved: dict[Page, int] = field(default_factory=dict)

    def take(self, stored: Recorded) -> None:
        match stored.event:
            case PollingPlacesRegistered() as event:
                self.listed = stored.position, event
            case PlaceFiguresCaptured(form=form, slot=slot) as event:
                cells = self.cells.setdefault((form, slot), {}).setdefault(event.number, {})
                cells.update(event.figures)
                self.moved[form, slot] = stored.position

    def places(self, election: str, unit: str) -> Iterator[tuple[object, ...]]:
        if self.listed is None:
            return
        position, event = self.listed
        for at, place in enumerate(event.places, 1):
            rest = (
                place.district, place.address, place.address_code, place.facility, place.opens, place.closes,
                place.valid_from, place.valid_to,
            )  # fmt: skip
            told = "/".join("-" if part is None else str(part) for part in rest)
            yield election, unit, at, place.number, place.kind.value, place.name, told, position

    def captures(self, election: str, unit: str) -> Iterator[tuple[object, ...]]:
        for (form, slot), numbers in self.cells.items():
            told = []
            for number, cells in sorted(numbers.items()):
                says = int(any(text not in SILENT for text in cells.values()))
                told += [f"{number} {key}={text} {says}" for key, text in sorted(cells.items())]
            digest = hashlib.md5(",".join(told).encode(), usedforsecurity=False).hexdigest()
            yield election, unit, form, slot, len(numbers), self.moved[form, slot], digest
