"""Workbooks that come back late: approved, sent back, withdrawn or defined anew meanwhile; two people with one workbook."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import night
import pytest
import tiny
from night import BALANCED, CITY, WARD, WARD_2
from typed_book import read, typed

from reporting.application.acting import Done
from reporting.application.desk import Desk
from reporting.application.desk_commands import Submit, Withdraw
from reporting.application.service import Reporting
from reporting.domain.actor import Actor
from reporting.kit.handing_in import NOTHING_SAID, ReturnOutcome, Said, hand_in, preview
from reporting.kit.making import make_book

A, B = ("11", "pr|votes||a"), ("11", "pr|votes||b")
SAID = Said(reason="転記誤り")


@pytest.fixture
def desk(service: Reporting) -> Desk:
    return night.define(service)


def book(desk: Desk, actor: Actor = WARD, units: tuple[str, ...] = ("11",), form: str = "final") -> bytes:
    return make_book(desk, "tiny", form, "final", units, actor)


def filled(data: bytes, unit: str = "11", **values: Any) -> bytes:
    cells = night.cells(**values)
    return typed(data, {(unit, cell.cell().cell.key): int(cell.value) for cell in cells})


def looked_at(desk: Desk, data: bytes, actor: Actor = WARD, said: Said = NOTHING_SAID) -> ReturnOutcome:
    return preview(desk, read(data), actor, said)[0]


def figures(desk: Desk, unit: str = "11") -> dict[str, str]:
    return desk.returns.open("tiny", "final", "final", unit).case.texts


def redefined(service: Reporting, change: Callable[[list[dict[str, Any]]], object]) -> None:
    """The choices of the election's contest, changed."""
    contests = night.election().model_dump(mode="json")["contests"]
    change(contests[0]["choices"])
    service.define_election(night.election(contests=contests), tiny.SYSTEM, uuid4())


def notes(outcome: ReturnOutcome) -> str:
    return " ".join(note.ja for note in outcome.notes)


def test_two_people_with_one_workbook(desk: Desk) -> None:
    blank = book(desk)
    hand_in(desk, read(filled(blank, **BALANCED)), WARD)
    same = looked_at(desk, filled(blank, **BALANCED), WARD_2)
    assert (same.state, {cell.outcome for cell in same.cells}) == ("nothing", {"agreed"})
    assert "版 0 → 2、いま「提出済み」" in notes(same)
    other = looked_at(desk, filled(blank, **{**BALANCED, "votes_a": 59, "votes_b": 39}), WARD_2)
    asked = [(cell.key, cell.now, cell.sheet) for cell in other.cells if cell.outcome == "conflict"]
    assert (other.state, asked) == ("conflict", [("pr|votes||a", "60", "59"), ("pr|votes||b", "38", "39")])


def test_both_at_the_same_moment(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is second is told, between the look and the deed, too."""
    blank, submit = book(desk), desk.submit

    def after_another(request: Submit, actor: Actor, body: bytes | None = None) -> Done:
        monkeypatch.undo()
        night.submit(desk, "11", WARD_2)
        return submit(request, actor, body)

    monkeypatch.setattr(desk, "submit", after_another)
    second = filled(blank, **{**BALANCED, "votes_a": 59, "votes_b": 39})
    (outcome,) = hand_in(desk, read(second), WARD)
    assert (outcome.state, type(outcome.refusal).__name__) == ("refused", "VersionConflict")
    assert figures(desk)["pr|votes||a"] == "60"
    assert looked_at(desk, second).state == "conflict"


def test_after_an_approval_one_is_told_what_loses_it(desk: Desk) -> None:
    night.submit(desk)
    data = filled(book(desk), votes_a=59, votes_b=39)
    night.look(desk, CITY)
    outcome = looked_at(desk, data, said=SAID)
    assert outcome.state == "ready"
    told = notes(outcome)
    assert "いま「承認済み」" in told
    assert "承認し直しになります：比例代表 得票数［甲党］、比例代表 得票数［乙党］" in told
    hand_in(desk, read(data), WARD, SAID)
    case = desk.returns.open("tiny", "final", "final", "11").case
    assert {key for key, cell in case.cells.items() if not cell.approvers} == {A[1], B[1]}


def test_a_sent_back_cell_is_not_taken_for_done(desk: Desk) -> None:
    data = filled(book(desk), **BALANCED)
    hand_in(desk, read(data), WARD)
    night.send_back(desk, CITY, "11", A[1])
    again = looked_at(desk, data)
    assert again.state == "nothing"
    assert "差し戻された欄がまだ残っています：比例代表 得票数［甲党］" in notes(again)
    mended = looked_at(desk, filled(book(desk), votes_a=59, votes_b=39), said=SAID)
    assert mended.state == "ready"
    assert "差し戻された欄" not in notes(mended)


def test_of_a_withdrawn_return_each_cell_is_asked(desk: Desk) -> None:
    data = filled(book(desk), **BALANCED)
    hand_in(desk, read(data), WARD)
    desk.withdraw(Withdraw(**night.of("11"), reason="別の市の票"), WARD)
    outcome = looked_at(desk, data)
    assert (outcome.state, {cell.outcome for cell in outcome.cells}) == ("conflict", {"conflict"})
    assert "いま「取り下げ」" in notes(outcome)


def test_names_that_changed_places_give_nobody_anothers_votes(desk: Desk, service: Reporting) -> None:
    """The key of a row is the same, the name beside which the votes were typed is not."""
    data = filled(book(desk), **BALANCED)

    def exchanged(choices: list[dict[str, Any]]) -> None:
        choices[0]["name"], choices[1]["name"] = choices[1]["name"], choices[0]["name"]

    redefined(service, exchanged)
    outcome = looked_at(desk, data)
    assert outcome.state == "conflict"
    assert [cell.key for cell in outcome.cells if cell.outcome == "renamed"] == [A[1], B[1]]
    assert "ブックでは「甲党 得票数」だった行が、今の定義では「乙党 得票数」です" in notes(outcome)
    assert hand_in(desk, read(data), WARD)[0].state == "conflict"
    assert figures(desk) == {}
    settled = Said(take=frozenset([A, B]))
    assert hand_in(desk, read(data), WARD, settled)[0].state == "submitted"
    assert figures(desk)["pr|votes||a"] == "60", "somebody has said whose they are"


def test_a_number_or_a_party_that_changed_is_asked_only_of_two_alike(desk: Desk, service: Reporting) -> None:
    data = filled(book(desk), **BALANCED)
    redefined(service, lambda choices: choices[0].update(number=7, party="会派"))
    assert looked_at(desk, data).state == "ready"
    twins = filled(book(desk), **BALANCED)
    redefined(service, lambda choices: choices[1].update(name="甲党", number=8))
    later = filled(book(desk), **BALANCED)
    assert looked_at(desk, twins).state == "conflict", "乙党 is 甲党 now"
    assert looked_at(desk, later).state == "ready"
    redefined(
        service, lambda choices: [one.update(name="甲党", number=9 + n) for n, one in enumerate(choices)]
    )
    outcome = looked_at(desk, later)
    assert [cell.key for cell in outcome.cells if cell.outcome == "renamed"] == [A[1], B[1]]


def test_a_row_that_is_gone_is_named(desk: Desk, service: Reporting) -> None:
    data = filled(book(desk), **BALANCED)
    redefined(service, lambda choices: choices.pop())
    outcome = looked_at(desk, data)
    assert outcome.state == "conflict"
    assert "ブックの「乙党 得票数」の行は、今の様式にありません" in notes(outcome)
    assert looked_at(desk, data, said=Said(take=frozenset([B]))).problems, "there is no such cell"
    kept = looked_at(desk, data, said=Said(keep=frozenset([B])))
    assert [cell.outcome for cell in kept.cells if cell.key == B[1]] == ["kept"]


def test_a_candidate_more_is_asked_for(desk: Desk, service: Reporting) -> None:
    data = filled(book(desk), **BALANCED)
    redefined(service, lambda choices: choices.append({"code": "c", "name": "丙党"}))
    outcome = looked_at(desk, data)
    assert (outcome.state, [problem.cell.key for problem in outcome.problems]) == ("refused", ["pr|votes||c"])


def test_a_unit_that_is_gone_keeps_no_other_back(desk: Desk, service: Reporting) -> None:
    data = filled(filled(book(desk, CITY, ("11", "12")), "12", **BALANCED), "11", **BALANCED)
    contests = night.election().model_dump(mode="json")["contests"]
    contests[0]["area"]["area"] = "11"
    service.define_election(night.election(contests=contests), tiny.SYSTEM, uuid4())
    first, second = hand_in(desk, read(data), CITY)
    assert (first.state, figures(desk)["pr|votes||a"]) == ("submitted", "60")
    assert (second.state, second.place.unit, type(second.refusal).__name__) == (
        "refused", "12", "UnknownReference",
    )  # fmt: skip


def test_what_nobody_typed_is_asked_when_it_is_offered_otherwise(desk: Desk) -> None:
    """A workbook made in the evening holds the flash of then; the flash was corrected, the clerk left the cell alone."""
    night.submit(desk, "11", WARD, "flash", "2300")
    data = filled(book(desk), **{name: n for name, n in BALANCED.items() if not name.startswith("votes")})
    assert looked_at(desk, data).state == "ready", "60 and 38 stand in it, as the flash has them"
    night.submit(desk, "11", WARD, "flash", "2300", values={"votes_a": 59, "votes_b": 38}, reason="読み違い")
    outcome = looked_at(desk, data)
    assert outcome.state == "conflict"
    assert looked_at(desk, data, said=SAID).state == "conflict", (
        "a reason for other cells lets none of these pass"
    )
    assert [(cell.key, cell.sheet) for cell in outcome.cells if cell.outcome == "outdated"] == [(A[1], "60")]
    assert "作ったときに入っていた 60 のままですが、もとの報告は今 59 です" in notes(outcome)
    assert looked_at(desk, data, said=Said(reason="原票のとおり", take=frozenset([A]))).state == "ready"
    typed_over = filled(data, votes_a=61, votes_b=37)
    assert looked_at(desk, typed_over, said=SAID).state == "ready", "somebody has typed it"


def test_an_erased_figure_can_be_left_as_it_stands(desk: Desk) -> None:
    night.submit(desk)
    data = typed(book(desk), {A: None})
    assert looked_at(desk, data).state == "conflict"
    assert looked_at(desk, data, said=Said(take=frozenset([A]))).state == "conflict", "nothing is no figure"
    assert looked_at(desk, data, said=Said(keep=frozenset([A]))).state == "nothing"
