"""Whole drills with robots who evade: whatever they try, no falsified figure is released that the publishing office has not
looked at; the honest pay nothing for them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import night
import pytest
from click.testing import CliRunner
from drills import FIGURES, drilled, figures, owner
from two_forms import FORMS

from api.cli.group import root
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.training.drill import Drill, scored
from reporting.training.plan import DrillPlan
from reporting.training.robots import Care
from reporting.training.score import Differences, Score

KIND = ("negative_ballots",)
HONEST = Care(clerk=1, approver=1, punctual=1, false_alarm=0)
EVADING = replace(HONEST, approver=0, evade=1.0)


def played(service: Reporting, care: Care, seed: int, errors: int = 3) -> tuple[DrillPlan, Score]:
    sheet = Drill(service, drilled(service, errors, seed, KIND), care).run()
    return sheet, scored(service, sheet)


@pytest.fixture
def apart(service: Reporting) -> Desk:
    """`tiny`, finished, its voters in one form and its ballots in another: none of them asks for ballots not deposited."""
    forms = [
        {**form, "items": [i for i in cast(list[str], form["items"]) if i != "ballots_not_deposited"]}
        for form in FORMS
    ]
    desk = night.define(service, is_test=False, forms=forms)
    for unit in FIGURES:
        given = figures(unit)
        night.submit(desk, unit, owner(unit), "voting", values={k: given[k] for k in ("electors", "voters")})
        rest = {k: v for k, v in given.items() if k not in ("electors", "voters", "ballots_not_deposited")}
        night.submit(desk, unit, owner(unit), "count", values=rest)
    return desk


def test_nothing_falsified_is_released_unseen(service: Reporting, past: Desk) -> None:
    tricks: set[str] = set()
    released = 0
    for seed in range(1, 7):
        for care in (EVADING, replace(EVADING, approver=0.6, evade=0.5)):
            sheet, score = played(service, care, seed)
            assert score.differences.unseen == (), (seed, care)
            released += score.differences.falsified_released
            tricks |= {one.trick for one in sheet.tries}
            went_through = {one.trick for one in sheet.tries if not one.refused}
            assert "without_words" not in went_through
    assert released  # they do get through, seen: the test is about somebody
    assert tricks >= {
        "without_words", "draft", "typed_by_approver", "single_figures", "import", "in_anothers_name", "together",
        "withdraw", "same_id", "approve_in_bulk", "approve_plainly", "approve_unread",
    }  # fmt: skip


def test_what_is_falsified_is_not_approved_without_naming_its_cells(service: Reporting, past: Desk) -> None:
    sheet, score = played(service, EVADING, 1)
    mended = {one.place for one in sheet.tries if one.trick == "without_words"}
    assert mended
    for one in sheet.tries:
        if one.place in mended and one.trick in ("approve_in_bulk", "approve_plainly"):
            assert one.refused in ("not_now", "four_eyes"), one
    offices = sum(len(page.chain) for page in sheet.pages if page.place in mended)
    assert score.differences.second_looks >= offices  # every one of the chain
    assert score.differences.vanished + score.differences.declared >= len(mended)


def test_lost_through_another_form(service: Reporting, apart: Desk) -> None:
    """Said openly in the count, approved, and then gone through the voters: looked at, and told."""
    tried = 0
    for seed in (1, 2, 3):
        sheet, score = played(service, EVADING, seed)
        ways = [one for one in sheet.tries if one.trick == "another_form"]
        tried += sum(not one.refused for one in ways)
        for way in ways:
            bulk = [o for o in sheet.tries if o.place == way.place and o.trick == "approve_in_bulk"]
            after = [o for o in bulk if sheet.tries.index(o) > sheet.tries.index(way)]
            assert way.refused or all(o.refused == "not_now" for o in after)
        assert score.differences.unseen == ()
    assert tried


def test_who_evades_moves_nobody_elses_dice(service: Reporting, past: Desk) -> None:
    """Without evaders the drill is what it was; with them every return without a true difference goes the same way."""
    nights = []
    for evade in (0.0, 0.0, 1.0):
        care = Care(clerk=0.5, approver=0.5, punctual=0.8, false_alarm=0.1, evade=evade)
        sheet = Drill(service, drilled(service, 4, 5), care).run()
        arrived = [(page.place, page.arrives, page.said) for page in sheet.pages]
        nights.append((arrived, scored(service, sheet), sheet))
    assert nights[0][0] == nights[1][0] == nights[2][0]
    assert nights[0][1].errors == nights[1][1].errors
    assert nights[0][2].tries == ()


def test_the_same_seed_evades_alike(service: Reporting, past: Desk) -> None:
    care = replace(EVADING, evade=0.5, approver=0.6)
    (one, first), (other, second) = played(service, care, 7), played(service, care, 7)
    assert one.tries == other.tries
    assert first.differences == second.differences


def test_a_look_is_one_that_named_its_cells(service: Reporting, past: Desk) -> None:
    """The measure itself: had the publishing office approved without naming a cell, the release would be unseen."""
    sheet, score = played(service, EVADING, 1)
    assert score.differences.falsified_released
    everything = range(service.ledger.position() + 1)
    blind = scored(service, sheet.model_copy(update={"unnamed": tuple(everything)}))
    assert len(blind.differences.unseen) == score.differences.falsified_released
    assert blind.differences.second_looks == 0


def test_honest_robots_leave_no_trace_of_evading(service: Reporting, past: Desk) -> None:
    _, score = played(service, HONEST, 1)
    assert replace(score.differences, second_looks=0, declared=0) == Differences()
    assert score.differences.declared == 3 <= score.differences.second_looks


def test_the_command_line_tells_the_tries(
    service: Reporting, past: Desk, database: Database, tmp_path: Path
) -> None:
    words = ("--election", "tiny", "--area", "P1", "--errors", "2", "--kind", KIND[0], "--evade", "1")
    sheet = tmp_path / "drill.json"
    result = CliRunner().invoke(
        root, ["rehearse", "robots", *words, "--sheet", str(sheet)], env={"REPORTING_DATABASE_URL": database.url},
        prog_name="reporting",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "unseen: 0" in result.stdout
    assert "without_words" in result.stdout
    assert DrillPlan.from_json(sheet.read_text(encoding="utf-8")).tries
