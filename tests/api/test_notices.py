"""`/notices.atom`: publications and corrections as a feed anybody may read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID
from xml.etree import ElementTree as xml

import night
import pytest
from night import CITY, PREFECTURE, WARD
from starlette.testclient import TestClient

from api.app import create_app
from api.notices import ATOM, _add
from api.settings import Settings
from projections.runner import Projector
from reporting.application.desk import Desk
from reporting.application.desk_commands import Submit
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.publication.release import CLOCK, Publication

pytestmark = pytest.mark.begins.with_args(night.define)

LATE = datetime.fromisoformat(night.ELEVEN) + timedelta(hours=1)
FEED = "/notices.atom?election=tiny"


@pytest.fixture
def client(database: Database, settings: Settings, service: Reporting) -> Iterator[TestClient]:
    with TestClient(create_app(replace(settings, publication=False))) as one:
        yield one


def entries(client: TestClient) -> list[tuple[str, str, str]]:
    answer = client.get(FEED)
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    feed = xml.fromstring(answer.content)
    assert "試験 TEST" in (feed.findtext(f"{{{ATOM}}}title") or "")
    found = []
    for one in feed.findall(f"{{{ATOM}}}entry"):
        parts = [one.findtext(f"{{{ATOM}}}{name}") or "" for name in ("id", "title", "content")]
        UUID(parts[0].removeprefix("urn:uuid:"))
        assert one.findtext(f"{{{ATOM}}}updated")
        found.append((parts[0], parts[1], parts[2]))
    return found


def test_a_correction_says_what_why_and_who_stands_behind_it(
    client: TestClient, service: Reporting, database: Database
) -> None:
    desk = Desk(service)
    clock = Publication(service, desk)

    def release() -> None:
        for actor in (CITY, PREFECTURE):
            night.approve(desk, actor)
        assert clock.release("tiny", "final", "final", LATE, CLOCK) is not None
        Projector(database).catch_up()

    assert entries(client) == []
    night.submit(desk)
    assert entries(client) == []
    release()
    ((first, title, content),) = entries(client)
    assert "公表" in title
    assert content.startswith("1/")
    fix = night.cells(votes_a=61, votes_b=37)
    desk.submit(
        Submit(**night.of("11"), figures=fix, reason="山田の票の読み違い", reason_class="typing_error"), WARD
    )
    assert [one[0] for one in entries(client)] == [first]
    release()
    newest, oldest = entries(client)
    assert oldest == (first, title, content)
    assert "訂正 第1号" in newest[1]
    assert "60 → 61" in newest[2]
    assert f"({WARD.office} → {PREFECTURE.office}, typing_error)" in newest[2]
    assert "読み違い" not in newest[2]  # free text may name people


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "INVALID_INPUT"),
        ("?election=tiny&person=x", "INVALID_INPUT"),
        ("?election=tiny&election=tiny", "INVALID_INPUT"),
        ("?election=none", "UNKNOWN_REFERENCE"),
        ("?election=tiny&form=finl", "UNKNOWN_REFERENCE"),
        ("?election=tiny&form=flash&slot=final", "UNKNOWN_REFERENCE"),
    ],
)
@pytest.mark.unchanged
def test_what_cannot_be_read_is_named(client: TestClient, query: str, code: str) -> None:
    answer = client.get(f"/notices.atom{query}")
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, code)


def test_a_name_that_is_no_xml_breaks_no_feed() -> None:
    parent = xml.Element("a")
    _add(parent, "b", "山\x0b田")
    assert xml.fromstring(xml.tostring(parent)).findtext("b") == "山\ufffd田"
