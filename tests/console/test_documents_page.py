"""Documents on their page: a scan that was sent is attached with the cell it shows, and the history leads to it in one step."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import night
import pytest
import scans
from forms import fields, form_after, log_in
from site_under_test import settings_for
from starlette.testclient import TestClient

from api.app import create_app
from projections.runner import Projector
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.uploads import Uploads

PLACE = "tiny/final/final/11"
PAGE = f"/documents-of/{PLACE}"


@pytest.fixture
def client(service: Reporting, database: Database, tmp_path: Path) -> Iterator[TestClient]:
    night.define(service)
    night.submit(Desk(service))
    projector = Projector(database)
    projector.create_if_missing()
    projector.catch_up()
    people = (night.WARD, night.CITY, night.OTHER_WARD)
    settings = settings_for(database.url, tmp_path, practice=people, publication=False)
    with TestClient(create_app(settings), follow_redirects=False) as one:
        yield one


def test_a_scan_is_attached_and_the_history_leads_to_it(client: TestClient, database: Database) -> None:
    log_in(client, night.WARD.person)
    assert 'id="attach"' not in client.get(PAGE).text  # nothing was sent yet
    with Uploads(database) as store:
        upload = store.keep_bytes(night.WARD, "import", "開票録.png", scans.png())
    form = form_after(client.get(PAGE).text, 'id="attach"')
    typed = {
        "upload": str(upload.upload_id),
        "title": "開票録 第1号",
        "cell": "pr|voters||",
        "page": "2",
        "line": "7",
    }
    sent = client.post(PAGE, data=form | typed | {"deed": "attach"})
    assert sent.status_code == 303
    page = client.get(sent.headers["location"]).text
    assert "開票録 第1号" in page
    more = form_after(page, 'class="inline linking"') | {"cell": "pr|votes||a", "page": "3", "deed": "link"}
    # What is half typed is neither left out nor passed over: nothing is done.
    lone = {"cell": "", "page": "1", "line": "7"}
    for half in ({"cell": ""}, {"page": ""}, {"line": "七"}, {"cell": "", "page": "1"}, lone):
        assert client.post(PAGE, data=more | half).status_code == 409, half
    assert client.post(PAGE, data=more).status_code == 303
    page = client.get(PAGE).text
    assert "2 頁 7 行" in page
    assert "3 頁" in page
    history = client.get(f"/history/{PLACE}").text
    place = history.index("開票録 第1号")
    address = history[:place].rpartition('href="')[2].split('"')[0]
    assert address.startswith(f"/documents/{PLACE}/")
    log_in(client, night.CITY.person)
    answer = client.get(address)
    assert (answer.status_code, answer.content) == (200, scans.png())
    log_in(client, night.OTHER_WARD.person)
    assert client.get(address).status_code == 403
    assert 'class="withdrawing"' not in client.get(PAGE).text

    log_in(client, night.WARD.person)
    typed = {"reason": "<b>隣の区のもの</b>", "deed": "withdraw"}
    form = form_after(client.get(PAGE).text, 'class="withdrawing"') | typed
    other = client.post(PAGE, data=form | {"document": "a" * 64})
    assert "確認のために示したものと違います" in other.text
    form = form_after(client.get(PAGE).text, 'class="withdrawing"') | typed
    assert client.post(PAGE, data=form).status_code == 303
    for where in (PAGE, f"/history/{PLACE}"):
        shown = client.get(where).text
        assert "取り下げた書類" in shown
        assert "&lt;b&gt;隣の区のもの" in shown
        assert address not in shown
    assert client.get(address).status_code == 400


def test_two_tabs_lose_no_link(client: TestClient, database: Database) -> None:
    log_in(client, night.WARD.person)
    with Uploads(database) as store:
        upload = store.keep_bytes(night.WARD, "import", "開票録.png", scans.png())
    sent = form_after(client.get(PAGE).text, 'id="attach"') | {
        "upload": str(upload.upload_id),
        "title": "開票録",
    }
    assert client.post(PAGE, data=sent | {"deed": "attach"}).status_code == 303
    one, other = (form_after(client.get(PAGE).text, 'class="inline linking"') for _ in range(2))
    assert (
        client.post(PAGE, data=one | {"cell": "pr|voters||", "page": "1", "deed": "link"}).status_code == 303
    )
    late = client.post(PAGE, data=other | {"cell": "pr|votes||a", "page": "2", "deed": "link"})
    assert late.status_code == 409
    assert "他の人が先に更新しました" in late.text
    assert "1 頁" in late.text
    again = form_after(late.text, 'class="inline linking"') | {
        "cell": "pr|votes||a",
        "page": "2",
        "deed": "link",
    }
    assert client.post(PAGE, data=again).status_code == 303
    page = client.get(PAGE).text
    assert "1 頁" in page
    assert "2 頁" in page


def test_a_number_as_people_type_it_and_what_is_wrong_in_words(
    client: TestClient, database: Database
) -> None:
    log_in(client, night.WARD.person)
    with Uploads(database) as store:
        upload = store.keep_bytes(night.WARD, "import", "開票録.png", scans.png())
    typed = {"upload": str(upload.upload_id), "title": "開票録", "cell": "pr|votes||a", "page": "１２"}
    form = form_after(client.get(PAGE).text, 'id="attach"') | typed | {"strip": "on", "deed": "attach"}
    for wrong, told in (({"line": "七"}, "1 から始まる番号"), ({"cell": ""}, "「示す欄」で選んでください")):
        answer = client.post(PAGE, data=form | wrong)
        assert answer.status_code == 409
        assert told in answer.text
        assert "links.0" not in answer.text
        again = fields(answer.text[answer.text.index('id="attach"') :])
        assert {name: again[name] for name in ("title", "page")} == {"title": "開票録", "page": "１２"}
        assert 'value="on" checked' in answer.text
    assert client.post(PAGE, data=form | {"line": "３"}).status_code == 303
    assert "12 頁 3 行" in client.get(PAGE).text
