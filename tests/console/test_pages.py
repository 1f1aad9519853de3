"""Every page's documents, addresses and answers; what a form must carry; nothing before its release on any path."""

from __future__ import annotations

import html
import re
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import night
import pytest
from forms import TOKEN, log_in
from graphql import parse, validate
from starlette.testclient import TestClient

from api.console import static
from api.console.pages import PAGES
from api.graphql.schema import schema
from projections.runner import Projector
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.publication.live_or_training import Publications

PUBLIC = ["/", "/results/tiny", "/results/tiny/pr/flash/2200/administrative/JP"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_document_fits_the_schema(page) -> None:  # type: ignore[no-untyped-def]
    documents = {deed.name: page.mutation(deed) for deed in page.deeds}
    documents |= {"page": page.document} if page.document else {}
    own = {file.stem for file in page.folder.glob("*.graphql")}
    asked = {deed.document or deed.name for deed in page.deeds} | ({"page"} if page.document else set())
    assert own <= asked if page.like else own == {name for name in asked if "/" not in name}
    for name, document in documents.items():
        assert validate(schema._schema, parse(document)) == [], name


def test_places_in_words_are_filled_in_one_place() -> None:
    """One after the other, what somebody typed could be a place itself."""
    scripts = {file.name: file.read_text(encoding="utf-8") for file in static.FOLDER.glob("*.js")}
    assert "filled.js" in scripts
    assert [name for name, text in scripts.items() if re.search(r"""replace\(("\{|/\\\{)""", text)] == [
        "filled.js"
    ]


@pytest.mark.unchanged
@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_page_is_whole_without_script_or_login(client: TestClient, address: str) -> None:
    answer = client.get(address, headers={"accept": "text/html"})
    assert answer.status_code == 200
    assert "require-trusted-types-for 'script'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert not re.search(r"<script(?![^>]*src=)|\son\w+=|style=", answer.text)
    assert "選挙" in answer.text


@pytest.mark.unchanged
@pytest.mark.parametrize("address", PUBLIC)
def test_the_query_behind_a_page_is_what_the_page_asked(client: TestClient, address: str) -> None:
    link = re.search(r'href="(/graphql\?[^"]+)"', client.get(address).text)
    assert link
    told = parse_qs(urlsplit(html.unescape(link[1])).query)
    import json

    body = {"query": told["query"][0], "variables": json.loads(told["variables"][0])}
    answer = client.post("/graphql", json=body).json()
    assert "errors" not in answer
    assert answer["data"]


@pytest.mark.unchanged
def test_totals_stand_with_their_coverage_and_absences_are_no_zero(client: TestClient) -> None:
    page = client.get("/results/tiny/pr/flash/2200/administrative/JP").text
    assert "3/5" in page
    assert 'data-plain="60">60<' in page
    assert "0/2" in page
    part = page.split('<table class="dense">', 1)[1].split("地域P2", 1)[1].split("</tr>", 1)[0]
    assert "―" in part
    assert 'data-plain="0"' not in part


@pytest.mark.unchanged
def test_nothing_unreleased_is_on_a_public_page(client: TestClient) -> None:
    """The final count is entered and submitted, and released nowhere: no page of the public holds its numbers."""
    final = client.get("/results/tiny/pr/final/final/administrative/JP")
    assert final.status_code == 200
    assert "data-plain" not in final.text
    whole = client.get("/results/tiny").text
    assert re.findall(r'data-plain="(\d+)"', whole) == []
    assert whole.count("▲") == 1


@pytest.mark.unchanged
def test_practice_people_log_in_under_a_banner_and_leave(client: TestClient) -> None:
    log_in(client, night.WARD.person)
    page = client.get("/").text
    assert "練習中：中央区選管 佐藤" in page
    token = TOKEN.search(page)
    assert token
    assert client.post("/leave", data={"token": token[1]}).status_code == 303
    assert "練習中" not in client.get("/").text


@pytest.mark.unchanged
@pytest.mark.parametrize("token", ["", "x" * 88, "0" * 88])
def test_a_forged_form_chooses_nobody(client: TestClient, token: str) -> None:
    answer = client.post("/sign-in", data={"person": "0", "token": token, "back": "/"})
    assert answer.headers["location"].startswith("/sign-in?")
    assert "練習中" not in client.get("/").text


@pytest.mark.unchanged
def test_another_sites_form_chooses_nobody(client: TestClient) -> None:
    token = TOKEN.search(client.get("/sign-in").text)
    assert token
    client.post("/sign-in", data={"person": "0", "token": token[1]}, headers={"sec-fetch-site": "cross-site"})
    assert "練習中" not in client.get("/").text


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
@pytest.mark.unchanged
def test_nobody_is_sent_to_another_site(client: TestClient, back: str) -> None:
    assert client.post("/language", data={"language": "en", "back": back}).headers["location"] == "/"


@pytest.mark.unchanged
def test_english_by_a_switch(client: TestClient) -> None:
    answer = client.post("/language", data={"language": "en", "back": "/results/tiny"})
    assert answer.headers["location"] == "/results/tiny"
    page = client.get("/results/tiny").text
    assert '<html lang="en">' in page
    assert "Notices after publication" in page


@pytest.mark.unchanged
def test_an_unknown_address_is_told_in_a_page_to_people_and_as_before_to_programs(client: TestClient) -> None:
    told = client.get("/nowhere", headers={"accept": "text/html"})
    assert (told.status_code, "このアドレスの画面はありません" in told.text) == (404, True)
    assert client.get("/nowhere").status_code == 404
    assert client.get("/nowhere").text == ""
    only_sent = client.get("/leave", headers={"accept": "text/html"})
    assert (only_sent.status_code, "このアドレスの画面はありません" in only_sent.text) == (405, True)
    for method, address in (
        ("GET", "/leave"),
        ("PUT", "/work"),
        ("DELETE", "/graphql"),
        ("GET", "/import/returns"),
    ):
        program = client.request(method, address)
        (error,) = program.json()["errors"]
        assert (program.status_code, error["extensions"]["code"]) == (405, "INVALID_INPUT")
        assert error["extensions"]["facts"]["expected"] == program.headers["allow"]
    unknown = client.get("/results/atlantis", headers={"accept": "text/html"})
    assert unknown.status_code == 404
    assert "UNKNOWN_REFERENCE" in unknown.text


@pytest.mark.unchanged
def test_names_are_text_whatever_they_hold(client: TestClient) -> None:
    hostile = "/results/tiny/%3Cscript%3Ealert(1)%3C%2Fscript%3E/flash/2200/administrative/JP"
    page = client.get(hostile, headers={"accept": "text/html"}).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.unchanged
def test_static_files_are_small_and_for_ever(client: TestClient) -> None:
    address = static.address("console.css")
    packed = client.get(address, headers={"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "immutable" in packed.headers["cache-control"]
    assert packed.text == client.get(address, headers={"accept-encoding": "identity"}).text
    assert client.get(address.replace(static.files()["console.css"].mark, "0" * 16)).status_code == 404


@pytest.mark.unchanged
def test_answers_above_a_kilobyte_are_compressed(client: TestClient) -> None:
    page = client.get("/results/tiny", headers={"accept-encoding": "gzip"})
    assert page.headers["content-encoding"] == "gzip"
    body = {"query": "{ elections(first: 1) { nodes { code } } }"}
    small = client.post("/graphql", json=body, headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in small.headers
    plain = client.get("/results/tiny", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers


@pytest.mark.unchanged
def test_a_form_token_has_other_bytes_on_every_page(client: TestClient) -> None:
    """A compressed page tells nothing of a secret that is never written alike twice."""
    tokens = {match[1] for _ in range(3) if (match := TOKEN.search(client.get("/sign-in").text))}
    assert len(tokens) == 3


def test_results_of_a_moment_stand_still_and_before_the_release_there_are_none(
    client: TestClient, service: Reporting, database: Database
) -> None:
    address = "/results/tiny/pr/flash/2200/administrative/JP"
    page = client.get(address).text
    permanent = re.search(r'href="([^"]+\?at=\d+)"', page)
    assert permanent
    desk, now = Desk(service), datetime.now().astimezone()
    changed = {"votes_a": 11, "votes_b": 20}
    night.submit(desk, "11", night.WARD, "flash", "2200", values=changed, reason="転記誤り")
    for approver in (night.CITY, night.PREFECTURE, night.NATION):
        night.approve(desk, approver, "11", "flash", "2200")
    Publications(service, desk).release("tiny", "flash", "2200", now)
    Projector(database).catch_up()
    assert 'data-plain="31"' in client.get(address).text
    then = client.get(permanent[1]).text
    assert 'data-plain="30"' in then
    assert 'data-plain="31"' not in then
    assert "過去の時点の値です" in then
    assert re.search(r'href="/results/[^"]+/P1\?at=', then)
    assert "data-plain" not in client.get(f"{address}?at=1").text
    assert client.get(f"{address}?at=yesterday", headers={"accept": "text/html"}).status_code >= 400
