"""A moment as an address says it: a position of the ledger, or a time of Japan as a browser's field gives it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from api.console.page import whole_number
from api.console.render import moment as moment_in_words
from api.console.words import Words

FIELD = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?P<seconds>:\d\d)?", re.ASCII)


def moment(typed: str) -> Mapping[str, object]:
    """An `AsOfInput` of the API, which refuses what is neither."""
    if (position := whole_number(typed)) is not None:
        return {"position": position}
    return {"instant": instant(typed)}


def instant(typed: str) -> str:
    """A time of Japan as a browser's field gives it, with its offset; anything else as it is."""
    if (of_field := FIELD.fullmatch(typed)) is None:
        return typed
    return f"{typed}+09:00" if of_field["seconds"] else f"{typed}:00+09:00"


@dataclass(frozen=True, slots=True)
class ReleaseMark:
    """A release as a mark on a slider of moments. `position`: of the ledger."""

    position: int
    words: str


def ticks(releases: Iterable[Mapping[str, Any]], words: Words) -> list[ReleaseMark]:
    """Of a slot's releases, the first first: each with `number`, `releasedAt`, `lastPosition`."""
    in_order = sorted(releases, key=lambda release: release["lastPosition"])
    return [
        ReleaseMark(
            release["lastPosition"],
            words.of("第 {n} 回の公表 {at}", n=release["number"], at=moment_in_words(release["releasedAt"])),
        )
        for release in in_order
    ]


def as_of(query: Mapping[str, str]) -> Mapping[str, Any] | None:
    """Of the parameter `at`; None: now."""
    return moment(query["at"]) if query.get("at") else None


def days_ago(day: str, today: str) -> int:
    """How long a day that was typed is over by today; 0 for one that is not, and for what is no day."""
    try:
        return max((date.fromisoformat(today) - date.fromisoformat(day)).days, 0)
    except ValueError:
        return 0
