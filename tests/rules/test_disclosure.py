"""Withheld figures that can be computed: the check against a rank test of its own over small random hierarchies."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from thorough import examples

from reporting.rules.disclosure import Equation, UnitCell, disclosures
from reporting.rules.narrowing import narrowed

CELLS = [UnitCell(unit, key) for unit in ("u", "v") for key in "abcdefg"]
TERMS = st.dictionaries(st.sampled_from(CELLS), st.sampled_from([1, 1, 1, -1, -1]), min_size=1, max_size=5)
TREES = st.lists(TERMS, max_size=9)


def rank(rows: list[list[Fraction]]) -> int:
    """By fraction-free elimination, column by column."""
    rows = [list(row) for row in rows]
    found = 0
    for column in range(len(CELLS)):
        at = next((n for n in range(found, len(rows)) if rows[n][column]), None)
        if at is None:
            continue
        rows[found], rows[at] = rows[at], rows[found]
        for n in range(found + 1, len(rows)):
            a, b = rows[found][column], rows[n][column]
            rows[n] = [x * a - y * b for x, y in zip(rows[n], rows[found], strict=True)]
        found += 1
    return found


def brute_force(withheld: set[UnitCell], known: set[UnitCell], equations: list[Equation]) -> set[UnitCell]:
    """A cell is determined when its own unit vector adds nothing to the rank of what is unknown."""
    rows = [
        [Fraction(one.terms.get(cell, 0)) if cell not in known else Fraction(0) for cell in CELLS]
        for one in equations
    ]
    unit = {cell: [Fraction(cell == other) for other in CELLS] for cell in withheld}
    return {cell for cell in withheld if rank([*rows, unit[cell]]) == rank(rows)}


@settings(max_examples=examples(120), deadline=None)
@given(TREES, st.sets(st.sampled_from(CELLS)), st.sets(st.sampled_from(CELLS)))
def test_the_check_agrees_with_the_rank(
    trees: list[dict[UnitCell, int]], hidden: set[UnitCell], public: set[UnitCell]
) -> None:
    equations = [Equation(f"e{n}", terms) for n, terms in enumerate(trees)]
    withheld, known = hidden, public - hidden
    found = disclosures(withheld, known, equations)
    assert {one.cell for one in found} == brute_force(withheld, known, equations)
    for one in found:  # what it names is enough, and it is in order
        assert brute_force({one.cell}, known, list(one.equations)) == {one.cell}
    assert [one.cell for one in found] == sorted(one.cell for one in found)


@st.composite
def hierarchies(draw: st.DrawFn) -> tuple[list[Equation], set[UnitCell]]:
    """Wholes with two or three parts each, level by level; some cells withheld, the others public."""
    cells = iter(CELLS)
    level = [next(cells)]
    equations = []
    for whole in level:
        parts = [cell for cell, _ in zip(cells, range(draw(st.integers(2, 3))), strict=False)]
        if len(parts) > 1:
            equations.append(Equation(whole.key, {whole: 1, **dict.fromkeys(parts, -1)}))
            level += parts
    return equations, draw(st.sets(st.sampled_from(CELLS), max_size=5))


@settings(max_examples=examples(150), deadline=None)
@given(hierarchies())
def test_of_a_published_whole_one_withheld_part_is_computed_and_two_are_not(
    tree: tuple[list[Equation], set[UnitCell]],
) -> None:
    equations, withheld = tree
    known = set(CELLS) - withheld
    found = {one.cell for one in disclosures(withheld, known, equations)}
    assert found == brute_force(withheld, known, equations)
    alone = {
        cell
        for one in equations
        for cell in one.terms
        if cell in withheld and len(withheld & one.terms.keys()) == 1
    }
    assert alone <= found


def test_what_inequalities_say_only_together_is_a_known_limit() -> None:
    """x + y, x + z, y + z ≤ 8 and x + y + z ≥ 12 make each 4: no bound by itself moves any of them (ADR 8)."""
    x, y, z = cells = [UnitCell("u", name) for name in "xyz"]
    most = UnitCell("u", "most")
    least = UnitCell("u", "least")
    pairs = [Equation("bound", {a: 1, b: 1, most: -1}, at_most=True) for a, b in ((x, y), (x, z), (y, z))]
    whole = Equation("bound", {least: 1, x: -1, y: -1, z: -1}, at_most=True)
    numbers = {most: Decimal(8), least: Decimal(12)}
    assert narrowed(cells, numbers, (), [*pairs, whole]) == []
    one_less = {most: Decimal(8), least: Decimal(12), z: Decimal(4)}
    assert [found.cell for found in narrowed([x, y], one_less, (), [*pairs, whole])] == [x, y]


def test_constraints_of_one_unit_settle_whatever_rounds_another_takes() -> None:
    """Every unknown of a chain of 60 is found, beside others that are found at once."""
    chain = [UnitCell("long", f"{n:02}") for n in range(60)]
    steps = [Equation("step", {later: 1, earlier: -1}, at_most=True) for earlier, later in pairwise(chain)]
    nothing = UnitCell("long", "nothing")
    end = Equation("end", {chain[0]: 1, nothing: -1}, at_most=True)
    short = UnitCell("short", "a")
    alone = Equation("end", {short: 1, nothing: -1}, at_most=True)
    told = narrowed([*chain, short], {nothing: Decimal(0)}, (), [*steps, end, alone])
    assert {found.cell for found in told} == {*chain, short}
