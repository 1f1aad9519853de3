"""Offices are events: who may act for whom on which day."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import uuid4

import night
import pytest
from tiny import SYSTEM

from reporting.application.offices import Offices
from reporting.application.service import Reporting
from reporting.domain.actor import Actor, Role
from reporting.errors import InvalidInput, NotAuthorised, UnknownReference

NOON = datetime(2028, 4, 1, 3, tzinfo=UTC)  # noon in Japan


@pytest.fixture
def offices(service: Reporting) -> Offices:
    made = Offices(service)
    made.register(uuid4(), "town", "町選管", Role.MUNICIPALITY, "20", SYSTEM)
    made.register(uuid4(), "pref", "県選管", Role.PREFECTURE, "P1", SYSTEM)
    return made


def test_people_move_in_april(offices: Offices) -> None:
    offices.grant(uuid4(), "town", "s1", date(2027, 4, 1), date(2028, 4, 1), SYSTEM)
    offices.grant(uuid4(), "pref", "s1", date(2028, 4, 1), None, SYSTEM)
    before = datetime(2028, 3, 31, 14, 59, tzinfo=UTC)  # a minute before midnight in Japan
    assert offices.roles_of("s1", before, {"role": "ministry"}) == [
        Actor("s1", "町選管", Role.MUNICIPALITY, "20")
    ]
    assert offices.roles_of("s1", NOON, {}) == [Actor("s1", "県選管", Role.PREFECTURE, "P1")]
    assert offices.roles_of("s2", NOON, {}) == []
    offices.end(uuid4(), "pref", "s1", date(2028, 4, 1), SYSTEM)
    assert offices.roles_of("s1", NOON, {}) == []


def test_bad_entries_are_refused(offices: Offices) -> None:
    with pytest.raises(UnknownReference):
        offices.grant(uuid4(), "nowhere", "s", date(2028, 1, 1), None, SYSTEM)
    with pytest.raises(InvalidInput):
        offices.grant(uuid4(), "town", "s", date(2028, 1, 1), date(2028, 1, 1), SYSTEM)
    with pytest.raises(UnknownReference):
        offices.end(uuid4(), "town", "s", date(2028, 1, 1), SYSTEM)
    with pytest.raises(NotAuthorised):
        offices.grant(uuid4(), "town", "s", date(2028, 1, 1), None, night.PREFECTURE)


def test_the_same_command_twice_is_one_event(offices: Offices, service: Reporting) -> None:
    command = uuid4()
    first = offices.grant(command, "town", "s", date(2028, 1, 1), None, SYSTEM)
    assert offices.grant(command, "town", "s", date(2028, 1, 1), None, SYSTEM) == first
    assert service.ledger.position() == first
