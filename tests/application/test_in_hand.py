"""What is at hand is not asked again, and says what the log would: the answers of a bulk approval, the version that a preview tells, the
place where a note goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import night
import pytest
from log_asked import noted
from night import CITY, NATION, OTHER_WARD, PREFECTURE, TOWN, WARD

from reporting.application.acting import Done
from reporting.application.commands import CellInput
from reporting.application.desk import Desk
from reporting.application.desk_commands import ApproveGreen, CertifyGreen, SaveDraft, Submit
from reporting.application.in_bulk import InBulk, _Green
from reporting.application.opened import OpenReturn
from reporting.application.preview import Before, Previewing, Proposed
from reporting.application.service import Reporting
from reporting.domain.place import Place
from reporting.domain.workflow_events import SubmissionRefused
from reporting.ledger import Ledger, draft_stream, return_stream

pytestmark = pytest.mark.begins.with_args(night.define)
PLACE = Place("tiny", "final", "final", "11")
WORKFLOW = night.election().model_dump()["workflow"]
OFF = night.cells(**{**night.BALANCED, "valid_votes": 60})
"""Valid and invalid votes are not the ballots counted."""


@pytest.fixture
def desk(service: Reporting) -> Desk:
    return Desk(service)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Ledger]:
    return noted(monkeypatch)


def test_what_a_bulk_approval_answers_is_what_the_log_says_then(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At every level up to the certificate, of a plain return, one with a declared difference and one that rests on a sample."""
    decided: list[tuple[str, OpenReturn]] = []
    deciding = InBulk.decided_green

    def kept(self: InBulk, *given: Any) -> _Green:
        green = deciding(self, *given)
        decided.extend((unit, opened) for unit, _, opened in green.commands)
        return green

    monkeypatch.setattr(InBulk, "decided_green", kept)
    night.submit(desk, "11")
    held = {cell.cell().cell.key: cell.value for cell in OFF}
    keys = [finding.key for finding in desk.findings.of(opened(desk, "12"), held) if finding.waivable]
    said: dict[str, Any] = {"declarations": dict.fromkeys(keys, "recount"), "reason": "数え直し"}
    desk.submit(Submit(**night.of("12"), figures=OFF, **said), OTHER_WARD)
    sampled: dict[str, Any] = {"method": "sample", "places": 2, "of_places": 5}
    desk.submit(Submit(**night.of("20"), figures=night.cells(**night.BALANCED), **sampled), TOWN)
    answered = 0
    for officer in (CITY, PREFECTURE, NATION):
        for kind in (ApproveGreen, CertifyGreen) if officer is NATION else (ApproveGreen,):
            decided.clear()
            request = kind(command_id=uuid4(), election="tiny", form="final", slot="final")
            told = dict(
                desk.certify_green(request, officer)
                if isinstance(request, CertifyGreen)
                else desk.approve_green(request, officer)
            )
            for unit, in_hand in decided:
                anew = opened(desk, unit)
                assert in_hand.case == anew.case
                assert told[unit] == Done(unit, anew.status, anew.case.version, told[unit].position, False)  # type: ignore[union-attr]
                answered += 1
        night.look(desk, officer, "12")
    assert answered >= 5


@pytest.mark.parametrize("begun", [False, True])
def test_a_preview_asks_the_log_once_for_its_return_and_notes_by_that(
    service: Reporting, desk: Desk, asked: list[str], begun: bool
) -> None:
    if begun:
        night.submit(desk, "11")
    proposed = [Proposed(PLACE, tuple(cell.cell() for cell in OFF))]
    previewing = Previewing(service, desk)

    def looked(position: int) -> int:
        (after,) = previewing.after(proposed, Before(position, texts), WARD)
        assert any(finding.waivable for finding in after.findings)
        return after.version

    looked(service.ledger.position())
    asked.clear()
    head = service.ledger.position()
    for position in range(head + 1):
        stream = return_stream(*PLACE)
        assert looked(position) == service.ledger.version_at(stream, position)
    # Each time the return with its draft, its other forms and its neighbours; and here the version, to compare.
    assert len(asked) == 1 + 4 * (head + 1)
    assert service.ledger.stream_version(draft_stream(*PLACE)) == 1


def test_a_note_goes_behind_what_came_meanwhile_and_once(service: Reporting, desk: Desk) -> None:
    before = opened(desk, "11")
    held = {cell.cell().cell.key: cell.value for cell in OFF}
    findings = desk.findings.of(before, held)
    typed = CellInput(contest="pr", item="voters", value="77")
    desk.save_draft(SaveDraft(**night.of("11"), cells=(typed,)), WARD)
    for _ in range(2):
        desk.remember_shown(before, held, findings, WARD, "preview")
    noted = [recorded.event for recorded in service.ledger.stream(draft_stream(*PLACE))]
    assert [isinstance(event, SubmissionRefused) for event in noted] == [False, True]
    assert opened(desk, "11").draft.shown


@pytest.mark.parametrize("moved", [False, True])
def test_a_slot_is_read_with_the_look_unless_its_election_has_moved_since(
    service: Reporting, desk: Desk, asked: list[str], moved: bool
) -> None:
    """Moved by another process: the first office above the ward is another one, of which the look by what was known has read nothing."""
    night.submit(desk, "11")
    night.submit(desk, "20")
    service.catalog.election("tiny")
    if moved:
        changed = night.election(workflow={**WORKFLOW, "levels": ["prefecture", "nation"]})
        Reporting(service.ledger).define_election(changed, night.tiny.SYSTEM, uuid4(), reason="市は見ない")
    asked.clear()
    request = ApproveGreen(command_id=uuid4(), election="tiny", form="final", slot="final")
    told = dict(desk.approve_green(request, PREFECTURE))
    assert {unit for unit, outcome in told.items() if isinstance(outcome, Done)} == {"20"} | (
        {"11"} if moved else set()
    )
    if not moved:
        assert len(asked) == 4  # the look, the units' other forms, differences seen there, the append
    in_hand = {unit: outcome for unit, outcome in told.items() if isinstance(outcome, Done)}
    for unit, outcome in in_hand.items():
        assert (outcome.status, outcome.version) == (
            opened(desk, unit).status,
            opened(desk, unit).case.version,
        )


def test_an_areas_names_are_those_of_its_codes(service: Reporting) -> None:
    roster = service.catalog.election("tiny").roster
    for geography, code in [*roster.nodes, ("administrative", "nowhere")]:
        names = roster.names_in(geography, code)
        assert names == tuple(sorted(f"{geography}/{below}" for below in roster.areas_in(geography, code)))
        assert roster.names_in(geography, code) is names
    for area in {code for _, code in roster.nodes} | {"nowhere"}:
        assert roster.covered(area) == [unit for unit in roster.units if roster.covers(area, unit)]


def opened(desk: Desk, unit: str) -> OpenReturn:
    return desk.returns.open("tiny", "final", "final", unit)


def texts(place: Place) -> Mapping[str, str]:
    return {}
