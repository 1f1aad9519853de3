"""Offices are events: who may act for whom on which day."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import night
import pytest
import tiny
from pydantic import ValidationError
from tiny import SYSTEM

from reporting.application.directory_kept import KeptDirectory
from reporting.application.offices import GrantMembership, HandOver, Offices
from reporting.application.service import Reporting
from reporting.domain.actor import Actor, Role
from reporting.domain.directory import Directory
from reporting.domain.events import Event
from reporting.domain.office_events import MembershipEnded, MembershipGranted, OfficeRegistered
from reporting.errors import InvalidInput, NotAuthorised, UnknownReference
from reporting.ledger import Recorded, offices_stream

NOON = datetime(2028, 4, 1, 3, tzinfo=UTC)  # noon in Japan


@pytest.fixture
def offices(service: Reporting) -> Offices:
    made = Offices(service)
    made.register(uuid4(), "town", "町選管", Role.MUNICIPALITY, "20", SYSTEM)
    made.register(uuid4(), "pref", "県選管", Role.PREFECTURE, "P1", SYSTEM)
    return made


def test_an_area_nobody_declared_is_refused_whichever_way_it_comes(
    offices: Offices, service: Reporting
) -> None:
    """Offices may come before the areas; one that stands may be told anew as it was, and the same command is answered as it was."""
    command = uuid4()
    first = offices.register(command, "early", "先に来た委員会", Role.WARD, "99999", SYSTEM)
    tiny.define(service)
    with pytest.raises(UnknownReference, match="1l"):
        offices.register(uuid4(), "ward", "区選管", Role.WARD, "1l", SYSTEM)
    with pytest.raises(UnknownReference):
        offices.register(uuid4(), "town", "町選管", Role.MUNICIPALITY, "2O", SYSTEM)
    assert offices.register(command, "early", "先に来た委員会", Role.WARD, "99999", SYSTEM) == first
    offices.register(uuid4(), "early", "名を改めた委員会", Role.WARD, "99999", SYSTEM)
    for area in ("11", "*"):
        offices.register(uuid4(), "ward", "区選管", Role.WARD, area, SYSTEM)


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
    stood = deepcopy(offices.directory())
    for wrong, error in (
        ({"leaving": ("old",)}, InvalidInput),
        ({"coming": ("next", "new")}, InvalidInput),
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
    assert offices.directory() == stood, "nor of its first steps"


def recorded(version: int, event: Event, position: int | None = None) -> Recorded:
    at = datetime(2027, 4, 1, tzinfo=UTC)
    return Recorded(position or version, offices_stream(), version, at, UUID(int=position or version), event)


def test_what_is_kept_of_the_offices_is_what_their_whole_stream_says() -> None:
    """Asked after each event, and after the log lost its end and went on otherwise, as a plain fold of what it holds then."""
    town, city = (
        OfficeRegistered(office=code, label_ja=code, role="municipality", jurisdiction="20")
        for code in ("t", "c")
    )
    first, second = (
        MembershipGranted(office="t", subject=name, valid_from=date(2027, 4, 1), valid_to=None)
        for name in ("a", "b")
    )
    ended = MembershipEnded(office="t", subject="a", valid_to=date(2028, 4, 1))
    log: list[Recorded] = []
    asked: list[int] = []

    class Log:
        def stream(self, stream: UUID, after: int = 0) -> list[Recorded]:
            asked.append(after)
            return log[after:]

    kept = KeptDirectory(Log())  # type: ignore[arg-type]
    whole = [recorded(number, event) for number, event in enumerate((town, first, second, ended), 1)]
    otherwise = recorded(3, city, 9)
    for upto in ([], whole[:1], whole[:3], whole, whole[:2], [*whole[:2], otherwise], [whole[0]], [], whole):
        log[:] = upto
        folded = Directory()
        for one in upto:
            folded.apply(one.event)
        for _ in range(2):
            before = kept.read()
            assert before == folded
        before.copied().apply(first)
        assert kept.read() == folded
    assert asked[-2:] == [3, 3], "what was folded once is not read again"


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
        ("x", first, date(2029, 5, 1), "chief", InvalidInput),
        ("x", date(2024, 3, 1), last, "chief", InvalidInput),
    ):
        with pytest.raises(error):
            offices.grant(uuid4(), "town", subject, start, until, SYSTEM, stead)


def test_who_leaves_on_the_day_on_which_it_is_over_anyway(offices: Offices) -> None:
    first, last = date(2028, 4, 1), date(2028, 6, 1)
    offices.grant(uuid4(), "town", "chief", first, last, SYSTEM)
    fields = {
        "command_id": uuid4(),
        "office": "town",
        "day": last,
        "leaving": ("chief",),
        "coming": ("next",),
    }
    offices.hand_over(HandOver.model_validate(fields), SYSTEM)
    held = {one.subject: (one.valid_from, one.valid_to) for one in offices.memberships()["town"]}
    assert (held["chief"], held["next"]) == ((first, last), (last, None))


def test_a_deputy_outside_of_somebodys_time_is_told_the_time(offices: Offices) -> None:
    """It said that there was no such membership, and named the very one as what there was."""
    offices.grant(uuid4(), "town", "chief", date(2028, 4, 1), date(2028, 6, 1), SYSTEM)
    with pytest.raises(InvalidInput, match="2028-04-01") as refused:
        offices.grant(uuid4(), "town", "deputy", date(2028, 3, 1), date(2028, 4, 2), SYSTEM, "chief")
    assert refused.value.facts["field"] == "valid_from"
