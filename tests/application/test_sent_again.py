"""What must be remembered does not depend on the sender's id being new."""

from __future__ import annotations

from uuid import uuid4

import night
import pytest
from night import WARD

from reporting.application.desk import Desk
from reporting.application.desk_commands import SaveDraft, Submit
from reporting.application.findings import RulesRefused
from reporting.application.looks import LookFirst
from reporting.application.service import Reporting
from reporting.errors import CommandIdReused

pytestmark = pytest.mark.begins.with_args(night.define)


def refused(desk: night.Desk, command_id: object, **values: int) -> None:
    figures = night.cells(**{**night.BALANCED, **values})
    with pytest.raises(RulesRefused):
        desk.submit(Submit(**{**night.of("11"), "command_id": command_id}, figures=figures), WARD)


def test_two_refusals_under_one_id_are_both_remembered(service: Reporting) -> None:
    """Issue 10, A10: the second was dropped, so the difference it showed left no trace."""
    desk, command_id = Desk(service), uuid4()
    refused(desk, command_id, voters=101)
    refused(desk, command_id, voters=101, invalid_votes=1)
    remembered = {name.split("|")[0] for name in desk.returns.draft("tiny", "final", "final", "11").shown}
    assert {"J11", "J09"} <= remembered


def test_one_refusal_sent_twice_is_remembered_once(service: Reporting) -> None:
    desk, command_id = Desk(service), uuid4()
    refused(desk, command_id, voters=101)
    position = service.ledger.position()
    refused(desk, command_id, voters=101)
    assert service.ledger.position() == position


def test_a_draft_sent_twice_answers_one_version(service: Reporting) -> None:
    desk = Desk(service)
    request = SaveDraft(**night.of("11"), cells=[one.model_dump() for one in night.cells(electors=200)])
    other = SaveDraft(**night.of("11"), cells=[one.model_dump() for one in night.cells(electors=300)])
    assert [desk.save_draft(one, WARD) for one in (request, other, request)] == [1, 2, 1]
    moved = other.model_copy(update={"command_id": request.command_id})
    with pytest.raises(CommandIdReused):
        desk.save_draft(moved, WARD)


def test_a_refusal_sent_again_after_the_first_had_its_answer_is_remembered_again(service: Reporting) -> None:
    """The same id and body: between the two the return was submitted, so that what was shown had been settled."""
    desk = Desk(service)
    differs = {**night.BALANCED, "ballots_counted": 101, "invalid_votes": 3}
    request = Submit(**night.of("11"), figures=night.cells(**differs), reason="再点検")
    with pytest.raises(RulesRefused):
        desk.submit(request, night.WARD)
    night.submit(desk, reason="転記誤り")
    for actor in (night.CITY, night.PREFECTURE, night.NATION):
        night.look(desk, actor)
    with pytest.raises(RulesRefused):
        desk.submit(request, night.WARD)
    draft = desk.returns.draft("tiny", "final", "final", "11")
    assert [doubt.keys for doubt in draft.shown.values()] == [("J11|pr|a|||||1",)]
    assert draft.cells["pr|ballots_counted||"] == "101", "what was typed is kept again"
    night.submit(desk, values={**differs, "voters": 101}, reason="転記誤り")
    with pytest.raises(LookFirst):
        night.approve(desk, night.CITY)
