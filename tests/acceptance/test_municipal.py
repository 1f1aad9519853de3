"""Elections of municipalities from definition files to certified, published and corrected totals: a town, a special ward,
a designated city with its wards, and a town where no vote is held. Their own commissions manage them (Public Offices
Election Act, art. 5); the prefecture sees them and advises."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tiny import AUDITOR, SYSTEM
from world import World

from projections.verify import verify
from reporting.application import desk_commands as desks
from reporting.application.commands import CellInput, CorrectFigures, EnterFigures
from reporting.application.desk import Desk
from reporting.database.connect import Database
from reporting.definitions.catalogue import shipped_catalogue
from reporting.definitions.compose import compose_file
from reporting.definitions.load import shipped_registry
from reporting.domain.actor import Actor, Role
from reporting.domain.four_eyes import FourEyes
from reporting.domain.status import NotNow, Status
from reporting.errors import NotAuthorised
from reporting.publication.release import CLOCK, Publication

EXAMPLES = Path(__file__).parents[2] / "examples" / "municipal"
TOWN, TOWN_2 = (Actor(name, "播磨町選管", Role.MUNICIPALITY, "28382") for name in ("中村", "石井"))
CHIYODA, CHIYODA_2 = (Actor(name, "千代田区選管", Role.MUNICIPALITY, "13101") for name in ("前田", "岩崎"))
KOBE, KOBE_2 = (Actor(name, "神戸市選管", Role.MUNICIPALITY, "28100") for name in ("福田", "大西"))
INAMI, INAMI_2 = (Actor(name, "稲美町選管", Role.MUNICIPALITY, "28381") for name in ("井上", "松田"))
HYOGO = Actor("岡田", "兵庫県選管", Role.PREFECTURE, "28")
MINISTRY = Actor("本省", "総務省", Role.MINISTRY, "JP")
LATER = datetime(2027, 4, 27, tzinfo=UTC)

VOTING = {
    "electors": "28000",
    "voters": "14000",
    "abstentions": "14000",
    "voters_polling_day": "9500",
    "voters_early": "4200",
    "voters_absentee": "300",
    "polling_places_reported": "12",
}
COUNT = {
    "voters": "14000",
    "ballots_counted": "14000",
    "valid_votes": "13800",
    "invalid_votes": "200",
    "votes||1": "7500",
    "votes||2": "6300",
    "invalid_blank": "200",
}

TOTALS = """query($election: String!, $form: String!, $slot: String!, $items: [String!], $areas: [String!], $layer: String) {
  election(code: $election) { contests { code kind choices { code } totals(form: $form, slot: $slot, items: $items,
    geography: "administrative", areas: $areas, layer: $layer) { nodes { code item choice value reported expected } } } } }"""
WORK = """query($election: String!) { workList(election: $election, kind: AWAITING_APPROVAL) {
  nodes { unit form slot nextLevel nextArea } } }"""
CHAIN = """{ desk(election: "harima-mayor-2027", form: "early_voting", slot: "d1", unit: "28382") {
  chain { level approved overridden } } }"""
TRAIL = """{ audit(election: "harima-mayor-2027", filter: {form: "early_voting", slot: "d1", unit: "28382"}) {
  nodes { type override reason } } }"""
CERTIFY = """mutation($input: CertifyInput!) { certifyReturn(input: $input) { __typename
  ... on ReturnDone { status } ... on Refusal { code messageJa messageEn } } }"""


@pytest.fixture(scope="module")
def desk(world: World) -> Desk:
    """Japan's areas and every example."""
    registry = shipped_registry()
    world.service.declare_registry(registry.registry, registry.geographies, registry.areas, SYSTEM, uuid4())
    catalogue = shipped_catalogue()
    for path in sorted(EXAMPLES.glob("*.toml")):
        world.service.define_election(compose_file(catalogue, path), SYSTEM, uuid4())
    return Desk(world.service)


@pytest.fixture
def ask(world: World) -> Callable[..., Any]:
    """The answer to a GraphQL query, everything projected."""

    def query(text: str, actor: Actor = AUDITOR, **variables: Any) -> Any:
        world.projector.catch_up()
        return world.ask(text, actor, **variables)

    return query


def of(election: str, unit: str, form: str = "final_count", slot: str = "final") -> dict[str, Any]:
    return {"command_id": uuid4(), "election": election, "form": form, "slot": slot, "unit": unit}


def cells(contest: str, values: dict[str, str]) -> tuple[CellInput, ...]:
    found = []
    for name, value in values.items():
        item, breakdown, choice = (*name.split("|"), "", "")[:3]
        found.append(CellInput(contest=contest, item=item, breakdown=breakdown, choice=choice, value=value))
    return tuple(found)


def submit(desk: Desk, actor: Actor, where: dict[str, Any], values: dict[str, str], **more: Any) -> None:
    contest = "assembly" if where["election"].startswith("chiyoda") else "mayor"
    desk.submit(desks.Submit(**where, figures=cells(contest, values), **more), actor)


def votes(answer: Any) -> dict[tuple[str, str], str | None]:
    (contest,) = answer["election"]["contests"]
    return {(node["code"], node["choice"]): node["value"] for node in contest["totals"]["nodes"]}


def test_a_town_elects_its_mayor(desk: Desk, ask: Callable[..., Any], module_database: Database) -> None:
    """Two people of one office: who submits neither approves nor certifies, but openly."""
    election = "harima-mayor-2027"
    for form, values in (("final_voting", VOTING), ("final_count", COUNT)):
        where = of(election, "28382", form)
        submit(desk, TOWN, where, values)
        assert [
            (level, area) for level, area in desk.returns.open(election, form, "final", "28382").chain
        ] == [("municipality", "28382")]
        (mine,) = ask(WORK, TOWN_2, election=election)["workList"]["nodes"]
        assert (mine["unit"], mine["form"], mine["nextArea"]) == ("28382", form, "28382")
        with pytest.raises(NotNow):  # nobody has looked at it
            desk.certify(desks.Certify(**of(election, "28382", form)), TOWN_2)
        with pytest.raises(FourEyes):
            desk.approve(desks.Approve(**of(election, "28382", form)), TOWN)
        assert desk.approve(desks.Approve(**of(election, "28382", form)), TOWN_2).status is Status.APPROVED
        with pytest.raises(FourEyes):
            desk.certify(desks.Certify(**of(election, "28382", form)), TOWN)
        done = desk.certify(desks.Certify(**of(election, "28382", form)), TOWN_2)
        assert done.status is Status.CERTIFIED

    clock = Publication(desk.reporting, desk)
    asked = {"election": election, "form": "final_count", "slot": "final", "items": ["votes"]}
    assert set(votes(ask(TOTALS, **asked, areas=["28382"])).values()) <= {None}
    release = clock.release(election, "final_count", "final", LATER, TOWN)
    assert release is not None
    assert (release.approved, release.expected) == (1, 1)
    public = votes(ask(TOTALS, **asked, areas=["28382", "28"]))
    assert public == {
        (area, choice): value for area in ("28382", "28") for choice, value in (("1", "7500"), ("2", "6300"))
    }

    change = {"votes||1": "7499", "votes||2": "6301"}
    with pytest.raises(NotAuthorised):
        submit(desk, HYOGO, of(election, "28382"), change, reason="県の確認")
    submit(desk, TOWN, of(election, "28382"), change, reason="読み違い")
    assert clock.release(election, "final_count", "final", LATER, CLOCK) is None  # not before a second person
    corrected = Actor(TOWN.person, TOWN.office, TOWN.role, TOWN.jurisdiction)
    with pytest.raises(FourEyes):
        desk.approve(desks.Approve(**of(election, "28382")), corrected)
    assert desk.approve(desks.Approve(**of(election, "28382")), TOWN_2).status is Status.CERTIFIED
    notice = clock.release(election, "final_count", "final", LATER, CLOCK)
    assert notice is not None
    assert [(one.before, one.after) for one in notice.changes] == [("7500", "7499"), ("6300", "6301")]
    assert votes(ask(TOTALS, **asked, areas=["28"])) == {("28", "1"): "7499", ("28", "2"): "6301"}
    assert verify(module_database).differences == []


def test_a_clerk_alone_may_openly(desk: Desk, ask: Callable[..., Any]) -> None:
    """A commission of one clerk: with a reason that everybody sees, in the log for ever; at certification, too."""
    where = of("harima-mayor-2027", "28382", "early_voting", "d1")
    submit(desk, TOWN, where, {"voters_early": "4200"})
    why = "担当者が一人のため"
    again = {**where, "command_id": uuid4()}
    desk.approve(desks.Approve(**again, override=why), TOWN)
    certify = {"commandId": str(uuid4()), "election": where["election"], "form": "early_voting", "slot": "d1"}
    refused = ask(CERTIFY, TOWN, input={**certify, "unit": "28382"})["certifyReturn"]
    assert refused["code"] == "four_eyes"
    assert "理由" in refused["messageJa"]
    done = ask(CERTIFY, TOWN, input={**certify, "unit": "28382", "override": why, "commandId": str(uuid4())})
    assert done["certifyReturn"]["status"] == "certified"
    (level,) = ask(CHAIN, HYOGO)["desk"]["chain"]
    assert level == {"level": "municipality", "approved": True, "overridden": True}
    entries = ask(TRAIL, HYOGO)["audit"]["nodes"]
    assert [(one["type"], one["override"], one["reason"]) for one in entries if one["reason"]] == [
        ("ReturnCertified", True, why),
        ("ReturnApproved", True, why),
    ]
    stream = desk.returns.open("harima-mayor-2027", "early_voting", "d1", "28382").stream
    told = [
        (type(deed.recorded.event).__name__, desk.reporting.ledger.command(deed.recorded.command_id))
        for deed in desk.reporting.ledger.deeds([stream])
        if getattr(deed.recorded.event, "override", False)
    ]
    assert [(name, command and command.reason) for name, command in told] == [
        ("ReturnApproved", why),
        ("ReturnCertified", why),
    ]


@pytest.mark.parametrize("actor", [HYOGO, MINISTRY], ids=lambda actor: str(actor.role.value))
def test_who_stands_above_sees_and_advises_and_touches_nothing(
    desk: Desk, ask: Callable[..., Any], actor: Actor
) -> None:
    election, slot = "harima-mayor-2027", "c2200"
    where = {**of(election, "28382", "count_flash", slot)}
    if desk.returns.open(election, "count_flash", slot, "28382").status is Status.MISSING:
        submit(
            desk,
            TOWN,
            where,
            {"voters": "14000", "ballots_counted": "500", "votes||1": "300", "votes||2": "200"},
        )
    at = desk.reporting.ledger.position()
    figures = cells("mayor", {"votes||1": "299"})
    key = "mayor|votes||1"

    def fresh() -> dict[str, Any]:
        return {**where, "command_id": uuid4()}

    correction = {"expected_version": 2, "figures": figures, "reason_class": "typing_error", "reason": "誤り"}
    tries: tuple[Callable[[], object], ...] = (
        lambda: desk.submit(desks.Submit(**fresh(), figures=figures, reason="県の確認"), actor),
        lambda: desk.save_draft(
            desks.SaveDraft(**fresh(), cells=(CellInput(contest="mayor", item="voters", value="1"),)),
            actor,
        ),
        lambda: desk.reporting.enter_figures(
            EnterFigures(**fresh(), expected_version=2, figures=cells("mayor", {"voters": "1"})), actor
        ),
        lambda: desk.reporting.correct_figures(CorrectFigures(**fresh(), **correction), actor),
        lambda: desk.approve(desks.Approve(**fresh(), override="急ぎ"), actor),
        lambda: desk.send_back(
            desks.SendBack(**fresh(), cells=(key,), reason_class="query", reason="確認"), actor
        ),
        lambda: desk.certify(desks.Certify(**fresh(), override="急ぎ"), actor),
        lambda: desk.withdraw(desks.Withdraw(**fresh(), reason="取り下げ"), actor),
        lambda: Publication(desk.reporting, desk).release(election, "count_flash", slot, LATER, actor),
    )
    for one in tries:
        with pytest.raises(NotAuthorised) as refused:
            one()
        assert "播磨町" in str(refused.value)  # whom to ask
        assert "28382" in str(refused.value)
    assert desk.reporting.ledger.position() == at

    seen = ask(
        TOTALS, actor, election=election, form="count_flash", slot=slot, items=["votes"], areas=["28382"],
        layer="entered",
    )  # fmt: skip
    assert votes(seen) == {("28382", "1"): "300", ("28382", "2"): "200"}
    before = desk.returns.open(election, "count_flash", slot, "28382").case.cells
    desk.annotate(
        desks.Annotate(**fresh(), note_class="advice", note="按分の計算を確認してください。"), actor
    )
    desk.remind(desks.Remind(**fresh(), kind="missing"), actor)
    after = desk.returns.open(election, "count_flash", slot, "28382").case.cells
    assert {k: c.text for k, c in after.items()} == {k: c.text for k, c in before.items()}


def test_a_designated_city_certifies_over_its_wards(desk: Desk, ask: Callable[..., Any]) -> None:
    election, wards = "kobe-mayor-2027", ("28101", "28102")
    for number, unit in enumerate(wards):
        ward = Actor(f"区の{unit}", f"{unit}選管", Role.WARD, unit)
        submit(desk, ward, of(election, unit), COUNT)
        second = Actor("区の係長", ward.office, Role.WARD, unit)
        for one in (
            lambda who=second, unit=unit: desk.approve(desks.Approve(**of(election, unit)), who),
            lambda who=second, unit=unit: desk.certify(desks.Certify(**of(election, unit)), who),
            lambda unit=unit: desk.approve(desks.Approve(**of(election, unit)), HYOGO),
        ):
            with pytest.raises(NotAuthorised):
                one()
        desk.approve(desks.Approve(**of(election, unit)), KOBE)
        assert desk.certify(desks.Certify(**of(election, unit)), KOBE).status is Status.CERTIFIED
        with pytest.raises(NotAuthorised):
            submit(desk, ward, of(election, unit), {"votes||1": "1"}, reason="確認")
        if number == 0:
            submit(
                desk, KOBE, of(election, unit), {"votes||1": "7499", "votes||2": "6301"}, reason="読み違い"
            )
            with pytest.raises(FourEyes):
                desk.approve(desks.Approve(**of(election, unit)), KOBE)
            desk.approve(desks.Approve(**of(election, unit)), KOBE_2)
            edited = desk.returns.open(election, "final_count", "final", unit).case.cells["mayor|votes||1"]
            assert edited.edited_above
            answer = desks.Answer(
                **of(election, unit), cells=("mayor|votes||1",), agrees=False, reason="原票は7500"
            )
            desk.answer(answer, ward)
    release = Publication(desk.reporting, desk).release(election, "final_count", "final", LATER, KOBE)
    assert release is not None
    assert (release.approved, release.expected) == (2, 9)
    seen = ask(TOTALS, election=election, form="final_count", slot="final", items=["votes"], areas=["28100"])
    assert votes(seen) == {("28100", "1"): "14999", ("28100", "2"): "12601"}


def test_a_special_ward_certifies_its_by_election(desk: Desk) -> None:
    election, unit = "chiyoda-assembly-2027", "13101"
    assert desk.reporting.catalog.election(election).definition.kind == "municipal_assembly.by_election"
    submit(desk, CHIYODA, of(election, unit, "final_voting"), VOTING)
    tokyo = Actor("都の係長", "東京都選管", Role.PREFECTURE, "13")
    with pytest.raises(NotAuthorised):
        desk.approve(desks.Approve(**of(election, unit, "final_voting")), tokyo)
    desk.approve(desks.Approve(**of(election, unit, "final_voting")), CHIYODA_2)
    done = desk.certify(desks.Certify(**of(election, unit, "final_voting")), CHIYODA_2)
    assert done.status is Status.CERTIFIED


def test_a_town_without_a_vote_reports_its_roll_and_nothing_else(desk: Desk, ask: Callable[..., Any]) -> None:
    election, unit = "inami-mayor-2027", "28381"
    definition = desk.reporting.catalog.election(election).definition
    assert [form.code for form in definition.forms] == ["registration"]
    where = of(election, unit, "registration", "election")
    submit(desk, INAMI, where, {"registered_electors": "25000"})
    desk.approve(desks.Approve(**{**where, "command_id": uuid4()}), INAMI_2)
    done = desk.certify(desks.Certify(**{**where, "command_id": uuid4()}), INAMI_2)
    assert done.status is Status.CERTIFIED
    release = Publication(desk.reporting, desk).release(election, "registration", "election", LATER, INAMI)
    assert release is not None
    assert (release.approved, release.expected) == (1, 1)
    asked = {"election": election, "form": "registration", "slot": "election", "areas": [unit]}
    (contest,) = ask(TOTALS, **asked, items=["registered_electors"])["election"]["contests"]
    assert (contest["kind"], contest["choices"]) == ("uncontested", [{"code": "1"}])
    assert [node["value"] for node in contest["totals"]["nodes"]] == ["25000"]
