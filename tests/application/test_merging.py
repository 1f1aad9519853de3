"""Units merged into one counting district on the night: by whom, with what checks, who reports for it, and back."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import divided_land as divided
import joint_land as land
import night
import pytest
import tiny
from divided_land import MAINLAND, PartInput
from joint_land import INLAND, JOINT
from night import HARBOUR

from reporting.application.catalog import AskedOfWhole
from reporting.application.dividing import Divisions
from reporting.application.merging import MergedReported
from reporting.application.own_units import OwnUnitsBroken
from reporting.application.proposals import OwnProposal
from reporting.application.service import Reporting
from reporting.domain.workflow_events import FiguresReceived
from reporting.errors import InvalidInput, NotAuthorised, ReportingError, UnknownReference
from reporting.ledger import return_stream


def test_the_count_is_asked_of_the_merged_unit_and_turnout_of_each_as_before(service: Reporting) -> None:
    desk = divided.define(service)
    land.report(desk, "31", HARBOUR, "turnout", "1400", electors=200, voters=100)
    land.report(desk, "31", HARBOUR, votes_a=5, votes_b=6)
    assert land.merge(service).position is not None
    known = service.catalog.election("tiny")
    assert known.roster.united == {"pr": {JOINT: ("31", "32")}}
    turnout, count = (
        known.reporting_units(form, slot) for form, slot in (("turnout", "1800"), ("flash", "2200"))
    )
    assert JOINT not in turnout
    assert known.coverage("turnout", turnout, {"31", "32"}) == (2, 5)
    assert known.coverage("flash", count, {"31"}) == (0, 4)
    assert known.coverage("flash", count, {JOINT}) == (1, 4)
    for town in (HARBOUR, INLAND):
        land.report(desk, town.jurisdiction, town, "turnout", "1800", electors=200, voters=120)
    with pytest.raises(AskedOfWhole) as refused:
        land.report(desk, JOINT, HARBOUR, "turnout", "1800", electors=400, voters=240)
    assert refused.value.facts["suggestions"] == ["31", "32"]


def test_the_seats_office_reports_as_its_own_and_the_other_towns_does_not(service: Reporting) -> None:
    desk = divided.define(service)
    land.merge(service)
    with pytest.raises(NotAuthorised):
        land.report(desk, JOINT, INLAND, votes_a=1, votes_b=2)
    land.report(desk, JOINT, HARBOUR, votes_a=1, votes_b=2)
    events = service.ledger.stream(return_stream("tiny", "flash", "2200", JOINT))
    assert not [event for event in events if isinstance(event.event, FiguresReceived)]
    night.approve(desk, land.PREFECTURE, JOINT, form="flash", slot="2200")


def test_in_a_live_election_that_holds_figures_another_person_confirms(service: Reporting) -> None:
    desk = divided.define(service, is_test=False)
    land.report(desk, "31", HARBOUR, votes_a=5, votes_b=6)
    proposed = land.merge(service)
    assert proposed.position is None
    assert {touched.change.code for touched in proposed.touched} == {"31"}
    with pytest.raises(OwnProposal):
        land.confirm(service, proposed.proposal, land.PREFECTURE)
    for stranger in (night.PREFECTURE, HARBOUR):
        with pytest.raises(NotAuthorised):
            land.confirm(service, proposed.proposal, stranger)
    assert land.confirm(service, proposed.proposal).position is not None
    assert service.catalog.election("tiny").roster.withdrawn == {"31", "32"}


def test_it_is_undone_until_the_merged_unit_has_reported_and_can_be_done_again(service: Reporting) -> None:
    desk = divided.define(service)
    land.report(desk, "31", HARBOUR, votes_a=5, votes_b=6)
    land.merge(service)
    land.undo(service)
    known = service.catalog.election("tiny")
    assert (known.roster.withdrawn, known.roster.united) == (frozenset(), {})
    assert known.reporting_units("flash", "2200") == ("11", "12", "20", "31", "32")
    with pytest.raises(UnknownReference):
        land.report(desk, JOINT, HARBOUR, votes_a=1, votes_b=2)
    land.merge(service)
    land.report(desk, JOINT, HARBOUR, votes_a=1, votes_b=2)
    with pytest.raises(MergedReported):
        land.undo(service)
    with pytest.raises(InvalidInput):
        Divisions(service).divide(divided.dividing(unit=JOINT), tiny.SYSTEM)


def test_what_cannot_be_merged_is_refused_and_nothing_changes(service: Reporting) -> None:
    divided.define(service)
    before = service.ledger.position()
    wrong: list[tuple[dict[str, Any], type[ReportingError], str]] = [
        ({"units": ("31", "99")}, UnknownReference, "99"),
        ({"units": ("31", "31")}, InvalidInput, "units"),
        ({"units": ("20", "31")}, InvalidInput, "units"),  # of two prefectures
        ({"code": "20"}, InvalidInput, "code"),
        ({"seat": "20"}, InvalidInput, "seat"),
        ({"level": "prefecture"}, InvalidInput, "level"),
        ({"on": date(2025, 10, 27)}, InvalidInput, "on"),
        ({"keeps": ("ledger",)}, UnknownReference, "ledger"),
    ]
    for given, kind, named in wrong:
        with pytest.raises(kind) as refused:
            land.merge(service, tiny.SYSTEM, **given)
        assert named in (refused.value.facts.get("field"), refused.value.facts["found"])
    for actor in (HARBOUR, night.PREFECTURE):
        with pytest.raises(NotAuthorised):
            land.merge(service, actor)
    assert service.ledger.position() == before
    land.merge(service)
    divided.divide(service)
    for units in (("31", "11"), (JOINT, "11"), (MAINLAND, "11")):
        with pytest.raises(InvalidInput) as again:
            land.merge(service, tiny.SYSTEM, units=units, code="x")
        assert again.value.facts["field"] == "units"
    parts = (PartInput(code="a", name="甲"), PartInput(code="b", name="乙"))
    with pytest.raises(InvalidInput):
        divided.divide(service, tiny.SYSTEM, unit="32", parts=parts)


def test_no_new_code_for_a_unit_while_it_is_merged(service: Reporting) -> None:
    divided.define(service)
    land.merge(service)
    ended = [
        area.model_copy(update={"valid_to": date(2024, 10, 1)}) for area in tiny.AREAS if area.code == "31"
    ]
    with pytest.raises(OwnUnitsBroken) as refused:
        service.declare_registry("tinyland", (), ended, tiny.SYSTEM, uuid4(), reason="告示")
    assert refused.value.facts["found"] == "31"
