"""A refusal to approve or to certify tells what differs, also to who may type: it leaves the trace that every way of showing
a difference leaves."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import night
import pytest
from night import CITY, NATION, PREFECTURE, WARD
from two_forms import COUNT, COUNTED, FORMS, VOTED, VOTING

from reporting.application.acting import Done
from reporting.application.commands import CorrectFigures
from reporting.application.desk import Desk
from reporting.application.desk_commands import (
    ApprovedReturn,
    ApproveGreen,
    ApproveTogether,
    Certify,
    CertifyGreen,
)
from reporting.application.findings import RulesRefused
from reporting.application.looks import LookFirst
from reporting.application.service import Reporting
from reporting.application.together import Together
from reporting.domain.actor import Actor
from reporting.errors import ReportingError

DIFFERING = ("pr|ballots_counted||", "pr|invalid_votes||")
SLOT = {"election": "tiny", "form": "final", "slot": "final"}


def typed(desk: Desk, **values: int) -> None:
    """Into a return that stands, by the single figures: the rules are asked when it is approved."""
    opened = desk.returns.open("tiny", "final", "final", "11")
    desk.reporting.correct_figures(
        CorrectFigures(
            **night.of("11"), expected_version=opened.case.version, figures=night.cells(**values),
            reason_class="typing_error", reason="転記",
        ),
        WARD,
    )  # fmt: skip


def alone(desk: Desk, actor: Actor) -> None:
    night.approve(desk, actor)


def named(desk: Desk, actor: Actor) -> None:
    night.approve(desk, actor, cells=DIFFERING)


def together(desk: Desk, actor: Actor) -> None:
    returns = (ApprovedReturn(form="final", slot="final", unit="11"),)
    request = ApproveTogether(command_id=uuid4(), election="tiny", returns=returns)
    Together(desk.reporting, desk).approve(request, actor)


def in_bulk(desk: Desk, actor: Actor) -> None:
    raise_first(desk.approve_green(ApproveGreen(command_id=uuid4(), **SLOT), actor))


def raise_first(outcomes: list[tuple[str, Done | ReportingError]]) -> None:
    for _, outcome in outcomes:
        if isinstance(outcome, ReportingError):
            raise outcome


@pytest.mark.parametrize("way", [alone, named, together, in_bulk])
def test_a_difference_that_a_refused_approval_shows_is_remembered(
    service: Reporting, way: Callable[[Desk, Actor], None]
) -> None:
    desk = night.define(service)
    night.submit(desk)
    typed(desk, ballots_counted=101, invalid_votes=3)
    with pytest.raises(RulesRefused, match="J11"):
        way(desk, CITY)
    (doubt,) = desk.returns.draft("tiny", "final", "final", "11").shown.values()
    assert doubt.keys == ("J11|pr|a|||||1",)
    typed(desk, ballots_counted=100, invalid_votes=2)
    with pytest.raises(LookFirst):
        in_bulk(desk, CITY)


def certified_alone(desk: Desk, actor: Actor) -> None:
    desk.certify(Certify(**night.of("11", *COUNT)), actor)


def certified_in_bulk(desk: Desk, actor: Actor) -> None:
    form, slot = COUNT
    raise_first(
        desk.certify_green(CertifyGreen(command_id=uuid4(), election="tiny", form=form, slot=slot), actor)
    )


@pytest.mark.parametrize("way", [certified_alone, certified_in_bulk])
def test_nothing_is_final_over_a_difference_that_nobody_declared_and_its_refusal_is_remembered(
    service: Reporting, way: Callable[[Desk, Actor], None]
) -> None:
    """Voters stand in another form, entered anew after all levels had approved the count."""
    desk = night.define(service, forms=FORMS)
    night.submit(desk, form=VOTING[0], values={**VOTED, "voters": 118})
    night.submit(desk, form=COUNT[0], values=COUNTED)
    for actor in (CITY, PREFECTURE, NATION):
        night.approve(desk, actor, form=COUNT[0])
    voting = desk.returns.open("tiny", *VOTING, "11")
    service.correct_figures(
        CorrectFigures(
            **night.of("11", *VOTING), expected_version=voting.case.version, figures=night.cells(voters=117),
            reason_class="typing_error", reason="転記",
        ),
        WARD,
    )  # fmt: skip
    other = Actor("林", "総務省", NATION.role, "JP")
    with pytest.raises(RulesRefused, match="J11"):
        way(desk, other)
    assert desk.returns.draft("tiny", *COUNT, "11").shown
    assert not desk.returns.open("tiny", *COUNT, "11").case.certified
