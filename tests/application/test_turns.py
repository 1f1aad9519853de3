"""Turns of those who write into one stream: one at a time, given back whatever happens, and never waited for without end."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from reporting.application.turns import turn

STREAM, OTHER = UUID(int=7), UUID(int=8)


def test_one_at_a_time() -> None:
    within: list[int] = []

    def take(number: int) -> None:
        with turn(STREAM):
            within.append(number)
            time.sleep(0.001)
            assert within[-1] == number

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(take, range(40)))
    assert sorted(within) == list(range(40))


def test_what_fails_gives_its_turn_back() -> None:
    for _ in range(3):
        with pytest.raises(ValueError, match="refused"), turn(STREAM, 0):
            raise ValueError("refused")


def test_nobody_waits_without_end_and_another_stream_for_nothing() -> None:
    with turn(STREAM):
        begun = time.monotonic()
        with ThreadPoolExecutor(1) as pool:
            pool.submit(_take, OTHER, 30).result()
            pool.submit(_take, STREAM, 0.01).result()
        assert time.monotonic() - begun < 10
        with ThreadPoolExecutor(
            1
        ) as pool:  # the turn is still this one's: who went on without it gave none back
            pool.submit(_take, STREAM, 0.01).result()
    with turn(STREAM, 0):
        pass


def _take(stream: UUID, longest: float) -> None:
    with turn(stream, longest):
        pass
