"""As-reported observations on the boundaries of any day.

Counts go with the lineage's shares, in exact arithmetic; rates are made anew from re-based counts. Nothing is lost in
silence: every amount is in an observation or among `unplaced`, so both add up to what was reported.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from reporting.domain.figures import Absence, Rounding, Value, rate
from reporting.errors import ReportingError
from reporting.lineage.graph import Lineage
from reporting.lineage.shares import Share
from reporting.series.amounts import exact_decimal, joined, number_of
from reporting.series.model import (
    WHY_MISSING,
    ConfStatus,
    Coverage,
    Observation,
    ObsStatus,
    missing,
    statuses,
)


@dataclass(frozen=True, slots=True)
class RateItem:
    """A rate and the count items it is made of; rounded half up. `progress`: how far something is: never at an end that
    is not reached, and of an area only where all its units reported."""

    item: str
    numerator: str
    denominator: str
    decimals: int = 2
    version: int = 1
    progress: bool = False
    rounding: Rounding = "half_up"


@dataclass(frozen=True, slots=True)
class Unplaced:
    """Part of a reported value that no observation holds. `amount`: exact; `reason`: `unknown_share` (nobody has said
    how the area divides), `with_unknown` (goes to an area that also gets an unknown share), `ended` (no successor),
    `not_asked_for`, or the code of the error (`unknown_reference`, `area_not_alive`)."""

    observation: Observation
    amount: Fraction
    into: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Rebased:
    observations: tuple[Observation, ...]
    unplaced: tuple[Unplaced, ...]


class _Group(NamedTuple):
    geography: str
    election: str
    day: date
    contest: str
    item: str
    breakdown: str


OF_ONE_FIGURE = {ObsStatus.BREAK, ObsStatus.DEFINITION, *WHY_MISSING.values()}
"""Flags that a sum does not take from its parts."""


@dataclass(slots=True)
class _Target:
    parts: list[tuple[Observation, Share]] = field(default_factory=list)


def rebase(
    observations: Iterable[Observation],
    lineage: Lineage,
    boundaries: date,
    rates: Iterable[RateItem] = (),
    areas: Iterable[str] | None = None,
) -> Rebased:
    """Observations of areas alive on `boundaries`, by election and area. `areas`: exactly these (missing ones as O);
    None: all that anything was reported for. Observations of rate items are dropped and made anew."""
    made_of = {rate_item.item: rate_item for rate_item in rates}
    groups: dict[_Group, list[Observation]] = defaultdict(list)
    for observation in observations:
        if observation.item not in made_of:
            groups[
                _Group(
                    observation.geography,
                    observation.election,
                    observation.day,
                    observation.contest,
                    observation.item,
                    observation.breakdown,
                )
            ].append(observation)
    wanted = None if areas is None else tuple(dict.fromkeys(areas))
    rebased: list[Observation] = []
    unplaced: list[Unplaced] = []
    for group, members in groups.items():
        placed, left = _rebase_group(group, members, lineage, boundaries, wanted)
        rebased += placed
        unplaced += left
    rebased += _rates(rebased, made_of.values())
    rebased.sort(
        key=lambda observation: (
            observation.day,
            observation.election,
            observation.geography,
            observation.contest,
            observation.item,
            observation.breakdown,
            observation.area,
        )
    )
    return Rebased(tuple(rebased), tuple(unplaced))


def _rebase_group(
    group: _Group,
    members: list[Observation],
    lineage: Lineage,
    boundaries: date,
    wanted: tuple[str, ...] | None,
) -> tuple[list[Observation], list[Unplaced]]:
    targets: dict[str, _Target] = defaultdict(_Target)
    unplaced: list[Unplaced] = []
    for member in members:
        try:
            shares = lineage.shares(member.area, member.day, boundaries)
        except ReportingError as wrong:
            unplaced.append(Unplaced(member, number_of(member.value), (), wrong.code))
            continue
        for code, share in shares.items():
            targets[code].parts.append((member, share))
        weights = [share.weight for share in shares.values()]
        if any(weight is None for weight in weights):
            amount = number_of(member.value) * (1 - sum((weight or 0 for weight in weights), Fraction(0)))
            into = tuple(code for code, share in shares.items() if share.weight is None)
            unplaced.append(Unplaced(member, amount, into, "unknown_share"))
        elif (rest := 1 - sum((weight or 0 for weight in weights), Fraction(0))) > 0:
            unplaced.append(Unplaced(member, number_of(member.value) * rest, (), "ended"))
    present = {member.area for member in members}
    observations: list[Observation] = []
    for code in sorted(targets) if wanted is None else wanted:
        parts = targets[code].parts if code in targets else []
        absent = _expected(lineage, code, boundaries, group.day) - present
        observations.append(_observation(group, code, boundaries, parts, len(absent)))
    for code, target in targets.items():
        unknown = any(share.weight is None for _member, share in target.parts)
        if unknown or (wanted is not None and code not in wanted):
            for member, share in target.parts:
                if share.weight is not None and (amount := number_of(member.value) * share.weight):
                    unplaced.append(
                        Unplaced(member, amount, (code,), "with_unknown" if unknown else "not_asked_for")
                    )
    return observations, unplaced


def _expected(lineage: Lineage, code: str, boundaries: date, day: date) -> set[str]:
    try:
        return set(lineage.contributors(code, boundaries, day))
    except ReportingError:
        return set()


def _observation(
    group: _Group, code: str, boundaries: date, parts: list[tuple[Observation, Share]], absent: int
) -> Observation:
    """One area's value from what was reported for its parts. A sum that lacks a part says so in its coverage; one
    with a part of unknown size is no number."""
    unknown = any(share.weight is None for _member, share in parts)
    estimated = [share for _member, share in parts if not share.exact]
    value = None if unknown else _sum(parts)
    status = statuses(
        *(set(member.status) - OF_ONE_FIGURE for member, _share in parts),
        [ObsStatus.ESTIMATED] if estimated and isinstance(value, Decimal) else [],
        missing(value),
    )
    positions = [member.position for member, _share in parts if member.position is not None]
    return Observation(
        area=code,
        election=group.election,
        day=group.day,
        item=group.item,
        value=value,
        contest=group.contest,
        breakdown=group.breakdown,
        geography=group.geography,
        status=status,
        conf_status=max(
            (member.conf_status for member, _ in parts), key=list(ConfStatus).index, default=ConfStatus.FREE
        ),
        coverage=Coverage(
            sum(member.coverage.reported for member, _share in parts if not unknown),
            sum(member.coverage.expected for member, _share in parts) + absent,
        ),
        definition=max((member.definition for member, _share in parts), default=1),
        position=max(positions, default=None),
        boundaries=boundaries,
        method=joined(share.method for share in estimated),
        source=joined([*(member.source for member, _share in parts), *(share.source for share in estimated)]),
    )


def _sum(parts: list[tuple[Observation, Share]]) -> Value | None:
    """Σ weight · value; the stated absence where no part has a number, None where nothing was entered."""
    values = [member.value for member, _share in parts]
    if any(isinstance(value, Decimal) for value in values):
        return exact_decimal(
            sum((number_of(member.value) * (share.weight or 0) for member, share in parts), Fraction(0))
        )
    for absence in (Absence.SUPPRESSED, Absence.NOT_REPORTED):
        if absence in values:
            return absence
    return Absence.NONE if values and all(value is Absence.NONE for value in values) else None


def _rates(counts: list[Observation], rates: Iterable[RateItem]) -> Iterator[Observation]:
    by_item: dict[str, dict[object, Observation]] = defaultdict(dict)
    for count in counts:
        by_item[count.item][count.election, count.geography, count.contest, count.breakdown, count.area] = (
            count
        )
    for wanted in rates:
        for place, top in by_item[wanted.numerator].items():
            if (bottom := by_item[wanted.denominator].get(place)) is not None:
                yield rate_of(wanted, top, bottom)


def rate_of(wanted: RateItem, top: Observation, bottom: Observation) -> Observation:
    """The rate of two counts of one area and election; its flags are those of both. Where both are complete and one is
    nothing, it cannot exist."""
    value, exact = None, None
    complete = all(count.coverage.reported == count.coverage.expected for count in (top, bottom))
    if (
        isinstance(top.value, Decimal)
        and isinstance(bottom.value, Decimal)
        and (complete or not wanted.progress)
    ):
        exact = 100 * Fraction(top.value) / Fraction(bottom.value) if bottom.value else None
        value = rate(top.value, bottom.value, wanted.decimals, wanted.rounding, progress=wanted.progress)
    nothing = Absence.NONE in (top.value, bottom.value) or bottom.value == 0
    why = missing(value if value is not None else Absence.NONE if complete and nothing else None)
    return replace(
        top,
        item=wanted.item,
        value=value,
        exact=exact,
        rounding=wanted.rounding,
        status=statuses(*(set(count.status) - OF_ONE_FIGURE for count in (top, bottom)), why),
        parts=((top.item, top.definition), (bottom.item, bottom.definition)),
        conf_status=max(top.conf_status, bottom.conf_status, key=list(ConfStatus).index),
        coverage=min(
            top.coverage,
            bottom.coverage,
            key=lambda coverage: Fraction(coverage.reported, coverage.expected or 1),
        ),
        definition=wanted.version,
        position=max((count.position for count in (top, bottom) if count.position is not None), default=None),
        method=joined([top.method, bottom.method]),
        source=joined([top.source, bottom.source]),
    )
