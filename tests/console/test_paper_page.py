"""Paper at the console: printed, read back by its code, typed, and its control totals compared."""

from __future__ import annotations

import base64
import re
from urllib.parse import urlsplit

import night
import pages
import pytest
from forms import form_after, log_in
from starlette.testclient import TestClient

PLACE = "/printing/tiny/final/final/11"
ENTRY = "/entry/tiny/final/final/11"
HREF = re.compile(r'href="data:application/pdf;base64,([^"]+)"')


def printed(client: TestClient, kind: str) -> bytes:
    found = HREF.search(client.get(f"{PLACE}?make={kind}").text)
    assert found is not None
    return base64.b64decode(found[1])


@pytest.fixture
def ward(client: TestClient) -> TestClient:
    log_in(client, night.WARD.person)
    return client


def read(client: TestClient, code: str) -> str:
    form = form_after(client.get("/paper").text, 'id="code"')
    return client.post("/paper", data={**form, "code": code}).text


def test_from_the_printer_back_to_the_screen(ward: TestClient) -> None:
    blank, filled = printed(ward, "blank"), printed(ward, "filled")
    assert "60" not in pages.text_of(blank).replace("2300", "")
    assert "該当なし" in pages.text_of(blank)
    (code,) = pages.codes_of(filled)
    assert pages.codes_of(blank) == [code]
    shown = read(ward, code)
    assert f'action="{ENTRY}"' in shown
    assert "検算1" in shown
    onward = f"{ENTRY}?paper={code}&filled=8&total=598"
    entry = form_after(ward.get(onward).text, 'id="entry"')
    answer = ward.post(ENTRY, data={**entry, "cell:pr|votes||a": "59", "then": "review"})
    where = answer.headers["location"]
    assert "total=598" in where, "told before typing, compared afterwards"
    review = ward.get(where).text
    assert "検算が合いません" in review
    assert review.count("✓ 一致") == 1, "as many boxes, another sum"
    back = form_after(
        ward.get(ENTRY + "?" + urlsplit(where).query.replace("review=1", "")).text, 'id="entry"'
    )
    again = ward.post(ENTRY, data={**back, "cell:pr|votes||a": "60", "then": "review"})
    review = ward.get(again.headers["location"]).text
    assert review.count("✓ 一致") == 2
    assert "検算が合いません" not in review


@pytest.mark.parametrize(
    ("filled", "total", "agree"), [("８", "５９８", 2), ("8", "598.0", 2), ("", "", 0), ("8件", "<b>", 0)]
)
@pytest.mark.unchanged
def test_totals_as_people_write_them(ward: TestClient, filled: str, total: str, agree: int) -> None:
    told = ward.get(ENTRY, params={"paper": "F1-X", "filled": filled, "total": total, "review": 1}).text
    assert told.count("✓ 一致") == agree
    assert "<b>" not in told.split("紙の検算", 1)[1].split("</table>", 1)[0]


@pytest.mark.unchanged
def test_a_code_of_nothing_and_of_another_office(ward: TestClient, client: TestClient) -> None:
    (code,) = pages.codes_of(printed(ward, "blank"))
    wrong = read(ward, code[:-1] + ("0" if code[-1] != "0" else "1"))
    assert "紙は見つかりません" in wrong
    assert 'id="code"' in wrong, "typed again on the same page"
    log_in(client, night.TOWN.person)
    other = read(client, code)
    assert "権限がありません" in other
    assert "検算1" not in other
    assert client.get(f"{PLACE}?make=filled").status_code == 403


@pytest.mark.unchanged
def test_not_without_a_login(client: TestClient) -> None:
    for address in ("/paper", f"{PLACE}?make=filled"):
        assert client.get(address).status_code == 303


def test_an_approval_is_checked_by_its_code(ward: TestClient) -> None:
    page = ward.get(f"{PLACE}?make=approval").text
    found = HREF.search(page)
    assert found is not None
    (code,) = pages.codes_of(base64.b64decode(found[1]))
    assert code in page
    shown = read(ward, code)
    assert "台帳は、この紙の状態でした" in shown
    assert "そのあとで変わった欄はありません" in shown
    night_values = {"pr|votes||a": "59", "pr|votes||b": "39"}
    entry = form_after(ward.get(ENTRY).text, 'id="entry"')
    ward.post(
        ENTRY, data={**entry, **{f"cell:{key}": text for key, text in night_values.items()}, "then": "review"}
    )
    review = form_after(ward.get(f"{ENTRY}?review=1").text, 'class="review"')
    assert ward.post(ENTRY, data={**review, "reason": "訂正"}).status_code == 303
    assert "そのあとで 2 欄が変わりました" in read(ward, code)
    assert "書き換えられています" in read(
        ward, code.replace(f"-{code.split('-')[4]}-", "-1-")
    ) or "見つかりません" in read(ward, code[:-1] + "0")
    for stranger in (night.TOWN, night.HARBOUR):
        log_in(ward, stranger.person)
        told = read(ward, code)
        assert "権限がありません" in told
        assert "この紙の状態" not in told


@pytest.mark.unchanged
def test_what_an_office_and_a_release_hold_is_drawn_up(client: TestClient) -> None:
    log_in(client, night.NATION.person)
    address = "/approvals/tiny/final/final"
    assert address in client.get("/board/tiny/final/final/administrative/nation").text
    drawn = dict(re.findall(r'href="([^"]+\?make=(\w+))" download', client.get(address).text))
    files = {kind: file for file, kind in drawn.items()}
    assert set(files) == {"office", "officeBook", "release", "releaseBook"}
    for kind in ("office", "release"):
        answer = client.get(files[kind])
        assert answer.headers["content-type"] == "application/pdf"
        (code,) = pages.codes_of(answer.content)
        assert "台帳は、この紙の状態でした" in read(client, code)
    assert "spreadsheetml" in client.get(files["officeBook"]).headers["content-type"]
    log_in(client, night.WARD.person)
    assert client.get(files["release"]).status_code == 403
    assert client.get(files["office"]).status_code == 200, "its own returns"


def test_names_are_signed_off_on_their_page(client: TestClient) -> None:
    log_in(client, night.WARD.person)
    page = client.get("/names/tiny").text
    assert "未校正" in page
    form = form_after(page, 'class="inline" method="post" action="/names/tiny"')
    refused = client.post("/names/tiny", data={**form, "deed": "proofread"})
    assert refused.status_code == 409
    assert "権限がありません" in refused.text
    log_in(client, night.NATION.person)
    form = form_after(client.get("/names/tiny").text, 'class="inline" method="post" action="/names/tiny"')
    other = client.post("/names/tiny", data={**form, "names": "0" * 64})
    assert "確認のために示したものと違います" in other.text
    assert "甲党" in other.text
    done = client.post("/names/tiny", data=form)
    assert done.status_code == 303
    shown = client.get(done.headers["location"]).text
    assert f"✓ {night.NATION.office}" in shown
    assert 'href="/names-file/tiny"' in client.get("/names/tiny?make=sheet").text
    sheet = client.get("/names-file/tiny")
    assert sheet.headers["content-type"] == "application/pdf"
    assert "甲党" in pages.text_of(sheet.content)
