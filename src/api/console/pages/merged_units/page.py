"""`/merged/{election}`: units merged into one counting district on the night, what waits for a second person, and merging others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from api.console.confirmation import Confirmation
from api.console.page import Answer, Asked, Page, Variables
from api.console.reshaping import MOST_ROWS, Reshaping, kept, of_election

FORM = Reshaping("merged", re.compile(r"unit:\d{1,2}|seat|code|name|from|keep:.*|why"))


def units_of(fields: Mapping[str, str]) -> list[str]:
    """As typed, in the order of the rows."""
    return [fields[f"unit:{row}"] for row in range(1, MOST_ROWS + 1) if f"unit:{row}" in fields]


def seat_of(fields: Mapping[str, str]) -> str:
    """The unit of the row that was chosen; empty for a row without one, which is the API's to refuse."""
    return fields.get(f"unit:{fields.get('seat', '1')}", "")


def merge(asked: Asked) -> Variables:
    fields = FORM.typed(asked)
    told = {
        "units": units_of(fields), "seat": seat_of(fields), "code": fields.get("code", ""), "name": fields.get("name", ""), "on": fields.get("from", ""),
        "reason": fields.get("why", ""), "keeps": kept(fields),
    }  # fmt: skip
    return {"input": of_election(asked) | told}


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`confirmation`: of the merge that was typed, once it is to be looked at; `standing`, `waiting`: with the seal of the deed that
    is offered beside each, empty where none is."""
    told, around, fields = answer["unitMerges"], answer["unitDivisions"], FORM.typed(asked)
    names = {unit["code"]: unit["name"] for unit in around["divisible"]}
    usual = [form["code"] for form in around["forms"] if form["usual"]]

    return {
        "election": answer["election"],
        "standing": [
            (each, FORM.seal(asked, each["mayUndo"], unit=each["code"])) for each in told["standing"]
        ],
        "waiting": [
            (each, FORM.seal(asked, each["mayConfirm"], proposal=str(each["proposal"])))
            for each in told["waiting"]
        ],
        "may": bool(names),
        "forms": {form["code"]: form["label"] for form in around["forms"]},
        "typed": fields,
        "kept": kept(fields) if fields else usual,
        "units": [(code, names.get(code, code)) for code in units_of(fields)],
        "seat": seat_of(fields),
        "confirmation": Confirmation(FORM.here(asked), fields)
        if FORM.looked(asked, "merge", "code")
        else None,
        "rows": FORM.rows(asked),
        "most": MOST_ROWS,
        "done": asked.query.get("done"),
        "waits": asked.query.get("waits"),
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/merged/{election}",
    title=lambda asked, answer: asked.words.of(
        "開票区の合同：{election}", election=asked.words.label(answer["election"]["label"])
    ),
    variables=lambda asked: {"election": asked.path["election"]},
    show=show,
    deeds=FORM.deeds("merge", merge, "mergeUnits", "undoMerge"),
    needs_login=True,
)
