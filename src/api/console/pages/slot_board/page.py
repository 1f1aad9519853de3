"""`/board/{election}/{form}/{slot}/{geography}/{level}`: where the returns of one slot stand, and what waits for this office:
exceptions by hand, everything green at once."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from api.console.confirmation import Confirmation, carried
from api.console.names import form_and_slot, title_of_slot
from api.console.outcome import problems_of, said_by
from api.console.page import Answer, Asked, Deed, Page, Problem, Variables
from api.console.pages.entry.page import whole
from api.console.render import address_of, link
from api.console.words import said

PLACE = ("election", "form", "slot", "geography", "level")
COLUMNS = ("missing", "entered", "submitted", "sentBack", "approved", "certified", "withdrawn")
STATES = ("missing", "entered", "submitted", "sent_back", "approved", "certified", "withdrawn")


def here(asked: Asked, **query: object) -> str:
    return link(address_of("board", *(asked.path[name] for name in PLACE)), **query)


def green(asked: Asked) -> Variables:
    place = {name: asked.path[name] for name in ("election", "form", "slot")}
    seen = {"units": json.loads(asked.form["units"]), "seenAt": whole(asked, "position")}
    return {"input": {**place, "commandId": str(asked.command_id), **seen}}


CARRIED = re.compile("units|position")


def confirms(asked: Asked) -> Confirmation:
    return carried(here(asked), asked.form, CARRIED)


def listed(asked: Asked, answer: Answer) -> Confirmation:
    """The returns that the list names, as they stood when it was made."""
    units = [node["unit"] for node in answer["waiting"]["nodes"]]
    position = str(answer["election"]["asOfPosition"])
    return Confirmation(here(asked), {"units": json.dumps(units, ensure_ascii=False), "position": position})


def judged(answer: Answer, asked: Asked) -> tuple[list[Problem], str]:
    """Exceptions stay on the page, one line each; without any, on to the board with how many were approved."""
    outcome = answer["approveGreen"]
    if problems := problems_of(outcome, asked.words):
        return problems, ""
    exceptions = [
        Problem(one["reason"]["code"].upper(), f"{one['unit']}: {said_by(one['reason'], asked.words)}")
        for one in outcome["exceptions"]
    ]
    done = asked.words.of("{n} 件を承認しました", n=len(outcome["approved"]))
    return ([Problem("GREEN_DONE", done), *exceptions] if exceptions else []), here(
        asked, done=len(outcome["approved"])
    )


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`sums`: of every column, for the line above the table."""
    rows = answer["statusBoard"]
    form, slot = form_and_slot(answer["election"], asked.path)
    return {
        "election": answer["election"],
        "form": form,
        "slot": slot,
        "rows": rows,
        "columns": list(zip(COLUMNS, STATES, strict=True)),
        "sums": {name: sum(row[name] for row in rows) for name in COLUMNS},
        "waiting": answer["waiting"]["nodes"],
        "confirmation": listed(asked, answer),
        "done": asked.query.get("done"),
        "wall": address_of("wall", *(asked.path[name] for name in PLACE)),
    }


def title(asked: Asked, answer: Answer) -> str:
    return title_of_slot(answer["election"], asked.path, asked.words, said("{form} · {slot} の状況"))


PAGE = Page(
    folder=Path(__file__).parent,
    address="/board/{election}/{form}/{slot}/{geography}/{level}",
    title=title,
    variables=lambda asked: {name: asked.path[name] for name in PLACE},
    show=show,
    deeds=(Deed("green", green, judged, confirms=confirms),),
    needs_login=True,
)
