"""A moment as an address says it: a position of the ledger, or a time of Japan as a browser's field gives it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def moment(typed: str) -> Mapping[str, object]:
    """An `AsOfInput` of the API, which refuses what is neither."""
    if typed.isascii() and typed.isdecimal() and len(typed) <= 15:
        return {"position": int(typed)}
    return {"instant": instant(typed)}


def instant(typed: str) -> str:
    """A time of Japan as a browser's field gives it, with its offset; one that names an offset as it is."""
    return typed if "+" in typed or typed.endswith("Z") else f"{typed}:00+09:00"[:25]


def as_of(query: Mapping[str, str]) -> Mapping[str, Any] | None:
    """Of the parameter `at`; None: now."""
    return moment(query["at"]) if query.get("at") else None
