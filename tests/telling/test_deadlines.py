"""Who has not submitted is told before a deadline and after it, once whatever dies; whoever has is left alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import night
import pytest
from told_offices import Told, told_offices

from reporting.application.desk import Desk
from reporting.application.desk_commands import Remind
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.workflow_events import ReminderSent
from reporting.telling import Deadlines
from reporting.telling.letter import Letter
from reporting.telling.telephones import calls

CUT_OFF = datetime(2026, 7, 1, 5, tzinfo=UTC)


@pytest.fixture
def told(service: Reporting, database: Database) -> Iterator[Told]:
    with told_offices(service, database) as offices:
        forms = [form.model_dump(mode="json") for form in night.election().forms]
        forms[0]["slots"][0] |= {"cut_off": CUT_OFF.isoformat(), "publish_at": None}
        service.define_election(night.election(forms=forms, is_test=False), night.tiny.SYSTEM, night.uuid4())
        for office in ("ward", "north", "town"):
            offices.address(office, f"{office}@a.jp", "mail")
        yield offices


def reminders(told: Told) -> list[tuple[str, str]]:
    log = told.service.ledger.read(0, 10_000)
    return [(row.event.kind, row.event.unit) for row in log if isinstance(row.event, ReminderSent)]


def tell(told: Told, *deadlines: Deadlines) -> list[tuple[str, str]]:
    """(kind, address) of what goes out now."""
    post: list[tuple[str, str]] = []

    def send(letter: Letter) -> None:
        post.append((letter.kind, letter.address))

    for each in deadlines:
        each.remind()
    told.follow()
    teller = told.teller({"mail": send})
    teller.lay_out()
    teller.send()
    return sorted(post)


def at(told: Told, **span: Any) -> Deadlines:
    """A teller that begins anew at this time before (or after) the cut-off."""
    told.now = CUT_OFF + timedelta(**span)
    return Deadlines(Reporting(told.service.ledger, clock=lambda: told.now))


def test_who_has_not_submitted_is_told_before_and_after(told: Told) -> None:
    night.submit(told.desk, "12", form="flash", slot="2200")
    assert tell(told, at(told, minutes=-31)) == []
    assert tell(told, at(told, minutes=-30)) == [("due", "town@a.jp"), ("due", "ward@a.jp")]
    night.submit(told.desk, "20", form="flash", slot="2200")
    assert tell(told, at(told, minutes=-1)) == [], "each is told once before"
    assert tell(told, at(told)) == [("overdue", "ward@a.jp")]
    assert [kind for kind, unit in reminders(told) if unit == "11"] == ["due", "overdue"]


def test_once_however_many_tellers_run_and_die(told: Told) -> None:
    first, second = at(told, minutes=-5), at(told, minutes=-4)
    first.remind()
    assert len(tell(told, second, at(told, minutes=-3))) == 3
    assert len(reminders(told)) == 5


def test_a_deadline_of_long_ago_is_nobodys_business(told: Told) -> None:
    assert tell(told, at(told, hours=6)) == []
    assert reminders(told) == []


def test_a_deadline_that_is_moved_is_a_deadline_of_its_own(told: Told) -> None:
    at(told, minutes=-5).remind()
    forms = [form.model_dump(mode="json") for form in night.election().forms]
    later = CUT_OFF + timedelta(hours=1)
    forms[0]["slots"][0] |= {"cut_off": later.isoformat(), "publish_at": None}
    told.service.define_election(night.election(forms=forms, is_test=False), night.tiny.SYSTEM, night.uuid4())
    assert at(told, minutes=-5).remind() == 0
    assert at(told, minutes=30).remind() == 5


def test_an_office_above_that_reminds_is_told_of_too(told: Told) -> None:
    Desk(told.service).remind(Remind(**night.of("11")), night.CITY)
    assert tell(told) == [("reminded", "ward@a.jp")]


def test_the_telephone_tree_names_every_unit_that_waits(told: Told) -> None:
    """With the numbers of its office in their order; an office without one stands there, too."""
    told.address("ward", "03-0000-0002", "telephone", rank=1, person="二")
    told.address("ward", "03-0000-0001", "telephone", person="一")
    night.submit(told.desk, "12", form="flash", slot="2200")
    units = at(told).waiting("tiny", "flash", "2200")
    roster = told.service.catalog.election("tiny").roster
    listed = calls(units, roster, "administrative", told.service.directory(), told.addresses.of())
    assert [(call.unit, call.office, call.person, call.number) for call in listed] == [
        ("20", "town", "", ""),
        ("11", "ward", "一", "03-0000-0001"),
        ("11", "ward", "二", "03-0000-0002"),
        ("31", "", "", ""),
        ("32", "", "", ""),
    ]
    assert listed[1].above == ("地域JP", "地域P1", "地域10")
