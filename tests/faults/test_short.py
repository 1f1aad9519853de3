"""A few faults on a running installation; all of them: `python3 do.py faults`, told in docs/reliability.md."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from acknowledged import Book
from every_fault import BY_CODE, FAULTS, SHORT
from fault import play
from installation import Installation, installed
from reliability import BEGIN, END, PAGE


@pytest.fixture(scope="module")
def hurt() -> Iterator[tuple[Installation, Book]]:
    with installed() as at:
        yield at, Book()


@pytest.mark.parametrize("code", SHORT)
def test_a_fault_is_borne(hurt: tuple[Installation, Book], code: str) -> None:
    at, book = hurt
    outcome = play(BY_CODE[code], at, book)
    assert outcome.wrong == []
    assert (outcome.lost, outcome.doubled, outcome.differences) == (0, 0, 0)
    assert outcome.acknowledged == len(book.positions) > 0


def test_the_page_tells_every_fault_and_each_is_borne() -> None:
    table = PAGE.read_text("utf-8").split(BEGIN)[1].split(END)[0]
    rows = [line for line in table.splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == [fault.code for fault in FAULTS]
    assert [row for row in rows if not row.endswith("| ✓ |")] == []
