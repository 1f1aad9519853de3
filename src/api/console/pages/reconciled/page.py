"""`/reconciled/{election}/{form}/{slot}`: cells beside the slot they were filled from: flash against final, as both were released."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from api.console.names import Names, title_of_slot
from api.console.page import Answer, Asked, Page
from api.console.render import NUMBER, address_of, further, link
from api.console.words import said

PLACE = ("election", "form", "slot")
STATES = {
    "equal": ("＝", said("同じ")),
    "explained": ("✓", said("あとで変わり、理由がある")),
    "open": ("!", said("まだそろえられていない")),
}
"""Of a cell beside its source: mark and words."""


def difference(source: str, value: str) -> str | None:
    """The later less the earlier; None where one of them is no number."""
    if not (NUMBER.fullmatch(source) and NUMBER.fullmatch(value)):
        return None
    return format(Decimal(value) - Decimal(source), "f")


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`rows`: (cell, its difference); `slots`: words of a form and slot."""
    election, told = answer["election"], answer["reconciliation"]
    here = address_of("reconciled", *(asked.path[name] for name in PLACE))
    every = asked.query.get("all") == "yes"
    label = asked.words.label
    return {
        "election": election,
        "rows": [(node, difference(node["sourceValue"], node["value"])) for node in told["nodes"]],
        "cells": Names(election, asked.words),
        "states": STATES,
        "slots": {
            (form["code"], slot["code"]): f"{label(form['label'])} · {label(slot['label'])}"
            for form in election["forms"]
            for slot in form["slots"]
        },
        "every": every,
        "other": link(here, all=None if every else "yes"),
        "next": further(told["pageInfo"], here, all="yes" if every else None),
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/reconciled/{election}/{form}/{slot}",
    title=lambda asked, answer: title_of_slot(
        answer["election"], asked.path, asked.words, said("先の報告との比べ：{form} · {slot}")
    ),
    variables=lambda asked: {
        **{name: asked.path[name] for name in PLACE},
        "onlyDifferent": asked.query.get("all") != "yes",
        "after": asked.query.get("after") or None,
    },
    show=show,
    public=True,
)
