"""A return's way: draft, submission with rules, approval by level, cells sent back, certification, differences."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast
from uuid import uuid4

import night
import pytest
import tiny
from night import CITY, NATION, OTHER_WARD, PREFECTURE, PREFECTURE_2, WARD, WARD_2

from reporting.application.acting import Done
from reporting.application.asked import contests_asked
from reporting.application.commands import CellInput
from reporting.application.desk import Desk
from reporting.application.desk_commands import (
    Annotate,
    Answer,
    ApproveGreen,
    Certify,
    CloseDiscrepancy,
    SaveDraft,
    Submit,
    Withdraw,
)
from reporting.application.findings import RulesRefused
from reporting.application.looks import Look, LookCell, LookFirst
from reporting.application.service import Reporting
from reporting.domain.actor import Actor, Channel
from reporting.domain.four_eyes import FourEyes
from reporting.domain.returns import FiguresRefused
from reporting.domain.status import NotNow, Status
from reporting.errors import InvalidInput, NotAuthorised, UnknownReference

pytestmark = pytest.mark.begins.with_args(night.define)


@pytest.fixture
def desk(service: Reporting) -> Desk:
    return Desk(service)


def case(desk: Desk, unit: str = "11"):  # type: ignore[no-untyped-def]
    return desk.returns.open("tiny", "final", "final", unit)


def test_the_whole_way(desk: Desk) -> None:
    assert night.submit(desk).status is Status.SUBMITTED
    assert night.approve(desk, CITY).status is Status.APPROVED
    assert night.approve(desk, PREFECTURE).status is Status.APPROVED
    assert night.approve(desk, NATION).status is Status.APPROVED
    assert desk.certify(Certify(**night.of("11")), NATION).status is Status.CERTIFIED


def test_a_town_has_no_city_above_it(desk: Desk) -> None:
    night.submit(desk, "20")
    with pytest.raises(NotAuthorised):
        night.approve(desk, CITY, "20")
    assert night.approve(desk, PREFECTURE, "20").status is Status.APPROVED


def test_levels_go_in_order(desk: Desk) -> None:
    with pytest.raises(NotNow):
        night.approve(desk, CITY)
    night.submit(desk)
    with pytest.raises(NotNow):
        night.approve(desk, PREFECTURE)
    with pytest.raises(NotNow):
        desk.certify(Certify(**night.of("11")), NATION)


def test_a_draft_is_kept_right_or_wrong_and_survives_a_refusal(desk: Desk) -> None:
    wrong = CellInput(contest="pr", item="voters", value="１２人")
    assert desk.save_draft(SaveDraft(**night.of("11"), cells=(wrong,)), WARD) == 1
    assert desk.returns.draft("tiny", "final", "final", "11").cells == {"pr|voters||": "１２人"}
    with pytest.raises(FiguresRefused):
        desk.submit(Submit(**night.of("11"), draft_version=1), WARD_2)
    assert case(desk).status is Status.MISSING
    fixed = CellInput(contest="pr", item="voters", value="100")
    desk.save_draft(SaveDraft(**night.of("11"), cells=(fixed,)), WARD_2)
    rest = {name: value for name, value in night.BALANCED.items() if name != "voters"}
    assert night.submit(desk, values=rest, draft_version=2).status is Status.SUBMITTED
    assert desk.returns.draft("tiny", "final", "final", "11").cells == {}


def test_errors_block_submission_and_name_rule_and_cells(desk: Desk) -> None:
    with pytest.raises(RulesRefused) as refused:
        night.submit(desk, values={**night.BALANCED, "invalid_votes": 5})
    (finding,) = [f for f in refused.value.findings if f.rule == "J09"]
    assert "pr|invalid_votes||" in finding.cells
    assert finding.message_ja
    assert finding.message_en
    assert case(desk).status is Status.MISSING


def test_nobody_approves_what_they_submitted_unless_openly(desk: Desk) -> None:
    night.submit(desk, actor=CITY)
    with pytest.raises(FourEyes):
        night.approve(desk, CITY)
    done = night.approve(desk, CITY, override="担当者が一人のため")
    assert done.status is Status.APPROVED


def test_nobody_approves_at_two_levels_unless_openly(desk: Desk) -> None:
    """A clerk of the city lent to the prefecture is one pair of eyes; what was changed since is another value."""
    lent = night.Actor(CITY.person, PREFECTURE.office, night.Role.PREFECTURE, "P1")
    night.submit(desk)
    night.approve(desk, CITY)
    with pytest.raises(FourEyes) as refused:
        night.approve(desk, lent)
    assert CITY.person in str(refused.value)
    assert "特例" in str(refused.value)
    assert night.approve(desk, lent, override="県に一人のため").status is Status.APPROVED
    changed = night.cells(votes_a=59, votes_b=39)
    desk.submit(Submit(**night.of("11"), figures=changed, reason="読み違い"), WARD)
    night.approve(desk, night.CITY_2)
    assert night.approve(desk, lent).status is Status.APPROVED


def test_one_cell_goes_back_and_the_rest_keeps_its_approvals(desk: Desk) -> None:
    night.submit(desk)
    night.approve(desk, CITY)
    night.approve(desk, PREFECTURE)
    assert night.send_back(desk, PREFECTURE, "11", "pr|votes||a").status is Status.SENT_BACK
    one = case(desk)
    assert one.case.sent_back() == ["pr|votes||a"]
    assert one.case.cells["pr|votes||b"].approved_now == {"city", "prefecture"}
    assert one.case.cells["pr|votes||a"].approved == {"city": "60", "prefecture": "60"}
    request = Submit(
        **night.of("11"),
        figures=night.cells(votes_a=61, votes_b=38, valid_votes=99, invalid_votes=1),
        reason="集計誤り",
    )
    assert desk.submit(request, WARD).status is Status.SUBMITTED
    one = case(desk)
    assert sorted(one.case.waiting_at("city")) == ["pr|invalid_votes||", "pr|valid_votes||", "pr|votes||a"]
    assert night.approve(desk, CITY).status is Status.APPROVED


def test_a_cell_that_was_right_is_confirmed_by_its_owner(desk: Desk) -> None:
    night.submit(desk)
    night.send_back(desk, CITY, "11", "pr|votes||a")
    with pytest.raises(NotAuthorised):
        desk.answer(Answer(**night.of("11"), cells=("pr|votes||a",), agrees=True), OTHER_WARD)
    answered = desk.answer(Answer(**night.of("11"), cells=("pr|votes||a",), agrees=True), WARD)
    assert answered.status is Status.SUBMITTED


def test_the_owner_sees_an_edit_from_above_and_may_object(desk: Desk) -> None:
    night.submit(desk)
    changed = night.cells(votes_a=59, votes_b=39)
    desk.submit(Submit(**night.of("11"), figures=changed, reason="県の確認"), PREFECTURE)
    one = case(desk)
    assert {key for key, cell in one.case.cells.items() if cell.edited_above} == {
        "pr|votes||a",
        "pr|votes||b",
    }
    desk.answer(Answer(**night.of("11"), cells=("pr|votes||a",), agrees=False, reason="原票は60"), WARD)
    assert case(desk).case.cells["pr|votes||a"].objected


def unbalanced(desk: Desk) -> str:
    """118 more ballots than voters (fixture F9); the key of the finding."""
    values = {**night.BALANCED, "ballots_counted": 118, "valid_votes": 116, "votes_a": 78}
    with pytest.raises(RulesRefused) as refused:
        night.submit(desk, values=values)
    (finding,) = [f for f in refused.value.findings if f.rule == "J11"]
    assert finding.waivable
    draft = [c for c in night.cells(**values)]
    desk.save_draft(SaveDraft(**night.of("11"), cells=tuple(draft)), WARD)
    return finding.key


def test_an_imbalance_is_declared_by_two_people_and_touches_no_cell(desk: Desk) -> None:
    key = unbalanced(desk)
    night.declare(desk, WARD, "11", key)
    assert desk.submit(Submit(**night.of("11")), WARD).status is Status.SUBMITTED
    with pytest.raises(LookFirst) as not_green:
        night.approve(desk, CITY)
    (look,) = not_green.value.looks
    assert (look.kind, look.rule) == ("declared", "J11")
    assert {(cell.key, cell.shown, cell.now) for cell in look.cells} >= {
        ("pr|ballots_counted||", "118", "118")
    }
    night.look(desk, CITY)
    one = case(desk)
    assert one.case.discrepancies[key].confirmed_by is not None
    assert one.case.cells["pr|ballots_counted||"].text == "118"
    assert one.case.discrepancies[key].difference in ("18", "-18")
    closed = CloseDiscrepancy(
        **night.of("11"), key=key, reason_class="recount", reason="投票者数の計上漏れが判明"
    )
    desk.close_discrepancy(closed, CITY)
    assert not case(desk).case.discrepancies[key].stands


SHOWN = ["submission", "draft", "desk", "preview"]


def show(desk: Desk, path: str, unit: str) -> str:
    """The ward's clerk sees a difference in this way; its key."""
    figures = _unbalanced()
    cells = tuple(c for c in figures)
    actor = night.OWNERS[unit]
    if path == "submission":
        with pytest.raises(RulesRefused) as refused:
            desk.submit(Submit(**night.of(unit), figures=figures), actor)
        found = refused.value.findings
    elif path == "draft":
        desk.save_draft(SaveDraft(**night.of(unit), cells=cells), actor)
        found = desk.shown_draft(case(desk, unit), actor)
    else:
        texts = {c.cell().cell.key: c.value for c in figures}
        found = desk.findings.of(case(desk, unit), texts)
        desk.remember_shown(case(desk, unit), texts, found, actor, path)
    return next(f.key for f in found if f.rule == "J11")


@pytest.mark.parametrize("path", SHOWN)
def test_both_ways_out_cost_the_same_wherever_a_difference_is_shown(desk: Desk, path: str) -> None:
    """Sendai 2014: from the same sight to the same end. Altering takes submitting with a reason, declaring takes submitting
    with a reason; then the approver looks at the cells, then and now. Neither is ever green, at any level."""
    altered = night.cells(**{**night.BALANCED, "ballots_counted": 100, "valid_votes": 98, "votes_a": 60})
    show(desk, path, "11")
    key = show(desk, path, "12")
    for request in (
        Submit(**night.of("11"), figures=altered),
        Submit(**night.of("12"), figures=_unbalanced(), declarations={key: "recount"}),
    ):
        with pytest.raises(InvalidInput) as refused:
            desk.submit(request, night.OWNERS[request.unit])
        assert refused.value.facts["field"] == "reason"
    steps = {"11": 0, "12": 0}
    desk.submit(Submit(**night.of("11"), figures=altered, reason="数え直し"), WARD)
    declaring = Submit(**night.of("12"), figures=_unbalanced(), declarations={key: "recount"}, reason="不明")
    desk.submit(declaring, OTHER_WARD)
    for unit in steps:
        steps[unit] += 1
        for officer in (CITY, PREFECTURE, NATION):
            green = ApproveGreen(
                command_id=uuid4(), election="tiny", form="final", slot="final", units=(unit,)
            )
            ((_, told),) = desk.approve_green(green, officer)
            assert isinstance(told, LookFirst)
            (look,) = told.looks
            assert look.kind == {"11": "vanished", "12": "declared"}[unit]
            held = {cell.key: (cell.shown, cell.now) for cell in look.cells}
            assert held["pr|ballots_counted||"] == ("118", {"11": "100", "12": "118"}[unit])
            night.look(desk, officer, unit)
            steps[unit] += 1
    assert steps["11"] == steps["12"]
    (vanished,) = case(desk, "11").case.discrepancies.values()
    assert (vanished.reason_class, vanished.waits, set(vanished.seen)) == (
        "altered", False, {"city", "prefecture", "nation"},
    )  # fmt: skip
    assert not case(desk, "12").case.discrepancies[key].waits


def test_a_difference_that_vanished_and_is_back_has_to_be_declared(desk: Desk) -> None:
    key = show(desk, "submission", "11")
    night.submit(desk, reason="数え直し")
    back = Submit(**night.of("11"), figures=_unbalanced(), reason="やはり合わない")
    with pytest.raises(RulesRefused) as refused:
        desk.submit(back, WARD)
    assert key in {finding.key for finding in refused.value.findings}
    said = Submit(**{**back.model_dump(), "command_id": uuid4(), "declarations": {key: "recount"}})
    desk.submit(said, WARD)
    assert case(desk).case.discrepancies[key].reason_class == "recount"
    assert night.look(desk, CITY).status is Status.APPROVED


def test_looking_twice_is_remembered_once_and_looking_from_afar_never(desk: Desk) -> None:
    import tiny

    show(desk, "draft", "11")
    at = desk.returns.draft("tiny", "final", "final", "11").version
    show(desk, "preview", "11")
    desk.shown_draft(case(desk), WARD_2)
    assert desk.returns.draft("tiny", "final", "final", "11").version == at
    texts = {c.cell().cell.key: c.value for c in _unbalanced()}
    other = case(desk, "12")
    desk.remember_shown(other, texts, desk.findings.of(other, texts), tiny.AUDITOR, "desk")
    assert desk.returns.draft("tiny", "final", "final", "12").version == 0


def test_a_difference_mended_without_submitting_again_is_not_green_either(desk: Desk) -> None:
    """Seen in the preview of a return on its way, then corrected directly: the approver sees it all the same."""
    from reporting.application.commands import CorrectFigures

    night.submit(desk)
    show(desk, "preview", "11")
    green = ApproveGreen(command_id=uuid4(), election="tiny", form="final", slot="final", units=("11",))
    ((_, told),) = desk.approve_green(green, CITY)
    assert isinstance(told, Done)  # a preview alone has moved nothing
    correction = CorrectFigures(
        **night.of("11"),
        expected_version=case(desk).case.version,
        figures=night.cells(voters=101, ballots_counted=101, valid_votes=99, votes_a=61),
        reason_class="typing_error",
        reason="誤り",
    )
    desk.reporting.correct_figures(correction, WARD)
    again = ApproveGreen(command_id=uuid4(), election="tiny", form="final", slot="final", units=("11",))
    ((_, told),) = desk.approve_green(again, night.CITY_2)
    assert isinstance(told, LookFirst), told
    assert [(look.kind, look.rule) for look in told.looks] == [("vanished", "J11")]


def test_what_is_to_be_looked_at_is_told_in_words(desk: Desk) -> None:
    night.submit(desk)
    gone = (LookCell("pr|voters|sex=f|", "!none", "5", ("7", "!not_reported")),)
    told = LookFirst(case(desk), [Look("vanished", "J01|pr", "J01", gone)])
    assert "該当なし→7→未報告→5" in told.message_ja
    assert "none → 7 → not reported → 5" in told.message_en
    assert "sex=" not in str(told)


def test_a_refusal_says_the_same_in_both_languages_of_which_cells_it_is(desk: Desk) -> None:
    """A cell that is back already, one that is approved already, and none that waits are three things."""
    night.submit(desk)
    votes = ("pr|votes||a", "pr|votes||b")
    night.send_back(desk, CITY, "11", votes[0])
    told = []
    for deed in (
        lambda: night.send_back(desk, night.CITY_2, "11", *votes),
        lambda: night.approve(desk, night.CITY_2, cells=votes),
        lambda: [night.approve(desk, night.CITY_2), night.approve(desk, night.CITY_2)],
    ):
        with pytest.raises(NotNow) as refused:
            deed()
        told.append((refused.value.message_ja, refused.value.message_en))
    assert ["まだ差し戻していない欄だけ" in told[0][0], "not sent back yet" in told[0][1]] == [True, True]
    assert ["承認を待っていない欄があります" in told[1][0], "Some of these cells" in told[1][1]] == [
        True,
        True,
    ]
    assert ["承認待ちの欄がありません" in told[2][0], "No cell waits" in told[2][1]] == [True, True]


def test_an_objection_is_looked_at_by_itself(desk: Desk) -> None:
    night.submit(desk)
    changed = night.cells(votes_a=59, votes_b=39)
    desk.submit(Submit(**night.of("11"), figures=changed, reason="県の確認"), PREFECTURE)
    desk.answer(Answer(**night.of("11"), cells=("pr|votes||a",), agrees=False, reason="原票は60"), WARD)
    green = ApproveGreen(command_id=uuid4(), election="tiny", form="final", slot="final", units=("11",))
    ((_, told),) = desk.approve_green(green, CITY)
    assert isinstance(told, LookFirst)
    assert [(look.kind, [cell.key for cell in look.cells]) for look in told.looks] == [
        ("objected", ["pr|votes||a"])
    ]
    assert "異議" in told.message_ja
    assert case(desk).case.unanswered() == ["pr|votes||b"]


def test_an_answer_counts_for_the_cells_it_names(desk: Desk) -> None:
    from datetime import datetime

    from reporting.domain.workflow_events import Receipt

    receipt = Receipt(source="ファクス", received_at=datetime.fromisoformat(night.TEN))
    given: dict[str, Any] = {"receipt": receipt, "channel": Channel.FAX}
    night.submit(desk, actor=CITY, **given)
    assert len(case(desk).case.unanswered()) == len(night.BALANCED)
    desk.answer(Answer(**night.of("11"), cells=("pr|votes||a",), agrees=True), WARD)
    assert len(case(desk).case.unanswered()) == len(night.BALANCED) - 1
    assert case(desk).case.on_behalf


def _unbalanced() -> tuple[Any, ...]:
    return night.cells(**{**night.BALANCED, "ballots_counted": 118, "valid_votes": 116, "votes_a": 78})


def test_altering_after_a_refusal_needs_a_reason(desk: Desk) -> None:
    unbalanced(desk)
    with pytest.raises(RulesRefused):
        desk.submit(Submit(**night.of("11")), WARD)
    with pytest.raises(InvalidInput):
        desk.submit(Submit(**night.of("11"), figures=night.cells(voters=118)), WARD)


def test_green_ones_are_approved_at_once_and_the_others_told(desk: Desk) -> None:
    night.submit(desk, "11")
    night.submit(desk, "12")
    night.submit(desk, "20")
    night.approve(desk, CITY, "11")
    outcomes = desk.approve_green(
        ApproveGreen(command_id=uuid4(), election="tiny", form="final", slot="final"), PREFECTURE
    )
    told = dict(outcomes)
    assert isinstance(told["12"], NotNow)  # the city has not looked at it
    assert {unit for unit, outcome in outcomes if isinstance(outcome, Done)} == {"11", "20"}
    again = ApproveGreen(command_id=uuid4(), election="tiny", form="final", slot="final")
    assert [unit for unit, _ in desk.approve_green(again, PREFECTURE)] == [
        "12"
    ]  # what is done is no exception
    assert outcomes[0][0] == "12"


@pytest.mark.parametrize("actor", [PREFECTURE, tiny.SYSTEM])
def test_a_unit_that_does_not_exist_is_told_and_nothing_is_approved(desk: Desk, actor: Actor) -> None:
    night.submit(desk, "20")
    request = ApproveGreen(
        command_id=uuid4(), election="tiny", form="final", slot="final", units=("20", "9999")
    )
    with pytest.raises(UnknownReference, match="9999"):
        desk.approve_green(request, actor)
    assert case(desk, "20").status is Status.SUBMITTED


def test_after_certification_only_higher_offices_correct_and_anybody_may_annotate(desk: Desk) -> None:
    night.submit(desk)
    for actor in (CITY, PREFECTURE, NATION):
        night.approve(desk, actor)
    desk.certify(Certify(**night.of("11")), NATION)
    change = Submit(**night.of("11"), figures=night.cells(votes_a=59, votes_b=39), reason="投票用紙発見")
    with pytest.raises(NotAuthorised):
        desk.submit(change, WARD)
    note = Annotate(**night.of("11"), note_class="ballot_found", note="確定後に1票発見。結果は変更しない。")
    before = case(desk).case.cells
    desk.annotate(note, WARD)
    after = case(desk)
    assert {key: cell.text for key, cell in after.case.cells.items()} == {
        k: c.text for k, c in before.items()
    }
    assert after.status is Status.CERTIFIED
    corrected = desk.submit(Submit(**{**change.model_dump(), "command_id": uuid4()}), PREFECTURE_2)
    assert corrected.status is Status.CERTIFIED
    assert "prefecture" not in case(desk).case.cells["pr|votes||a"].approved_now


def test_withdrawn_is_not_reported_and_may_be_submitted_again(desk: Desk) -> None:
    night.submit(desk)
    assert (
        desk.withdraw(Withdraw(**night.of("11"), reason="別の開票区の数字"), WARD).status is Status.WITHDRAWN
    )
    assert {cell.text for cell in case(desk).case.cells.values()} == {"!not_reported"}
    assert night.submit(desk, reason="再提出").status is Status.SUBMITTED


def test_values_flow_from_the_flash_and_retyping_needs_a_reason(desk: Desk) -> None:
    night.submit(desk, form="flash", slot="2300")
    assert desk.returns.prefill("tiny", "final", "final", "11")["pr|votes||a"].text == "60"
    with pytest.raises(FiguresRefused) as refused:
        night.submit(desk, values={**night.BALANCED, "votes_a": 59, "votes_b": 39})
    assert {problem.kind for problem in refused.value.problems} == {"reason"}
    assert night.submit(desk).status is Status.SUBMITTED


def test_a_command_sent_twice_is_one_event(desk: Desk, service: Reporting) -> None:
    request = Submit(**night.of("11"), figures=night.cells(**night.BALANCED))
    first = desk.submit(request, WARD)
    at = service.ledger.position()
    again = desk.submit(request, WARD)
    assert (again.position, again.repeated, service.ledger.position()) == (first.position, True, at)


def test_two_editors_of_one_return_lose_nothing(desk: Desk) -> None:
    """Both saw version 0; other cells merge, the same cell is refused to the second."""
    import tiny

    from reporting.application.commands import EnterFigures
    from reporting.errors import VersionConflict

    service = desk.reporting
    first = EnterFigures(**night.of("11"), expected_version=0, figures=tiny.cells(voters=100))
    second = EnterFigures(**night.of("11"), expected_version=0, figures=tiny.cells(electors=200))
    third = EnterFigures(**night.of("11"), expected_version=0, figures=tiny.cells(voters=101))
    assert service.enter_figures(first, WARD).version == 1
    assert service.enter_figures(second, WARD_2).version == 2
    with pytest.raises(VersionConflict):
        service.enter_figures(third, WARD_2)
    assert {k: c.text for k, c in case(desk).case.cells.items()} == {
        "pr|voters||": "100",
        "pr|electors||": "200",
    }


def test_what_was_divided_is_recomputed(desk: Desk) -> None:
    """Ehime 2021: votes moved between two parties by a wrong division are caught at the desk (J14, fixture F18)."""
    from reporting.domain.workflow_events import CommonBallots, Divided

    division = {
        "pr": Divided(own={"a": 330, "b": 130}, common=(CommonBallots(choices=("a", "b"), ballots=10),))
    }
    values = {"votes_a": "337.173", "votes_b": "132.826"}
    wrong = {"votes_a": "337.172", "votes_b": "132.827"}
    with pytest.raises(RulesRefused) as refused:
        night.submit(desk, form="flash", slot="2200", values=wrong, divisions=division)
    assert {finding.rule for finding in refused.value.findings} == {"J14"}
    done = night.submit(
        desk, form="flash", slot="2200", values=values, divisions=division, reason="按分の誤り"
    )
    assert done.status is Status.SUBMITTED
    assert desk.findings.of(desk.returns.open("tiny", "flash", "2200", "11")) == ()


def test_digits_as_a_clerk_types_them(desk: Desk) -> None:
    """Full-width digits, separators and other minus signs are no mistakes; a fraction of a person is."""
    typed = {**night.BALANCED, "electors": "１，２００", "voters": " 100 ", "ballots_not_deposited": "△０"}
    night.submit(desk, values=typed)
    assert case(desk).case.cells["pr|electors||"].text == "1200"
    with pytest.raises(FiguresRefused) as refused:
        night.submit(desk, "12", values={**night.BALANCED, "voters": "1,00"})
    assert "整数" in refused.value.message_ja
    assert "比例代表" in refused.value.message_ja  # the cell by its name
    assert refused.value.message_en.isascii() is False or "a whole number" in refused.value.message_en


def test_a_count_without_one_of_the_candidates_is_not_whole(desk: Desk) -> None:
    """J10 cannot be reckoned then: nothing would say that votes are missing."""
    without = {name: value for name, value in night.BALANCED.items() if name != "votes_b"}
    with pytest.raises(FiguresRefused) as refused:
        night.submit(desk, values=without)
    (problem,) = refused.value.problems
    assert (problem.kind, problem.cell.key) == ("missing", "pr|votes||b")
    stood_down = {**night.BALANCED, "votes_a": 98, "votes_b": "!none"}
    assert night.submit(desk, values=stood_down).status is Status.SUBMITTED


def test_what_was_refused_is_remembered_until_it_is_submitted(desk: Desk) -> None:
    """Sendai 2014: neither emptying the draft nor another refusal in between makes an altered figure quiet."""
    surplus = {**night.BALANCED, "ballots_counted": 118, "valid_votes": 116, "votes_a": 78}
    altered = {**surplus, "voters": 118, "electors": 118}
    with pytest.raises(RulesRefused):
        night.submit(desk, values=surplus)
    emptied = CellInput(contest="pr", item="voters", value="")
    desk.save_draft(SaveDraft(**night.of("11"), cells=(emptied,)), WARD)
    with pytest.raises(RulesRefused) as refused:  # everybody voted: a warning, no difference
        night.submit(desk, values=altered, reason="数え直し")
    assert {finding.waivable for finding in refused.value.findings} == {False}
    told = {finding.key: "全員が投票" for finding in refused.value.findings}
    with pytest.raises(InvalidInput):
        night.submit(desk, values=altered, explanations=told)
    night.submit(desk, values=altered, explanations=told, reason="投票録を数え直した")
    (entry,) = case(desk).case.discrepancies.values()
    assert (entry.reason_class, entry.rule, entry.waits) == ("altered", "J11", True)
    assert desk.returns.draft("tiny", "final", "final", "11").shown == {}


def test_a_difference_said_as_a_negative_number_is_not_one_made_to_go_away(desk: Desk) -> None:
    surplus = {**night.BALANCED, "ballots_counted": 118, "valid_votes": 116, "votes_a": 78}
    with pytest.raises(RulesRefused):
        night.submit(desk, values=surplus)
    said = {**surplus, "ballots_not_deposited": -18}
    with pytest.raises(RulesRefused) as refused:
        night.submit(desk, values=said)
    (finding,) = refused.value.findings
    with pytest.raises(InvalidInput):  # a declaration has words
        night.submit(desk, values=said, declarations={finding.key: "recount"})
    night.submit(desk, values=said, declarations={finding.key: "recount"}, reason="再点検でも一致せず")
    (entry,) = case(desk).case.discrepancies.values()
    assert (entry.reason_class, entry.difference) == ("recount", "-18")


@pytest.mark.begins(None)
def test_nothing_is_final_while_a_contest_is_silent(service: Reporting) -> None:
    review = {
        "code": "review", "label": {"ja": "国民審査", "en": "Review"}, "kind": "proportional",
        "area": {"geography": "administrative", "area": "JP"}, "choices": [{"code": "x", "name": "裁判官甲"}],
    }  # fmt: skip
    contests = [contest.model_dump() for contest in night.election().contests]
    desk = night.define(service, contests=[*contests, review])
    night.submit(desk)
    for actor in (CITY, PREFECTURE, NATION):
        night.approve(desk, actor)
    with pytest.raises(NotNow) as refused:
        desk.certify(Certify(**night.of("11")), NATION)
    assert "国民審査" in refused.value.message_ja
    assert "確定はできません" in refused.value.message_ja


def test_a_declared_difference_is_not_green(desk: Desk) -> None:
    """It is approved on its reason, one by one; afterwards it is done like the others."""
    key = unbalanced(desk)
    night.declare(desk, WARD, "11", key)
    desk.submit(Submit(**night.of("11")), WARD)

    def green() -> dict[str, object]:
        request = ApproveGreen(command_id=uuid4(), election="tiny", form="final", slot="final")
        return dict(desk.approve_green(request, CITY))

    told = green()["11"]
    assert isinstance(told, NotNow)
    assert "J11" in told.message_ja
    assert night.look(desk, CITY).status is Status.APPROVED
    assert green() == {}


def test_who_may_not_is_told_whom_to_ask(desk: Desk) -> None:
    """After certification not the office itself again, but those who may."""
    night.submit(desk)
    for actor in (CITY, PREFECTURE, NATION):
        night.approve(desk, actor)
    desk.certify(Certify(**night.of("11")), NATION)
    with pytest.raises(NotAuthorised) as refused:
        night.submit(desk, values={"votes_a": 61, "votes_b": 37}, reason="訂正")
    assert "上位の都道府県・総務省" in refused.value.message_ja
    assert "the prefecture, the ministry above it" in refused.value.message_en
    with pytest.raises(NotAuthorised) as refused:
        night.submit(desk, "12", actor=WARD)
    assert "（提出）" in refused.value.message_ja
    assert "地域12の選挙管理委員会、または上位の市区町村" in refused.value.message_ja


OPEN_LIST: dict[str, object] = {
    "items": [
        {"code": code, "label": tiny.label(code), "kind": "votes", "unit": "votes", "by_choice": True}
        for code in ("votes", "party_votes", "named_votes")
    ],
    "contests": [
        {
            "code": "pr", "label": tiny.label("比例代表"), "kind": "upper_proportional", "seats": 1,
            "area": {"geography": "administrative", "area": "JP"},
            "choices": [
                {"code": "p", "name": "甲党"}, {"code": "p1", "name": "田中 一郎", "on_list": "p"},
                {"code": "p2", "name": "田中 二郎", "party": "甲党", "on_list": "p"}, {"code": "q", "name": "乙党"},
            ],
        }
    ],
    "forms": [
        {
            "code": "final", "label": tiny.label("確定"), "items": ["votes", "party_votes", "named_votes"],
            "slots": [{"code": "final", "label": tiny.label("確定")}],
        }
    ],
    "rules": [{"code": code} for code in ("J14", "J16")],
}  # fmt: skip


@pytest.mark.begins(None)
def test_persons_are_asked_their_own_votes_and_lists_theirs(service: Reporting) -> None:
    """Votes for a person count for the list (J16); none of the list's, nor its total, is a person's."""
    night.define(service, **OPEN_LIST)
    (contest,) = contests_asked(service.catalog.election("tiny"), "final", "final", "11")
    assert [cell.key for cell in contest.cells] == [
        "pr|votes||p", "pr|votes||q", "pr|party_votes||p", "pr|party_votes||q",
        "pr|named_votes||p1", "pr|named_votes||p2",
    ]  # fmt: skip
    # Where persons have no item of their own, as on another country's lists, everybody is asked.
    items = [item for item in cast("list[dict[str, Any]]", OPEN_LIST["items"]) if item["code"] == "votes"]
    forms = [{**form, "items": ["votes"]} for form in cast("list[dict[str, Any]]", OPEN_LIST["forms"])]
    lists: dict[str, object] = OPEN_LIST | {"items": items, "forms": forms, "code": "lists", "rules": []}
    service.define_election(night.election(**lists), tiny.SYSTEM, uuid4())
    (contest,) = contests_asked(service.catalog.election("lists"), "final", "final", "11")
    assert len(contest.cells) == 4


@pytest.mark.begins(None)
@pytest.mark.parametrize(("named", "right"), [("337.173", True), ("337.172", False)])
def test_persons_of_an_open_list_are_divided_at_the_desk(service: Reporting, named: str, right: bool) -> None:
    """Art. 68-2 (3) and (5): a family name that two persons of a list share, and a short name that two parties share."""
    from reporting.application.desk_commands import Submit
    from reporting.domain.workflow_events import CommonBallots, Divided

    desk = night.define(service, **OPEN_LIST)
    total = Decimal("202.4") + Decimal(named) + Decimal("132.826")
    cells = [
        ("party_votes", "p", "202.4"), ("named_votes", "p1", named), ("named_votes", "p2", "132.826"),
        ("votes", "p", str(total)), ("party_votes", "q", "50.6"), ("votes", "q", "50.6"),
    ]  # fmt: skip
    division = Divided(
        own={"p": 200, "q": 50, "p1": 330, "p2": 130},
        common=(
            CommonBallots(choices=("p", "q"), ballots=3),
            CommonBallots(choices=("p1", "p2"), ballots=10),
        ),
    )
    request = Submit(
        **night.of("11"), divisions={"pr": division},
        figures=tuple(tiny.CellInput(contest="pr", item=item, choice=choice, value=text) for item, choice, text in cells),
    )  # fmt: skip
    if right:
        assert desk.submit(request, WARD).status is Status.SUBMITTED
        assert desk.returns.open("tiny", "final", "final", "11").case.divisions["pr"] == division
        return
    with pytest.raises(RulesRefused) as refused:
        desk.submit(request, WARD)
    assert {(one.rule, one.cells) for one in refused.value.findings} == {("J14", ("pr|named_votes||p1",))}
