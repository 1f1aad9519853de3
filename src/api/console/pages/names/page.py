"""`/names/{election}`: the proof sheet of names, and the sign-off of each contest's before forms are printed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from api.console.confirmation import Confirmation, carried
from api.console.outcome import problems_of
from api.console.page import Answer, Asked, Deed, Page, Problem, Variables
from api.console.render import address_of, link

SIGNED = re.compile("contest|names")


def here(asked: Asked) -> str:
    return address_of("names", asked.path["election"])


def confirms(asked: Asked) -> Confirmation:
    return carried(here(asked), asked.form, SIGNED)


def proofread(asked: Asked) -> Variables:
    """The names as they were shown: others are refused."""
    return {
        "input": {
            "commandId": str(asked.command_id),
            "election": asked.path["election"],
            "contest": asked.form.get("contest", ""),
            "names": asked.form.get("names", ""),
        }
    }


def judged(answer: Answer, asked: Asked) -> tuple[list[Problem], str]:
    outcome = answer["proofreadNames"]
    return problems_of(outcome, asked.words), link(here(asked), done=outcome.get("position"))


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`contests`: (where its names stand, the names in print's order, the stamp of what signing them off confirms); `file`: where
    the sheet is an answer of its own, as large as there are names."""
    choices = {contest["code"]: contest["choices"] for contest in answer["election"]["contests"]}
    return {
        "election": answer["election"],
        "contests": [
            (
                stands,
                choices[stands["contest"]],
                Confirmation(here(asked), {name: stands[name] for name in ("contest", "names")}).stamp(
                    asked.session
                ),
            )
            for stands in answer["namesProofread"]
        ],
        "sheet": answer.get("sheet"),
        "file": address_of("names-file", asked.path["election"]),
        "done": asked.query.get("done"),
        "next": address_of("work", asked.path["election"]),
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/names/{election}",
    title=lambda asked, answer: asked.words.of(
        "名前の校正：{what}", what=asked.words.label(answer["election"]["label"])
    ),
    variables=lambda asked: {"election": asked.path["election"], "sheet": asked.query.get("make") == "sheet"},
    show=show,
    deeds=(Deed("proofread", proofread, judged, confirms=confirms),),
    needs_login=True,
)
