"""A work list's headings say what its rows say: who has to do what, how far each return has come; and it is shown as it stood at any
moment."""

from __future__ import annotations

import re

import night
import pytest
from forms import log_in
from starlette.testclient import TestClient

from projections.runner import Projector
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import Database

WORK = "/work/tiny"
MINE, THEIRS = "差し戻し（直すか、正しければそう答える）", "差し戻し中（報告元の回答待ち）"
WAITING, UNSENT = "承認を待っている", "まだ提出されていない"


@pytest.fixture
def moments(client: TestClient, service: Reporting, database: Database) -> list[int]:
    """Ledger positions: before, after ward 12's final count was sent back, after the city approved ward 11's."""
    desk, at = Desk(service), [service.ledger.position()]
    night.send_back(desk, night.CITY, "12", "pr|voters||")
    at.append(service.ledger.position())
    night.approve(desk, night.CITY)
    at.append(service.ledger.position())
    Projector(database).catch_up()
    return at


def groups(page: str) -> dict[str, list[tuple[str, str, str, str]]]:
    """Heading → (page, return, name, state) of each row below it."""
    found: dict[str, list[tuple[str, str, str, str]]] = {}
    for section in page.split("<section>")[1:]:
        heading = re.search(r"<h2>([^<]+)", section)
        assert heading
        rows = re.findall(
            r'<tr><th scope="row"><a href="/(\w+)/tiny/([^"]+)">([^<]+)</a></th>\s*<td>.*?</td>\s*<td><span class="state \w+">'
            r'<span aria-hidden="true">.</span> ([^<]+)</span>',
            section,
            re.DOTALL,
        )
        found[heading[1].strip()] = rows
    return found


def test_what_is_sent_back_is_its_owners(client: TestClient, moments: list[int]) -> None:
    log_in(client, night.CITY.person)
    city = groups(client.get(WORK).text)
    assert MINE not in city
    assert ("approval", "final/final/12", "地域12", "差し戻し") in city[THEIRS]
    assert "12" not in {row[1].rsplit("/")[-1] for row in city.get(WAITING, [])}
    log_in(client, night.WARD.person)
    assert THEIRS not in groups(client.get(WORK).text)


def test_what_waits_is_not_said_to_be_approved(client: TestClient, moments: list[int]) -> None:
    log_in(client, night.PREFECTURE.person)
    page = groups(client.get(WORK).text)
    assert ("approval", "final/final/11", "地域11", "途中まで承認済み（次はprefecture）") in page[WAITING]
    for heading, rows in page.items():
        assert "承認済み" not in {state for *_, state in rows}, heading
    board = client.get("/board/tiny/final/final/administrative/ward").text
    waiting = re.split("そのほか [0-9]+ 件の一覧", board)[1].split("</table>")[0]
    assert "途中まで承認済み（次はprefecture）" in waiting
    for page_of_return in ("approval", "entry", "history", "correction", "printing", "workbook"):
        told = client.get(f"/{page_of_return}/tiny/final/final/11?at={moments[2]}").text
        marks = re.findall(r'class="state approved"><span aria-hidden="true">✓</span> ([^<]+)', told)
        assert set(marks) == {"途中まで承認済み（次はprefecture）"}, page_of_return
        assert len(marks) == (2 if page_of_return == "history" else 1), "as it stands and as it stood"
    together = client.get("/together/tiny?1=final/final/11").text
    assert "途中まで承認済み（次はprefecture）" in together
    client.post("/language", data={"language": "en", "back": "/"})
    assert "approved in part (next: prefecture)" in client.get(WORK).text


def test_as_it_stood_then(client: TestClient, moments: list[int]) -> None:
    log_in(client, night.CITY.person)
    before, back, approved = (groups(client.get(f"{WORK}?at={at}").text) for at in moments)
    both = ["final/final/11", "final/final/12"]
    assert [row[1] for row in before[WAITING]] == both
    assert THEIRS not in before
    assert [row[1] for row in back[WAITING]] == both[:1]
    assert [row[1] for row in back[THEIRS]] == both[1:]
    assert WAITING not in approved
    now = groups(client.get(WORK).text)
    assert {heading: rows for heading, rows in now.items() if rows} == {
        heading: rows for heading, rows in approved.items() if rows
    }
    page = client.get(f"{WORK}?at={moments[0]}").text
    assert f"台帳 {moments[0]:,} の時点の仕事です" in page
    assert "解消していない不突合" not in page, "what is open is of now"
    assert "速報 · 22時 第 1 回の公表" in page, "releases of every slot are on the slider"
    wrong = client.get(f"{WORK}?at=yesterday", headers={"accept": "text/html"})
    assert wrong.status_code >= 400
    assert "表示できません" in wrong.text
