"""What a form asks of one unit: every cell in the form's order, in words, so that a page or a sheet can be drawn from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from reporting.application.catalog import KnownElection
from reporting.application.opened import OpenReturn
from reporting.definitions.scopes import asked
from reporting.domain.election import Choice, Contest, ElectionDefinition
from reporting.domain.figures import Cell
from reporting.domain.items import Item, ItemKind
from reporting.rules.whole import asked_of
from reporting.words import Words, listed


@dataclass(frozen=True, slots=True)
class AskedCell:
    """`cell`: its place; `item`, `breakdown` (None: the total): in words; `choice`: as on the official list, with its place
    there and its party; `decimals` it may have; `signed`: it may be below zero."""

    cell: Cell
    item: Words
    breakdown: Words | None
    choice: Choice | None
    decimals: int
    signed: bool

    @property
    def key(self) -> str:
        return self.cell.key


@dataclass(frozen=True, slots=True)
class AskedContest:
    """One contest the unit votes on, with its cells in the form's order."""

    contest: Contest
    cells: tuple[AskedCell, ...]


def asked_contests(opened: OpenReturn) -> tuple[AskedContest, ...]:
    """The contests of the return's form that its unit votes on."""
    return contests_asked(opened.defined, *opened.place.within)


def contests_asked(
    election: KnownElection, form_code: str, slot_code: str, unit: str
) -> tuple[AskedContest, ...]:
    """The same of any form, slot and unit of an election."""
    definition, form = election.definition, election.form(form_code, slot_code)
    items = [
        item for item in asked(definition, form, election.roster, unit) if item.kind is not ItemKind.RATE
    ]
    contests = election.shape(form_code, slot_code, unit).contests()
    return tuple(
        AskedContest(contest, tuple(_cells(definition, contest, items)))
        for code, contest in contests.items()
        if code in election.contests_of_unit[unit]
    )


def _cells(definition: ElectionDefinition, contest: Contest, items: list[Item]) -> Iterator[AskedCell]:
    for item in items:
        choices: tuple[Choice | None, ...] = (
            asked_of(definition, contest, item) if item.by_choice else (None,)
        )
        for choice in choices:
            for breakdown, words in _breakdowns(definition, item):
                yield AskedCell(
                    Cell(contest.code, item.code, breakdown, choice.code if choice else ""),
                    item.label.words,
                    words,
                    choice,
                    3 if item.kind is ItemKind.VOTES else 0,
                    item.signed,
                )


def _breakdowns(definition: ElectionDefinition, item: Item) -> Iterator[tuple[str, Words | None]]:
    """(stored breakdown, its words): the parts of each combination, the total last."""
    dimensions = {dimension.code: dimension for dimension in definition.dimensions}
    for combination in item.breakdowns:
        names = sorted(combination)
        for values in product(*(dimensions[name].values for name in names)):
            stored = ",".join(f"{name}={value.code}" for name, value in zip(names, values, strict=True))
            yield (
                stored,
                listed(value.label.words for value in values),
            )
    yield "", None
