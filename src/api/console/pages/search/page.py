"""`/search`: elections, candidates and areas by name, reading or code; an event by its position."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from api.console.page import Answer, Asked, Page, Variables, whole_number
from api.console.render import address_of
from api.console.words import said

MOST_CHARACTERS = 100
KINDS = {"ELECTION": said("選挙"), "AREA": said("区域"), "CANDIDATE": said("候補者・名簿")}
PLACE = ("election", "contest", "form", "slot", "geography", "area")


def sought(asked: Asked) -> str:
    return asked.query.get("q", "").strip()[:MOST_CHARACTERS]


def variables(asked: Asked) -> Variables:
    return {"text": sought(asked), "asked": bool(sought(asked))}


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`groups`: kind in words → hits of it, in the order of the nearest of each kind; `position`: of an event, where that is
    what was typed."""
    told = answer.get("search")
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for hit in told["hits"] if told else ():
        groups.setdefault(KINDS[hit["kind"]], []).append(hit)
    text = sought(asked)
    is_position = asked.person is not None and whole_number(text) is not None
    return {
        "sought": text,
        "groups": groups,
        "more": told["more"] if told else 0,
        "asked_for": told is not None,
        "event": address_of("proof", text) if is_position else None,
        "result_of": lambda place: address_of("results", *(place[name] for name in PLACE)),
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/search",
    title=lambda asked, answer: (
        asked.words.of("探す：{sought}", sought=sought(asked)) if sought(asked) else asked.words.of("探す")
    ),
    variables=variables,
    show=show,
    public=True,
)
