"""Missions of a rehearsal, each done through the pages as its user would do it: what the log tells of is ticked, for its own doer
alone; what is only looked at leads to where it is seen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import night
import pytest
from forms import form_after, log_in
from site_under_test import settings_for
from starlette.testclient import TestClient

from api.app import create_app
from api.training.people import HOSTS
from api.training.room import PracticeRoom
from projections.runner import Projector
from reporting.application.desk import Desk
from reporting.application.desk_commands import Submit
from reporting.application.findings import RulesRefused
from reporting.application.service import Reporting
from reporting.database.connect import Database

LEADER, AUDITOR = HOSTS
DRILL = "tiny-drill-1"
ROOM = f"/training/{DRILL}"
FLASH, LATER, FINAL = (f"/approval/{DRILL}/{slot}/20" for slot in ("flash/2200", "flash/2300", "final/final"))
OFF_BY_TWO = {**night.BALANCED, "ballots_counted": 118, "valid_votes": 116, "votes_a": 78}


@pytest.fixture
def client(service: Reporting, database: Database, tmp_path: Path) -> Iterator[TestClient]:
    """The town of an election that is over may be rehearsed."""
    desk = night.define(service)
    for form, slot in (("flash", "2200"), ("flash", "2300"), ("final", "final")):
        night.submit(desk, "20", form=form, slot=slot)
    projector = Projector(database)
    projector.create_if_missing()
    projector.catch_up()
    settings = settings_for(database.url, tmp_path, practice=(*HOSTS, night.WARD), publication=False)
    with TestClient(create_app(settings, drills=PracticeRoom), follow_redirects=False) as one:
        yield one


def opened(client: TestClient) -> str:
    """A rehearsal on a slow clock, in which the test types what robots would: the address of its page."""
    log_in(client, LEADER.person)
    form = form_after(client.get("/training").text, 'id="open"')
    wish = {"election": "tiny", "area": "*", "mistakes": "0", "speed": "1"}
    return client.post("/training", data=form | wish).headers["location"]


def sit_down(client: TestClient, name: str) -> None:
    """On the prefecture's seat."""
    client.cookies.clear()
    page = client.get("/sign-in").text
    seats = page.split('<form class="inline" method="post" action="/sign-in"')
    (seat,) = [form for form in seats if 'name="seat" value="P1"' in form]
    form = form_after("<form" + seat, "<form")
    assert client.post("/sign-in", data=form | {"name": name}).status_code == 303


def sent(service: Reporting, form: str, slot: str, **more: Any) -> None:
    """The town types and submits."""
    values = more.pop("values", {"votes_a": 60, "votes_b": 38})
    place = {**night.of("20", form, slot), "election": DRILL}
    Desk(service).submit(Submit(**place, figures=night.cells(**values), **more), night.TOWN)


def pressed(client: TestClient, address: str, deed: str, mark: str = "", **typed: str) -> None:
    """The page's own form, with what is ticked or typed."""
    page = client.get(address).text
    fields = form_after(page, mark or f'<form method="post" action="{address}"')
    kept = {name: text for name, text in fields.items() if mark or not name.startswith("tick:")}
    answer = client.post(address, data=kept | typed | {"deed": deed})
    assert answer.status_code in (200, 303), re.findall(
        r'<div class="problems".*?</div>', answer.text, re.DOTALL
    )


def told(client: TestClient) -> dict[str, str]:
    """Title of each mission → how it stands: done, not yet, or empty where no log tells."""
    page = client.get(ROOM).text
    section = page.split('class="missions"')[1].split("</ul>")[0] if 'class="missions"' in page else ""
    return {
        re.sub("<[^>]+>", "", title): state
        for state, title in re.findall(
            r"<li>(?:<span[^>]*><span[^>]*>.</span> ([^<]+)</span>)? <b>(.*?)</b>", section
        )
    }


def test_the_missions_of_a_seat(client: TestClient, service: Reporting, database: Database) -> None:
    views = Projector(database)
    opened(client)
    views.catch_up()
    sit_down(client, "山田")
    seat = (
        "承認する",
        "おかしい欄だけを差し戻す",
        "直った報告を承認する",
        "申告された不突合を、数を変えずに通す",
        "督促する",
    )
    assert told(client) == dict.fromkeys(seat, "まだ")

    board = f"/board/{DRILL}/flash/2200/administrative/prefecture"
    pressed(client, board, "remind", 'id="remind"')
    sent(service, "flash", "2200")
    pressed(client, FLASH, "approve")
    assert [title for title, state in told(client).items() if state == "済み"] == [seat[0], seat[4]]

    sent(service, "flash", "2300", values={"votes_a": 600, "votes_b": 38})
    wrong = {"tick:pr|votes||a": "1", "reason": "前の回の十倍です", "reason-class": "query"}
    pressed(client, LATER, "send_back", **wrong)
    assert told(client)[seat[1]] == "済み"
    assert told(client)[seat[2]] == "まだ", "what was sent back is not right yet"
    sent(service, "flash", "2300", values={"votes_a": 60}, reason="打ち間違い", reason_class="typing_error")
    pressed(client, LATER, "approve")
    assert told(client)[seat[2]] == "済み"

    with pytest.raises(RulesRefused) as refused:
        sent(service, "final", "final", values=OFF_BY_TWO, reason="再点検でも同じ")
    declared = {finding.key: "recount" for finding in refused.value.findings}
    sent(service, "final", "final", values=OFF_BY_TWO, declarations=declared, reason="再点検でも同じ")
    assert told(client)[seat[3]] == "まだ"
    pressed(client, FINAL, "approve", 'class="look"')
    assert set(told(client).values()) == {"済み"}

    sit_down(client, "鈴木")
    assert set(told(client).values()) == {"まだ"}, "each for themselves"
    log_in(client, night.WARD.person)
    assert told(client) == {}, "who has no part in it has nothing to do"


def test_the_missions_of_the_leader_and_the_auditor(
    client: TestClient, service: Reporting, database: Database
) -> None:
    opened(client)
    Projector(database).catch_up()
    assert told(client) == {"読み合わせの電話に答える": "", "採点を一緒に振り返る": ""}
    paper = client.get(f"{ROOM}/paper/20").text
    assert 'data-plain="60"' in paper
    ending = client.post(ROOM, data=form_after(client.get(ROOM).text, 'id="ending"')).text
    assert client.post(ROOM, data=form_after(ending, 'id="confirm"') | {"deed": "end"}).status_code == 303
    assert "混ぜた誤りのゆくえ" in client.get(ROOM).text

    sent(service, "flash", "2200")
    sent(service, "flash", "2200", values={"votes_a": 66}, reason="再点検", reason_class="recount")
    Projector(database).catch_up()
    log_in(client, AUDITOR.person)
    page = client.get(ROOM).text
    assert told(client) == {"だれがなぜ変えたかを突き止める": "", "申告された不突合を読む": ""}
    assert f'href="/trail/{DRILL}"' in page
    trail = client.get(f"/trail/{DRILL}?unit=20").text
    assert "再点検" in trail
    assert night.TOWN.person in trail
    assert f'href="/register/{DRILL}"' in page
    assert client.get(f"/register/{DRILL}").status_code == 200
    client.post("/language", data={"language": "en", "back": "/"})
    assert set(told(client)) == {"Find who changed a figure, and why", "Read the declared differences"}
