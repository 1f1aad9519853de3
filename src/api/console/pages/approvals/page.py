"""`/approvals/{election}/{form}/{slot}`: documents for approval by seal, of an office's returns and of what a release would hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.console.page import Answer, Asked, Page, Variables
from api.console.pages.printing.page import SHEETS, made
from api.console.render import address_of

PLACE = ("election", "form", "slot")
KINDS = ("office", "officeBook", "release", "releaseBook")


def variables(asked: Asked) -> Variables:
    wanted = asked.query.get("make")
    return {name: asked.path[name] for name in PLACE} | {kind: kind == wanted for kind in KINDS}


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    election = answer["election"]
    labels = [
        f"{asked.words.label(form['label'])} · {asked.words.label(slot['label'])}"
        for form in election["forms"]
        for slot in form["slots"]
        if (form["code"], slot["code"]) == (asked.path["form"], asked.path["slot"])
    ]
    return {
        "election": election,
        "place": labels[0] if labels else "",
        "made": made(answer, KINDS),
        "media": SHEETS if asked.query.get("make", "").endswith("Book") else "application/pdf",
        "next": address_of("work", asked.path["election"]),
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/approvals/{election}/{form}/{slot}",
    title=lambda asked, answer: asked.words.of(
        "承認の起案：{what}", what=asked.words.label(answer["election"]["label"])
    ),
    variables=variables,
    show=show,
    needs_login=True,
)
