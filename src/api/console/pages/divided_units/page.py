"""`/divided/{election}`: units divided into counting districts on the night, what waits for a second person, and dividing another."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from api.console.confirmation import Confirmation
from api.console.page import Answer, Asked, Page, Variables
from api.console.reshaping import MOST_ROWS, Reshaping, kept, of_election

FORM = Reshaping("divided", re.compile(r"unit|from|keep:.*|code:\d{1,2}|name:\d{1,2}|why"))


def parts_of(fields: Mapping[str, str]) -> list[dict[str, str]]:
    """Rows of which either field was typed: what lacks the other is the API's to refuse."""
    return [
        {"code": fields.get(f"code:{row}", ""), "name": fields.get(f"name:{row}", "")}
        for row in range(1, MOST_ROWS + 1)
        if f"code:{row}" in fields or f"name:{row}" in fields
    ]


def divide(asked: Asked) -> Variables:
    fields = FORM.typed(asked)
    told = {"unit": fields.get("unit", ""), "on": fields.get("from", ""), "reason": fields.get("why", "")}
    return {"input": of_election(asked) | told | {"parts": parts_of(fields), "keeps": kept(fields)}}


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`confirmation`: of the division that was typed, once it is to be looked at; `standing`, `waiting`: with the seal of the deed that
    is offered beside each, empty where none is."""
    told, fields = answer["unitDivisions"], FORM.typed(asked)
    names = {unit["code"]: unit["name"] for unit in told["divisible"]}

    return {
        "election": answer["election"],
        "standing": [
            (each, FORM.seal(asked, each["mayUndo"], unit=each["unit"])) for each in told["standing"]
        ],
        "waiting": [
            (each, FORM.seal(asked, each["mayConfirm"], proposal=str(each["proposal"])))
            for each in told["waiting"]
        ],
        "divisible": told["divisible"],
        "forms": {form["code"]: form["label"] for form in told["forms"]},
        "usual": [form["code"] for form in told["forms"] if form["usual"]],
        "typed": fields,
        "kept": kept(fields) if fields else [form["code"] for form in told["forms"] if form["usual"]],
        "parts": parts_of(fields),
        "name": names.get(fields.get("unit", ""), fields.get("unit", "")),
        "confirmation": Confirmation(FORM.here(asked), fields)
        if FORM.looked(asked, "divide", "unit")
        else None,
        "rows": FORM.rows(asked),
        "most": MOST_ROWS,
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
    deeds=FORM.deeds("divide", divide, "divideUnit", "undoDivision"),
    needs_login=True,
)
