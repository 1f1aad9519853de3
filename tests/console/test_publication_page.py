"""The publication desk: what goes out, what is held, release by hand, and nobody who may not."""

from __future__ import annotations

import threading
from dataclasses import replace
from uuid import uuid4

import night
import pytest
from forms import TOKEN, form_after, log_in
from starlette.testclient import TestClient
from tiny import SYSTEM, label

from projections.runner import Projector
from reporting.application.desk import Desk
from reporting.application.desk_commands import Approve, Submit
from reporting.application.lots import ConfirmLot, Lots, RecordLot
from reporting.application.service import Reporting
from reporting.database.connect import Database

FINAL, FLASH = "/publication/tiny/final/final", "/publication/tiny/flash/2200"
OUT_ONCE = '出たもの <span class="count">1</span>'


def approved(service: Reporting, database: Database, *units: str) -> None:
    """The final counts of these units, by every level."""
    desk = Desk(service)
    for unit in units:
        for actor in (night.CITY, night.PREFECTURE, night.NATION):
            if actor is not night.CITY or unit in ("11", "12"):
                night.approve(desk, actor, unit)
    Projector(database).catch_up()


def sent(client: TestClient, address: str, deed: str = "release") -> str:
    """Sends the page's form and gives where it leads; twice, for a double click changes nothing more."""
    form = form_after(client.get(address).text, f'action="{address}"') | {"deed": deed}
    first = client.post(address, data=form)
    again = client.post(address, data=form)
    assert first.status_code == 303, first.text
    assert again.headers["location"] == first.headers["location"]
    return first.headers["location"]


@pytest.mark.unchanged
def test_the_list_says_what_is_out_and_what_is_to_come(client: TestClient) -> None:
    log_in(client, night.NATION.person)
    page = client.get("/publication/tiny").text
    assert page.index(FINAL) < page.index(FLASH)  # what is out stands last
    assert page.count("▲") == 1
    assert "3/5" in page


def test_a_slot_is_released_by_hand_and_its_notices_follow(
    client: TestClient, service: Reporting, database: Database
) -> None:
    log_in(client, night.NATION.person)
    page = client.get(FINAL).text
    assert "新しく出るものはありません" in page
    assert "いま公表する" not in page
    approved(service, database, "11", "20")
    page = client.get(FINAL).text
    assert "いま公表する（5 単位中 2 単位）" in page
    assert client.get("/results/tiny").text.count("▲") == 1
    onward, made = sent(client, FINAL), service.ledger.position()
    assert onward == f"{FINAL}?done={made}&number=1"
    behind = threading.Timer(0.2, Projector(database).catch_up)
    behind.start()
    page = client.get(onward).text
    behind.join()
    assert "第 1 回として公表しました" in page
    assert OUT_ONCE in page, "the page waits for the views that follow"
    assert client.get("/results/tiny").text.count("▲") == 2
    late = client.get(f"{FINAL}?done={made + 1}&number=1")
    assert late.status_code == 200
    assert "NOT_YET_PROJECTED" in late.text, "what is not there in time is said, and the rest is shown"
    assert OUT_ONCE in late.text
    assert "新しく出るものはありません" in page
    approved(service, database, "12")
    page = client.get(FINAL).text
    assert "公表済みの値との違い" in page
    differs = page.split("公表済みの値との違い")[-1]
    assert "追加" in differs
    assert '<th scope="row">地域12</th>' in differs, "units are called what people call them"


def test_a_lot_alone_goes_out_by_hand_and_its_notice_says_so(
    client: TestClient, service: Reporting, database: Database
) -> None:
    """Public figures stay as they are; what is new is who won."""
    desk = Desk(service)
    contest = {
        "code": "pr", "label": label("市長"), "kind": "council", "area": {"geography": "administrative", "area": "20"},
        "choices": [{"code": "a", "name": "甲"}, {"code": "b", "name": "乙"}],
    }  # fmt: skip
    service.define_election(night.election(code="town", contests=[contest]), SYSTEM, uuid4())
    place = {"election": "town", "form": "final", "slot": "final"}
    equal = {**night.BALANCED, "votes_a": 49, "votes_b": 49}
    desk.submit(Submit(**{**night.of("20"), **place}, figures=night.cells(**equal)), night.TOWN)
    for actor in (night.PREFECTURE, night.NATION):
        desk.approve(Approve(**{**night.of("20"), **place}), actor)
    address = "/publication/town/final/final"
    log_in(client, night.NATION.person)
    Projector(database).catch_up()
    assert sent(client, address).endswith("&number=1")
    of = {**place, "contest": "pr", "item": "votes"}
    found = {
        "among": ("a", "b"),
        "winners": ("b",),
        "source_class": "election_meeting_record",
        "reference": "第1号",
    }
    lots = Lots(service)
    recorded = lots.record(RecordLot(command_id=uuid4(), **of, **found), night.NATION).recorded
    Projector(database).catch_up()
    assert "新しく出るものはありません" in client.get(address).text
    other = replace(night.NATION, person="森")
    lots.confirm(ConfirmLot(command_id=uuid4(), **of, recorded=recorded), other)
    Projector(database).catch_up()
    page = client.get(address).text
    assert "新しく出るものはありません" not in page
    assert "くじの結果" in page.split("次に出るもの")[1]
    assert sent(client, address).endswith("&number=2")
    Projector(database).catch_up()
    notice = client.get("/results/town").text.split("公表後の通知")[1]
    assert "くじの結果 第1号" in notice
    assert "数値なしの報告" not in notice
    assert "乙" in notice


@pytest.mark.unchanged
@pytest.mark.parametrize("person", [night.WARD, night.CITY])
def test_who_may_not_release_is_told_so(client: TestClient, person: night.Actor) -> None:
    log_in(client, person.person)
    token = TOKEN.search(client.get("/work").text)
    assert token
    form = {"token": token[1], "command": "7b0c1f6e-1b6b-4f0e-9b0c-0f6f6d1b7a10", "deed": "release"}
    answer = client.post(FINAL, data=form, headers={"accept": "text/html"})
    assert answer.status_code in (403, 409)
    assert "NOT_AUTHORISED" in answer.text
    assert client.get("/results/tiny").text.count("▲") == 1


def test_why_a_withheld_figure_can_be_computed_is_told_in_words(
    client: TestClient, service: Reporting, database: Database
) -> None:
    """It said `earlier_release` with the slot's codes."""
    desk = Desk(service)
    approved(service, database, "11")
    log_in(client, night.NATION.person)
    sent(client, FINAL)
    withheld = Submit(
        **night.of("11"), figures=night.cells(electors="!suppressed"), reason="秘匿の漏れ", reason_class="recount",
        expected_version=desk.returns.open("tiny", "final", "final", "11").case.version,
    )  # fmt: skip
    desk.submit(withheld, night.WARD)
    for actor in (night.CITY, night.PREFECTURE):
        night.look(desk, actor)
    Projector(database).catch_up()
    told = client.get(FINAL).text.split("計算に使う式")[1].split("</table>")[0]
    assert "前に公表した値" in told
    assert "確定 · 確定" in told
    assert "earlier_release" not in told


def test_what_would_give_a_withheld_figure_away_is_shown_and_goes_out_with_a_reason(
    client: TestClient, service: Reporting, database: Database
) -> None:
    """The clock holds 20 back; an office sees why, and says why it may go out."""
    desk = Desk(service)
    withheld = Submit(
        **night.of("20"), figures=night.cells(invalid_votes="!suppressed"), reason="秘匿",
        expected_version=desk.returns.open("tiny", "final", "final", "20").case.version,
    )  # fmt: skip
    desk.submit(withheld, night.TOWN)
    for actor in (night.PREFECTURE, night.NATION):
        night.look(desk, actor, "20")
    approved(service, database, "11")
    log_in(client, night.NATION.person)
    page = client.get(FINAL).text
    assert "公表する値から計算できる非公表の値" in page
    assert "J09" in page.split("計算に使う式")[1]
    assert "/approval/tiny/final/final/20" in page.split("時刻による公表では出さない")[1].split("</p>")[0]
    form = form_after(page, f'action="{FINAL}"') | {"deed": "release"}
    refused = client.post(FINAL, data={**form, "reason": " "}, headers={"accept": "text/html"})
    assert refused.status_code != 303
    assert "reason" in refused.text
    form = form_after(client.get(FINAL).text, f'action="{FINAL}"') | {
        "deed": "release",
        "reason": "本人の同意を得た",
    }
    done = client.post(FINAL, data=form)
    assert (done.status_code, done.headers["location"][-9:]) == (303, "&number=1"), done.text
    Projector(database).catch_up()
    assert "公表する値から計算できる非公表の値" not in client.get("/results/tiny").text


def test_who_waits_is_named(client: TestClient, service: Reporting, database: Database) -> None:
    desk = Desk(service)
    for actor in (night.CITY, night.PREFECTURE):
        night.approve(desk, actor, "11")
    Projector(database).catch_up()
    log_in(client, night.NATION.person)
    held = client.get(FINAL).text.split("止まっているもの</h2>")[1]
    assert "この委員会の承認を待っている" in held
    assert "/approval/tiny/final/final/11" in held
    assert "/approval/tiny/final/final/12" not in held


@pytest.mark.unchanged
def test_what_would_go_out_is_not_for_everybody(client: TestClient) -> None:
    log_in(client, night.CITY.person)
    answer = client.get(FINAL, headers={"accept": "text/html"})
    assert answer.status_code == 403
    assert "NOT_AUTHORISED" in answer.text


@pytest.mark.unchanged
def test_a_wall_shows_states_and_no_figure(client: TestClient) -> None:
    log_in(client, night.PREFECTURE.person)
    page = client.get("/wall/tiny/final/final/administrative/municipality").text
    assert 'data-again="15"' in page
    assert "提出済み" in page
    assert "data-plain" not in page
    assert "<form" not in page
    assert "<a " not in page
