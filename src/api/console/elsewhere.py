"""An election that another log of the installation holds, or that is on its way there: what a person does about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from api.console.words import Words, said

MOVED = {
    "BEING_MOVED": said(
        "この選挙は台帳 {log} へ移動中で、いまは記録できません。数分たってから、もう一度送信してください。続くときは運用担当者に連絡してください。"
    ),
    "HELD_ELSEWHERE": said(
        "この選挙は台帳 {log} で記録しています。{site} にログインし、そちらの同じ画面で続けてください。"
    ),
}
STAYS = said("打った値は、この画面に残っています。")


def site_of(address: str) -> str:
    """Of the server that an address is at: what people open."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def moved_of(told: Mapping[str, Any], words: Words, *, changing: bool) -> str | None:
    """Of an error of the API (its `extensions`): what a person does; None for any other, and where no address is known."""
    facts = told.get("facts", {})
    if told.get("code") not in MOVED or not facts.get("address"):
        return None
    text = words.of(MOVED[told["code"]], log=facts["log"], site=site_of(facts["address"]))
    return f"{text} {words.of(STAYS)}" if changing else text
