"""An office reads what it was told and what could not be delivered; nobody else does, and nobody reads an address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import night
import pytest
import tiny
from databases import Databases
from kept import Kept
from tiny import Ask
from told_offices import told_offices

from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor, Role
from reporting.ledger import Ledger
from reporting.telling.letter import Letter, NotDelivered

WHERE = "a.sato@ward.example.jp"
ASKED = """query($state: DeliveryState) { deliveries(state: $state) {
  id position kind election form slot unit office channel person state attempts nextAt failureJa failureEn } }"""


pytestmark = pytest.mark.unchanged


def tell(database: Database) -> None:
    """The ward was told on one address, and could not be on another."""

    def sender(letter: Letter) -> None:
        if letter.address == WHERE:
            raise NotDelivered("断られました / it was refused", final=True)

    with (
        closing(Ledger(database)) as ledger,
        told_offices(Reporting(ledger), database, is_test=True) as offices,
    ):
        offices.address("ward", WHERE, "mail", person="a.sato")
        offices.address("ward", "b@ward.example.jp", "mail", person="b.ito")
        offices.send_back()
        offices.follow()
        teller = offices.teller({"mail": sender})
        teller.lay_out()
        teller.send()


@pytest.fixture
def database(
    request: pytest.FixtureRequest, databases: Databases, template: str, kept: Kept
) -> Iterator[Database]:
    @contextmanager
    def begun() -> Iterator[Database]:
        with databases.fresh(template) as made:
            tell(made)
            yield made

    with kept.given(request, "told", begun) as made, kept.looked_after(request, made):
        yield made


def test_an_office_reads_its_own(ask: Ask) -> None:
    (dead,) = ask(ASKED, night.WARD, state="DEAD")["data"]["deliveries"]
    assert (dead["kind"], dead["office"], dead["unit"], dead["person"]) == (
        "sent_back",
        "ward",
        "11",
        "a.sato",
    )
    assert (dead["state"], dead["attempts"], dead["nextAt"]) == ("DEAD", 1, None)
    assert (dead["failureJa"], dead["failureEn"]) == ("断られました", "it was refused")
    every = ask(ASKED, night.WARD)["data"]["deliveries"]
    assert sorted(row["state"] for row in every) == ["DEAD", "MADE"]
    assert WHERE not in str(every)


@pytest.mark.parametrize(
    "other", [night.OTHER_WARD, night.CITY, night.PREFECTURE, Actor("x", "分析", Role.ANALYST, "*")]
)
def test_no_other_office_does(ask: Ask, other: Actor) -> None:
    assert ask(ASKED, other)["data"]["deliveries"] == []


def test_nobody_does_without_a_login(ask: Ask) -> None:
    assert ask(ASKED, None)["errors"][0]["extensions"]["code"] == "NOT_AUTHENTICATED"


def test_the_auditors_of_everything_read_all(ask: Ask) -> None:
    assert len(ask(ASKED, tiny.AUDITOR)["data"]["deliveries"]) == 2
