"""`/approvals/{election}/{form}/{slot}`: documents for approval by seal, of an office's returns and of what a release would hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.console.page import Answer, Asked, Page
from api.console.pages.approvals_file.page import PLACE
from api.console.render import address_of


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`whole`: who asks may see every unit, and so what goes out. `file`: where each document is an answer of its own, as large as there are units."""
    election = answer["election"]
    labels = [
        f"{asked.words.label(form['label'])} · {asked.words.label(slot['label'])}"
        for form in election["forms"]
        for slot in form["slots"]
        if (form["code"], slot["code"]) == (asked.path["form"], asked.path["slot"])
    ]
    return {
        "election": election,
        "whole": {name: asked.path[name] for name in ("form", "slot")} in answer["wholeSlots"],
        "place": labels[0] if labels else "",
        "file": address_of("approvals-file", *(asked.path[name] for name in PLACE)),
        "next": address_of("work", asked.path["election"]),
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/approvals/{election}/{form}/{slot}",
    title=lambda asked, answer: asked.words.of(
        "承認の起案：{what}", what=asked.words.label(answer["election"]["label"])
    ),
    variables=lambda asked: {"election": asked.path["election"]},
    show=show,
    needs_login=True,
)
