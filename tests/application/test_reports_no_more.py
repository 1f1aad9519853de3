"""A unit that was divided or merged on the night is waited for no more, by nobody, and tells nothing new of what others report in its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import divided_land as land
import joint_land
import night
import pytest
import tiny
from divided_land import ISLAND, MAINLAND
from joint_land import JOINT
from night import NATION, PREFECTURE, TOWN

from reporting.application.catalog import ReportsNoMore
from reporting.application.commands import EnterFigures
from reporting.application.desk import Desk
from reporting.application.desk_commands import Approve, Certify, Remind, SaveDraft, SaveSecondEntry, Submit
from reporting.application.service import Reporting
from reporting.application.taken_away import CertifiedReplaced
from reporting.domain.election import ElectionDefinition
from reporting.errors import InvalidInput
from reporting.importing import import_returns
from reporting.publication.release import Publication
from reporting.telling.deadlines import Deadlines

FLASH = ("flash", "2200")
SENT = night.cells(votes_a=60, votes_b=38)


def test_nobody_waits_for_a_unit_in_whose_place_others_report(service: Reporting) -> None:
    """Neither who reminds nor a slot that goes out once all are certified: it never would."""
    forms = [land.TURNOUT, *night.election().model_dump(mode="json")["forms"]]
    forms[-1]["slots"][0] |= {"publish": "when_certified"}
    desk = land.define(service, forms=forms)
    land.divide(service)
    joint_land.merge(service, tiny.SYSTEM)
    counted = sorted(("11", "12", MAINLAND, ISLAND, JOINT))
    assert Deadlines(service).waiting("tiny", *FLASH) == counted
    assert Deadlines(service).waiting("tiny", "turnout", "1400") == ["11", "12", "20", "31", "32"]
    publication = Publication(service, desk)
    assert publication.certified_needed("tiny", "final", "final") == len(counted)
    plan = publication.plan("tiny", "final", "final")
    assert sorted(plan.waits_for) == counted


def _import(service: Reporting, where: dict[str, Any], folder: Path) -> object:
    path = folder / "counts.csv"
    path.write_text(
        f"election,form,slot,unit,contest,item,choice,value\ntiny,flash,2200,{where['unit']},pr,votes,a,60\n",
        encoding="utf-8",
    )
    return import_returns(path, service, tiny.SYSTEM)


WAYS: tuple[Callable[[Reporting, dict[str, Any], Path], object], ...] = (
    lambda service, where, _: service.enter_figures(
        EnterFigures(**where, expected_version=0, figures=SENT), tiny.SYSTEM
    ),
    lambda service, where, _: Desk(service).submit(Submit(**where, figures=SENT), tiny.SYSTEM),
    _import,
    lambda service, where, _: Desk(service).save_draft(SaveDraft(**where, cells=SENT), tiny.SYSTEM),
    lambda service, where, _: Desk(service).remind(Remind(**where, kind="missing"), tiny.SYSTEM),
)


def test_a_first_figure_of_it_is_refused_whichever_way_it_is_sent(service: Reporting, tmp_path: Path) -> None:
    """Else a page that was open, or a workbook, would say of the whole what its parts are asked; what stood may be corrected."""
    desk = land.define(service)
    land.report(desk, "20", slot="2300")
    land.divide(service)
    joint_land.merge(service, tiny.SYSTEM)
    at = service.ledger.position()
    for unit, instead in (("20", [MAINLAND, ISLAND]), ("31", [JOINT])):
        for send in WAYS:
            with pytest.raises(ReportsNoMore) as refused:
                send(service, night.of(unit, *FLASH), tmp_path)
            assert refused.value.facts["suggestions"] == instead
            assert instead[0] in refused.value.message_ja
    assert service.ledger.position() == at
    values = {"votes_a": 61, "votes_b": 38}
    night.submit(desk, "20", TOWN, "flash", "2300", values=values, reason="数え直し")


def test_a_draft_begun_before_can_be_taken_out_and_is_there_again_after_an_undo(service: Reporting) -> None:
    desk = land.define(service)
    desk.save_draft(SaveDraft(**night.of("20", *FLASH), cells=SENT), TOWN)
    land.divide(service)
    with pytest.raises(ReportsNoMore):
        desk.save_draft(SaveDraft(**night.of("20", *FLASH), cells=night.cells(votes_a=61)), TOWN)
    none = night.cells(votes_b="")
    desk.save_draft(SaveDraft(**night.of("20", *FLASH), cells=none), TOWN)
    land.undo(service)
    desk.save_draft(SaveDraft(**night.of("20", *FLASH), cells=night.cells(votes_b=39)), TOWN)
    draft = desk.returns.open("tiny", *FLASH, "20").draft
    assert {key: cell.text for key, cell in draft.typed.items()} == {"pr|votes||a": "60", "pr|votes||b": "39"}


def test_nobody_types_a_second_time_for_it(service: Reporting) -> None:
    forms = [land.TURNOUT, *night.election().model_dump(mode="json")["forms"]]
    forms[1]["entry"] = "double"
    desk = land.define(service, forms=forms)
    land.divide(service)
    with pytest.raises(ReportsNoMore):
        desk.save_second_entry(SaveSecondEntry(**night.of("20", *FLASH), cells=SENT), TOWN)


def test_what_is_certified_is_replaced_by_nobody(service: Reporting) -> None:
    """Parts are certified by nobody yet: a town could say anew what the nation has certified."""
    desk = land.define(service, rules=[])
    night.submit(desk, "20", TOWN)
    for actor in (PREFECTURE, NATION):
        desk.approve(Approve(**night.of("20")), actor)
    desk.certify(Certify(**night.of("20"), override="一人の課"), NATION)
    units = service.catalog.election("tiny").definition.units.model_dump()
    gone = {"unit": "20", "on": "2024-10-27", "reason": "離島", "level": "ward"}
    parts = [{"code": code, "name": code} for code in (MAINLAND, ISLAND)]
    imported = service.catalog.election("tiny").definition.model_dump() | {
        "units": units | {"withdrawn": [gone | {"parts": parts}]}
    }
    changes: tuple[Callable[[], object], ...] = (
        lambda: land.divide(service),
        lambda: service.define_election(
            ElectionDefinition.model_validate(imported), tiny.SYSTEM, uuid4(), reason="離島"
        ),
    )
    for change in changes:
        with pytest.raises(CertifiedReplaced) as refused:
            change()
        assert refused.value.facts["units"] == ["20"]
    land.divide(service, keeps=("turnout", "final"))


def test_the_code_of_a_part_that_was_undone_is_nobody_elses(service: Reporting) -> None:
    """Its places, drafts and cases would be the other's."""
    land.define(service)
    land.divide(service)
    land.undo(service)
    with pytest.raises(InvalidInput) as refused:
        joint_land.merge(service, tiny.SYSTEM, code=MAINLAND)
    assert refused.value.facts["field"] == "code"
    land.divide(service)
