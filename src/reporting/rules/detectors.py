"""Signs of a slip: copied numbers, exchanged choices, falling slots, outliers; and what an open doubt could decide.

All numbers are exact decimals; shares are percent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from statistics import median
from typing import TypeVar

from reporting.robust import CONSISTENT
from reporting.rules.model import StatutoryLine

Votes = Mapping[str, Decimal]

ENOUGH = 5
"""Of so many a median is taken as what is usual, and told: of fewer it would tell what single ones have, perhaps before it is
public."""
"""Fewer comparable units say nothing about an outlier."""

Slot = TypeVar("Slot")


def looks_copied(
    figure: Decimal, other: Decimal, at_least: Decimal, bundle: Decimal = Decimal(0), interim: bool = False
) -> bool:
    """Whether two cells hold the same number ≥ `at_least`. While counting goes on ballots are reported in bundles:
    equal multiples of `bundle` are then normal."""
    if figure != other or figure < at_least:
        return False
    return not (interim and bundle > 0 and figure % bundle == 0)


def backwards(now: Decimal, earlier: Iterable[tuple[Slot, Decimal]]) -> tuple[Slot, Decimal] | None:
    """The last of the earlier slots, given in slot order, that has more than `now`; with its value."""
    worst: tuple[Slot, Decimal] | None = None
    for slot, value in earlier:
        if value > now:
            worst = (slot, value)
    return worst


def overtakes(now: Decimal, later: Iterable[tuple[Slot, Decimal]]) -> tuple[Slot, Decimal] | None:
    """The first of the later slots, given in slot order, that has less than `now`; with its value."""
    return next(((slot, value) for slot, value in later if value < now), None)


def unlike(
    value: Decimal, of: Decimal, usual: Sequence[Decimal], *, z: Decimal, least: Decimal, few: Decimal
) -> bool:
    """Whether a percentage of `of` people or ballots is unlike the usual ones. Never within `least` points, nor within
    what chance does to so small a number (6 standard deviations of a share); with fewer than 5 to compare, within `few`
    points. Otherwise further from the median than robust |z| allows; when most agree exactly, `least` decides."""
    middle = median(usual)
    away = abs(value - middle)
    if away <= least:  # nearly always: the rest is not worked out
        return False
    chance = 6 * (max(middle * (100 - middle), Decimal(0)) / of).sqrt() if of > 0 else Decimal(0)
    if away <= chance:
        return False
    if len(usual) < ENOUGH:
        return away > few
    return CONSISTENT * away > z * median([abs(other - middle) for other in usual])


def shares(votes: Votes) -> dict[str, Decimal]:
    """Percent of the sum; empty when the sum is 0."""
    whole = sum(votes.values(), Decimal(0))
    return {choice: 100 * number / whole for choice, number in votes.items()} if whole else {}


@dataclass(frozen=True, slots=True)
class Exchange:
    """`choices` seem to carry each other's votes: two exchanged, or a run in list order moved on by `places`.
    `gain`: percentage points by which undoing it fits better."""

    choices: tuple[str, ...]
    gain: Decimal
    places: int = 0


def exchanges(votes: Votes, reference: Votes, points: Decimal) -> Iterator[Exchange]:
    """Exchanged pairs (best first, each choice once); where there are none, a shift of the whole list. `reference`:
    votes or shares elsewhere. One counts when it gains ≥ `points` and more than halves the misfit of its choices."""
    now, usual = shares(votes), shares({choice: reference[choice] for choice in votes if choice in reference})
    if not now or set(now) != set(usual):
        return
    off = {choice: abs(now[choice] - usual[choice]) for choice in now}
    if sum(off.values()) < points:  # no undoing gains more than what there is
        return
    pairs = []
    for a, b in combinations(now, 2):
        misfit = off[a] + off[b]
        if misfit < points:
            continue
        undone = abs(now[a] - usual[b]) + abs(now[b] - usual[a])
        if misfit - undone >= points and 2 * undone < misfit:
            pairs.append(Exchange((a, b), misfit - undone))
    shift = _shift(now, usual, points)
    if shift and len(now) > 2 and (not pairs or shift.gain > 2 * max(pair.gain for pair in pairs)):
        yield shift
        return
    taken: set[str] = set()
    for pair in sorted(pairs, key=lambda exchange: (-exchange.gain, exchange.choices)):
        if not taken & set(pair.choices):
            taken |= set(pair.choices)
            yield pair


def _shift(now: Votes, usual: Votes, points: Decimal) -> Exchange | None:
    order = list(now)
    misfit = sum(abs(now[choice] - usual[choice]) for choice in order)
    best = None
    for places in range(1, len(order)):
        moved = zip(order, order[places:] + order[:places], strict=True)
        undone = sum(abs(now[later] - usual[choice]) for choice, later in moved)
        gain = Decimal(misfit - undone)
        if gain >= points and 2 * undone < misfit and (best is None or gain > best.gain):
            best = Exchange(tuple(order), gain, places)
    return best


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """What the open doubt could turn over: `seats` (elected, not elected) pairs, and (line, choice) pairs."""

    seats: tuple[tuple[str, str], ...]
    lines: tuple[tuple[str, str], ...]
    margin: Decimal | None

    def __bool__(self) -> bool:
        return bool(self.seats or self.lines)


def sensitivity(
    votes: Votes,
    seats: int,
    open_doubt: Decimal,
    lines: Iterable[StatutoryLine] = (),
    valid: Decimal | None = None,
    moved: bool = False,
) -> Sensitivity:
    """Whether `open_doubt` ballots could change a winner or who reaches a line (a tie counts: it is drawn by lot,
    Public Offices Election Act art. 95). `moved`: the doubt is which of two choices they belong to, so that each
    counts twice in a margin. `valid`: votes the lines are taken from; Σ votes if not given. `margin`: between the
    last elected and the first not elected."""
    order = sorted(votes, key=lambda choice: (-votes[choice], choice))
    elected, others = order[:seats], order[seats:]
    reach = open_doubt * (2 if moved else 1)
    turned = (
        tuple((a, b) for a in elected for b in others if votes[a] - votes[b] <= reach) if open_doubt else ()
    )
    whole = sum(votes.values(), Decimal(0)) if valid is None else valid
    touched = [
        (line.code, choice)
        for line in lines
        for choice in order
        if open_doubt and _crosses(votes[choice], whole, open_doubt, line, seats)
    ]
    margin = votes[elected[-1]] - votes[others[0]] if elected and others else None
    return Sensitivity(turned, tuple(touched), margin)


def _crosses(votes: Decimal, whole: Decimal, doubt: Decimal, line: StatutoryLine, seats: int) -> bool:
    parts = line.parts * (seats if line.per_seat else 1)
    if votes * parts >= whole:
        return (votes - doubt) * parts < whole + doubt
    return (votes + doubt) * parts >= whole - doubt
