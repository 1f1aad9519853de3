"""An item on its page: what rests on it, remarks of offices, the nation's mark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import night
import pytest
from forms import form_after, log_in
from site_under_test import settings_for
from starlette.testclient import TestClient

from api.app import create_app
from projections.runner import Projector
from reporting.application.item_remarks import ItemRemarks
from reporting.application.service import Reporting
from reporting.database.connect import Database

PAGE = "/item/tiny/voters"


@pytest.fixture
def client(service: Reporting, database: Database, tmp_path: Path) -> Iterator[TestClient]:
    night.define(service)
    projector = Projector(database)
    projector.create_if_missing()
    projector.catch_up()
    settings = settings_for(database.url, tmp_path, practice=(night.WARD, night.NATION), publication=False)
    with TestClient(create_app(settings), follow_redirects=False) as one:
        yield one


def test_a_ward_remarks_and_the_nation_marks(client: TestClient, service: Reporting) -> None:
    log_in(client, night.WARD.person)
    page = client.get(PAGE).text
    assert "投票率" in page  # a rate computed from it
    assert "廃止の候補にする" not in page
    said = {"deed": "remark", "unit": "11", "wish": "remove", "text": "別の調査と<同じ>数です"}
    first = form_after(page, 'id="remark"') | said
    assert client.post(PAGE, data=first).status_code == 303
    assert client.post(PAGE, data=first).status_code == 303, "sent again it is one remark"
    measured = form_after(page, 'id="burden"') | {"deed": "burden", "form": "final"}
    assert "未測定" in client.post(PAGE, data=measured).text
    log_in(client, night.NATION.person)
    page = client.get(PAGE).text
    assert "別の調査と&lt;同じ&gt;数です" in page
    marking = form_after(page, 'class="inline flagging"') | {"deed": "flag", "reason": "見直しの対象"}
    assert client.post(PAGE, data=marking | {"candidate": "no"}).status_code == 409
    assert client.post(PAGE, data=marking).status_code == 303
    thread = ItemRemarks(service).thread("tiny", "voters")
    assert (thread.candidate, len(thread.deeds)) == (True, 2)
    assert "候補の印を外す" in client.get(PAGE).text
