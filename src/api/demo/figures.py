"""Plausible figures for one reporting unit, drawn from its code and a seed: the same again on every run. Electors of
Japan's municipalities are those of a real election (`data/electors.csv`), give or take one in a hundred.

Nothing here knows an item by name: electors and voters are what the definition's rate divides, votes are the item
asked by choice, everything else counted is a small share of the voters.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import product

from reporting.domain.election import Contest, ElectionDefinition, Form
from reporting.domain.figures import Cell
from reporting.domain.items import Item, ItemKind
from reporting.files.tables import read_table

MEDIAN_ELECTORS = 27_000  # with the spread below about 105 million over 1,900 units, as in Japan
SPREAD = 1.2  # σ of the logarithm: villages of hundreds, cities of hundreds of thousands
DRIFT = 0.01  # σ of a real roll's change from one election to the next
SMALL_SHARE = 0.02  # what a counted item nobody relates to another comes to, of the voters


@dataclass(frozen=True, slots=True)
class DemoUnit:
    """One unit's hidden truth. `lean` weighs the choices, `turnout` is the final share of electors."""

    code: str
    electors: int
    turnout: float
    lean: random.Random

    @classmethod
    def draw(cls, seed: int, code: str) -> DemoUnit:
        dice = random.Random(f"{seed}/{code}")
        drawn = max(150, min(600_000, int(MEDIAN_ELECTORS * dice.lognormvariate(0, SPREAD))))
        real = real_electors().get(code)
        electors = drawn if real is None else max(1, round(real * dice.gauss(1, DRIFT)))
        small = 1 if electors < 5_000 else 0
        turnout = min(0.92, max(0.30, dice.gauss(0.545 + 0.08 * small, 0.05)))
        return cls(code, electors, turnout, dice)


@cache
def real_electors() -> Mapping[str, int]:
    """Municipality or ward → electors; no other country's areas are in it."""
    table = resources.files("api.demo").joinpath("data/electors.csv").read_bytes()
    rows = read_table("electors.csv", table, ("code", "electors"))
    return {fields["code"]: int(fields["electors"]) for _, fields in rows}


def roles(definition: ElectionDefinition) -> tuple[str | None, str | None]:
    """The items that stand for (electors, voters): what the first rate divides."""
    for item in definition.items:
        if item.kind is ItemKind.RATE:
            return item.denominator, item.numerator
    return None, None


def cells(
    definition: ElectionDefinition, form: Form, contests: list[Contest], unit: DemoUnit, progress: float
) -> dict[Cell, int]:
    """The form as the unit would fill it when `progress` (0–1) of its final voters have come."""
    electors_item, voters_item = roles(definition)
    items = {item.code: item for item in definition.items}
    voters = int(unit.electors * unit.turnout * progress)
    filled: dict[Cell, int] = {}
    for contest in contests:
        if form.contest_kinds and contest.kind not in form.contest_kinds:
            continue
        dice = random.Random(f"{unit.code}/{contest.code}/{unit.turnout}")
        invalid = int(voters * SMALL_SHARE * dice.uniform(0.5, 1.5))
        for code in form.items:
            item = items[code]
            if item.kind is ItemKind.RATE:
                continue
            if item.by_choice:
                shares = _shares(contest, voters - invalid, dice)
                filled.update(
                    {Cell(contest.code, code, "", choice): votes for choice, votes in shares.items()}
                )
                continue
            total = (
                unit.electors
                if code == electors_item
                else voters
                if code == voters_item or "counted" in code or "cast" in code
                else voters - invalid
                if code.startswith("valid")
                else invalid
            )
            filled[Cell(contest.code, code)] = total
            for breakdown, part in _parts(definition, item, total, dice):
                filled[Cell(contest.code, code, breakdown)] = part
    return filled


def _shares(contest: Contest, votes: int, dice: random.Random) -> dict[str, int]:
    """Whole votes by choice that add up to `votes`."""
    if not contest.choices:
        return {}
    weights = [dice.lognormvariate(-0.35 * rank, 0.5) for rank, _ in enumerate(contest.choices)]
    parts = _divide(votes, weights)
    return {choice.code: part for choice, part in zip(contest.choices, parts, strict=True)}


def _parts(
    definition: ElectionDefinition, item: Item, total: int, dice: random.Random
) -> Iterator[tuple[str, int]]:
    """Every breakdown cell of an item; each combination of dimensions adds up to the total."""
    dimensions = {dimension.code: dimension for dimension in definition.dimensions}
    for combination in item.breakdowns:
        names = sorted(combination)
        values = [[value.code for value in dimensions[name].values] for name in names]
        keys = [
            ",".join(f"{n}={v}" for n, v in zip(names, chosen, strict=True)) for chosen in product(*values)
        ]
        weights = [dice.uniform(0.9, 1.1) * 0.002 ** _rare(key) for key in keys]
        yield from zip(keys, _divide(total, weights), strict=True)


def _rare(key: str) -> int:
    """Overseas electors are about two in a thousand."""
    return int("overseas" in key)


def _divide(total: int, weights: list[float]) -> list[int]:
    """`total` in whole parts by weight; the largest part takes what rounding leaves."""
    whole = sum(weights)
    parts = [int(total * weight / whole) for weight in weights]
    parts[weights.index(max(weights))] += total - sum(parts)
    return parts
