"""Who changed this number: from a public total down to the event, its person, reason, document and proof."""

from __future__ import annotations

import html
import re
from pathlib import Path
from uuid import uuid4

import night
import pytest
import tiny
from forms import log_in
from standing import stands
from starlette.testclient import TestClient
from two_typists import ENTRY, VOTES_A, doubled, typed

from projections.runner import Projector
from reporting.application.desk import Desk
from reporting.application.desk_commands import Submit
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor
from reporting.transparency.note import SignerKey
from reporting.transparency.signer import Signer

RESULT = "/results/tiny/pr/flash/2200/administrative/JP"
LINK = re.compile(r'<a[^>]* href="([^"]+)"[^>]*>(.*?)</a>', re.DOTALL)


def links(page: str) -> list[tuple[str, str]]:
    """(words, address) of every link."""
    return [
        (" ".join(re.sub(r"<[^>]+>", " ", told).split()), html.unescape(address))
        for address, told in LINK.findall(page)
    ]


def follow(client: TestClient, page: str, told: str) -> str:
    """The page behind the first link whose words begin so."""
    address = next(address for words, address in links(page) if words.startswith(told))
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.text)
    return answer.text


@pytest.fixture
def corrected(client: TestClient, service: Reporting, database: Database, tmp_path: Path) -> TestClient:
    """The city corrects a figure of ward 11 from a fax; the log is signed."""
    place = night.of("11", "flash", "2200")
    receipt = {"source": "FAX 3", "received_at": "2024-10-27T21:00:00+09:00"}
    request = Submit.model_validate(
        {
            **place, "figures": [cell.model_dump() for cell in night.cells(votes_a=11, votes_b=20)], "reason": "転記誤り",
            "reason_class": "typing_error", "receipt": receipt,
        }
    )  # fmt: skip
    Desk(service).submit(request, night.CITY)
    Projector(database).catch_up()
    signer = Signer(database, SignerKey.generate("ledger.test/one"), tmp_path / "signer.json")
    signer.step()
    signer.close()
    return client


def test_an_auditor_is_at_the_proof_four_links_below_the_front_page(corrected: TestClient) -> None:
    """Front page → election → result → who changed the number → proof; who, for whom, why, from what on the way."""
    log_in(corrected, tiny.AUDITOR.person)
    page = corrected.get("/").text
    page = follow(corrected, page, next(words for words, at in links(page) if at == "/results/tiny"))
    page = follow(corrected, page, next(words for words, at in links(page) if at == RESULT))
    page = follow(corrected, page, "経緯 甲党")
    row = next(row for row in page.split("<tr>") if '<th scope="row">訂正' in row)
    for told in (night.CITY.office, night.CITY.person, "転記誤り", "入力の誤り", "FAX 3", ">地域11 速報",
                 'data-plain="10"', 'data-plain="11"'):  # fmt: skip
        assert told in row, told
    assert "得票数 乙党" not in row.split("<details>")[0], "the number that was asked about comes first"
    cell = follow(corrected, row, "得票数 甲党")
    assert "区域 " not in cell.split('class="limits"')[1].split("</ul>")[0]
    assert "PROV-JSON" in cell
    number = next(words for words, at in links(row) if at.startswith("/proof/"))
    proof = follow(corrected, row, number)
    assert "訂正" in proof
    assert "市区町村" in proof


def test_a_turnout_leads_to_who_entered_what_it_is_made_of(
    client: TestClient, service: Reporting, database: Database
) -> None:
    """Of all numbers the turnout alone led nowhere."""
    service.define_election(tiny.election(code="rates", polling_date="2028-10-27"), tiny.SYSTEM, uuid4())
    request = tiny.EnterFigures(
        command_id=uuid4(), election="rates", form="final", slot="final", unit="20", expected_version=0,
        figures=tiny.cells(electors=500, voters=250),
    )  # fmt: skip
    service.enter_figures(request, tiny.SYSTEM)
    Projector(database).catch_up()
    log_in(client, tiny.AUDITOR.person)
    page = follow(client, client.get("/results/rates/pr/final/final/administrative/JP").text, "経緯 投票率")
    row = next(row for row in page.split("<tr>") if "/proof/" in row)
    for told in ('data-plain="250"', 'data-plain="500"', tiny.SYSTEM.office, "投票者数", "有権者数"):
        assert told in row.split("<details>")[0], told


@pytest.mark.unchanged
def test_the_public_sees_no_way_there(client: TestClient) -> None:
    assert "/trail/" not in client.get(RESULT).text


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_kind_of_deed_is_told_in_words(corrected: TestClient, language: str) -> None:
    log_in(corrected, tiny.AUDITOR.person)
    corrected.post("/language", data={"language": language, "back": "/"})
    for address in ("/trail/tiny", "/history/tiny/flash/2200/11", "/proof/12"):
        page = corrected.get(address).text
        told = re.sub(r"<[^>]+>", " ", page)
        assert not re.search(r"\b(Figures|Return|Slot|Draft|Election|Areas)[A-Z][a-z]+", told), address
    page = corrected.get("/trail/tiny").text
    assert ("単位の値の公表" if language == "ja" else "figures of a unit released") in page
    assert "公表時計 / publication clock" not in page, (
        "a part of the program is called in the page's language, once"
    )


def test_what_two_people_type_is_not_shown_by_the_trail(
    client: TestClient, service: Reporting, database: Database
) -> None:
    doubled(service, database)
    log_in(client, night.WARD.person)
    typed(client, ENTRY, "", a="7741", b="50")
    Projector(database).catch_up()
    for person in (night.WARD_2, tiny.AUDITOR):
        log_in(client, person.person)
        page = client.get("/trail/tiny?unit=11&form=flash&slot=2300").text
        assert "二人の入力が照合されるまで" in page
        assert not stands("7741", page)
        assert "/proof/" not in page.split("<tbody>", 1)[1].split("</tr>", 1)[0]
        position = service.ledger.position()
        hidden = client.get(f"/proof/{position}", headers={"accept": "text/html"})
        assert (hidden.status_code, "7741" in hidden.text) == (403, False)
    log_in(client, night.WARD.person)
    assert "7,741" in client.get(f"/trail/tiny?unit=11&form=flash&slot=2300&cell={VOTES_A}").text


@pytest.mark.parametrize(
    "query",
    ["cell=|||", "cell=x", "until=999999999999", "area=JP", "kind=Nonsense", "form=nowhere"],
)
@pytest.mark.unchanged
def test_filters_that_are_none_are_told_and_break_nothing(client: TestClient, query: str) -> None:
    log_in(client, tiny.AUDITOR.person)
    answer = client.get(f"/trail/tiny?{query}", headers={"accept": "text/html"})
    assert answer.status_code in (200, 404), answer.text
    assert "INTERNAL" not in answer.text


@pytest.mark.unchanged
@pytest.mark.parametrize(
    ("actor", "seen", "hidden"),
    [(night.WARD, "11", "12"), (night.CITY, "12", "20"), (night.NATION, "20", None)],
)
def test_an_office_sees_the_trail_of_what_it_answers_for(
    client: TestClient, actor: Actor, seen: str, hidden: str | None
) -> None:
    log_in(client, actor.person)
    page = client.get("/trail/tiny")
    assert page.status_code == 200
    assert f"/tiny/flash/2200/{seen}" in page.text
    if hidden:
        assert f"/tiny/flash/2200/{hidden}" not in page.text
        refused = client.get(f"/trail/tiny?unit={hidden}", headers={"accept": "text/html"})
        assert refused.status_code == 403


def test_from_a_national_figure_each_office_comes_to_its_own_part_of_the_trail(corrected: TestClient) -> None:
    for person, beyond in ((night.WARD, 4), (night.CITY, 3), (night.NATION, 0)):
        log_in(corrected, person.person)
        page = follow(corrected, corrected.get(RESULT).text, "経緯")
        assert ("受け持ちの分だけを示しています" in page) == bool(beyond), person
        if beyond:
            assert stands(str(beyond), page.split("受け持ちでない報告単位が")[1][:8])
