"""What the polling places of a unit say of a return, offered to the unit as prefill: nothing of it enters the return by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from reporting.application.catalog import KnownElection
from reporting.domain.election import ElectionDefinition
from reporting.domain.figures import Cell
from reporting.domain.opening import zone
from reporting.domain.polling_place_events import PollingPlacesRegistered
from reporting.domain.polling_places import PlaceKind
from reporting.domain.returns import CellProblem, TypedCell
from reporting.domain.rolled_up import (
    COUNTED,
    DISTRICTS,
    REGISTERED,
    REPORTED,
    Arrival,
    RolledCell,
    UnitPlaces,
    arrival,
    asked_kinds,
    registered_counts,
    rolled_up,
)
from reporting.ledger import Ledger, Recorded
from reporting.ledger.streams import polling_places_stream

ANSWERED = frozenset({*COUNTED, *REGISTERED, REPORTED, DISTRICTS})
"""Items of which polling places say anything."""


@dataclass(frozen=True, slots=True)
class SaidByPlaces:
    """A value for a cell of the unit: of so many `places`, all that there are; `position` of the last event it rests on, `typed_at` of
    all of them."""

    text: str
    places: int
    position: int
    typed_at: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PageOfPlaces:
    """A form and slot of a unit over its places."""

    unit: UnitPlaces
    cells: tuple[RolledCell, ...]
    arrival: Arrival


def places_of(ledger: Ledger, election: str, unit: str, form: str, slot: str) -> UnitPlaces:
    """A unit's list, and what was captured for a form and slot."""
    stream = polling_places_stream(election, unit)
    return fold_of(ledger.of_page(stream, (form, slot), PollingPlacesRegistered.type))


def fold_of(events: Iterable[Recorded]) -> UnitPlaces:
    """Of events of one unit's stream."""
    folded = UnitPlaces()
    for recorded in events:
        folded.apply(recorded.event, recorded.position, recorded.stream_version)
    return folded


def places_of_all(ledger: Ledger, election: str, units: Iterable[str]) -> dict[str, UnitPlaces]:
    """By unit, in one read."""
    streams = {polling_places_stream(election, unit): unit for unit in units}
    folds = {unit: UnitPlaces() for unit in streams.values()}
    for recorded in ledger.streams(list(streams), PollingPlacesRegistered.type):
        fold = folds[streams[recorded.stream_id]]
        fold.apply(recorded.event, recorded.position, recorded.stream_version)
    return folds


def day_of(definition: ElectionDefinition, form: str, slot: str) -> date:
    """The day that figures of a slot are of: of its cut-off, where that is before the polling day."""
    cut_off = definition.form(form).slot(slot).cut_off
    day = definition.polling_date
    return day if cut_off is None else min(day, cut_off.astimezone(zone(definition)).date())


def kinds_asked(
    defined: KnownElection, form: str, slot: str, unit: str | None = None
) -> frozenset[PlaceKind]:
    """Of places that are asked for a page, of anybody or of one unit."""
    return asked_kinds(defined.shape(form, slot, unit).items())


def page_of_places(
    defined: KnownElection, folded: UnitPlaces, form: str, slot: str, unit: str
) -> PageOfPlaces:
    definition, page = defined.definition, (form, slot)
    polling_date, day = definition.polling_date, day_of(definition, form, slot)
    kinds = kinds_asked(defined, form, slot, unit)
    return PageOfPlaces(
        folded,
        tuple(rolled_up(folded, page, polling_date, day)),
        arrival(folded, page, kinds, polling_date, day),
    )


def said_by_places(
    ledger: Ledger, defined: KnownElection, form: str, slot: str, unit: str
) -> dict[str, SaidByPlaces]:
    """By cell key, of a page: sums to which no place is missing, and what the registry of the places counts. Asks the log only for
    a form with an item that places answer."""
    shape = defined.shape(form, slot, unit)
    if ANSWERED.isdisjoint(shape.items()):
        return {}
    folded = places_of(ledger, defined.definition.code, unit, form, slot)
    if not folded.places:
        return {}
    items = shape.items()
    contests = defined.contests_of_unit.get(unit, frozenset())
    page = page_of_places(defined, folded, form, slot, unit)
    asked = [code for code in shape.contests() if code in contests]
    return {
        key: said
        for key, said in (*_summed(page), *_listed(defined, page, asked), *_arrived(defined, page, asked, (form, slot)))
        if (cell := Cell.from_key(key)).item in items
        and not isinstance(shape.problem(TypedCell(cell, said.text), contests), CellProblem)
    }  # fmt: skip


def _summed(page: PageOfPlaces) -> Iterator[tuple[str, SaidByPlaces]]:
    for cell in page.cells:
        if (text := cell.text) is not None:
            yield cell.key, SaidByPlaces(text, len(cell.reported), max(cell.positions), cell.positions)


def _listed(
    defined: KnownElection, page: PageOfPlaces, contests: list[str]
) -> Iterator[tuple[str, SaidByPlaces]]:
    folded = page.unit
    counts = registered_counts(folded.places, defined.definition.polling_date)
    for (item, breakdown), count in counts.items():
        said = SaidByPlaces(str(count), len(folded.places), folded.listed_at, (folded.listed_at,))
        for contest in contests:
            yield Cell(contest, item, breakdown).key, said


def _arrived(
    defined: KnownElection, page: PageOfPlaces, contests: list[str], at: tuple[str, str]
) -> Iterator[tuple[str, SaidByPlaces]]:
    """How many polling places have reported, once all have."""
    polling_date = defined.definition.polling_date
    polling = arrival(page.unit, at, frozenset({PlaceKind.POLLING}), polling_date, polling_date)
    positions = tuple(sorted(page.unit.captured_at[(*at, number)] for number in polling.arrived))
    if not positions or polling.missing:
        return
    listed = {place.number for place in page.unit.places if place.kind is PlaceKind.POLLING}
    count = len(listed.intersection(polling.arrived))
    said = SaidByPlaces(str(count), count, positions[-1], positions)
    for contest in contests:
        yield Cell(contest, REPORTED).key, said
