"""Entries of the head of every page, and what a page says of itself that becomes a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.console.people import Person
from api.console.words import said

MENU = (("/", said("選挙")), ("/search", said("探す")), ("/series", said("系列")), ("/proof", said("証明")))
MENU_OF_FILES = (("/", said("選挙")), ("/open-data", said("オープンデータ")))
MENU_OF_OFFICES = (
    ("/work", said("仕事")),
    ("/files", said("送ったファイル")),
    ("/paper", said("紙の符号")),
    ("/offices", said("委員会と人")),
)
MENU_OF_ROOMS = (("/training", said("訓練")),)


def menu(address: str, person: Person | None, room: bool = False) -> list[dict[str, Any]]:
    """Address, words, whether it is this page. `room`: the server has a practice room."""
    entries = MENU + (MENU_OF_OFFICES if person is not None else ()) + (MENU_OF_ROOMS if room else ())
    return [{"address": at, "words": told, "here": at == address} for at, told in entries]


AS_A_FILE: Mapping[str, Any] = {
    "menu": [{"address": at, "words": told, "here": False} for at, told in MENU_OF_FILES],
    "query_link": None, "islands": (), "login": False, "practising": False, "position": None,
}  # fmt: skip
"""Nothing that only a server can answer, or that is of the moment."""
