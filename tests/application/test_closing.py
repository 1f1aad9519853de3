"""Closing a difference takes what declaring it takes, and is not the declarer's word alone while the figures differ."""

from __future__ import annotations

import night
import pytest
from night import CITY, WARD, WARD_2
from pydantic import ValidationError

from reporting.application.desk import Desk
from reporting.application.desk_commands import CloseDiscrepancy
from reporting.application.findings import RulesRefused
from reporting.application.service import Reporting
from reporting.domain.actor import Actor
from reporting.domain.four_eyes import SecondPerson

pytestmark = pytest.mark.begins.with_args(night.define)


@pytest.fixture
def desk(service: Reporting) -> Desk:
    return Desk(service)


@pytest.fixture
def key(desk: Desk) -> str:
    """Declared by the ward's clerk and looked at by the city."""
    values = {**night.BALANCED, "ballots_counted": 118, "valid_votes": 116, "votes_a": 78}
    with pytest.raises(RulesRefused) as refused:
        night.submit(desk, values=values)
    found = next(one.key for one in refused.value.findings if one.waivable)
    night.submit(desk, values=values, declarations={found: "recount"}, reason="再点検でも一致せず")
    night.look(desk, CITY)
    return found


def close(desk: Desk, key: str, actor: Actor) -> None:
    request = CloseDiscrepancy(**night.of("11"), key=key, reason_class="recount", reason="説明が付いた")
    desk.close_discrepancy(request, actor)


def test_the_declarer_does_not_close_what_still_differs(desk: Desk, key: str) -> None:
    with pytest.raises(SecondPerson):
        close(desk, key, WARD)
    close(desk, key, WARD_2)
    settled = desk.returns.open("tiny", "final", "final", "11").case.discrepancies[key]
    assert (settled.closed_class, settled.stands) == ("recount", False)


def test_once_the_figures_agree_the_declarer_may_say_why(desk: Desk, key: str) -> None:
    night.submit(desk, reason="計上漏れ")
    close(desk, key, WARD)
    assert not desk.returns.open("tiny", "final", "final", "11").case.discrepancies[key].stands


def test_closing_says_a_class_of_ones_own(key: str) -> None:
    for wrong in ({}, {"reason_class": "altered"}):
        with pytest.raises(ValidationError):
            CloseDiscrepancy(**night.of("11"), key=key, reason="説明", **wrong)
