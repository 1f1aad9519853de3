"""All units of an office in one workbook: taken from the board, brought back, handed in; no other office's."""

from __future__ import annotations

import base64

import night
import pytest
import typed_book
from forms import form_after, log_in
from starlette.testclient import TestClient

PAGE, FILE = "/workbook/tiny/final/final", "/workbook-file/tiny/final/final"


def test_taken_typed_and_handed_in(client: TestClient) -> None:
    log_in(client, night.CITY.person)
    board = client.get("/board/tiny/final/final/administrative/city").text
    assert PAGE in board
    page = client.get(PAGE).text
    assert "2 単位" in page
    assert FILE in page
    file = client.get(FILE)
    assert file.headers["content-disposition"] == "attachment; filename*=UTF-8''tiny-final-final-2-1.xlsx"
    assert len(page.encode()) < 20_000, "the file is no part of the page"
    filled = {
        (unit, cell.cell().cell.key): float(cell.value)
        for unit in ("11", "12")
        for cell in night.cells(votes_a=59, votes_b=39)
    }
    content = base64.b64encode(typed_book.typed(file.content, filled)).decode()
    form = form_after(page, 'id="bring"') | {"content": content, "name": "all.xlsx", "deed": "preview"}
    shown = client.post(PAGE, data=form | {"reason": "転記誤り"}).text
    assert shown.count('<section class="review"') == 2
    form = form_after(shown, 'class="workbook"') | {"reason": "転記誤り", "deed": "hand_in"}
    done = client.post(PAGE, data=form)
    assert done.status_code == 303, done.text
    assert "2 単位を提出しました" in client.get(done.headers["location"]).text
    for unit in ("11", "12"):
        assert 'data-plain="59"' in client.get(f"/approval/tiny/final/final/{unit}").text


def test_a_file_too_large_for_a_form_is_sent_by_itself(client: TestClient) -> None:
    log_in(client, night.CITY.person)
    filled = {
        (unit, c.cell().cell.key): float(c.value)
        for unit in ("11", "12")
        for c in night.cells(votes_a=59, votes_b=39)
    }
    content = typed_book.typed(client.get(FILE).content, filled)
    address, octets = (
        "/import/uploads?way=workbook&name=all.xlsx",
        {"Content-Type": "application/octet-stream"},
    )
    assert client.post(address, content=content, headers=octets).status_code == 401, "a form of another site"
    kept = client.post(address, content=content, headers=octets | {"X-Reporting": "console"})
    assert (kept.status_code, kept.json()["way"]) == (201, "workbook")
    form = form_after(client.get(PAGE).text, 'id="bring"') | {
        "sent": kept.json()["sha256"],
        "name": "all.xlsx",
    }
    shown = client.post(PAGE, data=form | {"reason": "転記誤り", "deed": "preview"}).text
    again = form_after(shown, 'class="workbook"') | {"reason": "転記誤り", "deed": "hand_in"}
    assert again["sent"] == kept.json()["sha256"]
    other = client.post(PAGE, data=again | {"sent": "0" * 64})
    assert other.status_code == 409, "another file than was shown"
    done = client.post(PAGE, data=again)
    assert done.status_code == 303
    twice = client.post(PAGE, data=again)
    assert twice.status_code in (303, 409, 422), twice.status_code
    log_in(client, night.WARD.person)
    foreign = client.post(
        PAGE,
        data=form_after(client.get(PAGE).text, 'id="bring"')
        | {"sent": kept.json()["sha256"], "deed": "preview"},
    )
    assert '<section class="review"' not in foreign.text


def test_one_wrong_sheet_keeps_no_other_back(client: TestClient) -> None:
    log_in(client, night.CITY.person)
    data = client.get(FILE).content
    filled = {("11", cell.cell().cell.key): float(cell.value) for cell in night.cells(votes_a=59, votes_b=39)}
    filled |= {("12", cell.cell().cell.key): float(cell.value) for cell in night.cells(votes_a=1)}
    content = base64.b64encode(typed_book.typed(data, filled)).decode()
    form = form_after(client.get(PAGE).text, 'id="bring"') | {"content": content, "name": "all.xlsx"}
    shown = client.post(PAGE, data=form | {"reason": "転記誤り", "deed": "preview"}).text
    assert "提出できる 1 単位" in shown
    assert "確認が必要な 1 単位" in shown
    again = form_after(shown, 'class="workbook"')
    mending = client.post(PAGE, data=again | {"mend": "1", "reason": "転記誤り"}).text
    assert "declare:12/" in mending, "what the wrong sheet waits for can be said"
    done = client.post(PAGE, data=again | {"reason": "転記誤り", "deed": "hand_in"})
    assert done.headers["location"] == f"{PAGE}?n=1&left=1"
    assert "残り 1 単位" in client.get(done.headers["location"]).text
    assert 'data-plain="59"' in client.get("/approval/tiny/final/final/11").text
    assert 'data-plain="60"' in client.get("/approval/tiny/final/final/12").text


@pytest.mark.unchanged
def test_a_file_has_the_office_s_own_units_alone(client: TestClient) -> None:
    log_in(client, night.HARBOUR.person)
    assert "1 単位" in client.get(PAGE).text
    assert client.get(FILE).headers["content-disposition"].endswith("tiny-final-final-31.xlsx")
    client.cookies.clear()
    assert client.get(FILE).headers["location"].startswith("/sign-in")


@pytest.mark.unchanged
def test_a_part_or_slot_that_is_not_there_is_told_in_a_page(client: TestClient) -> None:
    log_in(client, night.CITY.person)
    for address in (
        f"{FILE}?part=2",
        f"{FILE}?part=0",
        "/workbook-file/tiny/final/nothing",
        "/workbook/tiny/x/final",
    ):
        answer = client.get(address, headers={"accept": "text/html"})
        assert answer.status_code == 404, address
        assert "表示できません" in answer.text
