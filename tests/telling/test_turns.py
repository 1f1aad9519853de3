"""Who of an office is told when: quiet hours, and the next person."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from datetime import time as TimeOfDay
from threading import Event
from typing import Any
from uuid import uuid4

import night
import pytest
from tiny import SYSTEM
from told_offices import Told, told_offices

from reporting.application.offices import HandOver, Offices
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.telling import Address, read_rules
from reporting.telling.letter import Letter, NotDelivered
from reporting.telling.mail import written
from reporting.telling.outbox import Claimed


@pytest.fixture
def told(service: Reporting, database: Database) -> Iterator[Told]:
    with told_offices(service, database) as offices:
        yield offices


class Post:
    """Notes whom it reaches; `away`: addresses that nobody is at."""

    def __init__(self, *away: str) -> None:
        self.reached: list[str] = []
        self._away = away

    def __call__(self, letter: Letter) -> None:
        if letter.address in self._away:
            raise NotDelivered("断 / no", final=True)
        self.reached.append(letter.address)


def tell(told: Told, post: Post, urgent: bool = True, **changed: Any) -> list[str]:
    """`changed`: of the rule."""
    rules = read_rules()
    rule = rules.kinds["sent_back"].model_copy(update={"urgent": urgent, **changed})
    teller = told.teller(
        {"mail": post}, rules.model_copy(update={"kinds": {**rules.kinds, "sent_back": rule}})
    )
    told.follow()
    teller.lay_out()
    teller.send()
    reached, post.reached = post.reached, []
    return reached


def two_persons(told: Told) -> None:
    told.address("ward", "first@a.jp", "mail", person="一")
    told.address("ward", "next@a.jp", "mail", rank=1, person="二")


def test_the_next_person_is_told_when_nothing_has_happened_in_time(told: Told) -> None:
    two_persons(told)
    told.send_back()
    post = Post()
    assert tell(told, post) == ["first@a.jp"]
    told.later(minutes=14)
    assert tell(told, post) == []
    told.later(minutes=1)
    assert tell(told, post) == ["next@a.jp"]


def test_the_next_person_is_left_alone_when_the_return_has_moved(told: Told) -> None:
    two_persons(told)
    told.send_back()
    post = Post()
    assert tell(told, post) == ["first@a.jp"]
    night.submit(told.desk, "11", values={**night.BALANCED, "electors": 201}, reason="訂正")
    told.later(hours=1)
    assert tell(told, post) == []
    assert sorted(row.state for row in told.outbox.kept(None)) == ["made", "unneeded"]


def test_nobody_else_is_told_where_one_of_two_was_reached_whoever_was_tried_first(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What came of deliveries claimed together is noted together."""
    two_persons(told)
    told.address("ward", "gone@a.jp", "mail", person="三")
    tried, noted = Event(), list[int]()

    class Slow(Post):
        def __call__(self, letter: Letter) -> None:
            if letter.address == "gone@a.jp":
                tried.set()
            assert tried.wait(5)
            time.sleep(0.2 if letter.address == "first@a.jp" else 0)  # for whatever is noted of the other
            super().__call__(letter)

    real = told.outbox.made

    def made(several: Sequence[Claimed]) -> None:
        noted.append(len(several))
        real(several)

    monkeypatch.setattr(told.outbox, "made", made)
    told.send_back()
    assert tell(told, Slow("gone@a.jp"), escalate_minutes=None) == ["first@a.jp"]
    assert sorted((row.person, row.state) for row in told.outbox.kept(None)) == sorted(
        [("一", "made"), ("三", "dead"), ("二", "unneeded")]
    )
    assert noted == [1]


def test_the_next_person_is_told_at_once_when_the_first_cannot_be_reached(told: Told) -> None:
    two_persons(told)
    told.send_back()
    assert tell(told, Post("first@a.jp")) == ["next@a.jp"]


def test_who_has_left_the_office_is_told_nothing_more(told: Told) -> None:
    two_persons(told)
    offices, day = Offices(told.service), told.now.date()
    for person in ("一", "二"):
        offices.grant(uuid4(), "ward", person, date(2026, 4, 1), None, SYSTEM)
    offices.hand_over(
        HandOver(command_id=uuid4(), office="ward", day=day, leaving=("一",), coming=("三",)), SYSTEM
    )
    told.address("ward", "all@a.jp", "mail", person="係")  # never a member: a shared mailbox
    told.send_back()
    assert tell(told, Post()) == ["all@a.jp"]
    told.later(minutes=15)
    post = Post()
    assert (tell(told, post), [kept.person for kept in told.outbox.kept(None)].count("一")) == (
        ["next@a.jp"],
        0,
    )


def test_what_is_not_urgent_waits_for_the_end_of_quiet_hours(told: Told) -> None:
    told.address("ward", "a@a.jp", "mail", quiet=(22, 6))
    told.now = datetime(2026, 7, 1, 14, tzinfo=UTC)  # 23:00 in Japan
    told.send_back()
    post = Post()
    assert tell(told, post, urgent=False) == []
    told.now = datetime(2026, 7, 1, 20, 59, tzinfo=UTC)
    assert tell(told, post, urgent=False) == []
    told.now = datetime(2026, 7, 1, 21, tzinfo=UTC)
    assert tell(told, post, urgent=False) == ["a@a.jp"]


def test_what_is_urgent_is_told_in_quiet_hours(told: Told) -> None:
    told.address("ward", "a@a.jp", "mail", quiet=(22, 6))
    told.now = datetime(2026, 7, 1, 14, tzinfo=UTC)
    told.send_back()
    assert tell(told, Post()) == ["a@a.jp"]


def test_what_is_practised_says_so_and_wakes_nobody(service: Reporting, database: Database) -> None:
    said: list[str] = []
    with told_offices(service, database, is_test=True) as told:
        told.address("ward", "ward@a.jp", "mail", quiet=(11, 13))  # it is noon in Japan
        told.send_back()
        told.follow()
        teller = told.teller(
            {"mail": lambda letter: said.append(written(letter, "x@a.jp", told.now)["subject"])}
        )
        teller.lay_out()
        assert (teller.send(), said) == (0, [])
        told.later(hours=1)
        assert teller.send() == 1
    assert said[0].startswith("【試験】")
    assert " / [TEST] " in said[0]


@pytest.mark.parametrize(
    ("start", "end", "at", "until"),
    [
        (22, 6, "2026-07-01T21:59", "2026-07-01T21:59"),
        (22, 6, "2026-07-01T22:00", "2026-07-02T06:00"),
        (22, 6, "2026-07-02T05:59", "2026-07-02T06:00"),
        (22, 6, "2026-07-31T23:00", "2026-08-01T06:00"),
        (22, 6, "2026-07-02T06:00", "2026-07-02T06:00"),
        (12, 13, "2026-07-02T12:30", "2026-07-02T13:00"),
        (12, 13, "2026-07-02T13:00", "2026-07-02T13:00"),
    ],
)
def test_the_end_of_quiet_hours(start: int, end: int, at: str, until: str) -> None:
    address = Address(uuid4(), "ward", "係", "mail", "a@a.jp", None, 0, TimeOfDay(start), TimeOfDay(end), 0)
    waited = address.after_quiet(datetime.fromisoformat(f"{at}+09:00"))
    assert waited == datetime.fromisoformat(f"{until}+09:00")
