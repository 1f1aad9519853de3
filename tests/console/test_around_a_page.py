"""What stands around every page is of the page, whatever the page itself shows: the server's time, its own address."""

from __future__ import annotations

import html
import re

import night
import pytest
from forms import form_after, log_in
from starlette.testclient import TestClient

pytestmark = pytest.mark.unchanged

TIME = re.compile(r"サーバー時刻 (\S+)")


@pytest.mark.parametrize(
    "address",
    [
        "/totals/tiny/pr/flash/2200/administrative/JP",
        "/series?item=votes&form=flash&tests=yes",
        "/history/tiny/flash/2200/11?at=5",
        "/documents-of/tiny/flash/2200/11?cell=pr|votes||a",
        "/results/tiny",
    ],
)
def test_the_time_is_a_time_and_a_language_is_chosen_where_one_is(client: TestClient, address: str) -> None:
    log_in(client, night.WARD.person)
    page = client.get(address).text
    time = TIME.search(page)
    assert time
    assert re.fullmatch(r"\d\d:\d\d:\d\d", time[1])
    back = form_after(page, 'action="/language"')["back"]
    assert html.unescape(back) == str(client.build_request("GET", address).url.raw_path, "ascii")
