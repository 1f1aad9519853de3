"""Warnings on real results: what clerks would have had to explain had these been their returns."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
import sources
from thorough import some, turn

from reporting.domain.election import ElectionDefinition
from reporting.domain.figures import Cell, Value
from reporting.domain.workflow import RuleUse
from reporting.rules.context import Context
from reporting.rules.engine import check

RULES = tuple(RuleUse(code=code) for code in ("J01", "J03", "J08", "J20", "J26", "J27", "J28", "J29"))
MOST = Decimal("2.0")
"""Percent of returns with a warning: 0.5 and 0.8 of municipalities in 2019 and 2022."""
MOST_OF_COUNTS = Decimal("2.2")
"""Of counts: 1.3 in 2021 and 2.1 in 2024, those of the parties among them, which do not stand in every block."""
MOST_ALONE = Decimal("0.1")
"""Of returns that nothing is there to compare with, by what is usual of such numbers: none of 2019, 2022 and of three prefectures."""
MOST_OF_DISTRICTS = Decimal("3.0")
"""Of the counts of single-member districts, where candidates have home towns: 1.8 in 2021, 2.8 in 2024."""
LEAST_NOTICED = Decimal("58")
"""Percent of district counts in which the first two candidates' exchanged votes ask for an explanation."""


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
    prefectures: dict[str, dict[str, Mapping[str, Value]]] = defaultdict(dict)
    for unit, figures in units.items():
        prefectures[unit[:2]][unit] = figures
    found: dict[str, list[str]] = {}
    for unit, figures in units.items():
        beside = {other: given for other, given in prefectures[unit[:2]].items() if other != unit}
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


@pytest.mark.parametrize("year", turn([2019, 2022], 0))
def test_real_turnout_of_every_municipality_is_rarely_asked_about(shared: Path, year: int) -> None:
    source = sources.UpperHouse(shared, year)
    units = returns(source)
    before = returns(sources.UpperHouse(shared, 2019)) if year == 2022 else {}
    found = warned(source.definition(), units, before)
    kinds = Counter(rule for rules in found.values() for rule in rules)
    assert len(units) > 1_800
    assert 100 * Decimal(len(found)) / len(units) <= MOST, (len(found), kinds)


@pytest.mark.parametrize("year", turn([2019, 2022], 1))
def test_real_returns_are_rarely_asked_about_where_nothing_is_there_to_compare(
    shared: Path, year: int
) -> None:
    """The first of the night, in an election without one before."""
    source = sources.UpperHouse(shared, year)
    definition, units = source.definition(), returns(source)
    asked = [
        unit
        for unit, figures in units.items()
        if check(
            (RuleUse(code="J28"),), Context(definition, "final", "final", unit, frozenset({"pr"}), figures)
        )
    ]
    assert 100 * Decimal(len(asked)) / len(units) <= MOST_ALONE, asked


def district_returns(source: sources.LowerHouse) -> dict[tuple[str, str], dict[str, Value]]:
    """(contest, unit) → its votes: one count is one return, compared with the counts of the same contest."""
    found: dict[tuple[str, str], dict[str, Value]] = defaultdict(dict)
    for row in source.rows():
        cell = Cell(row["contest"], row["item"], "", row["choice"])
        found[row["contest"], row["unit"]][cell.key] = Decimal(row["value"])
    return found


@pytest.mark.parametrize("year", some([2021, 2024], 1))
def test_real_votes_of_every_count_are_rarely_asked_about(shared: Path, year: int) -> None:
    """Votes of candidates and parties in every counting unit, each beside the others of its prefecture, as the desk does."""
    source = sources.LowerHouse(shared, year)
    definition, counts = source.definition(), district_returns(source)
    beside: dict[str, dict[str, dict[str, Value]]] = defaultdict(dict)
    for (contest, unit), figures in counts.items():
        beside[contest][unit] = figures
    found: Counter[str] = Counter()
    districts = {one.code for one in definition.contests if one.kind == "single_member"}
    asked = district = asked_district = exchanged = noticed = 0
    for (contest, unit), figures in counts.items():
        neighbours = {
            other: given
            for other, given in beside[contest].items()
            if other[:2] == unit[:2] and other != unit
        }
        context = Context(
            definition, "count", "final", unit, frozenset({contest}), figures, neighbours=neighbours
        )
        told = {finding.rule for finding in check(RULES, context) if finding.severity == "warning"}
        found.update(told)
        asked += bool(told)
        if contest in districts and len(figures) > 1:
            district, asked_district = district + 1, asked_district + bool(told)
            first, second = sorted(figures, key=lambda key: Decimal(str(figures[key])), reverse=True)[:2]
            slip = {**figures, first: figures[second], second: figures[first]}
            exchanged += 1
            noticed += bool(check((RuleUse(code="J20"),), replace(context, figures=slip)))
    assert len(counts) > 3_000
    assert 100 * Decimal(asked_district) / district <= MOST_OF_DISTRICTS, (asked_district, district)
    assert 100 * Decimal(noticed) / exchanged >= LEAST_NOTICED, (noticed, exchanged)
    assert 100 * Decimal(asked) / len(counts) <= MOST_OF_COUNTS, (asked, len(counts), found)


def test_real_turnout_and_valid_votes_of_three_prefectures_are_rarely_asked_about(shared: Path) -> None:
    """2021, Hokkaido, Aomori, Iwate: electors, voters and valid votes of both ballots, beside those of the prefecture."""
    folder = shared / "data" / "jp-hanishina-2021"
    rows = [
        row
        for row in sources.read(folder / "lower2021_hokkaido_aomori_iwate.csv")
        if row["level"] not in ("prefecture", "district")
    ]
    definition = sources.LowerHouse(shared, 2021).definition()
    units: dict[str, dict[str, Value]] = {}
    for row in rows:
        unit = f"{row['jis_code']}-{row['part']}" if row["part"] else row["jis_code"]
        units[unit] = {
            Cell(ballot, item, "", "").key: Decimal(row[column])
            for ballot in ("smd", "pr")
            for item, column in (
                ("electors", "electors"), ("voters", f"{ballot}_voters"), ("valid_votes", f"{ballot}_valid"),
            )
            if row[column]
        }  # fmt: skip
    found: Counter[str] = Counter()
    asked = asked_alone = 0
    for unit, figures in units.items():
        neighbours = {o: given for o, given in units.items() if o[:2] == unit[:2] and o != unit}
        context = Context(
            definition, "turnout", "final", unit, frozenset({"smd", "pr"}), figures, neighbours=neighbours
        )
        told = {finding.rule for finding in check(RULES, context) if finding.severity == "warning"}
        found.update(told)
        asked += bool(told)
        alone = replace(context, neighbours={})
        asked_alone += bool(check((RuleUse(code="J28"),), alone))
    assert len(units) > 200
    assert 100 * Decimal(asked) / len(units) <= MOST, (asked, len(units), found)
    assert 100 * Decimal(asked_alone) / len(units) <= MOST_ALONE, asked_alone
