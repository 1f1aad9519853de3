"""What is looked for is found however it is written, leads on, and is public; an area's way is told and drawn."""

from __future__ import annotations

import re

import night
import pytest
from forms import log_in
from one_merger import merged
from playwright.sync_api import Page
from site_under_test import Site, complaints
from starlette.testclient import TestClient

pytestmark = [pytest.mark.begins.with_args(merged), pytest.mark.unchanged]


def listed(client: TestClient, text: str) -> str:
    answer = client.get("/search", params={"q": text})
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", answer.text)


def test_elections_candidates_and_areas_are_found_and_lead_on(client: TestClient) -> None:
    assert 'href="/results/tiny"' in listed(client, "小選挙")
    page = listed(client, "こうとう") + listed(client, "甲党")
    assert "/results/tiny/pr/final/final/administrative/JP" in page
    page = listed(client, "地域11")
    assert "/results/tiny/pr/final/final/administrative/11" in page
    assert "/series?areas=11" in page


@pytest.mark.parametrize("text", ["高崎村", "髙﨑村", "高崎", "902", "９０２", "高 村"])
def test_a_name_of_before_is_found_however_it_is_written(client: TestClient, text: str) -> None:
    assert "/lineage/tinyland/administrative/902" in listed(client, text)


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "'; DROP TABLE", "\u202e党甲", "%", "a" * 400, "・", "　"]
)
def test_whatever_is_typed_is_text(client: TestClient, text: str) -> None:
    answer = client.get("/search", params={"q": text}, headers={"accept": "text/html"})
    assert answer.status_code in (200, 404)
    assert "<script>alert" not in answer.text
    assert "INTERNAL" not in answer.text


def test_a_position_leads_to_its_proof_for_who_may_ask(client: TestClient) -> None:
    assert "/proof/12" not in listed(client, "12")
    log_in(client, night.WARD.person)
    assert 'href="/proof/12"' in listed(client, "12")


def test_the_missing_page_offers_the_search(client: TestClient) -> None:
    page = client.get("/nowhere", headers={"accept": "text/html"})
    assert 'action="/search"' in page.text


@pytest.mark.parametrize("language", ["ja", "en"])
def test_an_area_is_told_with_what_it_was_and_became(client: TestClient, language: str) -> None:
    client.post("/language", data={"language": language, "back": "/"})
    page = client.get("/lineage/tinyland/administrative/20").text
    for said in (
        "2005-04-01",
        "新設合併" if language == "ja" else "merged",
        "旧町",
        "髙﨑村",
        "告示第1号",
        "<svg",
    ):
        assert said in page, said
    before = client.get("/lineage/tinyland/administrative/902").text
    assert "全部" in before if language == "ja" else "all of it" in before
    assert before.count('class="life"') == 3
    assert client.get("/lineage/tinyland/administrative/902?on=2001-01-01").status_code == 200


def test_the_picture_is_for_everybody(page: Page, site: Site) -> None:
    for language in ("ja", "en"):
        page.goto(site.at("/lineage/tinyland/administrative/20"))
        if language == "en":
            page.get_by_role("button", name="English").click()
        assert complaints(page) == []
        assert page.locator("svg[role=img] .life").count() == 3
    assert page.told == []  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "address",
    [
        "/lineage/tinyland/administrative/77",
        "/lineage/nowhere/administrative/20",
        "/lineage/tinyland/x/20?on=never",
    ],
)
def test_what_is_no_area_is_told(client: TestClient, address: str) -> None:
    answer = client.get(address, headers={"accept": "text/html"})
    assert answer.status_code in (200, 404)
    assert "INTERNAL" not in answer.text
