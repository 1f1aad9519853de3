"""Pages for everybody show what is public and nothing else, whoever is logged in and whatever stands before its release."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

import night
import pytest
import tiny
from forms import log_in
from graphql import FieldNode, StringValueNode, parse, visit
from graphql.language import Visitor
from starlette.testclient import TestClient
from tiny import SYSTEM, label

from api.console.pages import PAGES
from reporting.application.desk import Desk
from reporting.application.desk_commands import Approve, Submit
from reporting.application.lots import ConfirmLot, Lots, RecordLot
from reporting.application.service import Reporting
from reporting.publication.live_or_training import Publications

PUBLIC = [page for page in PAGES if page.public]
PEOPLE = (night.WARD, night.CITY, night.TOWN, night.PREFECTURE, night.NATION, tiny.AUDITOR)
TOWN = {"election": "town", "form": "final", "slot": "final"}
LOT = {**TOWN, "contest": "pr", "item": "votes"}
ADDRESSES = (
    "/", "/register/tiny", "/results/tiny", "/results/town", "/results/tiny/pr/flash/2200/administrative/JP",
    "/results/tiny/pr/flash/2200/administrative/10", "/results/tiny/pr/flash/2200/electoral/D1",
    "/results/tiny/pr/flash/2300/administrative/JP", "/results/tiny/pr/final/final/administrative/JP",
    "/results/tiny/pr/final/final/administrative/11", "/results/town/pr/final/final/administrative/20",
    "/series?item=votes&areas=JP&form=flash&tests=yes", "/series?item=votes&areas=11&form=final&tests=yes",
)  # fmt: skip
NEVER = ("7777", "7,777", "8888", "8,888")
"""What stands unreleased everywhere."""


def body(page: str) -> str:
    """What a page says, without who is there, the clock, the form tokens and what waits in the browser of who is logged in."""
    main = page.split('<main id="main"', 1)[1].split("</main>", 1)[0]
    main = re.sub(r'<div id="queued".*?</div></div>\s*', "", main)
    return re.sub(r'name="(token|command)" value="[^"]+"', "", main)


def unreleased(service: Reporting) -> None:
    """Corrections after the release, approved by nobody; a final count approved by all and not released; a lot that holds
    in public and is overtaken by votes that are not public yet."""
    desk = Desk(service)
    hidden = {"votes_a": 7777, "votes_b": 8888}
    night.submit(desk, "11", form="flash", slot="2200", values=hidden, reason="再点検")
    night.submit(desk, "12", form="flash", slot="2300", values=hidden)
    for actor in (night.PREFECTURE, night.NATION):
        night.approve(desk, actor, "20")
    contest = {
        "code": "pr", "label": label("市長"), "kind": "council", "area": {"geography": "administrative", "area": "20"},
        "choices": [{"code": "a", "name": "甲"}, {"code": "b", "name": "乙"}],
    }  # fmt: skip
    service.define_election(night.election(code="town", contests=[contest]), SYSTEM, uuid4())
    equal = {**night.BALANCED, "votes_a": 49, "votes_b": 49}
    desk.submit(Submit(**{**night.of("20"), **TOWN}, figures=night.cells(**equal)), night.TOWN)
    for actor in (night.PREFECTURE, night.NATION):
        desk.approve(Approve(**{**night.of("20"), **TOWN}), actor)
    found = {
        "among": ("a", "b"),
        "winners": ("b",),
        "source_class": "election_meeting_record",
        "reference": "第1号",
    }
    lots = Lots(service)
    recorded = lots.record(RecordLot(command_id=uuid4(), **LOT, **found), night.NATION).recorded
    lots.confirm(ConfirmLot(command_id=uuid4(), **LOT, recorded=recorded), replace(night.NATION, person="森"))
    Publications(service, desk).release("town", "final", "final", datetime.now().astimezone())
    moved = {**night.BALANCED, "votes_a": 50, "votes_b": 48}
    request = Submit(
        **{**night.of("20"), **TOWN}, figures=night.cells(**moved), reason="再点検", reason_class="recount"
    )
    desk.submit(request, night.TOWN)
    for actor in (night.PREFECTURE, night.NATION):
        desk.approve(Approve(**{**night.of("20"), **TOWN}), actor)


before_its_time = pytest.mark.begins.with_args(unreleased)


@before_its_time
@pytest.mark.unchanged
def test_nothing_unreleased_shows_for_anybody(client: TestClient) -> None:
    """Every page for everybody says the same to everybody: to those who may see more elsewhere, too."""
    told = {address: body(client.get(address).text) for address in ADDRESSES}
    assert "くじで当選" in told["/results/town/pr/final/final/administrative/20"], (
        "the public lot holds in public"
    )
    assert 'data-plain="30"' in told["/results/tiny/pr/flash/2200/administrative/JP"]
    for address, said in told.items():
        assert [number for number in NEVER if number in said] == [], address
    for slot in ("flash/2300", "final/final"):
        assert "data-plain" not in told[f"/results/tiny/pr/{slot}/administrative/JP"]
    for person in PEOPLE:
        log_in(client, person.person)
        for address, said in told.items():
            assert body(client.get(address).text) == said, (person.person, address)


@before_its_time
@pytest.mark.unchanged
@pytest.mark.parametrize("at", ["POSITION", "2999-01-01T00:00"])
def test_nor_at_any_moment(client: TestClient, service: Reporting, at: str) -> None:
    at = at.replace("POSITION", str(service.ledger.position()))
    log_in(client, night.NATION.person)
    for address in (one for one in ADDRESSES if one.count("/") > 4):
        page = client.get(f"{address}?at={at}")
        assert [number for number in NEVER if number in body(page.text)] == [], address


class Layers(Visitor):
    """The layer that each `totals` of a document names. Those of `bySlot` take none: they are what is public."""

    def __init__(self) -> None:
        super().__init__()
        self.named: list[str | None] = []

    def enter_field(self, node: FieldNode, *_: object) -> None:
        if node.name.value == "totals" and node.arguments:
            named = {given.name.value: given.value for given in node.arguments or ()}
            layer = named.get("layer")
            self.named.append(layer.value if isinstance(layer, StringValueNode) else None)


def test_results_name_the_released_layer_and_no_other() -> None:
    (results,) = (page for page in PAGES if page.name == "results")
    layers = Layers()
    assert results.document
    visit(parse(results.document), layers)
    assert layers.named == ["released", "released"]


def test_which_pages_are_for_everybody() -> None:
    assert {page.name for page in PUBLIC} >= {"home", "election", "results", "register", "series"}
    assert not any(page.needs_login or page.deeds for page in PUBLIC)


@pytest.mark.parametrize(
    ("address", "unused"),
    [
        ("/series?item=voters&tests=yes&areaz=JP", "areaz"),
        ("/series?item=voters&includeTests=true&tests=yes", "includeTests"),
        ("/results/tiny/pr/flash/2200/administrative/JP?att=3", "att"),
        ("/search?q=voters&kind=item&<b>=1", "kind、&lt;b&gt;"),
    ],
)
def test_a_misspelt_part_of_an_address_is_told(client: TestClient, address: str, unused: str) -> None:
    """The page answered as if it had not been asked, so that a slip of the pen showed everything for what was meant."""
    told = f"アドレスの {unused} はこの画面では使わないため"
    page = client.get(address)
    assert (page.status_code, told in page.text) == (200, True), page.text
    right = client.get(re.sub(r"&(areaz|includeTests|kind|<b>)=[^&]*|\\?att=3", "", address))
    assert "この画面では使わないため" not in right.text


def test_a_part_given_twice_is_taken_twice(client: TestClient) -> None:
    """As the API's addresses take it; of two areas the first was left out without a word."""
    twice, once = (
        client.get(f"/series?item=voters&tests=yes&{areas}").text
        for areas in ("areas=P1&areas=P2", "areas=P1,P2")
    )
    assert twice.split("<h1", 1)[1].count("P1") == once.split("<h1", 1)[1].count("P1")
