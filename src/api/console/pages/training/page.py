"""`/training`: the practice room: rehearsals that were opened on this server, and opening one."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Any

from api.console.outcome import problems_of
from api.console.page import Answer, Asked, Deed, Page, Problem, Variables
from api.console.render import address_of, link
from api.console.states import DRILL_STATES

NUMBERS = {"units": "20", "speed": "10", "mistakes": "12", "seed": "1"}
"""Fields of the form that hold a number, with what stands in them at first."""
WHOLE = re.compile("[0-9]{1,9}")


def number(typed: str) -> int | str | None:
    """As the API takes it, which tells what is no number."""
    plain = unicodedata.normalize("NFKC", typed).strip()
    if not plain:
        return None
    if not WHOLE.fullmatch(plain):
        return plain
    return int(plain)


def opening(asked: Asked) -> Variables:
    """Of the form; what is left empty is the API's to choose."""
    form = asked.form
    numbers = {name: number(form.get(name, "")) for name in NUMBERS}
    words = {name: form.get(name, "").strip() or None for name in ("election", "area")}
    levels = [level for level in form.get("people", "").replace("、", " ").replace(",", " ").split() if level]
    return {
        "input": {
            "commandId": str(asked.command_id),
            **numbers,
            **words,
            **({"people": levels} if levels else {}),
        }
    }


def opened(answer: Answer, asked: Asked) -> tuple[list[Problem], str]:
    outcome = answer["openDrill"]
    if problems := problems_of(outcome, asked.words):
        return problems, ""
    return [], link(address_of("training", outcome["drill"]["election"]), done=outcome["position"])


def wanted(asked: Asked) -> str:
    """Of the elections to copy, what the name or the code of the one that is looked for holds."""
    return asked.form.get("q", asked.query.get("q", "")).strip()


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`sources`: elections that may be copied, rehearsals left out; `narrowable`: there are more than are listed."""
    room = answer["practiceRoom"]
    drills = room["drills"] if room else []
    played = {drill["election"] for drill in drills}
    return {
        "room": room,
        "drills": drills,
        "states": DRILL_STATES,
        "numbers": {name: asked.form.get(name, first) for name, first in NUMBERS.items()},
        "sources": [
            source
            for listed in ("live", "tests")
            for source in answer[listed]["nodes"]
            if source["code"] not in played
        ],
        "narrowed": wanted(asked),
        "narrowable": bool(wanted(asked))
        or any(answer[listed]["pageInfo"]["hasNextPage"] for listed in ("live", "tests")),
        "everywhere": answer["me"]["jurisdiction"] == "*",
        "own": answer["me"]["jurisdiction"],
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/training",
    title=lambda asked, answer: asked.words.of("訓練"),
    variables=lambda asked: {"containing": wanted(asked) or None},
    show=show,
    deeds=(Deed("open", opening, opened),),
    needs_login=True,
)
