"""What the product's series must be equal to: as reported or re-based one by one, with breaks marked and the previous election
beside each observation. The product does the same set-wise, in SQL (`projections.series`); the two share only the lineage's
shares and the rules of breaks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from reporting.domain.figures import rounded
from reporting.lineage.graph import Lineage
from reporting.series.amounts import exact_decimal
from reporting.series.breaks import Break, find_breaks
from reporting.series.declared import Cause, DeclaredBreak, ItemVersion
from reporting.series.model import Observation, ObsStatus, SeriesKey, statuses
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


def mark(observations: Iterable[Observation], breaks: Iterable[Break]) -> tuple[Observation, ...]:
    """B and the pre-break value on the first observation after each break that is not bridged (area breaks always: the
    figure as reported stays on its new ground), D where only a bridged definition is new; in the given order.

    The pre-break value is the last one before the break, on the old basis: the new period was never counted on it.
    """
    given, breaks = tuple(observations), tuple(breaks)
    values = {(one.key, one.election): one.value for one in given}
    starts = {
        (one.key, one.after): values.get((one.key, one.before))
        for one in breaks
        if one.cause in (Cause.AREA, Cause.REDISTRICTING) or not one.bridge
    }
    other = {(one.key, one.after) for one in breaks if one.cause is Cause.ITEM_DEFINITION and one.bridge}

    def marked(observation: Observation) -> Observation:
        place = (observation.key, observation.election)
        if place in starts:
            return replace(
                observation,
                status=statuses(observation.status, [ObsStatus.BREAK]),
                pre_break_value=starts[place],
            )
        return (
            replace(observation, status=statuses(observation.status, [ObsStatus.DEFINITION]))
            if place in other
            else observation
        )

    return tuple(map(marked, given))
