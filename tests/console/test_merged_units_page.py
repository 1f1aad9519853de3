"""Merging units on its page: typed, looked at, proposed; confirmed by another person; undone as long as nothing was reported."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import divided_land
import joint_land as land
import pytest
from forms import form_after, log_in
from joint_land import JOINT, PREFECTURE, PREFECTURE_2
from night import HARBOUR
from site_under_test import settings_for
from starlette.testclient import TestClient

from api.app import create_app
from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import Database

PAGE = "/merged/tiny"
TYPED = {"unit:1": "31", "unit:2": "32", "code": JOINT, "name": "港山", "from": "2024-10-27", "why": "浸水"}


@pytest.fixture
def client(service: Reporting, database: Database, tmp_path: Path) -> Iterator[TestClient]:
    desk = divided_land.define(service, is_test=False)
    land.report(desk, "31", HARBOUR, votes_a=60, votes_b=38)
    projector = Projector(database)
    projector.create_if_missing()
    projector.catch_up()
    people = (PREFECTURE, PREFECTURE_2, HARBOUR)
    settings = settings_for(database.url, tmp_path, practice=people, publication=False)
    with TestClient(create_app(settings), follow_redirects=False) as browser:
        yield browser


def test_one_proposes_another_confirms_and_it_is_undone(client: TestClient, service: Reporting) -> None:
    log_in(client, HARBOUR.person)
    assert 'id="merge"' not in client.get(PAGE).text
    log_in(client, PREFECTURE.person)
    form = form_after(client.get(PAGE).text, 'id="merge"')
    more = client.post(
        PAGE, data=form | TYPED | {"unit:2": "", "unit:9": "32", "seat": "9", "more": "12"}
    ).text
    assert 'id="confirm"' not in more
    assert 'name="unit:12"' in more
    assert 'name="seat" value="9" checked' in more
    ticked = {name: text for name, text in form.items() if name not in ("keep:flash", "keep:final")}
    looked = client.post(PAGE, data=ticked | TYPED | {"seat": "2"}).text
    sealed = form_after(looked, 'id="confirm"') | {"deed": "merge"}
    assert client.post(PAGE, data=sealed | {"unit:2": "20"}).status_code == 409, (
        "not the units that were shown"
    )
    sent = client.post(PAGE, data=sealed)
    assert sent.status_code == 303
    assert "別の人の確認を待っています" in client.get(sent.headers["location"]).text
    log_in(client, PREFECTURE_2.person)
    proposed = form_after(client.get(PAGE).text, 'class="inline confirming"') | {"deed": "confirm"}
    done = client.post(PAGE, data=proposed)
    assert (done.status_code, service.catalog.election("tiny").roster.withdrawn) == (303, {"31", "32"})
    standing = client.get(PAGE).text
    assert "報告する委員会：32" in standing
    undoing = form_after(standing, 'class="inline undoing"') | {"deed": "undo", "reason": "別々に開票できた"}
    assert "waits=" in client.post(PAGE, data=undoing).headers["location"]
