"""Which totals are asked for, and the cells that means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reporting.domain.election import Contest, ElectionDefinition
from reporting.domain.figures import Rounding
from reporting.domain.items import cells_of, counted_by_choice
from reporting.domain.layer import ENTERED, Layer
from reporting.errors import UnknownReference


@dataclass(frozen=True, slots=True)
class ElectionsWanted:
    """Which elections are listed; all, as nothing is said. `after`: those behind this code; `area`: of which a unit in it reports, or did (`*`: any);
    `at_desk`: whose returns go through offices; `containing`: whose code or name holds this text; `codes`: of these."""

    after: str | None = None
    area: str | None = None
    at_desk: bool = False
    is_test: bool | None = None
    containing: str | None = None
    codes: list[str] | None = None


@dataclass(frozen=True, slots=True)
class TotalsQuery:
    """Which totals. `items` empty: every item of the form; `choices` None: all of the contest for items that have
    them. `after`: (area code, cell number) of the last row already seen."""

    form: str
    slot: str
    contest: str
    geography: str
    items: tuple[str, ...] = ()
    breakdown: str = ""
    choices: tuple[str, ...] | None = None
    level: str | None = None
    areas: tuple[str, ...] | None = None
    parent_no: int | None = None
    after: tuple[str, int] | None = None
    limit: int = 101
    layer: Layer = ENTERED


@dataclass(frozen=True, slots=True)
class WantedCell:
    """A cell asked for: `key` of the figure, of a rate the key above the line; `divisor`: the key below it."""

    item: str
    breakdown: str
    choice: str
    key: str
    divisor: str | None
    decimals: int
    rounding: Rounding
    progress: bool


def wanted_cells(definition: ElectionDefinition, query: TotalsQuery) -> list[WantedCell]:
    """Every cell asked for; UnknownReference for what the election does not have."""
    form = definition.form(query.form)
    form.slot(query.slot)
    contest = definition.contest(query.contest)
    if query.geography not in definition.geographies:
        raise UnknownReference(kind="geography", found=query.geography, among=definition.geographies)
    items = {item.code: item for item in definition.items}
    cells: list[WantedCell] = []
    for code in query.items or form.items:
        if code not in form.items:
            raise UnknownReference(kind="item", found=code, among=form.items, within=form.code)
        item = items[code]
        for choice in _choices(contest, query.choices) if counted_by_choice(item, items) else ("",):
            top, below = cells_of(item, items, contest.code, query.breakdown, choice)
            divisor = below.key if below else None
            cells.append(
                WantedCell(
                    code,
                    query.breakdown,
                    choice,
                    top.key,
                    divisor,
                    item.decimals,
                    item.rounding,
                    item.progress,
                )
            )
    return cells


def rivals(contest: Contest) -> list[str]:
    """Codes of who stand against each other for the one seat of a contest; none where it has more, or nobody stands: what
    those who lose have of the first one's votes is asked of single seats alone."""
    return [choice.code for choice in contest.choices] if contest.seats == 1 else []


def _choices(contest: Contest, asked: Sequence[str] | None) -> list[str]:
    codes = [choice.code for choice in contest.choices]
    if asked is None:
        return codes
    if unknown := [code for code in asked if code not in codes]:
        raise UnknownReference(kind="choice", found=unknown[0], among=codes, within=contest.code)
    return list(asked)
