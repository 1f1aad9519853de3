"""`/names/{election}`: the proof sheet of names, and the sign-off of each contest's before forms are printed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.console.outcome import problems_of
from api.console.page import Answer, Asked, Deed, Page, Problem, Variables
from api.console.render import address_of, link


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
    onward = link(address_of("names", asked.path["election"]), done=outcome.get("position"))
    return problems_of(outcome, asked.words), onward


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    return {
        "election": answer["election"],
        "contests": answer["namesProofread"],
        "sheet": answer.get("sheet"),
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
    deeds=(Deed("proofread", proofread, judged),),
    needs_login=True,
)
