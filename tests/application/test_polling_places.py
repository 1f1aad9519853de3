"""Polling places of a unit: the list, what each counted, and what of it is offered to the unit: never less than all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import night
import pytest
import tiny
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from night import CITY, NATION, OTHER_WARD, PREFECTURE, TOWN, WARD
from polling_land import CONTESTS, capture, define, figures, place, register
from pydantic import ValidationError
from thorough import examples
from tiny import AUDITOR

from projections.rebuild import rebuild
from projections.runner import Projector
from projections.verify import verify
from reporting.application.catalog import AskedOfWhole, ReportsNoMore
from reporting.application.desk import Desk
from reporting.application.desk_commands import Approve, Certify, Submit
from reporting.application.dividing import DivideUnit, Divisions, PartInput, PartsReported, UndoDivision
from reporting.application.polling_places import (
    CapturePlace,
    PlacesRefused,
    PollingPlaces,
    RegisterPlaces,
)
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor, Role
from reporting.domain.four_eyes import FourEyes
from reporting.domain.returns import FiguresRefused
from reporting.errors import CommandIdReused, InvalidInput, NotAuthorised, UnknownReference, VersionConflict
from reporting.ledger import Appended, Command, GroupAppender, Ledger, return_stream

DAY = date(2024, 10, 27)
VOTERS = "pr|voters_polling_day||"
THREE = (place("1", district="1"), place("2", district="2"), place("3", district="2"))


def offered(service: Reporting, at: str = "turnout/t1400", unit: str = "11") -> dict[str, str]:
    """Cell → what the desk offers and from how many places."""
    form, _, slot = at.partition("/")
    prefill = Desk(service).returns.prefill("tiny", form, slot, unit)
    return {key: f"{held.text} of {held.places}" for key, held in prefill.items() if held.places is not None}


# --- The list -------------------------------------------------------------------------------------------------------


def test_a_list_is_taken_once_and_replaced_whole(service: Reporting) -> None:
    define(service)
    assert register(service, *THREE).units == ("11",)
    at = service.ledger.position()
    assert register(service, *THREE).units == ()
    assert service.ledger.position() == at
    assert register(service, place("1"), dry_run=True).units == ("11",)
    assert service.ledger.position() == at
    register(service, place("1"))
    page = PollingPlaces(service).page("tiny", "turnout", "t1400", "11")
    assert [listed.number for listed in page.unit.places] == ["1"]
    then = PollingPlaces(service.as_of(at)).page("tiny", "turnout", "t1400", "11")
    assert [listed.number for listed in then.unit.places] == ["1", "2", "3"]


def test_numbers_are_those_that_people_type() -> None:
    assert place("０12").number == place(" 12 ").number == "12"
    assert (place("1", opens="７:00").opens, place("1", closes="18:30:00").closes) == ("07:00", "18:30")
    assert place("0").number == "0"
    for wrong in (
        {"number": ""}, {"number": "1 2"}, {"number": "甲"}, {"closes": "25:00"}, {"closes": "noon"}, {"kind": "night"},
        {"opens": "08:00", "closes": "08:00"}, {"valid_from": "2024-10-02", "valid_to": "2024-10-02"}, {"name": ""},
    ):  # fmt: skip
        with pytest.raises(ValidationError):
            place(**{"number": "1", **wrong})


def test_two_places_of_a_number_are_refused_and_nothing_is_taken(service: Reporting) -> None:
    define(service)
    at = service.ledger.position()
    lists = {"11": (place("1"), place("2"), place("１")), "12": (place("1"),), "20": (place("7"), place("7"))}
    request = RegisterPlaces(command_id=uuid4(), election="tiny", units=lists)
    with pytest.raises(PlacesRefused) as refused:
        PollingPlaces(service).register(request, NATION)
    told = [(problem.unit, problem.place, problem.field) for problem in refused.value.problems]
    assert told == [("11", 2, "number"), ("20", 1, "number")]
    assert "1" in refused.value.message_ja
    assert "11" in refused.value.message_en
    assert service.ledger.position() == at
    for first, second in (("A1", "a1"), ("3-01", "3-1"), ("3-0", "3-00")):
        with pytest.raises(PlacesRefused):
            register(service, place(first), place(second))
    register(service, place("3-0"), place("3-10"), place("30"), place("A1"))


def test_a_place_that_moves_has_two_records_and_is_expected_once(service: Reporting) -> None:
    define(service)
    old, new = place("1", valid_to="2024-10-20"), place("1", name="新しい校舎", valid_from="2024-10-20")
    register(service, old, new, place("2"), place("3", valid_to="2024-10-27"))
    page = PollingPlaces(service).page("tiny", "turnout", "t1400", "11")
    assert page.arrival.missing == ("1", "2"), "place 3 is gone on the polling day"
    with pytest.raises(PlacesRefused):
        register(service, old, place("1", valid_from="2024-10-19"))
    with pytest.raises(PlacesRefused):
        register(service, old, place("1", kind="early", valid_from="2024-10-20"))


def test_a_place_that_reported_stays_in_the_list(service: Reporting) -> None:
    define(service)
    register(service, *THREE)
    done = capture(service, "2", voters_polling_day=5)
    for rest in ((place("1"), place("3")), (place("1"), place("2", kind="shared"), place("3"))):
        with pytest.raises(PlacesRefused) as refused:
            register(service, *rest)
        assert "2" in refused.value.message_ja
    capture(service, "2", seen=done.position, because="別の投票所の数", voters_polling_day="!not_reported")
    assert register(service, place("1"), place("3")).units == ("11",)


# --- Who may --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("actor", [WARD, CITY, PREFECTURE, NATION])
def test_whoever_may_enter_for_the_unit_may_for_its_places(service: Reporting, actor: Actor) -> None:
    define(service)
    register(service, *THREE, actor=actor)
    capture(service, "1", actor=actor, voters_polling_day=5)


@pytest.mark.parametrize("actor", [OTHER_WARD, TOWN, AUDITOR, Actor("森", "研究所", Role.ANALYST, "*")])
def test_nobody_else_may(service: Reporting, actor: Actor) -> None:
    define(service)
    with pytest.raises(NotAuthorised):
        register(service, *THREE, actor=actor)
    register(service, *THREE)
    with pytest.raises(NotAuthorised):
        capture(service, "1", actor=actor, voters_polling_day=5)


def test_after_certification_whoever_may_correct_may(service: Reporting) -> None:
    desk = define(service)
    register(service, place("1"))
    where = {"election": "tiny", "form": "turnout", "slot": "closed", "unit": "11"}
    submitted = Submit(**where, command_id=uuid4(), figures=figures(electors=10, voters_polling_day=5))
    desk.submit(submitted, WARD)
    for actor in (CITY, PREFECTURE, NATION):
        desk.approve(Approve(**where, command_id=uuid4()), actor)
    desk.certify(Certify(**where, command_id=uuid4()), NATION)
    with pytest.raises(NotAuthorised):
        capture(service, "1", at="turnout/closed", voters_polling_day=5)
    capture(service, "1", at="turnout/closed", actor=PREFECTURE, voters_polling_day=5)


# --- What a place counted -------------------------------------------------------------------------------------------


def test_nothing_is_offered_while_a_place_is_missing(service: Reporting) -> None:
    define(service)
    register(service, *THREE)
    capture(service, "1", voters_polling_day=5)
    capture(service, "3", voters_polling_day=0, electors=9)
    page = PollingPlaces(service).page("tiny", "turnout", "t1400", "11")
    assert (page.arrival.arrived, page.arrival.missing) == (("1", "3"), ("2",))
    cells = {cell.key: cell for cell in page.cells}
    assert (cells[VOTERS].total, cells[VOTERS].missing, cells[VOTERS].expected) == (Decimal(5), ("2",), 3)
    assert cells[VOTERS].text is None
    assert offered(service) == {}
    capture(service, "2", voters_polling_day="!none")
    assert offered(service) == {VOTERS: "5 of 3"}, "electors are still those of one place"
    assert service.ledger.stream_version(return_stream("tiny", "turnout", "t1400", "11")) == 0


def test_none_of_all_places_is_none_and_zero_is_zero(service: Reporting) -> None:
    define(service)
    register(service, *THREE)
    for number in "123":
        capture(service, number, voters_polling_day="!none", electors=0)
    assert offered(service) == {VOTERS: "!none of 3", "pr|electors||": "0 of 3"}


def test_a_place_takes_its_figure_back_and_is_missing_again(service: Reporting) -> None:
    define(service)
    register(service, place("1"))
    first = capture(service, "1", voters_polling_day=5)
    assert offered(service) == {VOTERS: "5 of 1"}
    capture(service, "1", seen=first.position, because="数え直し", voters_polling_day="!not_reported")
    page = PollingPlaces(service).page("tiny", "turnout", "t1400", "11")
    assert (page.cells[0].text, page.cells[0].missing, page.arrival.missing) == (None, ("1",), ("1",))
    assert offered(service) == {}


def test_the_unit_takes_over_what_is_offered_and_its_typists_are_authors(service: Reporting) -> None:
    desk = define(service)
    register(service, place("1"), place("2"))
    capture(service, "1", voters_polling_day=5, electors=10, actor=CITY)
    capture(service, "2", voters_polling_day=6, electors=20)
    where = {"election": "tiny", "form": "turnout", "slot": "t1400", "unit": "11"}
    desk.submit(Submit(**where, command_id=uuid4(), fill=True), WARD)
    held = desk.returns.open("tiny", "turnout", "t1400", "11").case.cells[VOTERS]
    assert held.text == "11"
    with pytest.raises(FourEyes):
        desk.approve(Approve(**where, command_id=uuid4()), CITY)
    desk.approve(Approve(**where, command_id=uuid4()), night.CITY_2)


def test_another_value_than_the_places_say_needs_a_reason(service: Reporting) -> None:
    desk = define(service)
    register(service, place("1"))
    capture(service, "1", voters_polling_day=5)
    where = {"election": "tiny", "form": "turnout", "slot": "t1400", "unit": "11"}
    typed = {"figures": figures(voters_polling_day=6, electors=10)}
    with pytest.raises(FiguresRefused):
        desk.submit(Submit(**where, **typed, command_id=uuid4()), WARD)
    desk.submit(Submit(**where, **typed, command_id=uuid4(), reason="投票録で確認"), WARD)
    assert desk.returns.open("tiny", "turnout", "t1400", "11").case.cells[VOTERS].text == "6"


def test_places_go_before_the_flash_of_the_unit(service: Reporting) -> None:
    desk = define(service)
    register(service, place("1"), place("E1", kind="early"))
    where = {"election": "tiny", "form": "turnout", "slot": "closed", "unit": "11"}
    desk.submit(Submit(**where, command_id=uuid4(), figures=figures(voters_polling_day=6, electors=10)), WARD)
    assert desk.returns.prefill("tiny", "final", "final", "11")[VOTERS].form == "turnout"
    capture(service, "1", at="final/final", voters_polling_day=7)
    told = desk.returns.prefill("tiny", "final", "final", "11")
    assert (told[VOTERS].text, told[VOTERS].places, told[VOTERS].form) == ("7", 1, "final")
    assert told["pr|electors||"].form == "turnout"


def test_what_is_wrong_with_a_capture_is_named_cell_by_cell(service: Reporting) -> None:
    define(service)
    register(service, place("1"), place("E1", kind="early"), place("S", kind="shared"))
    wrong: list[tuple[str, dict[str, Any], list[str]]] = [
        ("1", {"voters_polling_day": "12x"}, ["value"]),
        ("1", {"voters_polling_day": "-1"}, ["negative"]),
        ("1", {"voters_polling_day": "1.5"}, ["fraction"]),
        ("1", {"voters_polling_day": "!suppressed"}, ["value"]),
        ("1", {"voters": "1"}, ["item"]),
        ("E1", {"voters_polling_day": "1"}, ["not_by_place"]),
        ("S", {"electors": "1", "voters_polling_day": "1"}, ["not_by_place"]),
    ]
    for number, values, kinds in wrong:
        with pytest.raises(FiguresRefused) as refused:
            capture(service, number, **values)
        assert [problem.kind for problem in refused.value.problems] == kinds
    twice = CapturePlace(
        command_id=uuid4(), election="tiny", form="turnout", slot="t1400", unit="11", number="1",
        figures=(*figures(electors=1), *figures(electors=2)),
    )  # fmt: skip
    with pytest.raises(FiguresRefused):
        PollingPlaces(service).capture(twice, WARD)
    with pytest.raises(FiguresRefused):
        capture(service, "1", at="final/final", voters=1)
    for at, unit, number in (
        ("turnout/t1400", "11", "2"),
        ("turnout/t9", "11", "1"),
        ("turnout/t1400", "99", "1"),
    ):
        with pytest.raises(UnknownReference):
            capture(service, number, at=at, unit=unit, actor=tiny.SYSTEM, voters_polling_day=1)
    assert PollingPlaces(service).page("tiny", "turnout", "t1400", "11").cells == ()


def test_a_value_that_stands_changes_only_seen_and_with_a_reason(service: Reporting) -> None:
    define(service)
    register(service, place("1"))
    first = capture(service, "1", voters_polling_day=5)
    with pytest.raises(VersionConflict):
        capture(service, "1", voters_polling_day=6, because="誤記")
    with pytest.raises(InvalidInput):
        capture(service, "1", seen=first.position, voters_polling_day=6)
    with pytest.raises(InvalidInput):
        capture(service, "1", seen=first.position, voters_polling_day=5)
    second = capture(service, "1", seen=first.position, voters_polling_day=6, because="誤記")
    event = service.ledger.read(second.position - 1, 1)[0].event
    assert event.model_dump()["supersedes"] == {VOTERS: first.position}
    assert offered(service) == {VOTERS: "6 of 1"}


def test_the_same_command_twice_is_one_event(service: Reporting) -> None:
    define(service)
    register(service, place("1"))
    request = CapturePlace(
        command_id=uuid4(), election="tiny", form="turnout", slot="t1400", unit="11", number="1",
        figures=figures(voters_polling_day=5),
    )  # fmt: skip
    first = PollingPlaces(service).capture(request, WARD)
    again = PollingPlaces(service).capture(request, WARD)
    assert (again.position, again.repeated) == (first.position, True)
    with pytest.raises(CommandIdReused):
        PollingPlaces(service).capture(request.model_copy(update={"figures": figures(electors=5)}), WARD)


def test_nothing_is_counted_before_the_polling_day(service: Reporting) -> None:
    define(service, is_test=False)
    register(service, place("1"))
    service.clock = lambda: datetime(2024, 10, 26, 12, tzinfo=UTC)
    with pytest.raises(InvalidInput):
        capture(service, "1", voters_polling_day=5)
    service.clock = lambda: datetime(2024, 10, 27, 6, tzinfo=UTC)
    capture(service, "1", voters_polling_day=5)


def test_places_of_a_unit_that_send_at_once_are_all_taken(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And hardly one is decided again, though one stream holds all of them."""
    ledger = Ledger(database)
    group = GroupAppender(ledger)
    service = Reporting(ledger, group)
    define(service)
    numbers = [str(number) for number in range(1, 25)]
    register(service, *map(place, numbers))
    asked: list[str] = []
    monkeypatch.setattr(ledger, "beforehand", _noting(asked, "beforehand", ledger.beforehand))
    with ThreadPoolExecutor(24) as pool:
        list(pool.map(lambda number: capture(service, number, voters_polling_day=1), numbers))
    assert len(asked) < 2 * 24, "without turns it is ten times as often"
    assert offered(service) == {VOTERS: "24 of 24"}
    group.close()
    ledger.close()


def test_a_capture_asks_the_log_once(service: Reporting, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a sender was to be told of an election that moved between two of them is of one moment."""
    define(service)
    register(service, *THREE)
    capture(service, "1", voters_polling_day=5)
    asked: list[str] = []
    for question in ("beforehand", "_events", "deeds", "repeat_of", "stream_versions", "stream_version"):
        monkeypatch.setattr(
            service.ledger, question, _noting(asked, question, getattr(service.ledger, question))
        )
    capture(service, "2", voters_polling_day=5)
    assert asked == ["beforehand"]


def test_a_list_is_compared_with_what_stands_once(
    service: Reporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where another was faster, again."""
    define(service)
    register(service, *THREE)
    asked: list[str] = []
    monkeypatch.setattr(service.ledger, "streams", _noting(asked, "streams", service.ledger.streams))
    assert register(service, place("1")).units == ("11",)
    assert asked == ["streams"]

    append = service.appender.append

    def late(command: Command) -> Appended:
        monkeypatch.setattr(service.appender, "append", append)
        register(service, place("2"))
        return append(command)

    monkeypatch.setattr(service.appender, "append", late)
    assert register(service, place("3")).units == ("11",)
    (listed,) = PollingPlaces(service).page("tiny", "turnout", "t1400", "11").unit.places
    assert listed.number == "3"


def _noting(asked: list[str], question: str, ask: Callable[..., Any]) -> Callable[..., Any]:
    def noting(*given: Any) -> Any:
        asked.append(question)
        return ask(*given)

    return noting


# --- Early voting and facilities ------------------------------------------------------------------------------------


def test_early_places_are_expected_once_they_have_opened(service: Reporting) -> None:
    define(service)
    register(
        service, place("1"), place("E1", kind="early", valid_from="2024-10-16", valid_to="2024-10-19"),
        place("E2", kind="early", valid_from="2024-10-22"), place("M", kind="mobile", valid_from="2024-10-18"),
    )  # fmt: skip
    places = PollingPlaces(service)
    assert places.page("tiny", "early", "d7", "11").arrival.missing == ("E1", "M")
    assert places.page("tiny", "early", "d1", "11").arrival.missing == ("E1", "E2", "M")
    assert places.page("tiny", "turnout", "t1400", "11").arrival.missing == ("1",)
    assert places.page("tiny", "facilities", "planned", "11").arrival.expected == 0


def test_a_sum_over_kinds_that_nobody_listed_is_not_whole(service: Reporting) -> None:
    """Braille is counted at early places, too; a unit that lists those of the day alone has not counted it."""
    define(service)
    register(service, place("1"))
    capture(service, "1", at="final/final", voters_braille=2, voters_polling_day=5)
    cells = {cell.key: cell for cell in PollingPlaces(service).page("tiny", "final", "final", "11").cells}
    assert [kind.value for kind in cells["pr|voters_braille||"].unlisted] == ["early"]
    assert offered(service, "final/final") == {VOTERS: "5 of 1", "pr|polling_places_reported||": "1 of 1"}


def test_the_facilities_form_is_fed_from_the_list(service: Reporting) -> None:
    define(service)
    times = {"opens": "07:00", "district": "1"}
    register(
        service, place("1", closes="20:00", **times), place("2", closes="18:30", **times),
        place("3", closes="19:00", opens="06:30", district="2"), place("E1", kind="early"), place("M", kind="mobile"),
    )  # fmt: skip
    said = offered(service, "facilities/planned")
    assert {key.removeprefix("pr|").rstrip("|"): text.split()[0] for key, text in said.items()} == {
        "polling_districts": "2", "polling_places": "3", "early_voting_places": "2", "early_voting_places_mobile": "1",
        "polling_places|closing=regular": "1", "polling_places|closing=up_to_1h": "1",
        "polling_places|closing=up_to_2h": "1", "polling_places|closing=up_to_3h": "0",
        "polling_places|closing=up_to_4h": "0", "polling_places|opening=earlier": "1",
        "polling_places|opening=regular": "2", "polling_places|opening=later": "0",
    }, "no shared place is listed: nothing is said of them, not 0"  # fmt: skip
    register(service, place("1", closes="20:00"), place("2"))
    said = offered(service, "facilities/planned")
    assert set(said) == {"pr|polling_places||"}, (
        "a place that does not say when it closes says nothing for all"
    )


def test_places_whose_records_are_in_are_counted_when_all_are(service: Reporting) -> None:
    define(service)
    register(service, place("1"), place("2"), place("E1", kind="early"))
    capture(service, "1", at="final/final", voters_polling_day=5)
    assert "pr|polling_places_reported||" not in offered(service, "final/final")
    capture(service, "2", at="final/final", voters_polling_day=5)
    assert offered(service, "final/final")["pr|polling_places_reported||"] == "2 of 2"


# --- Whatever happens -----------------------------------------------------------------------------------------------

NUMBERS = ("1", "2", "3", "4")
VALUES = st.sampled_from(["0", "1", "7", "!none", "!not_reported"])
DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("list"), st.sets(st.sampled_from(NUMBERS), min_size=1)),
        st.tuples(st.just("count"), st.tuples(st.sampled_from(NUMBERS), VALUES)),
    ),
    min_size=1,
    max_size=14,
)
UNITS = ("11", "12", "20")


@pytest.fixture(scope="module")
def places_night(module_database: Database) -> Iterator[tuple[Database, Reporting, Projector]]:
    ledger = Ledger(module_database)
    service = Reporting(ledger)
    define(service, contests=CONTESTS)
    projector = Projector(module_database)
    projector.catch_up()
    yield module_database, service, projector
    ledger.close()


@given(st.tuples(*(DEEDS for _ in UNITS)))
@settings(
    max_examples=examples(7), phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
def test_a_sum_says_of_how_many_places_it_is(
    places_night: tuple[Database, Reporting, Projector], deeds: tuple[list[tuple[str, Any]], ...]
) -> None:
    """Beside a plain model of lists and figures, whoever sends what in which order: what is offered is the sum over every place
    there is, and where one is missing nothing is offered; the views say the same, and so does the independent fold."""
    database, service, projector = places_night
    for unit, of_unit in zip(UNITS, deeds, strict=True):
        _played(service, unit, of_unit)
    projector.catch_up()
    assert verify(database).differences == []


def _played(service: Reporting, unit: str, deeds: list[tuple[str, Any]]) -> None:
    listed, said = _emptied(service, unit)
    for deed, told in deeds:
        if deed == "list":
            wanted = [place(number) for number in sorted(told)]
            if said.keys() <= told:
                register(service, *wanted, unit=unit, actor=NATION)
                listed = set(told)
            else:
                with pytest.raises(PlacesRefused):
                    register(service, *wanted, unit=unit, actor=NATION)
        else:
            number, text = told
            if number not in listed:
                with pytest.raises(UnknownReference):
                    capture(service, number, unit=unit, actor=NATION, voters_polling_day=text)
                continue
            if _captured(service, unit, number, text):
                said.pop(number, None)
                if text != "!not_reported":
                    said[number] = text
        page = PollingPlaces(service).page("tiny", "turnout", "t1400", unit)
        assert set(page.arrival.arrived) == set(said)
        assert set(page.arrival.missing) == listed - set(said)
        (cell,) = page.cells or (None,)
        numbers = [Decimal(text) for text in said.values() if text != "!none"]
        if cell is not None:
            assert (cell.total, set(cell.reported), set(cell.missing)) == (
                sum(numbers, Decimal(0)), set(said), listed - set(said),
            )  # fmt: skip
        whole = bool(said) and set(said) == listed
        total = str(sum(numbers, Decimal(0))) if numbers else "!none"
        expected = {VOTERS: f"{total} of {len(listed)}"} if whole else {}
        assert offered(service, unit=unit) == expected


def _emptied(service: Reporting, unit: str) -> tuple[set[str], dict[str, str]]:
    """The unit with no figure and one place, whatever the example before left."""
    page = PollingPlaces(service).page("tiny", "turnout", "t1400", unit)
    for number in page.arrival.arrived:
        _captured(service, unit, number, "!not_reported")
    register(service, place("1"), unit=unit, actor=NATION)
    return {"1"}, {}


def _captured(service: Reporting, unit: str, number: str, text: str) -> bool:
    """Whether anything changed."""
    page = PollingPlaces(service).page("tiny", "turnout", "t1400", unit)
    seen = page.unit.captured_at.get(("turnout", "t1400", number), 0)
    try:
        capture(
            service, number, unit=unit, actor=NATION, seen=seen, because="数え直し", voters_polling_day=text
        )
    except InvalidInput:
        return False
    return True


def test_live_and_rebuilt_views_are_the_same_and_a_difference_is_named(
    database: Database, service: Reporting
) -> None:
    define(service)
    projector = Projector(database)
    register(
        service, *THREE, place("E1", kind="early", valid_from="2024-10-16", opens="8:30", closes="20:00")
    )
    register(service, *THREE, unit="20", actor=TOWN)
    projector.catch_up()
    first = capture(service, "1", voters_polling_day=5, electors=9)
    capture(service, "1", seen=first.position, because="誤記", voters_polling_day=6)
    projector.catch_up()
    capture(service, "2", voters_polling_day="!not_reported")
    register(service, *THREE)
    projector.catch_up()
    rebuild(database)
    assert verify(database).differences == []
    with projector.connect() as connection:
        (version,) = connection.execute(
            "SELECT version FROM ops.projection WHERE state = 'active'"
        ).fetchone() or (0,)
        connection.execute(
            f'UPDATE views_v{version}.place_capture SET figures = figures || \'{{"pr|electors||": "8"}}\''.encode()
        )
    told = verify(database).differences
    assert told
    assert all("place_captures" in line for line in told)


# --- A unit that is divided on the night --------------------------------------------------------------------------------


def test_places_of_a_divided_unit_count_what_it_goes_on_reporting(service: Reporting) -> None:
    """And what a place of a part has counted is not lost by undoing the division."""
    define(service)
    register(service, place("1"), unit="20", actor=TOWN)
    parts = (PartInput(code="20-1", name="本土"), PartInput(code="20-2", name="離島"))
    asked = {"election": "tiny", "unit": "20", "reason": "荒天"}
    divided = DivideUnit(command_id=uuid4(), **asked, on=DAY, parts=parts, keeps=("turnout",))
    Divisions(service).divide(divided, PREFECTURE)
    capture(service, "1", unit="20", actor=TOWN, voters_polling_day=5)
    with pytest.raises(ReportsNoMore):
        capture(service, "1", at="final/final", unit="20", actor=TOWN, voters_polling_day=5)
    register(service, place("1"), unit="20-1", actor=TOWN)
    with pytest.raises(AskedOfWhole):
        capture(service, "1", unit="20-1", actor=TOWN, voters_polling_day=5)
    capture(service, "1", at="final/final", unit="20-1", actor=TOWN, voters_polling_day=5)
    with pytest.raises(PartsReported) as refused:
        Divisions(service).undo(UndoDivision(command_id=uuid4(), **asked), PREFECTURE)
    assert refused.value.facts["parts"] == ["20-1"]
