"""`/open-data/{election}`: every file of every release, with size and hash, by which terms, and how to check it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.console.page import Answer, Asked, Page
from api.console.render import address_of


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`slots`: those with releases, each newest first; `latest`: the address that leads to a slot's newest release."""
    election = answer["election"]
    slots = []
    for form in election["forms"]:
        for slot in form["slots"]:
            place = (form["code"], slot["code"])
            released = [row for row in answer["releases"] if (row["form"], row["slot"]) == place]
            if released:
                latest = address_of("data", election["code"], *place, "latest")
                slots.append({"form": form, "slot": slot, "releases": released, "latest": latest})
    return {"election": election, "slots": [] if election["isTest"] else slots}


PAGE = Page(
    folder=Path(__file__).parent,
    address="/open-data/{election}",
    title=lambda asked, answer: asked.words.of(
        "オープンデータ：{election}", election=asked.words.label(answer["election"]["label"])
    ),
    variables=lambda asked: {"election": asked.path["election"]},
    show=show,
    public=True,
    as_file=True,
)
