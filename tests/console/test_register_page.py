"""The register of differences: how large each is, how old, whose return it is of, who declared it and why; closed ones with their day.
And a cell's way as W3C PROV."""

from __future__ import annotations

import html
import json
import re
from datetime import datetime

import night
import pytest
from forms import log_in
from starlette.testclient import TestClient
from tiny import AUDITOR

from api.console.render import age
from api.console.words import words
from projections.runner import Projector
from reporting.application.desk import Desk
from reporting.application.desk_commands import SaveDraft, Submit
from reporting.application.findings import RulesRefused
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.publication.live_or_training import Publications

UNBALANCED = {**night.BALANCED, "ballots_counted": 118, "valid_votes": 116, "votes_a": 78}
"""18 more ballots than voters."""


@pytest.fixture
def declared(client: TestClient, service: Reporting, database: Database) -> TestClient:
    """Ward 12 declares what does not balance in its final count, which is released with it."""
    desk, ward = Desk(service), night.OWNERS["12"]
    with pytest.raises(RulesRefused) as refused:
        night.submit(desk, "12", values=UNBALANCED, reason="再点検")
    (finding,) = [one for one in refused.value.findings if one.rule == "J11"]
    desk.save_draft(SaveDraft(**night.of("12"), cells=tuple(night.cells(**UNBALANCED))), ward)
    night.declare(desk, ward, "12", finding.key)
    Projector(database).catch_up()
    return client


def row(page: str) -> list[str]:
    (told,) = re.findall(r"<tr><th scope=\"row\">(?:(?!</tr>).)*J11.*?</tr>", page, re.DOTALL)
    return [re.sub("<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", told)]


def test_a_difference_has_its_size_age_owner_and_reason(
    declared: TestClient, service: Reporting, database: Database
) -> None:
    assert "J11" not in declared.get("/register/tiny").text, "nothing of the slot is public yet"
    log_in(declared, night.CITY.person)
    told = row(declared.get("/work/tiny").text)
    assert told == ["地域12", "確定", "J11", "18", "北区選管", "北区選管", "0 分", "事案にする"]
    desk = Desk(service)
    ward = night.OWNERS["12"]
    desk.submit(Submit(**night.of("12"), reason="再点検", reason_class="recount"), ward)
    for actor in (night.CITY, night.PREFECTURE, night.NATION):
        night.look(desk, actor, "12")
    assert Publications(service, desk).release("tiny", "final", "final", datetime.now().astimezone())
    Projector(database).catch_up()
    declared.cookies.clear()
    public = row(declared.get("/register/tiny").text)
    at = public.pop(7)
    assert re.fullmatch(r"20\d\d-\d\d-\d\d \d\d:\d\d", at)
    assert public == [
        "地域12",
        "確定 · 確定",
        "J11",
        "18",
        "再点検の結果",
        "北区選管",
        "北区選管",
        "0 分 経過",
    ]


@pytest.mark.parametrize(
    ("seconds", "ja", "en"),
    [
        (59, "0 分", "0 min"),
        (3_540, "59 分", "59 min"),
        (3_600, "1 時間 0 分", "1 h 0 min"),
        (86_399, "23 時間 59 分", "23 h 59 min"),
        (86_400 * 9 + 7_200, "9 日 2 時間", "9 d 2 h"),
    ],
)
def test_an_age_is_read_at_a_glance(seconds: int, ja: str, en: str) -> None:
    assert (age(seconds, words("ja")), age(seconds, words("en"))) == (ja, en)


def test_the_way_of_a_cell_can_be_taken_along_as_prov(client: TestClient) -> None:
    log_in(client, AUDITOR.person)
    page = client.get("/trail/tiny?unit=11&form=flash&slot=2200&cell=pr%7Cvotes%7C%7Ca").text
    assert "PROV-JSON" in page
    shown = re.search(r'<pre class="prov">(.*?)</pre>', page, re.DOTALL)
    assert shown
    document = json.loads(html.unescape(shown[1]))
    values = {str(value) for entity in document["entity"].values() for value in entity.values()}
    assert any("10" in value for value in values), "the value that was typed"
    assert document["wasGeneratedBy"]
