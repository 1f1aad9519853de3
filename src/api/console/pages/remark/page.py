"""`/remark/{election}/{form}/{slot}/{unit}`: a remark on figures that stay as they are: among offices, or, of a certified return, for everybody;
taking a public one back."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from api.console.confirmation import SEEN_AT, Confirmation, carried
from api.console.names import Names
from api.console.outcome import judging
from api.console.page import Answer, Asked, Deed, Page, Variables
from api.console.render import address_of, link
from api.console.states import NOTES

TAKEN_BACK = re.compile("remark")
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
            "seenAt": asked.whole(SEEN_AT),
        }
    }


def taken_back(asked: Asked) -> Variables:
    return {
        "input": {
            **{name: asked.path[name] for name in PLACE},
            "commandId": str(asked.command_id),
            "remark": asked.whole("remark") or 0,
            "reason": asked.form.get("reason", "").strip(),
        }
    }


judge = judging(lambda asked, told: here(asked, done=told.get("position")))


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`remarks`: those of this return that everybody sees, or will once its slot is released; `sealed`: stamp of the form that takes one
    back."""
    desk = answer["desk"]
    return {
        "desk": desk,
        "asks": desk["asks"],
        "names": Names(answer["election"], asked.words),
        "remarks": answer["returnRemarks"],
        "sealed": lambda position: Confirmation(here(asked), {"remark": str(position)}).stamp(asked.session),
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
    deeds=(
        Deed("annotate", annotate, judge("annotateReturn")),
        Deed(
            "take_back",
            taken_back,
            judge("takeBackRemark"),
            confirms=lambda asked: carried(here(asked), asked.form, TAKEN_BACK),
        ),
    ),
    needs_login=True,
)
