"""Wherever tellers die, and whatever servers answer: one DeliveryMade for each event and recipient, and nobody forgotten."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from beside import beside
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from thorough import examples
from told_offices import Told, told_offices

from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.errors import ReportingError
from reporting.telling.letter import Letter, NotDelivered
from reporting.telling.outbox import LEASE, LONGEST_WAIT, MOST_ATTEMPTS

HAPPENS = st.sampled_from(["taken", "refused", "dies before", "dies after sending", "dies after recording"])


class Killed(BaseException):
    """A process that is gone."""


@pytest.fixture
def told(service: Reporting, database: Database) -> Iterator[Told]:
    with told_offices(service, database) as offices:
        offices.send_back()
        yield offices


@settings(
    max_examples=examples(12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(HAPPENS, max_size=9))
def test_one_event_each_whatever_dies(told: Told, happenings: list[str]) -> None:
    """Each example adds a recipient on both channels of a return that is sent back again."""
    person = str(uuid4())
    new = {told.address("ward", f"https://{person}.example.jp/", person=person).address_id}
    new.add(told.address("ward", f"{person}@example.jp", "mail", person=person).address_id)
    told.send_back()
    left, wire = list(happenings), Counter[UUID]()
    record = told.service.ledger.append

    def sent(letter: Letter) -> None:
        happening = left.pop() if left else "taken"
        if happening == "dies before":
            raise Killed
        if happening == "refused":
            raise NotDelivered("断 / no")
        wire[letter.delivery_id] += 1
        if happening == "dies after sending":
            raise Killed
        if happening == "dies after recording":
            dying.add(letter.delivery_id)

    dying = set[UUID]()

    def recorded(command: Any) -> Any:
        answer = record(command)
        if command.command_id in dying:
            dying.discard(command.command_id)
            raise Killed
        return answer

    told.follow()
    told.service.ledger.append = recorded  # type: ignore[method-assign]
    try:
        for _ in range(MOST_ATTEMPTS * 3):
            teller = told.teller({"webhook": sent, "mail": sent})  # a new process
            try:
                teller.lay_out()
                teller.send()
            except Killed:
                pass
            told.now += max(LEASE, LONGEST_WAIT)
    finally:
        told.service.ledger.append = record  # type: ignore[method-assign]
    rows = [row for row in told.outbox.kept(None) if row.person == person]
    assert len(rows) == 2
    assert {row.state for row in rows} <= {"made", "dead"}
    made = Counter((event.told_of, event.recipient, event.channel) for event in told.made())
    assert set(made.values()) == {1}
    for row in rows:
        assert (row.state == "made") == any(
            told_of == row.position for told_of, who, _ in made if UUID(who) in new
        )
        assert wire[row.delivery_id] >= (row.state == "made")
    if happenings.count("taken") == len(happenings):
        assert all(wire[row.delivery_id] == 1 for row in rows)


def test_two_tellers_at_the_same_time_send_each_once(told: Told) -> None:
    for number in range(40):
        told.address("ward", f"a{number}@example.jp", "mail", person=str(number))
    told.send_back()
    told.follow()
    sent, lock = Counter[UUID](), threading.Lock()

    def taken(letter: Letter) -> None:
        with lock:
            sent[letter.delivery_id] += 1

    tellers = [told.teller({"mail": taken}) for _ in range(2)]
    failures: list[ReportingError] = []

    def run(number: int) -> None:
        try:
            tellers[number].lay_out()
            tellers[number].send()
        except ReportingError as wrong:
            failures.append(wrong)

    with beside(*(partial(run, number) for number in range(2))):
        pass
    assert failures == []
    assert (len(sent), set(sent.values())) == (40, {1})
    assert len(told.made()) == 40
