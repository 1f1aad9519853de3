"""Breaks known beforehand: each says where it was checked, and what the data beside the project can prove, they do."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest

from reporting.files.problems import FileRefused
from reporting.lineage.graph import Lineage
from reporting.series.declared import BREAK_COLUMNS, DeclaredBreak, declared_breaks
from reporting.series.model import SeriesKey

KNOWN = {one.id: one for one in declared_breaks()}


def districts(shared: Path, year: int) -> dict[str, int]:
    """Prefecture → how many single-member districts."""
    found: dict[str, set[str]] = defaultdict(set)
    path = shared / "data" / "jp-smd-definitions" / f"smd_units_{year}.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            found[row["pref_code"]].add(row["district"])
    return {prefecture: len(codes) for prefecture, codes in found.items()}


def test_each_says_where_it_was_checked() -> None:
    for one in KNOWN.values():
        assert one.source in one.origin
        assert one.checked in one.origin


def test_the_return_of_okinawa_is_that_of_the_official_list(lineage: Lineage) -> None:
    """The list has eight of its codes three weeks later."""
    begun = [
        (effect.change.date, code)
        for effect in lineage.effects
        if effect.kind.code == "returned"
        for code in effect.begins
    ]
    assert {code[:2] for _day, code in begun} == {"47"}
    assert min(begun)[0] == KNOWN["okinawa-return"].date == date(1972, 5, 15)


def test_ten_more_and_ten_fewer_districts_between_the_49th_and_the_50th(shared: Path) -> None:
    """Between the 48th and the 49th there was no redistricting, and none is declared."""
    before, after = districts(shared, 2021), districts(shared, 2024)
    steps = [after[prefecture] - count for prefecture, count in before.items()]
    assert (sum(step for step in steps if step > 0), sum(step for step in steps if step < 0)) == (10, -10)
    assert date(2021, 10, 31) < KNOWN["smd-2022"].date < date(2024, 10, 27)
    assert districts(shared, 2017) == before
    redrawn = [one.date for one in KNOWN.values() if one.cause == "redistricting"]
    assert not [day for day in redrawn if date(2017, 10, 22) < day < date(2021, 10, 31)]


def test_a_change_of_the_electorate_concerns_electors_voters_and_turnout() -> None:
    for name in ("voting-age-18", "overseas-pr", "overseas-smd", "okinawa-return"):
        one = KNOWN[name]
        area = one.area or "13"
        for item in ("electors", "voters", "turnout"):
            assert one.concerns(SeriesKey("administrative", area, one.contest or "pr", item, "sex=f"))
        assert not one.concerns(SeriesKey("administrative", area, one.contest or "pr", "votes", ""))


def test_a_break_without_its_check_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "breaks.csv"
    fields = KNOWN["smd-2022"].model_dump(mode="json") | {"checked": ""}
    path.write_text(",".join(BREAK_COLUMNS) + "\n" + ",".join(fields.values()) + "\n", encoding="utf-8")
    with pytest.raises(FileRefused) as refused:
        declared_breaks(path)
    assert "checked" in str(refused.value)
    assert DeclaredBreak.model_fields["checked"].is_required()
