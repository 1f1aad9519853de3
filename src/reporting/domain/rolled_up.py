"""What the polling places of a unit counted, added up: always with how many of how many it holds. Pure.

A place that says nothing is missing and never a zero; as long as one is, there is no number for the unit to take over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from reporting.domain.events import Event
from reporting.domain.figures import Absence, Cell, format_value, parse_value
from reporting.domain.polling_place_events import PlaceFiguresCaptured, PollingPlacesRegistered
from reporting.domain.polling_places import DATA, PlaceKind, PollingPlace, closing_class, opening_class

COUNTED: Mapping[str, frozenset[PlaceKind]] = {
    item: frozenset(map(PlaceKind, kinds)) for item, kinds in DATA["counted"].items()
}
REGISTERED: Mapping[str, frozenset[PlaceKind]] = {
    item: frozenset(map(PlaceKind, kinds)) for item, kinds in DATA["registered"].items()
}
REPORTED, DISTRICTS = DATA["other"]["reported"], DATA["other"]["districts"]
USUAL = (frozenset({PlaceKind.POLLING}), frozenset({PlaceKind.EARLY, PlaceKind.MOBILE}))
"""Kinds that no unit does without: where an item is counted there and no place of them is registered, the sum is not whole."""

Page = tuple[str, str]
"""Form and slot."""


@dataclass(frozen=True, slots=True)
class PlaceFigure:
    """What stands in a cell of a place, and the position of the event that set it."""

    text: str
    position: int

    @property
    def says(self) -> bool:
        """A number, or that there is none."""
        return self.text not in ("!not_reported", "!suppressed")


@dataclass(slots=True)
class UnitPlaces:
    """The places of a unit in one election, and what each captured: the fold of their stream. `listed_at`: position of the
    list, 0 before there is one; `version`: of the stream with
    the last event that was told."""

    places: tuple[PollingPlace, ...] = ()
    listed_at: int = 0
    version: int = 0
    held: dict[Page, dict[str, dict[str, PlaceFigure]]] = field(default_factory=dict)
    captured_at: dict[tuple[str, str, str], int] = field(default_factory=dict)
    """Form, slot, number → position of the place's last capture there."""

    def apply(self, event: Event, position: int, version: int) -> None:
        """`version`: of the stream with the event. Lists that another has replaced since may be passed over."""
        self.version = version
        if isinstance(event, PollingPlacesRegistered):
            self.places, self.listed_at = event.places, position
        elif isinstance(event, PlaceFiguresCaptured):
            figures = self.held.setdefault((event.form, event.slot), {}).setdefault(event.number, {})
            figures |= {key: PlaceFigure(text, position) for key, text in event.figures.items()}
            self.captured_at[event.form, event.slot, event.number] = position

    def holding(self) -> list[tuple[str, PlaceKind]]:
        """Number and kind of the places that hold a figure somewhere."""
        numbers = {
            number
            for pages in self.held.values()
            for number, figures in pages.items()
            if any(figure.says for figure in figures.values())
        }
        return sorted({(place.number, place.kind) for place in self.places if place.number in numbers})

    def with_voters(self, kinds: frozenset[PlaceKind], polling_date: date, day: date) -> tuple[str, ...]:
        """Numbers of the places of these kinds that figures of a day are expected from, as listed."""
        return tuple(
            dict.fromkeys(
                place.number
                for place in self.places
                if place.kind in kinds and place.has_voters(polling_date, day)
            )
        )


@dataclass(frozen=True, slots=True)
class RolledCell:
    """A cell over the places that count it. `total`: of the `reported`; `missing`: numbers of places that say nothing;
    `unlisted`: kinds of places that count it, too, and of which none is registered; `position`: of the last of the figures
    in it, `positions`: of all of them."""

    key: str
    total: Decimal
    numbers: int
    reported: tuple[str, ...]
    missing: tuple[str, ...]
    unlisted: tuple[PlaceKind, ...]
    positions: tuple[int, ...]

    @property
    def expected(self) -> int:
        return len(self.reported) + len(self.missing)

    @property
    def is_whole(self) -> bool:
        return bool(self.reported) and not self.missing and not self.unlisted

    @property
    def text(self) -> str | None:
        """What the unit may take over: None while a place is missing. None of all places is none, not 0."""
        if not self.is_whole:
            return None
        return format_value(self.total) if self.numbers else "!none"


def counted_kinds(item: str) -> frozenset[PlaceKind]:
    """Of places that count an item by themselves; none for an item of the unit as a whole."""
    return COUNTED.get(item, frozenset())


def asked_kinds(items: Iterable[str]) -> frozenset[PlaceKind]:
    """Of places that a form with these items asks."""
    return frozenset().union(*(counted_kinds(item) for item in items))


def rolled_up(unit: UnitPlaces, page: Page, polling_date: date, day: date) -> list[RolledCell]:
    """Every cell that some place has captured on a page, by key."""
    figures = unit.held.get(page, {})
    keys = sorted({key for cells in figures.values() for key in cells})
    return [_rolled(unit, figures, key, polling_date, day) for key in keys]


def _rolled(
    unit: UnitPlaces,
    figures: Mapping[str, Mapping[str, PlaceFigure]],
    key: str,
    polling_date: date,
    day: date,
) -> RolledCell:
    kinds = counted_kinds(Cell.from_key(key).item)
    expected = unit.with_voters(kinds, polling_date, day)
    # What a place has counted stays in, whatever the registry has come to say of the place since.
    said = {number: cells[key] for number, cells in figures.items() if key in cells and cells[key].says}
    numbers = [
        value for figure in said.values() if not isinstance(value := parse_value(figure.text), Absence)
    ]
    listed = {place.kind for place in unit.places}
    return RolledCell(
        key,
        sum(numbers, Decimal(0)),
        len(numbers),
        tuple(dict.fromkeys([*(n for n in expected if n in said), *said])),
        tuple(number for number in expected if number not in said),
        tuple(sorted(min(usual) for usual in USUAL if kinds & usual and not listed & usual)),
        tuple(sorted({figure.position for figure in said.values()})),
    )


@dataclass(frozen=True, slots=True)
class Arrival:
    """Numbers of the places that a page expects something of, as listed: of those in `arrived` something stands."""

    arrived: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def expected(self) -> int:
        return len(self.arrived) + len(self.missing)


def arrival(
    unit: UnitPlaces, page: Page, kinds: frozenset[PlaceKind], polling_date: date, day: date
) -> Arrival:
    """Which places have sent something of a page, and which have not."""
    figures = unit.held.get(page, {})
    there = {number for number, cells in figures.items() if any(figure.says for figure in cells.values())}
    expected = unit.with_voters(kinds, polling_date, day)
    return Arrival(
        tuple(dict.fromkeys([*(number for number in expected if number in there), *sorted(there)])),
        tuple(number for number in expected if number not in there),
    )


def registered_counts(places: Sequence[PollingPlace], polling_date: date) -> dict[tuple[str, str], int]:
    """(item, breakdown) → what the registry says of it. Nothing of a kind of which no place is listed, nor of a breakdown that
    some place does not say: that the list is silent is no zero."""
    standing = {place.number: place for place in places if place.has_voters(polling_date, polling_date)}
    counts: dict[tuple[str, str], int] = {}
    for item, kinds in REGISTERED.items():
        if count := sum(place.kind in kinds for place in standing.values()):
            counts[item, ""] = count
    polling = [place for place in standing.values() if place.kind is PlaceKind.POLLING]
    if polling and all(place.district is not None for place in polling):
        counts[DISTRICTS, ""] = len({place.district for place in polling})
    main = next(iter(REGISTERED))
    closing = [code for code in DATA["closing"] if code != "at"]
    counts |= _classes(main, "closing", closing, [closing_class(place) for place in polling])
    opening = ("earlier", "regular", "later")
    counts |= _classes(main, "opening", opening, [opening_class(place) for place in polling])
    facilities = [place.facility for place in polling]
    said = sorted({facility for facility in facilities if facility is not None})
    return counts | _classes(main, "facility", said, facilities)


def _classes(
    item: str, dimension: str, codes: Iterable[str], classes: Sequence[str | None]
) -> dict[tuple[str, str], int]:
    if not classes or None in classes:
        return {}
    return {(item, f"{dimension}={code}"): classes.count(code) for code in codes}
