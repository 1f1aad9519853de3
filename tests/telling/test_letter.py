"""A letter leads to a page that is there."""

from __future__ import annotations

from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from starlette.routing import Match, Route

from api.console.pages import PAGES
from reporting.telling.letter import Letter


@pytest.mark.parametrize(
    ("unit", "page"),
    [("11", "history"), ("", "election"), ("a/b", "history")],
    ids=["return", "slot", "slash"],
)
def test_it_leads_to_a_page(unit: str, page: str) -> None:
    letter = Letter(
        uuid4(), 1, "sent_back", "tiny", "final", "final", unit, "ward", "a@b", link="https://c.example/"
    )
    path = urlsplit(letter.look).path

    async def nothing(request: object) -> None: ...

    led = [
        shown.name
        for shown in PAGES
        if Route(shown.address, nothing).matches({"type": "http", "method": "GET", "path": path})[0]
        is Match.FULL
    ]
    assert led == [page]
