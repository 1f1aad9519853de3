"""What pages of many lines write in a shorter way is what the longer way writes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import orjson
from markupsafe import escape

from api.console.render import JAPAN, address_of, clock, escaped

NAMES = (
    "",
    "地域 1",
    "地域1",
    "A&B",
    "<b>",
    '"',
    "'",
    "Ｎｏ．１",
    "é",
    "u-1",
    "a/b",
    "東京都（区）",
    "x\N{NO-BREAK SPACE}y",
)


def test_a_time_of_day_is_that_of_japan_whatever_its_zone_and_year() -> None:
    for begin in (datetime(2024, 12, 31, tzinfo=UTC), datetime(1949, 7, 1, tzinfo=UTC)):
        for half in range(48):
            at = begin + timedelta(minutes=30 * half, seconds=59, microseconds=999_999)
            for zone in (UTC, timezone(timedelta(hours=9)), timezone(timedelta(hours=-5, minutes=30))):
                told = orjson.loads(orjson.dumps(at.astimezone(zone)))
                assert clock(told) == at.astimezone(JAPAN).strftime("%H:%M:%S")
    assert clock(None) == "―"


def test_names_are_escaped_and_quoted_as_ever() -> None:
    for name in NAMES:
        assert escaped(name) == str(escape(name))
    assert address_of("u1", "a/b", "東京", "") == "/u1/a%2Fb/%E6%9D%B1%E4%BA%AC/"
