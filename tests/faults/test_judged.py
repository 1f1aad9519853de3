"""The judge of the faults finds what is wrong: nobody else would notice if it found nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest
from acknowledged import Book
from asked_health import Heard, Said
from every_fault import BY_CODE
from fault import WITHIN_S, MissingHere, forgotten, play
from installation import Installation, installed
from judged import Outcome, judge_health, judge_record
from reliability import BEGIN, END, written
from reliability import played as played_all

from projections import versions


@pytest.fixture(scope="module")
def played() -> Iterator[tuple[Installation, Book]]:
    with installed() as at:
        book = Book()
        assert play(BY_CODE["commands-again"], at, book).wrong == []
        yield at, book


def of(book: Book) -> Book:
    """A copy to be falsified."""
    return Book(positions=dict(book.positions), values=dict(book.values))


def judged(at: Installation, book: Book) -> Outcome:
    outcome = Outcome()
    judge_record(at, book, outcome)
    return outcome


def test_what_was_acknowledged_and_is_not_there_is_lost(played: tuple[Installation, Book]) -> None:
    at, book = played[0], of(played[1])
    some = next(iter(book.positions))
    book.positions |= {uuid4(): 1, some: book.positions[some] + 1}
    outcome = judged(at, book)
    assert (outcome.lost, outcome.doubled) == (2, 0)
    assert outcome.wrong == ["2 acknowledged commands lost"]


def test_what_is_there_and_was_not_acknowledged_is_doubled(played: tuple[Installation, Book]) -> None:
    at, book = played[0], of(played[1])
    del book.positions[next(iter(book.positions))]
    outcome = judged(at, book)
    assert (outcome.lost, outcome.doubled, len(outcome.wrong)) == (0, 1, 1)


def test_a_total_that_is_not_the_sum_is_told(played: tuple[Installation, Book]) -> None:
    at, book = played[0], of(played[1])
    book.values[next(iter(book.values))] += 1
    assert len(judged(at, book).wrong) == 1


def test_views_that_are_damaged_are_told(played: tuple[Installation, Book]) -> None:
    at, book = played
    with at.database.connect(autocommit=True) as owner:
        live = versions.live(owner)
        assert live is not None
        owner.execute(f"UPDATE {live.schema}.figure SET value = value + 1")
    outcome = judged(at, book)
    assert outcome.differences > 0
    assert len(outcome.wrong) >= 1


WELL = Said(100.0, 100.1, 200, {"behindSeconds": 0.0, "unsignedSeconds": 0.2})
AWAY = replace(WELL, status=503, body={"state": "unavailable"})
MUTE = replace(AWAY, heard=104.0, status=None, mute=True)


@pytest.mark.parametrize(
    ("said", "acknowledged", "wrong"),
    [
        (WELL, 101.0, 0),
        (WELL, 100.1 + WITHIN_S + 0.1, 1),
        (AWAY, 200.0, 0),
        (MUTE, 101.0, 1),
    ],
)
def test_what_health_may_not_say(said: Said, acknowledged: float, wrong: int) -> None:
    book = Book(moments=[acknowledged])
    assert len([*judge_health([said], book, (100.0, 105.0), mute=False)]) == wrong


def test_who_is_frozen_may_be_mute_while_it_is() -> None:
    assert [*judge_health([MUTE], Book(), (100.0, 105.0), mute=True)] == []
    assert len([*judge_health([MUTE], Book(), (60.0, 70.0), mute=True)]) == 1


def test_what_was_told_is_not_taken_back() -> None:
    taken_back = [replace(AWAY, asked=101.0, heard=101.1), replace(WELL, asked=102.0, heard=102.1)]
    assert len(forgotten(lambda one: one.away, taken_back, 0.5, (100.0, 105.0))) == 1
    assert forgotten(lambda one: one.away, taken_back[:1], 0.5, (100.0, 105.0)) == []


def test_a_row_that_is_played_again_takes_its_old_place() -> None:
    page = f"before\n{BEGIN}\nold\n| `line-cut` x | ✓ |\n| `gone` x | ✓ |\n{END}\nafter\n"
    first = written(page, {"server-killed": "| `server-killed` y | ✓ |"}, date(2026, 11, 29))
    assert [line for line in first.splitlines() if line.startswith("| `")] == [
        "| `server-killed` y | ✓ |",
        "| `line-cut` x | ✓ |",
    ]
    assert "2026-11-29 (earlier runs: line-cut)" in first
    assert first.startswith("before\n")
    assert first.endswith("after\n")


def test_what_a_machine_cannot_play_is_said_and_has_no_row(capsys: pytest.CaptureFixture[str]) -> None:
    @contextmanager
    def nowhere() -> Iterator[Installation]:
        raise MissingHere("a disk")
        yield

    one = replace(BY_CODE["disk-full"], alone=nowhere)
    assert [*played_all([one])] == []
    assert capsys.readouterr().err == "disk-full: not played, this machine lacks a disk\n"


def test_what_was_told_is_found_also_when_it_is_looked_for_late() -> None:
    heard = Heard([WELL, replace(AWAY, asked=101.0, heard=101.1), AWAY])
    assert heard.first(lambda one: one.away, 100.5, 0.0) == heard.said[1]
    assert heard.first(lambda one: one.unsigned, 100.5, 0.0) is None
