"""From a submission in the history to what stood then: judged by the rules of then and of now; and what to do, for one's role."""

from __future__ import annotations

import html
import re

import night
import pytest
import tiny
from forms import form_after, log_in
from starlette.testclient import TestClient

from api.console.moments import instant
from reporting.application.commands import CellInput
from reporting.application.desk import Desk
from reporting.application.desk_commands import SaveDraft, Submit
from reporting.application.service import Reporting
from reporting.domain.workflow_events import ReturnSubmitted
from reporting.ledger import return_stream
from reporting.rules.catalogue import load_rules

PLACE = "/entry/tiny/final/final/11"
HISTORY = "/history/tiny/final/final/11"


@pytest.fixture
def ward(client: TestClient) -> TestClient:
    log_in(client, night.WARD.person)
    return client


def test_the_history_leads_to_what_stood_then(ward: TestClient) -> None:
    page = ward.get(HISTORY).text
    (at, *_) = re.findall(r'href="/history/tiny/final/final/11\?at=(\d+)">ルール集 第2版', page)
    told = ward.get(f"{HISTORY}?at={at}").text
    for words in (
        f"台帳 {int(at):,} の時点",
        "ルール集 第2版の点検を通っています",
        "そのときのルールの指摘",
        "今のルールなら",
    ):
        assert words in told
    assert "そのときのルールの指摘" not in page
    assert ward.get(f"{HISTORY}?at=999999999").status_code == 404
    assert "の値 yesterday は" in ward.get(f"{HISTORY}?at=yesterday").text, (
        "what was typed is told, and no more"
    )
    assert instant("2026-07-12T21:00:05") == "2026-07-12T21:00:05+09:00"
    assert instant("2026-07-12T21:00") == "2026-07-12T21:00:00+09:00"


@pytest.mark.parametrize("typed", ["12x", "１２，３４５", "<i>", "!none"])
def test_what_somebody_typed_and_put_right_stands_in_the_history(
    client: TestClient, service: Reporting, typed: str
) -> None:
    """Whatever it was: a draft keeps it, and the log never loses it."""
    desk = Desk(service)
    for text in (typed, "12"):
        cell = CellInput(contest="pr", item="votes", choice="a", value=text)
        desk.save_draft(SaveDraft(**night.of("11", "flash", "2300"), cells=(cell,)), night.WARD)
    for person in (night.WARD, tiny.AUDITOR):
        log_in(client, person.person)
        page = client.get("/history/tiny/flash/2300/11")
        assert page.status_code == 200
        shown = "該当なし" if typed == "!none" else html.escape(typed)
        assert re.search(rf"{re.escape(shown)}(</span>)? → ", page.text), person.office


def test_every_cell_of_a_correction_stands_with_its_value_before(
    client: TestClient, service: Reporting
) -> None:
    desk = Desk(service)
    before = desk.returns.open("tiny", "final", "final", "11").case.texts
    cells = night.cells(
        electors=201, voters=103, ballots_counted=103, valid_votes=99, invalid_votes=4, votes_a=62, votes_b=37
    )
    desk.submit(Submit(**night.of("11"), figures=cells, reason="再点検"), night.WARD)
    log_in(client, night.WARD.person)
    page = client.get(HISTORY).text
    value = '<span class="figure" data-plain="{}">{}</span>'
    for cell in cells:
        was = before[cell.cell().cell.key]
        assert was != cell.value
        assert f"{value.format(was, was)} → {value.format(cell.value, cell.value)}" in page, cell


def test_a_finding_says_what_this_role_does(ward: TestClient) -> None:
    page = ward.get(PLACE).text
    fields = form_after(page, 'class="entry"')
    cells = [name for name in fields if name.startswith("cell:") and "|voters|" in name]
    kept = ward.post(
        PLACE, data=fields | dict.fromkeys(cells, "999") | {"then": ""}, follow_redirects=True
    ).text
    rules = {rule.code: rule for rule in load_rules()}
    shown = set(re.findall(r'href="/rules/tiny#(J\d\d)"', kept))
    assert shown
    for code in shown:
        assert f"すること：{rules[code].instruction.ward.ja}" in kept


def test_the_board_is_shown_as_it_stood(client: TestClient, service: Reporting) -> None:
    log_in(client, night.CITY.person)
    board = "/board/tiny/flash/2200/administrative/ward"
    now = client.get(board).text
    assert "この委員会の承認を待っている" in now
    lead = re.compile(r'<p class="lead">(.*?)</p>', re.DOTALL)
    assert "承認（途中を含む）</span> 2" in lead.findall(now)[0], lead.findall(now)
    released = re.findall(r'<option value="(\d+)" label="第 1 回の公表', now)
    assert released
    first = next(
        recorded.position
        for recorded in service.ledger.stream(return_stream("tiny", "flash", "2200", "11"))
        if isinstance(recorded.event, ReturnSubmitted)
    )
    then = client.get(f"{board}?at={first}").text
    assert "の時点の状況です" in then
    assert "承認（途中を含む）" not in lead.findall(then)[0]
    assert "提出済み</span> 1" in lead.findall(then)[0]
    assert "この委員会の承認を待っている" not in then, "what waits is of now"
    assert '<form method="post"' not in then.split("<main", 1)[1].split("</main", 1)[0]
