"""Votes by choice beside those of others: over the choices that both have a number of.

Who is stated as having none, is withheld or not yet reported, here or there, is left out of that comparison and of no other:
one cell without a number must not hide all the numbers beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from reporting.domain.election import Contest, heads
from reporting.domain.figures import cell_key
from reporting.rules.context import Context, Figures

LEAST = 2
"""Of one choice alone there is no share."""


@dataclass(frozen=True, slots=True)
class SharedChoices:
    """Choices of a contest that this return and others have numbers of. `cells`: code → cell, in list order; `rows`: the
    others' votes of these choices, in that order, by unit (the election before: `""`); `sums`: code → these together;
    `part`: of all the others' votes the share that these choices have, ≤ 1."""

    cells: Mapping[str, str]
    rows: Mapping[str, tuple[Decimal, ...]]
    sums: Mapping[str, Decimal]
    part: Decimal


def beside_neighbours(context: Context, contest: Contest, item: str) -> list[SharedChoices]:
    """With the choices that half of the comparable neighbours or more have as well, and with those that most have. Empty
    where no neighbour has two of the choices."""
    cells = _cells(contest, item)
    return _shared(
        context,
        cells,
        {
            unit: context.once(unit, (contest.code, item), partial(_numbers, cells))
            for unit in context.neighbours
        },
    )


def beside_previous(context: Context, contest: Contest, item: str) -> list[SharedChoices]:
    """With the election before: one at most."""
    cells = _cells(contest, item)
    return _shared(context, cells, {"": _numbers(cells, context.previous)})


def _cells(contest: Contest, item: str) -> dict[str, str]:
    return {head.code: cell_key(contest.code, item, choice=head.code) for head in heads(contest)}


def _shared(
    context: Context, every: Mapping[str, str], others: Mapping[str, Mapping[str, Decimal]]
) -> list[SharedChoices]:
    """`every`: code → cell; `others`: unit → code → number."""
    mine = _numbers(every, context.figures).keys()
    comparable = {
        unit: frozenset(both) for unit, votes in others.items() if len(both := mine & votes.keys()) >= LEAST
    }
    if not comparable:
        return []
    wanted = set(comparable.values())
    sets = sorted({*wanted, frozenset.intersection(*wanted)}, key=lambda codes: (-len(codes), sorted(codes)))
    holders = {codes: [unit for unit, has in comparable.items() if codes <= has] for codes in sets}
    most = max(len(of) for codes, of in holders.items() if len(codes) >= LEAST)
    return [
        _of(
            {code: key for code, key in every.items() if code in codes},
            {unit: others[unit] for unit in holders[codes]},
        )
        for codes in sets
        if len(codes) >= LEAST and (2 * len(holders[codes]) >= len(comparable) or len(holders[codes]) == most)
    ]


def _of(cells: Mapping[str, str], others: Mapping[str, Mapping[str, Decimal]]) -> SharedChoices:
    rows = {unit: tuple([votes[code] for code in cells]) for unit, votes in others.items()}
    sums = {
        code: sum(column, Decimal(0))
        for code, column in zip(cells, zip(*rows.values(), strict=True), strict=True)
    }
    these = sum(sums.values(), Decimal(0))
    rest = sum(
        (
            votes[code]
            for votes in others.values()
            if len(votes) > len(cells)
            for code in votes.keys() - cells.keys()
        ),
        Decimal(0),
    )
    return SharedChoices(cells, rows, sums, these / (these + rest) if these + rest else Decimal(1))


def _numbers(cells: Mapping[str, str], figures: Figures) -> dict[str, Decimal]:
    """Of code → cell, code → its number, where it has one."""
    return {code: value for code, key in cells.items() if isinstance(value := figures.get(key), Decimal)}
