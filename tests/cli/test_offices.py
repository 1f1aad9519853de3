"""Offices at the terminal: a code or an area mistyped in a hurry changes nothing, and what was done is said."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import tiny
from click.testing import CliRunner, Result

from api.cli.group import root
from reporting.application.offices import Offices
from reporting.application.service import Reporting
from reporting.database.connect import Database

Run = Callable[..., Result]
WARD = ("register", "ward", "--label", "中央区選管", "--role", "ward", "--area")


@pytest.fixture
def run(database: Database) -> Run:
    env = {"REPORTING_DATABASE_URL": database.url}
    return lambda *words: CliRunner().invoke(root, ["offices", *words], prog_name="reporting", env=env)


def test_an_area_that_nobody_declared_is_refused_once_there_are_areas(run: Run, service: Reporting) -> None:
    assert run(*WARD, "99999").exit_code == 0  # no area is declared: offices may come first
    tiny.define(service)
    before = service.ledger.position()
    for area in ("1l", "99998"):
        refused = run(*WARD, area, "--restate")
        assert (refused.exit_code, "[unknown_reference]" in refused.output) == (1, True)
    assert service.ledger.position() == before
    for area in ("11", "*"):
        assert run(*WARD, area, "--restate").exit_code == 0


def test_what_is_registered_already_is_recorded_once_and_changed_on_purpose_alone(
    run: Run, service: Reporting
) -> None:
    tiny.define(service)
    assert run(*WARD, "11").exit_code == 0
    before = service.ledger.position()
    again = run(*WARD, "11")
    assert (again.exit_code, "何も記録していません" in again.output) == (0, True)
    other = run(*WARD, "12")
    assert (other.exit_code, "[office_is_another]" in other.output) == (1, True)
    assert "中央区選管 ward 11" in other.output
    assert service.ledger.position() == before
    assert run(*WARD, "12", "--restate").exit_code == 0
    assert Offices(service).directory().offices["ward"].jurisdiction == "12"


def test_who_does_not_work_any_more_and_that_nobody_is_left_is_said(run: Run, service: Reporting) -> None:
    assert "There are none" in run("list").output
    run(*WARD, "11")
    for person in ("a.sato", "b.ito"):
        assert run("grant", "ward", person, "--from", "2027-04-01").exit_code == 0
    ended = run("end", "ward", "a.sato", "--until", "2028-04-01")
    assert "From 2028-04-01 on a.sato does not work" in ended.stderr
    assert "nobody works" not in ended.stderr
    last = run("end", "ward", "b.ito", "--until", "2028-04-01")
    assert "on 2028-04-01 nobody works for the office ward" in last.stderr
