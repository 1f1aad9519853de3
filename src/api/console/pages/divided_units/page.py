"""`/divided/{election}`: units divided into counting districts on the night, what waits for a second person, and dividing another."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from api.console.confirmation import Confirmation, carried
from api.console.outcome import judging
from api.console.page import Answer, Asked, Deed, Page, Variables
from api.console.render import address_of, link

ROWS = range(1, 7)
"""Parts that the page has room for."""
DIVIDING, UNDOING, CONFIRMING = (
    re.compile(r"unit|from|keep:.*|code:\d+|name:\d+|why"),
    re.compile("unit"),
    re.compile("proposal"),
)
"""Of each form, what must come back as it was shown."""


def here(asked: Asked, **query: object) -> str:
    return link(address_of("divided", asked.path["election"]), **query)


def of_election(asked: Asked) -> Variables:
    return {"commandId": str(asked.command_id), "election": asked.path["election"]}


def typed(asked: Asked) -> dict[str, str]:
    """Fields of a division that was typed, without empty ones."""
    named = {name: text.strip() for name, text in asked.form.items() if DIVIDING.fullmatch(name)}
    return {name: text for name, text in named.items() if text}


def parts_of(fields: Mapping[str, str]) -> list[dict[str, str]]:
    """Rows of which either field was typed: what lacks the other is the API's to refuse."""
    return [
        {"code": fields.get(f"code:{row}", ""), "name": fields.get(f"name:{row}", "")}
        for row in ROWS
        if f"code:{row}" in fields or f"name:{row}" in fields
    ]


def kept(fields: Mapping[str, str]) -> list[str]:
    return [name.removeprefix("keep:") for name in fields if name.startswith("keep:")]


def divide(asked: Asked) -> Variables:
    fields = typed(asked)
    told = {"unit": fields.get("unit", ""), "on": fields.get("from", ""), "reason": fields.get("why", "")}
    return {"input": of_election(asked) | told | {"parts": parts_of(fields), "keeps": kept(fields)}}


def undo(asked: Asked) -> Variables:
    told = {"unit": asked.form.get("unit", ""), "reason": asked.form.get("reason", "").strip()}
    return {"input": of_election(asked) | told}


def confirm(asked: Asked) -> Variables:
    return {"input": of_election(asked) | {"proposal": asked.whole("proposal") or 0}}


judge = judging(lambda asked, told: here(asked, done=told.get("position"), waits=told.get("proposal")))


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`confirmation`: of the division that was typed, once it is to be looked at; `standing`, `waiting`: with the seal of the deed that
    is offered beside each, empty where none is."""
    told, fields = answer["unitDivisions"], typed(asked)
    looked = asked.form.get("deed") in ("edit", "divide") and "unit" in fields
    names = {unit["code"]: unit["name"] for unit in told["divisible"]}

    def seal(may: bool, **of: str) -> str:
        return Confirmation(here(asked), of).stamp(asked.session) if may else ""

    return {
        "election": answer["election"],
        "standing": [(each, seal(each["mayUndo"], unit=each["unit"])) for each in told["standing"]],
        "waiting": [
            (each, seal(each["mayConfirm"], proposal=str(each["proposal"]))) for each in told["waiting"]
        ],
        "divisible": told["divisible"],
        "forms": {form["code"]: form["label"] for form in told["forms"]},
        "usual": [form["code"] for form in told["forms"] if form["usual"]],
        "typed": fields,
        "kept": kept(fields) if fields else [form["code"] for form in told["forms"] if form["usual"]],
        "parts": parts_of(fields),
        "name": names.get(fields.get("unit", ""), fields.get("unit", "")),
        "confirmation": Confirmation(here(asked), fields) if looked else None,
        "rows": ROWS,
        "done": asked.query.get("done"),
        "waits": asked.query.get("waits"),
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/divided/{election}",
    title=lambda asked, answer: asked.words.of(
        "開票区の分割：{election}", election=asked.words.label(answer["election"]["label"])
    ),
    variables=lambda asked: {"election": asked.path["election"]},
    show=show,
    deeds=(
        Deed(
            "divide",
            divide,
            judge("divideUnit"),
            confirms=lambda asked: Confirmation(here(asked), typed(asked)),
        ),
        Deed(
            "undo",
            undo,
            judge("undoDivision"),
            confirms=lambda asked: carried(here(asked), asked.form, UNDOING),
        ),
        Deed(
            "confirm",
            confirm,
            judge("confirmDivision"),
            confirms=lambda asked: carried(here(asked), asked.form, CONFIRMING),
        ),
    ),
    needs_login=True,
)
