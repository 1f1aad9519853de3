"""Totals and their map in the layer that is asked for: as entered, as a level approved, as everybody sees them; no further than one's
office reaches."""

from __future__ import annotations

import html
import re

import night
import pytest
from forms import log_in
from starlette.testclient import TestClient

from reporting.application.desk import Desk
from reporting.application.service import Reporting

PLACE = "tiny/pr/flash/2200/administrative"
CITY, NATION = f"/totals/{PLACE}/10", f"/totals/{PLACE}/JP"


def changed(service: Reporting) -> None:
    """Ward 11's 10 became 17 after the release; the city approved that, the prefecture did not."""
    desk = Desk(service)
    values = {"votes_a": 17, "votes_b": 20}
    night.submit(desk, "11", night.WARD, "flash", "2200", values=values, reason="転記誤り")
    night.approve(desk, night.CITY, "11", "flash", "2200")


pytestmark = [pytest.mark.begins.with_args(changed), pytest.mark.unchanged]


def votes(page: str) -> list[str]:
    """Of the area itself, in the order of the list."""
    return re.findall(r'data-plain="(\d+)"', page.split('class="candidates"')[1].split("</table>")[0])


def layers(page: str) -> dict[str, str]:
    """Words → address, of the layers that are offered."""
    nav = page.split('<nav class="slots"')[1].split("</nav>")[0]
    return {words: html.unescape(at) for at, words in re.findall(r'href="([^"]+)"[^>]*>([^<]+)<', nav)}


def test_each_layer_has_its_totals_and_its_map(client: TestClient) -> None:
    log_in(client, night.CITY.person)
    way = client.get(f"/results/{PLACE}/10").text.split('class="for-offices"')[1]
    assert f'href="{CITY}"' in way, "one link from what everybody sees"
    page = client.get(CITY).text
    offered = layers(page)
    assert list(offered) == ["入力のとおり", "cityの承認", "prefectureの承認", "nationの承認", "公表済み"]
    assert votes(page) == ["40", "27"], "most votes first: as entered, where nobody says which layer"
    told = {words: client.get(at).text for words, at in offered.items()}
    assert [votes(page)[1] for page in told.values()] == ["27", "27", "20", "20", "20"]
    for words, page in told.items():
        assert f'aria-current="page">{words}</a>' in page
        map_of = page.split('<figure class="map">')[1].split("</figure>")[0]
        assert "地域11" in map_of
        assert "乙党 20" in map_of
        spot = re.search(r'href="([^"]*/11[^"]*)"', map_of)
        assert spot
        leads = html.unescape(spot[1])
        assert leads.startswith(f"/totals/{PLACE}/11?"), "down in the same layer"
        assert offered[words].split("layer=")[1] in leads


def test_what_is_not_released_is_its_own_offices(client: TestClient) -> None:
    assert client.get(CITY).status_code == 303, "nobody in particular logs in first"
    log_in(client, night.TOWN.person)
    page = client.get(CITY).text
    assert votes(page) == ["40", "20"], "of another area what everybody sees"
    for layer in ("entered", "city"):
        refused = client.get(f"{CITY}?layer={layer}", headers={"accept": "text/html"})
        assert refused.status_code == 403
        assert "NOT_AUTHORISED" in refused.text
        assert "data-plain" not in refused.text
    unknown = client.get(f"{CITY}?layer=%3Cb%3E", headers={"accept": "text/html"})
    assert unknown.status_code == 404
    assert "<b>" not in unknown.text.split("<main", 1)[1].split("<h1>")[1]


def test_a_layer_as_it_stood_then(client: TestClient, service: Reporting) -> None:
    log_in(client, night.NATION.person)
    assert votes(client.get(f"{NATION}?layer=entered").text) == ["60", "37"]
    then = service.ledger.position() - 3
    page = client.get(f"{NATION}?layer=entered&at={then}").text
    assert votes(page) == ["60", "30"]
    assert "過去の時点の値です" in page
    nothing = client.get("/totals/tiny/pr/final/final/administrative/JP?layer=released").text
    assert "data-plain" not in nothing
    assert "0/5" in nothing
    entered = client.get("/totals/tiny/pr/final/final/administrative/JP?layer=entered&map=rate").text
    assert "投票率" in entered.split('<figure class="map">')[1].split("</figure>")[0]
