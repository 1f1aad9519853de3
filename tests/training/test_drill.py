"""Whole drills by robots: careful ones find everything, careless ones publish it; the same seed plays the same night."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

import night
import pytest
from click.testing import CliRunner
from drills import FIGURES, drilled, figures, owner
from thorough import some

from api.cli.group import root
from reporting.application.desk import Desk
from reporting.application.desk_commands import Approve, SendBack
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.errors import InvalidInput, Unavailable, UnknownReference
from reporting.publication.live_or_training import Publications
from reporting.training.copy import Clock
from reporting.training.drill import Drill, OnClock, scored
from reporting.training.history import history
from reporting.training.plan import DrillPlan
from reporting.training.prepare import units_of
from reporting.training.report import as_data
from reporting.training.robots import Care

PERFECT = Care(clerk=1, approver=1, punctual=1, false_alarm=0)
CARELESS = Care(clerk=0, approver=0, punctual=1, false_alarm=0)


def events(connection: Any) -> int:
    """How many the log holds."""
    return int(connection.execute("SELECT position FROM ledger.head").fetchone()[0])


def test_careful_robots_find_everything_in_time(service: Reporting, past: Desk) -> None:
    drill = Drill(service, drilled(service, errors=8), PERFECT)
    found = scored(service, drill.run())
    assert drill.robots.given_up == {}
    assert found.total.missed == ()
    assert found.total.falsified == 0
    assert found.total.corrected == found.total.injected > 3
    assert not any(error.published_wrong for error in found.errors)
    assert found.total.points == found.best - found.total.reminders > 0  # who compared with the record first


@pytest.mark.parametrize(
    ("after", "late"),
    [(8, set()), (32, set()), (62, {"flash/2300"}), (68, {"flash/2300"}), (74, set()), (98, set())],
    ids=lambda given: str(given) if isinstance(given, int) else "",
)
def test_a_database_that_is_away_for_a_while_costs_no_return(
    service: Reporting, past: Desk, monkeypatch: pytest.MonkeyPatch, after: int, late: set[str]
) -> None:
    """Whatever is asked of the log at that moment of the night (so many events of it are there), nothing answers for some time. A slot
    that is due meanwhile goes out without what waits; `late`: of which slots that is."""
    drill = Drill(service, drilled(service, errors=8), PERFECT)
    run, asked, begins = service.ledger._run, 0, 0
    first = run(events)

    def away_for_a_while(work: Any) -> Any:
        nonlocal asked, begins
        asked += 1
        begins = begins or (asked if run(events) >= first + after else 0)
        if begins and asked - begins < 40:
            raise Unavailable(detail="—")
        return run(work)

    monkeypatch.setattr(service.ledger, "_run", away_for_a_while)
    sheet = drill.run()
    found = scored(service, sheet)
    assert 0 < begins < asked - 100
    assert len(drill.trouble) > 3
    assert drill.robots.given_up == {}
    assert {place.partition(":")[2] for place in found.total.missed} == late
    assert found.total.corrected == found.total.injected > 3
    for page in sheet.pages:
        cells = drill.robots.open(page).case.cells
        assert {key: cell.text for key, cell in cells.items()} == page.truth, page.place


def test_towns_and_a_city_rehearse_the_elections_they_manage(service: Reporting) -> None:
    """Robots keep four eyes within one office, too; what is due is published."""
    workflow = {
        "geography": "administrative", "levels": ["municipality", "city"], "publish_at_level": "city",
        "certify_at_level": "city", "self_managed": ["municipality"],
    }  # fmt: skip
    desk = night.define(service, workflow=workflow)
    for unit in FIGURES:
        night.submit(desk, unit, owner(unit), values=figures(unit))
    drill = Drill(service, drilled(service, errors=6), PERFECT)
    found = scored(service, drill.run())
    assert (drill.robots.given_up, drill.trouble) == ({}, [])
    assert found.total.missed == ()
    assert found.total.corrected == found.total.injected > 0
    assert {
        desk.returns.open(drill.robots._sheet.election, "final", "final", unit).levels for unit in FIGURES
    } == {
        ("city",),
        ("municipality",),
    }


def test_careless_robots_publish_mistakes_and_falsify(service: Reporting, past: Desk) -> None:
    found = scored(service, Drill(service, drilled(service, errors=8), CARELESS).run())
    assert any(error.published_wrong for error in found.errors)
    assert found.total.corrected < found.total.injected
    assert found.total.points < found.best


def test_a_true_difference_is_declared_by_the_careful_and_made_to_go_away_by_others(
    service: Reporting, past: Desk
) -> None:
    for care, declared, falsified in ((PERFECT, 1, 0), (CARELESS, 0, 1)):
        sheet = drilled(service, errors=1, kinds=("negative_ballots",))
        found = scored(service, Drill(service, sheet, care).run())
        assert (found.total.declared, found.total.falsified) == (declared, falsified)
        assert found.total.missed == ()


def test_the_unpunctual_are_reminded_and_missed(service: Reporting, past: Desk) -> None:
    found = scored(service, Drill(service, drilled(service, errors=0), Care(punctual=0)).run())
    assert found.total.reminders > 0
    assert found.total.missed
    assert found.best == 0


def test_the_same_seed_plays_the_same_drill(service: Reporting, past: Desk) -> None:
    care = Care(clerk=0.5, approver=0.5, punctual=0.8, false_alarm=0.1)
    nights = []
    for seed in (5, 5, 6):
        found = as_data(scored(service, Drill(service, drilled(service, 6, seed), care).run()))
        nights.append({key: value for key, value in found.items() if key != "election"})
    assert nights[0] == nights[1]
    assert nights[0] != nights[2]


def test_with_people_the_robots_stop_before_them_and_answer_what_comes_back(
    service: Reporting, past: Desk
) -> None:
    """Nobody of the prefecture is there: everything waits for it, and every slot goes out without figures."""
    sheet = drilled(service, errors=0)
    drill = Drill(service, sheet, PERFECT, people=("prefecture",))
    done = drill.run(OnClock(sheet.clock, threading.Event()))
    found = scored(service, done)
    assert done.played == ("P1", "P2")
    assert len(found.total.missed) + len(found.too_late) == len(sheet.pages)
    assert {one.area for one in found.offices if one.missed} <= {"P1", "P2"}
    assert found.total.missed
    one = Desk(service).returns.open(sheet.election, "final", "final", "11")
    assert one.case.approved_by("city")
    assert not one.case.approved_by("prefecture")


def deeds(service: Reporting, sheet: DrillPlan) -> list[tuple[float, str, str]]:
    """Minute, kind and content of every event, without what differs from drill to drill: codes, ids, positions."""
    told = []
    for noted in history(service.ledger, sheet):
        body = noted.event.model_dump(
            exclude={"election", "release", "supersedes", "upto", "due", "receipt", "package", "typed_at"}
        )
        told.append((noted.minute, noted.event.type, repr(sorted(body.items()))))
    return told


class Burdened:
    """A machine under load: every step is late, and the server's clock meets the drill before each."""

    def __init__(self, service: Reporting, sheet: DrillPlan) -> None:
        self._publications, self._election = Publications(service, Desk(service)), sheet.election
        self._late = cycle([0.05, *[0.0] * 20])

    def reach(self, minute: float) -> bool:
        time.sleep(next(self._late))
        long_after = datetime.now(UTC) + timedelta(days=1)
        for form, slot in self._publications.due(self._election, long_after):
            self._publications.release(self._election, form, slot, long_after)
        return True


@pytest.mark.parametrize("people", some([(), ("prefecture",)], 1))
def test_a_burdened_machine_plays_the_same_drill_event_for_event(
    service: Reporting, past: Desk, people: tuple[str, ...]
) -> None:
    """Robots approve late on such a machine, and a server's clock would release before them."""
    care = Care(clerk=0.5, approver=0.5, punctual=0.8, false_alarm=0.1)
    plain, burdened = drilled(service, 6, 5), drilled(service, 6, 5)
    first = Drill(service, plain, care, people).run()
    second = Drill(service, burdened, care, people).run(Burdened(service, burdened))
    assert deeds(service, first) == deeds(service, second)
    assert len(deeds(service, first)) > 30
    one, other = scored(service, first), scored(service, second)
    assert (one.total, one.best, one.errors, one.too_late) == (
        other.total, other.best, other.errors, other.too_late,
    )  # fmt: skip


class SomebodyOfThePrefecture:
    """Sends one right cell of the town back as soon as its final is in, and approves it when the answer has come."""

    def __init__(self, desk: Desk, sheet: DrillPlan) -> None:
        self._desk, self._sheet, self.did = desk, sheet, list[str]()

    def reach(self, minute: float) -> bool:
        one = self._desk.returns.open(self._sheet.election, "final", "final", "20")
        where = {**night.of("20"), "election": self._sheet.election}
        if not self.did and one.case.submitted_by is not None:
            request = SendBack(**where, cells=("pr|votes||a",), reason_class="query", reason="確認")
            self._desk.send_back(request, night.PREFECTURE)
            self.did.append("sent back")
        elif self.did == ["sent back"] and not one.case.sent_back():
            self._desk.approve(Approve(**where), night.PREFECTURE)
            self.did.append("approved")
        return True


def test_robots_answer_what_people_send_back(service: Reporting, past: Desk) -> None:
    sheet, desk = drilled(service, errors=0), Desk(service)
    person = SomebodyOfThePrefecture(desk, sheet)
    drill = Drill(service, sheet, PERFECT, people=("prefecture",))
    found = scored(service, drill.run(person))
    assert person.did == ["sent back", "approved"]
    assert drill.trouble == []
    assert {one.area: one.false_alarms for one in found.offices if one.false_alarms} == {"P1": 1}
    assert "20:final/final" not in found.total.missed


def test_a_stopped_drill_ends(service: Reporting, past: Desk) -> None:
    stop = threading.Event()
    stop.set()
    sheet = drilled(service).model_copy(update={"starts_at": datetime.now(UTC)})
    assert not OnClock(Clock(datetime.now(UTC), 1), stop).reach(5)
    assert Drill(service, sheet).run(OnClock(sheet.clock, stop)).journal == ()


def test_bad_input(service: Reporting, past: Desk) -> None:
    with pytest.raises(InvalidInput):
        DrillPlan.from_json('{"election": 1}')
    with pytest.raises(UnknownReference):
        units_of(service, service.catalog.election("tiny").definition, "99")


def test_the_command_line(service: Reporting, past: Desk, database: Database, tmp_path: Path) -> None:
    environment = {"REPORTING_DATABASE_URL": database.url}
    sheet, other = tmp_path / "drill.json", tmp_path / "started.json"

    def run(*words: str) -> str:
        result = CliRunner().invoke(root, ["rehearse", *words], env=environment, prog_name="reporting")
        assert result.exit_code == 0, result.output
        return result.stdout

    plan = ("--election", "tiny", "--area", "P1", "--errors", "3")
    played = run("robots", *plan, "--sheet", str(sheet))
    assert "TRAINING" in played
    assert run("score", str(sheet)) == played
    assert '"is_test": true' in run("score", str(sheet), "--json")
    assert "pr|voters||\t100" in run("paper", str(sheet), "11")
    assert sheet.stat().st_mode & 0o077 == 0
    run("start", *plan, "--sheet", str(other), "--no-play")
    assert DrillPlan.from_json(other.read_text(encoding="utf-8")).election == "tiny-drill-2"
    again = CliRunner().invoke(
        root, ["rehearse", "start", *plan, "--sheet", str(other)], env=environment, prog_name="reporting"
    )
    assert again.exit_code == 2  # never writes over a sheet


def test_a_drill_plays_in_the_area_that_is_named_or_in_the_smallest(
    service: Reporting, past: Desk, database: Database, tmp_path: Path
) -> None:
    """On whatever registry: nothing is Japan's. By a code of another geography, too; a code that nobody has is told."""

    def start(name: str, *area: str) -> tuple[int, str, set[str]]:
        sheet = tmp_path / f"{name}.json"
        words = ["start", "--election", "tiny", *area, "--sheet", str(sheet), "--no-play", "--errors", "1"]
        done = CliRunner().invoke(
            root, ["rehearse", *words], env={"REPORTING_DATABASE_URL": database.url}, prog_name="reporting"
        )
        plan = DrillPlan.from_json(sheet.read_text("utf-8")) if sheet.exists() else None
        return done.exit_code, done.output, set() if plan is None else {page.unit for page in plan.pages}

    assert start("prefecture", "--area", "P1")[2] == {"11", "12", "20"}
    assert start("city", "--area", "10")[2] == {"11", "12"}
    assert start("district", "--area", "D2")[2] == {"12", "31", "32"}
    assert start("all", "--area", "*")[2] == {"11", "12", "20", "31", "32"}
    assert start("unsaid")[2] == {"31", "32"}  # of the areas just below the top the smallest
    code, told, units = start("misspelt", "--area", "28")
    assert (code, units) == (1, set())
    assert "地域 28 は登録されていません" in told
    assert "There is no area 28" in told


def test_a_careful_clerk_mends_what_two_forms_hold_by_one_command(service: Reporting, past: Desk) -> None:
    """Refused for the sake of a flash that stands wrong: both go as the record has them, each naming the other."""
    drill = Drill(service, drilled(service, errors=0), PERFECT)
    robots = drill.robots
    pages = {(page.form, page.slot): page for page in drill._sheet.pages if page.unit == "20"}
    flash, final = pages["flash", "2300"], pages["final", "final"]
    robots.say(flash, {**flash.truth, "pr|votes||a": str(int(flash.truth["pr|votes||a"]) + 1)})
    follow = robots.say_together(final, final.truth)
    assert robots.given_up == {}
    assert [(step.what, step.page) for step in follow] == [("approve", flash), ("approve", final)]
    cases = [robots.open(page).case for page in (flash, final)]
    assert [[place.form for place in case.together] for case in cases] == [["final"], ["flash"]]
    assert cases[0].cells["pr|votes||a"].text == flash.truth["pr|votes||a"]
