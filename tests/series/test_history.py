"""Eighty years of published turnout: rates to the digit, and the documented differences and nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from whole_series import build

from reporting.files.problems import FileRefused
from reporting.series.checks import check_series
from reporting.series.declared import declared_breaks
from reporting.series.errata import Erratum, errata
from reporting.series.model import Observation, ObsStatus
from reporting.series.rebase import RateItem
from reporting.series.report import ContinuityCheck

TURNOUT = RateItem("turnout", "voters", "electors")
Cell = tuple[str, str, str, str, str]
Observations = list[Observation]

# 確定結果調 − 結果ページ: electors m, f; voters m, f (docs/data-sources.md §2 of visualizing-jp/shugiin-turnout)
DOCUMENTED = {
    ("45", "smd"): (0, -1, -1, 1),
    ("45", "pr"): (0, -1, -1, 1),
    ("46", "smd"): (0, 0, 2, 0),
    ("46", "pr"): (0, 0, 2, 0),
    ("48", "smd"): (0, 0, 0, 2),
    ("48", "pr"): (0, 0, 0, 1),
    ("49", "smd"): (0, 0, -1, 2),
    ("49", "pr"): (0, 0, 0, 5),
}
CELLS = (("electors", "sex=m"), ("electors", "sex=f"), ("voters", "sex=m"), ("voters", "sex=f"))


def unexplained(differences: Mapping[Cell, Decimal], known: Iterable[Erratum]) -> dict[Cell, Decimal]:
    """What is left of differences (published − other, by Erratum.cell) after the known errata; errata that no
    difference matches are left too, negative: a list of errata must not say more than the data."""
    left = {cell: difference for cell, difference in differences.items() if difference != 0}
    for one in known:
        rest = left.pop(one.cell, Decimal(0)) - one.difference
        if rest != 0:
            left[one.cell] = rest
    return left


def sums(prefectures: Observations) -> dict[Cell, Decimal]:
    found: dict[Cell, Decimal] = defaultdict(Decimal)
    for one in prefectures:
        assert isinstance(one.value, Decimal)
        found[one.election, one.contest, "JP", one.item, one.breakdown] += one.value
    return found


def rates(observations: Observations) -> dict[tuple[str, str, str], Decimal]:
    series = build(observations, rates=[TURNOUT])
    return {
        (row.observation.election, row.observation.contest, row.observation.area): row.observation.value
        for row in series.rows
        if row.observation.item == "turnout"
        and row.observation.breakdown == ""
        and isinstance(row.observation.value, Decimal)
    }


def test_national_rates_of_28_elections_are_the_published_ones(
    nation: Observations, national_rows: list[dict[str, str]]
) -> None:
    found = rates(nation)
    published = {
        (f"shugiin-{row['election_no']}", "smd", "JP"): Decimal(row["turnout_pct"]) for row in national_rows
    }
    assert len(published) == 28
    assert {key: found[key] for key in published} == published


def test_prefecture_sums_give_the_published_national_rates(
    prefectures: Observations, national_rows: list[dict[str, str]]
) -> None:
    assert len(prefectures) == 752 * 6
    total = sums(prefectures)
    nation = [
        Observation(
            area="JP", election=election, day=date(2000, 1, 1), item=item, value=value, contest=contest
        )
        for (election, contest, _area, item, breakdown), value in total.items()
        if breakdown == ""
    ]
    found = rates(nation)
    published = {row["election_no"]: Decimal(row["turnout_pct"]) for row in national_rows}
    for number in range(44, 50):
        assert found[f"shugiin-{number}", "smd", "JP"] == published[str(number)]
    assert found["shugiin-50", "smd", "JP"] == Decimal("53.85")


def test_prefecture_rates_have_two_decimals_half_up(prefectures: Observations) -> None:
    found = rates(prefectures)
    assert len(found) == 752
    counts = {
        (one.election, one.contest, one.area, one.item): one.value for one in prefectures if not one.breakdown
    }
    for (election, contest, area), value in found.items():
        voters, electors = (
            int(counts[election, contest, area, item] or 0) for item in ("voters", "electors")
        )
        hundredths = (2 * 10_000 * voters + electors) // (2 * electors)  # half up in whole numbers
        assert int(value * 100) == hundredths
        assert value == value.quantize(Decimal("0.01"))


def test_the_two_publications_differ_exactly_as_documented(
    nation: Observations, prefectures: Observations
) -> None:
    total = sums(prefectures)
    differences = {
        cell: one.value - total[cell]
        for one in nation
        if (cell := (one.election, one.contest, "JP", one.item, one.breakdown)) in total
        and one.breakdown
        and isinstance(one.value, Decimal)
    }
    assert len(differences) == 6 * 2 * 4
    documented = {
        (f"shugiin-{number}", contest, "JP", item, breakdown): Decimal(by)
        for (number, contest), values in DOCUMENTED.items()
        for (item, breakdown), by in zip(CELLS, values, strict=True)
    }
    assert {cell: by for cell, by in differences.items() if by} == {
        cell: by for cell, by in documented.items() if by
    }
    known = errata()
    assert len(known) == 13
    assert unexplained(differences, known) == {}
    published = {(one.election, one.contest, one.area, one.item, one.breakdown): one.value for one in nation}
    for one in known:
        assert one.published == published[one.cell]
        assert one.other == total[one.cell]
        assert one.source


def test_errata_that_the_data_do_not_bear_out_are_told() -> None:
    known = errata()
    assert unexplained({}, known[:1]) == {known[0].cell: -known[0].difference}
    assert unexplained({known[0].cell: Decimal(7)}, ()) == {known[0].cell: Decimal(7)}


def test_the_sum_check_finds_every_difference_and_names_its_erratum(
    nation: Observations, prefectures: Observations
) -> None:
    parents = {f"{number:02d}": "JP" for number in range(1, 48)}
    report = check_series([*nation, *prefectures], parents=parents, errata=errata())
    found = [one for one in report.findings if one.check is ContinuityCheck.SUM]
    with_sex = [one for one in found if one.breakdown]
    assert {one.evidence["erratum"] for one in with_sex} == {one.id for one in errata()}
    # totals of both sexes differ only where the two sexes' differences do not cancel out
    assert {
        (one.election, one.contest, one.item, one.evidence["difference"])
        for one in found
        if not one.breakdown
    } == {
        ("shugiin-45", "smd", "electors", "-1"),
        ("shugiin-45", "pr", "electors", "-1"),
        ("shugiin-46", "smd", "voters", "2"),
        ("shugiin-46", "pr", "voters", "2"),
        ("shugiin-48", "smd", "voters", "2"),
        ("shugiin-48", "pr", "voters", "1"),
        ("shugiin-49", "smd", "voters", "1"),
        ("shugiin-49", "pr", "voters", "5"),
    }
    assert all(one.evidence["parts"] == "47" for one in found)


def test_known_breaks_are_marked_with_the_value_before(nation: Observations) -> None:
    series = build(nation, rates=[TURNOUT], declared=declared_breaks())
    marked = {
        row.observation.election: row.observation
        for row in series.rows
        if ObsStatus.BREAK in row.observation.status
        and (row.observation.item, row.observation.contest, row.observation.breakdown)
        == ("electors", "smd", "")
    }
    assert list(marked) == ["shugiin-33", "shugiin-41", "shugiin-45", "shugiin-48"]
    eighteen = marked["shugiin-48"]
    assert eighteen.obs_status == "B"
    assert eighteen.pre_break_value == Decimal(103962784)  # 47th, when electors were 20 and older
    causes = {(one.cause.value, one.change) for one in series.breaks if one.after == "shugiin-48"}
    assert ("electorate", "voting-age-18") in causes


def test_previous_election_and_difference_stand_in_the_row(nation: Observations) -> None:
    series = build(nation, rates=[TURNOUT])
    row = next(
        row
        for row in series.rows
        if (row.observation.item, row.observation.contest, row.observation.election)
        == ("turnout", "smd", "shugiin-49")
        and not row.observation.breakdown
    )
    assert row.previous is not None
    assert (row.previous.value, row.observation.value, row.difference) == (
        Decimal("53.68"),
        Decimal("55.93"),
        Decimal("2.24"),
    )


def test_an_erratum_must_add_up(tmp_path: Path) -> None:
    first = errata()[0]
    path = tmp_path / "errata.csv"
    fields = first.model_dump(mode="json") | {"difference": "9"}
    path.write_text(
        ",".join(fields) + "\n" + ",".join('"' + str(text) + '"' for text in fields.values()) + "\n",
        encoding="utf-8",
    )
    with pytest.raises(FileRefused, match=r"errata\.csv:2"):
        errata(path)
