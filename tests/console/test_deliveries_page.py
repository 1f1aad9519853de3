"""An office sees what it was told and what could not be delivered, first of all; never an address, never another office's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import night
import pytest
from forms import log_in
from site_under_test import settings_for
from starlette.testclient import TestClient
from told_offices import Told, told_offices

from api.app import create_app
from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.telling.letter import Letter, NotDelivered


@pytest.fixture
def told(service: Reporting, database: Database) -> Iterator[Told]:
    with told_offices(service, database) as offices:
        offices.address("ward", "gone@a.jp", "mail", person="一")
        offices.address("ward", "there@a.jp", "mail", person="二", rank=1)
        offices.send_back()
        offices.follow()

        def send(letter: Letter) -> None:
            if letter.address == "gone@a.jp":
                raise NotDelivered("宛先がありません / no such address", final=True)

        teller = offices.teller({"mail": send})
        teller.lay_out()
        teller.send()
        teller.send()
        Projector(database).catch_up()
        yield offices


def test_what_was_told_and_what_was_not(told: Told, database: Database, tmp_path: Path) -> None:
    settings = settings_for(
        database.url, tmp_path, practice=(night.WARD, night.OTHER_WARD), publication=False
    )
    with TestClient(create_app(settings), follow_redirects=False) as client:
        log_in(client, night.WARD.person)
        assert 'href="/deliveries"' in client.get("/offices").text
        page = client.get("/deliveries").text
        assert page.index("宛先がありません") < page.index("✓ 届いた</th>")
        assert "/history/tiny/final/final/11" in page
        assert "@a.jp" not in page
        dead = client.get("/deliveries?state=dead").text
        assert "宛先がありません" in dead
        assert "✓ 届いた</th>" not in dead
        log_in(client, night.OTHER_WARD.person)
        assert "ありません。" in client.get("/deliveries").text
