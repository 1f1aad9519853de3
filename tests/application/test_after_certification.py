"""After certification: who corrects, who looks at it again, what the owner is told, and what stays as it was certified."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import night
import pytest
from night import CITY, CITY_2, NATION, PREFECTURE, PREFECTURE_2, WARD, WARD_2

from reporting.application import desk_commands as desks
from reporting.application.acting import Done
from reporting.application.commands import CellInput, CorrectFigures
from reporting.application.desk import Desk
from reporting.application.figures import FigureDoor
from reporting.application.service import Reporting
from reporting.domain.actor import Actor, Role
from reporting.domain.four_eyes import FourEyes
from reporting.domain.returns import FiguresRefused
from reporting.domain.status import Status
from reporting.errors import NotAuthorised
from reporting.publication.planned import Release
from reporting.publication.release import CLOCK, Publication

pytestmark = pytest.mark.begins.with_args(night.define)

A, B = "pr|votes||a", "pr|votes||b"
CHANGE = {"votes_a": 59, "votes_b": 39}
AFTER = datetime.fromisoformat(night.ELEVEN) + timedelta(hours=1)
EVERYWHERE = Actor("本省", "総務省", Role.MINISTRY, "*")


@pytest.fixture
def desk(service: Reporting) -> Desk:
    """Unit 11 certified at the nation; its ward had typed something more and not submitted it."""
    desk = Desk(service)
    night.submit(desk)
    for actor in (CITY, PREFECTURE, NATION):
        night.approve(desk, actor)
    cell = CellInput(contest="pr", item="electors", value="999")
    desk.save_draft(desks.SaveDraft(**night.of("11"), cells=(cell,)), WARD)
    desk.certify(desks.Certify(**night.of("11")), NATION)
    return desk


def correct(desk: Desk, actor: Actor, values: dict[str, int], **more: Any) -> Done:
    given = {"reason": "読み違い", **more}
    return desk.submit(desks.Submit(**night.of("11"), figures=night.cells(**values), **given), actor)


def cells(desk: Desk) -> Any:
    return desk.returns.open("tiny", "final", "final", "11").case.cells


def release(desk: Desk) -> Release | None:
    return Publication(desk.reporting, desk).release("tiny", "final", "final", AFTER, CLOCK)


@pytest.mark.parametrize("actor", [WARD, CITY], ids=["owner", "city"])
def test_the_offices_below_do_not_correct(desk: Desk, actor: Actor) -> None:
    """Neither at the desk, nor directly; nor is a draft kept that could go nowhere."""
    figures = night.cells(**CHANGE)
    direct = CorrectFigures(
        **night.of("11"), expected_version=99, figures=figures, reason_class="typing_error", reason="誤り"
    )
    draft = desks.SaveDraft(**night.of("11"), cells=(CellInput(contest="pr", item="voters", value="1"),))
    for attempt in (
        lambda: correct(desk, actor, CHANGE),
        lambda: FigureDoor(desk.reporting, desk).record(direct, actor),
        lambda: desk.save_draft(draft, actor),
    ):
        with pytest.raises(NotAuthorised):
            attempt()


def test_a_correction_has_a_reason_and_is_looked_at_by_every_level_again(desk: Desk) -> None:
    """The city may not correct, but its look is asked for again: without it the correction could go nowhere. What was
    certified stays what is public until the publishing level has approved."""
    assert release(desk) is not None
    with pytest.raises(FiguresRefused):
        correct(desk, PREFECTURE_2, CHANGE, reason=None)
    assert correct(desk, PREFECTURE_2, CHANGE).status is Status.CERTIFIED
    assert (cells(desk)[A].text, cells(desk)[A].approved["nation"]) == ("59", "60")
    assert cells(desk)["pr|voters||"].approved_now == {"city", "prefecture", "nation"}
    night.approve(desk, CITY)
    assert release(desk) is None
    with pytest.raises(FourEyes):
        night.approve(desk, PREFECTURE_2)
    night.approve(desk, PREFECTURE)
    notice = release(desk)
    assert notice is not None
    assert {one.cell: (one.before, one.after) for one in notice.changes} == {A: ("60", "59"), B: ("38", "39")}
    assert night.approve(desk, NATION).status is Status.CERTIFIED
    assert cells(desk)[A].approved_now == {"city", "prefecture", "nation"}


def test_nothing_certified_is_sent_back_or_withdrawn(desk: Desk) -> None:
    """Certified is certified: sending back would take approvals from what is final. Who disagrees with a correction does
    not approve it, says so in a remark, and the value is corrected back."""
    assert release(desk) is not None
    correct(desk, PREFECTURE_2, CHANGE)
    for actor in (CITY, PREFECTURE, NATION, EVERYWHERE):
        for key in (A, "pr|voters||"):
            with pytest.raises(NotAuthorised):
                night.send_back(desk, actor, "11", key)
    note = desks.Annotate(**night.of("11"), cells=(A,), note_class="doubt", note="原票は60票。")
    desk.annotate(note, CITY)
    correct(desk, PREFECTURE, {"votes_a": 60, "votes_b": 38}, reason="訂正の取消し")
    for actor in (CITY_2, PREFECTURE_2, NATION):
        night.approve(desk, actor)
    assert {key: cells(desk)[key].text for key in (A, B)} == {A: "60", B: "38"}
    assert cells(desk)[A].approved_now == {"city", "prefecture", "nation"}
    assert release(desk) is None  # the public never saw it


def test_the_owner_is_told_and_may_object(desk: Desk) -> None:
    correct(desk, PREFECTURE_2, CHANGE)
    assert {key for key, cell in cells(desk).items() if cell.edited_above} == {A, B}
    desk.answer(desks.Answer(**night.of("11"), cells=(A,), agrees=False, reason="原票は60"), WARD_2)
    desk.answer(desks.Answer(**night.of("11"), cells=(B,), agrees=True), WARD_2)
    assert (cells(desk)[A].objected, cells(desk)[B].objected) == (True, False)
    assert desk.returns.open("tiny", "final", "final", "11").status is Status.CERTIFIED


def test_what_a_clerk_had_drafted_is_no_part_of_a_later_correction(desk: Desk) -> None:
    """Only the named cells change: the ward's 999 electors were never submitted, and nobody else vouches for them."""
    assert desk.returns.draft("tiny", "final", "final", "11").cells == {}
    before = cells(desk)["pr|electors||"].text
    correct(desk, PREFECTURE_2, CHANGE)
    assert cells(desk)["pr|electors||"].text == before == "200"


def test_a_correction_is_drafted_by_who_may_correct(desk: Desk) -> None:
    cell = CellInput(contest="pr", item="votes", choice="a", value="59")
    other = CellInput(contest="pr", item="votes", choice="b", value="39")
    desk.save_draft(desks.SaveDraft(**night.of("11"), cells=(cell, other)), PREFECTURE_2)
    assert cells(desk)[A].text == "60"
    correct(desk, PREFECTURE_2, {})
    assert (cells(desk)[A].text, cells(desk)[B].text) == ("59", "39")


def test_who_submitted_does_not_certify(desk: Desk) -> None:
    night.submit(desk, "12", actor=NATION)
    deputy = Actor("次官", NATION.office, NATION.role, NATION.jurisdiction)
    for actor in (CITY, PREFECTURE, deputy):
        night.approve(desk, actor, "12")
    with pytest.raises(FourEyes):
        desk.certify(desks.Certify(**night.of("12")), NATION)
    why = "他に確定できる者がいないため"
    request = desks.Certify(**night.of("12"), override=why)
    done = desk.certify(request, NATION)
    command = desk.reporting.ledger.command(request.command_id)
    assert command is not None
    assert (done.status, command.reason) == (Status.CERTIFIED, why)
    assert desk.certify(request, NATION).repeated
