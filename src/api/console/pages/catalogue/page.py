"""`/catalogue/{election}`: what an election asks: items with purpose, basis, parts and version; forms, each leading to its cells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.console.moments import as_of
from api.console.page import Answer, Asked, Page, Variables
from api.console.render import address_of, link
from api.console.words import said

KINDS = {"count": said("数"), "votes": said("得票"), "rate": said("率（計算）")}
"""Kinds of items, in words."""


def of_moment(asked: Asked) -> Variables:
    return {"election": asked.path["election"], "at": as_of(asked.query)}


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`parts`: item → what counts some of it; `asking`: item → forms that ask it."""
    election, label = answer["election"], asked.words.label
    names = {item["code"]: label(item["label"]) for item in election["items"]}
    parts: dict[str, list[str]] = {}
    for item in election["items"]:
        if item["partOf"]:
            parts.setdefault(item["partOf"], []).append(item["code"])
    code, at = asked.path["election"], asked.query.get("at")
    return {
        "election": election,
        "names": names,
        "parts": parts,
        "asking": {item: [form for form in election["forms"] if item in form["items"]] for item in names},
        "dimensions": {each["code"]: label(each["label"]) for each in election["dimensions"]},
        "kinds": KINDS,
        "at": at,
        "form_page": lambda form: link(address_of("catalogue", code, form), at=at),
        "rules": link(address_of("rules", code), at=at),
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/catalogue/{election}",
    title=lambda asked, answer: asked.words.of(
        "項目と様式：{election}", election=asked.words.label(answer["election"]["label"])
    ),
    variables=of_moment,
    show=show,
    public=True,
    as_file=True,
)
