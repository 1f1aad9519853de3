"""`/trail/{election}`: who changed what: by unit, office, person, kind, minute of the night; every filter is in the address."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.console.moments import moment
from api.console.names import Names
from api.console.page import Answer, Asked, Page, Variables
from api.console.pages.history.page import DEEDS

TEXTS = ("unit", "office", "person", "form", "slot", "item", "choice")
"""Parameters that go into the filter as they are."""


def variables(asked: Asked) -> Variables:
    wanted: dict[str, Any] = {name: asked.query[name] for name in TEXTS if asked.query.get(name)}
    if asked.query.get("kind"):
        wanted["kinds"] = [asked.query["kind"]]
    for name in ("since", "until"):
        if asked.query.get(name):
            wanted[name] = moment(asked.query[name])
    return {"election": asked.path["election"], "filter": wanted or None, "after": asked.query.get("after")}


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    found = answer["audit"]
    kept = {name: text for name, text in asked.query.items() if name != "after" and text}
    return {
        "election": answer["election"],
        "entries": found["nodes"],
        "cells": Names(answer["election"], asked.words),
        "further": {**kept, "after": found["pageInfo"]["endCursor"]}
        if found["pageInfo"]["hasNextPage"]
        else None,
        "deeds": DEEDS,
        "wanted": kept,
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/trail/{election}",
    title=lambda asked, answer: asked.words.of(
        "だれが何を変えたか：{election}", election=asked.words.label(answer["election"]["label"])
    ),
    variables=variables,
    show=show,
    needs_login=True,
)
