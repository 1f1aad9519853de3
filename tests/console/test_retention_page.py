"""What is due, held and disposed of, by the page alone: one proposes, cannot confirm, another confirms; a hold stops it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import night
import pytest
import scans
import tiny
from forms import form_after, log_in
from site_under_test import settings_for
from starlette.testclient import TestClient

from api.app import create_app
from projections.runner import Projector
from reporting.application.commands import CellInput, EnterFigures
from reporting.application.documents import AttachDocument, AttachedDocuments
from reporting.application.retention import Retention
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.documents import Documents
from reporting.domain.actor import Actor, Role
from reporting.transparency.erasure import erase

FIRST, SECOND = (Actor(name, "総務省選挙課", Role.MINISTRY, "*") for name in ("高橋", "伊藤"))
Send = Callable[..., str]


@pytest.fixture
def client(database: Database, service: Reporting, tmp_path: Path) -> Iterator[TestClient]:
    night.define(service)
    old = night.election(code="old", polling_date="2001-07-29", workflow=None)
    service.define_election(old, tiny.SYSTEM, uuid4())
    figure = (CellInput(contest="pr", item="voters", value="1"),)
    where = {"election": "old", "form": "final", "slot": "final", "unit": "11"}
    entered = EnterFigures(command_id=uuid4(), **where, expected_version=0, figures=figure)
    service.enter_figures(entered, night.WARD)
    scan = AttachDocument(command_id=uuid4(), **where, upload=uuid4(), title="開票録")
    AttachedDocuments(service, Documents(tmp_path)).attach(scan, night.WARD, scans.png)
    Projector(database).catch_up()
    settings = settings_for(database.url, tmp_path, practice=(night.WARD, FIRST, SECOND), publication=False)
    with TestClient(create_app(settings), follow_redirects=False) as serving:
        yield serving


@pytest.fixture
def send(client: TestClient) -> Send:
    def sent(actor: Actor, mark: str, **typed: str) -> str:
        log_in(client, actor.person)
        answer = client.post("/retention", data=form_after(client.get("/retention").text, mark) | typed)
        return client.get(answer.headers["location"]).text if answer.status_code == 303 else answer.text

    return sent


def test_names_go_by_two_persons_and_never_under_a_hold(
    send: Send, client: TestClient, database: Database, service: Reporting, tmp_path: Path
) -> None:
    page = send(FIRST, 'id="hold"', election="old", reason="令和8年(行ケ)第3号")
    assert 'name="election" value="old"' not in page, "what is held is not offered"
    held = service_holds(service)
    page = send(FIRST, 'id="hold"', deed="propose", election="old", reason="2026-17")
    assert "確認のために示したものと違います" in page, "what no form of the page offers is not taken"
    page = send(FIRST, 'class="lift"', reason="判決確定")
    assert f'value="{held}"' not in page

    page = send(FIRST, 'class="propose"', reason="2026-17")
    assert "別の人の確認を待っています" in page
    (waiting,) = Retention(service).holding().disposals
    alone = send(FIRST, 'id="hold"', deed="confirm", disposal=waiting, reason="")
    assert "確認のために示したものと違います" in alone, "no form offers it to who proposed"
    page = send(SECOND, f'id="confirm-{waiting}"')
    assert "二人の判断がそろいました" in page
    assert Retention(service).holding().disposals[waiting].confirmed_at is not None

    erase(database, waiting, None, (), by="運用", ground="2026-17")
    Retention(service).certify(uuid4(), waiting, FIRST)
    page = client.get("/retention").text
    assert "廃棄の証明" in page
    assert "操作 3 件" in page

    page = send(FIRST, 'id="propose-documents-old"', reason="2026-18")
    assert "別の人の確認を待っています" in page
    waiting = list(Retention(service).holding().disposals)[-1]
    page = send(SECOND, f'id="confirm-{waiting}"')
    assert f"reporting documents dispose {waiting}" in page
    Retention(service).dispose_documents(uuid4(), waiting, FIRST, Documents(tmp_path))
    assert "書類 1 件" in client.get("/retention").text


def service_holds(service: Reporting) -> str:
    (name,) = Retention(service).holding().holds
    return name


def test_who_may_not_sees_nothing_of_it(client: TestClient) -> None:
    log_in(client, night.WARD.person)
    assert "/retention" not in client.get("/offices").text
    page = client.get("/retention").text
    assert "廃棄停止を開く" not in page
    assert 'role="alert"' in page
    log_in(client, FIRST.person)
    assert 'href="/retention"' in client.get("/offices").text
