"""`/wall/{election}/{form}/{slot}/{geography}/{level}`: the state of a slot for a projector: large, without figures or controls,
newest change first, asked again every 15 seconds."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from api.console.names import form_and_slot, title_of_slot
from api.console.page import Answer, Asked, Page
from api.console.pages.slot_board.page import AGAIN_S, COLUMNS, PLACE, STATES


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`left`: minutes to the cut-off, or to the release where the cut-off has passed; None where there is neither."""
    rows = sorted(answer["statusBoard"], key=lambda row: row["changedAt"] or "", reverse=True)
    _, slot = form_and_slot(answer["election"], asked.path)
    now = datetime.fromisoformat(answer["serverTime"])
    coming = [
        (name, int((datetime.fromisoformat(slot[name]) - now).total_seconds() // 60))
        for name in ("cutOff", "publishAt")
        if slot[name] is not None and datetime.fromisoformat(slot[name]) > now
    ]
    return {
        "election": answer["election"],
        "rows": rows,
        "columns": list(zip(COLUMNS, STATES, strict=True)),
        "sums": {name: sum(row[name] for row in rows) for name in COLUMNS},
        "units": sum(row["units"] for row in rows),
        "coming": coming[0] if coming else None,
        "again": AGAIN_S,
    }


def title(asked: Asked, answer: Answer) -> str:
    return title_of_slot(answer["election"], asked.path, asked.words)


PAGE = Page(
    folder=Path(__file__).parent,
    address="/wall/{election}/{form}/{slot}/{geography}/{level}",
    title=title,
    variables=lambda asked: {name: asked.path[name] for name in PLACE},
    show=show,
    needs_login=True,
    islands=("live.js",),
)
