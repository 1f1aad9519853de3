"""A file of any length is imported, and a log of any length verified, in the same memory (issue 11, 7)."""

from __future__ import annotations

import csv
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks import stage
from projections import independent
from projections.rebuild import rebuild
from projections.verify import verify
from projections.views import unpack
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.files import problems
from reporting.files.problems import FileRefused
from reporting.importing import checked, checking, import_returns

SLOTS = 2
"""Of the smaller file; the larger one has four times as many, and as many times the rows."""
MOST = 1.35
"""Times the smaller one's peak. What grows with the file alone is a name for each return."""


@pytest.fixture
def country(monkeypatch: pytest.MonkeyPatch, database: Database) -> Database:
    """60 units, 16 cells in each of 12 slots; everything that is held at once is small beside the files."""
    monkeypatch.setattr(stage, "UNITS", 60)
    monkeypatch.setattr(stage, "PREFECTURES", 5)
    monkeypatch.setattr(checking, "TOGETHER", 200)
    monkeypatch.setattr(checked, "MOST_TEXTS", 200)
    monkeypatch.setattr(independent, "PAGE", 20)
    monkeypatch.setattr(unpack, "PIECE", 20)
    stage.define(database)
    return database


def table(path: Path, slots: range, value: Callable[[int], object] = lambda n: n) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("election", "form", "slot", "unit", "contest", "item", "value"))
        number = 0
        for slot in slots:
            for unit in range(stage.UNITS):
                for contest in stage.CONTESTS:
                    for item in stage.ITEMS:
                        number += 1
                        place = ("e1", "night", f"s{slot + 1}", stage.unit(unit))
                        rows.writerow((*place, contest, item, value(number)))
    return path


def peak(work: Callable[[], object]) -> int:
    """Bytes of Python's own at their highest while it works, beyond those before."""
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    try:
        work()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("dry_run", [True, False])
def test_the_peak_of_an_import_does_not_grow_with_the_file(
    country: Database, service: Reporting, tmp_path: Path, dry_run: bool
) -> None:
    first = table(tmp_path / "first.csv", range(1))
    small = table(tmp_path / "small.csv", range(1, 1 + SLOTS))
    large = table(tmp_path / "large.csv", range(1 + SLOTS, 1 + 5 * SLOTS))

    def take(path: Path) -> None:
        assert import_returns(path, service, stage.ACTOR, dry_run=dry_run).rows > 0

    take(first)  # everything that is made once is made
    once = peak(lambda: take(small))
    more = peak(lambda: take(large))
    assert more <= MOST * once


def test_the_peak_of_a_verification_does_not_grow_with_the_log(
    country: Database, service: Reporting, tmp_path: Path
) -> None:
    def verified() -> None:
        assert verify(country).equal

    import_returns(table(tmp_path / "small.csv", range(SLOTS)), service, stage.ACTOR)
    rebuild(country)
    verified()
    once = peak(verified)
    import_returns(table(tmp_path / "large.csv", range(SLOTS, 4 * SLOTS)), service, stage.ACTOR)
    more = peak(verified)
    assert more <= MOST * once


def test_a_file_that_is_all_wrong_is_not_held_either(
    country: Database, service: Reporting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another cause in each row: the first of them are told, and where reading ended."""
    monkeypatch.setattr(problems, "KEPT", 100)
    wrong = table(tmp_path / "wrong.csv", range(SLOTS), lambda n: f"x{n}")
    with pytest.raises(FileRefused) as refused:
        import_returns(wrong, service, stage.ACTOR)
    told = refused.value.problems
    assert [problem.row for problem in told[:100]] == list(range(2, 102))
    assert len(told) == 101
    assert "読んでいません" in told[-1].found
    assert service.ledger.position() < 10


def test_a_large_file_is_one_transaction(country: Database, service: Reporting, tmp_path: Path) -> None:
    """Parts are commands of their own, and all of them stand or none."""
    before = service.ledger.position()
    whole = table(tmp_path / "whole.csv", range(SLOTS))
    report = import_returns(whole, service, stage.ACTOR)
    events = service.ledger.read(before, 10_000)
    assert len(events) == report.events == SLOTS * stage.UNITS
    assert len({one.command_id for one in events}) > 1
    assert import_returns(whole, service, stage.ACTOR).repeated
