"""A rebuild makes way for whoever writes: how much, told by a clock of the test's."""

from __future__ import annotations

import pytest

from projections.views.pace import LONGEST_S, QUIET_S, REST, RebuildPace


class PacedLog:
    """A log, a clock and a rebuild's rests."""

    def __init__(self) -> None:
        self.head, self.now = 100, 0.0
        self.rests: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.rests.append(seconds)
        self.now += seconds

    def pace(self, *, makes_way: bool = True) -> RebuildPace:
        return RebuildPace(lambda: self.head, makes_way=makes_way, clock=self.clock, sleep=self.sleep)


@pytest.fixture
def night() -> PacedLog:
    return PacedLog()


def test_nobody_writes_and_nothing_rests(night: PacedLog) -> None:
    pace = night.pace()
    for _ in range(3):
        night.now += 1.0
        pace.rest()
    assert not pace.yields()
    assert night.rests == []


def test_each_stretch_of_work_is_followed_by_a_longer_rest_while_others_write(night: PacedLog) -> None:
    pace = night.pace()
    for worked in (0.1, 0.3):
        night.head += 1
        night.now += worked
        pace.rest()
    assert night.rests == pytest.approx([0.1 * REST, 0.3 * REST])


def test_no_rest_is_longer_than_the_longest(night: PacedLog) -> None:
    pace = night.pace()
    night.head += 1
    night.now += 60.0
    pace.rest()
    assert night.rests == [LONGEST_S]


def test_others_are_taken_to_write_until_the_log_stood_still_for_a_while(night: PacedLog) -> None:
    pace = night.pace()
    night.head += 1
    assert pace.yields()
    night.now += QUIET_S
    assert pace.yields()
    night.now += 0.1
    assert not pace.yields()
    night.head += 1
    assert pace.yields()


def test_whoever_wants_it_fast_looks_at_nobody(night: PacedLog) -> None:
    pace = night.pace(makes_way=False)
    night.head += 1
    night.now += 1.0
    pace.rest()
    assert not pace.yields()
    assert night.rests == []
