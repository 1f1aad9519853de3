"""Dividing a unit on its page: typed, looked at, proposed; confirmed by another person; undone as long as no part has reported."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import divided_land as land
import night
import pytest
from divided_land import ISLAND, MAINLAND
from forms import form_after, log_in
from site_under_test import settings_for
from starlette.testclient import TestClient

from api.app import create_app
from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import Database

PAGE = "/divided/tiny"
PEOPLE = (night.PREFECTURE, night.PREFECTURE_2, night.TOWN)
TYPED = {
    "unit": "20", "from": "2024-10-27", "why": "荒天", "code:1": MAINLAND, "name:1": "本土", "code:2": ISLAND, "name:2": "離島",
}  # fmt: skip


@pytest.fixture
def client(service: Reporting, database: Database, tmp_path: Path) -> Iterator[TestClient]:
    desk = land.define(service, is_test=False)
    land.report(desk, "20")
    projector = Projector(database)
    projector.create_if_missing()
    projector.catch_up()
    settings = settings_for(database.url, tmp_path, practice=PEOPLE, publication=False)
    with TestClient(create_app(settings), follow_redirects=False) as one:
        yield one


def test_one_proposes_another_confirms_and_it_is_undone(client: TestClient, service: Reporting) -> None:
    log_in(client, night.TOWN.person)
    assert 'id="divide"' not in client.get(PAGE).text
    log_in(client, night.PREFECTURE.person)
    page = client.get(PAGE).text
    assert 'name="keep:turnout" value="on" checked' in page
    assert page.count('value="on" checked') == 1
    form = form_after(page, 'id="divide"')
    ticked = {name: text for name, text in form.items() if name not in ("keep:flash", "keep:final")}
    looked = client.post(PAGE, data=ticked | TYPED).text
    sealed = form_after(looked, 'id="confirm"') | {"deed": "divide"}
    assert client.post(PAGE, data=sealed | {"unit": "11"}).status_code == 409, "not the unit that was shown"
    sent = client.post(PAGE, data=sealed)
    assert sent.status_code == 303
    page = client.get(sent.headers["location"]).text
    assert "別の人の確認を待っています" in page
    assert "確認して実行する</button>" not in page
    log_in(client, night.PREFECTURE_2.person)
    proposed = form_after(client.get(PAGE).text, 'class="inline confirming"') | {"deed": "confirm"}
    done = client.post(PAGE, data=proposed)
    assert (done.status_code, service.catalog.election("tiny").roster.withdrawn) == (303, {"20"})
    standing = client.get(PAGE).text
    assert "離島" in standing
    assert "投票速報" in standing
    undoing = form_after(standing, 'class="inline undoing"') | {"deed": "undo", "reason": "天候が回復した"}
    assert "waits=" in client.post(PAGE, data=undoing).headers["location"]
