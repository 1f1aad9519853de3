"""Votes by choice beside those of others: over the choices that both have a number of.

Who is stated as having none, is withheld or not yet reported, here or there, is left out of that comparison and of no other:
one cell without a number must not hide all the numbers beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from reporting.domain.election import Contest, heads
from reporting.domain.figures import Cell
from reporting.rules.context import Context, Figures

LEAST = 2
"""Of one choice alone there is no share."""


@dataclass(frozen=True, slots=True)
class SharedChoices:
    """Choices of a contest that this return and others have numbers of. `cells`: code → cell, in list order; `rows`: the
    others' votes of these choices, in that order; `part`: of all the others' votes the share that these choices have, ≤ 1."""

    cells: Mapping[str, str]
    rows: Sequence[tuple[Decimal, ...]]
    part: Decimal

    def sums(self) -> dict[str, Decimal]:
        """Code → the others' votes together."""
        return {code: sum((row[n] for row in self.rows), Decimal(0)) for n, code in enumerate(self.cells)}


def beside_neighbours(context: Context, contest: Contest, item: str) -> list[SharedChoices]:
    """With the choices that half of the comparable neighbours or more have as well, and with those that most have. Empty
    where no neighbour has two of the choices."""
    return _shared(context, contest, item, list(context.neighbours.values()))


def beside_previous(context: Context, contest: Contest, item: str) -> list[SharedChoices]:
    """With the election before: one at most."""
    return _shared(context, contest, item, [context.previous])


def _shared(context: Context, contest: Contest, item: str, others: Sequence[Figures]) -> list[SharedChoices]:
    every = {head.code: Cell(contest.code, item, "", head.code).key for head in heads(contest)}
    mine = {code: key for code, key in every.items() if isinstance(context.figures.get(key), Decimal)}
    comparable = [figures for figures in others if len(_both(mine, figures)) >= LEAST]
    if not comparable:
        return []
    wanted = [_both(mine, figures) for figures in comparable]
    shared = frozenset.intersection(*wanted)
    sets = sorted({*wanted, shared}, key=lambda codes: (-len(codes), sorted(codes)))
    holders = {
        codes: [figures for figures, has in zip(comparable, wanted, strict=True) if codes <= has]
        for codes in sets
    }
    most = max(len(of) for codes, of in holders.items() if len(codes) >= LEAST)
    return [
        _of({code: key for code, key in mine.items() if code in codes}, every, holders[codes])
        for codes in sets
        if len(codes) >= LEAST and (2 * len(holders[codes]) >= len(comparable) or len(holders[codes]) == most)
    ]


def _both(mine: Mapping[str, str], figures: Figures) -> frozenset[str]:
    return frozenset(code for code, key in mine.items() if isinstance(figures.get(key), Decimal))


def _of(cells: Mapping[str, str], every: Mapping[str, str], others: Sequence[Figures]) -> SharedChoices:
    rows = [tuple(_numbers(figures, cells.values())) for figures in others]
    these = sum((sum(row, Decimal(0)) for row in rows), Decimal(0))
    whole = sum((sum(_numbers(figures, every.values()), Decimal(0)) for figures in others), Decimal(0))
    return SharedChoices(cells, rows, these / whole if whole else Decimal(1))


def _numbers(figures: Figures, keys: Iterable[str]) -> Iterator[Decimal]:
    for key in keys:
        if isinstance(value := figures.get(key), Decimal):
            yield value
