"""`/training/{election}/paper/{unit}`: what a unit's records say, for the leader of a rehearsal who answers its telephone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.console.names import Names, unit_name
from api.console.page import Answer, Asked, Page


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    election, label = answer["election"], asked.words.label
    return {
        "sheets": answer["drill"]["phoneSheet"],
        "names": Names(election, asked.words),
        "election": election,
        "slots": {
            (form["code"], slot["code"]): f"{label(form['label'])} · {label(slot['label'])}"
            for form in election["forms"]
            for slot in form["slots"]
        },
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/training/{election}/paper/{unit}",
    title=lambda asked, answer: asked.words.of("電話で読み上げる数：{unit}", unit=unit_name(asked, answer)),
    variables=lambda asked: {"election": asked.path["election"], "unit": asked.path["unit"]},
    show=show,
    needs_login=True,
)
