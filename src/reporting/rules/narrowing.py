"""What inequalities tell of withheld figures: a whole of 0 has parts of 0, a count between two equal ones is theirs. Pure.

Every constraint narrows what each of its unknown cells can be, until nothing moves; a cell that can be one thing only is
known. Sound, not complete: two constraints that bind two unknown cells only together are left to the rank test's equations.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from reporting.rules.disclosure import Disclosure, Equation, UnitCell, apart

ROUNDS = 50
"""Constraints of forms settle in a few; a circle of fractions never would."""
LOW, HIGH = 0, 1


@dataclass(slots=True)
class _Range:
    """What a cell can be, `ends` LOW and HIGH, None: anything; `why`: constraints that say so, for each end."""

    ends: list[Fraction | None]
    why: list[frozenset[int]]


def narrowed(
    withheld: Collection[UnitCell],
    numbers: Mapping[UnitCell, Decimal],
    signed: Collection[UnitCell],
    constraints: Sequence[Equation],
) -> list[Disclosure]:
    """Withheld cells that can be one value only, in order, each with the constraints that leave no other. Cells without a
    number are unknown; none but the signed ones is below 0. Constraints that share unknowns settle by themselves: many
    rounds of some cost the others nothing."""
    told = [
        disclosure
        for together in apart(constraints, numbers)
        for disclosure in _narrowed_together(withheld, numbers, signed, together)
    ]
    return sorted(told, key=lambda disclosure: disclosure.cell)


def _narrowed_together(
    withheld: Collection[UnitCell],
    numbers: Mapping[UnitCell, Decimal],
    signed: Collection[UnitCell],
    constraints: Sequence[Equation],
) -> list[Disclosure]:
    ranges = {
        cell: _Range([None if cell in signed else Fraction(0), None], [frozenset(), frozenset()])
        for constraint in constraints
        for cell in constraint.terms
        if cell not in numbers
    }
    for _ in range(ROUNDS):
        moved = [
            _narrow(number, constraint, cell, numbers, ranges)
            for number, constraint in enumerate(constraints)
            for cell in constraint.terms
            if cell in ranges
        ]
        if not any(moved):
            break
    return [
        Disclosure(cell, tuple(constraints[number] for number in sorted(at.why[LOW] | at.why[HIGH])))
        for cell, at in sorted(ranges.items())
        if cell in withheld and at.ends[LOW] is not None and at.ends[LOW] == at.ends[HIGH]
    ]


def _narrow(
    number: int,
    constraint: Equation,
    cell: UnitCell,
    numbers: Mapping[UnitCell, Decimal],
    ranges: Mapping[UnitCell, _Range],
) -> bool:
    """Whether one constraint says more of one of its cells than was known."""
    own, times, moved = ranges[cell], constraint.terms[cell], False
    for side, rest in _rests(constraint, cell, numbers, ranges):
        end = 1 - side if times > 0 else side
        bound, old = -rest.total / times, own.ends[end]
        if old is None or (bound < old if end == HIGH else bound > old):
            own.ends[end], own.why[end], moved = bound, rest.why | {number}, True
    return moved


@dataclass(frozen=True, slots=True)
class _Rest:
    """The least, or the most, that the other cells of a constraint add up to, and why."""

    total: Fraction
    why: frozenset[int]


def _rests(
    constraint: Equation,
    cell: UnitCell,
    numbers: Mapping[UnitCell, Decimal],
    ranges: Mapping[UnitCell, _Range],
) -> Iterator[tuple[int, _Rest]]:
    """With the least of the others an equation and a `≤ 0` both bound the cell; with the most only an equation does."""
    for side in (LOW,) if constraint.at_most else (LOW, HIGH):
        total, why = Fraction(0), frozenset[int]()
        for other, times in constraint.terms.items():
            if other == cell:
                continue
            if other in numbers:
                total += times * Fraction(numbers[other])
                continue
            end = side if times > 0 else 1 - side
            at = ranges[other].ends[end]
            if at is None:
                break
            total, why = total + times * at, why | ranges[other].why[end]
        else:
            yield side, _Rest(total, why)
