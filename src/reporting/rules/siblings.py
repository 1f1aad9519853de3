"""Returns of one slot of all units under one area: what is made of all of them once serves the comparison of each with the others.

What the others have together is what all have without what this one has: numbers are exact, so nothing is lost by taking
away again. Only of contests in which everybody who reported has a number of every choice; where one is missing, `shared_choices` says what is
compared with whom.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import Any, TypeVar, cast

from reporting.domain.election import Contest, heads
from reporting.domain.figures import ZERO, Value, cell_key
from reporting.rules.detectors import exchanges, shares, unlike

CENT, CLEARLY = Decimal("0.01"), Decimal("0.999")
T = TypeVar("T")


class SiblingReturns:
    """`figures`: of every unit that has reported, by unit in their order; never changed."""

    def __init__(self, figures: Mapping[str, Mapping[str, Value]]) -> None:
        self.figures = figures
        self._made: dict[tuple[object, ...], Any] = {}

    def once(self, what: tuple[object, ...], make: Callable[[], T]) -> T:
        """What `make` makes of all of them; `what`: all that it rests on besides."""
        if what not in self._made:
            self._made[what] = make()
        return cast(T, self._made[what])

    def without(self, unit: str) -> Others:
        return Others(self, unit)


class Others(dict[str, Mapping[str, Value]]):
    """Figures of all siblings but one."""

    def __init__(self, siblings: SiblingReturns, unit: str) -> None:
        super().__init__(siblings.figures)
        self.pop(unit, None)
        self.siblings, self.unit = siblings, unit


@dataclass(frozen=True, slots=True)
class WholeVotes:
    """Of one contest, and only where no number is missing. `codes`: its choices, in list order; `rows`: unit → votes in that order,
    of every sibling that has any; `sums`: of all rows."""

    codes: tuple[str, ...]
    rows: Mapping[str, tuple[Decimal, ...]]
    sums: tuple[Decimal, ...]

    def others(self, unit: str) -> dict[str, Decimal]:
        """Choice → what all but one unit have together."""
        own = self.rows.get(unit)
        if own is None:
            return dict(zip(self.codes, self.sums, strict=True))
        return {code: all_ - mine for code, all_, mine in zip(self.codes, self.sums, own, strict=True)}


@dataclass(frozen=True, slots=True)
class Spread:
    """Percentages of one choice, as they are told. `ordered`: of every sibling; `of_unit`: whose is which."""

    ordered: tuple[Decimal, ...]
    of_unit: Mapping[str, Decimal]

    def others(self, unit: str) -> tuple[Decimal, ...]:
        """All but one unit's, in order."""
        own = self.of_unit.get(unit)
        if own is None:
            return self.ordered
        at = bisect_left(self.ordered, own)
        return self.ordered[:at] + self.ordered[at + 1 :]


def whole_votes(siblings: SiblingReturns, contest: Contest, item: str) -> WholeVotes | None:
    """None where a sibling has a number of some choices and not of all."""
    return siblings.once(("votes", contest.code, item), partial(_whole_votes, siblings, contest, item))


def spreads(siblings: SiblingReturns, contest: Contest, item: str, votes: WholeVotes) -> Mapping[str, Spread]:
    """By choice; siblings without any vote have no share."""
    return siblings.once(("shares", contest.code, item), partial(_spreads, votes))


def own_votes(cells: Sequence[tuple[str, str]], figures: Mapping[str, Value]) -> dict[str, Decimal] | None:
    """Choice → votes of a return, in list order; None where one has no number, or of one alone. `cells`: as of `choice_cells`."""
    votes = {code: value for code, key in cells if isinstance(value := figures.get(key), Decimal)}
    return votes if len(votes) == len(cells) > 1 else None


def none_exchanged(own: Mapping[str, Decimal], unit: str, votes: WholeVotes, points: Decimal) -> bool:
    """`own`: of every choice, in list order; `points`: as of `exchanges`."""
    if _alike(own, unit, votes, points):
        return True
    return next(exchanges(own, votes.others(unit), points), None) is None


def _alike(own: Mapping[str, Decimal], unit: str, votes: WholeVotes, points: Decimal) -> bool:
    """Whether all shares together are off by clearly fewer points than an exchange has to gain. Multiplied out, so without a division for
    each choice; what lies close to the bound is not told here, so that nothing rests on how either way rounds."""
    mine = votes.rows.get(unit)
    usual = votes.sums if mine is None else [all_ - own_ for all_, own_ in zip(votes.sums, mine, strict=True)]
    whole, of = sum(own.values(), ZERO), sum(usual, ZERO)
    if whole <= 0 or of <= 0:
        return False
    off = sum([abs(now * of - then * whole) for now, then in zip(own.values(), usual, strict=True)], ZERO)
    return 100 * off < CLEARLY * points * whole * of


def none_unlike(
    own: Mapping[str, Decimal],
    unit: str,
    spread: Mapping[str, Spread],
    *,
    z: Decimal,
    least: Decimal,
    few: Decimal,
) -> bool:
    """Whether no choice's share of a return is unlike those of the others (`unlike`)."""
    now, of = shares(own), sum(own.values(), Decimal(0))
    for code, share in now.items():
        usual = spread[code].others(unit)
        if usual and unlike(share.quantize(CENT, ROUND_HALF_UP), of, usual, z=z, least=least, few=few):
            return False
    return True


def choice_cells(contest: Contest, item: str) -> list[tuple[str, str]]:
    """(choice, cell), in list order."""
    return [(head.code, cell_key(contest.code, item, choice=head.code)) for head in heads(contest)]


def _whole_votes(siblings: SiblingReturns, contest: Contest, item: str) -> WholeVotes | None:
    cells = choice_cells(contest, item)
    rows: dict[str, tuple[Decimal, ...]] = {}
    for unit, figures in siblings.figures.items():
        row = tuple([value for _, key in cells if isinstance(value := figures.get(key), Decimal)])
        if len(row) == len(cells):
            rows[unit] = row
        elif row:
            return None
    return WholeVotes(tuple(code for code, _ in cells), rows, tuple(_added(rows.values(), len(cells))))


def _added(rows: Iterable[tuple[Decimal, ...]], width: int) -> list[Decimal]:
    columns = list(zip(*rows, strict=True)) or [()] * width
    return [sum(column, Decimal(0)) for column in columns]


def _spreads(votes: WholeVotes) -> dict[str, Spread]:
    told: dict[str, dict[str, Decimal]] = {code: {} for code in votes.codes}
    for unit, row in votes.rows.items():
        for code, share in shares(dict(zip(votes.codes, row, strict=True))).items():
            told[code][unit] = share.quantize(CENT, ROUND_HALF_UP)
    return {code: Spread(tuple(sorted(of_unit.values())), of_unit) for code, of_unit in told.items()}
