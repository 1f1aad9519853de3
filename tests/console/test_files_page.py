"""Files that were sent: sent, looked at, every refusal at its row and column, taken once, discarded; nobody else's."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import night
import openpyxl
import pytest
from forms import TOKEN, form_after, log_in
from playwright.sync_api import Page, expect
from site_under_test import Site
from starlette.testclient import TestClient

from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor
from reporting.importing.sent import file_called
from reporting.ledger import return_stream
from reporting.uploads.store import seen_of

Enter = Callable[[Actor], Page]
HEAD = "election,form,slot,unit,contest,item,breakdown,choice,value\n"
ROWS = "tiny,flash,2300,11,pr,votes,,a,41\ntiny,flash,2300,11,pr,votes,,b,59\n"
PLACE = ("tiny", "flash", "2300", "11")


def send(client: TestClient, text: str | bytes, name: str = "報告 11.csv") -> str:
    """Where the page's script goes on to."""
    assert 'id="bring"' in client.get("/files").text
    content = text if isinstance(text, bytes) else text.encode()
    headers = {"X-Reporting": "console", "Content-Type": "application/octet-stream"}
    answer = client.post("/import/uploads", params={"name": name}, content=content, headers=headers)
    assert answer.status_code == 201, answer.text
    return f"/files?sent={answer.json()['upload']}"


def look(client: TestClient, **read_as: str) -> str:
    form = form_after(client.get("/files").text, 'id="reading"')
    upload = re.search(r'<option value="([0-9a-f-]{36})"', client.get("/files").text)
    assert upload
    return client.post("/files", data=form | {"upload": upload[1], "kind": "returns"} | read_as).text


def events(service: Reporting) -> int:
    return len(service.ledger.stream(return_stream(*PLACE)))


def test_a_file_is_sent_looked_at_and_taken_once(client: TestClient, service: Reporting) -> None:
    log_in(client, night.WARD.person)
    page = client.get(send(client, HEAD + ROWS, "../../報告 <b>11</b>.csv")).text
    assert "いま送った" in page
    assert "b&gt;.csv" in page
    assert "../" not in page.split("<main")[1].split("</main>")[0].split("<tbody>")[1]
    before = events(service)
    shown = look(client)
    assert "このとおり取り込む" in shown
    form = form_after(shown, 'id="confirm"') | {"deed": "take"}
    assert events(service) == before, "a look changes nothing"
    other = client.post("/files", data=form | {"encoding": "cp932"})
    assert "NOT_AS_SHOWN" in other.text
    first, again = client.post("/files", data=form), client.post("/files", data=form)
    assert first.headers["location"].startswith("/files?done=")
    assert again.headers["location"] == first.headers["location"], "a double click takes it once"
    assert events(service) > before
    assert "待っているファイルはありません" in client.get("/files").text


def test_each_refusal_stands_at_its_row_and_column(client: TestClient, service: Reporting) -> None:
    log_in(client, night.WARD.person)
    send(client, HEAD + ROWS.replace(",41", ",4l").replace("votes,,b", "vots,,b"))
    before = service.ledger.position()
    shown = look(client)
    assert 'id="confirm"' not in shown
    table = shown.split("読めなかったところ。")[1].split("</table>")[0]
    assert re.findall(r'<td class="number">(\d+)', table) == ["2", "3"]
    assert "value" in table
    assert "4l" in table
    assert service.ledger.position() == before
    client.post("/language", data={"language": "en", "back": "/"})
    assert "What was not understood" in look(client)
    for odd in (
        {"kind": "workbook"},
        {"kind": "mapped"},
        {"kind": "mapped", "mapping": "nowhere"},
        {"kind": "moon"},
        {"encoding": "ebcdic"},
        {"upload": str(uuid4())},
        {"upload": "x"},
    ):
        assert 'role="alert"' in look(client, **odd), odd


def test_a_title_of_another_day_is_taken_once_somebody_says_that_it_is_right(
    client: TestClient, service: Reporting, database: Database
) -> None:
    book, out, said = openpyxl.Workbook(), io.BytesIO(), "平成30年10月27日"
    assert book.active is not None
    book.active.title = "比例"
    for row in (
        [f"{said}執行　小選挙"],
        ["比例代表"],
        ["市区町村名＼政党名", "甲党", "乙党"],
        ["地域11", 1, 2],
    ):
        book.active.append(row)
    book.save(out)
    log_in(client, night.WARD.person)
    send(client, out.getvalue(), "結果.xlsx")
    asked = {"kind": "workbook", "place": "tiny/flash/2300"}
    before = service.ledger.position()
    refused = look(client, **asked)
    assert 'id="confirm"' not in refused
    assert "確かめた表題の語" in refused.split("読めなかったところ。")[1].split("</table>")[0], (
        "the field's own name"
    )
    assert 'id="confirm"' not in look(client, **asked, title="平成29年"), "which the file does not say"
    shown = look(client, **asked, title=f" {said}\r\n\r\n無記載\r\n")
    assert 'id="confirm"' in shown, re.sub(r"<[^>]+>", " ", shown.split("<main")[1])
    taken = client.post("/files", data=form_after(shown, 'id="confirm"') | {"deed": "take"})
    assert taken.headers["location"].startswith("/files?done=")
    with database.connect() as connection:
        reasons = connection.execute(
            "SELECT reason FROM ledger.command WHERE last_position > %s", (before,)
        ).fetchall()
    assert any(f"title confirmed: {said}" in reason for (reason,) in reasons if reason), (
        "it stays with what was imported"
    )


def test_what_a_file_changes_is_taken_with_a_reason(client: TestClient, service: Reporting) -> None:
    """Once for all its rows; and what is chosen and not used is told, not passed over."""
    log_in(client, night.WARD.person)
    send(client, HEAD + ROWS)
    assert "このとおり取り込む" not in look(client, place="tiny/flash/2200"), "the rows say 2300 themselves"
    client.post("/files", data=form_after(look(client), 'id="confirm"') | {"deed": "take"})
    send(client, HEAD + ROWS.replace(",41", ",43"))
    refused, why = look(client), "開票録の転記誤り"
    assert "訂正の理由" in refused.split("読めなかったところ。")[1].split("</table>")[0]
    shown = look(client, reason=why)
    assert shown.count(why) >= 2, "in its field, and in what is confirmed"
    taken = client.post("/files", data=form_after(shown, 'id="confirm"') | {"deed": "take"})
    assert taken.headers["location"].startswith("/files?done=")
    assert why in client.get(f"/history/{'/'.join(PLACE)}").text


def test_a_file_is_its_senders_alone(client: TestClient, service: Reporting) -> None:
    log_in(client, night.WARD.person)
    send(client, HEAD + ROWS)
    mine = client.get("/files").text
    upload = re.search(r'name="discarded" value="([^"]+)"', mine)
    assert upload
    address = f"/import/uploads/{upload[1]}"
    assert f'href="{address}"' in mine
    fetched = client.get(address)
    assert fetched.text == HEAD + ROWS
    assert fetched.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
    assert fetched.headers["x-content-type-options"] == "nosniff"
    log_in(client, night.TOWN.person)
    assert client.get(address).status_code == 400, "as if it had never been"
    page = client.get("/files").text
    assert "報告 11.csv" not in page
    token = TOKEN.search(page)
    assert token
    forged = {"token": token[1], "deed": "discard", "discarded": upload[1], "command": str(uuid4())}
    assert client.post("/files", data=forged).status_code == 409
    taking = {
        "token": token[1],
        "deed": "preview",
        "upload": upload[1],
        "kind": "returns",
        "command": str(uuid4()),
    }
    assert "このとおり取り込む" not in client.post("/files", data=taking).text
    log_in(client, night.WARD.person)
    asked = client.post(
        "/files", data=form_after(client.get("/files").text, "discarding") | {"deed": "edit"}
    ).text
    form = form_after(asked, "discarding") | {"deed": "discard"}
    assert client.post("/files", data=form).headers["location"] == "/files?gone=yes"
    assert client.post("/files", data=form).headers["location"] == "/files?gone=no"
    client.cookies.clear()
    assert client.get(address).status_code == 401
    assert client.get("/files").headers["location"].startswith("/sign-in")


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "..",
        "/etc/cron.d/x",
        "a\\..\\b.csv",
        "",
        "\u202e",
        ". .",
        "漢" * 300,
        "𠮷" * 100,
        "x" * 999,
    ],
)
def test_a_name_is_never_the_way_to_another_folder(name: str, tmp_path: Path) -> None:
    kept = seen_of(name)
    assert kept
    assert "/" not in kept
    assert "\\" not in kept
    assert kept.strip(".")
    file = tmp_path / file_called(name)
    file.write_bytes(b"")
    assert file.resolve().parent == tmp_path.resolve()


def test_a_file_is_sent_in_a_browser(enter: Enter, site: Site, tmp_path: Path) -> None:
    """A table of a few rows, and a scan that is larger than any form: docs/documents.md says 20 MB."""
    page = enter(night.WARD)
    for name, content in (
        ("報告 11.csv", (HEAD + ROWS).encode()),
        ("投票録.pdf", b"%PDF-1.7 " + bytes(20_000_000)),
    ):
        page.goto(site.at("/files"))
        (tmp_path / name).write_bytes(content)
        page.set_input_files("#file", tmp_path / name)
        page.get_by_role("button", name="送る", exact=True).click()
        row = page.get_by_role("row").filter(has_text="いま送った")
        row.wait_for()
        assert name in row.inner_text()
        assert f"{len(content):,}" in row.inner_text()


def test_what_cannot_be_sent_is_told_in_a_browser(enter: Enter, site: Site, tmp_path: Path) -> None:
    page = enter(night.WARD)
    page.goto(site.at("/files"))
    button, told = page.get_by_role("button", name="送る", exact=True), page.locator("#read")
    button.click()
    expect(told).to_have_text("送るファイルを選んでください。")
    for name, content in (("空.csv", b""), ("報告.csv", (HEAD + ROWS).encode())):
        (tmp_path / name).write_bytes(content)
    page.set_input_files("#file", tmp_path / "空.csv")
    button.click()
    expect(told).to_contain_text("何も入っていません")
    page.set_input_files("#file", tmp_path / "報告.csv")
    page.evaluate("document.getElementById('bring').dataset.most = '10'")
    button.click()
    expect(told).to_contain_text("大きすぎます")
    page.evaluate("document.getElementById('bring').dataset.most = '1000'")
    page.route("**/import/uploads*", lambda route: route.abort())
    button.click()
    expect(told).to_contain_text("回線を確かめて")
    page.unroute("**/import/uploads*")
    page.context.clear_cookies()
    button.click()
    expect(told).to_contain_text("もう一度ログイン")
    expect(button).to_be_enabled()
    assert page.url.endswith("/files"), "what was chosen is still there"


def test_what_keeps_a_file_from_being_read_is_told_by_the_names_of_its_fields(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_in(client, night.WARD.person)
    send(client, HEAD + ROWS)
    for chosen, told in (
        ({"kind": "places"}, "「どの回の値か」を選んでください"),
        ({"kind": "workbook"}, "「どの回の値か」を選んでください"),
        ({"kind": "mapped"}, "「対応表」を選んでください"),
        ({"encoding": "cp932", "place": "/".join(PLACE[:3])}, "「どの回の値か」は、報告の値の表（CSV）には使いません"),
        ({"kind": "workbook", "place": "/".join(PLACE[:3]), "encoding": "cp932"}, "「文字コード」は、総務省の様式のブック"),
    ):  # fmt: skip
        page = look(client, **chosen)
        alert = page.split("取り込むとどうなるか")[1].split("</section>")[0]
        assert told in alert
        assert "の値" not in alert.replace("どの回の値", "").replace("報告の値", ""), (
            "not as GraphQL calls it"
        )
    monkeypatch.setattr("api.graphql.desk.imports.AT_ONCE", 50)
    monkeypatch.setattr(sys.modules["api.console.pages.files.page"], "AT_ONCE", 50)
    assert "分けて送るか" in look(client)
    assert "POST /import" not in look(client)
