"""The facts of a release from its signed package: rows of its files, beside those of the release before.

Read from the very files whose hash was signed, so that no format can say another number than they do.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from reporting.domain.election import ElectionDefinition
from reporting.domain.figures import Cell
from reporting.domain.items import ItemKind, cells_of
from reporting.domain.released import kinds_in, notice_words
from reporting.domain.units import Roster
from reporting.domain.workflow_events import SlotReleased
from reporting.publication.distribution.facts import (
    Basis,
    Earlier,
    Figure,
    FigurePlace,
    Publisher,
    ReleasedFacts,
    ReleasedObservation,
    ShownValue,
    ValueStatus,
)
from reporting.publication.package import Package
from reporting.words import Words

Rows = Mapping[FigurePlace, ReleasedObservation]
"""What a package holds, by place."""


def facts_of(
    definition: ElectionDefinition,
    roster: Roster,
    head: SlotReleased,
    position: int,
    released_at: datetime,
    package: Package,
    publisher: Publisher,
    formats: int,
    before: Rows | None = None,
    previous: Mapping[FigurePlace, Earlier] | None = None,
) -> ReleasedFacts:
    """`before`: rows of the release before, None for the first; `previous`: of the election before, by today's places."""
    rows, changes = (
        rows_of(definition, roster, package, formats),
        {(change.unit, change.cell): change for change in head.changes},
    )
    under, single = frozenset(head.under_correction), frozenset(head.single_handed)
    observations = []
    for row in sorted(rows.values(), key=lambda row: in_order(row.place)):
        place = row.place
        is_return = place.figure is Figure.RETURN
        change = changes.get((place.area, place.cell.key)) if changes and is_return else None
        then = None if before is None else before.get(place)
        observations.append(
            ReleasedObservation(
                place,
                row.level,
                row.reading,
                row.basis,
                None if then is None else then.reading,
                "" if change is None else change.kind.value,
                previous.get(place) if previous else None,
                is_return and place.area in under,
                is_return and place.area in single,
            )
        )
    kinds = kinds_in(head.changes, () if head.number == 1 else head.lots)
    words = Words(*notice_words(head.number, kinds, head.corrections, head.lot_notices))
    gone = (
        ()
        if before is None
        else tuple(before[place] for place in sorted(before.keys() - rows.keys(), key=in_order))
    )
    return ReleasedFacts(
        definition, roster, head, position, released_at, words, publisher, tuple(observations), formats, gone
    )


def rows_of(definition: ElectionDefinition, roster: Roster, package: Package, formats: int) -> Rows:
    """Returns of units, and totals of areas; no total where an area is one unit, whose return it is, but for rates."""
    geography = definition.units.geography
    stated: dict[tuple[str, str, str], ValueStatus] = {}
    withheld: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    rows: dict[FigurePlace, ReleasedObservation] = {}
    cells: dict[tuple[str, ...], Cell] = {}  # few, of many rows

    def cell_of(row: Mapping[str, str]) -> Cell:
        named = (row["contest"], row["item"], row["breakdown"], row["choice"])
        return cells.get(named) or cells.setdefault(named, Cell(*named))

    for row in _read(package.files["figures.csv"]):
        cell = cell_of(row)
        unit, reading = row["unit"], _reading(row["value"])
        place = FigurePlace(Figure.RETURN, geography, unit, cell)
        basis = Basis(
            method=row.get("method", ""), places=row.get("places", ""), of_places=row.get("of_places", "")
        )
        node = roster.nodes.get((geography, unit))
        rows[place] = ReleasedObservation(place, node.level if node else "", reading, basis)
        if reading.status is ValueStatus.SUPPRESSED or (
            reading.status is ValueStatus.NOT_REPORTED and formats > 1
        ):
            for where, path in roster.places[unit].items():
                for area in path:
                    first = stated.setdefault((where, area, cell.key), reading.status)
                    if reading.status is ValueStatus.SUPPRESSED:
                        withheld[where, area, cell.key].add(unit)
                    if first is not reading.status:
                        stated[where, area, cell.key] = ValueStatus.SUPPRESSED
    items = {item.code: item for item in definition.items}
    rates = {code for code, item in items.items() if item.kind is ItemKind.RATE}
    for row in _read(package.files["totals.csv"]):
        at = (row["geography"], row["area"])
        if row["item"] not in rates and roster.sole.get(at) == row["area"]:
            continue
        cell = cell_of(row)
        rate = cell.item in rates
        parts: tuple[Cell | None, ...] = (cell,)
        if rate and formats > 1:
            parts = cells_of(items[cell.item], items, cell.contest, cell.breakdown, cell.choice)
        places = [(*at, part.key) for part in parts if part is not None]
        said = {stated.get(each) for each in places}
        reading = _total(row, rate, ValueStatus.SUPPRESSED if ValueStatus.SUPPRESSED in said else said.pop())
        place = FigurePlace(Figure.TOTAL, *at, cell)
        lacking = len(set().union(*(withheld.get(each, ()) for each in places)))
        basis = Basis(row["reported"], row["expected"], row.get("sampled", ""), withheld=lacking)
        rows[place] = ReleasedObservation(place, row["level"], reading, basis)
    return rows


def _reading(text: str) -> ShownValue:
    return (
        ShownValue("", ValueStatus(text[1:]))
        if text.startswith("!")
        else ShownValue(text, ValueStatus.REPORTED)
    )


def _total(row: Mapping[str, str], rate: bool, stated: ValueStatus | None) -> ShownValue:
    """A total without a number: nobody may say it, nobody collected it, or there is none. `stated`: what a unit said of it, or of a
    rate of a part, the first of these."""
    if row["value"]:
        return ShownValue(row["value"], ValueStatus.REPORTED)
    if rate:
        return ShownValue("", stated if stated is ValueStatus.SUPPRESSED else ValueStatus.NOT_GIVEN)
    if stated is not None:
        return ShownValue("", stated)
    return ShownValue("", ValueStatus.NOT_REPORTED if row["reported"] == "0" else ValueStatus.NONE)


def _read(data: bytes) -> Iterator[dict[str, str]]:
    return iter(csv.DictReader(io.StringIO(data.decode(), newline="")))


def in_order(place: FigurePlace) -> tuple[str, ...]:
    """How rows stand: an area's figures beside each other, item by item."""
    cell = place.cell
    return (
        place.figure, place.geography, place.area, cell.contest, cell.item, cell.breakdown, cell.choice,
    )  # fmt: skip


def places_of(observations: Iterable[ReleasedObservation]) -> Rows:
    """By place."""
    return {row.place: row for row in observations}
