"""One person alone goes through to the public only where the office has nobody else, and the public is told (issue 10, A5)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from thorough import examples
from tiny import SYSTEM

from reporting.application import desk_commands as desks
from reporting.application.commands import CellInput
from reporting.application.desk import Desk
from reporting.application.offices import Offices
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.definitions.catalogue import shipped_catalogue
from reporting.definitions.compose import compose_file
from reporting.definitions.load import shipped_registry
from reporting.domain.actor import Actor, Role
from reporting.domain.four_eyes import AloneWithOthersThere, FourEyes
from reporting.errors import ReportingError
from reporting.ledger import Ledger
from reporting.publication.planned import Release
from reporting.publication.release import CLOCK, Publication

EXAMPLE = Path(__file__).parents[2] / "examples" / "municipal" / "town-mayor.toml"
FORM, SLOT, UNIT, TOWN = "early_voting", "d1", "28382", "播磨町選管"
ONE, TWO = (Actor(name, TOWN, Role.MUNICIPALITY, UNIT) for name in ("中村", "石井"))
LATER = datetime(2027, 4, 27, tzinfo=UTC)
WHY = "担当者が一人のため"


class Night:
    """A town's mayoral election of its own; who works for the commission."""

    granted: ClassVar[set[str]] = set()
    """Members by now, in the module's one database."""

    def __init__(self, service: Reporting, *members: str) -> None:
        self.service, self.desk = service, Desk(service)
        definition = compose_file(shipped_catalogue(), EXAMPLE)
        self.code = f"mayor-{uuid4().hex[:8]}"
        service.define_election(definition.model_copy(update={"code": self.code}), SYSTEM, uuid4())
        (self.contest,) = [contest.code for contest in definition.contests]
        for member in set(members) - self.granted:
            Offices(service).grant(uuid4(), "town", member, date(2020, 4, 1), None, SYSTEM)
            self.granted.add(member)

    def of(self) -> dict[str, Any]:
        return {"command_id": uuid4(), "election": self.code, "form": FORM, "slot": SLOT, "unit": UNIT}

    def submit(self, actor: Actor) -> None:
        cell = CellInput(contest=self.contest, item="voters_early", value="4200")
        self.desk.submit(desks.Submit(**self.of(), figures=(cell,)), actor)

    def approve(self, actor: Actor, override: str | None = WHY) -> None:
        self.desk.approve(desks.Approve(**self.of(), override=override), actor)

    def certify(self, actor: Actor, override: str | None = WHY) -> None:
        self.desk.certify(desks.Certify(**self.of(), override=override), actor)

    def release(self, actor: Actor) -> Release | None:
        return Publication(self.service, self.desk).release(self.code, FORM, SLOT, LATER, actor)


@pytest.fixture(scope="module")
def service(module_database: Database) -> Reporting:
    made = Reporting(Ledger(module_database))
    registry = shipped_registry()
    made.declare_registry(registry.registry, registry.geographies, registry.areas, SYSTEM, uuid4())
    return made


@pytest.fixture(scope="module")
def office(service: Reporting) -> UUID:
    command = uuid4()
    Offices(service).register(command, "town", TOWN, Role.MUNICIPALITY, UNIT, SYSTEM)
    return command


def test_where_nobody_else_is_registered_the_public_is_told(service: Reporting) -> None:
    """Before anybody is registered, and with the one person who is."""
    night = Night(service)
    night.submit(ONE)
    night.approve(ONE)
    night.certify(ONE)
    release = night.release(ONE)
    assert release is not None
    assert release.single_handed == (UNIT,)
    head, package = Publication(service, night.desk).package(night.code, FORM, SLOT, 1)
    assert head.single_handed == (UNIT,)
    assert b'"singleHanded":["28382"]' in package.files["manifest.json"]


def test_two_people_who_took_part_are_not_one(service: Reporting) -> None:
    night = Night(service)
    night.submit(ONE)
    night.approve(TWO, None)
    night.certify(ONE)
    release = night.release(ONE)
    assert release is not None
    assert release.single_handed == ()


def test_a_chain_of_overrides_ends_where_there_is_a_colleague(service: Reporting, office: UUID) -> None:
    """The first override is open to anybody in a hurry; the next one, and the release by the same hand, are not."""
    night = Night(service, ONE.person, TWO.person)
    night.submit(ONE)
    night.approve(ONE)
    with pytest.raises(AloneWithOthersThere, match=TOWN):
        night.certify(ONE)
    with pytest.raises(AloneWithOthersThere):
        night.release(ONE)
    by_clock = night.release(CLOCK)
    assert by_clock is not None, "publication waits for nobody"
    assert by_clock.single_handed == (UNIT,)
    night.certify(TWO, None)


STEPS = ("submit", "approve", "openly approve", "certify", "openly certify", "release")


@settings(
    max_examples=examples(20), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(st.tuples(st.sampled_from(STEPS), st.sampled_from((ONE, TWO))), max_size=9))
def test_nobody_comes_through_alone_and_unsaid(
    service: Reporting, office: UUID, steps: list[tuple[str, Actor]]
) -> None:
    """Whoever does what in whatever order: figures that one person alone stands behind are never certified, never
    released by that person, and told wherever they are released. Behind a value stand who typed it, who submitted it last
    and who approved it; behind what is released, who did so by then: sending the same once more is no look at what had
    been approved, and a submission that another followed vouches for nothing."""
    night = Night(service, ONE.person, TWO.person)
    typist: set[str] = set()
    submitter: set[str] = set()
    approvers: set[str] = set()
    looked: set[str] = set()
    for step, actor in steps:
        override = WHY if step.startswith("openly") else None
        hands, own = typist | submitter | approvers, {actor.person}
        try:
            if step == "submit":
                night.submit(actor)
                typist, submitter = typist or own, own
            elif step == "release":
                release = night.release(actor)
                if release is not None and release.approved:
                    assert release.single_handed == ((UNIT,) if len(looked) == 1 else ())
                    assert looked != own
            elif step.endswith("approve"):
                night.approve(actor, override)
                approvers = approvers | own
                looked = typist | submitter | approvers
            else:
                night.certify(actor, override)
                assert len(hands | own) > 1
        except AloneWithOthersThere:
            assert own == (looked if step == "release" else hands)
        except ReportingError:
            continue


def test_it_is_a_matter_of_four_eyes() -> None:
    """Clients that know that refusal know this one."""
    assert issubclass(AloneWithOthersThere, FourEyes)
