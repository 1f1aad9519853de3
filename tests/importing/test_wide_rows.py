"""A wide table's rows go through the reader one by one, however many there are, and their sums are exact."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import thorough
import tiny
from hypothesis import given, settings
from hypothesis import strategies as st

from reporting.application.service import Reporting
from reporting.files.problems import FileRefused, Problems
from reporting.importing import mapped
from reporting.importing.resolving import ElectionWords
from reporting.importing.shipped import read_mapping
from reporting.importing.totals import TotalWords, UnitVotes
from reporting.importing.wide import WideReader
from reporting.importing.wide_table import TableInFile

MAPPING = """
mapping = "rows"
label = { ja = "横持ち", en = "wide" }
source = "made for this test"
unit = { column = "unit", by = "code" }
[file]
encoding = "utf-8"
head = "unit"
[wide]
totals = []
[wide.choices]
contest = { value = "pr" }
item = "votes"
"""


@pytest.fixture
def reader(service: Reporting) -> WideReader:
    tiny.define(service)
    words = ElectionWords(service.catalog.election("tiny"))
    mapping = read_mapping("rows.toml", MAPPING.encode()).mapping
    place = ("tiny", "final", "final")
    return WideReader(
        "rows.csv", mapping, words, place, {}, TotalWords({}, frozenset()), Problems("rows.csv")
    )


def test_a_row_is_read_when_its_figures_are_asked_for(reader: WideReader) -> None:
    lines: list[int] = []

    def rows() -> Iterator[list[str]]:
        for line, row in enumerate((["unit", "甲党"], ["11", "5"], ["12", "7"]), 1):
            lines.append(line)
            yield row

    figures = reader.table(TableInFile("", rows(), lines))
    assert next(figures).unit == "11"
    assert lines == [1, 2]
    assert next(figures).row == 3


def test_a_text_with_too_many_cells_is_refused_where_they_become_too_many(
    service: Reporting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny.define(service)
    monkeypatch.setattr(mapped, "MAX_CELLS", 5)
    path = tmp_path / "rows.csv"
    path.write_text("unit,甲党\n11,5\n12,7\n", encoding="utf-8")
    before = service.ledger.position()
    with pytest.raises(FileRefused) as refused:
        mapped.import_mapped(
            path, service, tiny.SYSTEM, mapping=read_mapping("rows.toml", MAPPING.encode()), election="tiny", form="final",
            slot="final",
        )  # fmt: skip
    assert [problem.row for problem in refused.value.problems] == [3]
    assert service.ledger.position() == before


ROW = st.dictionaries(
    st.integers(0, 3),
    st.decimals(min_value=-(10**15) + 1, max_value=10**15 - 1, places=3, allow_nan=False),
    max_size=4,
)


@settings(max_examples=thorough.examples(50))
@given(
    rows=st.lists(ROW, max_size=6),
    asked=st.sets(st.integers(0, 7)),
    columns=st.lists(st.integers(0, 4), unique=True),
)
def test_sums_of_a_table_are_those_of_exact_decimals(
    rows: list[dict[int, Decimal]], asked: set[int], columns: list[int]
) -> None:
    """Eight bytes a cell lose nothing; a unit or column that the table lacks counts as nothing."""
    votes = UnitVotes()
    for number, row in enumerate(rows):
        votes.put(str(number), number, {column: int(figure * 1000) for column, figure in row.items()})
    whole = sum(
        (
            row.get(column, Decimal(0))
            for number, row in enumerate(rows)
            if number in asked
            for column in columns
        ),
        Decimal(0),
    )
    assert votes.summed([str(number) for number in asked], columns) == whole
