"""Entries of the head of every page, and what a page says of itself that becomes a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from api.console.page import Page
from api.console.people import Person
from api.console.words import said

MENU = (("/", said("選挙")), ("/search", said("探す")), ("/series", said("系列")), ("/proof", said("証明")))
MENU_OF_FILES = (("/", said("選挙")), ("/open-data", said("オープンデータ")))
MENU_OF_OFFICES = (
    ("/work", said("仕事")),
    ("/files", said("送ったファイル")),
    ("/paper", said("紙の符号")),
)
MENU_OF_PEOPLE = (("/offices", said("委員会と人")),)
MENU_OF_ROOMS = (("/training", said("訓練")),)


def menu(address: str, person: Person | None, room: bool = False) -> list[dict[str, Any]]:
    """Address, words, whether it is this page. `room`: the server has a practice room."""
    entries: tuple[tuple[str, str], ...] = MENU
    if person is not None:
        entries += (MENU_OF_OFFICES if person.at_desk else ()) + MENU_OF_PEOPLE
    entries += MENU_OF_ROOMS if room else ()
    return [{"address": at, "words": told, "here": at == address} for at, told in entries]


AS_A_FILE: Mapping[str, Any] = {
    "menu": [{"address": at, "words": told, "here": False} for at, told in MENU_OF_FILES],
    "query_link": None, "islands": (), "help": None, "login": False, "practising": False, "position": None,
}  # fmt: skip
"""Nothing that only a server can answer, or that is of the moment."""


def position_of(data: Mapping[str, Any]) -> int | None:
    """The ledger position the page stands at, where its document asks for it."""
    if isinstance(data.get("position"), int):
        return int(data["position"])
    for told in data.values():
        if isinstance(told, Mapping) and isinstance(told.get("asOfPosition"), int):
            return int(told["asOfPosition"])
    return None


def query_link(page: Page, variables: Mapping[str, Any]) -> str | None:
    """GraphiQL with the page's document and its variables filled in."""
    if page.document is None:
        return None
    told = {"query": page.document, "variables": json.dumps(variables, ensure_ascii=False)}
    return "/graphql?" + urlencode(told)
