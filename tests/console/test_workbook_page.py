"""The workbook's page: taken along, brought back, looked at, handed in; and in a browser, file and all."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from pathlib import Path

import night
import pytest
import typed_book
from forms import fields, form_after, log_in
from playwright.sync_api import Page, Route, expect
from site_under_test import Site
from starlette.testclient import TestClient

from api.console.static import FOLDER
from reporting.domain.actor import Actor

PLACE = "/workbook/tiny/final/final/11"
Enter = Callable[[Actor], Page]
HREF = re.compile(r'href="data:[^;]+;base64,([^"]+)"')


def taken(page: str) -> bytes:
    found = HREF.search(page)
    assert found is not None
    return base64.b64decode(found[1])


def typed(data: bytes, **values: int) -> str:
    filled = {("11", c.cell().cell.key): float(c.value) for c in night.cells(**values)}
    return base64.b64encode(typed_book.typed(data, filled)).decode()


@pytest.fixture
def ward(client: TestClient) -> TestClient:
    log_in(client, night.WARD.person)
    return client


def bring(ward: TestClient, content: str, **more: str) -> str:
    form = form_after(ward.get(PLACE).text, 'id="bring"')
    return ward.post(
        PLACE, data={**form, "content": content, "name": "11.xlsx", "deed": "preview", **more}
    ).text


def test_brought_back_looked_at_and_handed_in(ward: TestClient) -> None:
    content = typed(taken(ward.get(PLACE).text), votes_a=59, votes_b=39)
    asked = bring(ward, content)
    assert "「59」→ すでに 60 と報告されています" in asked, "words are asked for as at the desk"
    looked_at = bring(ward, content, reason="転記誤り")
    assert "このとおり提出する" in looked_at
    form = form_after(looked_at, 'class="workbook"')
    answer = ward.post(PLACE, data={**form, "reason": "転記誤り", "deed": "hand_in"}, follow_redirects=False)
    assert answer.status_code == 303
    assert "提出しました" in ward.get(answer.headers["location"]).text
    assert "59" in ward.get("/approval/tiny/final/final/11").text


def test_another_file_than_was_looked_at_is_looked_at_first(ward: TestClient) -> None:
    data = taken(ward.get(PLACE).text)
    shown = bring(ward, typed(data, votes_a=59, votes_b=39), reason="転記誤り")
    form = form_after(shown, 'class="workbook"') | {"content": typed(data, votes_a=1, votes_b=97)}
    answer = ward.post(PLACE, data={**form, "reason": "転記誤り", "deed": "hand_in"}, follow_redirects=False)
    assert answer.status_code == 409
    assert "示したものと違います" in answer.text


def test_both_sides_of_a_conflict_are_shown(ward: TestClient) -> None:
    mine = typed(taken(ward.get(PLACE).text), votes_a=59, votes_b=39)
    theirs = bring(ward, typed(taken(ward.get(PLACE).text), votes_a=58, votes_b=40), reason="原票のとおり")
    form = form_after(theirs, 'class="workbook"')
    ward.post(PLACE, data={**form, "reason": "原票のとおり", "deed": "hand_in"})
    conflict = bring(ward, mine, reason="転記誤り")
    assert "どちらが正しいか選んでください" in conflict
    assert "このとおり提出する" not in conflict
    sides = {f"conflict:11/pr|votes||{choice}": "sheet" for choice in "ab"}
    settled = bring(ward, mine, reason="転記誤り", **sides)
    form = form_after(settled, 'class="workbook"')
    assert {name: form[name] for name in sides} == sides, "what was chosen is confirmed with the file"
    answer = ward.post(PLACE, data={**form, "reason": "転記誤り", "deed": "hand_in"}, follow_redirects=False)
    assert answer.status_code == 303


def test_an_erased_figure_is_left_as_it_stands_or_nothing(ward: TestClient) -> None:
    """There is no sheet's side to choose: what was erased says nothing."""
    emptied = typed_book.typed(taken(ward.get(PLACE).text), {("11", "pr|votes||a"): None})
    content = base64.b64encode(emptied).decode()
    shown = bring(ward, content)
    field = "conflict:11/pr|votes||a"
    assert "消されています" in shown
    assert f'name="{field}" value="now"' in shown
    assert f'name="{field}" value="sheet"' not in shown
    assert "取り込むものはありません" in bring(ward, content, **{field: "now"})


def test_an_empty_file_is_told(ward: TestClient) -> None:
    assert "Excel ではない" in bring(ward, "")


def test_what_is_not_understood_is_named(ward: TestClient) -> None:
    book = typed_book.opened(taken(ward.get(PLACE).text))
    book["001_11"]["E11"] = "=1+1"
    told = bring(ward, base64.b64encode(typed_book.saved(book)).decode())
    assert "数式" in told
    assert fields(told).get("deed") is None or "このとおり提出する" not in told


def test_another_office_gets_none(client: TestClient) -> None:
    log_in(client, night.TOWN.person)
    assert client.get(PLACE).status_code == 403


def test_in_a_browser(enter: Enter, site: Site, tmp_path: Path) -> None:
    page = enter(night.WARD)
    page.goto(site.at(PLACE))
    with page.expect_download() as download:
        page.get_by_text("ブックを受け取る").click()
    data = Path(download.value.path()).read_bytes()
    back = tmp_path / "11.xlsx"
    back.write_bytes(base64.b64decode(typed(data, votes_a=59, votes_b=39)))
    page.set_input_files("#file", back)
    page.get_by_text("読み取りました").wait_for()
    page.get_by_role("button", name="何が変わるか確かめる").click()
    page.get_by_label("変更・申告の理由").fill("転記誤り")
    page.get_by_role("button", name="もう一度確かめる").click()
    page.get_by_role("button", name="このとおり提出する").click()
    page.get_by_text("提出しました").wait_for()


def test_a_file_too_large_for_a_form_in_a_browser(enter: Enter, site: Site, tmp_path: Path) -> None:
    """An office's workbook of 41 towns is about 600 KB: it is sent by itself, and the form names it."""
    page = enter(night.WARD)
    page.route(
        "**/workbook.js*",
        lambda route: route.fulfill(
            body=re.sub(r"MOST = [0-9_]+", "MOST = 100", (FOLDER / "workbook.js").read_text("utf-8")),
            content_type="text/javascript",
        ),
    )
    page.goto(site.at(PLACE))
    with page.expect_download() as download:
        page.get_by_text("ブックを受け取る").click()
    back = tmp_path / "11.xlsx"
    back.write_bytes(
        base64.b64decode(typed(Path(download.value.path()).read_bytes(), votes_a=57, votes_b=41))
    )
    page.set_input_files("#file", back)
    page.get_by_text("読み取りました").wait_for()
    assert page.locator("#bring [name=content]").input_value() == ""
    page.get_by_role("button", name="何が変わるか確かめる").click()
    page.get_by_label("変更・申告の理由").fill("転記誤り")
    page.get_by_role("button", name="もう一度確かめる").click()
    page.get_by_role("button", name="このとおり提出する").click()
    page.get_by_text("提出しました").wait_for()


def test_who_goes_on_too_early_or_with_nothing_is_told_and_loses_nothing(
    enter: Enter, site: Site, tmp_path: Path
) -> None:
    page = enter(night.WARD)
    page.route(
        "**/workbook.js*",
        lambda route: route.fulfill(
            body=re.sub(r"MOST = [0-9_]+", "MOST = 100", (FOLDER / "workbook.js").read_text("utf-8")),
            content_type="text/javascript",
        ),
    )
    page.goto(site.at(PLACE))
    on, told = page.get_by_role("button", name="何が変わるか確かめる"), page.locator("#read")
    on.click()
    expect(told).to_have_text("入力したブックを選んでください。")
    with page.expect_download() as download:
        page.get_by_text("ブックを受け取る").click()
    back = tmp_path / "11.xlsx"
    back.write_bytes(
        base64.b64decode(typed(Path(download.value.path()).read_bytes(), votes_a=58, votes_b=40))
    )
    page.evaluate("document.getElementById('read').dataset.most = '200'")
    page.set_input_files("#file", back)
    expect(told).to_contain_text("大きすぎます")
    page.evaluate("document.getElementById('read').dataset.most = '20000000'")
    page.route("**/import/uploads*", lambda route: route.abort())
    on.click()
    expect(told).to_contain_text("回線を確かめて")
    page.unroute("**/import/uploads*")
    page.route("**/import/uploads*", lambda route: route.fulfill(status=401, body="{}"))
    on.click()
    expect(told).to_contain_text("もう一度ログイン")
    page.unroute("**/import/uploads*")

    def slowly(route: Route) -> None:
        page.wait_for_timeout(200)
        route.continue_()

    page.set_input_files("#file", [])
    page.route("**/import/uploads*", slowly)
    page.set_input_files("#file", back)
    on.click()
    page.get_by_role("button", name="もう一度確かめる").wait_for()
