"""What calls standing figures something else, or counts them elsewhere, is listed, needs a reason, and in a live election a
second person: by definition, by registry, by command line."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import tiny

from reporting.application.proposals import OwnProposal, ProposalClosed, ReasonNeeded
from reporting.application.service import Reporting
from reporting.domain.actor import Actor
from reporting.domain.areas import AreaRecord
from reporting.domain.election import ElectionDefinition
from reporting.errors import NotAuthorised, UnknownReference
from reporting.importing.definitions import define
from reporting.importing.report import defined

OTHER = replace(tiny.SYSTEM, person="別の人")
GONE = {"on": "2024-10-20", "reason": "立候補の辞退"}


def changed(path: str, value: Any, *, live: bool = True) -> ElectionDefinition:
    """The tiny election with one thing said otherwise."""
    stored = tiny.election(is_test=not live).model_dump(mode="json")
    *way, last = path.split(".")
    place: Any = stored
    for name in way:
        place = place[int(name)] if name.isdigit() else place[name]
    place[int(last) if last.isdigit() else last] = value
    return ElectionDefinition.model_validate(stored)


def moved(unit: str = "20", parent: str = "P2") -> AreaRecord:
    areas = ((one.geography, one.code, one) for one in tiny.AREAS)
    found = next(one for geography, code, one in areas if (geography, code) == ("administrative", unit))
    return found.model_copy(update={"parent": parent})


TOUCHING = {
    "item voters label": changed("items.1.label", tiny.label("投票した者")),
    "choice pr/a label": changed("contests.0.choices.0.name", "丙党"),
    "choice pr/a withdrawn": changed("contests.0.choices.0.withdrawn", GONE),
    "contest pr label": changed("contests.0.label", tiny.label("比例")),
    "contest pr withdrawn": changed("contests.0.withdrawn", GONE),
    "contest pr areas without a vote": changed("contests.0.without", ["P2"]),
    "breakdown sex=m label": changed("dimensions.0.values.0.label", tiny.label("男")),
    "slot final/final method": changed("forms.0.slots.0.method", "estimate"),
    "unit 20 withdrawn": changed("units.withdrawn", [{"unit": "20", **GONE}]),
    "election polling date": changed("polling_date", "2024-11-03"),
}


@pytest.fixture
def night(service: Reporting) -> Reporting:
    """A live election with three figures of town 20 (and nothing of anybody else)."""
    service.declare_registry("tinyland", tiny.GEOGRAPHIES, tiny.AREAS, tiny.SYSTEM, uuid4())
    service.define_election(tiny.election(is_test=False), tiny.SYSTEM, uuid4())
    tiny.enter(service, "20", voters=3, electors_m=2, votes_a="1.5")
    return service


@pytest.mark.parametrize("what", TOUCHING)
def test_it_is_listed_needs_a_reason_and_waits_for_another_person(night: Reporting, what: str) -> None:
    after = TOUCHING[what]
    dry = night.define_election(after, tiny.SYSTEM, uuid4(), dry_run=True)
    told = [one.told(1) for one in dry.touched]
    assert any(one.startswith(f"tiny {what}: ") for one in told), told
    assert all(one.figures in (1, 3) for one in dry.touched)
    assert dry.needs_second
    assert any("--reason" in note for note in defined(1, dry, True).notes)
    for reason in (None, " ", "。"):
        with pytest.raises(ReasonNeeded):
            night.define_election(after, tiny.SYSTEM, uuid4(), reason=reason)
    proposed = night.define_election(after, tiny.SYSTEM, uuid4(), reason="誤植")
    assert proposed.proposal
    assert not proposed.events
    assert night.catalog.election("tiny").definition == tiny.election(is_test=False)
    with pytest.raises(OwnProposal):
        night.definitions.confirm("tiny", proposed.proposal, tiny.SYSTEM, uuid4())
    done = night.definitions.confirm("tiny", proposed.proposal, OTHER, uuid4())
    assert done.touched == dry.touched
    assert night.catalog.election("tiny").definition == after
    assert [one.state for one in night.definitions.proposals()] == ["confirmed"]


def test_a_test_election_takes_a_reason_alone(service: Reporting) -> None:
    tiny.define(service)
    tiny.enter(service, "20", voters=3)
    after = changed("items.1.label", tiny.label("投票した者"), live=False)
    with pytest.raises(ReasonNeeded):
        service.define_election(after, tiny.SYSTEM, uuid4())
    assert service.define_election(after, tiny.SYSTEM, uuid4(), reason="誤植").events == 1


def test_what_touches_no_figure_is_one_step(night: Reporting) -> None:
    done = night.define_election(
        changed("contests.0.choices.1.name", "丁党"), tiny.SYSTEM, uuid4()
    )  # b has no votes
    assert (done.events, done.touched) == (1, ())
    assert night.declare_registry("tinyland", (), (moved("31", "P1"),), tiny.SYSTEM, uuid4()).events == 1


def test_a_unit_moved_to_another_area_waits_too(night: Reporting) -> None:
    with pytest.raises(ReasonNeeded, match="→ administrative: P2 < JP"):
        night.declare_registry("tinyland", (), (moved(),), tiny.SYSTEM, uuid4())
    proposed = night.declare_registry("tinyland", (), (moved(),), tiny.SYSTEM, uuid4(), reason="境界変更")
    assert proposed.proposal
    night.definitions.confirm("tinyland", proposed.proposal, OTHER, uuid4())
    path = night.catalog.election("tiny").roster.path("20", "administrative")
    assert path[1] == ("prefecture", "P2")


def test_a_proposal_that_may_not_be_confirmed_says_why(night: Reporting) -> None:
    """Superseded by a later one or by a change in between; expired; somebody else's code; an office that defines nothing."""
    first = night.define_election(TOUCHING["item voters label"], tiny.SYSTEM, uuid4(), reason="誤植").proposal
    second = night.define_election(TOUCHING["contest pr label"], tiny.SYSTEM, uuid4(), reason="誤植").proposal
    assert first
    assert second
    with pytest.raises(ProposalClosed, match="superseded"):
        night.definitions.confirm("tiny", first, OTHER, uuid4())
    with pytest.raises(UnknownReference):
        night.definitions.confirm("tinyland", second, OTHER, uuid4())
    with pytest.raises(NotAuthorised):
        night.definitions.confirm(
            "tiny", second, Actor("鈴木", "市選管", tiny.CITY_CLERK.role, "10"), uuid4()
        )
    later = Reporting(night.ledger, clock=lambda: datetime.now(UTC) + timedelta(days=8))
    with pytest.raises(ProposalClosed, match="expired"):
        later.definitions.confirm("tiny", second, OTHER, uuid4())
    between = changed("contests.0.choices.1.name", "丁党")
    night.define_election(between, tiny.SYSTEM, uuid4())
    with pytest.raises(ProposalClosed, match="superseded"):
        night.definitions.confirm("tiny", second, OTHER, uuid4())
    assert night.catalog.election("tiny").definition == between


def test_the_same_proposal_again_is_the_same_and_a_confirmation_repeats(night: Reporting) -> None:
    """Whoever sends a colleague's proposal again has not confirmed it, nor made it their own."""
    after = TOUCHING["item voters label"]
    number = night.define_election(after, tiny.SYSTEM, uuid4(), reason="誤植").proposal
    again = night.define_election(after, OTHER, uuid4(), reason="誤植です")
    assert (again.proposal, again.repeated) == (number, True)
    assert number
    command = uuid4()
    done = night.definitions.confirm("tiny", number, OTHER, command)
    repeated = night.definitions.confirm("tiny", number, OTHER, command)
    assert (repeated.position, repeated.repeated) == (done.position, True)


def test_a_figure_tells_what_became_of_its_names(night: Reporting) -> None:
    number = night.define_election(
        TOUCHING["item voters label"], tiny.SYSTEM, uuid4(), reason="誤植"
    ).proposal
    assert number
    done = night.definitions.confirm("tiny", number, OTHER, uuid4())
    (told,) = night.renamed.of("tiny", "final", "final", "20", "pr|voters||")
    assert (told.by.position, told.by.person, told.by.proposed_by, told.by.reason) == (
        done.position, OTHER.person, tiny.SYSTEM.person, "誤植",
    )  # fmt: skip
    (change,) = told.changes
    assert (change.before, change.after) == ("投票者数", "投票した者")
    assert night.renamed.of("tiny", "final", "final", "20", "pr|votes||a") == ()


@pytest.mark.parametrize("kind", ["election", "errata"])
def test_a_file_that_nobody_confirmed_in_time_proposes_anew(night: Reporting, kind: str) -> None:
    """Whatever kind of file says it: sent again it is not answered by what has expired."""
    after = TOUCHING["item voters label"]
    first = define(after, night, tiny.SYSTEM, kind, reason="誤植").proposal
    assert define(after, night, tiny.SYSTEM, kind, reason="誤植").proposal == first
    later = Reporting(night.ledger, clock=lambda: datetime.now(UTC) + timedelta(days=8))
    assert first is not None
    assert define(after, later, tiny.SYSTEM, kind, reason="誤植").proposal == first + 1
