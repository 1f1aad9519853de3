"""Followers beside the totals: once each, over any restart, from a log they may only read."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from uuid import uuid4

import night
import pytest
import tiny
from click.testing import CliRunner, Result
from eventsourcing.persistence import IntegrityError, StoredEvent, Tracking

from api.cli.group import root
from projections.followers import ElectionLog, follow, topics_of
from projections.followers.alarms import WORDS, AlarmList, Alarms
from reporting.application.desk_commands import Approve, Withdraw
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.events import FiguresCorrected
from reporting.domain.workflow_events import ReturnWithdrawn
from reporting.errors import CannotDecode

ROOT = Path(__file__).resolve().parents[2]
OWN = ROOT / "examples" / "own-projection" / "corrections.py"


def run(database: Database, *arguments: str | Path) -> Result:
    environment = {"REPORTING_DATABASE_URL": database.url}
    return CliRunner().invoke(root, ["follow", *map(str, arguments), "--until-now"], env=environment)


def one_alarm_of_each(service: Reporting) -> None:
    """An approval by override, and a withdrawal; beside them an approval that nobody need look at."""
    desk = night.define(service)
    where = {"election": "tiny", "form": "flash", "slot": "2200"}
    for unit, clerk, approver in (("20", night.PREFECTURE, night.PREFECTURE), ("11", night.WARD, night.CITY)):
        night.submit(desk, unit, clerk, "flash", "2200", values={"votes_a": 1, "votes_b": 2})
        override = "職員が一人のため" if approver is clerk else None
        desk.approve(Approve(command_id=uuid4(), unit=unit, override=override, **where), approver)
    desk.withdraw(Withdraw(command_id=uuid4(), unit="11", reason="誤った投票区", **where), night.WARD)


def test_alarms_are_told_once_and_hold_no_figure(
    service: Reporting, database: Database, tmp_path: Path
) -> None:
    one_alarm_of_each(service)
    first = run(database, "alarms", "--to", tmp_path / "alarms.sqlite")
    assert first.exit_code == 0, first.output
    told = [json.loads(line) for line in first.output.splitlines()]
    assert [(alarm["kind"], alarm["unit"]) for alarm in told] == [("override", "20"), ("withdrawn", "11")]
    assert all((alarm["ja"], alarm["en"]) == WORDS[alarm["kind"]] for alarm in told)
    assert set(told[0]) == {"position", "kind", "election", "form", "slot", "unit", "ja", "en"}
    again = run(database, "alarms", "--to", tmp_path / "alarms.sqlite")
    assert (again.exit_code, again.output) == (0, "")


def test_a_follower_may_only_read(database: Database) -> None:
    log = ElectionLog({"REPORTING_DATABASE_URL": database.url})
    try:
        with pytest.raises(Exception, match="permission denied"):
            log.recorder.insert_events([StoredEvent(uuid4(), 1, "FiguresEntered", b"{}")])
    finally:
        log.close()


def test_only_types_of_the_registry_are_ever_made(database: Database) -> None:
    log = ElectionLog({"REPORTING_DATABASE_URL": database.url})
    try:
        with pytest.raises(CannotDecode):
            log.mapper.to_domain_event(StoredEvent(uuid4(), 1, "os:system", b"{}"))
    finally:
        log.close()


def test_a_second_delivery_changes_nothing(service: Reporting, database: Database, tmp_path: Path) -> None:
    """The view's position stands in the view's own transaction."""
    one_alarm_of_each(service)
    file = tmp_path / "alarms.sqlite"
    run(database, "alarms", "--to", file)
    with follow(Alarms, AlarmList, database.url, file) as runner:
        last = runner.view.max_tracking_id("ledger")
        withdrawn = ReturnWithdrawn(election="tiny", form="flash", slot="2200", unit="12")
        with pytest.raises(IntegrityError):
            runner.projection.process_event(withdrawn, Tracking("ledger", last))
        assert runner.view.waiting() == []


def test_your_own_projection_in_forty_lines(service: Reporting, database: Database, tmp_path: Path) -> None:
    assert len(OWN.read_text(encoding="utf-8").splitlines()) <= 42
    tiny.define(service)
    for unit, changes in (("11", 3), ("12", 1)):
        tiny.enter(service, unit, voters=1)
        for number in range(changes):
            tiny.correct(service, unit, number + 1, voters=10 + number)
    file = tmp_path / "own.sqlite"
    for _ in range(2):
        done = run(database, OWN, "--to", file)
        assert done.exit_code == 0, done.output
    with sqlite3.connect(file) as view:
        counted = view.execute("SELECT unit, sum(n) FROM corrections GROUP BY unit ORDER BY unit").fetchall()
    view.close()
    assert counted == [("11", 3), ("12", 1)]


@pytest.mark.parametrize("what", ["nothing.py", str(ROOT / "do.py")])
def test_a_file_without_a_projection_is_told(database: Database, tmp_path: Path, what: str) -> None:
    refused = run(database, what, "--to", tmp_path / "view.sqlite")
    assert refused.exit_code == 1
    assert "エラー" in refused.output
    assert not (tmp_path / "view.sqlite").exists()


@pytest.mark.parametrize("bases", ["Projection", "Generic[T], Projection[T]"])
def test_a_projection_that_names_no_view_is_told(database: Database, tmp_path: Path, bases: str) -> None:
    file = tmp_path / f"own_{len(bases)}.py"
    file.write_text(
        "from typing import Generic, TypeVar\nfrom eventsourcing.projection import Projection\nT = TypeVar('T')\n"
        f"class Mine({bases}):\n    def process_event(self, domain_event, tracking): ...\n",
        encoding="utf-8",
    )
    refused = run(database, file, "--to", tmp_path / "view.sqlite")
    assert refused.exit_code == 1
    assert "Projection[…]" in refused.output


def test_each_follower_has_a_file_of_its_own(service: Reporting, database: Database, tmp_path: Path) -> None:
    """The position of another is none of its own: everything before it was left out, and nobody was told."""
    one_alarm_of_each(service)
    file = tmp_path / "view.sqlite"
    assert run(database, OWN, "--to", file).exit_code == 0
    refused = run(database, "alarms", "--to", file)
    assert refused.exit_code == 1
    assert "--to" in refused.output
    assert "Corrections" in refused.output
    assert run(database, OWN, "--to", file).exit_code == 0


@pytest.mark.parametrize(
    ("text", "where"), [("x = 1\ndef f(:\n", ":2"), ("\nimport nothere\n", ":2"), ("\x00", "")]
)
def test_a_file_that_does_not_run_is_told_with_its_line(
    database: Database, tmp_path: Path, text: str, where: str
) -> None:
    file = tmp_path / f"broken_{len(text)}.py"
    file.write_text(text, encoding="utf-8")
    refused = run(database, file, "--to", tmp_path / "view.sqlite")
    assert refused.exit_code == 1
    assert f"{file.name}{where}" in refused.output
    assert "[invalid_input]" in refused.output


def test_topics_name_every_version() -> None:
    assert topics_of(FiguresCorrected)[0] == "FiguresCorrected"
    assert len(topics_of(FiguresCorrected)) == FiguresCorrected.version


@pytest.mark.filterwarnings("ignore:error connecting")
def test_a_database_that_is_away_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever watches the process starts it again: it goes on where it was."""
    monkeypatch.setattr("reporting.ledger.recorder.ATTEMPTS", 1)
    monkeypatch.setattr("api.cli.runtime.wait_until_up", lambda *given, **options: None)
    away = Database("postgresql://nobody@127.0.0.1:1/none")
    refused = run(away, "alarms", "--to", tmp_path / "alarms.sqlite")
    assert refused.exit_code == 1
    assert "[unavailable]" in refused.output
