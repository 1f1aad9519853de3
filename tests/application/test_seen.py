"""Whoever approves, sends back, answers, certifies or releases has seen what it is done upon; what came since is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import night
import pytest

from reporting.application.desk import Desk
from reporting.application.desk_commands import (
    Answer,
    Approve,
    ApproveGreen,
    ApproveTogether,
    Certify,
    CertifyGreen,
    ConfirmDiscrepancy,
    OfReturn,
    ReleaseSlot,
    SaveSecondEntry,
    SendBack,
    Submit,
)
from reporting.application.service import Reporting
from reporting.application.together import Together
from reporting.domain.actor import Actor
from reporting.errors import VersionConflict
from reporting.ledger.registry import canonical
from reporting.publication.live_or_training import Publications
from reporting.publication.release import Publication, ReleaseMoved

pytestmark = pytest.mark.begins.with_args(night.define)

VOTES = "pr|votes||a"
OTHER = {**night.BALANCED, "votes_a": 59, "votes_b": 39}
OF_SLOT = {"election": "tiny", "form": "final", "slot": "final"}


def resubmitted(desk: Desk, unit: str = "11", actor: Actor | None = None, **values: int) -> None:
    night.submit(desk, unit, actor, values={**OTHER, **values}, reason="再点検", reason_class="recount")


def submitted_as_a_sample(desk: Desk) -> None:
    """The same figures, but now they rest on a sample."""
    night.submit(desk, method="sample", places=1, of_places=3)


def approved(desk: Desk, unit: str = "11") -> None:
    for actor in (night.CITY, night.PREFECTURE, night.NATION):
        night.approve(desk, actor, unit)


def submitted_and_approved(desk: Desk) -> None:
    night.submit(desk)
    approved(desk)


def corrected_and_approved(desk: Desk) -> None:
    resubmitted(desk)
    approved(desk)


def edited_above(desk: Desk) -> None:
    night.submit(desk)
    resubmitted(desk, actor=night.CITY)


def approve(desk: Desk, seen: int) -> object:
    return desk.approve(Approve(**night.of("11"), expected_version=seen), night.CITY)


def approve_a_cell(desk: Desk, seen: int) -> object:
    return desk.approve(Approve(**night.of("11"), cells=(VOTES,), expected_version=seen), night.CITY)


def send_back(desk: Desk, seen: int) -> object:
    why = {"reason_class": "query", "reason": "なぜですか"}
    request = SendBack(**night.of("11"), cells=(VOTES,), **why, expected_version=seen)
    return desk.send_back(request, night.CITY)


def agree(desk: Desk, seen: int) -> object:
    request = Answer(**night.of("11"), cells=(VOTES,), agrees=True, expected_version=seen)
    return desk.answer(request, night.WARD)


def certify(desk: Desk, seen: int) -> object:
    return desk.certify(Certify(**night.of("11"), expected_version=seen), night.NATION)


@dataclass(frozen=True)
class Deed:
    """What stands `before` somebody looks, what comes in `between`, and the deed upon what they saw."""

    do: Callable[[Desk, int], object]
    before: Callable[[Desk], object]
    between: Callable[[Desk], object]


CASES = {
    "approve what changed": Deed(approve, night.submit, resubmitted),
    "approve what is a sample now": Deed(approve, night.submit, submitted_as_a_sample),
    "approve a named cell that changed": Deed(approve_a_cell, night.submit, resubmitted),
    "send back what is another value": Deed(send_back, night.submit, resubmitted),
    "agree to an edit that was edited once more": Deed(
        agree, edited_above, lambda desk: resubmitted(desk, actor=night.CITY, votes_a=58, votes_b=40)
    ),
    "certify what was corrected and approved since": Deed(
        certify, submitted_and_approved, corrected_and_approved
    ),
}


def version(desk: Desk, unit: str = "11") -> int:
    return desk.returns.open("tiny", "final", "final", unit).case.version


@pytest.mark.parametrize("deed", CASES.values(), ids=CASES.keys())
def test_nothing_is_done_upon_what_nobody_saw(service: Reporting, deed: Deed) -> None:
    desk = Desk(service)
    deed.before(desk)
    seen = version(desk)
    deed.between(desk)
    with pytest.raises(VersionConflict) as refused:
        deed.do(desk, seen)
    assert refused.value.facts["unit"] == "11"
    deed.do(desk, version(desk))


def test_another_levels_look_does_not_stand_in_the_way(service: Reporting) -> None:
    desk = Desk(service)
    night.submit(desk)
    seen = version(desk)
    night.approve(desk, night.CITY)
    desk.approve(Approve(**night.of("11"), expected_version=seen), night.PREFECTURE)


def test_several_are_approved_as_they_were_seen_or_none(service: Reporting) -> None:
    desk = Desk(service)
    night.submit(desk)
    night.submit(desk, "12")
    place = {"form": "final", "slot": "final"}
    seen = {unit: version(desk, unit) for unit in ("11", "12")}
    resubmitted(desk)
    request = ApproveTogether.model_validate(
        {
            "command_id": uuid4(),
            "election": "tiny",
            "returns": [{**place, "unit": unit, "expected_version": at} for unit, at in seen.items()],
        }
    )
    with pytest.raises(VersionConflict) as refused:
        Together(service, desk).approve(request, night.CITY)
    assert refused.value.facts["unit"] == "11"
    assert not desk.returns.open("tiny", "final", "final", "12").case.approved_by("city")


def test_in_bulk_what_came_after_the_list_is_left_out_and_told(service: Reporting) -> None:
    desk = Desk(service)
    night.submit(desk)
    night.submit(desk, "12")
    position = service.ledger.position()
    resubmitted(desk)
    request = ApproveGreen(command_id=uuid4(), **OF_SLOT, seen_at=position)
    outcomes = dict(desk.approve_green(request, night.CITY))
    assert isinstance(outcomes["11"], VersionConflict)
    assert outcomes["11"].facts["cells"] == ["pr|votes||a", "pr|votes||b"]
    assert not isinstance(outcomes["12"], Exception)
    assert dict(desk.approve_green(request, night.CITY)).keys() == outcomes.keys(), "sent again"
    for actor in (night.CITY, night.PREFECTURE, night.NATION):
        desk.approve_green(ApproveGreen(command_id=uuid4(), **OF_SLOT), actor)
    position = service.ledger.position()
    resubmitted(desk, "12")
    approved(desk, "12")
    certified = dict(
        desk.certify_green(CertifyGreen(command_id=uuid4(), **OF_SLOT, seen_at=position), night.NATION)
    )
    assert isinstance(certified["12"], VersionConflict)
    assert not isinstance(certified["11"], Exception)


def test_a_release_is_what_was_looked_at_or_none(service: Reporting) -> None:
    desk, now = Desk(service), datetime.now().astimezone()
    publication = Publication(service, desk)
    night.submit(desk)
    approved(desk)
    fingerprint = publication.plan("tiny", "final", "final").fingerprint
    assert publication.plan("tiny", "final", "final").fingerprint == fingerprint, (
        "what stands still has one fingerprint"
    )
    night.submit(desk, "20")
    for actor in (night.PREFECTURE, night.NATION):
        night.approve(desk, actor, "20")
    stale = ReleaseSlot(command_id=uuid4(), **OF_SLOT, seen=fingerprint)
    with pytest.raises(ReleaseMoved):
        Publications(service, desk).release("tiny", "final", "final", now, night.NATION, stale)
    fresh = publication.plan("tiny", "final", "final").fingerprint
    request = ReleaseSlot(command_id=uuid4(), **OF_SLOT, seen=fresh)
    first = Publications(service, desk).release("tiny", "final", "final", now, night.NATION, request)
    again = Publications(service, desk).release("tiny", "final", "final", now, night.NATION, request)
    assert first is not None
    assert again is not None
    assert again.release.number == first.release.number == 1


@pytest.mark.parametrize("kind", [Approve, Certify, ConfirmDiscrepancy, SaveSecondEntry, Submit])
def test_a_request_that_says_no_version_is_what_it_was_before_there_was_one(kind: type[OfReturn]) -> None:
    """A command of an older client, sent again after an upgrade, is the same command."""
    request = kind(**night.of("11"), **({"key": "J01"} if kind is ConfirmDiscrepancy else {}))
    told = {**request.model_dump(mode="json"), "kind": kind.__name__}
    later = {"seen_at"} | ({"filled"} if kind is Submit else {"expected_version"})
    told = {name: given for name, given in told.items() if name not in later}
    assert request.body() == canonical(told | ({"method": "full"} if kind is Submit else {}))
