"""Forms that two people type: nobody vouches for what one person alone has typed, on whatever way it comes."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import night
import pytest
import sources
import tiny
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from night import BALANCED, CITY, WARD, WARD_2

from reporting.application.commands import CellInput, EnterFigures
from reporting.application.desk import Desk
from reporting.application.desk_commands import (
    CorrectTogether,
    SaveDraft,
    SaveSecondEntry,
    SettleEntry,
    Submit,
    Withdraw,
)
from reporting.application.figures import FigureDoor
from reporting.application.service import Reporting
from reporting.application.together import Together
from reporting.domain.actor import Actor, Role
from reporting.domain.four_eyes import FourEyes, SameTypist
from reporting.domain.status import NotNow
from reporting.errors import DraftMoved, ReportingError
from reporting.importing import ImportReport, import_returns
from reporting.ledger import draft_stream, return_stream

WARD_3 = Actor("三木", WARD.office, Role.WARD, "11")
VOTES_A, VOTES_B = "pr|votes||a", "pr|votes||b"


def doubled(service: Reporting, *forms: str) -> Desk:
    """The night with these forms (all, if none is named) typed by two people."""
    made = night.election().model_dump(mode="json")["forms"]
    return night.define(
        service, forms=[{**form, "entry": "double" if form["code"] in (forms or ("final", "flash")) else "single"} for form in made]
    )  # fmt: skip


def texts(**values: Any) -> tuple[CellInput, ...]:
    return tuple(cell for cell in night.cells(**values))


def first(desk: Desk, actor: Actor = WARD, **values: Any) -> int:
    return desk.save_draft(SaveDraft(**night.of("11"), cells=texts(**values)), actor)


def second(desk: Desk, actor: Actor = WARD_2, *, done: bool = False, **values: Any) -> int:
    return desk.save_second_entry(SaveSecondEntry(**night.of("11"), cells=texts(**values), done=done), actor)


def settle(desk: Desk, actor: Actor, seen: int | None = None, **values: Any) -> int:
    return desk.settle_entry(SettleEntry(**night.of("11"), cells=texts(**values), draft_version=seen), actor)


def submit(desk: Desk, actor: Actor = WARD, **more: Any) -> object:
    seen = desk.returns.draft("tiny", "final", "final", "11").version
    return desk.submit(Submit(**night.of("11"), draft_version=seen, **more), actor)


def draft(desk: Desk) -> Any:
    return desk.returns.draft("tiny", "final", "final", "11")


def test_what_two_people_typed_alike_is_submitted_and_both_are_its_authors(service: Reporting) -> None:
    desk = doubled(service)
    first(desk, **BALANCED)
    second(desk, done=True, **{**BALANCED, "votes_a": "６０"})
    assert draft(desk).differing() == []
    submit(desk)
    case = desk.returns.open("tiny", "final", "final", "11").case
    assert case.cells[VOTES_A].authors == {WARD.person, WARD_2.person}
    assert (draft(desk).cells, draft(desk).compared) == ({}, False), "both entries are empty again"
    assert not any(held.text for held in draft(desk).second.values())


def test_one_persons_values_are_not_submitted_on_any_way(service: Reporting) -> None:
    desk = doubled(service)
    first(desk, **BALANCED)
    ways: list[Any] = [
        lambda: desk.submit(Submit(**night.of("11"), figures=night.cells(**BALANCED)), WARD),
        lambda: submit(desk, WARD_2),
        lambda: submit(desk, WARD_3),
        lambda: submit(desk, CITY, receipt={"source": "FAX 3", "received_at": "2024-10-27T21:00:00+09:00"}),
        lambda: Together(service, desk).correct(
            CorrectTogether.model_validate(
                {
                    "command_id": uuid4(), "election": "tiny", "reason": "一度に",
                    "returns": [{"form": "final", "slot": "final", "unit": "11", "figures": [cell.model_dump() for cell in night.cells(**BALANCED)]}],
                }
            ),
            WARD,
        ),
    ]  # fmt: skip
    for way in ways:
        with pytest.raises(NotNow) as refused:
            way()
        assert "二人" in refused.value.message_ja
    entered = EnterFigures(**night.of("11"), expected_version=0, figures=night.cells(**BALANCED))
    with pytest.raises(NotNow):  # where everybody would see them before the second is typed
        FigureDoor(service, desk).record(entered, WARD)
    assert service.ledger.stream(return_stream("tiny", "final", "final", "11")) == []


def imported(service: Reporting, folder: Path, actor: Actor, **values: Any) -> ImportReport:
    rows = [
        {
            "election": "tiny", "form": "final", "slot": "final", "unit": "11", "contest": "pr", "item": cell.item,
            "choice": cell.choice, "value": cell.value,
        }
        for cell in night.cells(**values)
    ]  # fmt: skip
    return import_returns(sources.returns_csv(folder / f"{uuid4()}.csv", rows), service, actor)


def test_a_file_is_one_of_the_two_entries(service: Reporting, tmp_path: Path) -> None:
    """It counts nowhere, and is nowhere to be seen for who types the other; the same authority and turns as at the desk."""
    desk = doubled(service)
    imported(service, tmp_path, WARD, **BALANCED)
    assert (draft(desk).typists_of(draft(desk).typed), draft(desk).second) == ({WARD.person}, {})
    assert desk.returns.open("tiny", "final", "final", "11").case.cells == {}
    with pytest.raises(NotNow):
        submit(desk)
    with pytest.raises(ReportingError):
        imported(service, tmp_path, night.OTHER_WARD, **BALANCED)
    imported(service, tmp_path, WARD_2, **{**BALANCED, "votes_a": 59})
    assert (draft(desk).compared, draft(desk).differing()) == (True, [VOTES_A])
    for actor in (WARD, WARD_2, WARD_3):
        with pytest.raises(NotNow):
            imported(service, tmp_path, actor, votes_a=58)
    settle(desk, WARD_2, votes_a=60)
    submit(desk, reason="転記誤り")  # the difference was shown to who imported it
    case = desk.returns.open("tiny", "final", "final", "11").case
    assert case.cells[VOTES_B].authors == {WARD.person, WARD_2.person}


def test_a_part_of_a_file_is_a_part_of_an_entry(service: Reporting, tmp_path: Path) -> None:
    desk = doubled(service)
    first(desk, **BALANCED)
    imported(service, tmp_path, WARD_2, votes_a=60)
    assert (draft(desk).compared, draft(desk).typists_of(draft(desk).second)) == (False, {WARD_2.person})
    imported(
        service, tmp_path, WARD_2, **{name: value for name, value in BALANCED.items() if name != "votes_a"}
    )
    assert (draft(desk).compared, draft(desk).differing()) == (True, [])


def test_nobody_types_both_and_no_third_joins_them(service: Reporting) -> None:
    desk = doubled(service)
    first(desk, votes_a=60)
    with pytest.raises(SameTypist):
        second(desk, WARD, votes_a=60)
    second(desk, votes_a=60)
    with pytest.raises(FourEyes):
        first(desk, WARD_2, votes_b=38)
    first(desk, WARD_3, votes_b=38)
    with pytest.raises(SameTypist):
        second(desk, WARD_3, votes_b=38)


def test_only_cells_that_differ_are_put_right_and_the_log_has_both(service: Reporting) -> None:
    desk = doubled(service)
    first(desk, **{**BALANCED, "votes_a": 41, "invalid_votes": 3})
    second(desk, done=True, **{**BALANCED, "votes_b": 39, "invalid_votes": 4})
    assert draft(desk).differing() == ["pr|invalid_votes||", VOTES_A, VOTES_B]
    with pytest.raises(NotNow) as refused:
        submit(desk)
    assert "votes" not in refused.value.message_ja.replace("invalid_votes", "")
    seen = draft(desk).version
    settle(desk, WARD, seen, votes_a=60)  # the first takes the second's value
    settle(desk, WARD_2, votes_b=38)  # the second takes the first's
    with pytest.raises(DraftMoved):
        settle(desk, WARD_2, seen, votes_a=61)
    settle(desk, WARD, invalid_votes=2)  # both were wrong: one puts it right,
    assert draft(desk).differing() == ["pr|invalid_votes||"], "which is still one person's word"
    settle(desk, WARD_2, invalid_votes=2)  # the other, too
    assert draft(desk).differing() == []
    submit(desk)
    stream = service.ledger.stream(draft_stream("tiny", "final", "final", "11"))
    held = [one.event for one in stream]
    assert [event.type for event in held][:2] == ["DraftSaved", "SecondEntrySaved"]
    assert (held[0].cells[VOTES_A], held[1].cells[VOTES_A]) == ("41", "60")  # type: ignore[attr-defined]


def test_the_turns_are_kept(service: Reporting) -> None:
    desk = doubled(service)
    with pytest.raises(NotNow):
        second(desk, done=True)
    with pytest.raises(NotNow) as refused:
        second(desk, done=True, votes_a=60)
    assert "一度目の入力がまだ終わっていません" in refused.value.message_ja
    first(desk, votes_a=60)
    with pytest.raises(NotNow):
        settle(desk, WARD, votes_a=60)
    second(desk, done=True, votes_a=61)
    with pytest.raises(NotNow):
        second(desk, votes_a=60)


def test_a_form_that_one_person_types_has_no_second_entry(service: Reporting) -> None:
    desk = doubled(service, "flash")
    with pytest.raises(NotNow) as refused:
        second(desk, votes_a=60)
    assert "一人で入力" in refused.value.message_ja
    night.submit(desk)


def test_a_correction_goes_its_own_way_and_what_is_withdrawn_is_typed_twice_again(service: Reporting) -> None:
    desk = doubled(service)
    first(desk, **BALANCED)
    second(desk, done=True, **BALANCED)
    submit(desk)
    night.submit(
        desk, values={**BALANCED, "votes_a": 59, "votes_b": 39}, reason="再点検", reason_class="recount"
    )
    desk.withdraw(Withdraw(**night.of("11"), reason="様式違い"), WARD)
    with pytest.raises(NotNow):
        night.submit(desk)
    first(desk, **BALANCED)
    second(desk, done=True, **BALANCED)
    submit(desk)


def test_values_of_another_form_are_taken_and_not_typed_again(service: Reporting) -> None:
    desk = doubled(service, "final")
    night.submit(desk, "11", WARD, "flash", "2300")
    rest = {name: value for name, value in BALANCED.items() if not name.startswith("votes")}
    first(desk, **rest)
    second(desk, done=True, **rest)
    submit(desk, fill=True)
    assert desk.returns.open("tiny", "final", "final", "11").case.cells[VOTES_A].text == "60"


@pytest.fixture
def country(service: Reporting) -> Reporting:
    night.define(service)
    return service


PEOPLE = (WARD, WARD_2, WARD_3)
ALIKE = [("first", WARD, "60"), ("done", WARD_2, "６０"), ("submit", WARD, "")]
MOVES = st.lists(
    st.tuples(
        st.sampled_from(("first", "second", "done", "settle", "submit", "figures")),
        st.sampled_from(PEOPLE),
        st.sampled_from(("60", "６０", "61", "")),
    ),
    max_size=9,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=MOVES)
@example(moves=ALIKE)
@example(
    moves=[("first", WARD, "60"), ("done", WARD_2, "61"), ("settle", WARD_2, "60"), ("submit", WARD, "")]
)
@example(moves=[("first", WARD, "60"), ("done", WARD_2, "61"), ("first", WARD_2, "61"), ("submit", WARD, "")])
@example(
    moves=[("first", WARD, "60"), ("done", WARD_2, "61"), ("settle", WARD_3, "61"), ("submit", WARD, "")]
)
def test_whatever_is_tried_a_submitted_value_was_typed_by_two(country: Reporting, moves: Any) -> None:
    """The flash of 22:00, in an election of its own for each example."""
    code = f"e{uuid4().hex[:8]}"
    made = night.election(code=code).model_dump(mode="json")["forms"]
    forms = [{**form, "entry": "double"} for form in made]
    country.define_election(night.election(code=code, forms=forms, rules=[]), tiny.SYSTEM, uuid4())
    desk = Desk(country)
    place = {"election": code, "form": "flash", "slot": "2200", "unit": "11"}
    typed: dict[str, set[str]] = {}
    for kind, actor, text in moves:
        cells = tuple(CellInput(contest="pr", item="votes", choice=choice, value=text) for choice in "ab")
        of = {**place, "command_id": uuid4()}
        try:
            if kind == "first":
                desk.save_draft(SaveDraft(**of, cells=cells), actor)
            elif kind in ("second", "done"):
                desk.save_second_entry(SaveSecondEntry(**of, cells=cells, done=kind == "done"), actor)
            elif kind == "settle":
                desk.settle_entry(SettleEntry(**of, cells=cells), actor)
            elif kind == "figures":
                desk.submit(Submit(**of, figures=night.cells(votes_a=text or 0, votes_b=text or 0)), actor)
            else:
                version = desk.returns.draft(code, "flash", "2200", "11").version
                desk.submit(Submit(**of, draft_version=version), actor)
        except ReportingError:
            continue
        if text and kind not in ("submit", "figures"):
            typed.setdefault("60" if text == "６０" else text, set()).add(actor.person)
    case = desk.returns.open(code, "flash", "2200", "11").case
    if moves == ALIKE:
        assert case.submissions == 1, "what two typed alike does go out"
    if case.submissions:
        for cell in case.cells.values():
            assert len(typed[cell.text]) >= 2
