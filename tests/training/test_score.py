"""The score is a pure fold: hand-made events, exact marks."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from reporting.domain.events import Event, FiguresCorrected, FiguresEntered
from reporting.domain.workflow_events import (
    CellsSentBack,
    DiscrepancyConfirmed,
    DiscrepancyDeclared,
    FiguresReleased,
    ReminderSent,
    ReturnApproved,
    ReturnSubmitted,
    SlotReleased,
    SubmissionRefused,
)
from reporting.training.history import Noted
from reporting.training.plan import DrillPlan, Injected, PlannedReturn
from reporting.training.report import as_json, as_text
from reporting.training.score import POINTS, OfficeScore, Score, score

A, B, V = "pr|votes||a", "pr|votes||b", "pr|voters||"
TRUTH = {A: "60", B: "38", V: "98"}


def page(unit: str) -> PlannedReturn:
    return PlannedReturn(unit=unit, form="final", slot="final", arrives=10, due=60, truth=TRUTH)


def sheet(*injected: Injected, units: tuple[str, ...] = ("11", "12")) -> DrillPlan:
    return DrillPlan(
        election="tiny-drill-1", source="tiny", seed=1, speed=10, starts_at=datetime(2026, 4, 1, tzinfo=UTC),
        offices={"11": "東区", "12": "西区", "P1": "県"}, pages=tuple(page(unit) for unit in units),
        injected=injected,
    )  # fmt: skip


def mistake(unit: str = "11", **more: object) -> Injected:
    values = {"id": "E01", "kind": "swapped", "wrong": {A: "38", B: "60"}, "right": {A: "60", B: "38"}}
    return Injected.model_validate({**values, "unit": unit, "form": "final", "slot": "final", **more})


WHERE = {"election": "tiny-drill-1", "form": "final", "slot": "final"}


def entered(minute: float, unit: str = "11", **cells: str) -> Noted:
    figures = {**TRUTH, **{key: cells[name] for name, key in (("a", A), ("b", B), ("v", V)) if name in cells}}
    return noted(minute, FiguresEntered(**WHERE, unit=unit, figures=figures))


def corrected(minute: float, unit: str = "11", **cells: str) -> Noted:
    figures = {key: cells[name] for name, key in (("a", A), ("b", B), ("v", V)) if name in cells}
    event = FiguresCorrected(
        **WHERE, unit=unit, figures=figures, supersedes=dict.fromkeys(figures, 1), reason_class="drill"
    )
    return noted(minute, event)


def submitted(minute: float, unit: str = "11") -> Noted:
    return noted(minute, ReturnSubmitted(**WHERE, unit=unit))


def sent_back(minute: float, *cells: str, unit: str = "11") -> Noted:
    event = CellsSentBack(
        **WHERE, unit=unit, level="prefecture", area="P1", cells=cells, reason_class="query"
    )
    return noted(minute, event)


def release(minute: float, number: int = 1, **units: dict[str, str]) -> list[Noted]:
    id_ = f"r{number}"
    head = SlotReleased(
        **WHERE, release=id_, number=number, upto=1, due=None, approved=len(units), expected=2,
        under_correction=(), units_changed=len(units),
    )  # fmt: skip
    parts = [
        FiguresReleased(**WHERE, unit=unit[1:], release=id_, figures=figures)
        for unit, figures in units.items()
    ]
    return [noted(minute, one) for one in (head, *parts)]


def noted(minute: float, event: Event) -> Noted:
    return Noted(minute, event, "誰か", "どこか")


def office(found: Score, area: str) -> OfficeScore:
    return next(one for one in found.offices if one.area == area)


def test_found_by_the_prefecture_and_right_before_the_release() -> None:
    events = [
        entered(10, a="38", b="60"), submitted(10), sent_back(14, A, B), corrected(21, a="60", b="38"),
        submitted(21), entered(12, "12"), submitted(12, "12"), *release(60, u11=TRUTH, u12=TRUTH),
    ]  # fmt: skip
    found = score(sheet(mistake()), events)
    (error,) = found.errors
    assert (error.shown, error.found, error.found_by, error.corrected) == (10, 14, "P1", 21)
    assert error.minutes == 11
    assert not error.published_wrong
    assert office(found, "11").minutes == 11
    assert (office(found, "P1").caught, office(found, "P1").false_alarms) == (1, 0)
    assert (found.total.points, found.best, found.total.missed) == (10, 10, ())


def test_published_wrong_missed_and_reminded() -> None:
    events = [
        entered(10, a="38", b="60"), submitted(10), noted(50, ReminderSent(**WHERE, unit="12", kind="missing")),
        *release(60, u11={**TRUTH, A: "38", B: "60"}), corrected(80, a="60", b="38"),
        entered(70, "12"), submitted(70, "12"), *release(90, 2, u11={A: "60", B: "38"}, u12=TRUTH),
    ]  # fmt: skip
    found = score(sheet(mistake()), events)
    assert found.errors[0].published_wrong
    assert found.errors[0].found_by == "11"
    assert office(found, "12").missed == ("12:final/final",)
    assert office(found, "12").points == POINTS["missed"] + POINTS["reminder"]
    assert office(found, "11").points == POINTS["found_late"]


def test_half_a_correction_is_none_and_a_relapse_counts() -> None:
    half = score(sheet(mistake()), [entered(10, a="38", b="60"), corrected(20, a="60")])
    assert half.errors[0].corrected is None
    relapse = [
        entered(10, a="38", b="60"),
        corrected(20, a="60", b="38"),
        corrected(30, a="38", b="60"),
        corrected(45, a="60", b="38"),
    ]
    assert score(sheet(mistake()), relapse).errors[0].corrected == 45


def test_stopped_at_the_door_by_the_rules() -> None:
    refused = SubmissionRefused(**WHERE, unit="11", keys=("k",), waivable=("k",), figures={A: "38", B: "60"})
    found = score(sheet(mistake()), [noted(10, refused), entered(15), submitted(15)])
    assert (found.errors[0].minutes, found.errors[0].found_by) == (5, "11")


def test_a_mistake_nobody_typed_is_no_task() -> None:
    found = score(sheet(mistake()), [entered(10), submitted(10)])
    assert (found.best, found.total.injected, found.errors[0].shown) == (0, 0, None)


def test_false_alarms() -> None:
    right = [entered(10, "12"), submitted(10, "12"), sent_back(15, V, unit="12")]
    assert office(score(sheet(mistake()), right), "P1").false_alarms == 1
    declared = DiscrepancyDeclared(
        **WHERE, unit="11", key="k", rule="J11", difference="1", reason_class="recount"
    )
    away = [noted(10, declared), entered(10, a="38", b="60"), submitted(10)]
    assert office(score(sheet(mistake()), away), "11").false_alarms == 1
    beside = [entered(10, a="38", b="60"), submitted(10), sent_back(12, V)]
    assert office(score(sheet(mistake()), beside), "P1").false_alarms == 0


NEGATIVE = mistake(kind="negative_ballots", wrong={V: "99"}, right={V: "98"}, declare=True)
DECLARED = DiscrepancyDeclared(
    **WHERE, unit="11", key="k", rule="J11", difference="-1", reason_class="recount"
)


def test_a_true_difference_counts_when_declared_and_confirmed() -> None:
    said = [noted(10, DECLARED), entered(10), submitted(10)]
    assert score(sheet(NEGATIVE), said).total.declared == 0
    said.append(noted(14, DiscrepancyConfirmed(**WHERE, unit="11", key="k")))
    found = score(sheet(NEGATIVE), said)
    assert (found.total.declared, found.total.falsified, office(found, "11").points) == (
        1,
        0,
        10,
    )


def test_falsifying_it_costs_more_than_anything_earns() -> None:
    altered = DECLARED.model_copy(update={"reason_class": "altered"})
    found = score(sheet(NEGATIVE), [noted(10, altered), entered(10, v="99"), submitted(10)])
    assert (found.total.declared, found.total.falsified) == (0, 1)
    assert found.errors[0].falsified
    assert office(found, "11").points == POINTS["falsified"]
    later = [entered(10), submitted(10), corrected(20, v="99")]
    assert score(sheet(NEGATIVE), later).total.falsified == 1
    assert score(sheet(), later).total.falsified == 1  # any right figure altered, on any return


def test_a_withdrawal_falsifies_nothing() -> None:
    event = FiguresCorrected(
        **WHERE, unit="11", figures={V: "!not_reported"}, supersedes={V: 1}, reason_class="withdrawn"
    )
    found = score(sheet(), [entered(10), noted(20, event), corrected(30, v="98")])
    assert found.total.falsified == 0


def test_text_and_json_are_the_same_for_the_same_events() -> None:
    events = [entered(10, a="38", b="60"), submitted(10), sent_back(14, A, B), corrected(21, a="60", b="38")]
    one, other = (score(sheet(mistake()), iter(events)) for _ in range(2))
    assert one == other
    assert as_text(one) == as_text(other)
    data = json.loads(as_json(one))
    assert data == json.loads(as_json(other))
    assert data["is_test"] is True
    assert data["errors"][0]["minutes"] == 11
    text = as_text(one)
    assert "TRAINING" in text
    assert "+11" in text


def test_a_sheet_survives_its_file() -> None:
    made = sheet(mistake())
    assert DrillPlan.from_json(made.to_json()) == made


def test_people_answer_for_what_was_with_them_in_time_and_for_nothing_else() -> None:
    """Speed 10: half a minute on a person's watch is five of the night. 12 never sent, 13 came to the prefecture two
    minutes before, 14 ten minutes before; 11 was approved; a robot altered 13."""

    def approved(minute: float, unit: str, level: str, area: str) -> Noted:
        return noted(minute, ReturnApproved(**WHERE, unit=unit, level=level, area=area, figures=TRUTH))

    units = ("11", "12", "13", "14")
    plain = sheet(mistake(), units=units)
    pages = tuple(page.model_copy(update={"chain": ("C", "P1")}) for page in plain.pages)
    played = plain.model_copy(update={"pages": pages, "played": ("P1",)})
    events = [
        entered(10, a="38", b="60"), submitted(10), sent_back(14, A, B), corrected(21, a="60", b="38"), submitted(21),
        *(event for unit in ("13", "14") for event in (entered(20, unit), submitted(20, unit))),
        corrected(25, "13", v="99"), approved(30, "11", "city", "C"), approved(35, "11", "prefecture", "P1"),
        approved(50, "14", "city", "C"), approved(58, "13", "city", "C"), *release(60, u11=TRUTH),
    ]  # fmt: skip
    found = score(played, events)
    assert found.total.missed == office(found, "P1").missed == ("14:final/final",)
    assert found.too_late == ("12:final/final", "13:final/final")
    assert found.total.points == POINTS["found_in_time"] + POINTS["missed"]
    by_robots = score(played.model_copy(update={"played": ()}), events)
    assert {one.area: one.missed for one in by_robots.offices if one.missed} == {
        "12": ("12:final/final",), "P1": ("13:final/final", "14:final/final"),
    }  # fmt: skip
    assert by_robots.total.points == found.total.points + 2 * POINTS["missed"] + POINTS["falsified"]


def test_a_slot_that_never_went_out_was_missed_by_nobody() -> None:
    assert score(sheet(), [entered(10), submitted(10)]).total.missed == ()


CITY, PREFECTURE = "C", "P1"


def approved(minute: float, area: str, unit: str = "11", figures: dict[str, str] = TRUTH) -> Noted:
    level = "city" if area == CITY else "prefecture"
    return noted(minute, ReturnApproved(**WHERE, unit=unit, level=level, area=area, figures=figures))


@pytest.mark.parametrize(
    ("played", "deeds", "charged"),
    [
        # Held for 50 minutes and passed on with seconds left: to people, or to a robot who cannot do it either.
        (("C", "P1"), [approved(59.5, CITY)], CITY),
        (("C",), [approved(59.5, CITY)], CITY),
        # A part of it approved, a cell given back: no way to hand on the blame.
        (("C", "P1"), [approved(59.5, CITY, figures={V: "98"})], CITY),
        (("C", "P1"), [sent_back(55, V), submitted(56), approved(59, CITY)], CITY),
        (("C",), [approved(59.5, CITY), sent_back(59.6, V), submitted(59.7)], CITY),
        # Sent again while it was held: it could have been approved as it was.
        (("C", "P1"), [corrected(59, a="60"), submitted(59)], CITY),
        # In time for the next one, who then had it long enough.
        (("C", "P1"), [approved(40, CITY)], PREFECTURE),
        (("C",), [approved(40, CITY)], None),
        # Passed on at once; the robot who had it was slow.
        (("C", "P1"), [approved(12, CITY), sent_back(13, V), submitted(58)], None),
    ],
)  # fmt: skip
def test_waiting_belongs_to_who_held_it(
    played: tuple[str, ...], deeds: list[Noted], charged: str | None
) -> None:
    """Speed 10: half a minute on a person's watch is five of the night. Sent at 10, due at 60."""
    plain = sheet(units=("11",))
    pages = tuple(page.model_copy(update={"chain": (CITY, PREFECTURE)}) for page in plain.pages)
    sheet_played = plain.model_copy(update={"pages": pages, "played": played})
    found = score(sheet_played, [entered(10), submitted(10), *deeds, *release(60)])
    asked = {answers.area for answers in found.offices if answers.missed and answers.area in played}
    assert asked == ({charged} if charged else set())
    assert found.total.missed == (("11:final/final",) if charged else ())
    assert found.too_late == (() if charged else ("11:final/final",))
