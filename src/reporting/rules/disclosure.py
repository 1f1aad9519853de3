"""Secondary suppression: whether what is public lets a withheld figure be computed. Pure.

A withheld cell is found out by equations exactly when some combination of those that hold leaves it alone beside public cells:
when its unit vector lies in the row space of the equations' unknown part (a rank test, exact). What inequalities narrow down
to one value: `rules/narrowing.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeVar

from reporting.domain.election import Contest
from reporting.domain.figures import Absence, Cell
from reporting.rules.checks import Balance
from reporting.rules.context import Context
from reporting.rules.evaluate import places_of, sides_of, splits_of
from reporting.rules.model import RuleDefinition

BREAKDOWN, DIVIDED, SAME_CELL, EARLIER = "breakdown", "divided_unit", "same_cell", "earlier_release"
PART_OF, OTHER_CONTEST, CUMULATIVE = "part_of", "other_contest", "cumulative"
"""What no rule states: parts of a breakdown, parts of a divided unit, another form's same cell, what was public; an item that
counts some of another; a form filled from another contest, which counts the same people; slots that include those before."""


K = TypeVar("K")


@dataclass(frozen=True, slots=True, order=True)
class UnitCell:
    """One cell of one unit, whichever of its forms asks it."""

    unit: str
    key: str


@dataclass(frozen=True, slots=True)
class Equation:
    """Σ coefficient · cell = 0 (`at_most`: ≤ 0), by a rule's code or one of the words above. `where`: of another release,
    `form/slot`."""

    by: str
    terms: Mapping[UnitCell, int]
    where: str = ""
    at_most: bool = False


@dataclass(frozen=True, slots=True)
class Disclosure:
    """A withheld cell and the equations that together give it."""

    cell: UnitCell
    equations: tuple[Equation, ...]


def disclosures(
    withheld: Collection[UnitCell], public: Collection[UnitCell], equations: Sequence[Equation]
) -> list[Disclosure]:
    """Withheld cells that equations give, in order. What is neither withheld nor public is an unknown, too."""
    computed = [
        disclosure
        for together in apart([equation for equation in equations if not equation.at_most], public)
        for disclosure in _determined(together, public, withheld)
    ]
    return sorted(computed, key=lambda disclosure: disclosure.cell)


def apart(equations: Sequence[Equation], public: Container[UnitCell]) -> Iterator[list[Equation]]:
    """Equations that share unknowns, together, in their order. The cost grows with their terms."""
    nearer: dict[UnitCell, UnitCell] = {}

    def first(cell: UnitCell) -> UnitCell:
        while (other := nearer.setdefault(cell, cell)) != cell:
            nearer[cell] = cell = nearer[other]
        return cell

    unknown = [[cell for cell in equation.terms if cell not in public] for equation in equations]
    for cells in unknown:
        for cell in cells[1:]:
            nearer[first(cell)] = first(cells[0])
    members: dict[UnitCell, list[Equation]] = defaultdict(list)
    for equation, cells in zip(equations, unknown, strict=True):
        if cells:
            members[first(cells[0])].append(equation)
    yield from members.values()


def _determined(
    equations: Sequence[Equation], public: Collection[UnitCell], withheld: Collection[UnitCell]
) -> Iterator[Disclosure]:
    """By Gaussian elimination to the reduced form: a cell is determined when its row holds nothing else."""
    unknown = sorted({cell for equation in equations for cell in equation.terms if cell not in public})
    rows = [
        (
            {cell: Fraction(n) for cell, n in equation.terms.items() if cell not in public and n},
            {number: Fraction(1)},
        )
        for number, equation in enumerate(equations)
    ]
    pivots: dict[UnitCell, int] = {}
    used: set[int] = set()
    for cell in unknown:
        at = next((n for n, (row, _) in enumerate(rows) if n not in used and cell in row), None)
        if at is None:
            continue
        used.add(at)
        pivots[cell] = at
        row, made = rows[at]
        factor = row[cell]
        rows[at] = _scaled(row, 1 / factor), _scaled(made, 1 / factor)
        for n, (other, of) in enumerate(rows):
            if n != at and cell in other:
                times = other[cell]
                rows[n] = _less(other, rows[at][0], times), _less(of, rows[at][1], times)
    for cell, at in pivots.items():
        row, made = rows[at]
        if cell in withheld and set(row) == {cell}:
            yield Disclosure(cell, tuple(equations[number] for number in sorted(made)))


def _scaled(row: Mapping[K, Fraction], by: Fraction) -> dict[K, Fraction]:
    return {key: value * by for key, value in row.items()}


def _less(row: Mapping[K, Fraction], other: Mapping[K, Fraction], times: Fraction) -> dict[K, Fraction]:
    rest_of = dict(row)
    for key, value in other.items():
        if rest := rest_of.get(key, Fraction(0)) - times * value:
            rest_of[key] = rest
        else:
            rest_of.pop(key, None)
    return rest_of


def equations_of(context: Context, rules: Iterable[RuleDefinition]) -> list[Equation]:
    """What holds among the cells of one return and of the unit's other forms: identities and upper bounds of the rules, in
    force or not (they are true of the ballots, whoever checks them), breakdowns, parts, and contests that count the same
    people. What nobody answered and need not is nothing."""
    balanced = [
        equation
        for contest in context.at_hand
        for rule in rules
        if not rule.contest_kinds or contest.kind in rule.contest_kinds
        for check in rule.checks
        if isinstance(check, Balance)
        for equation in _balanced(rule.code, check, context, contest)
    ]
    return [*balanced, *_breakdowns(context), *_parts(context), *_of_other_contests(context)]


def _balanced(code: str, check: Balance, context: Context, contest: Contest) -> Iterator[Equation]:
    if not check.of_slot(context.is_final):
        return
    for breakdown, choice in places_of(check, context, contest):
        sides = sides_of(check, context, contest, breakdown, choice)
        if sides is None:
            continue
        if not all(any(part.cells or part.missing for _, part in side) for side in sides):
            continue  # nobody broke it down, or gave the whole
        terms: dict[UnitCell, int] = defaultdict(int)
        for sign, side in zip((1, -1), sides, strict=True):
            for term, part in side:
                for key in (*part.cells, *part.missing):
                    terms[UnitCell(context.unit, key)] += -sign if term.negative else sign
        yield Equation(code, dict(terms), at_most=check.kind == "not_above")


def _parts(context: Context) -> Iterator[Equation]:
    """Items of the form that count some of another item are never more."""
    for contest in context.at_hand:
        for code in context.asked.items:
            item = context.items[code]
            whole = context.items.get(item.part_of or "")
            if whole is None or whole.by_choice != item.by_choice:
                continue
            for choice in [who.code for who in contest.choices] if item.by_choice else [""]:
                part = UnitCell(context.unit, Cell(contest.code, code, "", choice).key)
                of = UnitCell(context.unit, Cell(contest.code, whole.code, "", choice).key)
                yield Equation(PART_OF, {part: 1, of: -1}, at_most=True)


def _of_other_contests(context: Context) -> Iterator[Equation]:
    """The cells of a form that is filled from another contest of the unit, which counts the same people."""
    if not context.is_final:
        return
    for form in context.definition.forms:
        for source in form.prefill:
            if source.contest_kind is None:
                continue
            mine = [contest for contest in context.definition.contests if contest.code in context.contests]
            of = [contest for contest in mine if contest.kind == source.contest_kind]
            into = [
                contest
                for contest in mine
                if contest not in of and (not form.contest_kinds or contest.kind in form.contest_kinds)
            ]
            shared = set(form.items).intersection(context.definition.form(source.form).items)
            if len(of) != 1 or len(into) != 1:
                continue
            for key in sorted({*context.figures, *context.around}):
                cell = Cell.from_key(key)
                if cell.contest == of[0].code and cell.item in shared and not cell.choice:
                    same = replace(cell, contest=into[0].code)
                    yield Equation(
                        OTHER_CONTEST,
                        {UnitCell(context.unit, key): 1, UnitCell(context.unit, same.key): -1},
                        f"{source.form}/{source.slot}",
                    )


def _breakdowns(context: Context) -> Iterator[Equation]:
    values = {d.code: [value.code for value in d.values] for d in context.definition.dimensions}
    for contest in context.at_hand:
        for code in context.asked.items:
            item = context.items[code]
            for dimension in sorted({name for combination in item.breakdowns for name in combination}):
                for at, parts in splits_of(item, dimension, values):
                    for choice in [who.code for who in contest.choices] if item.by_choice else [""]:
                        cells = [Cell(contest.code, code, part, choice).key for part in parts]
                        whole = Cell(contest.code, code, at, choice).key
                        if any(context.value(cell) is not None for cell in cells):
                            terms = {UnitCell(context.unit, cell): -1 for cell in cells}
                            yield Equation(BREAKDOWN, {UnitCell(context.unit, whole): 1, **terms})


def told(context: Context) -> tuple[set[UnitCell], set[UnitCell], list[Equation]]:
    """Of one return as it would be public: cells that are withheld, cells that are public, and where the same cell stands in
    both ways in two of the unit's forms."""
    withheld: set[UnitCell] = set()
    public: set[UnitCell] = set()
    same: list[Equation] = []
    for key in {*context.figures, *(context.around if context.is_final else ())}:
        cell = UnitCell(context.unit, key)
        own = context.figures.get(key)
        other = context.around.get(key) if context.is_final else None
        if Absence.SUPPRESSED in (own, other):
            withheld.add(cell)
            if _said(own) or _said(other):
                places = [
                    f"{form}/{slot}"
                    for (form, slot), figures in context.other_forms.items()
                    if key in figures
                ]
                same.append(Equation(SAME_CELL, {cell: 1}, ", ".join(sorted(places))))
        elif _said(own) or _said(other):
            public.add(cell)
    return withheld, public, same


def _said(value: object) -> bool:
    """A number, or that there is nothing: both are public."""
    return value is not None and value not in (Absence.SUPPRESSED, Absence.NOT_REPORTED)
