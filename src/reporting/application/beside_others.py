"""A return held against what it should resemble: the election before, the form's slots before, and the units beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from statistics import median

from reporting.application.findings import Findings
from reporting.application.opened import OpenReturn
from reporting.domain.figures import Cell, Value, format_value
from reporting.rules.context import Context, Figures
from reporting.words import Words

BASES = ("electors", "registered_electors", "voters", "ballots_counted")
"""What a figure is a share of, where units of other sizes are compared: the first that both have, and that is not the figure itself."""
ENOUGH = 3
"""Fewer units beside it would tell what each of them reported."""
PERCENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Siblings:
    """Shares (percent) of so many units beside it: the least, the middle, the most."""

    count: int
    least: Decimal
    middle: Decimal
    most: Decimal


@dataclass(frozen=True, slots=True)
class CellBeside:
    """`previous`, `earlier`: the same cell in the election before and in the form's last slot before this one that has it
    (`earlier_slot`), as canonical texts. `base`: the item that `share` (percent) and those of the siblings are of."""

    key: str
    previous: str | None
    earlier: str | None
    earlier_slot: str | None
    base: str | None
    share: Decimal | None
    siblings: Siblings | None


@dataclass(frozen=True, slots=True)
class BesideOthers:
    """`previous_named`: which election that is, and over which areas of then."""

    previous_named: Words
    cells: tuple[CellBeside, ...]


def beside_others(findings: Findings, opened: OpenReturn, sees: Callable[[str], bool]) -> BesideOthers:
    """Every cell that stands. `sees`: whether the reader may see a unit's figures before their release: of others nothing is said."""
    context = findings.context(opened)
    beside = [figures for unit, figures in context.neighbours.items() if sees(unit)]
    cells = tuple(_cell(context, key, beside) for key in sorted(context.figures))
    return BesideOthers(context.previous_named, cells)


def _cell(context: Context, key: str, beside: list[Figures]) -> CellBeside:
    earlier = [(slot, figures[key]) for slot, figures in context.earlier.items() if key in figures]
    base = _base(context.figures, key)
    shares = sorted(share for figures in beside if base and (share := _share(figures, key, base)) is not None)
    return CellBeside(
        key,
        _text(context.previous_slot.get(key, context.previous.get(key))),
        _text(earlier[-1][1]) if earlier else None,
        earlier[-1][0] if earlier else None,
        base,
        _share(context.figures, key, base) if base else None,
        Siblings(len(shares), shares[0], median(shares).quantize(PERCENT, ROUND_HALF_UP), shares[-1])
        if len(shares) >= ENOUGH
        else None,
    )


def _base(figures: Figures, key: str) -> str | None:
    cell = Cell.from_key(key)
    for item in BASES:
        if item == cell.item and not cell.breakdown:
            return None
        if isinstance(figures.get(Cell(cell.contest, item).key), Decimal):
            return item
    return None


def _share(figures: Figures, key: str, base: str) -> Decimal | None:
    value, whole = figures.get(key), figures.get(Cell(Cell.from_key(key).contest, base).key)
    if not isinstance(value, Decimal) or not isinstance(whole, Decimal) or not whole:
        return None
    return (100 * value / whole).quantize(PERCENT, ROUND_HALF_UP)


def _text(value: Value | None) -> str | None:
    return None if value is None else format_value(value)
