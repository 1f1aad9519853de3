"""A unit divided into counting districts on the night: by whom, with what checks, and back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import divided_land as land
import night
import pytest
import tiny
from divided_land import ISLAND, MAINLAND, PartInput
from night import PREFECTURE, PREFECTURE_2, TOWN

from reporting.application.catalog import AskedOfWhole
from reporting.application.commands import EnterFigures
from reporting.application.desk import Desk
from reporting.application.desk_commands import SaveDraft, Submit
from reporting.application.dividing import PartsReported
from reporting.application.own_units import OwnUnitsBroken
from reporting.application.proposals import OwnProposal
from reporting.application.service import Reporting
from reporting.errors import InvalidInput, NotAuthorised, ReportingError, UnknownReference, VersionConflict
from reporting.ledger import return_stream


def test_the_count_is_asked_of_the_parts_and_turnout_of_the_whole_as_before(service: Reporting) -> None:
    desk = land.define(service)
    land.report(desk, "20", "turnout", "1400")
    done = land.divide(service)
    assert done.position is not None
    known = service.catalog.election("tiny")
    assert known.roster.parts == {"pr": {"20": (MAINLAND, ISLAND)}}
    assert {MAINLAND, ISLAND} <= {*known.reporting_units("flash", "2200")}
    assert {MAINLAND, ISLAND}.isdisjoint(known.reporting_units("turnout", "1800"))
    assert known.coverage("turnout", known.reporting_units("turnout", "1800"), {"20"}) == (1, 5)
    assert known.coverage("flash", known.reporting_units("flash", "2200"), {"20"}) == (2, 6)
    land.report(desk, "20", "turnout", "1800", voters=120)
    land.report(desk, MAINLAND)
    assert (
        service.return_case(return_stream("tiny", "turnout", "1800", "20")).cells["pr|voters||"].text == "120"
    )


SENT = night.cells(electors=1, voters=1)
WAYS: dict[str, Callable[[Desk, dict[str, Any]], object]] = {
    "enter": lambda desk, where: desk.reporting.enter_figures(
        EnterFigures(**where, expected_version=0, figures=SENT), TOWN
    ),
    "submit": lambda desk, where: desk.submit(Submit(**where, figures=SENT), TOWN),
    "draft": lambda desk, where: desk.save_draft(SaveDraft(**where, cells=SENT), TOWN),
}


def test_a_part_reports_no_turnout_whichever_way_it_is_sent(service: Reporting) -> None:
    """Else two parts that say 0 each would take the place of what the town reported."""
    desk = land.define(service)
    land.divide(service)
    for send in WAYS.values():
        with pytest.raises(AskedOfWhole) as refused:
            send(desk, night.of(ISLAND, "turnout", "1400"))
        assert refused.value.facts["suggestions"] == ["20"]
        assert "20 地域20" in refused.value.message_ja


def test_in_a_live_election_that_holds_figures_another_person_confirms(service: Reporting) -> None:
    desk = land.define(service, is_test=False)
    land.report(desk, "20")
    proposed = land.divide(service)
    assert proposed.position is None
    assert {touched.change.code for touched in proposed.touched} == {"20"}
    assert service.catalog.election("tiny").roster.withdrawn == frozenset()
    with pytest.raises(OwnProposal):
        land.confirm(service, proposed.proposal, PREFECTURE)
    with pytest.raises(NotAuthorised):
        land.confirm(service, proposed.proposal, TOWN)
    assert land.confirm(service, proposed.proposal, PREFECTURE_2).position is not None
    assert service.catalog.election("tiny").roster.withdrawn == {"20"}


def test_whoever_may_divide_confirms_no_other_change_of_the_definition(service: Reporting) -> None:
    desk = land.define(service, is_test=False)
    land.report(desk, "20")
    forms = [land.TURNOUT, *night.election().model_dump(mode="json")["forms"]]
    renamed = night.election(is_test=False, forms=forms, rules=land.RULES, label=tiny.label("別の選挙"))
    proposed = service.define_election(renamed, tiny.SYSTEM, uuid4(), reason="改称")
    assert proposed.proposal is not None
    with pytest.raises(InvalidInput, match="分割"):
        land.confirm(service, proposed.proposal)


def test_it_is_undone_until_a_part_has_reported_and_can_be_done_again(service: Reporting) -> None:
    desk = land.define(service)
    land.report(desk, "20")
    land.divide(service)
    land.undo(service)
    known = service.catalog.election("tiny")
    assert (known.roster.withdrawn, known.roster.parts) == (frozenset(), {})
    assert known.reporting_units("flash", "2200") == ("11", "12", "20", "31", "32")
    with pytest.raises(UnknownReference):
        land.report(desk, MAINLAND)
    land.report(desk, "20", slot="2300", votes_a=61, votes_b=40)
    land.divide(service)
    land.report(desk, MAINLAND)
    with pytest.raises(PartsReported) as refused:
        land.undo(service)
    assert refused.value.facts["parts"] == [MAINLAND]


def test_what_cannot_be_divided_is_refused_and_nothing_changes(service: Reporting) -> None:
    land.define(service)
    before = service.ledger.position()
    two = (PartInput(code="a", name="甲"), PartInput(code="b", name="乙"))
    wrong: list[tuple[dict[str, Any], type[ReportingError], str]] = [
        ({"unit": "99"}, UnknownReference, "99"),
        ({"unit": "11", "parts": two}, InvalidInput, "level"),
        ({"level": "city"}, InvalidInput, "level"),
        ({"on": date(2025, 10, 27)}, InvalidInput, "on"),
        ({"parts": (*two[:1], PartInput(code="31", name="乙"))}, InvalidInput, "parts"),
        ({"parts": (*two[:1], *two[:1])}, InvalidInput, "parts"),
        ({"keeps": ("ledger",)}, UnknownReference, "ledger"),
    ]
    for given, kind, named in wrong:
        with pytest.raises(kind) as refused:
            land.divide(service, tiny.SYSTEM, **given)
        assert named in (refused.value.facts.get("field"), refused.value.facts["found"])
    for actor in (TOWN, night.HARBOUR):
        with pytest.raises(NotAuthorised):
            land.divide(service, actor)
    assert service.ledger.position() == before
    land.divide(service)
    for unit in ("20", MAINLAND):
        with pytest.raises(InvalidInput) as again:
            land.divide(service, unit=unit, parts=two)
        assert again.value.facts["field"] == "unit"


def test_of_two_who_divide_at_once_one_is_told(service: Reporting, monkeypatch: pytest.MonkeyPatch) -> None:
    """The definition is made of the one that was read: another that came in between is not overwritten."""
    land.define(service)
    catalog = service.catalog
    stale = catalog.election("tiny")
    land.divide(service)
    monkeypatch.setattr(catalog, "election", lambda code: stale)
    with pytest.raises(VersionConflict):
        land.divide(
            service,
            unit="31",
            parts=(PartInput(code="a", name="甲"), PartInput(code="b", name="乙")),
            actor=tiny.SYSTEM,
        )
    monkeypatch.undo()
    assert service.catalog.election("tiny").roster.withdrawn == {"20"}


def test_no_new_code_for_a_unit_while_it_is_divided(service: Reporting) -> None:
    """Else its parts are gone, and it is asked the turnout beside its successor: the town's electors, twice."""
    land.define(service)
    land.divide(service)
    on = date(2024, 10, 1)
    areas = [
        area.model_copy(update=update)
        for area in tiny.AREAS
        if area.code == "20"
        for update in ({"valid_to": on}, {"code": "21", "valid_from": on})
    ]

    def declare() -> None:
        service.declare_registry("tinyland", (), areas, tiny.SYSTEM, uuid4(), reason="告示")

    with pytest.raises(OwnUnitsBroken) as refused:
        declare()
    assert refused.value.facts["found"] == "20"
    assert {MAINLAND, ISLAND} <= {*service.catalog.election("tiny").reporting_units("flash", "2200")}
    land.undo(service)
    declare()
    known = service.catalog.election("tiny")
    for form, slot in (("flash", "2200"), ("turnout", "1800")):
        assert known.coverage(form, known.reporting_units(form, slot), {"21"}) == (1, 5)
