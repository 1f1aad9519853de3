"""`/practice/{election}/{form}/{slot}/{unit}`: a practice copy of a return: tonight's form with last election's figures, alone, at any hour.

Nothing is recorded: the copy is this page, and is gone with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.console.grid import cell_input, tables
from api.console.outcome import cell_problems
from api.console.page import Answer, Asked, Deed, Page, Problem, Variables
from api.console.render import address_of
from api.console.words import said

PLACE = ("election", "form", "slot", "unit")
WOULD_BE = {
    "SUBMITTED": said("このまま提出できます（練習なので、何も記録していません）。"),
    "NEEDS_WORDS": said(
        "警告の説明か、不突合の申告を書けば提出できます（練習なので、何も記録していません）。"
    ),
    "REFUSED": said(
        "このままでは提出できません。下の欄を直してください（練習なので、何も記録していません）。"
    ),
}


def place_of(asked: Asked) -> dict[str, str]:
    return {name: asked.path[name] for name in PLACE}


def typed(asked: Asked) -> list[dict[str, str]]:
    """Every cell that holds something."""
    return [
        cell_input(name.removeprefix("cell:"), text.strip())
        for name, text in asked.form.items()
        if name.startswith("cell:") and text.strip()
    ]


def check(asked: Asked) -> Variables:
    return {**place_of(asked), "figures": typed(asked)}


def checked(answer: Answer, asked: Asked) -> tuple[list[Problem], str]:
    return [], ""


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`tables`: the form's cells with what was typed, else the figures of the election before; `told`: what the last check said."""
    copy, told = answer["practiceReturn"], asked.before.get("practiceChecked")
    before = [{"key": cell["key"], "text": cell["value"], "typedBy": []} for cell in copy["cells"]]
    desk = {"asks": copy["asks"], "cells": [], "draft": before, "prefill": []}
    problems = cell_problems(told, asked.words) if told else []
    return {
        "asks": copy["asks"],
        "previous": copy["previousNamed"] if copy["cells"] else None,
        "tables": tables(desk, asked.words, asked.form, problems),
        "told": told,
        "would_be": WOULD_BE,
        "election": asked.path["election"],
        "work": address_of("work", asked.path["election"]),
        "entry": address_of("entry", *(asked.path[name] for name in PLACE)),
    }


def title(asked: Asked, answer: Answer) -> str:
    asks, label = answer["practiceReturn"]["asks"], asked.words.label
    what = f"{asks['unitName']} · {label(asks['label'])} · {label(asks['slotLabel'])}"
    return asked.words.of("練習：{what}", what=what)


PAGE = Page(
    folder=Path(__file__).parent,
    address="/practice/{election}/{form}/{slot}/{unit}",
    title=title,
    variables=place_of,
    show=show,
    deeds=(Deed("check", check, checked, shows=True),),
    needs_login=True,
)
