"""A release's notice stands by itself for everybody; many are reminded at once; kinds of elections are words."""

from __future__ import annotations

import re
from datetime import datetime

import night
from forms import TOKEN, form_after, log_in
from standing import stands
from starlette.testclient import TestClient

from api.console.states import ELECTIONS, OCCASIONS, election_kind
from api.console.words import words
from projections.runner import Projector
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.definitions.catalogue import shipped_catalogue
from reporting.domain.workflow_events import ReminderSent
from reporting.ledger import return_stream
from reporting.publication.live_or_training import Publications

BOARD = "/board/tiny/final/final/administrative/ward"


def corrected(service: Reporting, database: Database) -> None:
    """Ward 11's flash is corrected and released; what ward 12 changed is approved by nobody yet."""
    desk = Desk(service)
    night.submit(
        desk, "11", night.WARD, "flash", "2200", values={"votes_a": 13, "votes_b": 20}, reason="転記誤り"
    )
    for approver in (night.CITY, night.PREFECTURE, night.NATION):
        night.approve(desk, approver, "11", "flash", "2200")
    night.submit(
        desk,
        "12",
        night.OWNERS["12"],
        "flash",
        "2200",
        values={"votes_a": 7713, "votes_b": 20},
        reason="秘密",
    )
    Publications(service, desk).release("tiny", "flash", "2200", datetime.now().astimezone())
    Projector(database).catch_up()


def test_the_notice_of_a_correction_is_everybodys(
    client: TestClient, service: Reporting, database: Database
) -> None:
    corrected(service, database)
    whole = client.get("/results/tiny").text
    address = re.search(r'href="(/notice/tiny/[^"]+)"', whole)
    assert address
    assert address[1] == "/notice/tiny/flash/2200/2"
    page = client.get(address[1]).text
    table = page.split("<table>")[1]
    assert re.findall(r'data-plain="(\d+)"', table)[:2] == ["10", "13"]
    assert not stands("7713", page)
    assert "秘密" not in page
    assert 'href="/notice/tiny/flash/2200/1"' in page
    assert "はじめての公表です" in client.get("/notice/tiny/flash/2200/1").text
    for number in ("3", "x", "-1", "999999999999999999999"):
        assert "この番号の公表はありません" in client.get(f"/notice/tiny/flash/2200/{number}").text
    assert "UNKNOWN_REFERENCE" in client.get("/notice/atlantis/a/b/1", headers={"accept": "text/html"}).text
    assert "この番号の公表はありません" in client.get("/notice/tiny/flash/2300/1").text, (
        "nothing of it is public"
    )
    client.post("/language", data={"language": "en", "back": "/"})
    assert "What changed" in client.get(address[1]).text


def reminders(service: Reporting, unit: str) -> int:
    stream = service.ledger.stream(return_stream("tiny", "flash", "2300", unit))
    return sum(isinstance(recorded.event, ReminderSent) for recorded in stream)


def test_everybody_who_sent_nothing_is_reminded_at_once(
    client: TestClient, service: Reporting, database: Database
) -> None:
    board = BOARD.replace("final/final", "flash/2300")
    log_in(client, night.CITY.person)
    form = form_after(client.get(board).text, 'id="remind"')
    assert "NOT_AS_SHOWN" in client.post(board, data=form | {"remind-units": '["20"]'}).text
    first, again = client.post(board, data=form).text, client.post(board, data=form).text
    assert "2 件を督促しました" in first
    assert "2 件を督促しました" in again
    assert [reminders(service, unit) for unit in ("11", "12", "20")] == [1, 1, 0]
    log_in(client, night.WARD.person)
    page = client.get(board).text
    assert 'id="remind"' not in page
    token = TOKEN.search(page)
    assert token
    forged = form | {"token": token[1]}
    assert "NOT_AS_SHOWN" in client.post(board, data=forged).text
    assert reminders(service, "11") == 1


def test_kinds_of_elections_are_words() -> None:
    assert set(ELECTIONS) == set(shipped_catalogue().templates)
    assert (
        election_kind("upper_house.by_election", words("en"))
        == "House of Councillors regular election · by-election"
    )
    assert election_kind("mayor", words("ja")) == "市区町村長選挙"
    assert election_kind("moon.rerun", words("ja")) == "moon · rerun"
    assert set(OCCASIONS) == {"by_election", "repeat_election"}
