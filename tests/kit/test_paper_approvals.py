"""Approval documents: exactly one state of the log, found again by the code, and told to nobody who may not see it."""

from __future__ import annotations

import io
from datetime import datetime
from uuid import uuid4

import night
import pages
import pytest
import tiny
from hypothesis import given, settings
from hypothesis import strategies as st
from night import CITY, NATION, OTHER_WARD, PREFECTURE, TOWN, WARD
from openpyxl import load_workbook

from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.domain.actor import Actor
from reporting.domain.place import Place
from reporting.errors import NotAuthorised, UnknownReference
from reporting.kit.paper import codes
from reporting.kit.paper.approval_print import as_pdf, as_workbook
from reporting.kit.paper.approvals import Approval, NothingToApprove, approval_of
from reporting.kit.paper.checking import NotThatState, check_paper
from reporting.kit.paper.codes import ApprovalCode
from reporting.kit.paper.files import as_made, code_in
from reporting.kit.paper.fonts import fonts_of
from reporting.kit.paper.reading import UnknownCode
from reporting.kit.paper.states import Subject
from reporting.publication.live_or_training import Publications

pytestmark = pytest.mark.begins.with_args(night.define)

RETURN = Subject("R", "tiny", "final", "final", "11")
OFFICE = Subject("S", "tiny", "final", "final", "10")
RELEASE = Subject("P", "tiny", "final", "final")


@pytest.fixture
def desk(service: Reporting) -> Desk:
    """Both wards are in, the first is approved by the city; the flash said otherwise."""
    desk = Desk(service)
    night.submit(desk, "11", WARD, "flash", "2300", values={"votes_a": 55, "votes_b": 38})
    night.submit(desk, "11", reason="開票録のとおり")
    night.submit(desk, "12", OTHER_WARD)
    night.approve(desk, CITY)
    return desk


def drawn(desk: Desk, subject: Subject = RETURN, actor: Actor = CITY) -> tuple[Approval, bytes]:
    approval = approval_of(desk, subject, actor)
    return approval, as_pdf(approval, fonts_of(None)).data


def test_it_shows_what_stands_and_how_it_differs(desk: Desk) -> None:
    approval, data = drawn(desk)
    assert pages.codes_of(data) == [str(approval.state.code)]
    assert pages.run_over(data) == []
    text = pages.text_of(data)
    for told in (
        "甲党",
        "60",
        "55",
        "+5",
        "中央区選管",
        "佐藤",
        "市選管",
        "鈴木",
        "開票録のとおり",
        approval.state.sha256,
    ):
        assert told in text, told
    line = next(line for line in approval.values if line.asked.key == "pr|votes||a")
    assert (line.value, line.flash) == ("60", "55")
    assert [deed.what for deed in approval.deeds] == ["入力", "提出", "承認"]


def test_open_findings_and_what_was_said(service: Reporting) -> None:
    desk = Desk(service)
    wrong = {**night.BALANCED, "ballots_counted": 118, "valid_votes": 116, "votes_a": 78}
    opened = desk.returns.open("tiny", "final", "final", "11")
    keys = [
        finding.key
        for finding in desk.findings.of(
            opened, {c.cell().cell.key: str(c.value) for c in night.cells(**wrong)}
        )
    ]
    night.submit(desk, values=wrong, declarations=dict.fromkeys(keys, "recount"), reason="再点検でも同じ")
    approval, data = drawn(desk)
    assert [(line.finding.rule, line.said) for line in approval.findings] == [("J11", "recount")]
    assert "J11" in pages.text_of(data)


@pytest.mark.parametrize("subject", [RETURN, OFFICE, RELEASE])
def test_the_same_position_gives_the_same_files(desk: Desk, subject: Subject) -> None:
    actor = NATION if subject is RELEASE else CITY
    approval, data = drawn(desk, subject, actor)
    book = as_workbook(approval)
    night.submit(desk, values={"votes_a": 59, "votes_b": 39}, reason="訂正")
    later = approval_of(desk, subject, actor, approval.state.position)
    assert later.state.sha256 == approval.state.sha256
    assert as_pdf(later, fonts_of(None)).data == data
    assert as_workbook(later) == book
    for file in (data, book):
        assert code_in(file) == str(approval.state.code)
        assert as_made(desk, approval.state, file, None)
        assert not as_made(desk, approval.state, file.replace(b"\n", b"\r", 1) + b" ", None)


def test_several_returns_in_a_workbook_with_every_value(desk: Desk) -> None:
    approval, data = drawn(desk, OFFICE)
    assert pages.run_over(data) == []
    assert "地域11" in pages.text_of(data)
    book = load_workbook(io.BytesIO(as_workbook(approval)))
    rows = list(book["値と差"].values)
    assert len(rows) == 1 + 2 * 8
    assert ("11", "地域11", "甲党", "得票数", "比例代表", 60) in rows
    assert [added.total for added in approval.sums if added.line.asked.key == "pr|voters||"] == [200]
    assert [line.status for line in approval.units] == ["途中まで承認済み", "提出済み"]


def test_checked_later(desk: Desk) -> None:
    approval, _ = drawn(desk)
    code = str(approval.state.code)
    checked = check_paper(desk, code.lower(), CITY)
    assert (checked.approved, checked.moved, checked.certified, checked.public) == (
        ("city",),
        (),
        False,
        None,
    )
    assert len(checked.events) == 3
    night.submit(desk, values={"votes_a": 59, "votes_b": 39}, reason="訂正")
    moved = check_paper(desk, code, CITY).moved
    assert [(cell.key, cell.then, cell.now, cell.by.person if cell.by else "") for cell in moved] == [
        ("pr|votes||a", "60", "59", "佐藤"), ("pr|votes||b", "38", "39", "佐藤"),
    ]  # fmt: skip


def test_what_a_release_would_hold_and_then_holds(desk: Desk, service: Reporting) -> None:
    night.approve(desk, PREFECTURE)
    approval, _ = drawn(desk, RELEASE, NATION)
    assert {unit: len(cells) for unit, cells in approval.state.cells.items()} == {"11": 8, "12": 0}, (
        "approved, and no others"
    )
    Publications(service, desk).release("tiny", "final", "final", datetime.now().astimezone())
    checked = check_paper(desk, str(approval.state.code), NATION)
    assert (checked.public, checked.shown, checked.moved) == (8, 8, ())


@pytest.mark.parametrize(
    ("subject", "actor"),
    [
        (RETURN, OTHER_WARD),
        (RETURN, TOWN),
        (OFFICE, WARD),
        (OFFICE, TOWN),
        (RELEASE, CITY),
        (RELEASE, PREFECTURE),
    ],
)
def test_strangers_neither_draw_nor_check(desk: Desk, subject: Subject, actor: Actor) -> None:
    code = str(approval_of(desk, subject, NATION).state.code)
    with pytest.raises(NotAuthorised):
        approval_of(desk, subject, actor)
    with pytest.raises(NotAuthorised):
        check_paper(desk, code, actor)
    guessed = ApprovalCode.of(subject.letter, subject.place, 3, "0" * 64)
    with pytest.raises(NotAuthorised):
        check_paper(desk, str(guessed), actor)


def test_a_forged_state_is_no_state(desk: Desk) -> None:
    approval, _ = drawn(desk)
    state = approval.state
    for position, sha256 in (
        (state.position - 1, state.sha256),
        (state.position, "f" + state.sha256[1:]),
        (1, state.sha256),
    ):
        with pytest.raises(NotThatState):
            check_paper(desk, str(ApprovalCode.of("R", RETURN.place, position, sha256)), CITY)
    for strange in (
        "A1",
        "A1R-0",
        str(ApprovalCode.of("R", RETURN.place, 10**9, state.sha256)),
        str(ApprovalCode.of("R", Place("x", "y", "z", "1"), 3, state.sha256)),
    ):
        with pytest.raises(UnknownCode):
            check_paper(desk, strange, CITY)


def test_nothing_is_drawn_up_of_nothing(desk: Desk) -> None:
    with pytest.raises(NothingToApprove):
        approval_of(desk, Subject("R", "tiny", "final", "final", "20"), TOWN)
    with pytest.raises(UnknownReference):
        approval_of(desk, Subject("R", "tiny", "final", "final", "9"), NATION)
    with pytest.raises(UnknownReference):
        approval_of(desk, Subject("R", "tiny", "final", "2300", "11"), NATION)


def test_a_unit_that_is_looked_at_from_another_definition(desk: Desk, service: Reporting) -> None:
    """The state is of its moment: what is defined later changes nothing of it."""
    approval, data = drawn(desk)
    contests = night.election().model_dump(mode="json")["contests"]
    contests[0]["choices"][0]["name"] = "丁党"
    service.define_election(night.election(contests=contests), tiny.SYSTEM, uuid4(), reason="名簿の訂正")
    assert check_paper(desk, str(approval.state.code), CITY).moved == ()
    again = approval_of(desk, RETURN, CITY, approval.state.position)
    assert as_pdf(again, fonts_of(None)).data == data


@settings(max_examples=60)
@given(st.sampled_from("PRS"), st.integers(0, 10**12 - 1), st.binary(min_size=32, max_size=32), st.data())
def test_a_slip_in_a_code_is_told(letter: str, position: int, digest: bytes, data: st.DataObject) -> None:
    code = ApprovalCode.of(letter, Place("tiny", "final", "final", "11"), position, digest.hex())
    told = str(code)
    assert ApprovalCode.read(told.lower().replace("-", " ")) == code
    at = data.draw(st.integers(4, len(told) - 1))
    slipped = told[:at] + data.draw(st.sampled_from(codes.LETTERS)) + told[at + 1 :]
    read = ApprovalCode.read(slipped)
    assert slipped == told or told[at] == "-" or read is None or read == code
