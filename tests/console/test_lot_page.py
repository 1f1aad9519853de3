"""A lot: who is equal, what the votes wait for; recorded by one person, confirmed by another, out with the next release."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import night
import pytest
from forms import form_after, log_in
from site_under_test import settings_for
from starlette.testclient import TestClient
from tiny import SYSTEM, label

from api.app import create_app
from projections.runner import Projector
from reporting.application.desk import Desk
from reporting.application.desk_commands import Approve, Submit
from reporting.application.service import Reporting
from reporting.database.connect import Database

pytestmark = pytest.mark.begins.with_args(night.define)

SECOND = replace(night.NATION, person="森")
PEOPLE = (night.NATION, SECOND, night.PREFECTURE, night.WARD, night.tiny.AUDITOR)
PAGE, INDEX = "/lot/town/final/final/pr", "/lots/town"
PLACE = {"election": "town", "form": "final", "slot": "final"}


@pytest.fixture
def desk(service: Reporting, database: Database) -> Desk:
    """Two candidates of one seat, 49 votes each, approved by the prefecture alone."""
    desk = Desk(service)
    contest = {
        "code": "pr", "label": label("市長"), "kind": "council", "area": {"geography": "administrative", "area": "20"},
        "choices": [{"code": "a", "name": "甲"}, {"code": "b", "name": "乙"}],
    }  # fmt: skip
    service.define_election(night.election(code="town", contests=[contest]), SYSTEM, uuid4())
    counted(desk, 49)
    approve(desk, night.PREFECTURE)
    return desk


def counted(desk: Desk, votes_a: int, reason: str | None = None) -> None:
    values = {**night.BALANCED, "votes_a": votes_a, "votes_b": 98 - votes_a}
    more = {} if reason is None else {"reason": reason}
    desk.submit(Submit(**{**night.of("20"), **PLACE}, figures=night.cells(**values), **more), night.TOWN)


def approve(desk: Desk, actor: night.Actor) -> None:
    desk.approve(Approve(**{**night.of("20"), **PLACE}), actor)


@pytest.fixture
def client(desk: Desk, database: Database, tmp_path: Path) -> TestClient:
    follow(database)
    settings = settings_for(database.url, tmp_path, practice=PEOPLE, publication=False)
    return TestClient(create_app(settings), follow_redirects=False)


def follow(database: Database) -> None:
    projector = Projector(database)
    projector.catch_up()


def shown(client: TestClient, mark: str) -> dict[str, str]:
    """The form behind `mark`, nobody ticked."""
    form = form_after(client.get(PAGE).text, f'class="{mark}"')
    unticked = {name: text for name, text in form.items() if not name.startswith("wins:")}
    return unticked | ({"source-class": "election_meeting_record"} if mark == "record" else {})


def send(client: TestClient, mark: str, **more: str) -> str:
    """The form behind `mark`, twice; where it leads."""
    form = shown(client, mark) | more
    first, again = client.post(PAGE, data=form), client.post(PAGE, data=form)
    assert first.status_code == 303, first.text
    assert again.headers["location"] == first.headers["location"]
    return first.headers["location"]


def test_from_a_tie_to_the_public(client: TestClient, desk: Desk, database: Database) -> None:
    with client:
        log_in(client, night.NATION.person)
        assert PAGE in client.get(INDEX).text
        page = client.get(PAGE).text
        assert "2 人が 49 票で同数" in page
        assert "/approval/town/final/final/20" in page.split("最終段階の承認がない")[1]
        assert 'class="record"' not in page, "nothing is drawn before the votes are final"
        approve(desk, night.NATION)
        follow(database)
        send(client, "record", **{"wins:b": "1", "reference": "選挙録 第3号"})
        follow(database)
        form = shown(client, "confirm")
        own = client.post(PAGE, data=form)
        assert own.status_code == 409
        assert "この" in own.text
        assert "FOUR_EYES" in own.text
        log_in(client, SECOND.person)
        send(client, "confirm")
        follow(database)
        page = client.get(PAGE).text
        assert "確認済み（まだ公表に入っていない）" in page
        out = "/publication/town/final/final"
        assert out in page
        assert "選挙会の選挙録" in client.get(out).text, "the release to come holds it, in words"
        form = form_after(client.get(out).text, f'action="{out}"') | {"deed": "release"}
        assert client.post(out, data=form).status_code == 303
        follow(database)
        assert "有効（公表済み）" in client.get(PAGE).text
        public = client.get("/results/town/pr/final/final/administrative/JP")
        assert public.status_code == 200
        assert "選挙会のくじにより" in public.text
        assert "&lt;span" not in public.text
        counted(desk, 50, "再点検")
        follow(database)
        assert "失効" in client.get(INDEX).text


@pytest.mark.parametrize(
    "wrong", [{}, {"wins:a": "1", "wins:b": "1"}, {"wins:b": "1", "reference": "  "}, {"wins:zz": "1"}]
)
def test_what_is_wrong_is_told_and_stays(
    client: TestClient, desk: Desk, database: Database, wrong: dict[str, str]
) -> None:
    with client:
        approve(desk, night.NATION)
        follow(database)
        log_in(client, night.NATION.person)
        form = shown(client, "record")
        answer = client.post(PAGE, data=form | {"reference": "選挙録 第3号"} | wrong)
        assert answer.status_code != 303
        assert 'role="alert"' in answer.text
        assert "記録されたくじ</h2>" not in answer.text
        assert client.get(INDEX).text.count("記録のみ") == 0


def test_votes_that_moved_between_the_look_and_the_record(
    client: TestClient, desk: Desk, database: Database
) -> None:
    """Both are still equal, of other votes than the clerk saw."""
    with client:
        approve(desk, night.NATION)
        follow(database)
        log_in(client, night.NATION.person)
        form = shown(client, "record")
        values = {**night.BALANCED, "votes_a": 48, "votes_b": 48, "valid_votes": 96, "invalid_votes": 4}
        desk.submit(
            Submit(**{**night.of("20"), **PLACE}, figures=night.cells(**values), reason="再点検"), night.TOWN
        )
        for actor in (night.PREFECTURE, night.NATION):
            approve(desk, actor)
        answer = client.post(PAGE, data=form | {"wins:b": "1", "reference": "選挙録 第3号"})
        assert answer.status_code == 409
        assert "NO_TIE" in answer.text


@pytest.mark.parametrize("person", [night.PREFECTURE, night.tiny.AUDITOR])
def test_who_does_not_certify_looks_and_does_nothing(
    client: TestClient, desk: Desk, database: Database, person: night.Actor
) -> None:
    with client:
        approve(desk, night.NATION)
        follow(database)
        log_in(client, person.person)
        page = client.get(PAGE).text
        assert "同数" in page
        assert "<form method" not in page.split("<main")[1]


def test_a_ward_elsewhere_sees_no_votes(client: TestClient) -> None:
    with client:
        log_in(client, night.WARD.person)
        page = client.get(PAGE).text
        assert "data-plain" not in page
        assert "すべての報告単位を受け持つ委員会だけ" in page
        assert PAGE not in client.get(INDEX).text
