"""A time as a browser's field gives it is a moment on every page that asks for one."""

from __future__ import annotations

import re

import night
import pytest
from forms import log_in
from starlette.testclient import TestClient

from api.console.page import LARGEST, whole_number

TIME = "2099-01-01T00:00"
PLACES = (
    "/results/tiny/pr/flash/2200/administrative/JP?at=",
    "/totals/tiny/pr/flash/2200/administrative/JP?at=",
    "/differences/tiny/pr/flash/2200/administrative/nation?from=20&to=",
    "/board/tiny/flash/2200/administrative/ward?at=",
    "/history/tiny/final/final/11?at=",
    "/work/tiny?at=",
    "/rules/tiny?at=",
    "/catalogue/tiny?at=",
    "/catalogue/tiny/final?at=",
    "/trail/tiny?since=2001-01-01T00:00&until=",
    "/series?item=voters&areas=JP&tests=yes&at=",
)
"""Every page that reads a moment, up to it."""


@pytest.mark.parametrize("address", PLACES)
@pytest.mark.parametrize("typed", [TIME, f"{TIME}:30"])
def test_a_time_is_a_moment_and_no_number(client: TestClient, address: str, typed: str) -> None:
    """It was read as the highest whole number there is, and refused as a position of which nobody had heard."""
    log_in(client, night.CITY.person)
    page = client.get(address + typed, headers={"accept": "text/html"})
    is_end = "until=" in address
    assert page.status_code == (200 if is_end else 404), page.text
    assert is_end or re.search(r"値 2099-01-01T00:00:\d0\+09:00 は.* までの時点", page.text), page.text
    assert f"{LARGEST:,}" not in page.text
    assert str(LARGEST) not in page.text


@pytest.mark.parametrize("address", [place for place in PLACES if "until=" not in place])
def test_a_time_that_has_been_is_asked_of(client: TestClient, address: str) -> None:
    """Nothing was there in 2001: that is told, or an empty answer of the beginning."""
    log_in(client, night.CITY.person)
    page = client.get(f"{address}2001-01-01T00:00", headers={"accept": "text/html"})
    assert "台帳 0" in page.text, page.text


def test_the_trail_ends_at_a_time_that_its_field_shows(client: TestClient) -> None:
    log_in(client, night.CITY.person)
    until = re.compile(r'<input type="datetime-local" name="until" value="([^"]*)"')
    before = client.get("/trail/tiny?until=2001-01-01T00:00").text
    assert until.findall(before) == ["2001-01-01T00:00"]
    assert "/proof/" not in before.split("<main", 1)[1]
    assert "/proof/" in client.get(f"/trail/tiny?until={TIME}").text.split("<main", 1)[1]


def test_a_long_word_that_is_looked_for_is_no_event(client: TestClient) -> None:
    log_in(client, night.CITY.person)
    assert "/proof/" not in client.get("/search?q=比例代表選出議員選挙の結果").text.split("<main", 1)[1]


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("007", 7), ("000", 0), ("12345678901", LARGEST), ("0" * 20 + "5", 5), ("4294967296", LARGEST)]
    + [
        (text, None)
        for text in ("", "-1", "1.5", "2026-12-01T07:22", "一二三", "１２", "a long text", "1" * 12 + "x")
    ],
)
def test_a_whole_number_is_of_digits(text: str, number: int | None) -> None:
    assert whole_number(text) == number
