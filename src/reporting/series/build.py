"""A whole series: as reported or re-based, with breaks marked and the previous election beside each observation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from reporting.domain.figures import rounded
from reporting.lineage.graph import Lineage
from reporting.series.amounts import exact_decimal
from reporting.series.breaks import Break, find_breaks, mark
from reporting.series.declared import DeclaredBreak, ItemVersion
from reporting.series.model import Observation, SeriesKey
from reporting.series.rebase import RateItem, Unplaced, rate_of, rebase


@dataclass(frozen=True, slots=True)
class Row:
    """An observation, the one of the previous election in the same series, and the difference (for rates in points,
    from the exact fractions, rounded once); None where either is no number or lacks a reporting area."""

    observation: Observation
    previous: Observation | None
    difference: Decimal | None


@dataclass(frozen=True, slots=True)
class Series:
    rows: tuple[Row, ...]
    breaks: tuple[Break, ...]
    unplaced: tuple[Unplaced, ...] = ()


def build(
    observations: Iterable[Observation],
    *,
    lineage: Lineage | None = None,
    boundaries: date | None = None,
    areas: Iterable[str] | None = None,
    rates: Iterable[RateItem] = (),
    declared: Iterable[DeclaredBreak] = (),
    versions: Mapping[tuple[str, int], ItemVersion] | None = None,
) -> Series:
    """`boundaries` None: as reported (rates not given are made of the counts). A date needs a lineage."""
    rates = tuple(rates)
    unplaced: tuple[Unplaced, ...] = ()
    if boundaries is None:
        wanted = None if areas is None else set(areas)
        members = tuple(
            observation for observation in observations if wanted is None or observation.area in wanted
        )
        members += tuple(_missing_rates(members, rates))
    else:
        if lineage is None:
            raise ValueError("boundaries need a lineage")
        done = rebase(observations, lineage, boundaries, rates, areas)
        members, unplaced = done.observations, done.unplaced
    breaks = find_breaks(members, lineage, declared, versions)
    return Series(_rows(mark(members, breaks)), breaks, unplaced)


def _missing_rates(members: Iterable[Observation], rates: Iterable[RateItem]) -> Iterable[Observation]:
    by_cell = {(member.key, member.election): member for member in members}
    for wanted in rates:
        for (key, election), top in by_cell.items():
            if key.item != wanted.numerator:
                continue
            bottom = by_cell.get((_with_item(key, wanted.denominator), election))
            if bottom is not None and (_with_item(key, wanted.item), election) not in by_cell:
                yield rate_of(wanted, top, bottom)


def _with_item(key: SeriesKey, item: str) -> SeriesKey:
    return SeriesKey(key.geography, key.area, key.contest, item, key.breakdown)


def _rows(members: Iterable[Observation]) -> tuple[Row, ...]:
    """By series, then date."""
    ordered = sorted(members, key=lambda one: (_order(one.key), one.day, one.election))
    rows: list[Row] = []
    for one in ordered:
        before = rows[-1].observation if rows and rows[-1].observation.key == one.key else None
        difference = None
        if before is not None and before.coverage.whole and one.coverage.whole:
            difference = _difference(one, before)
        rows.append(Row(one, before, difference))
    return tuple(rows)


def _difference(observation: Observation, before: Observation) -> Decimal | None:
    if not isinstance(before.value, Decimal) or not isinstance(observation.value, Decimal):
        return None
    if observation.exact is None or before.exact is None:
        return exact_decimal(Fraction(observation.value) - Fraction(before.value))
    exponent = observation.value.as_tuple().exponent
    return rounded(observation.exact - before.exact, -int(exponent), observation.rounding)


def _order(key: SeriesKey) -> tuple[str, ...]:
    return (key.geography, key.contest, key.item, key.breakdown, key.area)
