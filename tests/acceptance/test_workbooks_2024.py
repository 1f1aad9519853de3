"""The ministry's own workbooks of 2024 give the same figures as the tidy file made from them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from openpyxl import load_workbook
from sources import LowerHouse, Row, returns_csv
from tiny import SYSTEM
from world import World

from reporting.definitions.load import shipped_registry
from reporting.files.problems import FileRefused
from reporting.importing import import_workbook
from reporting.importing.returns import import_returns
from reporting.importing.words import plain

BOOKS = ("中国選挙区", "東海選挙区", "埼玉県", "山梨県", "新潟県", "福岡県", "香川県")

LEFT_OUT = {"埼玉県": 6, "新潟県": 2, "福岡県": 7}
"""Candidates without a party: the tidy file made from the workbooks lost them."""


@pytest.fixture(scope="module")
def election(world: World, shared: Path) -> LowerHouse:
    source = LowerHouse(shared, 2024)
    registry = shipped_registry()
    world.service.declare_registry(registry.registry, registry.geographies, registry.areas, SYSTEM, uuid4())
    world.service.define_election(source.definition(), SYSTEM, uuid4())
    return source


def rows_of(election: LowerHouse, book: str) -> Iterator[Row]:
    """The tidy rows that the workbook holds as well."""
    block = {"中国選挙区": "B09", "東海選挙区": "B07"}.get(book)
    prefecture = {row["pref"]: row["pref_code"].zfill(2) for row in election.smd}.get(book, "")
    for row in election.rows():
        if row["contest"] == block or row["contest"].startswith(f"{prefecture}-"):
            yield row


@pytest.mark.parametrize("book", BOOKS)
def test_a_workbook_equals_the_tidy_file(
    world: World, election: LowerHouse, shared: Path, tmp_path: Path, book: str
) -> None:
    path = shared / "data" / "jp-yhoriuchi-jelec" / "official-workbooks-2024" / f"{book}.xlsx"
    place: dict[str, Any] = {"election": election.code, "form": "count", "slot": "final"}
    if book in LEFT_OUT:
        with pytest.raises(FileRefused) as caught:
            import_workbook(path, world.service, SYSTEM, **place)
        assert len(caught.value.problems) == LEFT_OUT[book]
        sheets = load_workbook(path)
        for problem in caught.value.problems:
            sheet, _, cell = problem.column.partition("!")
            district = plain(sheet)
            election.candidates[
                next(code for code, name in election.district_names().items() if plain(name) == district)
            ].append((problem.found, ""))
            assert sheets[sheet][cell].offset(row=1).value is None  # no party below the name
        world.service.define_election(election.definition(), SYSTEM, uuid4())
    dry = import_workbook(path, world.service, SYSTEM, dry_run=True, **place)
    taken = import_workbook(path, world.service, SYSTEM, **place)
    assert dry.rows == taken.rows > 0
    assert [note for note in taken.notes if "≠" in note] == []
    tidy = list(rows_of(election, book))
    again = import_returns(returns_csv(tmp_path / "tidy.csv", tidy), world.service, SYSTEM)
    assert (again.events, again.unchanged) == (0, again.rows)
    assert (taken.rows > again.rows) if book in LEFT_OUT else (taken.rows == again.rows)
