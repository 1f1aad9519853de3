"""Whoever follows the links of the pages comes to a page: none leads to a refusal, or to what is not there."""

from __future__ import annotations

import html
import re
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import night
import pytest
import tiny
from forms import log_in
from kept import Kept
from starlette.testclient import TestClient

from api.console.people import Person
from reporting.application.authority import REACHES, allowed
from reporting.database.connect import Database
from reporting.domain.actor import Actor, Role
from reporting.transparency.note import SignerKey
from reporting.transparency.signer import Signer

ANALYST = "分析"
"""Of the conftest's people: who may see nothing before its release."""
OF_A_KIND = 2
"""So many addresses of one page with the same parameters."""


def links(page: str) -> list[str]:
    """Addresses on this site, without the places within a page."""
    every = (html.unescape(address) for address in re.findall(r'<a[^>]* href="([^"]+)"', page))
    return [address.partition("#")[0] for address in every if address.startswith("/")]


def told(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<main")[2].partition("</main>")[0]).split())[:400]


def kind_of(address: str) -> tuple[object, ...]:
    told = urlsplit(address)
    parts = told.path.split("/")
    return parts[1], len(parts), tuple(sorted(name for name, _ in parse_qsl(told.query)))


@pytest.mark.parametrize("role", Role)
def test_who_is_at_the_desk_is_who_may_see_anything_before_its_release(role: Role) -> None:
    actor = Actor("人", "委員会", role, "*" if role in (Role.ANALYST, Role.AUDITOR) else "10")
    may = any(allowed("read_unreleased", actor, reach) for reach in REACHES)
    assert Person(actor, "key", practice=True).at_desk == may


@pytest.fixture
def signed(request: pytest.FixtureRequest, database: Database, tmp_path: Path, kept: Kept) -> Iterator[None]:
    """All that is recorded has its signature."""

    def signs() -> closing[Signer]:
        signer = Signer(database, SignerKey.generate("ledger.test/one"), tmp_path / "signer.json")
        signer.step()
        return closing(signer)

    with kept.given(request, ("signer", database.url), signs):
        yield


@pytest.mark.unchanged
@pytest.mark.usefixtures("signed")
@pytest.mark.parametrize(
    "who",
    [None, night.WARD.person, night.PREFECTURE.person, tiny.AUDITOR.person, ANALYST],
    ids=["nobody", "ward", "prefecture", "auditor", "analyst"],
)
def test_no_link_is_a_dead_end(client: TestClient, who: str | None) -> None:
    if who is not None:
        log_in(client, who)
    came_from = {"/": ""}
    waiting, asked, looked_at = deque(came_from), Counter[tuple[object, ...]](), 0
    while waiting:
        address = waiting.popleft()
        if address.startswith("/graphql") or asked[kind_of(address)] == OF_A_KIND:
            continue
        asked[kind_of(address)] += 1
        answer = client.get(address, headers={"accept": "text/html"}, follow_redirects=True)
        assert answer.status_code == 200, (came_from[address], address, told(answer.text))
        looked_at += 1
        if "text/html" not in answer.headers["content-type"]:
            continue
        for further in links(answer.text):
            if further not in came_from:
                came_from[further] = address
                waiting.append(further)
    assert looked_at > 20
