"""Warnings on real results: what clerks would have had to explain had these been their returns."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest
import sources

from reporting.domain.election import ElectionDefinition, RuleUse
from reporting.domain.figures import Cell, Value
from reporting.rules.context import Context
from reporting.rules.engine import check

RULES = tuple(RuleUse(code=code) for code in ("J01", "J03", "J08", "J20", "J26", "J27", "J28", "J29"))
MOST = Decimal("1.0")
"""Percent of returns with a warning; it was 0.5 in 2019 and 0.8 in 2022."""


def returns(source: sources.UpperHouse) -> dict[str, dict[str, Value]]:
    """Unit → its figures."""
    found: dict[str, dict[str, Value]] = defaultdict(dict)
    for row in source.rows():
        cell = Cell(row["contest"], row["item"], row.get("breakdown") or "", row.get("choice") or "")
        found[row["unit"]][cell.key] = Decimal(row["value"])
    return found


def warned(
    definition: ElectionDefinition,
    units: Mapping[str, Mapping[str, Value]],
    before: Mapping[str, Mapping[str, Value]],
) -> dict[str, list[str]]:
    """Unit → rules that found something, each compared with its prefecture and the election before."""
    found: dict[str, list[str]] = {}
    for unit, figures in units.items():
        beside = {other: given for other, given in units.items() if other[:2] == unit[:2] and other != unit}
        context = Context(
            definition,
            "final",
            "final",
            unit,
            frozenset({"pr"}),
            figures,
            neighbours=beside,
            previous=before.get(unit, {}),
        )
        if told := [finding.rule for finding in check(RULES, context)]:
            found[unit] = told
    return found


@pytest.mark.parametrize("year", [2019, 2022])
def test_real_turnout_of_every_municipality_is_rarely_asked_about(shared: Path, year: int) -> None:
    source = sources.UpperHouse(shared, year)
    units = returns(source)
    before = returns(sources.UpperHouse(shared, 2019)) if year == 2022 else {}
    found = warned(source.definition(), units, before)
    kinds = Counter(rule for rules in found.values() for rule in rules)
    assert len(units) > 1_800
    assert 100 * Decimal(len(found)) / len(units) <= MOST, (len(found), kinds)
