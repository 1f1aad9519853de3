"""A case from a declared difference to its public extract, by the pages alone: ward, city, prefecture, nation, everybody."""

from __future__ import annotations

import html
from collections.abc import Callable

import night
import pytest
from forms import form_after, log_in
from playwright.sync_api import Page, expect
from site_under_test import Site
from starlette.testclient import TestClient

from projections.runner import Projector
from reporting.application.desk import Desk
from reporting.application.desk_commands import SaveDraft
from reporting.application.findings import RulesRefused
from reporting.application.service import Reporting
from reporting.database.connect import Database

REGISTER, RECORD, CASE = "/incidents/tiny", "/incidents/tiny/11", "/incidents/tiny/11/1"
ACCOUNT = "投票管理者の佐々木 花子が、投票用紙を2枚交付した。"
TOLD = {
    "kind": "ballot_issue_double", "phase": "polling", "site": "polling_place", "place": "3", "ballots": "１",
    "validity": "undecided", "account": ACCOUNT, "measure": "直ちに回収した。", "personal": "佐々木花子",
}  # fmt: skip
UNBALANCED = {**night.BALANCED, "ballots_counted": 118, "valid_votes": 116, "votes_a": 78}
Send = Callable[..., str]


@pytest.fixture
def send(client: TestClient, database: Database) -> Send:
    projector = Projector(database)

    def sent(person: str, at: str, mark: str, **typed: str) -> str:
        """The page that follows somebody's form; refused, the page itself."""
        projector.catch_up()
        log_in(client, person)
        answer = client.post(at, data=form_after(client.get(at).text, mark) | typed)
        projector.catch_up()
        if answer.status_code == 303:
            return client.get(answer.headers["location"]).text
        return answer.text

    return sent


def test_a_case_is_told_reviewed_by_each_level_and_made_public_without_persons(
    send: Send, client: TestClient
) -> None:
    empty = send(night.WARD.person, RECORD, 'class="record"', deed="record", account=ACCOUNT)
    assert 'role="alert"' in empty, "nobody has chosen a kind: none is taken for it"
    assert ACCOUNT in empty
    page = send(night.WARD.person, RECORD, 'class="record"', deed="record", **TOLD | {"contest:pr": "1"})
    assert "記録のみ" in page
    assert "<h1>事案 1：地域11</h1>" in page, "units have names"
    assert "比例代表" in page.split("関係した票")[0], "the contest it concerns"
    assert 'name="contest:pr" value="1" checked' in page
    assert ACCOUNT in page
    late = client.get(f"{CASE}?done=999999999")
    assert (late.status_code, ACCOUNT in late.text, "NOT_YET_PROJECTED" in late.text) == (200, True, True)
    assert "公表された事案はありません。" in client.get("/results/tiny/incidents").text
    own = send(night.WARD_2.person, CASE, 'id="accept"')
    assert "権限" in own, "a ward reviews nothing"
    back = send(
        night.CITY.person,
        CASE,
        'id="send_back"',
        **{"reason-class": "query", "reason": "場所を確認してください。"},
    )
    assert "差し戻し" in back
    assert "場所を確認してください。" in back
    page = send(
        night.WARD.person, CASE, 'id="correct"',
        **TOLD | {"place": "4", "reason-class": "typing_error", "reason": "番号の誤り"},
    )  # fmt: skip
    assert "投票所 4 ·" in page
    for person, waits in ((night.CITY, "県"), (night.PREFECTURE, "国"), (night.NATION, "")):
        page = send(person.person, CASE, 'id="accept"')
        assert "記録しました。" in page, waits
    assert "すべての段階で確認済み" in page
    page = send(night.NATION.person, CASE, 'id="release"')
    assert "公表済み" in page
    client.cookies.clear()
    public = client.get("/results/tiny/incidents").text
    assert "投票用紙を2枚交付した" in public
    assert "佐々木" not in public
    assert "花子" not in public
    assert "/results/tiny/incidents" in client.get("/results/tiny").text


def test_a_refusal_keeps_what_was_typed(send: Send) -> None:
    page = send(night.WARD.person, RECORD, 'class="record"', deed="record", **TOLD | {"place": ""})
    assert html.escape(ACCOUNT) in page
    assert "投票所" in page
    assert 'role="alert"' in page


def test_a_case_begins_from_a_difference(
    client: TestClient, service: Reporting, database: Database, send: Send
) -> None:
    """One press from the work list: the return, the difference and what was said of it stand in the form."""
    desk, ward = Desk(service), night.OWNERS["12"]
    with pytest.raises(RulesRefused) as refused:
        night.submit(desk, "12", values=UNBALANCED, reason="再点検")
    (finding,) = [one for one in refused.value.findings if one.rule == "J11"]
    desk.save_draft(SaveDraft(**night.of("12"), cells=tuple(night.cells(**UNBALANCED))), ward)
    night.declare(desk, ward, "12", finding.key)
    Projector(database).catch_up()
    log_in(client, night.CITY.person)
    work = client.get("/work/tiny").text
    at = html.unescape(work[: work.index("事案にする")].rpartition('href="')[2].partition('"')[0])
    form = form_after(client.get(at).text, 'class="record"')
    assert finding.key in form["link"]
    assert "申告された不突合（J11）：差 18。再点検でも一致せず" in client.get(at).text
    page = send(night.CITY.person, at, 'class="record"', **TOLD)
    assert "申告された不突合" in page


def test_paragraphs_are_told_as_long_as_the_field_takes_them_and_shown_as_they_are(
    enter: Callable[..., Page], site: Site
) -> None:
    page, account = enter(night.WARD), "二重交付\n" * 399 + "回収した"
    page.goto(site.at(RECORD))
    for name, code in {**TOLD, "site": "office"}.items():
        if name in ("kind", "phase", "site", "validity"):
            page.locator(f"[name={name}]").select_option(code)
    page.locator("[name=account]").fill(account)
    assert len(account) == 1999
    page.locator("form.record button.main").click()
    expect(page.locator("dl.facts dd").first).to_have_text(account, use_inner_text=True)
