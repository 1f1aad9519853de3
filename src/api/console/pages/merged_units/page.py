"""`/merged/{election}`: units merged into one counting district on the night, what waits for a second person, and merging others."""

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
"""Units that the page has room for."""
MERGING, UNDOING, CONFIRMING = (
    re.compile(r"unit:\d+|code|name|from|keep:.*|why"),
    re.compile("unit"),
    re.compile("proposal"),
)
"""Of each form, what must come back as it was shown."""


def here(asked: Asked, **query: object) -> str:
    return link(address_of("merged", asked.path["election"]), **query)


def of_election(asked: Asked) -> Variables:
    return {"commandId": str(asked.command_id), "election": asked.path["election"]}


def typed(asked: Asked) -> dict[str, str]:
    """Fields of a merge that was typed, without empty ones."""
    named = {name: text.strip() for name, text in asked.form.items() if MERGING.fullmatch(name)}
    return {name: text for name, text in named.items() if text}


def units_of(fields: Mapping[str, str]) -> list[str]:
    """As typed; the first is the seat."""
    return [fields[f"unit:{row}"] for row in ROWS if f"unit:{row}" in fields]


def kept(fields: Mapping[str, str]) -> list[str]:
    return [name.removeprefix("keep:") for name in fields if name.startswith("keep:")]


def merge(asked: Asked) -> Variables:
    fields = typed(asked)
    told = {
        "units": units_of(fields), "code": fields.get("code", ""), "name": fields.get("name", ""), "on": fields.get("from", ""),
        "reason": fields.get("why", ""), "keeps": kept(fields),
    }  # fmt: skip
    return {"input": of_election(asked) | told}


def undo(asked: Asked) -> Variables:
    told = {"unit": asked.form.get("unit", ""), "reason": asked.form.get("reason", "").strip()}
    return {"input": of_election(asked) | told}


def confirm(asked: Asked) -> Variables:
    return {"input": of_election(asked) | {"proposal": asked.whole("proposal") or 0}}


judge = judging(lambda asked, told: here(asked, done=told.get("position"), waits=told.get("proposal")))


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`confirmation`: of the merge that was typed, once it is to be looked at; `standing`, `waiting`: with the seal of the deed that
    is offered beside each, empty where none is."""
    told, around, fields = answer["unitMerges"], answer["unitDivisions"], typed(asked)
    looked = asked.form.get("deed") in ("edit", "merge") and "unit:1" in fields
    names = {unit["code"]: unit["name"] for unit in around["divisible"]}
    usual = [form["code"] for form in around["forms"] if form["usual"]]

    def seal(may: bool, **of: str) -> str:
        return Confirmation(here(asked), of).stamp(asked.session) if may else ""

    return {
        "election": answer["election"],
        "standing": [(each, seal(each["mayUndo"], unit=each["code"])) for each in told["standing"]],
        "waiting": [
            (each, seal(each["mayConfirm"], proposal=str(each["proposal"]))) for each in told["waiting"]
        ],
        "may": bool(names),
        "forms": {form["code"]: form["label"] for form in around["forms"]},
        "typed": fields,
        "kept": kept(fields) if fields else usual,
        "units": [(code, names.get(code, code)) for code in units_of(fields)],
        "confirmation": Confirmation(here(asked), fields) if looked else None,
        "rows": ROWS,
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
    deeds=(
        Deed(
            "merge",
            merge,
            judge("mergeUnits"),
            confirms=lambda asked: Confirmation(here(asked), typed(asked)),
        ),
        Deed(
            "undo", undo, judge("undoMerge"), confirms=lambda asked: carried(here(asked), asked.form, UNDOING)
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
