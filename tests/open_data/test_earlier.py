"""The election before stands beside each figure, where it is the same figure of the same area."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import night
import pytest
import released_night
import tiny
from night import CITY, PREFECTURE, WARD
from released_night import FIRST, LATE

from reporting.application.desk import Desk
from reporting.application.desk_commands import Approve, Submit
from reporting.application.service import Reporting
from reporting.publication.distribution.making import Distribution
from reporting.publication.distribution.publisher import UNNAMED
from reporting.publication.distribution.recording import Distributions
from reporting.publication.release import Publication

BEFORE = "tiny-before"


def earlier(service: Reporting, **changes: Any) -> None:
    """An election of four years before; ward 11 reported, the parties had other codes."""
    choices = [{"code": "b", "name": "甲党"}, {"code": "z", "name": "丙党"}]
    contests = night.election().model_dump(mode="json")["contests"]
    contests[0]["choices"] = choices
    values = {
        "code": BEFORE,
        "is_test": False,
        "polling_date": date(2020, 10, 25),
        "contests": contests,
        **changes,
    }
    definition = night.election(**values)
    service.define_election(definition, tiny.SYSTEM, uuid4())
    desk, place = Desk(service), {"election": BEFORE, "form": "final", "slot": "final", "unit": "11"}
    figures = tuple(
        cell.model_copy(update={"choice": {"a": "b", "b": "z"}.get(cell.choice, cell.choice)})
        for cell in night.cells(**{**night.BALANCED, "votes_a": "50.5", "votes_b": "47.5"})
    )
    desk.submit(Submit(command_id=uuid4(), **place, figures=figures), WARD)
    for actor in (CITY, PREFECTURE):
        desk.approve(Approve(command_id=uuid4(), **place), actor)
    assert Publication(service, desk).release(BEFORE, "final", "final", LATE, tiny.SYSTEM) is not None


def rows(made: Distribution) -> dict[tuple[str, ...], dict[str, str]]:
    names = ("figure", "geography", "area", "item", "by_sex", "choice")
    table = csv.DictReader(io.StringIO(made.contents["observations.csv"].decode(), newline=""))
    return {tuple(row[name] for name in names): row for row in table}


@pytest.fixture
def made(service: Reporting) -> Distribution:
    desk = night.define(service, is_test=False, previous=BEFORE)
    earlier(service)
    night.submit(desk, "11", values={**night.BALANCED, "votes_a": "60.125", "votes_b": "37.875"})
    night.submit(desk, "20")
    for unit in ("11", "20"):
        released_night.approve(desk, unit)
    Publication(service, desk).tick("tiny", LATE)
    return Distributions(service, desk).make(FIRST, UNNAMED)


def test_what_was_before_stands_beside_it(made: Distribution) -> None:
    told = rows(made)
    ours = told["return", "administrative", "11", "votes", "", "a"]
    assert (ours["previous_election"], ours["previous"], ours["previous_status"]) == (
        BEFORE,
        "50.5",
        "reported",
    )
    assert ours["difference"] == "9.625"
    assert Decimal(ours["value"]) - Decimal(ours["previous"]) == Decimal(ours["difference"])
    theirs = told["return", "administrative", "11", "votes", "", "b"]
    assert (theirs["previous_election"], theirs["previous"], theirs["difference"]) == (
        "",
        "",
        "",
    )  # another party
    nothing = told["return", "administrative", "20", "voters", "", ""]
    assert (nothing["previous_election"], nothing["difference"]) == ("", "")
    turnout = told["total", "administrative", "11", "turnout", "", ""]
    assert (turnout["previous"], turnout["difference"]) == ("50.00", "0")


def test_nothing_that_came_out_later_is_told(service: Reporting) -> None:
    desk = night.define(service, is_test=False, previous=BEFORE)
    night.submit(desk, "11")
    released_night.approve(desk, "11")
    Publication(service, desk).tick("tiny", LATE)
    distributions = Distributions(service, desk)
    alone = distributions.make(FIRST, UNNAMED)
    earlier(service)
    assert distributions.make(FIRST, UNNAMED).manifest_sha256 == alone.manifest_sha256


def test_a_training_election_is_nobodys_previous_one(service: Reporting) -> None:
    desk = night.define(service, is_test=False, previous=BEFORE)
    earlier(service, is_test=True)
    night.submit(desk, "11")
    released_night.approve(desk, "11")
    Publication(service, desk).tick("tiny", LATE)
    made = Distributions(service, desk).make(FIRST, UNNAMED)
    assert BEFORE.encode() not in b"".join(made.contents.values())
