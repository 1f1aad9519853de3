"""`/printing/{election}/{form}/{slot}/{unit}`: a return on paper, to write on or to be approved by seal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.console.names import Levels
from api.console.page import Answer, Asked, Page, Variables
from api.console.pages.entry.page import PLACE, title
from api.console.render import address_of

KINDS = ("blank", "filled", "approval", "book")
PDF = "application/pdf"
SHEETS = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def variables(asked: Asked) -> Variables:
    wanted = asked.query.get("make")
    return {name: asked.path[name] for name in PLACE} | {kind: kind == wanted for kind in KINDS}


def made(answer: Answer) -> dict[str, Any] | None:
    """The document that was asked for; None where none was."""
    document = next((answer[kind] for kind in KINDS if answer.get(kind)), None)
    return None if document is None else {"unprintable": (), "code": "", **document}


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`made`: what was asked for, None before anything was."""
    return {
        "desk": answer["desk"],
        "called": Levels(answer["election"]["namedGeographies"], asked.words),
        "asks": answer["desk"]["asks"],
        "made": made(answer),
        "media": SHEETS if asked.query.get("make") == "book" else PDF,
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
