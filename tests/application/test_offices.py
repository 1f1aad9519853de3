"""Offices are events: who may act for whom on which day."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import uuid4

import night
import pytest
from pydantic import ValidationError
from tiny import SYSTEM

from reporting.application.offices import GrantMembership, HandOver, Offices
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
    for name in (" a.sato", "a.sa\u200bto", "\u202ea.sato", "-"):  # nobody could log in as one of these
        with pytest.raises(ValidationError):
            GrantMembership(command_id=uuid4(), office="town", subject=name, valid_from=date(2028, 1, 1))


def test_the_same_command_twice_is_one_event(offices: Offices, service: Reporting) -> None:
    command = uuid4()
    first = offices.grant(command, "town", "s", date(2028, 1, 1), None, SYSTEM)
    assert offices.grant(command, "town", "s", date(2028, 1, 1), None, SYSTEM) == first
    assert service.ledger.position() == first


def test_an_office_is_handed_over_in_april_all_or_nothing(offices: Offices, service: Reporting) -> None:
    day = date(2028, 4, 1)
    for subject in ("old", "stays"):
        offices.grant(uuid4(), "town", subject, date(2024, 4, 1), None, SYSTEM)
    asked = HandOver(command_id=uuid4(), office="town", day=day, leaving=("old",), coming=("new", "other"))
    position = offices.hand_over(asked, SYSTEM)
    assert offices.hand_over(asked, SYSTEM) == position == service.ledger.position()
    before = datetime(2028, 3, 31, 14, 59, tzinfo=UTC)
    working = {who: bool(offices.roles_of(who, NOON, {})) for who in ("old", "stays", "new", "other")}
    assert working == {"old": False, "stays": True, "new": True, "other": True}
    assert offices.roles_of("old", before, {})
    assert not offices.roles_of("new", before, {})
    for wrong, error in (
        ({"leaving": ("old",)}, InvalidInput),
        ({"leaving": ("nobody",), "coming": ("next",)}, UnknownReference),
        ({"leaving": ("stays",), "coming": ("new",)}, InvalidInput),
        ({"leaving": ("stays",), "coming": ("stays",)}, InvalidInput),
        ({"coming": ("next",), "valid_to": day}, InvalidInput),
        ({}, InvalidInput),
    ):
        fields = {"command_id": uuid4(), "office": "town", "day": day, **wrong}
        with pytest.raises(error):
            offices.hand_over(HandOver.model_validate(fields), SYSTEM)
    with pytest.raises(NotAuthorised):
        offices.hand_over(asked.model_copy(update={"command_id": uuid4()}), night.PREFECTURE)
    assert service.ledger.position() == position, "nothing of a hand-over that is refused"


def test_a_deputy_stands_in_for_somebody_for_days_that_end(offices: Offices) -> None:
    first, last = date(2028, 4, 1), date(2028, 5, 1)
    offices.grant(uuid4(), "town", "chief", date(2024, 4, 1), date(2029, 4, 1), SYSTEM)
    offices.grant(uuid4(), "town", "deputy", first, last, SYSTEM, "chief")
    assert offices.roles_of("deputy", NOON, {}) == [Actor("deputy", "町選管", Role.MUNICIPALITY, "20")]
    assert not offices.roles_of("deputy", datetime(2028, 4, 30, 15, tzinfo=UTC), {})
    assert {held.subject: held.deputy_for for held in offices.memberships()["town"]} == {
        "chief": None,
        "deputy": "chief",
    }
    for subject, start, until, stead, error in (
        ("x", first, None, "chief", InvalidInput),
        ("chief", date(2030, 1, 1), date(2030, 2, 1), "chief", InvalidInput),
        ("x", first, last, "nobody", UnknownReference),
        ("x", first, date(2029, 5, 1), "chief", UnknownReference),
        ("x", date(2024, 3, 1), last, "chief", UnknownReference),
    ):
        with pytest.raises(error):
            offices.grant(uuid4(), "town", subject, start, until, SYSTEM, stead)
