"""`/publication/{election}`: every slot with when it goes out, what of it is out, and what is being corrected meanwhile."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from api.console.page import Answer, Asked, Page


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`slots` in the order in which they go out: those still to come first, the nearest on top. `left`: minutes until then
    (below zero: it has passed); `opens`: what goes out may be looked at by who asks."""
    now = datetime.fromisoformat(answer["serverTime"])
    newest = {
        (release["form"], release["slot"]): release
        for release in sorted(answer["releases"], key=lambda release: release["number"])
    }
    slots = [
        {
            "form": form,
            "slot": slot,
            "opens": {"form": form["code"], "slot": slot["code"]} in answer["wholeSlots"],
            "release": newest.get((form["code"], slot["code"])),
            "left": None
            if slot["publishAt"] is None
            else int((datetime.fromisoformat(slot["publishAt"]) - now).total_seconds() // 60),
        }
        for form in answer["election"]["forms"]
        for slot in form["slots"]
    ]
    slots.sort(key=lambda row: (row["release"] is not None, row["left"] is None, row["left"] or 0))
    return {"election": answer["election"], "slots": slots}


PAGE = Page(
    folder=Path(__file__).parent,
    address="/publication/{election}",
    title=lambda asked, answer: asked.words.of(
        "公表：{election}", election=asked.words.label(answer["election"]["label"])
    ),
    variables=lambda asked: {"election": asked.path["election"]},
    show=show,
    needs_login=True,
)
