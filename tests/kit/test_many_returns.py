"""Workbooks of many returns: written a sheet at a time, whole, the same each time; and never more than can be read again."""

from __future__ import annotations

import night
import pytest
from shipped_desk import define_shipped
from tiny import SYSTEM

from reporting.application.asked import contests_asked
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.errors import InvalidInput
from reporting.kit import bounds, making
from reporting.kit.bounds import LIMITS, MOST_CELLS, MOST_RETURNS, parts_of, require_readable, require_rows
from reporting.kit.making import in_reach, make_book
from reporting.kit.reading import read_book


@pytest.fixture
def desk(service: Reporting) -> Desk:
    desk = night.define(service)
    night.submit(desk)
    return desk


def test_written_to_disk_or_in_memory_it_says_the_same(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    made_at = desk.reporting.clock()
    units = ["11", "12"]
    small = make_book(desk, "tiny", "final", "final", units, night.CITY, made_at)
    monkeypatch.setattr(making, "MANY", 1)
    large = [make_book(desk, "tiny", "final", "final", units, night.CITY, made_at) for _ in range(2)]
    assert large[0] == large[1]
    books = [read_book("b.xlsx", data) for data in (small, large[0])]
    assert [book.problems for book in books] == [[], []]
    assert books[0].made == books[1].made
    assert [sheet.typed for sheet in books[0].sheets] == [sheet.typed for sheet in books[1].sheets]


def test_more_than_one_workbook_holds_is_told_with_how_many(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = len(
        read_book("b.xlsx", make_book(desk, "tiny", "final", "final", ["11"], night.CITY))
        .made.sheets[0]
        .cells
    )
    monkeypatch.setattr(bounds, "MOST_CELLS", cells)
    with pytest.raises(InvalidInput, match="1 つのブックに 1 報告まで"):
        make_book(desk, "tiny", "final", "final", ["11", "12"], night.CITY)
    assert make_book(desk, "tiny", "final", "final", ["12"], night.CITY), "one by itself always"


def test_what_could_not_be_read_again_is_not_given_out(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    data = make_book(desk, "tiny", "final", "final", ["11", "12"], night.CITY)
    require_readable(data, 2)
    monkeypatch.setattr(bounds, "MAX_BYTES", len(data) - 100)
    with pytest.raises(InvalidInput, match="1 つのブックに 1 報告まで"):
        make_book(desk, "tiny", "final", "final", ["11", "12"], night.CITY)
    require_rows(LIMITS.rows)
    with pytest.raises(InvalidInput, match="画面か CSV"):
        require_rows(LIMITS.rows + 1)


def test_a_whole_country_in_parts(service: Reporting) -> None:
    """Every unit in one part, in order; none larger than a workbook may be, whichever form it is."""
    define_shipped(service, ["lower_house"])
    desk, defined = Desk(service), service.catalog.election("lower_house")
    sizes = set()
    for form in defined.definition.forms:
        slot = form.slots[-1].code
        units = list(in_reach(desk, "lower_house", form.code, slot, SYSTEM))
        parts = parts_of(defined, form.code, slot, units)
        assert [unit for part in parts for unit in part] == units
        assert all(0 < len(part) <= MOST_RETURNS for part in parts)
        sizes.add(len(parts[0]))
        for part in parts[:1]:
            asked = (contests_asked(defined, form.code, slot, unit) for unit in part)
            assert sum(len(contest.cells) for contests in asked for contest in contests) <= MOST_CELLS
    assert MOST_RETURNS in sizes
    assert min(sizes) < MOST_RETURNS, "a large form goes into several"
    assert parts_of(defined, form.code, slot, []) == []
