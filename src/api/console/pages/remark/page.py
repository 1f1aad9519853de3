"""`/remark/{election}/{form}/{slot}/{unit}`: a remark on figures that stay as they are: among offices, or, of a certified return, for everybody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.console.names import Names
from api.console.outcome import problems_of
from api.console.page import Answer, Asked, Deed, Page, Problem, Variables
from api.console.render import address_of, link
from api.console.states import NOTES

PLACE = ("election", "form", "slot", "unit")


def here(asked: Asked, **query: object) -> str:
    return link(address_of("remark", *(asked.path[name] for name in PLACE)), **query)


def annotate(asked: Asked) -> Variables:
    return {
        "input": {
            **{name: asked.path[name] for name in PLACE},
            "commandId": str(asked.command_id),
            "noteClass": asked.form.get("note-class", ""),
            "note": asked.form.get("note", "").strip(),
            "cells": [name.removeprefix("about:") for name in asked.form if name.startswith("about:")],
            "public": asked.form.get("public") == "1",
        }
    }


def annotated(answer: Answer, asked: Asked) -> tuple[list[Problem], str]:
    outcome = answer["annotateReturn"]
    return problems_of(outcome, asked.words), here(asked, done=outcome.get("position"))


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`remarks`: those of this return that everybody sees."""
    desk = answer["desk"]
    return {
        "desk": desk,
        "asks": desk["asks"],
        "names": Names(answer["election"], asked.words),
        "remarks": [row for row in answer["publicRemarks"] if row["unit"] == desk["unit"]],
        "notes": NOTES,
        "ticked": {name for name in asked.form if name.startswith("about:")},
        "done": asked.query.get("done"),
        "history": address_of("history", *(asked.path[name] for name in PLACE)),
        "work": address_of("work", asked.path["election"]),
    }


def title(asked: Asked, answer: Answer) -> str:
    asks, label = answer["desk"]["asks"], asked.words.label
    what = f"{asks['unitName']} · {label(asks['label'])} · {label(asks['slotLabel'])}"
    return asked.words.of("注記：{what}", what=what)


PAGE = Page(
    folder=Path(__file__).parent,
    address="/remark/{election}/{form}/{slot}/{unit}",
    title=title,
    variables=lambda asked: {
        **{name: asked.path[name] for name in PLACE},
        "recorded": asked.recorded,
    },
    show=show,
    deeds=(Deed("annotate", annotate, annotated),),
    needs_login=True,
)
