"""Which cells of which elections make a series: contests, forms, slots, and what is known about each beforehand."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, NamedTuple

from projections.read import Snapshot
from projections.read.contests import Piece, SameBy, same_choices, sums_of
from projections.read.statements import texts
from projections.series.known import SQL
from reporting.domain.election import AreaRef, Choice, Contest, ElectionDefinition, Form, Slot
from reporting.domain.figures import Cell
from reporting.domain.items import Item, ItemKind, cells_of, counted_by_choice
from reporting.domain.layer import ENTERED, RELEASED, Layer, Layered
from reporting.errors import UnknownReference

ContestPlace = tuple[str, str]
"""(election, contest)."""


class LayeredSlot(NamedTuple):
    """A slot of a form, in one layer."""

    form: str
    slot: str
    layer: Layer

    def __str__(self) -> str:
        """`form/slot@layer`, as citations have it."""
        return f"{self.form}/{Layered(self.slot, self.layer)}"


class Pinned(NamedTuple):
    """Of one election, the page to read and no other."""

    election: str
    page: LayeredSlot


class CellPlace(NamedTuple):
    """One cell of an election. `election_no`: its number in the views."""

    election_no: int
    page: LayeredSlot
    key: str


class SeriesCell(NamedTuple):
    """One cell that a series asks for."""

    election: SeriesElection
    page: LayeredSlot
    key: str


@dataclass(frozen=True, slots=True)
class SeriesQuery:
    """`geography` "": the first one of the election (see `asked.with_geography`). `levels`: of the areas. `boundaries` None: as reported. `position` None: now. `kinds`: of elections. `form`, `slot`
    None: the last slot with figures of the last form that asks the item. `after`: (series, area, day, election) of the last row already seen."""

    items: tuple[str, ...]
    geography: str = ""
    areas: tuple[str, ...] | None = None
    levels: tuple[str, ...] | None = None
    since: date | None = None
    until: date | None = None
    boundaries: date | None = None
    position: int | None = None
    kinds: tuple[str, ...] | None = None
    contest: str | None = None
    contest_kind: str | None = None
    form: str | None = None
    slot: str | None = None
    breakdown: str = ""
    choice: str | None = None
    identity: str | None = None
    tests: bool = False
    comparable: bool = False
    over: SameBy | None = None
    pinned: Pinned | None = None
    after: tuple[str, str, str, str] | None = None
    limit: int = 101


@dataclass(frozen=True, slots=True)
class SeriesElection:
    """An election as defined at the position asked for; `layer`: what may be read of its slots."""

    number: int
    definition: ElectionDefinition
    layer: Layer
    open_slot: Callable[[Form, Slot], bool] = field(default=lambda form, slot: True)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One cell of one election, or two of a rate."""

    election: SeriesElection
    contest: Contest
    item: Item
    form: Form
    slot: Slot
    layer: Layer
    cell: Cell
    divisor: Cell | None
    usual: bool
    wished: bool = True
    """Whether it was asked for; else it is read because something asked for is compared with it."""
    pieces: tuple[Piece, ...] = ()
    """Of a sum over contests: the cells it is made of."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Cells that say whether a slot has figures of it: of a rate those above the line."""
        return tuple(piece.key for piece in self.pieces if not piece.below) or (self.cell.key,)

    @property
    def ranked(self) -> bool:
        """Whether who it is of stands against others for one seat."""
        plain = self.item.kind is not ItemKind.RATE and not self.pieces
        return plain and self.cell.choice != "" and self.contest.seats == 1

    @property
    def every_key(self) -> tuple[str, ...]:
        """All cells it is made of."""
        parts = (self.cell, self.divisor) if not self.pieces else ()
        return (*(piece.key for piece in self.pieces), *(cell.key for cell in parts if cell is not None))

    @property
    def series(self) -> str:
        """Sorts and tells apart series: kind of election, contest, item, breakdown, and who. What follows what in one
        is settled by `lines`: a contest's code alone may be another town's, too."""
        kind = self.election.definition.kind
        return f"{kind}|{self.contest.code}|{self.item.code}|{self.cell.breakdown}|{self.who}"

    @property
    def who(self) -> str:
        """The choice by its identity, so that a party that changed its name goes on; else by its code; "" without."""
        identity = identity_of(self.contest, self.cell.choice)
        return f"={identity}" if identity else self.cell.choice

    @property
    def choice(self) -> Choice | None:
        return next((choice for choice in self.contest.choices if choice.code == self.cell.choice), None)

    @property
    def page(self) -> LayeredSlot:
        return LayeredSlot(self.form.code, self.slot.code, self.layer)

    @property
    def place(self) -> str:
        """`form/slot@layer` where it is not the item's last slot; as a citation has it."""
        return "" if self.usual else str(self.page)

    @property
    def provisional(self) -> bool:
        return self.slot is not self.form.slots[-1]

    @property
    def conf(self) -> str:
        closed = self.election.definition.workflow is not None and self.layer != RELEASED
        return "N" if closed or not self.slot.public else "F"


def plan(
    elections: Sequence[SeriesElection],
    query: SeriesQuery,
    holds: Callable[[list[SeriesCell]], set[int]],
    beside: Collection[ContestPlace] = (),
) -> list[Wanted]:
    """`holds`: which of the cells have figures, by place; `beside`: contests that are read
    because those asked for follow them. UnknownReference for an item that none of the elections has."""
    same = {
        identity
        for election in elections
        for contest in election.definition.contests
        if query.choice and (identity := identity_of(contest, query.choice))
    }
    offers: list[list[Wanted]] = []
    known_items: set[str] = set()
    for election in elections:
        items = {item.code: item for item in election.definition.items}
        known_items |= items.keys()
        if query.over is not None:
            offers += [
                offer
                for code in query.items
                if code in items
                for offer in _offers_over(election, items, items[code], query, query.over)
            ]
            continue
        for contest in election.definition.contests:
            wished = query.contest in (None, contest.code)
            followed = (election.definition.code, contest.code) in beside
            if not (wished or followed) or query.contest_kind not in (None, contest.kind):
                continue
            for code in query.items:
                if code in items:
                    for offer in _offers(election, contest, items, items[code], query, same):
                        offers.append(
                            offer if wished else [replace(sought, wished=False) for sought in offer]
                        )
    for code in query.items if elections else ():
        if code not in known_items:
            raise UnknownReference(kind="item", found=code, among=known_items)
    flat = [(sought, key) for offer in offers for sought in offer for key in sought.keys]
    held = holds([SeriesCell(sought.election, sought.page, key) for sought, key in flat])
    having = {id(flat[place][0]) for place in held}
    return [next((sought for sought in offer if id(sought) in having), offer[0]) for offer in offers]


def concerned(definition: ElectionDefinition, query: SeriesQuery) -> bool:
    """Whether an election belongs to the series asked for."""
    return (
        query.geography in definition.geographies
        and (query.tests or not definition.is_test)
        and (query.kinds is None or definition.kind in query.kinds)
        and (query.until is None or definition.polling_date <= query.until)
    )


def _offers(
    election: SeriesElection,
    contest: Contest,
    items: dict[str, Item],
    item: Item,
    query: SeriesQuery,
    same: Collection[str],
) -> Iterator[list[Wanted]]:
    """For each choice: the slots it may be read from, the last first. None where the breakdown is not asked. `same`:
    identities of the choice asked for, read under whatever code."""
    entered = items[item.numerator] if item.numerator else item
    by_choice = counted_by_choice(item, items)
    dimensions = tuple(part.split("=")[0] for part in query.breakdown.split(",")) if query.breakdown else ()
    if dimensions and dimensions not in entered.breakdowns:
        return
    places = _places(election, contest.kind, item, query)
    choices = [choice.code for choice in contest.choices] if by_choice else [""]
    asked_for = {
        choice
        for choice in choices
        if query.choice in (None, choice)
        and (query.identity is None or identity_of(contest, choice) == query.identity)
    }
    rivals = bool(asked_for) and by_choice and item.kind is not ItemKind.RATE and contest.seats == 1
    for choice in choices:
        wished = choice in asked_for
        if query.identity is not None and not wished and not rivals:
            continue
        if places and (wished or rivals or identity_of(contest, choice) in same):
            cell, divisor = cells_of(item, items, contest.code, query.breakdown, choice)
            yield [
                Wanted(
                    election, contest, item, place.form, place.slot, place.layer, cell, divisor, place.usual, wished
                )
                for place in places
            ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an item may be read from. `usual`: from its last slot, in the layer that everybody sees."""

    form: Form
    slot: Slot
    layer: Layer
    usual: bool


def _places(election: SeriesElection, kind: str, item: Item, query: SeriesQuery) -> list[_Place]:
    """Of contests of this kind, the last slot first; none where no form asks it."""
    layer, form_code, slot_code = election.layer, query.form, query.slot
    if query.pinned is not None and query.pinned.election == election.definition.code:
        form_code, slot_code, layer = query.pinned.page
    asking = [
        form
        for form in election.definition.forms
        if item.code in form.items and (not form.contest_kinds or kind in form.contest_kinds)
    ]
    forms = [form for form in asking if form_code in (None, form.code)]
    if not forms:
        return []
    form = forms[-1]
    usual_layer = RELEASED if election.definition.workflow is not None else ENTERED
    return [
        _Place(
            form, slot, layer, form is asking[-1] and slot is form.slots[-1] and layer == usual_layer
        )
        for slot in reversed(form.slots)
        if slot_code in (None, slot.code) and election.open_slot(form, slot)
    ]  # fmt: skip


EVERYWHERE = "*"
"""The area of contests added up: what follows what does not depend on where they are."""


def _offers_over(
    election: SeriesElection, items: dict[str, Item], item: Item, query: SeriesQuery, by: SameBy
) -> Iterator[list[Wanted]]:
    """The same for the contests of a kind added up, as one contest whose choices are parties or persons."""
    kind = query.contest_kind or ""
    contests = [contest for contest in election.definition.contests if contest.kind == kind]
    places = _places(election, kind, item, query)
    entered = items[item.numerator] if item.numerator else item
    dimensions = tuple(part.split("=")[0] for part in query.breakdown.split(",")) if query.breakdown else ()
    if not contests or not places or (dimensions and dimensions not in entered.breakdowns):
        return
    same = same_choices(contests, by)
    whole = Contest.model_construct(
        code=kind, label=contests[0].label, kind=kind, without=(), seats=0, withdrawn=None,
        area=AreaRef.model_construct(geography=election.definition.units.geography, area=EVERYWHERE),
        choices=tuple(
            Choice.model_construct(
                code=choice.key, name=choice.name, identity=choice.identity or None,
                party=None, number=None, withdrawn=None,
            )
            for choice in same
        ),
    )  # fmt: skip
    for wanted_sum in sums_of(item, items, contests, same, query.breakdown):
        if query.choice not in (None, wanted_sum.choice) or query.identity not in (None, wanted_sum.identity):
            continue
        cell = Cell(kind, item.code, query.breakdown, wanted_sum.choice)
        yield [
            Wanted(
                election, whole, item, place.form, place.slot, place.layer, cell, None, place.usual,
                pieces=wanted_sum.pieces,
            )
            for place in places
        ]  # fmt: skip


def identity_of(contest: Contest, choice: str) -> str | None:
    """Who a choice is across elections; None where nobody has said so."""
    return next((option.identity for option in contest.choices if option.code == choice), None)


def cell_numbers(snapshot: Snapshot, asked: Sequence[CellPlace]) -> dict[int, int]:
    """Place in the list → cell_no of those that exist in the live views."""
    if not asked:
        return {}
    values = {
        "election_nos": [place.election_no for place in asked],
        "forms": texts(place.page.form for place in asked),
        "slots": texts(place.page.slot for place in asked),
        "layers": texts(place.page.layer.code for place in asked),
        "keys": texts(place.key for place in asked),
    }
    return {place - 1: cell for place, cell in snapshot.fetch(SQL["cells_of"], values)}


def plan_columns(
    wanted: Sequence[Wanted], cells: Sequence[int | None], divisors: Sequence[int | None]
) -> dict[str, Any]:
    """Parameters of the CTE `wanted`."""
    every = [sought.series for sought in wanted]
    series_at = {series: n for n, series in enumerate(sorted(set(every)))}
    when = [(sought.election.definition.polling_date, sought.election.definition.code) for sought in wanted]
    turns = {at: n for n, at in enumerate(sorted(set(when)))}
    return {
        "series_at": [series_at[series] for series in every],
        "turns": [turns[at] for at in when],
        "election_nos": [sought.election.number for sought in wanted],
        "elections": [sought.election.definition.code for sought in wanted],
        "days": [sought.election.definition.polling_date for sought in wanted],
        "registries": [sought.election.definition.registry for sought in wanted],
        "kinds": [sought.election.definition.kind for sought in wanted],
        "contests": [sought.contest.code for sought in wanted],
        "items": [sought.item.code for sought in wanted],
        "choices": [sought.cell.choice for sought in wanted],
        "choice_names": [sought.choice.name if sought.choice else "" for sought in wanted],
        "identities": [(sought.choice.identity if sought.choice else None) or "" for sought in wanted],
        "series": every,
        "forms": [sought.form.code for sought in wanted],
        "slots": [sought.slot.code for sought in wanted],
        "cells": list(cells),
        "divisors": list(divisors),
        "rates": [sought.item.kind is ItemKind.RATE for sought in wanted],
        "decimals": [sought.item.decimals for sought in wanted],
        "roundings": [sought.item.rounding for sought in wanted],
        "progress": [sought.item.progress for sought in wanted],
        "definitions": [sought.item.version for sought in wanted],
        "provisional": [sought.provisional for sought in wanted],
        "sampled": [sought.slot.method != "full" for sought in wanted],
        "conf": [sought.conf for sought in wanted],
        "sources": [sought.election.definition.source or "" for sought in wanted],
    }
