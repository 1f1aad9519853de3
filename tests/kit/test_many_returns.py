"""A workbook of many returns is written a sheet at a time: whole, the same each time, and read like any other."""

from __future__ import annotations

import night
import pytest

from reporting.application.service import Reporting
from reporting.kit import making
from reporting.kit.making import make_book
from reporting.kit.reading import read_book


def test_written_to_disk_or_in_memory_it_says_the_same(
    service: Reporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = night.define(service)
    night.submit(desk)
    made_at = service.clock()
    units = ["11", "12"]
    small = make_book(desk, "tiny", "final", "final", units, night.CITY, made_at)
    monkeypatch.setattr(making, "MANY", 1)
    large = [make_book(desk, "tiny", "final", "final", units, night.CITY, made_at) for _ in range(2)]
    assert large[0] == large[1]
    books = [read_book("b.xlsx", data) for data in (small, large[0])]
    assert [book.problems for book in books] == [[], []]
    assert books[0].made == books[1].made
    assert [sheet.typed for sheet in books[0].sheets] == [sheet.typed for sheet in books[1].sheets]
