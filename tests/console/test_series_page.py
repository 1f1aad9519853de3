"""The series page shows what the API says, and its address is what it shows."""

from __future__ import annotations

import html
import re
from urllib.parse import quote
from uuid import uuid4

import pytest
import tiny
from one_merger import merge
from starlette.testclient import TestClient
from tiny import SYSTEM

from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import Database

ASKED = "/series?item=voters&areas=JP&electionKind=alike&tests=yes"


def two_elections(service: Reporting, database: Database) -> None:
    """2020: 11 and 12 reported 20 and 21; 2024: 11 reported 1,024."""
    for year, figures in ((2020, {"11": 20, "12": 21}), (2024, {"11": 1_024})):
        code = f"alike-{year}"
        definition = tiny.election(code=code, kind="alike", polling_date=f"{year}-10-27")
        service.define_election(definition, SYSTEM, uuid4())
        for unit, voters in figures.items():
            request = tiny.EnterFigures(
                command_id=uuid4(), election=code, form="final", slot="final", unit=unit, expected_version=0,
                figures=tiny.cells(voters=voters),
            )  # fmt: skip
            service.enter_figures(request, SYSTEM)
    Projector(database).catch_up()


def test_chart_table_and_flags(client: TestClient, service: Reporting, database: Database) -> None:
    two_elections(service, database)
    page = client.get(ASKED).text
    assert 'data-plain="41">41<' in page
    assert 'data-plain="1024">1,024<' in page
    assert ">1/5<" in page
    assert page.count("<circle") == 3  # two values, one key: no other contest has any
    assert page.count('class="open"') == 2  # neither is whole
    assert "暫定" in page.split("印の意味")[1]
    assert 'data-plain="983"' not in page  # 1,024 − 41 would compare one unit with two
    like = client.get(ASKED + "&comparable=yes").text
    assert 'data-plain="1004">1,004<' in like
    assert "1/5" in like


def test_its_address_stands_still(client: TestClient, service: Reporting, database: Database) -> None:
    two_elections(service, database)
    permanent = re.search(r'href="(/series\?[^"]+)">この時点', client.get(ASKED).text)
    assert permanent
    request = tiny.EnterFigures(
        command_id=uuid4(), election="alike-2024", form="final", slot="final", unit="20", expected_version=0,
        figures=tiny.cells(voters=7),
    )  # fmt: skip
    service.enter_figures(request, SYSTEM)
    Projector(database).catch_up()
    assert 'data-plain="1031"' in client.get(ASKED).text
    then = client.get(html.unescape(permanent[1])).text
    assert 'data-plain="1024"' in then
    assert 'data-plain="1031"' not in then


def test_a_moment_may_be_a_time_and_is_said(
    client: TestClient, service: Reporting, database: Database
) -> None:
    """It was read as none: the page showed what stands now, under an address that says when, and its CSV was refused."""
    two_elections(service, database)
    before = client.get(f"{ASKED}&at=2001-01-01T00:00").text
    assert "data-plain" not in before
    assert "過去の時点の値です：台帳 0" in before
    assert client.get(f"{ASKED}&at=yesterday", headers={"accept": "text/html"}).status_code == 404
    (last,) = re.findall(r"[?&;]at=(\d+)", client.get(ASKED).text)[:1]
    assert client.get(f"{ASKED}&at=2099-01-01T00:00", headers={"accept": "text/html"}).status_code == 404
    now = quote(service.ledger.time().isoformat())
    page = client.get(f"{ASKED}&at={now}&contest=pr").text
    assert f"過去の時点の値です：台帳 {int(last):,}" in page
    assert '<input type="hidden" name="at"' in page, "who narrows stays at that moment"
    assert "d1" not in page.split("<table", 1)[1].split("</table>", 1)[0], "one contest was asked"
    assert "過去の時点" not in client.get(ASKED).text
    for at in (now, last):
        (csv, _) = re.findall(r'href="(/series\.csv[^"]+)"', client.get(f"{ASKED}&at={at}").text)
        assert "1024" in client.get(html.unescape(csv)).text, at


def test_the_csv_is_the_same_question(client: TestClient, service: Reporting, database: Database) -> None:
    two_elections(service, database)
    links = re.findall(r'href="(/series\.csv[^"]+)"', client.get(ASKED + "&comparable=yes").text)
    assert len(links) == 2
    plain, sheets = (client.get(html.unescape(link)) for link in links)
    assert "1024" in plain.text
    assert "1004" in plain.text
    assert sheets.content.startswith(b"\xef\xbb\xbf")


@pytest.mark.unchanged
def test_nothing_is_asked_until_an_item_is_named_and_a_misspelt_one_is_told(client: TestClient) -> None:
    assert "項目を選ぶと" in client.get("/series").text
    unknown = client.get("/series?item=votters", headers={"accept": "text/html"})
    assert unknown.status_code == 404
    assert "UNKNOWN_REFERENCE" in unknown.text


@pytest.mark.unchanged
def test_a_series_shows_nothing_unreleased(client: TestClient) -> None:
    """Five units entered and submitted the final count; nobody released it."""
    page = client.get("/series?item=electors&areas=JP&tests=yes").text
    assert "data-plain" not in page
    assert "0/5" in page


def test_a_citation_is_an_address_that_tells_the_value(
    client: TestClient, service: Reporting, database: Database
) -> None:
    two_elections(service, database)
    page = client.get(ASKED).text
    cited = [html.unescape(address) for address in re.findall(r'href="(/cited\?[^"]+)"', page)]
    pages = {address: client.get(address).text for address in dict.fromkeys(cited)}
    (address,) = [address for address, told in pages.items() if 'data-plain="1024"' in told]
    assert "1/5" in pages[address]
    assert "reporting:series?" in pages[address]
    assert "暫定" in pages[address], "flags in words"
    request = tiny.EnterFigures(
        command_id=uuid4(), election="alike-2024", form="final", slot="final", unit="20", expected_version=0,
        figures=tiny.cells(voters=7),
    )  # fmt: skip
    service.enter_figures(request, SYSTEM)
    Projector(database).catch_up()
    assert 'data-plain="1024"' in client.get(address).text, "as it was cited"
    (series,) = re.findall(r'href="(/series\?[^"]+)"', pages[address])
    led_to = client.get(html.unescape(series))
    assert led_to.status_code == 200
    assert 'data-plain="1031"' in led_to.text, (
        "as it stands now; tests are looked at, too, where the citation is of one"
    )
    for nonsense in ("", "x", "reporting:series?election=nowhere", "<script>alert(1)</script>"):
        answer = client.get("/cited", params={"citation": nonsense}, headers={"accept": "text/html"})
        assert answer.status_code == 404
        assert "INTERNAL" not in answer.text
        assert "<script>alert" not in answer.text


def test_a_citation_leads_to_the_series_that_it_is_of(
    client: TestClient, service: Reporting, database: Database
) -> None:
    """On the boundaries of a day it led to areas as reported, where a ward of that day has nothing."""
    two_elections(service, database)
    merge(service, database)
    told = "&boundaries=2010-01-01&breakdown=sex%3Df&form=final"
    asked = "/series?item=voters&areas=11&electionKind=alike&tests=yes"
    for address, narrowed in ((asked, False), (asked + told, True)):
        cited = html.unescape(re.findall(r'href="(/cited\?[^"]+)"', client.get(address).text)[-1])
        page = client.get(cited).text
        assert '<small class="code">11</small>' in page, "several towns may have its name"
        (series,) = re.findall(r'href="(/series\?[^"]+)"', page)
        assert [name in series for name in ("boundaries", "breakdown", "form")] == [narrowed] * 3
        led_to = client.get(html.unescape(series)).text
        again = {html.unescape(one) for one in re.findall(r'href="(/cited\?[^"]+)"', led_to)}
        assert cited in again, "the very observation stands there, too"


def test_elections_stand_beside_each_other(
    client: TestClient, service: Reporting, database: Database
) -> None:
    two_elections(service, database)
    page = client.get(ASKED).text
    beside = re.search(r'href="(/series\?[^"]*view=across)"', page)
    assert beside
    table = client.get(html.unescape(beside[1])).text.split("<table", 1)[1].split("</table>", 1)[0]
    rows = re.findall(r"<tr><th scope=\"row\">.*?</tr>", table, re.DOTALL)
    assert len(rows) == 2, "two contests are two lines"
    row = next(row for row in rows if "data-plain" in row)
    assert re.findall(r'data-plain="(\d+)"', row) == ["41", "1024"]
    assert 'href="#flag-P"' in row
    assert 'id="flag-P"' in client.get(ASKED).text


def test_who_looks_needs_no_code(client: TestClient, service: Reporting, database: Database) -> None:
    """From a result to its series by one link, and from an empty page by the names of items."""
    two_elections(service, database)
    final = client.get("/results/alike-2024/pr/final/final/administrative/JP").text
    series = next(
        html.unescape(address)
        for address in re.findall(r'href="(/series\?[^"]+)"', client.get("/series?areas=JP&tests=yes").text)
        if "item=voters" in address
    )
    assert "areas=JP" in series
    assert 'data-plain="1024"' in client.get(series).text
    trend = next(html.unescape(told) for told in re.findall(r'href="(/series\?[^"]+)"', final))
    assert "areas=JP" in trend
    assert client.get(trend).status_code == 200


def test_towns_of_one_name_and_kinds_of_elections_are_lines_of_their_own(
    client: TestClient, service: Reporting, database: Database
) -> None:
    """Japan has ten 中央区. In one line the chart went back in time, and of elections side by side one town alone was left."""
    twins = tuple(
        area.model_copy(update={"name": "中央区"}) if area.code in ("11", "31") else area
        for area in tiny.AREAS
    )
    service.declare_registry("twins", tiny.GEOGRAPHIES, twins, SYSTEM, uuid4())
    for kind, year in (("lower", 2020), ("lower", 2024), ("upper", 2022)):
        code = f"{kind}-{year}"
        definition = tiny.election(code=code, kind=kind, polling_date=f"{year}-10-27", registry="twins")
        service.define_election(definition, SYSTEM, uuid4())
        for unit in ("11", "31"):
            request = tiny.EnterFigures(
                command_id=uuid4(), election=code, form="final", slot="final", unit=unit, expected_version=0,
                figures=tiny.cells(voters=int(unit) * 10_000 + year),
            )  # fmt: skip
            service.enter_figures(request, SYSTEM)
    Projector(database).catch_up()
    asked = "/series?item=voters&areas=11+31&electionKind=lower+upper&tests=yes"
    blocks = client.get(asked).text.split('<th scope="rowgroup"')[1:]
    shown = {
        re.split(" <small>|>", block)[1]: re.findall(
            r'-27</td>\s*<td class="number"><span class="figure" data-plain="(\d+)"', block
        )
        for block in blocks
    }
    told = {name: values for name, values in shown.items() if values}
    assert list(told.values()) == [["112020", "112024"], ["312020", "312024"], ["112022"], ["312022"]], shown
    assert len(shown) == 6, "no other contest of 11 has figures"
    assert [[code in name for code in ("11", "31", "lower", "upper")] for name in told] == [
        [True, False, True, False], [False, True, True, False], [True, False, False, True], [False, True, False, True]
    ]  # fmt: skip
    across = client.get(asked + "&view=across").text.split("<table", 1)[1].split("</table>", 1)[0]
    assert sorted(re.findall(r'data-plain="(\d+)"', across)) == sorted(
        value for values in told.values() for value in values
    )


def test_each_absence_is_a_word_of_its_own_on_its_pages(
    client: TestClient, service: Reporting, database: Database
) -> None:
    """A series with one of them, and a citation of it, ended in an internal error."""
    definition = tiny.election(code="absent", kind="absent", polling_date="2028-10-27")
    service.define_election(definition, SYSTEM, uuid4())
    stated = {"11": "0", "12": "!none", "20": "!not_reported", "31": "!suppressed"}
    for unit, voters in stated.items():
        request = tiny.EnterFigures(
            command_id=uuid4(), election="absent", form="final", slot="final", unit=unit, expected_version=0,
            figures=tiny.cells(voters=voters),
        )  # fmt: skip
        service.enter_figures(request, SYSTEM)
    Projector(database).catch_up()
    asked = "/series?item=voters&areas=11+12+20+31+32&electionKind=absent&tests=yes&contest=pr"
    told = dict(
        zip(
            (*stated, "32"),
            ('data-plain="0"', "該当なし", "未報告", "非公表", "まだ値がありません"),
            strict=True,
        )
    )
    for address in (asked, asked + "&view=across"):
        answer = client.get(address)
        assert answer.status_code == 200, answer.text
        table = answer.text.split("<table", 1)[1].split("</table>", 1)[0]
        assert all(words in table for words in told.values())
    cited = [
        html.unescape(address) for address in re.findall(r'href="(/cited\?[^"]+)"', client.get(asked).text)
    ]
    assert len(cited) == 5
    for address in cited:
        (unit,) = re.findall(r"area%3D(\d+)", address)
        page = client.get(address)
        assert page.status_code == 200, page.text
        assert told[unit] in page.text.split("<dd>", 1)[1].split("</dd>", 1)[0]


def test_a_town_of_another_time_is_told_and_nothing_else_is_lost(
    client: TestClient, service: Reporting, database: Database
) -> None:
    """901 was merged into 20 before any of these elections: beside a town that has figures it was missing without a word."""
    two_elections(service, database)
    merge(service, database)
    page = client.get("/series?item=voters&areas=11,901&electionKind=alike&tests=yes").text
    assert "901 は、該当する選挙のときの区域（段階）にありません" in page
    assert 'data-plain="1024"' in page
    alone = client.get("/series?item=voters&areas=901&electionKind=alike&tests=yes").text
    assert "901 は、該当する選挙のとき" in alone
    assert "該当する値はありません" not in alone
