"""Who works for an office on a day: the first day counts, the day given as the end does not."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from reporting.domain.actor import Actor, Role
from reporting.domain.directory import JAPAN, Directory
from reporting.domain.office_events import MembershipEnded, MembershipGranted, OfficeRegistered

APRIL = date(2026, 4, 1)
SPANS = st.lists(
    st.tuples(st.sampled_from(["佐藤", "鈴木"]), st.integers(0, 9), st.none() | st.integers(1, 12)),
    max_size=5,
)


def office(code: str = "ward-11", area: str = "11") -> OfficeRegistered:
    return OfficeRegistered(office=code, label_ja=f"{code}選管", role="ward", jurisdiction=area)


def noon(days: int) -> datetime:
    return datetime(2026, 4, 1, 12, tzinfo=JAPAN) + timedelta(days)


def directory(spans: list[tuple[str, int, int | None]]) -> Directory:
    found = Directory()
    found.apply(office())
    for who, start, end in spans:
        until = None if end is None else APRIL + timedelta(end)
        found.apply(
            MembershipGranted(
                office="ward-11", subject=who, valid_from=APRIL + timedelta(start), valid_to=until
            )
        )
    return found


@given(SPANS, st.integers(-1, 13))
def test_a_day_is_within_a_membership_or_not(spans: list[tuple[str, int, int | None]], day: int) -> None:
    offices = directory(spans)
    for who, other in (("佐藤", "鈴木"), ("鈴木", "佐藤")):
        there = any(
            name == who and day in range(start, 99 if end is None else end) for name, start, end in spans
        )
        assert bool(offices.roles_of(who, APRIL + timedelta(days=day))) is there
        assert [actor.person for actor in offices.actors(who, noon(day))] == [who] * there
        assert offices.others(Actor(other, "ward-11選管", Role.WARD, "11"), noon(day)) is there
        assert not offices.others(Actor(other, "別の選管", Role.WARD, "12"), noon(day))


@given(st.integers(1, 9), st.none() | st.integers(1, 9))
def test_a_membership_ends_on_the_earlier_day(ended: int, before: int | None) -> None:
    offices = directory([("佐藤", 0, before), ("鈴木", 0, None)])
    offices.apply(MembershipEnded(office="ward-11", subject="佐藤", valid_to=APRIL + timedelta(ended)))
    last = ended if before is None else min(ended, before)
    for day in range(12):
        assert bool(offices.roles_of("佐藤", APRIL + timedelta(day))) is (day < last)
        assert offices.roles_of("鈴木", APRIL + timedelta(day))
    assert offices.version == 4


def test_a_day_is_a_day_of_japan() -> None:
    offices = directory([("佐藤", 0, 1)])
    late = datetime(2026, 4, 1, 23, 59, tzinfo=JAPAN)
    assert offices.actors("佐藤", late)
    assert not offices.actors("佐藤", late + timedelta(minutes=1))
    assert not offices.actors("佐藤", noon(-1))
