"""`/printing/{election}/{form}/{slot}/{unit}`: a return on paper, to write on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.console.page import Answer, Asked, Page, Variables
from api.console.pages.entry.page import PLACE, title
from api.console.render import address_of

KINDS = ("blank", "filled")


def variables(asked: Asked) -> Variables:
    wanted = asked.query.get("make")
    return {name: asked.path[name] for name in PLACE} | {kind: kind == wanted for kind in KINDS}


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`made`: what was asked for, None before anything was."""
    return {
        "desk": answer["desk"],
        "asks": answer["desk"]["asks"],
        "made": next((answer[kind] for kind in KINDS if answer.get(kind)), None),
        "entry": address_of("entry", *(asked.path[name] for name in PLACE)),
        "next": address_of("work", asked.path["election"]),
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/printing/{election}/{form}/{slot}/{unit}",
    title=lambda asked, answer: asked.words.of("印刷：{what}", what=title(asked, answer)),
    variables=variables,
    show=show,
    needs_login=True,
)
