"""Refusals name the right cause: who may not is told so and whom to ask, and a slip of the pen what was meant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import night
import pytest
import tiny
from night import CITY, NATION, PREFECTURE, WARD

from reporting.application.acting import Done
from reporting.application.commands import CellInput
from reporting.application.desk import Desk
from reporting.application.desk_commands import Approve, ApproveGreen, Certify, CertifyGreen, Submit
from reporting.application.service import Reporting
from reporting.domain.actor import Actor, Role
from reporting.domain.returns import FiguresRefused
from reporting.domain.status import Status
from reporting.domain.units import NotAUnit
from reporting.errors import InvalidInput, NotAuthorised, UnknownReference

pytestmark = pytest.mark.begins.with_args(night.define)

DISTRICT = Actor("森", "第1区選管", Role.PREFECTURE, "D1")
"""Its area covers the unit in another geography; it stands at no level of the chain."""
ELSEWHERE = Actor("林", "他県選管", Role.PREFECTURE, "P2")
EVERYWHERE = Actor("山本", "総務省", Role.MINISTRY, "*")


@pytest.fixture
def desk(service: Reporting) -> Desk:
    return Desk(service)


@pytest.mark.begins.with_args(None)
def test_an_election_on_no_way_is_told_by_every_door(service: Reporting) -> None:
    """In bulk an office below `*` had met an error of the program."""
    tiny.define(service)
    desk = Desk(service)
    for actor in (night.TOWN, NATION):
        with pytest.raises(UnknownReference, match="workflow"):
            desk.approve(Approve(**night.of("20")), actor)
        with pytest.raises(UnknownReference, match="workflow"):
            desk.approve_green(green(), actor)
        with pytest.raises(UnknownReference, match="workflow"):
            desk.certify_green(CertifyGreen(**green().model_dump()), actor)


def green(**more: object) -> ApproveGreen:
    return ApproveGreen(command_id=uuid4(), election="tiny", form="final", slot="final", **more)


TRIES: tuple[Callable[[Desk, Actor], object], ...] = (
    lambda desk, actor: desk.approve(Approve(**night.of("11")), actor),
    lambda desk, actor: desk.approve_green(green(), actor),
    lambda desk, actor: night.send_back(desk, actor, "11", "pr|voters||"),
    lambda desk, actor: desk.certify(Certify(**night.of("11")), actor),
)


@pytest.mark.parametrize("attempt", TRIES, ids=["approve", "approveGreen", "sendBack", "certify"])
def test_an_office_at_no_level_is_told_whom_to_ask(
    desk: Desk, attempt: Callable[[Desk, Actor], object]
) -> None:
    night.submit(desk)
    with pytest.raises(NotAuthorised) as refused:
        attempt(desk, DISTRICT)
    assert "第1区選管 にはこの操作" in refused.value.message_ja
    assert "に依頼してください" in refused.value.message_ja
    assert "level" not in refused.value.message_ja


def test_the_offices_of_the_chain_are_named(desk: Desk) -> None:
    night.submit(desk)
    with pytest.raises(NotAuthorised) as refused:
        desk.approve(Approve(**night.of("11")), DISTRICT)
    assert "地域10、地域P1、地域JP の選挙管理委員会" in refused.value.message_ja
    assert "10, P1, JP" in refused.value.message_en


def test_nobody_approves_where_none_of_their_units_is(desk: Desk) -> None:
    night.submit(desk)
    outcomes = desk.approve_green(green(units=("11", "31")), ELSEWHERE)
    assert [(unit, type(outcome)) for unit, outcome in outcomes] == [("11", NotAuthorised)]
    nobody = Actor("誰", "よその選管", Role.PREFECTURE, "P9")
    with pytest.raises(NotAuthorised) as refused:
        desk.approve_green(green(), nobody)
    assert "管轄する選挙管理委員会" in refused.value.message_ja


def test_everywhere_means_the_top(desk: Desk) -> None:
    """`*` approves and certifies at the last level of each return's chain, whatever its length."""
    for unit in ("11", "20"):
        night.submit(desk, unit)
        if unit == "11":
            night.approve(desk, CITY, unit)
        night.approve(desk, PREFECTURE, unit)
        done = night.approve(desk, EVERYWHERE, unit)
        assert done.status is Status.APPROVED
        other = Actor("別人", "総務省", Role.MINISTRY, "*")
        assert desk.certify(Certify(**night.of(unit)), other).status is Status.CERTIFIED


def test_everywhere_may_name_a_level_of_the_chain_and_no_other(desk: Desk) -> None:
    night.submit(desk)
    night.approve(desk, EVERYWHERE, level="city")
    assert (
        desk.returns.open("tiny", "final", "final", "11").case.next_level(("city", "prefecture", "nation"))
        == "prefecture"
    )
    with pytest.raises(InvalidInput) as refused:
        night.approve(desk, EVERYWHERE, level="county")
    assert "city, prefecture, nation" in refused.value.message_ja


def test_everywhere_approves_what_is_green_at_the_top(desk: Desk) -> None:
    night.submit(desk)
    night.approve(desk, CITY)
    night.approve(desk, PREFECTURE)
    ((unit, outcome),) = desk.approve_green(green(), EVERYWHERE)
    assert unit == "11"
    assert isinstance(outcome, Done)
    assert outcome.status is Status.APPROVED


def test_a_ward_certifies_nothing_and_the_nation_does(desk: Desk) -> None:
    night.submit(desk)
    for actor in (CITY, PREFECTURE, NATION):
        night.approve(desk, actor)
    with pytest.raises(NotAuthorised):
        desk.certify(Certify(**night.of("11")), WARD)


@pytest.mark.parametrize(
    ("changes", "kind", "meant"),
    [
        ({"election": "tinny"}, "election", "tiny"), ({"form": "finale"}, "form", "final"),
        ({"slot": "fnal"}, "slot", "final"), ({"unit": "10"}, "unit", "11"),
    ],
)  # fmt: skip
@pytest.mark.unchanged
def test_a_slip_of_the_pen_is_told_what_was_meant(
    desk: Desk, changes: dict[str, str], kind: str, meant: str
) -> None:
    desk.returns.open("tiny", "final", "final", "11")  # a process knows the elections that it was asked about
    with pytest.raises(UnknownReference) as refused:
        desk.submit(Submit(**{**night.of("11"), **changes}), WARD)
    assert refused.value.facts["kind"] == kind
    assert meant in refused.value.facts["suggestions"]
    assert meant in refused.value.message_ja
    assert meant in refused.value.message_en


def test_an_area_is_no_unit_for_the_desk_and_for_commands(desk: Desk, service: Reporting) -> None:
    with pytest.raises(NotAUnit):
        desk.returns.open("tiny", "final", "final", "P1")
    with pytest.raises(NotAUnit):
        desk.approve_green(green(units=("10",)), PREFECTURE)


@pytest.mark.parametrize(
    ("cell", "ja", "en"),
    [
        (
            {"item": "voter"},
            "voters（voters）、votes（得票数） のことではありませんか",
            "Did you mean voters",
        ),
        (
            {"item": "population"},
            "この様式の項目（electors、voters、ballots_counted",
            "an item of this form (electors, voters",
        ),
        ({"item": "electors", "breakdown": "sex=x"}, "sex=f", "sex=f"),
        ({"item": "votes", "choice": "z"}, "（a、b）", "(a, b)"),
        ({"contest": "smd", "item": "votes", "choice": "a"}, "（pr）", "(pr)"),
    ],
)
@pytest.mark.unchanged
def test_what_a_form_asks_is_listed(desk: Desk, cell: dict[str, str], ja: str, en: str) -> None:
    typed = CellInput(**{"contest": "pr", "value": "1", **cell})
    with pytest.raises(FiguresRefused) as refused:
        desk.submit(Submit(**night.of("11"), figures=(typed,)), WARD)
    (problem,) = refused.value.problems
    assert ja in problem.expected_ja
    assert en in problem.expected_en


def test_a_lost_leading_zero_in_a_file(service: Reporting, tmp_path: Path) -> None:
    """Spreadsheets take the zero off 01101; the row says which unit was meant."""

    from reporting.definitions.load import demo_election, shipped_registry
    from reporting.files.problems import FileRefused
    from reporting.importing import import_returns

    shipped = shipped_registry()
    service.declare_registry(shipped.registry, shipped.geographies, shipped.areas, tiny.SYSTEM, uuid4())
    definition = demo_election()
    service.define_election(definition, tiny.SYSTEM, uuid4())
    form = definition.forms[0]
    row = f"{definition.code},{form.code},{form.slots[0].code},1101,{definition.contests[0].code},{form.items[0]},1"
    path = tmp_path / "r.csv"
    path.write_text(f"election,form,slot,unit,contest,item,value\n{row}\n", encoding="utf-8")
    with pytest.raises(FileRefused) as refused:
        import_returns(path, service, tiny.SYSTEM)
    (problem,) = refused.value.problems
    assert "01101（" in problem.expected


@pytest.mark.parametrize("ask", ["plan", "release"])
def test_a_slot_that_is_misspelt_is_suggested(desk: Desk, service: Reporting, ask: str) -> None:
    """In what is asked of publication, too, not only in what is entered."""
    from reporting.publication.release import Publication

    publication = Publication(service, desk)
    tries: dict[str, Callable[[], object]] = {
        "plan": lambda: publication.plan("tiny", "final", "fnal"),
        "release": lambda: publication.certified_needed("tiny", "fina", "final"),
    }
    with pytest.raises(UnknownReference) as refused:
        tries[ask]()
    assert refused.value.facts["suggestions"] == ["final"]


def test_elections_are_suggested_that_nobody_has_asked_for_yet(desk: Desk, service: Reporting) -> None:
    """A process that has just begun knows none of them; and one defined meanwhile counts as well."""
    from reporting.application.catalog import Catalog

    fresh = Catalog(service.ledger)
    with pytest.raises(UnknownReference) as refused:
        fresh.election("tinny")
    assert refused.value.facts["suggestions"] == ["tiny"]
    another = service.catalog.election("tiny").definition.model_copy(update={"code": "later-1"})
    service.define_election(another, tiny.SYSTEM, uuid4())
    with pytest.raises(UnknownReference) as refused:
        fresh.election("later-2")
    assert refused.value.facts["suggestions"] == ["later-1"]
