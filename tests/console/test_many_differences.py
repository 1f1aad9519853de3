"""More declared differences than a page or an answer holds: none is lost behind the first, and no list calls a return green that has one."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import night
import pytest
from starlette.testclient import TestClient

from api.auth import issue_token
from api.console.pages.register import page as register
from reporting.application.desk import Desk
from reporting.application.findings import RulesRefused
from reporting.application.service import Reporting
from reporting.domain.actor import Actor
from reporting.publication.live_or_training import Publications

WRONG = {**night.BALANCED, "ballots_counted": 123, "invalid_votes": 25}
FURTHER = re.compile(r'<a class="button" href="([^"]+)">次の不突合</a>')
PAGE = """query($first: Int!, $after: String, $at: AsOfInput, $unit: String, $slot: String) {
  discrepancies(election: "tiny", onlyOpen: true, first: $first, after: $after, asOf: $at, unit: $unit, slot: $slot) { unit key cursor } }"""
WAITING = """query($at: AsOfInput!) {
  workList(election: "tiny", kind: AWAITING_APPROVAL, form: "final", slot: "final") { nodes { unit differing } }
  workThen(election: "tiny", asOf: $at) { nodes { work { unit form differing } } } }"""


def differs(service: Reporting) -> None:
    """All three units submit again what does not add up, and say so."""
    desk = Desk(service)
    for unit in night.OWNERS:
        with pytest.raises(RulesRefused) as refused:
            night.submit(desk, unit, values=WRONG, reason="転記誤り")
        differing = {finding.key: "recount" for finding in refused.value.findings if finding.waivable}
        night.submit(desk, unit, values=WRONG, declarations=differing, reason="再点検でも一致せず")
    for approver, units in ((night.CITY, ("11", "12")), (night.PREFECTURE, ("11", "12"))):
        for unit in units:
            night.look(desk, approver, unit)
    Publications(service, desk).release("tiny", "final", "final", datetime.now().astimezone())


pytestmark = [pytest.mark.begins.with_args(differs), pytest.mark.unchanged]


@pytest.fixture
def position(service: Reporting) -> int:
    return service.ledger.position()


@pytest.fixture
def ask(client: TestClient) -> Callable[..., Any]:
    def answered(query: str, actor: Actor = night.NATION, **variables: Any) -> Any:
        token = issue_token(client.app.state.key, actor, now=int(time.time()))  # type: ignore[attr-defined]
        headers = {"Authorization": f"Bearer {token}"}
        answer = client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        assert "errors" not in answer.json(), answer.text
        return answer.json()["data"]

    return answered


def test_the_register_goes_on_behind_what_was_seen(ask: Callable[..., Any], position: int) -> None:
    """As it stands now and as it stood, one at a time: the same as all at once, each once."""
    for moment in (None, {"position": position}):
        whole = ask(PAGE, first=500, at=moment)["discrepancies"]
        assert len(whole) >= 3
        seen: list[dict[str, str]] = []
        while told := ask(PAGE, first=1, after=seen[-1]["cursor"] if seen else None, at=moment)[
            "discrepancies"
        ]:
            seen += told
        assert seen == whole
        of_the_town = ask(PAGE, first=500, at=moment, unit="20")["discrepancies"]
        assert of_the_town == [told for told in whole if told["unit"] == "20"] != []
        assert ask(PAGE, first=500, at=moment, slot="2200")["discrepancies"] == []


def test_a_page_of_the_register_leads_to_the_next(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = len(re.findall("<tr><th scope=.row", client.get("/register/tiny?open=1").text))
    monkeypatch.setattr(register, "MOST", 1)
    address, rows = "/register/tiny?open=1", 0
    while address:
        page = client.get(address).text
        rows += len(re.findall("<tr><th scope=.row", page))
        further = FURTHER.search(page)
        address = html.unescape(further[1]) if further else ""
    assert rows == whole >= 3


def test_what_waits_says_itself_that_it_differs(ask: Callable[..., Any], position: int) -> None:
    told = ask(WAITING, at={"position": position})
    then = {
        node["work"]["unit"]: node["work"]["differing"]
        for node in told["workThen"]["nodes"]
        if node["work"]["form"] == "final"
    }
    assert then["11"] == then["12"] != []
    waiting = {
        node["unit"]: node["differing"]
        for node in ask(WAITING, night.NATION, at={"position": position})["workList"]["nodes"]
    }
    assert waiting == {unit: then[unit] for unit in ("11", "12")}
    none = {
        node["unit"]: node["differing"]
        for node in ask(WAITING, night.PREFECTURE, at={"position": position})["workList"]["nodes"]
    }
    assert "11" not in none, "it waits for the nation"
